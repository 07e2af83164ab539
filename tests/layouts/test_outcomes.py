"""What one judgement says: scores by hand, in every form; test_layout has them in files."""

import math

import pytest

from polypref.layouts.outcomes import Meaning, label_of, outcome

SHOWN = ("aya", "gemma")


def read(form, *values, labels=None, pattern="", weights=None, tie_within=0.0, range=None, draws=()):
    return outcome(values, SHOWN, Meaning(form, pattern, labels or {}, weights or {}, tie_within, range, draws))


@pytest.mark.parametrize(
    ("value", "score", "weight"), [("A", 1, 3), (1, 0, 1), ("1.0", 0, 1), ("both", 0.75, 1), ("gemma", 0, 1)]
)
def test_a_label_means_what_is_declared_or_is_a_model(value, score, weight):
    labels = {"A": "a", "1": "b", "both": 0.75}
    assert read("winner", value, labels=labels, weights={"A": 3}) == (score, weight, "")


@pytest.mark.parametrize(
    ("form", "values", "reason"),
    [
        ("winner", ["tie"], "unknown_label"),
        ("winner", [None], "null"),
        ("winner", [""], "null"),
        ("winner", [math.nan], "nan"),
        ("winner", [["A"]], "unknown_label"),
        ("text", ["I cannot say."], "no_mark"),
        ("scores", [8, "good"], "not_a_number"),
        ("scores", [8, "nan"], "nan"),
        ("ranking", [["aya"]], "not_ranked"),
        ("ranking", [["aya", "aya", "gemma"]], "ranked_twice"),
        ("ranking", [3], "not_a_ranking"),
    ],
)
def test_what_says_nothing_has_a_reason(form, values, reason):
    score, weight, why = read(form, *values)
    assert math.isnan(score) and (weight, why) == (1.0, reason)


def test_scores_a_ranking_and_a_preference():
    assert read("scores", 8, "7.5")[0] == 1 and read("scores", 8, 8.4, tie_within=0.5)[0] == 0.5
    assert read("scores", "8 | 9", pattern=r"(\d) \| (\d)")[0] == 0
    assert read("ranking", ["gemma", "aya"])[0] == 0 and read("ranking", "aya = gemma > x")[0] == 0.5
    assert read("ranking", {"aya": 1, "gemma": 2})[0] == 1
    assert (
        read("preference", 1.25, range=(1, 2))[0] == 0.75 and read("preference", 0, range=(1, 2), draws=(0,))[0] == 0.5
    )
    assert read("preference", 3, range=(1, 2))[2] == "outside_range"


def test_marks_in_a_text():
    assert read("text", "[[B]] is better")[0] == 0
    assert read("text", "first A, then B", pattern="(A|B)", labels={"A": "a", "B": "b"})[0] == 0


def test_a_label_is_compared_as_text():
    assert [label_of(value) for value in (1, 1.0, " A ", True)] == ["1", "1", "A", "True"]
