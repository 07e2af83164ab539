"""Weights of what two answers to one prompt differ in: a logistic regression of which one was chosen.

The probability that A is chosen over B is 1 / (1 + exp(-w (x_A - x_B))): the conditional logit of McFadden (1974, in
Zarembka, Frontiers in Econometrics, 105-142, equation 12) with two alternatives, which is Bradley and Terry's model
with features. What a prompt does to both answers alike falls out, so that there is no intercept, and which answer
stands first plays no part.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..evaluation.figures.statistics import Floats

_STEPS = 200
_LONGEST_STEP = 2.0


@dataclass(frozen=True)
class PairFit:
    """Weights and their standard errors.

    Attributes:
        weights: (k,) log odds for each unit of a difference.
        errors: (k,) standard errors, the larger of the clustered and the model's.
        clustered: (k,) those of the clustered sandwich alone.
        model: (k,) the model's own alone.
        influence: (n, k) by how much each pair moves the weights, to first order: its score times the inverse of the
            information. Sums of them over clusters, squared, are what the sandwich is made of.
    """

    weights: Floats
    errors: Floats
    clustered: Floats
    model: Floats
    influence: Floats


def fit_pairs(differences: Floats, groups: NDArray[np.int64]) -> PairFit:
    """Fits the weights by Firth's penalised likelihood, with errors clustered by group.

    Firth (1993, Biometrika 80, 27-38) takes the first-order bias off and has finite weights where something tells
    chosen from rejected without fail (Heinze and Schemper 2002, Statistics in Medicine 21, 2409-2419); of one yes-or-no
    difference, with k of n pairs for it, the weight is log((k + 1/2) / (n - k + 1/2)). Errors: the sandwich of Liang
    and Zeger (1986, Biometrika 73, 13-22) with the factor G / (G - 1), or the model's own, whichever is larger, since a
    sandwich of few groups, or of a difference without fail, falls short (Angrist and Pischke 2009, Mostly Harmless
    Econometrics, section 8.1).

    Args:
        differences: (n, k) the chosen answer's features less the rejected one's, of full rank.
        groups: (n,) number of the prompt, from 0 on.

    Returns:
        The weights and their errors.
    """
    x = np.asarray(differences, float)
    weights = _firth_weights(x)
    chance = _chosen_chance(x, weights)
    bread = np.linalg.inv(_information(x, chance))
    scores = x * (1 - chance)[:, None]
    number = int(groups.max()) + 1
    sums = np.stack([np.bincount(groups, column, number) for column in scores.T], axis=1)
    factor = number / (number - 1) if number > 1 else np.nan
    covariance = factor * bread @ (sums.T @ sums) @ bread
    clustered, model = np.sqrt(np.diag(covariance)), np.sqrt(np.diag(bread))
    return PairFit(weights, np.fmax(clustered, model), clustered, model, scores @ bread)


def _chosen_chance(x: Floats, weights: Floats) -> Floats:
    return np.asarray(0.5 * (1 + np.tanh(x @ weights / 2)), float)


def _information(x: Floats, chance: Floats) -> Floats:
    return np.asarray((x * (chance * (1 - chance))[:, None]).T @ x, float)


def _penalised_loss(x: Floats, weights: Floats) -> float:
    """Negative log-likelihood less half the log determinant of the information: Jeffreys' prior."""
    sign, determinant = np.linalg.slogdet(_information(x, _chosen_chance(x, weights)))
    return float(np.logaddexp(0, -x @ weights).sum() - determinant / 2) if sign > 0 else np.inf


def _firth_weights(x: Floats) -> Floats:
    """Newton steps on Firth's score, halved while they lead uphill."""
    weights = np.zeros(x.shape[1])
    now = _penalised_loss(x, weights)
    for _ in range(_STEPS):
        chance = _chosen_chance(x, weights)
        spread = chance * (1 - chance)
        leverage = spread * np.einsum("ni,ij,nj->n", x, np.linalg.inv(_information(x, chance)), x)
        score = x.T @ (1 - chance + leverage * (0.5 - chance))
        # The slope of Firth's score but for that of the leverage; without the 1 + a single pair is overshot for ever.
        step = np.linalg.solve((x * (spread * (1 + leverage))[:, None]).T @ x, score)
        step *= min(1.0, _LONGEST_STEP / max(float(np.abs(step).max()), 1e-300))
        size = 1.0
        while size > 1e-6 and _penalised_loss(x, weights + size * step) > now + 1e-9 * max(1.0, abs(now)):
            size /= 2
        weights = weights + size * step
        now = _penalised_loss(x, weights)
        if float(np.abs(size * step).max()) < 1e-9:
            break
    return weights
