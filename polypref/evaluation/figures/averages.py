"""Averages over languages (or other columns), each counting the same whatever its number of prompts, with intervals.

A language with few prompts is the least certain part of such an average, and its own scores say the less about how
uncertain it is, the fewer they are: five wins of five have no spread. So its variance is not read off its scores. As in
Wilson's interval for one share, every value that the average might have is tried with the variance that the shares
would have there.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from . import statistics as st
from .statistics import Flags, Floats, Sums

#: Languages with fewer groups than this add more doubt to an average than they add knowledge; reports name them.
LEAST_GROUPS = 4
#: Groups' worth of trust that a column's design effect is that of plain wins and losses, or of all columns if larger.
_PRIOR = 4.0
_STEPS = 32


@dataclass(frozen=True)
class Mean:
    """An average of columns.

    Attributes:
        value: the average.
        low, high: its interval; NaN with fewer than two groups, or nothing that tells of spread.
        parts: (groups,) what each group adds to the average, to first order.
        error: its standard error, counting columns with few groups.
        groups: groups with a score in any column.
    """

    value: float
    low: float
    high: float
    parts: Floats
    error: float
    groups: int


def mean_of(sums: Sums, level: float = 0.95, shares: ArrayLike | None = None) -> Mean:
    """Average of the columns' means, with a score interval.

    For one column it is `statistics.column_interval`. For several, it holds every value of the average that the test
    |estimate - value| <= q sqrt(variance under the value) does not reject, where the columns' means are moved to where
    they are likeliest for that value (Mee 1984 and Miettinen and Nurminen 1985, Statistics in Medicine 4, 213-226, for
    a difference of two shares; Martin Andres, Alvarez Hernandez and Herranz Tejedor 2011, Statistical Methods in
    Medical Research 20, 369-387, for a weighted sum of several). So a language moves the more, the less is known of
    it. A column's variance is that of a share times its design effect, estimated with the leverage correction HC2 / CR2
    (Bell and McCaffrey 2002, Survey Methodology 28, 169-181); columns that share groups keep the correlation of their
    scores. Where a column has one group, its variance is the largest that scores in [0, 1] can have (Popoviciu 1935).

    Args:
        sums: scores by group and column; each column has a score.
        level: of the interval.
        shares: (columns,) weights of the columns, adding up to 1; equal when left out.

    Returns:
        The average; its interval is NaN with fewer than two groups.
    """
    columns = sums.scores.shape[1]
    share = np.full(columns, 1 / columns) if shares is None else np.asarray(shares, float)
    means, each = st.means(sums), st.contributions(sums)
    value, parts, groups = float(share @ means), each @ share, int((sums.weights > 0).any(1).sum())
    if columns == 1:
        ends = st.column_interval(sums, level)
        error = float(np.sqrt(st.variance(parts, groups)))
        return Mean(value, min(float(ends[0][0]), value), max(float(ends[1][0]), value), parts, error, groups)
    plan = _plan_columns(sums, means, each, share)
    error = float(np.sqrt(plan.variance(means)))
    if groups < 2:
        return Mean(value, np.nan, np.nan, parts, error, groups)
    q = _quantile(plan, level)
    low, high = (_end(plan, value, q, sign) for sign in (1.0, -1.0))
    return Mean(value, min(low, value), max(high, value), parts, error, groups)


def difference(one: Mean, two: Mean) -> tuple[float, float]:
    """Interval for one average less another, from both intervals and the correlation of what groups add to them.

    The square-and-add method (Newcombe 1998, Statistics in Medicine 17, 2635-2650, method 10; for estimates that are
    correlated Zou and Donner 2008, Statistics in Medicine 27, 1693-1702): the ends keep the lopsided reach of the
    averages' own, and have a width where all groups of both sides say the same.

    Args:
        one: an average.
        two: the average that is taken from it; both of the same groups, in the same order.

    Returns:
        Lower and upper end, between -1 and 1; NaN where an interval of either is.
    """
    size = float(np.sqrt(np.square(one.parts).sum() * np.square(two.parts).sum()))
    r = float(np.clip(one.parts @ two.parts / size, -1, 1)) if size > 1e-18 else 0.0
    # A correlation of few groups narrows only in so far as it is sure: his correction for continuity, n / 2 less in the
    # cross product of a table of n pairs, which is 2 / n in a correlation of even shares.
    r = max(r - 2 / max(min(one.groups, two.groups), 1), 0.0) if r > 0 else r
    # The correlation is that of what the scores show, not of what is feared where they are few.
    most = max(one.groups, two.groups, 2)
    r *= min(1.0, size * most / (most - 1) / max(one.error * two.error, 1e-18))

    def reach(below: float, above: float) -> float:
        return float(np.sqrt(max(below**2 + above**2 - 2 * r * below * above, 0)))

    middle = one.value - two.value
    low = middle - reach(one.value - one.low, two.high - two.value)
    high = middle + reach(one.high - one.value, two.value - two.low)
    return (max(-1.0, low), min(1.0, high)) if np.isfinite(low + high) else (np.nan, np.nan)


@dataclass(frozen=True)
class _Plan:
    """What is known of the columns; see `mean_of`.

    Attributes:
        means: (columns,).
        share: (columns,) their weights.
        scale: (columns,) a column's variance over m (1 - m).
        fixed: (columns,) variance of those with one group, whatever their mean; 0 for the others.
        correlation: (columns, columns) of their means.
        weights: (groups, columns) a group's weight in a column, in groups.
        parts: (groups, columns) contributions with the correction for leverage.
    """

    means: Floats
    share: Floats
    scale: Floats
    fixed: Floats
    correlation: Floats
    weights: Floats
    parts: Floats

    def deviations(self, means: Floats) -> Floats:
        """(columns,) standard errors, if these were the true means."""
        return np.sqrt(np.where(self.fixed > 0, self.fixed, self.scale * means * (1 - means)))

    def covariances(self, means: Floats) -> Floats:
        """(columns,) of a column's mean with the average."""
        deviation = self.deviations(means)
        return np.asarray(deviation * (self.correlation @ (self.share * deviation)), float)

    def variance(self, means: Floats) -> float:
        """Of the average, if these were the true means."""
        return max(float(self.share @ self.covariances(means)), 0.0)


def _plan_columns(sums: Sums, means: Floats, each: Floats, share: Floats) -> _Plan:
    weight = sums.weights / sums.weights.sum(0)
    # Groups of equal weight that would know as much; a column of one group knows nothing of its spread.
    number = 1 / np.square(weight).sum(0)
    alone = number < 1.5
    parts = each / np.sqrt(np.maximum(1 - weight, 1e-9)) * ~alone
    square = np.square(parts).sum(0)
    spread = means * (1 - means)
    flat = (square < 1e-18) | (spread < 1e-12) | alone
    trust = np.where(flat, 0, number - 1)
    effect = np.where(flat, 1, square * np.maximum(number - 1, 1e-9) / np.where(flat, 1, spread))
    every = float((trust @ effect + _PRIOR) / (trust.sum() + _PRIOR))
    # Ties make other columns surer than wins and losses would be; a column of few groups is not trusted to be so too.
    most, prior = max(every, 1.0), _PRIOR * np.minimum(1, st.FEW_GROUPS / number)
    effect = np.where(flat, most, (trust * effect + prior * most) / (trust + prior))
    correlation = _correlation(sums, parts, np.sqrt(square), flat)
    plan = _Plan(means, share, effect / number, np.where(alone, 0.25 / number, 0), correlation, weight * number, parts)
    # A mean that is free to move while the average is held takes up a degree of freedom, as far as it is free.
    begin = (number * means + 1) / (number + 2)
    deviation, whole = plan.deviations(begin), plan.variance(begin)
    tied = np.square(plan.covariances(begin) / np.maximum(deviation, 1e-12)) / max(whole, 1e-18)
    scale = plan.scale * number / np.maximum(number - (1 - np.clip(tied, 0, 1)), 0.2 * number)
    return _Plan(means, share, scale, plan.fixed, correlation, plan.weights, parts)


def _correlation(sums: Sums, parts: Floats, deviation: Floats, flat: Flags) -> Floats:
    """Of the columns' means; where one has no spread, what the others' say of the groups that both have."""
    there = (sums.weights > 0).astype(float)
    shared = there.T @ there / np.sqrt(np.outer(there.sum(0), there.sum(0)))
    product = parts.T @ parts
    known = np.outer(~flat, ~flat) & ~np.eye(len(flat), dtype=bool)
    size = np.outer(deviation, deviation)
    expected = float((size * shared)[known].sum())
    common = float(np.clip(product[known].sum() / expected, 0, 1)) if expected > 0 else 0.0
    result = np.where(known, product / np.where(known, size, 1), common * shared)
    np.fill_diagonal(result, 1)
    return np.asarray(result, float)


def _quantile(plan: _Plan, level: float) -> float:
    """Student's, for the degrees of freedom that the estimated variance has, and more where groups are very skewed.

    As `statistics.freedom`, with each group's expected square from the columns that it has: for plain wins and losses
    in separate columns nothing is estimated but the means. Never fewer than Satterthwaite's for normal scores.
    """
    total = plan.parts @ plan.share
    whole = float(np.square(total).sum())
    if whole < 1e-18:
        return st.normal_quantile(0.5 + level / 2)
    common = plan.weights.T @ plan.weights
    both = plan.parts.T @ plan.parts * np.outer(plan.share, plan.share)
    moved = plan.weights @ np.where(common > 1e-9, both / np.where(common > 1e-9, common, 1), 0) * plan.weights
    expected = moved.sum(1)
    spread = plan.means * (1 - plan.means)
    slope = np.where(spread > 1e-12, (1 - 2 * plan.means) / np.where(spread > 1e-12, spread, 1), 0)
    number = np.square(plan.weights).sum(0)
    own = (np.square(total) - expected - (moved * plan.parts * number * slope).sum(1)) / whole
    least = max(whole**2 / max(float(np.square(expected).sum()), 1e-300) - 1, 1.0)
    df = max(2 / max(float(np.square(own).sum()), 1e-9), least)
    q = float(st.t_quantile(0.5 + level / 2, df))
    third, plain = float(np.power(total, 3).sum()), _third(plan)
    excess = max(third**2 - plain**2, 0) / whole**3
    return min(q + (q**5 + 2 * q**3 - 3 * q) / 18 * excess, 2 * q)


def _third(plan: _Plan) -> float:
    """Third central moment of the average of plain wins and losses with the same variance, the larger of two ways."""
    number = np.square(plan.weights).sum(0)
    apart = float((plan.share**3 * (1 - 2 * plan.means) * np.square(plan.parts).sum(0) / number).sum())
    value = float(plan.share @ plan.means)
    whole = float(np.square(plan.parts @ plan.share).sum())
    together = whole**2 * (1 - 2 * value) / max(value * (1 - value), 1e-12)
    return max(abs(apart), abs(together))


def _end(plan: _Plan, value: float, q: float, sign: float) -> float:
    """Where the test begins to reject, downwards (sign 1) or upwards (-1), by bisection on how far means are moved."""
    number = np.square(plan.weights).sum(0)
    begin = (number * plan.means + 1) / (number + 2)
    pull = np.maximum(plan.covariances(begin), 0) / np.where(plan.fixed > 0, 1, begin * (1 - begin))
    # The average must move: where all pulls are against it, all move alike.
    pull = pull if float(plan.share @ pull) > 1e-15 else np.full(len(pull), 1 / float(number.sum()))

    def at(log: float) -> tuple[float, float]:
        means = _moved(plan.means, sign * np.exp(log) * pull, plan.fixed > 0)
        return float(plan.share @ means), plan.variance(means)

    low, high = -25.0, 40.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        moved, variance = at(middle)
        inside = abs(value - moved) <= q * np.sqrt(variance)
        low, high = (middle, high) if inside else (low, middle)
    return float(np.clip(at(low)[0], 0, 1))


def _moved(means: Floats, force: Floats, fixed: Flags) -> Floats:
    """(columns,) the p with m - p = force p (1 - p), which is where p is likeliest; m - p = force where `fixed`."""
    root = np.sqrt(np.maximum(np.square(1 + force) - 4 * force * means, 0))
    # Of the two forms of the same root the one that does not cancel.
    below = 2 * means / np.maximum(1 + force + root, 1e-300)
    with np.errstate(divide="ignore", invalid="ignore"):
        above = (1 + force - root) / (2 * force)
    p = np.where(force > -1, np.where(1 + force + root > 1e-12, below, above), above)
    return np.clip(np.where(fixed, means - force, p), 0, 1)
