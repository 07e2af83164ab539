"""Win-rates by the values of a column: by hand, and nothing is lost whatever the values."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from polypref.evaluation.figures import slices
from polypref.evaluation.figures.language_shares import shares_by_language
from polypref.evaluation.figures.slices import SliceRow, levels_of, slice_battles

SCORES = np.array([1.0, 0.0, 0.5, 1.0, 1.0, np.nan, 0.0, 1.0])
GROUPS = ["a", "b", "c", "d", "a", "b", "c", "d"]
TAGS = ["de"] * 4 + ["he"] * 4
VALUES = [["x/1"], ["x/2"], ["y"], [], ["x/1"], ["x/2"], ["y"], ["x/1"]]


def test_a_tree_by_hand():
    known = slice_battles("topic", "prompt", VALUES, SCORES, GROUPS, TAGS)
    assert [row.value for row in known.rows] == ["x", "x/1", "x/2", "y"]
    x, one, two, y = known.rows
    # x: de 1, 0; he 1, 1 and one without a score. Each language counts the same: (1/2 + 1) / 2.
    assert (x.prompts, x.scored, x.wins, x.ties, x.losses) == (5, 4, 3, 0, 1)
    assert x.win_rate == 0.75 and x.languages == ("de", "he") and x.groups == 3
    assert (one.prompts, one.win_rate) == (3, 1.0) and (two.scored, two.languages) == (1, ("de",))
    assert (y.wins, y.ties, y.losses, y.win_rate) == (0, 1, 1, 0.25)
    assert known.without == 1 and known.rest is None and known.rest_values == 0
    assert (known.column, known.of) == ("topic", "prompt")


def test_a_value_that_all_have_has_the_figures_of_the_whole():
    known = slice_battles("c", "model", [["all"]] * 8, SCORES, GROUPS, TAGS, level=0.9)
    whole = shares_by_language(SCORES, GROUPS, TAGS, level=0.9).average
    (row,) = known.rows
    assert (row.win_rate, row.low, row.high, row.error) == (whole.share, whole.low, whole.high, whole.error)
    assert row.p_holm == row.p


def test_p_is_corrected_over_the_rows():
    scores = np.array([1.0] * 8 + [0.5, 0.5])
    known = slice_battles("c", "prompt", [["x"]] * 8 + [["y"]] * 2, scores, list("abcdefghij"), ["de"] * 10)
    # Eight wins of eight: 2 / 2^8; of two tests the smaller p is doubled.
    assert [row.p for row in known.rows] == pytest.approx([2 / 256, 1])
    assert [row.p_holm for row in known.rows] == pytest.approx([4 / 256, 1])


def test_rare_values_are_one_row_and_counted(monkeypatch):
    monkeypatch.setattr(slices, "MOST_VALUES", 2)
    values = [["a"], ["a"], ["a"], ["b"], ["b"], ["c"], ["d"], ["a", "d"]]
    known = slice_battles("c", "prompt", values, SCORES, GROUPS, TAGS)
    assert [(row.value, row.prompts) for row in known.rows] == [("a", 4), ("b", 2)]
    # c has no score, d lost; the battle that has a too is not among them.
    assert (known.rest.value, known.rest.prompts, known.rest.scored, known.rest.losses) == ("", 2, 1, 1)
    assert known.rest_values == 2


def test_without_a_score_a_value_still_has_its_row():
    known = slice_battles("c", "prompt", [["x"]], np.array([np.nan]), ["a"], ["de"])
    (row,) = known.rows
    assert (row.prompts, row.scored, row.groups, row.win_rate, row.p_holm) == (1, 0, 0, None, None)


def test_half_an_interval_is_none():
    (row,) = slice_battles("c", "prompt", [["x"]], np.array([1.0]), ["a"], ["de"]).rows
    with pytest.raises(ValueError, match="an interval has one end"):
        SliceRow(**{**vars(row), "low": 0.5, "high": None})


@given(some.text())
def test_a_level_begins_with_the_one_above_it(value):
    levels = levels_of(value)
    assert all(below.startswith(f"{above}/") for above, below in pairwise(levels))


@given(some.lists(some.tuples(some.lists(some.sampled_from(["a", "b", "a/b", "c/d/e", "f"]), max_size=2),
                              some.sampled_from([0.0, 0.5, 1.0, float("nan")]), some.integers(0, 4),
                              some.sampled_from(["de", "he"])), min_size=1, max_size=30))  # fmt: skip
def test_every_battle_is_in_a_row_or_counted(battles):
    values, scores, groups, tags = zip(*battles, strict=True)
    known = slice_battles("c", "prompt", values, np.array(scores), [str(g) for g in groups], tags)
    shown = {row.value for row in known.rows}
    inside = sum(bool({level for one in several for level in levels_of(one)} & shown) for several in values)
    assert inside + (known.rest.prompts if known.rest else 0) + known.without == len(battles)
    for row in known.rows:
        assert row.wins + row.ties + row.losses == row.scored <= row.prompts
