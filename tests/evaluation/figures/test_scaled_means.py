"""Means on a scale: those of shares, moved and stretched."""

import pytest

from polypref.evaluation.figures.language_shares import shares_by_language
from polypref.evaluation.figures.scaled_means import ScaledMean, means_on_scale


def test_scores_of_one_to_ten_by_hand():
    means = means_on_scale([10, 1, 4, float("nan"), 7], list("abcda"), ["de"] * 4 + ["he"], 1, 10)
    de, he = means.rows
    assert (de.mean, de.n, de.groups) == (pytest.approx(5), 3, 3)
    # Deviations 5, -4, -1: sqrt((25 + 16 + 1) / (3 x 2)).
    assert de.error == pytest.approx(7**0.5)
    assert 1 <= de.low < 5 < de.high <= 10
    assert (he.mean, he.low, he.high, he.error) == (pytest.approx(7), None, None, None)
    assert means.average.mean == pytest.approx(6) and means.average.language == ""


def test_they_are_shares_of_the_scale():
    values, groups, tags = [2.0, 4.0, 3.0, 3.0], list("abab"), ["de", "de", "he", "he"]
    means, shares = means_on_scale(values, groups, tags, 2, 4), shares_by_language([0, 1, 0.5, 0.5], groups, tags)
    for mean, share in zip(means.rows, shares.rows, strict=True):
        assert (mean.low, mean.high) == pytest.approx((2 + 2 * share.low, 2 + 2 * share.high))


def test_without_cases_and_half_intervals():
    assert means_on_scale([float("nan")], ["a"], ["de"], 1, 5).average is None
    with pytest.raises(ValueError, match="an interval has one end"):
        ScaledMean(language="de", n=1, groups=1, mean=1.0, low=1.0, high=None, error=None)
