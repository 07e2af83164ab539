"""Games of files whose columns are declared as builders declare them; every figure by hand."""

import json
import math

import pytest

from polypref.errors import UserError
from polypref.evaluation.battles import of_games
from polypref.layouts.games import FieldsLayout, left_out_by_language
from polypref.layouts.named import layout_of_keys

ANSWERS = [{"text": "a", "model_column": "m1"}, {"text": "b", "model_column": "m2"}]
VERDICT = {"rater": "people", "column": "w", "first": ["A"], "second": ["B"], "tie": ["C"], "unjudged": ["?"]}
FIELDS = {"prompt": "q", "answers": ANSWERS, "verdict": VERDICT}
ROW = {"q": "Wo?", "a": "Da.", "b": "Dort drüben.", "m1": "x", "m2": "y"}


def reader(fields=FIELDS, language="de", **keys):
    more = {key: keys.pop(key) for key in ("separator", "keep", "bad_rows") if key in keys}
    return FieldsLayout(layout_of_keys({"fields": fields, **keys}, "mine", "layout"), language, **more)


def written(folder, *rows):
    path = folder / "verdicts.jsonl"
    path.write_text("".join(json.dumps(ROW | row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def games(folder, *rows, **settings):
    return [(*game.shown, game.score) for game in reader(**settings).read_games(written(folder, *rows))]


def test_the_score_is_that_of_the_model_that_the_verdict_names_wherever_it_stands(tmp_path):
    rows = [{"w": "A"}, {"q": "Wer?", "w": "A", "m1": "y", "m2": "x"}, {"q": "Wie?", "w": "B"}, {"q": "Was?", "w": "C"}]
    assert games(tmp_path, *rows) == [("x", "y", 1.0), ("x", "y", 0.0), ("x", "y", 0.0), ("x", "y", 0.5)]


def test_a_game_has_the_texts_and_lengths_in_the_order_of_its_models(tmp_path):
    path = written(tmp_path, {"w": "A", "m1": "z"}, {"w": "B", "m1": "z"})
    first, *_ = reader().read_games(path)
    assert (first.shown, first.texts, first.lengths) == (("y", "z"), ("Dort drüben.", "Da."), (12.0, 3.0))
    assert (first.language, first.weight) == ("de", 1.0)
    assert first.turns == (("user", ROW["q"]),)


def test_the_battles_of_a_file_hold_its_prompts(tmp_path):
    talk = [{"role": "system", "content": "Kurz."}, {"role": "user", "content": "Wo?"}]
    path = written(tmp_path, {"w": "A", "q": talk}, {"w": "B", "q": "Wer?"}, {"w": "B"})
    prompts = of_games(path, reader(), (), "people").battles["prompt"].to_pylist()
    assert prompts[:2] == [talk, [{"role": "user", "content": "Wer?"}]] and len(prompts) == 3


def test_one_that_nobody_judged_is_a_game_without_a_verdict(tmp_path):
    path = written(tmp_path, {"w": "?"}, {"q": "Wer?", "w": None}, {"q": "Wie?", "w": "A"}, {"q": "Was?", "w": "B"})
    read = reader().read_games(path)
    assert [(math.isnan(game.score), game.reason) for game in read] == [
        (True, "not_judged"),
        (True, "not_judged"),
        (False, ""),
        (False, ""),
    ]


PEOPLE = VERDICT | {"column": ["w", "v", "u"]}


@pytest.mark.parametrize(
    ("join", "scores"),
    [("majority", [1.0, 0.0, None]), ("unanimous", [None, 0.0, None]), ("each", [1, 1, 0.5, 0, 1, 0, 0.5])],
)
def test_votes_of_several_people_are_joined_or_several_games(tmp_path, join, scores):
    rows = [{"w": "A", "v": "A", "u": "C"}, {"q": "Wer?", "w": "B"}, {"q": "Wie?", "w": "A", "v": "B", "u": "C"}]
    path = written(tmp_path, *rows)
    read = reader(FIELDS | {"verdict": PEOPLE | {"join": join}}).read_games(path)
    known = [None if math.isnan(game.score) else game.score for game in read]
    # With each, the two who said nothing of the second prompt are there too.
    assert [one for one in known if one is not None or join != "each"] == scores
    assert known.count(None) == {"majority": 1, "unanimous": 2, "each": 2}[join]


def test_scored_answers_are_games_of_every_two_models(tmp_path):
    fields = {"prompt": "q", "each": "all", "answers": [{"text": "t", "model_column": "m", "score": "s"}]}
    answers = [{"t": "Da.", "m": "x", "s": 1}, {"t": "Hier.", "m": "y", "s": 3}, {"t": "Dort.", "m": "z", "s": 3}]
    assert games(tmp_path, {"all": answers}, fields=fields) == [("x", "y", 0.0), ("x", "z", 0.0), ("y", "z", 0.5)]


def test_a_rank_is_the_better_the_lower_it_is(tmp_path):
    answers = [one | {"score": name, "lower_is_better": True} for one, name in zip(ANSWERS, ("r1", "r2"), strict=True)]
    rows = ({"r1": 1, "r2": 2}, {"q": "Wer?", "r1": 0, "r2": -1})
    assert games(tmp_path, *rows, fields={"prompt": "q", "answers": answers}) == [("x", "y", 1.0), ("x", "y", 0.0)]


@pytest.mark.parametrize(
    ("by_place", "second", "score"), [(False, "A", 0.0), (False, "B", 1.0), (True, "B", 0.0), (True, "A", 1.0)]
)
def test_a_verdict_of_the_other_order_is_a_game_of_its_own(tmp_path, by_place, second, score):
    # Shown second, x is the better one where the answers are named and A is; or where places are and B is.
    verdict = VERDICT | {"swapped": "v", "swapped_names_position": by_place}
    rows = [{"w": "A", "v": second}, {"q": "Wer?", "w": "B", "v": "C"}]
    read = games(tmp_path, *rows, fields=FIELDS | {"verdict": verdict})
    assert sorted(read) == sorted([("x", "y", 1.0), ("y", "x", score), ("x", "y", 0.0), ("y", "x", 0.5)])


def test_the_order_is_that_of_the_row_wherever_a_model_stands(tmp_path):
    verdict = VERDICT | {"swapped": "v"}
    rows = [{"w": "A", "v": "C", "m1": "y", "m2": "x"}, {"q": "Wer?", "w": "B", "v": "B"}]
    read = games(tmp_path, *rows, fields=FIELDS | {"verdict": verdict})
    assert sorted(read) == sorted([("y", "x", 1.0), ("x", "y", 0.5), ("x", "y", 0.0), ("y", "x", 1.0)])


def test_prompts_go_by_their_group_where_it_is_one_prompts(tmp_path):
    rows = [{"w": "A", "id": "q1"}, {"q": "Wer?", "w": "B", "id": 2}, {"q": "Wie?", "w": "B", "id": "2"}]
    read = reader(FIELDS | {"group": "id"}).read_games(written(tmp_path, *rows))
    assert [game.group for game in read] == ["q1", "2", "2"]
    assert read[0].prompt == "q1" and len({game.prompt for game in read}) == 3
    assert all(game.prompt.startswith("2/") for game in read[1:])


@pytest.mark.parametrize(("row", "tag"), [({}, "und"), ({"language": "Ukrainian"}, "uk")])
def test_the_language_is_the_rows_or_not_known(tmp_path, row, tag):
    path = written(tmp_path, {"w": "A"} | row, {"w": "B", "q": "Wer?"} | row)
    assert {game.language for game in reader(language="").read_games(path)} == {tag}


def test_what_gives_no_game_is_counted(tmp_path):
    rows = [{"w": "A"}, {"w": "B"}, {"w": "A", "q": "Wer?", "m2": "x"}, {"w": "A", "q": "Wie?", "turn": 2}]
    read = reader(where={"turn": [None]}).read(written(tmp_path, *rows))
    assert len(read.games) == 1
    assert left_out_by_language(read.left_out) == {"de": {"same_model": 1, "where_turn": 1}}


def test_rows_that_cannot_be_read_stop_it_with_their_number_and_the_first_of_each_kind(tmp_path):
    rows = [
        {"w": "A"},
        {"w": "B", "q": "Wer?"},
        {"w": "A", "q": ""},
        {"w": "A", "q": " "},
        {"w": "A", "q": "Wie?", "b": [1]},
    ]
    path = written(tmp_path, *rows)
    with pytest.raises(UserError) as error:
        reader().read_games(path)
    assert str(error.value) == (
        f"{path}: 3 of 5 rows cannot be read by layout mine: empty prompt 2 ({path}:3); answer not text 1 "
        f"({path}:5: y list); mend or remove them, declare what they hold, or have them counted "
        "(--bad-rows left_out; bad_rows: left_out in a config)"
    )


@pytest.mark.parametrize(
    ("rows", "settings", "message"),
    [
        ([], {}, "verdicts.jsonl: the file is empty; name one with judgements"),
        (
            [{"w": "A"}, {"w": "7"}],
            {},
            r"column w holds '7' \(1\), beside 'A' \(1\), and nothing declares what it means",
        ),
        ([{"w": "A"}], {}, "no row prefers the second answer, for which Verdict"),
        (
            [{}],
            {},
            r"column 'w' \(column of Verdict\) of layout mine is in none of the rows; there are 'q', 'a', 'b', 'm1', "
            "'m2'; name it as the rows do",
        ),
        ([{"w": "A"}], {"where": {"t": [1]}}, "no row has what `where` asks for: t is '' \\(1\\) and may be 1"),
        (
            [{"w": "A", "m2": "x"}, {"w": "B", "m2": "x"}],
            {},
            r"layout mine finds no game in it \(same model 1\): a game needs two answers of different models",
        ),
        ([{"w": "A"}], {"fields": {"prompt": "q"}}, "layout mine names no verdict, sides or scores"),
        (
            [{}],
            {"fields": {"prompt": "q", "answers": [{"text": "a"}, {"text": "b"}], "verdict": {"rater": "p"}}},
            "the same in every row, and nothing names the models",
        ),
    ],
)
def test_what_is_not_right_is_one_sentence(tmp_path, rows, settings, message):
    with pytest.raises(UserError, match=message):
        games(tmp_path, *rows, **settings)


def test_a_damaged_line_stops_it(tmp_path):
    path = written(tmp_path, {"w": "A"})
    path.write_text(path.read_text("utf-8") + "{\n", "utf-8")
    with pytest.raises(UserError, match=r"verdicts\.jsonl:2 cannot be read: .*mend or remove the row"):
        reader().read_games(path)


def test_answers_whose_models_nothing_names_go_by_their_columns(tmp_path):
    fields = FIELDS | {"answers": [{"text": "b"}, {"text": "a"}]}
    assert games(tmp_path, {"w": "A"}, {"w": "B", "q": "Wer?"}, fields=fields) == [("a", "b", 0.0), ("a", "b", 1.0)]


def test_scores_of_two_occasions_are_games_of_their_own(tmp_path):
    fields = {"prompt": "q", "occasion": "who", "answers": [{"text": "a", "model_column": "m1", "score": "s"}]}
    scores = (("p", "x", 1), ("p", "y", 2), ("r", "x", 5), ("r", "y", 4))
    rows = [{"a": "Da.", "who": who, "m1": model, "s": score} for who, model, score in scores]
    assert games(tmp_path, *rows, fields=fields) == [("x", "y", 0.0), ("x", "y", 1.0)]


def test_every_chosen_answer_wins_against_every_rejected_one(tmp_path):
    answers = [{"text": "t", "model_column": "m", "each": side, "side": side} for side in ("chosen", "rejected")]
    row = {
        "chosen": [{"t": "Da.", "m": "x"}, {"t": "Dort.", "m": "y"}],
        "rejected": [{"t": "Nein.", "m": "z"}, {"t": "Ja.", "m": "x"}],
    }
    read = games(tmp_path, row, fields={"prompt": "q", "answers": answers})
    assert read == [("x", "z", 1.0), ("y", "z", 1.0), ("x", "y", 0.0)]


def test_rows_that_cannot_be_read_are_counted_where_that_is_asked_for(tmp_path):
    path = written(
        tmp_path, {"w": "A"}, {"w": "B", "q": "Wer?"}, {"w": "A", "q": "Wie?", "b": True}, {"w": "A", "q": ""}
    )
    read = reader(bad_rows="left_out").read(path)
    assert [game.score for game in read.games] == [1.0, 0.0]
    assert left_out_by_language(read.left_out) == {"de": {"answer_not_text": 1, "empty_prompt": 1}}
