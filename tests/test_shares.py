"""Wilson's interval, kappa and alpha: published values, and the same ones wherever the project gives them."""

from collections import Counter
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st_

from polypref import shares
from polypref.evaluation.figures import statistics as st
from polypref.evaluation.figures.agreement import cohens_kappa
from polypref.review.agreement import pooled_kappa


def test_wilson_interval_is_the_published_one() -> None:
    # Newcombe 1998 (Statistics in Medicine 17, 857-872), table I, method 3: 81 of 263, and 0 of 20.
    low, high = shares.wilson(81, 263)
    assert (round(low or 0, 4), round(high or 0, 4)) == (0.2553, 0.3662)
    low, high = shares.wilson(0, 20)
    assert (round(low or 0, 4), round(high or 0, 4)) == (0.0, 0.1611)
    assert shares.wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert shares.wilson(0, 0) == (None, None)


@pytest.mark.parametrize(("wins", "n"), [(81, 263), (12, 24), (1, 30)])
def test_independent_prompts_have_wilsons_interval_in_an_evaluation(wins: int, n: int) -> None:
    scores = np.array([1.0] * wins + [0.0] * (n - wins))
    low, high = st.column_interval(st.sums(scores, np.arange(n), np.zeros(n)))
    assert (low[0], high[0]) == pytest.approx(shares.wilson(wins, n), abs=1e-9)


def test_several_shares_at_once() -> None:
    low, high = shares.wilson_ends([81 / 263, np.nan], [263, 10], shares.Z_95)
    assert (low[0], high[0]) == shares.wilson(81, 263) and np.isnan(low[1])


def test_kappa_by_hand() -> None:
    assert shares.kappa(0.75, 34 / 64) == pytest.approx(14 / 30)
    assert shares.kappa(1.0, 1.0) is None and shares.kappa(0.5, 0.5) == 0


def test_reviews_and_evaluations_give_one_kappa_where_margins_are_the_same() -> None:
    twos = [("a", "a"), ("a", "b"), ("b", "a"), ("b", "b"), ("b", "b")]
    one, two = ([pair[side] for pair in twos] for side in (0, 1))
    assert cohens_kappa(one, two).kappa == pytest.approx(pooled_kappa(twos))
    # With margins of their own, Cohen's and Scott's differ: po 1/2; pe 1/2 of 0.5 and 1, pooled 5/8.
    assert cohens_kappa(["a", "a"], ["a", "b"]).kappa == 0 and pooled_kappa([("a", "a"), ("a", "b")]) == -1 / 3


def test_alpha_is_the_published_one() -> None:
    # Krippendorff 2011, Computing Krippendorff's alpha-reliability, section C: 4 observers, 12 units, alpha .743.
    observers = (
        (1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None),
        (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3),
        (None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None),
        (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None),
    )
    units = Counter(tuple(one.count(name) for name in range(1, 6)) for one in zip(*observers, strict=True))
    assert shares.krippendorff(units) == pytest.approx(0.743, abs=5e-4)


UNITS = st_.lists(st_.lists(st_.integers(0, 2), max_size=4), min_size=1, max_size=6)


@given(UNITS)
def test_alpha_is_as_the_reference_has_it(units: list[list[int]]) -> None:
    several = [unit for unit in units if len(unit) > 1]
    values = [value for unit in several for value in unit]
    expected = None
    if len(set(values)) > 1:
        differ = sum(sum(a != b for a, b in permutations(unit, 2)) / (len(unit) - 1) for unit in several) / len(values)
        by_chance = sum(a != b for a, b in permutations(values, 2)) / (len(values) * (len(values) - 1))
        expected = 1 - differ / by_chance
    counted = Counter(tuple(unit.count(name) for name in range(3)) for unit in units)
    assert shares.krippendorff(counted) == (None if expected is None else pytest.approx(expected))
