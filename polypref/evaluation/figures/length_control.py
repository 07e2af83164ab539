"""The win-rate a model would have if its answers were as long as the other's: AlpacaEval 2's minimal regression.

Minimal: on length alone. AlpacaEval's published figures come of a fuller form, with a difficulty of each prompt that
was fitted on many models. On 56 public lists of verdicts ours equals the alpaca_eval package's own minimal regression
within a point, and comes within three points of the published figure in 18.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import UserError
from .statistics import FEW_GROUPS, Floats, t_quantile

#: Prompts under which a language's own length slope is not fitted: ten for each of its two coefficients and the
#: estimate of their spread (Peduzzi et al. 1996, J. Clin. Epidemiol. 49, 1373-1379, ten events a coefficient).
LEAST_PROMPTS = 50
#: A win-rate that length control moves by more than this is warned of: where it moved gemma-7b-it by 6.0 points, it
#: ended 2.5 beyond the published figure of the full form, nearly half of the way (benchmarks/statistics).
FAR = 0.05
#: Share of prompts with the model's answer longer (or shorter) under which lengths hardly overlap: equal lengths are
#: then outside of nearly all that was seen, and the regression's straight line says what nobody looked at.
LITTLE_OVERLAP = 0.05
# Keeps coefficients finite where a model won everything; moves a win-rate of 800 prompts by less than 0.001 points.
_RIDGE = 1e-3


@dataclass(frozen=True)
class Controlled:
    """Length-controlled win-rates.

    Attributes:
        languages: sorted tags, in the order of the arrays.
        win_rates: (languages,) predicted at equal lengths.
        low, high: (languages,) their intervals; NaN under 20 groups, where a coefficient fits its few prompts too well
            for its error to be known.
        average, average_low, average_high: the mean over languages; its interval is NaN where a language's is.
        overlap: (languages,) share of prompts whose lengths differ the rarer way round; 0 where one model's answer is
            always longer, so that equal lengths are outside of all that was seen.
        slope: (languages,) of tanh(standardised length difference); above 0 where longer answers win. The same for all
            with `common`.
        difficulty: coefficient of the prompts' difficulty, where that was given.
        left_out: rows without a score, a length, or (where given) a difficulty.
        extreme: languages in which the model won, or lost, nearly everything, or lengths tell wins from losses without
            fail: there the regression has little to go by.
    """

    languages: tuple[str, ...]
    win_rates: Floats
    low: Floats
    high: Floats
    average: float
    average_low: float
    average_high: float
    overlap: Floats
    slope: Floats
    difficulty: float | None
    left_out: int
    extreme: tuple[str, ...]


def length_controlled(
    scores: ArrayLike,
    longer: ArrayLike,
    languages: ArrayLike,
    groups: ArrayLike,
    difficulty: ArrayLike | None = None,
    level: float = 0.95,
) -> Controlled:
    """Fits logit P(win) = theta[language] + phi tanh(d / sd(d)) (+ psi difficulty), and predicts with d = 0.

    Dubois et al. 2024, arXiv 2404.04475, equation 2 and section 3, without the term for the prompt where no
    difficulty is given (`length_controlled_minimal` of the alpaca_eval package, but by maximum likelihood instead of a
    cross-validated L1 penalty), and with one theta a language. d is the model's length less the other's and sd(d) is
    its standard deviation within the language: a character holds more in Chinese than in German. Intervals: sandwich
    covariance clustered by group, on the logit scale.

    Args:
        scores: (n,) in [0, 1]; NaN is left out and counted.
        longer: (n,) the model's length less the other's, in characters.
        languages: (n,) tags; all one tag for a fit by itself.
        groups: (n,) the same name for the same prompt in all its languages.
        difficulty: (n,) the prompts' difficulty (the paper's full form).
        level: of the intervals.

    Returns:
        Win-rates by language at equal lengths, their average, and the fit.

    Raises:
        UserError: nothing to fit.
    """
    y, d, tag, group = (np.asarray(x) for x in (scores, longer, languages, groups))
    hard = np.zeros(len(y)) if difficulty is None else np.asarray(difficulty, float)
    use = ~(np.isnan(y.astype(float)) | np.isnan(d.astype(float)) | np.isnan(hard))
    if not use.any():
        raise UserError("no battle has both a verdict and two lengths, so there is no length-controlled win-rate")
    y, d, tag, group, hard = y[use].astype(float), d[use].astype(float), tag[use], group[use], hard[use]
    names, which = np.unique(tag, return_inverse=True)
    dummies = (which[:, None] == np.arange(len(names))).astype(float)
    tail = [np.tanh(_standardised(d, which, len(names)))] + ([hard] if difficulty is not None else [])
    x = np.column_stack([dummies, *tail])
    coefficients = fit_logistic(x, y)
    number = np.unique(group, return_inverse=True)[1]
    covariance = sandwich(x, y, coefficients, number)
    members = np.array([len(np.unique(number[which == at])) for at in range(len(names))])
    equal = x.copy()
    equal[:, len(names)] = 0
    rates, low, high, whole = _predict_share(equal, which, members, coefficients, covariance, level)
    extreme = tuple(str(n) for n, rate in zip(names, rates, strict=True) if not 0.01 < rate < 0.99)
    return Controlled(
        tuple(str(name) for name in names),
        rates,
        low,
        high,
        *whole,
        _overlap(d, which, len(names)),
        np.full(len(names), coefficients[len(names)]),
        float(coefficients[-1]) if difficulty is not None else None,
        int((~use).sum()),
        extreme,
    )


def by_language(
    scores: ArrayLike,
    longer: ArrayLike,
    languages: ArrayLike,
    groups: ArrayLike,
    difficulty: ArrayLike | None = None,
    least: int = LEAST_PROMPTS,
    level: float = 0.95,
) -> dict[str, Controlled]:
    """`length_controlled` for each language by itself, with a slope of its own, where it has `least` usable rows.

    Args:
        scores, longer, languages, groups, difficulty: as in `length_controlled`.
        least: rows that have a score and a length, below which a language is left out.
        level: of the intervals.

    Returns:
        Tag -> its own fit.

    Raises:
        UserError: a language's own fit cannot be made.
    """
    y, d, tag, group = (np.asarray(x) for x in (scores, longer, languages, groups))
    result = {}
    for name in np.unique(tag):
        own = tag == name
        usable = own & ~np.isnan(y.astype(float)) & ~np.isnan(d.astype(float))
        if usable.sum() >= least:
            hard = None if difficulty is None else np.asarray(difficulty, float)[own]
            result[str(name)] = length_controlled(y[own], d[own], tag[own], group[own], hard, level)
    return result


def _standardised(d: Floats, which: NDArray[np.int64], languages: int) -> Floats:
    n = np.bincount(which, minlength=languages)
    mean = np.bincount(which, d, languages) / n
    square = np.bincount(which, np.square(d - mean[which]), languages)
    spread = np.sqrt(square / np.maximum(n - 1, 1))
    # Lengths that never differ by other amounts tell nothing about length.
    return np.where(spread[which] > 0, d / np.where(spread > 0, spread, 1)[which], 0.0)


def _overlap(d: Floats, which: NDArray[np.int64], languages: int) -> Floats:
    above = np.bincount(which, (np.sign(d) + 1) / 2, languages) / np.bincount(which, minlength=languages)
    return np.asarray(np.minimum(above, 1 - above), float)


def _logistic(eta: Floats) -> Floats:
    return np.asarray(0.5 * (1 + np.tanh(eta / 2)), float)


def fit_logistic(x: Floats, y: Floats, steps: int = 100) -> Floats:
    """Maximum likelihood of a logistic regression by Newton steps, halved while they lead downhill.

    Args:
        x: (n, k) what is regressed on.
        y: (n,) outcomes, any number from 0 to 1.
        steps: at most.

    Returns:
        (k,) coefficients; a tiny ridge keeps them finite where something tells wins from losses without fail.
    """

    def loss(b: Floats) -> float:
        eta = x @ b
        return float((np.logaddexp(0, eta) - y * eta).sum() + _RIDGE / 2 * b @ b)

    b = np.zeros(x.shape[1])
    now = loss(b)
    for _ in range(steps):
        p = _logistic(x @ b)
        slope = x.T @ (p - y) + _RIDGE * b
        step = np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + _RIDGE * np.eye(len(b)), slope)
        size = 1.0
        while size > 1e-6 and loss(b - size * step) > now + 1e-12:
            size /= 2
        b = b - size * step
        before, now = now, loss(b)
        if np.abs(step).max() < 1e-10 or before - now < 1e-13 * max(1.0, abs(before)):
            break
    return b


def sandwich(x: Floats, y: Floats, b: Floats, group: NDArray[np.int64]) -> Floats:
    """Covariance of coefficients, clustered by group (Liang and Zeger 1986), with the factor G / (G - 1).

    Args:
        x: (n, k) what was regressed on.
        y: (n,) outcomes.
        b: (k,) coefficients.
        group: (n,) numbers of groups, from 0 on.

    Returns:
        (k, k) covariances.
    """
    p = _logistic(x @ b)
    bread = np.linalg.inv((x * (p * (1 - p))[:, None]).T @ x + _RIDGE * np.eye(len(b)))
    number = int(group.max()) + 1
    score = x * (y - p)[:, None]
    each = np.stack([np.bincount(group, column, number) for column in score.T], axis=1)
    factor = number / (number - 1) if number > 1 else np.nan
    return np.asarray(factor * bread @ (each.T @ each) @ bread, float)


def _predict_share(
    x: Floats, which: NDArray[np.int64], members: NDArray[np.int64], b: Floats, covariance: Floats, level: float
) -> tuple[Floats, Floats, Floats, tuple[float, float, float]]:
    """Rates, their ends, and the mean over languages with its ends; `members` are the languages' groups."""
    p, languages = _logistic(x @ b), len(members)
    n = np.bincount(which, minlength=languages)
    rates = np.bincount(which, p, languages) / n
    tangent = x * (p * (1 - p))[:, None]
    gradient = np.stack([np.bincount(which, column, languages) / n for column in tangent.T], axis=1)
    # A language's own coefficient and the slope are estimated from its groups.
    few = members < FEW_GROUPS
    q = t_quantile(0.5 + level / 2, np.maximum(members - 2, 1))
    low, high = _ends(rates, np.sqrt(np.einsum("lk,km,lm->l", gradient, covariance, gradient)), q)
    low, high = np.where(few, np.nan, low), np.where(few, np.nan, high)
    total = gradient.mean(0)
    middle = rates.mean(keepdims=True)
    q = t_quantile(0.5 + level / 2, max(int(members.max()) - 2, 1))
    bottom, top = (np.where(few.any(), np.nan, end) for end in _ends(middle, np.sqrt([total @ covariance @ total]), q))
    return rates, low, high, (float(middle[0]), float(bottom[0]), float(top[0]))


def _ends(rate: Floats, error: Floats, q: Floats) -> tuple[Floats, Floats]:
    """Interval on the logit scale, by the delta method."""
    share = np.clip(rate, 1e-12, 1 - 1e-12)
    eta, half = np.log(share / (1 - share)), q * error / (share * (1 - share))
    return _logistic(eta - half), _logistic(eta + half)
