"""Win-rates by the values of a column, such as a category or a country: what languages are to a report, for any label.

The rule of the report holds within a value too: a language counts the same whatever its number of prompts, a prompt
with its translations is one group.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...files.records import Count
from . import averages as av
from . import statistics as st
from .statistics import Flags, Floats, number

#: Values of a column that have a row; the others are one row together.
MOST_VALUES = 20
#: Whose column it is: the prompt's, or that of the model's or the other's answer.
Of = Literal["prompt", "model", "other"]


@dataclass(frozen=True, kw_only=True)
class SliceRow:
    """The battles with one value; None where nothing can be said.

    Attributes:
        value: the value; of a tree `a/b/c` a level of it, as `a/b`. Empty for values that have no row of their own.
        prompts: battles with the value, with or without a verdict.
        scored: of these, those with a score; all figures below rest on them.
        groups: independent groups among those; below 20 an interval covers less often than it says.
        wins, ties, losses: prompts with a score above, at and below one half.
        languages: those with a score.
        win_rate: the macro average over them.
        low, high: its interval.
        error: its standard error; None with fewer than two groups.
        p, p_holm: sign-flip test of one half over whole groups, and corrected over the column's rows.
    """

    value: str
    prompts: Count
    scored: Count
    groups: Count
    wins: Count
    ties: Count
    losses: Count
    languages: tuple[str, ...]
    win_rate: float | None
    low: float | None
    high: float | None
    error: float | None
    p: float | None
    p_holm: float | None

    def __post_init__(self) -> None:
        """Checks the interval."""
        if (self.low is None) != (self.high is None):
            raise ValueError("an interval has one end")


@dataclass(frozen=True, kw_only=True)
class Slices:
    """A comparison by the values of one column.

    Attributes:
        column: its name.
        of: whose it is.
        rows: a value each: a level of a tree before those below it, else the most frequent first.
        rest: the prompts none of whose values has a row; None where there are none.
        rest_values: how many values have no row.
        without: prompts that have no value.
    """

    column: str
    of: Of
    rows: tuple[SliceRow, ...]
    rest: SliceRow | None
    rest_values: Count
    without: Count


def levels_of(value: str) -> list[str]:
    """The levels of a value that is written as a path.

    Args:
        value: as in `history/europe`.

    Returns:
        Each level with those above it; the value alone where it is no path.

    >>> levels_of("history/europe"), levels_of("stem"), levels_of("/a//b/")
    (['history', 'history/europe'], ['stem'], ['a', 'a/b'])
    """
    parts = [part.strip() for part in value.split("/") if part.strip()]
    return ["/".join(parts[: at + 1]) for at in range(len(parts))]


def slice_battles(
    column: str,
    of: Of,
    values: Sequence[Sequence[str]],
    scores: Floats,
    groups: Sequence[str],
    languages: Sequence[str],
    level: float = 0.95,
    seed: int = 0,
) -> Slices:
    """Win-rates by the values of a column.

    Args:
        column: its name.
        of: whose it is.
        values: (n,) the values of each battle; none, or several.
        scores: (n,) of the model; NaN without one.
        groups: (n,) the same name for the same prompt in all its languages.
        languages: (n,) tags.
        level: of the intervals.
        seed: of the tests.

    Returns:
        At most `MOST_VALUES` rows, the most frequent values, and what is left of the column.
    """
    own = [dict.fromkeys(name for value in several for name in levels_of(value)) for several in values]
    counts = Counter(name for names in own for name in names)
    shown = sorted(counts, key=lambda name: (-counts[name], name))[:MOST_VALUES]
    # Each below the levels above it, which are in as many battles at least.
    shown.sort(key=lambda name: [(-counts[above], above) for above in levels_of(name)])
    battles = _Battles(scores, np.array(groups), np.array(languages), level, seed)
    rows = [battles.row(name, np.array([name in names for names in own])) for name in shown]
    left = np.array([bool(names) and not names.keys() & set(shown) for names in own])
    rest = battles.row("", left) if left.any() else None
    every = [*rows, *([rest] if rest else [])]
    adjusted = st.holm([np.nan if row.p is None else row.p for row in every])
    whole = [replace(row, p_holm=number(p)) for row, p in zip(every, adjusted, strict=True)]
    return Slices(
        column=column,
        of=of,
        rows=tuple(whole[: len(rows)]),
        rest=whole[-1] if rest else None,
        rest_values=len(counts) - len(shown),
        without=sum(not names for names in own),
    )


@dataclass(frozen=True)
class _Battles:
    """The battles of a comparison, and how their figures are made."""

    scores: Floats
    groups: NDArray[np.str_]
    languages: NDArray[np.str_]
    level: float
    seed: int

    def row(self, value: str, use: Flags) -> SliceRow:
        """The figures of some battles."""
        scores, groups, tags = self.scores[use], self.groups[use], self.languages[use]
        known = ~np.isnan(scores)
        mean, p = self._mean(scores[known], groups[known], tags[known]) if known.any() else (None, None)
        wins, losses, scored = int((scores > 0.5).sum()), int((scores < 0.5).sum()), int(known.sum())
        return SliceRow(
            value=value,
            prompts=int(use.sum()),
            scored=scored,
            groups=mean.groups if mean else 0,
            wins=wins,
            ties=scored - wins - losses,
            losses=losses,
            languages=tuple(sorted({str(tag) for tag in tags[known]})),
            win_rate=mean.value if mean else None,
            low=number(mean.low) if mean else None,
            high=number(mean.high) if mean else None,
            error=number(mean.error) if mean else None,
            p=p,
            p_holm=None,
        )

    def _mean(self, scores: Floats, groups: NDArray[np.str_], tags: NDArray[np.str_]) -> tuple[av.Mean, float]:
        """The macro average of scores, and the test of one half."""
        sums = st.sums(scores, groups, tags)
        if sums.scores.shape[1] == 1:
            return av.mean_of(sums, self.level), float(st.sign_flip(sums, seed=self.seed)[0])
        excess = ((sums.scores - 0.5 * sums.weights) / sums.weights.sum(0)).mean(1, keepdims=True)
        return av.mean_of(sums, self.level), float(st.flip_excess(excess, seed=self.seed)[0])
