"""How far a model follows what turns people's verdicts round: a criterion, or another system message.

A flip is two answers to the same turns of which people prefer one by one yardstick and the other by another. A model
that minds the yardstick is right by both; one that does not gives one verdict, which is right by one of them.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

import numpy as np

from ...text.criteria import criterion_key, turns_by_key
from ..figures import statistics as st
from ..figures.statistics import Floats, number
from .pairs import Pair
from .published import Estimate
from .sides import Turns

#: Shares of flips that a coin follows, and by which its verdict changes: two verdicts that are right half of the time.
BY_CHANCE = (0.25, 0.5)

_Asked: TypeAlias = str | Turns
_Yardstick: TypeAlias = tuple[str, str]
"""Criterion and system message; either may be empty."""


@dataclass(frozen=True)
class FollowedFlips:
    """The flips of one language.

    Attributes:
        language: its label.
        flips: pairs of pairs that people turn round.
        followed: share of these of which the model names the right answer both times.
        changed: share of which its verdict changes, the right way or the wrong way; ties change nothing.
    """

    language: str
    flips: int
    followed: Estimate
    changed: Estimate


def followed_flips(pairs: Sequence[Pair], outcomes: Floats, level: float = 0.95) -> tuple[FollowedFlips, ...]:
    """How far a model follows people where they turn a verdict round.

    Of the same answers by the same yardstick the first pair counts. Answers are the same where language, both texts and
    the turns but for the system message are; of pairs with a criterion, where the last turn is, so that a turn before
    it may name the criterion.

    Args:
        pairs: n pairs.
        outcomes: (n,) 1 where the chosen answer was preferred, 0.5 for a tie, 0 else, or NaN.
        level: of the intervals, which are clustered by prompt.

    Returns:
        A row for each language that has flips; flips of which a verdict is missing are counted, and in no share.
    """
    met: dict[tuple[str, _Asked, frozenset[str]], dict[_Yardstick, int]] = defaultdict(dict)
    for at, pair in enumerate(pairs):
        if pair.chosen != pair.rejected:
            first = met[pair.language, _asked(pair), frozenset((pair.chosen, pair.rejected))]
            first.setdefault(_yardstick(pair), at)
    flips: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
    for (language, asked, _), places in met.items():
        for one, other in combinations(places.values(), 2):
            if pairs[one].chosen == pairs[other].rejected:
                flips[language].append((str(asked), one, other))
    return tuple(
        FollowedFlips(
            language,
            len(own),
            _share(own, outcomes, level, lambda a, b: a == 1 and b == 1),
            _share(own, outcomes, level, lambda a, b: (a > 0.5 and b > 0.5) or (a < 0.5 and b < 0.5)),
        )
        for language, own in sorted(flips.items())
    )


def _asked(pair: Pair) -> _Asked:
    spoken = tuple(turn for turn in pair.prompt if turn[0] != "system")
    return spoken[-1][1] if spoken and (pair.criterion or len(spoken) == 1) else spoken


def _yardstick(pair: Pair) -> _Yardstick:
    turns = [{"role": role, "content": content} for role, content in pair.prompt]
    keyed = turns_by_key(turns, pair.criterion)
    return criterion_key(pair.criterion), "\n\n".join(one["content"] for one in keyed if one["role"] == "system")


def _share(
    flips: Sequence[tuple[str, int, int]], outcomes: Floats, level: float, holds: Callable[[float, float], bool]
) -> Estimate:
    """The share of flips of which something holds, with its interval over prompts."""
    both = [(float(outcomes[one]), float(outcomes[other])) for _, one, other in flips]
    values = np.array([np.nan if np.isnan(one + other) else float(holds(one, other)) for one, other in both])
    if np.isnan(values).all():
        return Estimate(None, None, None, 0)
    sums = st.sums(values, [asked for asked, _, _ in flips], np.zeros(len(values)))
    low, high = st.column_interval(sums, level)
    return Estimate(float(st.means(sums)[0]), number(low[0]), number(high[0]), int(st.members(sums)[0]))
