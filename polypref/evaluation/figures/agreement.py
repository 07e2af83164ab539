"""How far a judge can be trusted: agreement with people or another judge, and what it favours besides quality."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ... import shares
from ...errors import UserError
from ...files.records import Count
from . import statistics as st
from .statistics import Floats, number


@dataclass(frozen=True)
class Share:
    """A share of n cases with its interval; None where there is no case.

    Attributes:
        n: cases.
        groups: independent groups among them.
        share, low, high: the share and its interval, clustered by group.
        p: sign-flip test that it is one half.
    """

    n: Count
    groups: Count
    share: float | None
    low: float | None
    high: float | None
    p: float | None


@dataclass(frozen=True)
class Agreement:
    """Two raters on the same cases.

    Attributes:
        n: cases that both rated.
        raw: share on which they say the same.
        expected: the share if each kept its own proportions but they were unrelated.
        kappa: Cohen's kappa; None when both always said the same one thing.
        error: its standard error; None where both always agree, for then the cases say nothing of it.
        left_out: cases that only one, or none, rated.
    """

    n: Count
    raw: float | None
    expected: float | None
    kappa: float | None
    error: float | None
    left_out: Count


def cohens_kappa(one: Sequence[str | None], two: Sequence[str | None]) -> Agreement:
    """Cohen's kappa, (po - pe) / (1 - pe), each rater with its own margins (Cohen 1960, EPM 20, 37-46).

    The standard error is the large-sample one of Fleiss, Cohen and Everitt 1969 (Psychol. Bull. 72, 323-327, eq. 13).

    Args:
        one, two: labels of the same cases; None where there is none.

    Returns:
        Kappa and its standard error; both None where nobody rated both, or chance alone explains all.

    Raises:
        UserError: lists of different length.

    >>> cohens_kappa(["a", "a", "b", "b"], ["a", "a", "b", None]).kappa
    1.0
    """
    if len(one) != len(two):
        raise UserError(f"two raters' labels differ in number ({len(one)} and {len(two)}); give one a case, or None")
    both = [(a, b) for a, b in zip(one, two, strict=True) if a is not None and b is not None]
    n, left = len(both), len(one) - len(both)
    if not n:
        return Agreement(0, None, None, None, None, left)
    labels, place = np.unique([label for pair in both for label in pair], return_inverse=True)
    table = np.zeros((len(labels), len(labels)))
    np.add.at(table, (place[::2], place[1::2]), 1)
    table /= n
    row, column = table.sum(1), table.sum(0)
    raw, expected = float(np.trace(table)), float(row @ column)
    kappa = shares.kappa(raw, expected)
    if kappa is None:
        return Agreement(n, raw, expected, None, None, left)
    # In cell i, j the margins that belong to the *other* rater's label: column total of i, row total of j.
    margin = column[:, None] + row[None, :]
    on = np.diag(table) * np.square(1 - np.diag(margin) * (1 - kappa))
    off = (1 - kappa) ** 2 * (table * np.square(margin))
    spread = on.sum() + off.sum() - np.trace(off) - (kappa - expected * (1 - kappa)) ** 2
    error = float(np.sqrt(max(spread, 0) / n) / (1 - expected)) if spread > 1e-12 else None
    return Agreement(n, raw, expected, float(kappa), error, left)


def position_bias(orders: ArrayLike, groups: ArrayLike, level: float = 0.95) -> Share:
    """How often the judge prefers the answer shown first, among verdicts that are no tie; 0.5 is no bias.

    Args:
        orders: (n, 2) score of one model, shown first in the first order and second in the second; prompts with an
            order unread are left out, for quality cancels out only where both were read.
        groups: (n,) names of groups.
        level: of the interval.

    Returns:
        The share with its interval and p-value.
    """
    score = np.asarray(orders, float)
    read = ~np.isnan(score).any(1)
    first = np.column_stack([score[read, 0], 1 - score[read, 1]])
    decided = np.where(first == 0.5, np.nan, (first > 0.5).astype(float))
    return share_of(decided.ravel(), np.repeat(np.asarray(groups)[read], 2), level)


def length_bias(scores: ArrayLike, longer: ArrayLike, groups: ArrayLike, level: float = 0.95) -> Share:
    """How often the longer answer wins, among battles with a winner and different lengths.

    Not a fault by itself, as better answers may be longer: see the length-controlled win-rate.

    Args:
        scores: (n,) of one model.
        longer: (n,) its length less the other's.
        groups: (n,) names of groups.
        level: of the interval.

    Returns:
        The share with its interval and p-value.
    """
    score, more = np.asarray(scores, float), np.asarray(longer, float)
    with np.errstate(invalid="ignore"):
        product = (score - 0.5) * more
        wins = np.where(np.isnan(product) | (product == 0), np.nan, (product > 0).astype(float))
    return share_of(wins, np.asarray(groups), level)


def share_of(values: Floats, groups: ArrayLike, level: float = 0.95) -> Share:
    """A share of cases with its interval, clustered by group.

    Args:
        values: (n,) 1 for a case that counts, 0 for one that does not, or a part; NaN for what is no case.
        groups: (n,) names of groups.
        level: of the interval.

    Returns:
        The share with its interval and p-value.
    """
    n = int((~np.isnan(values)).sum())
    if not n:
        return Share(0, 0, None, None, None, None)
    sums = st.sums(values, groups, np.zeros(len(values)))
    mean, members = st.means(sums), st.members(sums)
    low, high = st.column_interval(sums, level)
    return Share(n, int(members[0]), float(mean[0]), number(low[0]), number(high[0]), float(st.sign_flip(sums)[0]))
