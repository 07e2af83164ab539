"""Fleiss' kappa against the published example, against Cohen's case, and with an interval."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from polypref.evaluation.figures import statistics as st
from polypref.evaluation.figures.fleiss import Fleiss, fleiss_kappa

#: Ten subjects, 14 raters, five categories: the worked example of Fleiss' kappa in the encyclopaedias; kappa 0.210.
PUBLISHED = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]


def test_the_published_example() -> None:
    of = fleiss_kappa(PUBLISHED, list("abcdefghij"))
    assert of.kappa == pytest.approx(0.210, abs=0.0005)
    assert (of.units, of.groups, of.raters) == (10, 10, 14)
    assert of.low is not None and of.high is not None and of.low < 0.210 < of.high


def test_by_hand_with_unequal_raters() -> None:
    # Agreement 1, 1/3 and 1: mean 7/9. Labels 5 and 2 of 7: by chance 29/49. The single rater says nothing.
    of = fleiss_kappa([[2, 0], [2, 1], [0, 2], [1, 0]], ["a", "b", "c", "d"])
    assert (of.units, of.raters) == (3, 3)
    share = (4 / 7) ** 2 + (3 / 7) ** 2
    assert of.kappa == pytest.approx((7 / 9 - share) / (1 - share))


def test_where_nothing_can_be_said() -> None:
    nothing = Fleiss(0, 0, 0, None, None, None)
    assert fleiss_kappa([], []) == fleiss_kappa([[1, 0]], ["a"]) == nothing
    same = fleiss_kappa([[3, 0], [3, 0]], ["a", "b"])
    assert (same.units, same.kappa, same.low) == (2, None, None), "chance alone explains all"
    assert fleiss_kappa([[3, 0], [0, 3]], ["a", "a"]).low is None, "one group has no interval"


def test_groups_are_drawn_whole() -> None:
    rows = np.array([[3, 0], [0, 3], [2, 1], [1, 2]] * 10)
    alone = fleiss_kappa(rows, [str(n) for n in range(40)])
    together = fleiss_kappa(rows, [str(n % 4) for n in range(40)])
    assert alone.kappa == together.kappa and together.groups == 4
    assert together.high - together.low > alone.high - alone.low  # type: ignore[operator]
    assert fleiss_kappa(rows, ["a", "b"] * 20, seed=1) == fleiss_kappa(rows, ["a", "b"] * 20, seed=1)


def test_many_cases_take_no_weight_for_each_case_of_each_resample() -> None:
    # Of 400 groups that say the same, 250 times as many cases have the same kappa, and the same interval.
    few = np.array([[3, 0], [0, 3], [2, 1], [1, 2]] * 100)
    once = fleiss_kappa(few, [f"{n:03}" for n in range(400)], resamples=200)
    tracemalloc.start()
    many = fleiss_kappa(np.repeat(few, 250, axis=0), [f"{n:03}" for n in range(400) for _ in range(250)], resamples=200)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (many.units, many.groups) == (100_000, 400)
    assert [many.kappa, many.low, many.high] == pytest.approx([once.kappa, once.low, once.high])
    assert peak < 60e6, "a float for each case of each resample is 160 MB"


def test_drawn_by_hand() -> None:
    rows, groups = np.array([[3, 0], [0, 3], [2, 1], [1, 2], [0, 4]]), ["a", "b", "b", "c", "d"]
    of = fleiss_kappa(rows, groups, resamples=50, seed=3)
    kappas = []
    for drawn in st.resamples(4, 50, 3):
        again = np.repeat(rows, drawn.astype(int)[[0, 1, 1, 2, 3]], axis=0)
        one = fleiss_kappa(again, ["x"] * len(again)).kappa
        kappas += [one] if one is not None else []
    assert (of.low, of.high) == pytest.approx(np.quantile(kappas, [0.025, 0.975]))
