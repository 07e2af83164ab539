"""The command for rows of one answer and a number: what is filled in, and what is left to be named."""

import pytest

from polypref.files.cells import Bad
from polypref.layouts.scored_rows import command_for_labels, command_for_scores, numeric_columns
from polypref.layouts.scripts import Place

ROWS = [{"q": "Q?", "id": 1, "mark": "4,5"}, {"q": "R?", "id": 2, "mark": "3"}]


@pytest.mark.parametrize(
    ("cells", "mark"),
    [
        ((1, 2.5), "."),
        (("1", "2.5"), "."),
        (("1", "2,5"), ","),
        ((None, " ", "2,5"), ","),
        (("2.5", "2,5"), None),
        (("1", "good"), None),
        ((True, 1), None),
        (("nan", "1"), None),
        ((None, ""), None),
        (([1], 1), None),
    ],
)
def test_columns_of_numbers_alone(cells, mark):
    assert numeric_columns([{"x": cell} for cell in cells]) == ({"x": mark} if mark else {})


def test_one_column_with_decimals_is_the_one_of_scores():
    command = command_for_scores(Place("a b.csv", "de"), [Bad("not_an_object"), *ROWS])
    assert command == (
        "polypref build answer_pool --source 'a b.csv' --prompt-column COLUMN --answer-column COLUMN "
        "--model-column COLUMN --score-column mark --decimal-comma --language de"
    )


def test_of_several_columns_of_whole_numbers_none_is_taken():
    rows = [row | {"mark": 3} for row in ROWS]
    command = command_for_scores(Place("org/name", "", {"split": "test"}), rows)
    assert "--source org/name --split test " in command
    assert command.endswith("--score-column COLUMN --language TAG (numbers stand in id, mark)")


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
    two = [row | {"model": f"m{number % 2}"} for number, row in enumerate(rows)]
    assert command_for_labels(Place("a.jsonl"), two).endswith(
        "--label COLUMN --good VALUES --bad VALUES --unpaired --language TAG (two values stand in thumb, model)"
    )


@pytest.mark.parametrize("values", [("A", "B", "T"), ("A", "A", "A"), ("A", "B"), (["A"], "B", "A")])
def test_other_columns_label_nothing(values):
    assert command_for_labels(Place("a.jsonl"), [{"x": value} for value in values]) == ""
