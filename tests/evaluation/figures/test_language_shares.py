"""Shares by language: values and errors by hand, and what holds for any."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from polypref.evaluation.figures.language_shares import LanguageShare, shares_by_language
from polypref.shares import wilson_ends


def test_two_languages_by_hand():
    """de: 1, 0, 1, 0 of four prompts; he: 1, 1 of the first two, and one without a value."""
    values = [1, 0, 1, 0, 1, 1, math.nan]
    shares = shares_by_language(values, list("abcdabc"), ["de"] * 4 + ["he"] * 3)
    de, he = shares.rows
    assert (de.language, de.n, de.groups, de.share) == ("de", 4, 4, 0.5)
    # Plain yes and no: Wilson's interval, and sqrt(sum of squares / (n (n - 1))) = sqrt(4 x 0.25 / 12).
    low, high = wilson_ends(np.array([0.5]), np.array([4.0]), np.array([1.959963984540054]))
    assert (de.low, de.high) == pytest.approx((float(low[0]), float(high[0])))
    assert de.error == pytest.approx(math.sqrt(1 / 12))
    assert (he.n, he.groups, he.share, he.error) == (2, 2, 1.0, 0.0) and he.low < 1 == he.high
    assert shares.average.share == 0.75 and shares.average.n == 6 and shares.average.groups == 4
    assert shares.average.low < 0.75 < shares.average.high


def test_without_a_case_nothing_is_said():
    shares = shares_by_language([math.nan], ["a"], ["de"])
    assert shares.average is None
    assert shares.rows == (LanguageShare(language="de", n=0, groups=0, share=None, low=None, high=None, error=None),)


def test_half_an_interval_is_none():
    with pytest.raises(ValueError, match="an interval has one end"):
        LanguageShare(language="de", n=1, groups=1, share=1.0, low=None, high=1.0, error=None)


@given(
    some.lists(
        some.tuples(some.sampled_from([n / 8 for n in range(9)]), some.integers(0, 9), some.sampled_from("xyz")),
        min_size=1,
    )
)
def test_intervals_hold_the_share_and_stay_within_bounds(cases):
    values, groups, tags = zip(*cases, strict=True)
    shares = shares_by_language(values, [str(one) for one in groups], tags)
    assert sum(row.n for row in shares.rows) == len(cases) == shares.average.n
    for row in (*shares.rows, shares.average):
        assert row.low is None or -1e-9 <= row.low <= row.share + 1e-9 <= row.high + 2e-9 <= 1 + 3e-9
