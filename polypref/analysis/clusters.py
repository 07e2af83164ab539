"""Shares of what hangs together by prompt, with intervals that know it."""

from collections.abc import Iterable

import numpy as np

from ..evaluation.figures.statistics import Sums, column_interval, means
from ..release.audit_results import ClusteredShare


def clustered_share(groups: Iterable[tuple[float, int]]) -> ClusteredShare:
    """A share of things that come in groups, as the answers to one prompt do.

    Args:
        groups: of each group how many it was so of, ties as halves, and how many there are.

    Returns:
        the share with its interval, to four places: Wilson's with the number of groups over the design effect, as for
        win-rates (`evaluation.figures.statistics`).

    Example:
        >>> clustered_share([(1, 1), (1, 1), (0, 1), (1, 1)])
        ClusteredShare(of=4, share=0.75, low=0.3006, high=0.9544)
    """
    counted = np.array([one for one in groups if one[1]] or [(0, 0)], float)
    sums = Sums(counted[:, :1], counted[:, 1:])
    whole = round(float(counted[:, 1].sum()))
    if not whole:
        return ClusteredShare(0)
    share = round(float(means(sums)[0]), 4)
    if len(counted) < 2:
        return ClusteredShare(whole, share)
    low, high = (round(float(end[0]), 4) for end in column_interval(sums))
    return ClusteredShare(whole, share, low, high)
