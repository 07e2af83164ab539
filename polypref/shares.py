"""Shares of what was counted: Wilson's interval and kappa, one formula each in the whole project."""

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
