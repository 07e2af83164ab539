"""Shares of rows that hang together in two ways: rows of one prompt, and rows of one person."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..shares import Z_95, wilson_ends

Numbers = NDArray[np.int64]
Floats = NDArray[np.float64]


class Shares(NamedTuple):
    """A share with its 95% interval."""

    share: float
    low: float
    high: float


def shares_by(outcomes: Floats, prompts: Numbers, people: Numbers) -> Shares:
    """The share of rows that came out so, with an interval for rows that depend on prompt and person.

    Its variance is that of Cameron, Gelbach and Miller (2011, J. Business & Economic Statistics 29, 238-249): by
    prompts and by people, less that by both at once, and no less than the larger of the first two alone. The interval
    is Wilson's, of as many independent rows as would vary so. The variance that few clusters give is often far too
    small: the quantile is Student's, with one degree of freedom less than there are clusters of the kind of which there
    are fewest (Cameron and Miller 2015, J. Human Resources 50, 317-372).

    Args:
        outcomes: (n,) 1 for a row that came out so, 0 for another; n at least 1.
        prompts: (n,) number of the row's prompt.
        people: (n,) number of the row's person.

    Returns:
        The share and the ends of its interval.
    """
    n, share = len(outcomes), float(outcomes.mean())
    off = outcomes - share
    by_prompt, by_person = clustered_variance(off, prompts), clustered_variance(off, people)
    by_both = clustered_variance(off, number_both(prompts, people))
    variance = max(by_prompt + by_person - by_both, by_prompt, by_person)
    fewest = min(len(np.unique(prompts)), len(np.unique(people)))
    return interval(share, variance / n**2, fewest, n, _quantile(fewest - 1) if fewest > 1 else Z_95)


def number_both(prompts: Numbers, people: Numbers) -> Numbers:
    """The number of prompt and person together.

    Args:
        prompts, people: (n,) numbers.

    Returns:
        (n,) the same number where both are the same.
    """
    return np.asarray(np.unique(np.stack([prompts, people]), axis=1, return_inverse=True)[1].ravel(), np.int64)


def clustered_variance(off: Floats, clusters: Numbers) -> float:
    """The variance of a sum of which whole clusters vary, with the correction for few clusters.

    Args:
        off: (n,) by how much each row moves the sum from what is expected.
        clusters: (n,) number of the row's cluster.

    Returns:
        The sum of the clusters' sums squared, times G / (G - 1) of G clusters where they are several.

    Example:
        >>> clustered_variance(np.array([0.5, 0.5, -1.0]), np.array([0, 0, 7]))
        4.0
    """
    sums = np.bincount(np.unique(clusters, return_inverse=True)[1].ravel(), weights=off)
    number = len(sums)
    return float((sums**2).sum()) * (number / (number - 1) if number > 1 else 1.0)


def interval(share: float, variance: float, fewest: int, n: int, quantile: float = Z_95) -> Shares:
    """Wilson's interval of a share, of as many independent observations as would vary so.

    Args:
        share: the share.
        variance: of it.
        fewest: how many clusters there are, of the kind of which there are fewest; as many observations are counted
            where nothing varied.
        n: observations; no more are counted.
        quantile: of the distribution, both ways, where something varied; the default is the normal one's.

    Returns:
        The share and the ends of its 95% interval.
    """
    alike = share * (1 - share)
    varied = variance > 0 and alike > 0
    effective = min(float(n), alike / variance) if varied else float(fewest)
    low, high = wilson_ends(share, effective, quantile if varied else Z_95)
    return Shares(share, float(low), float(high))


def _quantile(df: int) -> float:
    """What a variable of Student's distribution stays within, both ways, with probability 0.95."""
    # Loaded late: scipy costs more time than all that surrounds it.
    from scipy.special import stdtrit

    return float(stdtrit(df, 0.975))
