"""Scores of answers as rows hold them, against a reference in plain Python."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.layouts.labels import SeenLabel
from polypref.layouts.ratings import Score, score_in
from polypref.layouts.sources import Answer, Fields
from polypref.stages.pair import PairRule
from tests.layouts.interpreted import item_of
from tests.stages.builds import built

THUMBS = {True: 1, False: 0, "no idea": None}


@pytest.mark.parametrize(
    ("value", "score"),
    [(True, 1.0), (False, 0.0), ("True", 1.0), (" False ", 0.0), ("no idea", None), (None, None), ("", None)],
)
def test_a_label_is_the_number_that_is_declared_for_it(value, score) -> None:
    scored = score_in({"up": value}, Answer("a", score="up", score_labels=THUMBS))
    assert scored.value == score and not scored.unreadable
    assert scored.problem == (None if score is not None else ("not_rated", str(value)))


@pytest.mark.parametrize("value", ["yes", 1, 0, ["x"]])
def test_a_label_that_is_not_declared_rates_nothing(value) -> None:
    scored = score_in({"up": value}, Answer("a", score="up", score_labels=THUMBS))
    assert (scored.value, scored.unreadable) == (None, True)
    assert scored.problem is not None and scored.problem[0] == "unknown_score_label"
    if not isinstance(value, list):
        assert scored.labels == (SeenLabel("up", str(value), ""),)


def test_several_columns_are_weighed_and_kept() -> None:
    part = Answer("a", score={"helpful": 0.65, "correct": 0.8, "verbose": -0.4})
    (rating,) = item_of(
        {"prompt": "x", "a": "y", "helpful": 4, "correct": "2", "verbose": 1.5}, answers=(part,)
    ).ratings
    assert rating["score"] == pytest.approx(0.65 * 4 + 0.8 * 2 - 0.4 * 1.5)
    assert rating["aspects"] == [("helpful", 4.0), ("correct", 2.0), ("verbose", 1.5)]


def test_a_score_of_which_one_column_is_missing_is_none() -> None:
    part = Answer("a", score={"helpful": 1, "correct": 1})
    item = item_of({"prompt": "x", "a": "y", "helpful": 4, "correct": "good"}, answers=(part,))
    assert (item.ratings, item.problems, item.unreadable) == ([], [("score_not_a_number", "correct: good")], True)
    item = item_of({"prompt": "x", "a": "y", "helpful": 4}, answers=(part,))
    assert (item.ratings, item.problems, item.unreadable) == ([], [("not_rated", "correct")], False)


CELLS = st.one_of(
    st.floats(), st.integers(-9, 9), st.integers(-9, 9).map(str), st.sampled_from(["up", "down", "", None, True, "x"])
)
COLUMNS = ("s", "t", "u")


@given(
    st.lists(CELLS, min_size=3, max_size=3),
    st.lists(st.sampled_from([-1.0, 0.5, 2.0]), min_size=1, max_size=3),
    st.sampled_from([None, True, False]),
    st.sampled_from([{}, {"up": 1.5, "down": -1, True: None, "x": 3}]),
)
def test_a_score_is_as_the_reference_has_it(cells, weights, lower, labels) -> None:
    row = dict(zip(COLUMNS, cells, strict=True))
    weighted = dict(zip(COLUMNS, weights, strict=False))
    score: Any = weighted if len(weighted) > 1 else COLUMNS[0]
    part = Answer("a", score=score, lower_is_better=lower, score_labels=labels)
    numbers = [reference(row[column], labels) for column in part.score_columns]
    got = score_in(row, part)
    if None in numbers:
        assert got.value is None and got.problem is not None and got.aspects is None
        return
    total = (
        math.fsum(weighted[c] * n for c, n in zip(COLUMNS, numbers, strict=False)) if len(weighted) > 1 else numbers[0]
    )
    assert got.value == (-total if lower else total) and got.problem is None and not got.unreadable
    assert got.aspects == ([*zip(COLUMNS, numbers, strict=False)] if len(weighted) > 1 else None)


def reference(value: Any, labels: Any) -> float | None:
    """The number of a cell; None for none."""
    if labels:
        return {"up": 1.5, "down": -1.0, "x": 3.0}.get(value) if isinstance(value, str) else None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) and value is not True else None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"score_labels": {True: 1}}, "speak of a column of scores; name it in score"),
        ({"lower_is_better": True}, "speak of a column of scores; name it in score"),
        ({"score": {}}, "speak of|the weights of its scores are"),
        ({"score": {"s": 0.0}}, "the weights of its scores are"),
        ({"score": "s", "score_labels": {1: 1, "1": 2}}, "score_labels of Answer.* is written twice"),
        ({"score": "s", "lower_is_better": "yes"}, "lower_is_better"),
    ],
)
def test_scores_that_mean_nothing_are_refused(settings, message) -> None:
    with pytest.raises(UserError, match=message):
        Answer("a", **settings)


def test_nothing_is_weighed_where_one_column_holds_the_score() -> None:
    assert score_in({"s": 3}, Answer("a", score="s", lower_is_better=True)) == Score(-3.0)


RANKED = [
    {
        "q": "Which lake is the deepest?",
        "r": [{"t": "Baikal.", "n": 0}, {"t": "Victoria.", "n": 1}, {"t": "None.", "n": 2}],
    }
]


def test_the_lower_rank_is_chosen_and_its_negative_is_the_score() -> None:
    fields = Fields("q", (Answer("t", score="n", lower_is_better=True),), each="r")
    outcome = built(RANKED, fields, PairRule("all_pairs", per_prompt=9))
    assert [pair[1:] for pair in outcome.pairs] == [
        ("Baikal.", "None."),
        ("Baikal.", "Victoria."),
        ("Victoria.", "None."),
    ]
    assert outcome.scores == [(0.0, -2.0), (0.0, -1.0), (-1.0, -2.0)]


def test_thumbs_of_one_prompt_are_a_pair() -> None:
    rows = [
        {"q": "Which lake is the deepest?", "t": "Baikal.", "up": True},
        {"q": "Which lake is the deepest?", "t": "Victoria.", "up": False},
        {"q": "Which river is the longest?", "t": "The Nile.", "up": True},
    ]
    outcome = built(rows, Fields("q", (Answer("t", score="up", score_labels=THUMBS),)))
    assert outcome.pairs == [("Which lake is the deepest?", "Baikal.", "Victoria.")]
    assert outcome.counts("pair", "prompts")["rejected", "fewer_than_two_answers"] == 1


def test_a_score_with_a_decimal_comma_is_declared():
    part = Answer("a", score="s", decimal=",")
    assert [score_in({"s": value}, part).value for value in ("3,5", "1.250", 2)] == [3.5, 1250.0, 2.0]
    assert score_in({"s": "3.5"}, part).problem == ("score_not_a_number", "3.5")
