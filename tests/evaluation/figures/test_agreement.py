"""Two raters, and what a judge likes beside quality: values by hand."""

import math

import numpy as np
import pytest

from polypref.evaluation.figures.agreement import cohens_kappa, length_bias, position_bias

NO = np.nan


def test_kappa_by_hand():
    """Cohen's table 45, 15 / 25, 15: po = .6, pe = .6 x .7 + .4 x .3 = .54, kappa = .06 / .46."""
    one = ["a"] * 60 + ["b"] * 40
    two = ["a"] * 45 + ["b"] * 15 + ["a"] * 25 + ["b"] * 15
    kappa = cohens_kappa([*one, None, "a"], [*two, "a", None])
    assert (kappa.n, kappa.left_out) == (100, 2)
    assert (kappa.raw, kappa.expected, kappa.kappa) == pytest.approx((0.6, 0.54, 0.06 / 0.46))
    # Fleiss, Cohen and Everitt's formula, term by term.
    k = 0.06 / 0.46
    on = 0.45 * (1 - 1.3 * (1 - k)) ** 2 + 0.15 * (1 - 0.7 * (1 - k)) ** 2
    off = (1 - k) ** 2 * (0.15 * (0.7 + 0.4) ** 2 + 0.25 * (0.3 + 0.6) ** 2)
    assert kappa.error == pytest.approx(math.sqrt((on + off - (k - 0.54 * (1 - k)) ** 2) / 100) / 0.46)
    assert cohens_kappa(["a"] * 5, ["a"] * 5).kappa is None
    assert (cohens_kappa(["a", "b"], ["a", "b"]).kappa, cohens_kappa(["a", "b"], ["a", "b"]).error) == (1, None)
    assert cohens_kappa(["a", None], [None, "a"]).n == 0


def test_position_and_length_bias_by_hand():
    # (1, 0): the answer shown first both times; (0, 1): the second; (1, 1): one of each.
    orders = [(1, 0), (1, 0), (0, 1), (1, 1), (0.5, 0.5), (1, NO)]
    kappa = position_bias(orders, range(6))
    assert (kappa.n, kappa.groups, kappa.share) == (8, 4, 5 / 8)
    assert kappa.low < 5 / 8 < kappa.high
    longer = length_bias([1, 0, 1, 0.5, NO, 1], [10, -5, -5, 3, 3, 0], range(6))
    assert (longer.n, longer.share) == (3, pytest.approx(2 / 3))
    assert position_bias([(0.5, 0.5)], ["g"]).share is None
