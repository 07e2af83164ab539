"""Strengths of several models: log odds by hand, and planted strengths found again."""

import math

import numpy as np
import pytest

from polypref.errors import UserError
from polypref.evaluation.figures.bradley_terry import bradley_terry

NO = np.nan


def logistic(x):
    return 1 / (1 + np.exp(-x))


def test_two_models_have_their_log_odds():
    # 30 won, 10 lost: log 3; with 20 ties between: Davidson's nu is 20 / sqrt(30 x 10).
    ranking = bradley_terry(["a"] * 40, ["b"] * 40, [1] * 30 + [0] * 10, range(40), number=0)
    assert ranking.models == ("a", "b")
    assert ranking.strengths[0] - ranking.strengths[1] == pytest.approx(math.log(3), abs=0.01)
    assert ranking.tie == 0
    tied = bradley_terry(["a"] * 60, ["b"] * 60, [1] * 30 + [0] * 10 + [0.5] * 20, range(60), number=0)
    assert tied.strengths[0] - tied.strengths[1] == pytest.approx(math.log(3), abs=0.01)
    assert tied.tie == pytest.approx(20 / math.sqrt(300), abs=0.01)
    assert tied.win_rates == pytest.approx([40 / 60, 20 / 60], abs=1e-3)


def battles(strengths, nu, n, seed):
    draw = np.random.default_rng(seed)
    a, b = np.array([draw.choice(len(strengths), 2, replace=False) for _ in range(n)]).T
    half = (strengths[a] - strengths[b]) / 2
    total = np.exp(half) + np.exp(-half) + nu
    u = draw.random(n) * total
    return a, b, np.where(u < np.exp(half), 1, np.where(u < np.exp(half) + nu, 0.5, 0))


def test_planted_strengths_are_found():
    truth, names = np.array([1.0, 0.3, -0.2, -1.1]), np.array(["w", "x", "y", "z"])
    a, b, score = battles(truth, 0.8, 6000, seed=1)
    ranking = bradley_terry(names[a], names[b], score, range(6000), number=200)
    assert ranking.models == ("w", "x", "y", "z")
    assert ranking.strengths == pytest.approx(truth, abs=0.1)
    assert ranking.tie == pytest.approx(0.8, abs=0.07)
    assert (ranking.low < truth).all()
    assert (truth < ranking.high).all()
    assert ranking.battles.sum() == 12000
    turned = bradley_terry(names[b], names[a], 1 - score, range(6000), number=0)
    assert turned.strengths == pytest.approx(ranking.strengths)


def test_rankings_that_mean_nothing_are_told():
    ranking = bradley_terry(["a", "c"], ["b", "d"], [1, 1], range(2), number=20)
    assert len(ranking.unlinked) == 2
    assert np.isfinite(ranking.strengths).all()
    # All resamples of two prompts are nearly the same: no interval is better than one without width.
    assert np.isnan([*ranking.low, *ranking.high]).all()
    with pytest.raises(UserError, match="at least two models"):
        bradley_terry(["a"], ["b"], [NO], ["g"])
