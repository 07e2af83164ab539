"""Scores that answers have by themselves: what is read, what games they make, and what is refused."""

import json
import math

import pytest

from polypref.errors import UserError
from polypref.layouts.contract import ScoringLayout, StatingLayout
from polypref.layouts.single_scores import NO_SCORE, ONE_SCORED, OUTSIDE, SingleScores, single_scores

CONFIG = {"form": "single", "columns": "score", "prompt": ["question_id", "turn"], "model": "model"}
#: As FastChat writes gpt-4_single.jsonl, where -1 says that no rating could be read.
ROWS = [
    {"question_id": 81, "turn": 1, "model": "x", "score": 9, "lang": "ja"},
    {"question_id": 81, "turn": 1, "model": "y", "score": 4.5, "lang": "ja"},
    {"question_id": 81, "turn": 2, "model": "x", "score": -1, "lang": "ja"},
    {"question_id": 81, "turn": 2, "model": "y", "score": 7, "lang": "ja"},
    {"question_id": 82, "turn": 1, "model": "x", "score": "6", "lang": "ja"},
]


def write(folder, rows):
    path = folder / "scores.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def test_scores_and_games(tmp_path):
    layout = single_scores({**CONFIG, "group": "question_id", "language": "lang"})
    assert isinstance(layout, ScoringLayout) and isinstance(layout, StatingLayout) and layout.scale == (1, 10)
    path = write(tmp_path, ROWS)
    scores = layout.read_scores(path)
    assert [(one.prompt, one.group, one.model, one.reason) for one in scores] == [
        ("81/1", "81", "x", ""), ("81/1", "81", "y", ""), ("81/2", "81", "x", OUTSIDE), ("81/2", "81", "y", ""),
        ("82/1", "82", "x", ""),
    ]  # fmt: skip
    assert [one.score for one in scores if not one.reason] == [9, 4.5, 7, 6]
    first, second, third = layout.read_games(path)
    assert (first.prompt, first.shown, first.score, first.language) == ("81/1", ("x", "y"), 1.0, "ja")
    assert math.isnan(second.score) and second.reason == OUTSIDE
    assert math.isnan(third.score) and third.reason == ONE_SCORED


def test_several_scores_of_an_answer_are_their_mean(tmp_path):
    layout = single_scores({**CONFIG, "prompt": "question_id", "tie_within": 0.5})
    path = write(tmp_path, [*ROWS[:4], ROWS[0] | {"score": 5}])
    # x: 9, 5 and one that is none; y: 4.5 and 7.
    assert [one.score for one in layout.read_scores(path)] == [7, 5.75]
    (game,) = layout.read_games(path)
    assert game.score == 1.0
    (tied,) = single_scores({**CONFIG, "prompt": "question_id", "tie_within": 1.25}).read_games(path)
    assert tied.score == 0.5


def test_a_score_in_a_text_and_columns_that_are_asked_for(tmp_path):
    rows = [
        {"id": 1, "say": f"Not [[3]]. Rating: [[{n}]]", "m": m, "category": "math"} for n, m in ((8, "x"), (2, "y"))
    ]
    config = {"form": "single", "columns": "say", "prompt": "id", "model": "m", "pattern": r"\[\[(\d+)\]\]"}
    layout = single_scores(config).stating(("category",))
    (game,) = layout.read_games(write(tmp_path, rows))
    assert game.score == 1.0 and game.stated == {"category": "math"}
    assert single_scores(config)._score("nothing") == (pytest.approx(math.nan, nan_ok=True), NO_SCORE)


@pytest.mark.parametrize("cell", [None, "", "ten", True, float("nan"), [7], "nan", "1_0"])
def test_what_is_no_score(cell):
    score, reason = SingleScores("s", ("p",), "m")._score(cell)
    assert math.isnan(score) and reason == NO_SCORE


@pytest.mark.parametrize("nothing", [{"model": None}, {"model": ""}, {"question_id": None}, {"turn": ""}])
def test_a_row_that_names_no_prompt_or_no_model_is_refused(tmp_path, nothing):
    """Two such rows would be one answer with two scores, of a prompt or a model called None."""
    rows = [*ROWS, ROWS[0] | nothing]
    (column,) = nothing
    with pytest.raises(UserError, match=rf"scores\.jsonl, row 6: column {column} holds nothing; give the prompt and"):
        single_scores(CONFIG).read_scores(write(tmp_path, rows))
    wanted = single_scores({**CONFIG, "where": {"score": [4.5, 7]}}).read_scores(write(tmp_path, rows))
    assert [one.score for one in wanted] == [4.5, 7]


def test_one_model_alone_has_no_win_rate(tmp_path):
    with pytest.raises(UserError, match="has scores of x alone; a win-rate needs the scores of two models"):
        single_scores(CONFIG).read_games(write(tmp_path, ROWS[:1]))
    with pytest.raises(UserError, match="row 1"):
        single_scores({**CONFIG, "columns": "rating"}).read_scores(write(tmp_path, ROWS))
    with pytest.raises(UserError, match="holds no score"):
        single_scores({**CONFIG, "where": {"turn": 3}}).read_scores(write(tmp_path, ROWS))


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"model": None}, "model is missing"),
        ({"colums": "x"}, "unknown key colums"),
        ({"x\n" * 5_000: "x"}, "unknown key (x ){50}…; "),
        ({"stated": ["x"]}, "unknown key stated"),
        ({"columns": ["a", "b"]}, "columns is \\['a', 'b'\\]; give a text"),
        ({"scale": [10, 1]}, "scale is \\[10.0, 1.0\\]; give the lowest and"),
        ({"scale": 5}, "scale is 5; give the lowest and the highest"),
        ({"pattern": "("}, "pattern is no regular expression"),
        ({"pattern": "x"}, "pattern has too few groups"),
        ({"tie_within": -1}, "tie_within is -1; give a number of at least 0"),
        ({"where": "x"}, "where is a mapping"),
    ],
)
def test_bad_keys_are_one_sentence(keys, message):
    given = {key: value for key, value in (CONFIG | keys).items() if value is not None}
    with pytest.raises(UserError, match=message):
        single_scores(given)
