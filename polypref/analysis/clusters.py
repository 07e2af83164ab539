"""Shares of what hangs together by prompt, with intervals that know it."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..files.records import Count
from ..shares import Z_95, wilson_ends

_NO_SPREAD = 1e-18


@dataclass(frozen=True)
class ClusteredShare:
    """A share of what was counted, and its 95% interval.

    Attributes:
        of: how many were counted.
        share: of them; None where there is none.
        low, high: the interval's ends; None with fewer than two groups.
    """

    of: Count
    share: float | None = None
    low: float | None = None
    high: float | None = None


def clustered_share(groups: Iterable[tuple[float, int]]) -> ClusteredShare:
    """A share of things that come in groups, as the answers to one prompt do.

    Wilson's interval (1927) with the number of groups divided by the design effect: n = m (1 - m) / v + 1, v the
    cluster-robust variance G / (G - 1) sum ((S_g - m W_g) / W)^2 (Liang and Zeger 1986), and Student's quantile with
    G - 1 degrees of freedom. Where all groups have the same share, n = G.

    Args:
        groups: of each group how many it was so of, ties as halves, and how many there are.

    Returns:
        the share with its interval, to four places.

    Example:
        >>> clustered_share([(1, 1), (1, 1), (0, 1), (1, 1)])
        ClusteredShare(of=4, share=0.75, low=0.1627, high=0.9789)
    """
    hits, sizes = (
        np.array(column, float) for column in zip(*[one for one in groups if one[1]] or [(0, 0)], strict=True)
    )
    number, whole = len(sizes), sizes.sum()
    if not whole:
        return ClusteredShare(0)
    mean = float(hits.sum() / whole)
    if number < 2:
        return ClusteredShare(round(whole), round(mean, 4))
    spread = number / (number - 1) * float(np.square((hits - mean * sizes) / whole).sum())
    share, flat = mean * (1 - mean), spread < _NO_SPREAD
    effective = number if flat or share < _NO_SPREAD else share / spread + 1
    low, high = wilson_ends(mean, effective, Z_95 if flat else _student(number - 1))
    return ClusteredShare(round(whole), round(mean, 4), round(float(low), 4), round(float(high), 4))


def _student(freedom: int) -> float:
    # Loaded late: scipy costs more time than all that surrounds it.
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.975))
