"""AlpacaEval's own regression: beside scikit-learn's, and where it can be solved by hand."""

import numpy as np
import pytest

from polypref.errors import UserError
from polypref.evaluation.figures.alpaca_eval import GamedRows, alpaca_controlled, fit_l1


def rows(n=200):
    rng = np.random.default_rng(5)
    hard = rng.normal(0, 1, n)
    size = np.column_stack([rng.integers(50, 900, n), rng.integers(50, 900, n)]).astype(float)
    d = size[:, 1] - size[:, 0]
    t = np.tanh(d / d.std(ddof=1))
    p = 1 / (1 + np.exp(-(-1.2 - 0.8 * t + 0.5 * hard)))
    y = np.round(np.clip(p + rng.normal(0, 0.2, n), 0, 1), 3)
    length = np.round(rng.normal(0, 1, 2 * n), 4)
    wins = np.round(np.clip(0.5 - 0.3 * np.tanh(length) + rng.normal(0, 0.1, 2 * n), 0, 1), 3)
    return y, size, hard, GamedRows(wins, length, np.tile(hard, 2))


def test_as_scikit_learn_has_it():
    """LogisticRegressionCV of scikit-learn 1.8 (liblinear, L1, GroupKFold of 5, the log loss of AlpacaEval) gave these
    on the same rows: C = 21.5443469, coefficients -1.08057811, -0.83737247, 0.3190619, and so 0.253755329."""
    y, size, hard, gamed = rows()
    fit = alpaca_controlled(y, size, hard, gamed)
    assert fit.strength == pytest.approx(21.5443469)
    assert (fit.model, fit.length, fit.difficulty) == pytest.approx((-1.08057811, -0.83737247, 0.3190619), abs=1e-4)
    assert fit.win_rate == pytest.approx(0.253755329, abs=1e-5)


def test_one_coefficient_by_hand():
    """Half of the rows won: of n rows with x = 1 and mean m the slope at b is C n (p - m), which meets 1 or -1."""
    x, y = np.ones((8, 1)), np.array([1.0, 1, 1, 1, 1, 1, 0, 0])
    # |slope| = 1 where 8 C (p - 0.75) = -1: p = 0.75 - 1 / (8 C).
    (b,) = fit_l1(x, y, np.ones(8), 1.0)
    assert 1 / (1 + np.exp(-b)) == pytest.approx(0.75 - 1 / 8)
    # Under C = 1/2 the slope at 0 is 4 x -0.25 = -1: the penalty holds it at 0.
    assert fit_l1(x, y, np.ones(8), 0.5)[0] == 0
    assert fit_l1(x, y, np.full(8, 0.1), 10.0)[0] == pytest.approx(b)


def test_without_lengths_that_differ_there_is_no_figure():
    gamed = rows(10)[3]
    for y, size in (([1.0, 0.0], [[5, 5], [6, 6]]), ([np.nan, np.nan], [[5, 7], [6, 6]]), ([1.0], [[5, 7]])):
        with pytest.raises(UserError, match="needs verdicts, and answers of known lengths that differ"):
            alpaca_controlled(y, size, [0.0] * len(y), gamed)
