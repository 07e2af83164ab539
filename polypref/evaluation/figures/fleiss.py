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
    sums = np.column_stack([table, agreeing, np.ones(len(table))])
    kappa = float(_kappas(np.ones((1, len(table))) @ sums)[0])
    by_group = np.stack([np.bincount(group, column) for column in sums.T], axis=1)
    # A weight for each case of each resample would take 800 MB with 100,000 cases.
    parts = st.resamples_in_parts(number, resamples, seed) if number > 1 else ()
    drawn = np.concatenate([np.empty(0), *(_kappas(part @ by_group) for part in parts)])
    drawn = drawn[~np.isnan(drawn)]
    ends = (
        np.quantile(drawn, [0.5 - level / 2, 0.5 + level / 2]) if len(drawn) and not np.isnan(kappa) else [np.nan] * 2
    )
    return Fleiss(
        len(table), number, int(raters.max()), st.number(kappa), st.number(float(ends[0])), st.number(float(ends[1]))
    )


def _kappas(sums: Floats) -> Floats:
    """Kappa of each row of sums over cases (labels, agreement, number); NaN where chance alone explains all."""
    total, agreeing, cases = sums[:, :-2], sums[:, -2], sums[:, -1]
    share = total / total.sum(1, keepdims=True)
    observed, expected = agreeing / cases, np.square(share).sum(1)
    return np.array(
        [
            np.nan if (k := shares.kappa(float(o), float(e))) is None else k
            for o, e in zip(observed, expected, strict=True)
        ]
    )
