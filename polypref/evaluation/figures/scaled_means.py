"""Means of numbers on a scale by language: single scores of 1 to 10, ranks among several answers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ...files.records import Count
from .language_shares import LanguageShare, shares_by_language


@dataclass(frozen=True, kw_only=True)
class ScaledMean:
    """A mean in one language; None where there is no case.

    Attributes:
        language: its tag; empty for the macro average over languages.
        n: cases.
        groups: independent groups among them; below 20 an interval covers less often than it says.
        mean: on the scale.
        low, high: its interval.
        error: its standard error; None with fewer than two groups.
    """

    language: str
    n: Count
    groups: Count
    mean: float | None
    low: float | None
    high: float | None
    error: float | None

    def __post_init__(self) -> None:
        """Checks the interval."""
        if (self.low is None) != (self.high is None):
            raise ValueError("an interval has one end")


@dataclass(frozen=True, kw_only=True)
class ScaledMeans:
    """Means by language, in the order of the tags, and their macro average; None where no language has a case."""

    rows: tuple[ScaledMean, ...]
    average: ScaledMean | None


def means_on_scale(
    values: ArrayLike, groups: ArrayLike, languages: ArrayLike, least: float, most: float, level: float = 0.95
) -> ScaledMeans:
    """Means by language of numbers that lie between two ends, and the mean over languages.

    The intervals are those of shares, moved to the scale: they stay between its ends, and have a width where all cases
    are the same.

    Args:
        values: (n,) from `least` to `most`; NaN is left out.
        groups: (n,) the same name for the same prompt in all its languages.
        languages: (n,) tags.
        least: the lower end of the scale.
        most: its upper end.
        level: of the intervals.

    Returns:
        A row for each language, with or without a case, and the average over those with one.
    """
    span = most - least
    shares = shares_by_language((np.asarray(values, float) - least) / span, groups, languages, level)

    def scaled(share: LanguageShare) -> ScaledMean:
        mean, low, high = (None if one is None else least + span * one for one in (share.share, share.low, share.high))
        error = None if share.error is None else span * share.error
        return ScaledMean(
            language=share.language,
            n=share.n,
            groups=share.groups,
            mean=mean,
            low=low,
            high=high,
            error=error,
        )

    average = None if shares.average is None else scaled(shares.average)
    return ScaledMeans(rows=tuple(map(scaled, shares.rows)), average=average)
