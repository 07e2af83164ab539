"""Fleiss' kappa: how far several raters agree beyond chance, with an interval from whole groups drawn again."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ... import shares
from ...files.records import Count
from . import statistics as st
from .statistics import Floats


@dataclass(frozen=True)
class Fleiss:
    """Agreement of several raters.

    Attributes:
        units: cases that two raters or more rated.
        groups: independent groups among them.
        raters: the most raters of a case.
        kappa: None where all say the same one thing, or there is no case.
        low, high: its interval; None with fewer than two groups.
    """

    units: Count
    groups: Count
    raters: Count
    kappa: float | None
    low: float | None
    high: float | None


def fleiss_kappa(
    counts: ArrayLike, groups: ArrayLike, level: float = 0.95, resamples: int = 1000, seed: int = 0
) -> Fleiss:
    """Fleiss' kappa (Fleiss 1971, Psychol. Bull. 76, 378-382); cases may have different numbers of raters.

    Agreement in a case is the share of pairs of raters who say the same; chance agreement follows the shares of the
    labels among all that was said. The interval is that of percentiles over resampled groups.

    Args:
        counts: (n, labels) how many raters gave each label to each case; a case with fewer than two says nothing.
        groups: (n,) names of groups of cases that are not independent.
        level: of the interval.
        resamples, seed: of the groups.

    Returns:
        Kappa and its interval.
    """
    names, table = np.asarray(groups), np.asarray(counts, float)
    if not len(names):
        return Fleiss(0, 0, 0, None, None, None)
    several = table.sum(1) > 1
    table, names = table[several], names[several]
    if not len(table):
        return Fleiss(0, 0, 0, None, None, None)
    raters = table.sum(1)
    agreeing = (np.square(table).sum(1) - raters) / (raters * (raters - 1))
    _, group = np.unique(names, return_inverse=True)
    number = int(group.max()) + 1
    weights = st.resamples(number, resamples, seed)[:, group] if number > 1 else np.empty((0, len(table)))
    kappa = float(_kappas(np.ones((1, len(table))), agreeing, table)[0])
    drawn = _kappas(weights, agreeing, table)
    drawn = drawn[~np.isnan(drawn)]
    ends = (
        np.quantile(drawn, [0.5 - level / 2, 0.5 + level / 2]) if len(drawn) and not np.isnan(kappa) else [np.nan] * 2
    )
    return Fleiss(
        len(table), number, int(raters.max()), st.number(kappa), st.number(float(ends[0])), st.number(float(ends[1]))
    )


def _kappas(weights: Floats, agreeing: Floats, table: Floats) -> Floats:
    """Kappa for each set of weights of the cases; NaN where chance alone explains all."""
    total = weights @ table
    share = total / total.sum(1, keepdims=True)
    observed, expected = weights @ agreeing / weights.sum(1), np.square(share).sum(1)
    return np.array(
        [
            np.nan if (k := shares.kappa(float(o), float(e))) is None else k
            for o, e in zip(observed, expected, strict=True)
        ]
    )
