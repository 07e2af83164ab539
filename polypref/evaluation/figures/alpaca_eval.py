"""AlpacaEval 2's own length-controlled win-rate, for whoever has its two tables.

Beside verdicts and lengths it needs how hard each prompt is (`instruction_difficulty`, fitted on many models) and the
verdicts on two gamed baselines (`df_gamed.csv`), which hold the regression to what is known of the baseline. Neither
comes with polypref; without them the figure is `length_control`'s minimal regression.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ...errors import UserError
from .statistics import Floats

#: The weight of the gamed baselines' rows: 0.2, halved as there are two of them.
_GAMED_WEIGHT = 0.1
#: Inverse strengths of the penalty that are tried: scikit-learn's ten of LogisticRegressionCV.
_STRENGTHS = np.logspace(-4, 4, 10)
_FOLDS = 5


@dataclass(frozen=True)
class GamedRows:
    """Verdicts on gamed baselines; arrays of length n.

    Attributes:
        preference: of the gamed baseline, 0 to 1.
        length: standardised difference of lengths, as AlpacaEval gives it.
        difficulty: of the prompt.
    """

    preference: Floats
    length: Floats
    difficulty: Floats


@dataclass(frozen=True, kw_only=True)
class AlpacaControlled:
    """AlpacaEval's regression, and the win-rate that it predicts at equal lengths.

    Attributes:
        win_rate: mean prediction over the prompts at equal lengths.
        model, length, difficulty: its coefficients: the model's, that of tanh of the standardised difference of lengths
            (baseline less model), and that of the prompt's difficulty.
        strength: the inverse strength of the penalty that cross-validation chose.
    """

    win_rate: float
    model: float
    length: float
    difficulty: float
    strength: float


def alpaca_controlled(
    preference: ArrayLike, lengths: ArrayLike, difficulty: ArrayLike, gamed: GamedRows
) -> AlpacaControlled:
    """AlpacaEval's `length_controlled_v1` (Dubois et al. 2024, arXiv 2404.04475, section 3).

    logit P(model wins) = model * (not a gamed row) + length * tanh(d / sd(d)) + difficulty * the prompt's, where d is
    the baseline's characters less the model's; no intercept; an L1 penalty, whose strength is the one of ten with the
    best mean log loss in five folds, which keep a row's two copies (won by its preference, lost by the rest) together;
    rows of gamed baselines weigh 0.1. The folds are dealt from the last row on, as scikit-learn deals groups of equal
    size where its sort is stable; on machines where it is not, AlpacaEval's own folds are others.

    Args:
        preference: (n,) of the model, 0 to 1; NaN is left out of the fit, and its prompt still counts in the mean.
        lengths: (n, 2) characters of the model's answer and of the baseline's.
        difficulty: (n,) of the prompts.
        gamed: verdicts on gamed baselines.

    Returns:
        The fit.

    Raises:
        UserError: nothing to fit.
    """
    y, size, hard = (np.asarray(one, float) for one in (preference, lengths, difficulty))
    d = size[:, 1] - size[:, 0]
    spread = float(d.std(ddof=1)) if len(d) > 1 else 0.0
    if not spread or np.isnan(spread) or np.isnan(y).all():
        raise UserError("AlpacaEval's length control needs verdicts, and answers of known lengths that differ")
    own = np.column_stack([np.ones(len(y)), np.tanh(d / spread), hard])
    theirs = np.column_stack([np.zeros(len(gamed.length)), np.tanh(gamed.length), gamed.difficulty])
    x, target = np.vstack([theirs, own]), np.concatenate([gamed.preference, y])
    weight = np.concatenate([np.full(len(gamed.length), _GAMED_WEIGHT), np.ones(len(y))])
    known = ~np.isnan(target)
    x, target, weight = x[known], target[known], weight[known]
    strength = _best_strength(x, target, weight)
    b = fit_l1(x, target, weight, strength)
    rate = float(_logistic(b[0] + b[2] * hard).mean())
    return AlpacaControlled(
        win_rate=rate, model=float(b[0]), length=float(b[1]), difficulty=float(b[2]), strength=strength
    )


def _best_strength(x: Floats, y: Floats, weight: Floats) -> float:
    folds = np.arange(len(y))[::-1] % _FOLDS
    losses = np.zeros(len(_STRENGTHS))
    for fold in range(_FOLDS):
        held = folds == fold
        for at, strength in enumerate(_STRENGTHS):
            b = fit_l1(x[~held], y[~held], weight[~held], float(strength))
            p = np.clip(_logistic(x[held] @ b), 1e-15, 1 - 1e-15)
            loss = -(y[held] * np.log(p) + (1 - y[held]) * np.log(1 - p)) * weight[held]
            losses[at] += float(loss.mean()) / _FOLDS
    return float(_STRENGTHS[int(np.argmin(losses))])


def _logistic(eta: Floats) -> Floats:
    return np.asarray(0.5 * (1 + np.tanh(eta / 2)), float)


def fit_l1(x: Floats, y: Floats, weight: Floats, strength: float) -> Floats:
    """Logistic regression without an intercept under an L1 penalty: |b| + strength * weighted log loss, minimised.

    By proximal Newton steps, each solved exactly one coefficient after another, halved while they lead uphill.

    Args:
        x: (n, k) what is regressed on.
        y: (n,) outcomes from 0 to 1.
        weight: (n,) of the rows.
        strength: inverse strength of the penalty, scikit-learn's C.

    Returns:
        (k,) coefficients.
    """

    def loss(b: Floats) -> float:
        eta = x @ b
        return float(np.abs(b).sum() + strength * (weight * (np.logaddexp(0, eta) - y * eta)).sum())

    b = np.zeros(x.shape[1])
    now = loss(b)
    for _ in range(100):
        p = _logistic(x @ b)
        slope = strength * (x.T @ (weight * (p - y)))
        bow = strength * ((x * (weight * p * (1 - p))[:, None]).T @ x) + 1e-9 * np.eye(len(b))
        step = _l1_step(b, slope, bow) - b
        size = 1.0
        while size > 1e-8 and loss(b + size * step) > now:
            size /= 2
        b = b + size * step
        before, now = now, min(now, loss(b))
        if before - now < 1e-10 * max(1.0, abs(before)):
            break
    return b


def _l1_step(b: Floats, slope: Floats, bow: Floats) -> Floats:
    """Where the penalised second-order model of the loss is least, by coordinate descent."""
    new = b.copy()
    for _ in range(1000):
        moved = 0.0
        for at in range(len(b)):
            gradient = float(slope[at] + bow[at] @ (new - b))
            unpenalised = new[at] - gradient / bow[at, at]
            value = float(np.sign(unpenalised) * max(abs(unpenalised) - 1 / bow[at, at], 0))
            moved, new[at] = max(moved, abs(value - new[at])), value
        if moved < 1e-12:
            break
    return new
