"""The command for rows of one answer and a number: what is filled in, and what is left to be named."""

import pytest

from polypref.files.cells import Bad
from polypref.layouts.scored_rows import (
    column_of_people,
    command_for_labels,
    command_for_scores,
    not_labels,
    not_scores,
    scores_in_words,
)
from polypref.layouts.scripts import Place

ROWS = [{"q": "Q?", "id": 1, "mark": "4,5"}, {"q": "R?", "id": 2, "mark": "3"}]


def test_one_column_with_decimals_is_the_one_of_scores():
    command = command_for_scores(Place("a b.csv", "de"), [Bad("not_an_object"), *ROWS])
    assert command == (
        "polypref build answer_pool --source 'a b.csv' --prompt-column COLUMN --answer-column COLUMN "
        "--model-column COLUMN --score-column mark --decimal-comma --language de"
    )


def test_of_several_columns_of_whole_numbers_none_is_taken():
    rows = [{"q": "Q?", "first": n % 3, "second": n % 4} for n in range(8)]
    command = command_for_scores(Place("org/name", "", {"split": "test"}), rows)
    assert "--source org/name --split test " in command
    assert command.endswith("--score-column COLUMN --language TAG (numbers stand in first, second)")
    called = command_for_scores(Place("org/name"), [row | {"rating": row["first"]} for row in rows])
    assert called.endswith("--score-column rating --language TAG (numbers stand also in first, second)")


def test_what_only_counts_is_no_score_and_it_is_said():
    rows = [{"nummer": n + 1, "שם": f"{n + 7}", "annotator": n % 2, "wert": n % 3} for n in range(8)]
    assert "--score-column wert " in command_for_scores(Place("a.csv"), rows)
    assert not_scores([Bad("not_an_object"), *rows]) == [
        "nummer, which only counts (1, 2, 3, ...)",
        "\u2068שם\u2069, which only counts (7, 8, 9, ...)",
        "annotator, which by its name says who judged (0, 1, 0, ...)",
    ]
    assert command_for_scores(Place("a.csv"), [{"n": row["nummer"]} for row in rows]) == ""


def test_the_one_column_that_is_called_as_people_are_may_be_the_annotator():
    rows = [{"worker_id": n % 3, "text": f"one {n}", "mark": n % 2} for n in range(6)]
    assert column_of_people(rows) == "worker_id"
    assert column_of_people([row | {"rater": "x"} for row in rows]) == column_of_people([{"mark": 1}]) == ""


def test_a_column_language_needs_no_option():
    assert "--language" not in command_for_scores(Place("a.csv"), [row | {"language": "de"} for row in ROWS])


@pytest.mark.parametrize("settings", [{"records": "rows"}, {"separator": ";"}])
def test_there_is_no_command_for_what_it_cannot_read(settings):
    assert command_for_scores(Place("a.json", "", settings), ROWS) == ""
    assert command_for_scores(Place("a.json"), [{"q": "Q?"}]) == ""


def test_a_column_of_two_values_may_label_answers():
    rows = [{"talk": ["Q?", "A."], "thumb": thumb} for thumb in ("up", "down", None, "up")]
    assert command_for_labels(Place("a b.jsonl", "yo"), [Bad("not_an_object"), *rows]) == (
        "polypref build pairs --source 'a b.jsonl' --prompt COLUMN --completion COLUMN --label thumb "
        "--good VALUES --bad VALUES --unpaired --language yo"
    )
    two = [row | {"tone": ("warm", "cold")[number % 2]} for number, row in enumerate(rows)]
    assert command_for_labels(Place("a.jsonl"), two).endswith(
        "--label thumb --good VALUES --bad VALUES --unpaired --language TAG (two values stand also in tone)"
    )
    neither = [row | {"thumb": ("x", "y")[number % 2]} for number, row in enumerate(two)]
    assert command_for_labels(Place("a.jsonl"), neither).endswith(
        "--label COLUMN --good VALUES --bad VALUES --unpaired --language TAG (two values stand in thumb, tone)"
    )


def test_names_of_people_and_models_label_nothing_and_it_is_said():
    rows = [{"annotator": ("dana", "ben")[n % 2], "by": f"ann{n % 2}", "model": f"m{n % 2}"} for n in range(6)]
    assert command_for_labels(Place("a.jsonl"), rows) == ""
    assert not_labels(rows) == [
        "annotator, which by its name says who judged (dana, ben)",
        "by, whose values are names with a number, as of people or models (ann0, ann1)",
        "model, which by its name says which model it was (m0, m1)",
    ]
    long = [
        {"is_it": ("The answer does all that was asked for, and it is true.", "It is of no use.")[n % 2]}
        for n in range(4)
    ]
    assert "--label is_it " in command_for_labels(Place("a.jsonl"), long)


@pytest.mark.parametrize("values", [("A", "B", "T"), ("A", "A", "A"), ("A", "B"), (["A"], "B", "A")])
def test_other_columns_label_nothing(values):
    assert command_for_labels(Place("a.jsonl"), [{"x": value} for value in values]) == ""


def test_words_that_may_be_scores():
    rows = [{"note": "bon", "q": "a b", "rating": word} for word in ("poor", "fair", "good", "poor")]
    assert scores_in_words(rows) == {"rating": ["poor", "fair", "good"]}
    assert scores_in_words([row | {"rating": n} for n, row in enumerate(rows)]) == {}
    assert scores_in_words(rows[:3]) == {}  # each once: texts, as far as these rows say
