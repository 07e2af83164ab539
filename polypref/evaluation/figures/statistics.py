"""Means of scores in groups: cluster variances, intervals, bootstraps of whole groups, tests, vectorised.

A group is the same prompt in all its languages, and in all orders and repeats: what is drawn together is not
independent. Everything works on sums by group and column (a column is a language), so a resample costs one row of a
matrix product, whatever the number of battles.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...shares import holm as holm
from ...shares import wilson_ends

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: Intervals from fewer groups than this cover less often than they say (benchmarks/statistics).
FEW_GROUPS = 20
_LARGE = 1e9
# Groups of resamples: a float each.
_DRAWN_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Sums:
    """Scores summed by group and column.

    Attributes:
        scores: (groups, columns) sum of weight times score.
        weights: (groups, columns) sum of weights; 0 where the group has no score in the column.
    """

    scores: Floats
    weights: Floats


def sums(values: ArrayLike, groups: ArrayLike, columns: ArrayLike, weights: ArrayLike | None = None) -> Sums:
    """Sums scores by group and column; both are numbered in the sorted order of their names.

    Args:
        values: (n,) scores; NaN is left out.
        groups, columns: (n,) names.
        weights: (n,), 1 when left out.

    Returns:
        Two arrays of (groups, columns): the weighted sum of the scores, and of their weights.
    """
    value = np.asarray(values, float)
    weight = np.ones_like(value) if weights is None else np.asarray(weights, float)
    rows, group = _numbered(groups)
    heads, column = _numbered(columns)
    known = ~np.isnan(value)
    place = (group * heads + column)[known]
    size = rows * heads
    total: Floats = np.bincount(place, (weight * np.nan_to_num(value))[known], size).astype(float)
    count: Floats = np.bincount(place, weight[known], size).astype(float)
    return Sums(total.reshape(-1, heads), count.reshape(-1, heads))


def _numbered(names: ArrayLike) -> tuple[int, NDArray[np.int64]]:
    """How many names there are, and the inverse of np.unique: several times as fast on text, most of a bootstrap's."""
    every = np.asarray(names).tolist()
    kinds = sorted(set(every))
    number = {name: at for at, name in enumerate(kinds)}
    return len(kinds), np.fromiter((number[name] for name in every), np.int64, len(every))


def means(sums: Sums) -> Floats:
    """The weighted mean of each column.

    Args:
        sums: scores by group and column.

    Returns:
        (columns,) means; NaN where a column has no score.

    >>> means(sums([1.0, 0.0, 0.5], ["g1", "g2", "g1"], ["de", "de", "fr"])).tolist()
    [0.5, 0.5]
    """
    weight = sums.weights.sum(0)
    return np.where(weight > 0, sums.scores.sum(0) / np.where(weight > 0, weight, 1), np.nan)


def contributions(sums: Sums) -> Floats:
    """What each group adds to a column's mean, to first order; columns add up to 0.

    The linearised ratio estimator: (S_g - m W_g) / W (Cochran, Sampling Techniques, 3rd ed. 1977, section 6.3). Means
    over columns have the mean of these as theirs, so that dependence between columns is kept.

    Args:
        sums: scores by group and column.

    Returns:
        (groups, columns) contributions.
    """
    mean = np.nan_to_num(means(sums))
    weight = np.maximum(sums.weights.sum(0), np.finfo(float).tiny)
    return np.asarray((sums.scores - mean * sums.weights) / weight, float)


def members(sums: Sums) -> NDArray[np.int64]:
    """How many groups have a score in each column.

    Args:
        sums: scores by group and column.

    Returns:
        (columns,) numbers.
    """
    return np.asarray(np.count_nonzero(sums.weights > 0, axis=0), np.int64)


def variance(parts: Floats, groups: ArrayLike) -> Floats:
    """Variance of a mean from its groups' contributions (along the first axis): G / (G - 1) times their squares' sum.

    The cluster-robust variance with the usual small-sample factor (Liang and Zeger 1986, Biometrika 73, 13-22; for
    evaluations, Miller 2024, arXiv 2411.00640, section 2.2). NaN with fewer than two groups.

    Args:
        parts: (groups, ...) contributions to means.
        groups: how many have a score, for each mean.

    Returns:
        (...) variances.
    """
    number = np.asarray(groups, float)
    factor = np.where(number > 1, number / np.maximum(number - 1, 1), np.nan)
    return np.asarray(factor * np.square(parts).sum(0), float)


def normal_quantile(probability: float) -> float:
    """Quantile of the standard normal distribution.

    Args:
        probability: above 0 and below 1.

    Returns:
        The value that a standard normal variable stays under with this probability.
    """
    return NormalDist().inv_cdf(probability)


def t_quantile(probability: float, df: ArrayLike) -> Floats:
    """Quantile of Student's t.

    Args:
        probability: above 0 and below 1.
        df: degrees of freedom.

    Returns:
        The quantile for each of them.
    """
    # Loaded late: scipy costs more time than all that surrounds it.
    from scipy.special import stdtrit

    return np.asarray(stdtrit(np.asarray(df, float), probability), float)


def freedom(mean: ArrayLike, parts: Floats, groups: ArrayLike) -> Floats:
    """Degrees of freedom of an estimated design effect, between G - 1 and infinity.

    The design effect is the variance over m (1 - m) / G. Its squared relative error r is estimated from the groups'
    first-order contributions to it, and the degrees of freedom are 2 / r (Satterthwaite 1946, Biometrics Bulletin 2,
    110-114). For plain wins and losses the effect is known (r = 0), and the quantile is the normal one; for scores
    with normal spread r = 2 / G.

    Args:
        mean: (...) means of scores.
        parts: (groups, ...) contributions to them.
        groups: (...) how many have a score.

    Returns:
        (...) degrees of freedom.
    """
    m, number = np.asarray(mean, float), np.asarray(groups, float)
    d = parts * number
    square, share = np.square(d).sum(0) / np.maximum(number, 1), m * (1 - m)
    with np.errstate(divide="ignore", invalid="ignore"):
        # Groups outside of a column contribute nothing to its design effect.
        own = np.square(np.square(d) / square - 1 - d * (1 - 2 * m) / share)
        outside = np.maximum(parts.shape[0] - number, 0)
        error = (own.sum(0) - outside) / (number * np.maximum(number - 1, 1))
        df = 2 / np.maximum(error, 2 / _LARGE)
    return np.asarray(np.clip(np.where(np.isfinite(df), df, _LARGE), np.maximum(number - 1, 1), _LARGE), float)


def interval(mean: ArrayLike, parts: Floats, groups: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Interval for a share from groups: Wilson's, with the number of groups divided by the estimated design effect.

    Wilson 1927 (JASA 22, 209-212) with n = (m (1 - m) + variance) / variance, much as Korn and Graubard do for surveys
    (1998, Survey Methodology 24, 193-201), and Student's quantile for `freedom`; m (1 - m) falls short of its true
    value by the variance of m, so that n = G for plain wins and losses. Unlike m +- t s it stays within 0 and 1, is not
    symmetric near them, and has a width where all groups won; scores all equal count as n = G. Where scores are more
    skewed than wins and losses would be, the quantile grows by the skewness's share in the coverage of Student's t
    (Hall 1992, The Bootstrap and Edgeworth Expansion, section 2.6), at most to twice itself.

    Args:
        mean: (columns,) or a number.
        parts: (groups, columns) or (groups,) of `contributions`, or a mean of columns of them.
        groups: number of groups with a score, by column.
        level: confidence.

    Returns:
        lower and upper ends; NaN with fewer than two groups.
    """
    m, number = np.asarray(mean, float), np.asarray(groups, float)
    spread, share = variance(parts, number), m * (1 - m)
    # A rounding error is no spread: 1e-18 is far below what one half-point among a million groups makes.
    flat = (spread < 1e-18) | (share < 1e-12)
    n = np.where(flat, number, share / np.where(flat, 1, spread) + 1)
    q = np.where(flat, normal_quantile(0.5 + level / 2), t_quantile(0.5 + level / 2, freedom(m, parts, number)))
    skew = np.where(flat, 0, _excess_skew(m, parts, number, np.where(flat, 1, n)))
    # A series in the quantile's fifth power: at the levels of joint intervals one odd score makes it run away.
    q = np.minimum(q + (q**5 + 2 * q**3 - 3 * q) / 18 * skew, 2 * q)
    low, high = wilson_ends(m, n, q)
    known = number > 1
    return np.where(known, low, np.nan), np.where(known, high, np.nan)


def column_interval(sums: Sums, level: float = 0.95) -> tuple[Floats, Floats]:
    """`interval` of each column's mean, where groups may weigh differently.

    A group with most of a column's weight pulls the mean to itself, so that its own deviation says too little: it is
    divided by the root of 1 less its share (HC2; MacKinnon and White 1985, J. Econometrics 29, 305-325), and the
    groups count as so many of equal weight (Kish 1965). Where all weigh the same, nothing changes.

    Args:
        sums: scores by group and column.
        level: of the interval.

    Returns:
        (columns,) lower and upper ends; NaN where they cannot be had.
    """
    parts, number = levelled(sums)
    return interval(means(sums), parts, number, level)


def levelled(sums: Sums) -> tuple[Floats, Floats]:
    """Contributions with each group's pull made good, and as how many groups of equal weight a column's count.

    Args:
        sums: scores by group and column.

    Returns:
        (groups, columns) contributions, and (columns,) numbers of groups, which need not be whole.
    """
    share = sums.weights / np.maximum(sums.weights.sum(0), np.finfo(float).tiny)
    number = 1 / np.maximum(np.square(share).sum(0), np.finfo(float).tiny)
    number = np.where(members(sums) > 1, np.maximum(number, 1 + 1e-9), members(sums))
    scale = np.sqrt(np.maximum(1 - 1 / np.maximum(number, 1), 0) / np.maximum(1 - share, 1e-12))
    return contributions(sums) * np.where(sums.weights > 0, scale, 0), np.asarray(number, float)


def _excess_skew(mean: Floats, parts: Floats, groups: Floats, n: Floats) -> Floats:
    """Squared skewness of a mean of groups beyond that of n plain wins and losses, which Wilson's interval knows.

    With the small-sample factor of the adjusted Fisher-Pearson skewness; never below 0.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        skew = np.power(parts, 3).sum(0) / groups / np.power(np.square(parts).sum(0) / groups, 1.5)
        excess = np.square(skew) / groups - np.square(1 - 2 * mean) / (mean * (1 - mean) * n)
        excess = excess * groups * (groups - 1) / np.square(groups - 2)
    return np.where(np.isfinite(excess), np.maximum(excess, 0), 0)


def resamples(groups: int, number: int = 1000, seed: int = 0) -> Floats:
    """Draws whole groups for a bootstrap (Efron 1979; Davison and Hinkley 1997, section 3.8).

    Args:
        groups: how many there are.
        number: of resamples.
        seed: of the draws.

    Returns:
        (number, groups) how often each group is drawn; rows add up to `groups`.
    """
    return np.concatenate([*resamples_in_parts(groups, number, seed)])


def resamples_in_parts(groups: int, number: int = 1000, seed: int = 0) -> Iterator[Floats]:
    """The same, some resamples at a time: as many as take about 30 MB, where not a single one takes more.

    Args:
        groups, number, seed: see `resamples`.

    Yields:
        rows of what `resamples` gives, in order.
    """
    generator, rows = np.random.default_rng(seed), max(1, _DRAWN_AT_ONCE // max(1, groups))
    for begin in range(0, number, rows):
        some = min(rows, number - begin)
        places = generator.integers(0, groups, (some, groups)) + groups * np.arange(some)[:, None]
        yield np.bincount(places.ravel(), minlength=some * groups).reshape(some, groups).astype(float)


def bootstrap_means(sums: Sums, drawn: Floats) -> Floats:
    """The columns' means in every resample.

    Args:
        sums: scores by group and column.
        drawn: of `resamples`.

    Returns:
        (resamples, columns) means; NaN where a column was not drawn at all.
    """
    weight = drawn @ sums.weights
    return np.where(weight > 0, drawn @ sums.scores / np.where(weight > 0, weight, 1), np.nan)


def simultaneous_level(sums: Sums, drawn: Floats, level: float = 0.95) -> float:
    """The level at which each column's own interval is to be taken for all of them to hold at once.

    The quantile of the largest standardised deviation over columns in a bootstrap of whole groups (Westfall and Young
    1993; Romano and Wolf 2005, JASA 100, 94-108, single step), so the columns' dependence is used: 23 equal columns
    need no correction, 23 independent ones nearly Bonferroni's.

    Args:
        sums: scores by group and column.
        drawn: of `resamples`.
        level: at which all intervals are to hold together.

    Returns:
        A level, at least the one given.
    """
    error = np.sqrt(np.square(levelled(sums)[0]).sum(0))
    use = error > 1e-9
    if not use.any():
        return level
    away = np.abs(bootstrap_means(sums, drawn)[:, use] - means(sums)[use]) / error[use]
    limit = float(np.quantile(np.nan_to_num(away).max(1), level))
    # Seven standard errors; where a group has nearly all weight, the draws without it lie still further away.
    return max(level, min(2 * NormalDist().cdf(limit) - 1, 1 - 1e-12))


def sign_flip(sums: Sums, half: float = 0.5, flips: int = 9999, seed: int = 0) -> Floats:
    """Two-sided p-values of mean = `half`: under it each group's excess is as likely with either sign.

    Fisher's randomisation test (The Design of Experiments, 1935, section 21) with groups as units. Exact where the
    excesses are multiples of 1/8 (wins, ties, averaged orders), else by random flips, the same for all columns, with
    (1 + hits) / (1 + flips) (Phipson and Smyth 2010). NaN where there is no score.

    Args:
        sums: scores by group and column.
        half: the mean that is tested.
        flips: how many random ones, where there is no exact answer.
        seed: of these.

    Returns:
        (columns,) p-values.
    """
    excess = sums.scores - half * sums.weights
    known = sums.weights.sum(0) > 0
    return np.where(known, flip_excess(excess, flips, seed), np.nan)


def flip_excess(excess: Floats, flips: int = 9999, seed: int = 0) -> Floats:
    """As `sign_flip`, from the excesses themselves.

    Args:
        excess: (groups, columns) over the value to test.
        flips, seed: as in `sign_flip`.

    Returns:
        (columns,) p-values.
    """
    steps = np.rint(excess * 8)
    lattice = (np.abs(steps - excess * 8) < 1e-9).all(0)
    result = np.ones(excess.shape[1])
    for at in np.flatnonzero(lattice):
        result[at] = _exact_flip(np.abs(steps[:, at]).astype(int), int(abs(steps[:, at].sum())))
    rest = np.flatnonzero(~lattice)
    if len(rest):
        part = excess[:, rest]
        seen, draw, hits = np.abs(part.sum(0)), np.random.default_rng(seed), np.zeros(len(rest))
        for start in range(0, flips, 1000):
            size = (min(1000, flips - start), len(part))
            signs = draw.integers(0, 2, size, np.int8).astype(float) * 2 - 1
            hits += (np.abs(signs @ part) >= seen - 1e-12).sum(0)
        result[rest] = (1 + hits) / (1 + flips)
    return result


def _exact_flip(sizes: NDArray[np.int64], seen: int) -> float:
    """P(|sum of +-sizes| >= seen), by convolution; the sum is 2 x (sizes with a plus) less their total."""
    sizes = sizes[sizes > 0]
    total = int(sizes.sum())
    chance = np.zeros(total + 1)
    chance[0] = 1
    for size in sizes:
        shifted = np.zeros_like(chance)
        shifted[size:] = chance[: total + 1 - size]
        chance = (chance + shifted) / 2
    sums_ = np.abs(2 * np.arange(total + 1) - total)
    return min(1.0, float(chance[sums_ >= seen].sum()))


def number(value: float) -> float | None:
    """A float for JSON; None for NaN.

    Args:
        value: a float of NumPy.

    Returns:
        The same as Python's; None for NaN.
    """
    return None if np.isnan(value) else float(value)
