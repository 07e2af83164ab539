"""A share by language and on average over languages, such as that of refusals, with intervals clustered by prompt."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ...files.records import Count
from . import averages as av
from . import statistics as st
from .statistics import number


@dataclass(frozen=True, kw_only=True)
class LanguageShare:
    """A share of n cases in one language; None where there is no case.

    Attributes:
        language: its tag; empty for the macro average over languages.
        n: cases.
        groups: independent groups among them; below 20 an interval covers less often than it says.
        share: the mean of the cases.
        low, high: its interval.
        error: its standard error; None with fewer than two groups.
    """

    language: str
    n: Count
    groups: Count
    share: float | None
    low: float | None
    high: float | None
    error: float | None

    def __post_init__(self) -> None:
        """Checks the interval."""
        if (self.low is None) != (self.high is None):
            raise ValueError("an interval has one end")


@dataclass(frozen=True, kw_only=True)
class Shares:
    """Shares by language, in the order of the tags, and their macro average; None where no language has a case."""

    rows: tuple[LanguageShare, ...]
    average: LanguageShare | None


def shares_by_language(values: ArrayLike, groups: ArrayLike, languages: ArrayLike, level: float = 0.95) -> Shares:
    """Means by language, and the mean over languages, each language counting the same.

    Intervals are those of win-rates: `statistics.column_interval` of a language, `averages.mean_of` for the average,
    in which a prompt and its translations are one group.

    Args:
        values: (n,) from 0 to 1; NaN is left out.
        groups: (n,) the same name for the same prompt in all its languages.
        languages: (n,) tags.
        level: of the intervals.

    Returns:
        A row for each language, with or without a case, and the average over those with one.
    """
    sums, tags = st.sums(values, groups, languages), np.unique(np.asarray(languages))
    counts, members, means = sums.weights.sum(0), st.members(sums), st.means(sums)
    low, high = st.column_interval(sums, level)
    error = np.sqrt(st.variance(st.contributions(sums), members))
    rows = tuple(
        LanguageShare(
            language=str(tag),
            n=int(counts[at]),
            groups=int(members[at]),
            share=number(means[at]),
            low=number(low[at]),
            high=number(high[at]),
            error=number(error[at]),
        )
        for at, tag in enumerate(tags)
    )
    return Shares(rows=rows, average=_average(sums, level))


def _average(sums: st.Sums, level: float) -> LanguageShare | None:
    there = sums.weights.sum(0) > 0
    if not there.any():
        return None
    own = st.Sums(sums.scores[:, there], sums.weights[:, there])
    mean = av.mean_of(own, level)
    return LanguageShare(
        language="",
        n=int(own.weights.sum()),
        groups=mean.groups,
        share=mean.value,
        low=number(mean.low),
        high=number(mean.high),
        error=number(mean.error),
    )
