"""Bradley-Terry strengths with the style of answers held equal: length, headers, lists and bold.

Li, Angelopoulos and Chiang 2024 (LMSYS, "Does style matter? Disentangling style and substance in Chatbot Arena"): in
the logistic regression of battles on models each style feature stands beside them, as (A - B) / (A + B), divided by
its standard deviation. Here length is in characters, for tokens of different languages do not compare; the features
are not centred, so that equal style is zero whichever model stands first; and intervals rest on prompts.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ...files.records import Count
from .length_control import fit_logistic, sandwich
from .statistics import FEW_GROUPS, Floats, number, t_quantile

FEATURES = ("length", "headers", "lists", "bold")
#: Prompts for each coefficient, below which nothing is fitted (Peduzzi et al. 1996, ten events a coefficient).
PROMPTS_A_COEFFICIENT = 10
_FENCED = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_HEADER = re.compile(r"^ {0,3}#{1,6}\s", re.MULTILINE)
# Blanks of one line alone: with \s, many empty lines would be gone through again from each of them.
_LIST = re.compile(r"^[^\S\n]*(?:\d{1,9}[.)]|[-*+])\s", re.MULTILINE)
_BOLD = re.compile(r"\*\*[^*\n]+\*\*|__[^_\n]+__")


@dataclass(frozen=True, kw_only=True)
class StyledModel:
    """A model's strength in log odds, with mean 0 over the models.

    Attributes:
        strength: with the style held equal.
        low, high: its interval; None under 20 groups.
        win_rate: expected score against the other models in turn at equal style.
        plain: strength by the same regression without the features.
    """

    model: str
    strength: float
    low: float | None
    high: float | None
    win_rate: float
    plain: float


@dataclass(frozen=True, kw_only=True)
class StyleFeature:
    """What a standard deviation of a feature's difference adds to the log odds; None where it never differs."""

    name: str
    coefficient: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class StyleControlled:
    """Strengths with the style of answers held equal.

    Attributes:
        models: the strongest first.
        features: as in FEATURES.
        battles: that have a verdict and both texts.
        left_out: others.
    """

    models: tuple[StyledModel, ...]
    features: tuple[StyleFeature, ...]
    battles: Count
    left_out: Count


def style_counts(text: str) -> tuple[int, int, int, int]:
    """What is counted of an answer; headers, lists and bold outside code.

    Args:
        text: the answer.

    Returns:
        Characters, headers, items of lists, bold passages.

    >>> style_counts("# One\\n- **two**\\n3. three")
    (24, 1, 2, 1)
    """
    prose = _FENCED.sub("", text)
    return len(text), len(_HEADER.findall(prose)), len(_LIST.findall(prose)), len(_BOLD.findall(prose))


def style_controlled(
    model_a: Sequence[str],
    model_b: Sequence[str],
    scores: ArrayLike,
    texts: Sequence[tuple[str, str]],
    groups: Sequence[str],
    level: float = 0.95,
) -> StyleControlled | None:
    """Bradley-Terry strengths and style coefficients by maximum likelihood; a tie is half a win.

    Intervals: sandwich covariance clustered by group.

    Args:
        model_a, model_b: (n,) names.
        scores: (n,) of model_a, 0 to 1; NaN is left out and counted.
        texts: (n,) the answers of both; an empty one is left out and counted.
        groups: (n,) the same name for the same prompt, in whichever language and battle.
        level: of the intervals.

    Returns:
        None with too few groups for the coefficients, or where models have no strengths: where some of them never win a
        point off the others, or met none of them (Ford 1957, Am. Math. Mon. 64, 28-33).
    """
    score = np.asarray(scores, float)
    use = [at for at, (one, two) in enumerate(texts) if one and two and not np.isnan(score[at])]
    models = sorted({name for at in use for name in (model_a[at], model_b[at])})
    number_of = {group: at for at, group in enumerate(sorted({groups[at] for at in use}))}
    if len(models) < 2 or len(number_of) < PROMPTS_A_COEFFICIENT * (len(models) - 1 + len(FEATURES)):
        return None
    if not _has_strengths([(model_a[at], model_b[at], float(score[at])) for at in use]):
        return None
    y, group = score[use], np.array([number_of[groups[at]] for at in use])
    place = {model: at for at, model in enumerate(models)}
    who = np.zeros((len(use), len(models)))
    for row, at in enumerate(use):
        who[row, place[model_a[at]]], who[row, place[model_b[at]]] = 1, -1
    differences = np.array([_difference(*texts[at]) for at in use])
    spread = differences.std(0)
    there = spread > 1e-12
    style = differences[:, there] / spread[there]
    # Strengths are known up to a constant: the last model's is held, and all are moved to mean 0 after.
    free = who[:, :-1]
    x = np.column_stack([free, style])
    b = fit_logistic(x, y)
    covariance = sandwich(x, y, b, group)
    centre = np.vstack([np.eye(len(models) - 1), np.zeros((1, len(models) - 1))])
    centre = centre - centre.mean(0)
    strengths, plain = centre @ b[: len(models) - 1], centre @ fit_logistic(free, y)
    errors = np.sqrt(np.diag(centre @ covariance[: len(models) - 1, : len(models) - 1] @ centre.T))
    q = float(t_quantile(0.5 + level / 2, max(len(number_of) - x.shape[1], 1)))
    q = q if len(number_of) >= FEW_GROUPS else np.nan
    expected = _expected(strengths)
    ranked = [
        StyledModel(
            model=models[at],
            strength=float(strengths[at]),
            low=number(strengths[at] - q * errors[at]),
            high=number(strengths[at] + q * errors[at]),
            win_rate=float(expected[at]),
            plain=float(plain[at]),
        )
        for at in np.argsort(-strengths, kind="stable")
    ]
    own = np.sqrt(np.diag(covariance)[len(models) - 1 :])
    return StyleControlled(
        models=tuple(ranked),
        features=tuple(_features(there, b[len(models) - 1 :], own, q)),
        battles=len(use),
        left_out=len(score) - len(use),
    )


def _has_strengths(battles: Sequence[tuple[str, str, float]]) -> bool:
    """Whether from every model a chain of points won leads to every other; else likelihood has no maximum."""
    beats: dict[str, set[str]] = defaultdict(set)
    beaten: dict[str, set[str]] = defaultdict(set)
    for one, other, score in battles:
        if score > 0:
            beats[one].add(other)
            beaten[other].add(one)
        if score < 1:
            beats[other].add(one)
            beaten[one].add(other)
    models = {name for one, other, _ in battles for name in (one, other)}
    return all(_reached(min(models), links) == models for links in (beats, beaten))


def _reached(first: str, links: Mapping[str, set[str]]) -> set[str]:
    there, left = {first}, [first]
    while left:
        new = links.get(left.pop(), set()) - there
        there |= new
        left += new
    return there


def _difference(one: str, two: str) -> list[float]:
    counts = zip(style_counts(one), style_counts(two), strict=True)
    return [(a - b) / (a + b) if a + b else 0.0 for a, b in counts]


def _features(there: np.ndarray, coefficients: Floats, errors: Floats, q: float) -> list[StyleFeature]:
    known = {int(at): place for place, at in enumerate(np.flatnonzero(there))}
    features = []
    for at, name in enumerate(FEATURES):
        if at not in known:
            features.append(StyleFeature(name=name, coefficient=None, low=None, high=None))
            continue
        value, error = coefficients[known[at]], errors[known[at]]
        low, high = number(value - q * error), number(value + q * error)
        features.append(StyleFeature(name=name, coefficient=float(value), low=low, high=high))
    return features


def _expected(strengths: Floats) -> Floats:
    chance = 1 / (1 + np.exp(strengths[None, :] - strengths[:, None]))
    return np.asarray((chance.sum(1) - 0.5) / (len(strengths) - 1), float)
