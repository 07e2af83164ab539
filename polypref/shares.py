"""Shares of what was counted: Wilson's interval, kappa and alpha, one formula each in the whole project."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

Z_95 = 1.959963984540054
"""What a standard normal variable stays within, both ways, with probability 0.95."""
_CERTAIN = 1 - 1e-12


def wilson(hits: int, n: int, z: float = Z_95) -> tuple[float | None, float | None]:
    """Wilson's score interval for a share (Wilson 1927, JASA 22, 209-212).

    Args:
        hits: how many times it was so.
        n: of how many independent times.
        z: of the normal distribution; the default is that of 95%.

    Returns:
        The lower and the upper end, between 0 and 1; None for no observation.

    Example:
        >>> low, high = wilson(81, 263)
        >>> f"{low:.4f} {high:.4f}"
        '0.2553 0.3662'
    """
    if not n:
        return None, None
    low, high = wilson_ends(hits / n, n, z)
    return float(low), float(high)


def wilson_ends(share: ArrayLike, n: ArrayLike, z: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The same for several shares at once, each with a number of observations that need not be whole.

    Args:
        share: (...) shares.
        n: (...) observations; more or fewer than were made, where they depend on each other.
        z: (...) quantiles, of the normal or of Student's distribution.

    Returns:
        (...) lower and upper ends, between 0 and 1; NaN where a share is NaN.
    """
    p, number, q = np.asarray(share, float), np.asarray(n, float), np.asarray(z, float)
    with np.errstate(invalid="ignore", divide="ignore"):
        middle = (p + q * q / (2 * number)) / (1 + q * q / number)
        spread = np.maximum(p * (1 - p), 0) / number + q * q / (4 * number * number)
        half = q * np.sqrt(spread) / (1 + q * q / number)
    return np.maximum(middle - half, 0), np.minimum(middle + half, 1)


def share_difference(hits: int, n: int, other_hits: int, other_n: int) -> tuple[float, float, float]:
    """One share less another of other observations, with its 95% interval: Newcombe's, from both Wilson intervals.

    Newcombe 1998, Statistics in Medicine 17, 873-890, method 10.

    Args:
        hits: how many times it was so.
        n: of how many; at least one.
        other_hits: the same of the share that is taken from it.
        other_n: of how many; at least one.

    Returns:
        The difference, its lower and its upper end.

    Example:
        >>> "{:.4f} {:.4f} {:.4f}".format(*share_difference(56, 70, 48, 80))
        '0.2000 0.0524 0.3339'
    """
    shares = np.array([hits / n, other_hits / other_n])
    (low, other_low), (high, other_high) = wilson_ends(shares, np.array([n, other_n]), Z_95)
    share, other = shares
    below = np.hypot(share - low, other_high - other)
    above = np.hypot(high - share, other - other_low)
    return float(share - other), float(share - other - below), float(share - other + above)


def kappa(observed: float, expected: float) -> float | None:
    """Agreement beyond what chance gives: (observed - expected) / (1 - expected).

    Cohen's (1960, EPM 20, 37-46) where chance follows each rater's own margins; Scott's pi (1955, Public Opinion
    Quarterly 19, 321-325) where raters are interchangeable, so that it follows the margins of both together.

    Args:
        observed: share of cases in which two raters say the same.
        expected: share in which they would by chance.

    Returns:
        From -1 to 1; 0 is what chance gives. None where chance alone explains all.

    >>> kappa(0.75, 0.5), kappa(1.0, 1.0)
    (0.5, None)
    """
    return None if expected > _CERTAIN else (observed - expected) / (1 - expected)


def krippendorff(units: Mapping[tuple[int, ...], int]) -> float | None:
    """Krippendorff's alpha of names, for any number of raters and missing values.

    alpha = 1 - D_o / D_e, with D_o the share of two values of one unit that differ and D_e that of any two values
    (Hayes and Krippendorff 2007, Communication Methods and Measures 1, 77-89, for nominal data).

    Args:
        units: how often each name was given to a unit, name by name -> how many units were given just these; units with
            fewer than two values say nothing.

    Returns:
        At most 1; 0 is what chance gives. None where all values are the same, or no unit has two.

    Example:
        >>> round(krippendorff({(2, 0): 8, (1, 1): 2}), 3)
        -0.056
        >>> krippendorff({(3, 0): 4}) is None
        True
    """
    several = {counts: number for counts, number in units.items() if sum(counts) > 1}
    totals = [sum(values) for values in zip(*([n * number for n in c] for c, number in several.items()), strict=True)]
    values = sum(totals)
    if values < 2:
        return None
    differ = sum(
        number * (sum(counts) ** 2 - sum(n * n for n in counts)) / (sum(counts) - 1)
        for counts, number in several.items()
    )
    expected = (values * values - sum(n * n for n in totals)) / (values * (values - 1))
    return kappa(1 - differ / values, 1 - expected)


def holm(p: ArrayLike) -> NDArray[np.float64]:
    """Holm's step-down adjusted p-values (Holm 1979, Scand. J. Statist. 6, 65-70); NaN stays and is not counted.

    Args:
        p: p-values of tests made together.

    Returns:
        Adjusted p-values, in the same order.

    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    values = np.asarray(p, float)
    result = np.full(values.shape, np.nan)
    known = np.flatnonzero(~np.isnan(values))
    order = known[np.argsort(values[known], kind="stable")]
    steps = values[order] * np.arange(len(order), 0, -1)
    result[order] = np.minimum(np.maximum.accumulate(steps), 1) if len(order) else []
    return result
