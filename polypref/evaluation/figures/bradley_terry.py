"""Strengths of several models from battles between them, ties included."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import UserError
from .statistics import FEW_GROUPS, Floats, resamples

# Keeps a model that won or lost everything, or was tied with nobody, at a finite place; a hundredth of a battle.
_RIDGE = 1e-2


@dataclass(frozen=True)
class Ranking:
    """Strengths of models; differences of two are log odds.

    Attributes:
        models: by strength, the best first.
        strengths: (models,) with mean 0.
        low, high: (models,) percentiles of the bootstrap of whole groups; NaN under 20 groups, for drawing the same few
            again and again shows too little spread.
        win_rates: (models,) expected score against the other models in turn, ties counting one half.
        tie: Davidson's nu; 0 where there are no ties, 2 where equal models tie half of their battles.
        battles: (models,) battles of each.
        unlinked: models that no chain of battles links with the first: their place among the others means nothing.
    """

    models: tuple[str, ...]
    strengths: Floats
    low: Floats
    high: Floats
    win_rates: Floats
    tie: float
    battles: NDArray[np.int64]
    unlinked: tuple[str, ...]


def bradley_terry(
    model_a: Sequence[str],
    model_b: Sequence[str],
    scores: ArrayLike,
    groups: ArrayLike,
    number: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Ranking:
    """Bradley-Terry strengths with ties after Davidson, by maximum likelihood.

    P(a wins) : P(b wins) : P(tie) = e^a : e^b : nu e^((a + b) / 2) (Davidson 1970, JASA 65, 317-328). A score between
    counts in part: 0.75 is half a win and half a tie. The log likelihood is concave in the strengths and log nu, and
    depends on counts alone, so that all resamples are fitted at once.

    Args:
        model_a, model_b: (n,) names.
        scores: (n,) of model_a, 0 to 1; NaN is left out.
        groups: (n,) the same name for the same prompt, in whichever language and battle.
        number: resamples of whole groups.
        level: of the intervals.
        seed: of the resamples.

    Returns:
        Models by strength, with the share of ties.

    Raises:
        UserError: fewer than two models, or no verdicts.
    """
    score = np.asarray(scores, float)
    known = ~np.isnan(score)
    models, ends = np.unique([*model_a, *model_b], return_inverse=True)
    if len(models) < 2 or not known.any():
        raise UserError("a ranking needs verdicts on battles between at least two models")
    a, b = ends[: len(score)][known], ends[len(score) :][known]
    group = np.unique(np.asarray(groups)[known], return_inverse=True)[1]
    counts = _counts(a, b, score[known], group, len(models))
    whole = counts.sum(0, keepdims=True)
    strengths, tie = _fit_strengths(whole, len(models))
    spread = np.empty((0, len(models)))
    enough = number > 0 and len(counts) >= FEW_GROUPS
    if enough:
        spread = _fit_strengths(resamples(len(counts), number, seed) @ counts, len(models))[0]
    ends_ = (
        np.quantile(spread, [0.5 - level / 2, 0.5 + level / 2], axis=0) if enough else np.full((2, len(models)), np.nan)
    )
    order = np.argsort(-strengths[0], kind="stable")
    played = np.bincount(a, minlength=len(models)) + np.bincount(b, minlength=len(models))
    first = _linked(a, b, len(models), int(order[0]))
    return Ranking(
        tuple(str(models[at]) for at in order),
        strengths[0][order],
        ends_[0][order],
        ends_[1][order],
        _expected(strengths[0], float(tie[0]))[order],
        float(tie[0]),
        played[order],
        tuple(str(models[at]) for at in order if not first[at]),
    )


def _counts(a: NDArray[np.int64], b: NDArray[np.int64], score: Floats, group: NDArray[np.int64], models: int) -> Floats:
    """(groups, models * models * 2): wins of row over column, and ties (in both halves of the table, at half)."""
    size = (int(group.max()) + 1) * 2 * models * models
    tied = (1 - np.abs(2 * score - 1)) / 2
    parts = (
        (0, a, b, np.maximum(2 * score - 1, 0)),
        (0, b, a, np.maximum(1 - 2 * score, 0)),
        (1, a, b, tied),
        (1, b, a, tied),
    )
    table = np.zeros(size)
    for kind, row, column, amount in parts:
        table += np.bincount(((group * 2 + kind) * models + row) * models + column, amount, size)
    return table.reshape(-1, 2 * models * models)


def _chances(strengths: Floats, log_tie: Floats) -> tuple[Floats, Floats]:
    """(resamples, models, models) chance that row beats column, and of a tie."""
    half = (strengths[:, :, None] - strengths[:, None, :]) / 2
    tie = log_tie[:, None, None]
    total = np.logaddexp(np.logaddexp(half, -half), tie)
    return np.exp(half - total), np.exp(tie - total)


def _fit_strengths(counts: Floats, models: int, steps: int = 60) -> tuple[Floats, Floats]:
    """(resamples, models) strengths and (resamples,) nu, by Newton's method on all resamples side by side."""
    wins, ties = np.moveaxis(counts.reshape(len(counts), 2, models, models), 1, 0)
    played = wins + wins.swapaxes(1, 2) + 2 * ties
    theta, tie = np.zeros((len(counts), models)), np.full(len(counts), np.log(0.5))
    without = ties.sum((1, 2)) == 0
    tie[without] = -30.0
    gained = (wins + ties).sum(2)
    eye = np.eye(models + 1) * _RIDGE
    for _ in range(steps):
        win, draw = _chances(theta, tie)
        score = win + draw / 2
        slope = np.empty((len(counts), models + 1))
        slope[:, :models] = gained - (played * score).sum(2) - _RIDGE * theta
        slope[:, models] = (ties - played * draw / 2).sum((1, 2)) - _RIDGE * tie
        # A battle's score has the variance below, and the covariance with "tie" is 0.5 draw - score draw.
        spread = played * (win + draw / 4 - score * score)
        bow = np.empty((len(counts), models + 1, models + 1))
        bow[:, :models, :models] = -spread
        each = np.arange(models)
        bow[:, each, each] = spread.sum(2)
        bow[:, models, :models] = bow[:, :models, models] = (played * draw * (0.5 - score)).sum(2)
        bow[:, models, models] = (played * draw * (1 - draw) / 2).sum((1, 2))
        slope[without, models] = 0
        step = np.linalg.solve(bow + eye, slope[:, :, None])[:, :, 0]
        # Long steps from far away overshoot.
        step = np.clip(step, -2, 2)
        theta, tie = theta + step[:, :models], tie + step[:, models]
        if np.abs(step).max() < 1e-9:
            break
    return theta - theta.mean(1, keepdims=True), np.where(without, 0, np.exp(tie))


def _expected(strengths: Floats, tie: float) -> Floats:
    """(models,) mean expected score against the others."""
    win, draw = _chances(strengths[None], np.log(np.maximum(np.array([tie]), 1e-13)))
    score = (win + draw / 2)[0]
    return np.asarray((score.sum(1) - 0.5) / (len(strengths) - 1), float)


def _linked(a: NDArray[np.int64], b: NDArray[np.int64], models: int, start: int) -> NDArray[np.bool_]:
    reached = np.zeros(models, bool)
    reached[start] = True
    for _ in range(models):
        reached[b[reached[a]]] = True
        reached[a[reached[b]]] = True
    return reached
