"""How well chosen and rejected answers are told apart without their prompt: what a model can learn that is no answer.

A naive Bayes classifier of what an answer has, the same for every prompt, is fitted to the pairs of half the prompts
and chooses in those of the other half; a prompt and its translations are in one half. A half is chance. Folds that take
turns would use more pairs, but what they are learned from overlaps, so that an interval holds chance too seldom (of
shuffled labels in 86 to 89%, where 95% was meant). After the artefacts that Das et al. 2024 (arXiv 2401.14698) trace in
data that LLMs write.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from math import log

from ..release.audit_results import ClusteredShare
from .answers import AnswerPair
from .clusters import clustered_share
from .words import opening, units

#: With fewer pairs, or prompts, nothing is said.
FEWEST_PAIRS, FEWEST_GROUPS = 50, 20
_NO_DIFFERENCE = 1e-9

Features = frozenset[str]
#: What is looked at of an answer.
Seen = Callable[[str, bool], Features]


def opening_features(text: str, spaced: bool) -> Features:
    """What an answer begins with: its opening, each of its words by place, and the sign before it.

    Args:
        text: the answer.
        spaced: whether its language separates words.

    Returns:
        names of what it has.
    """
    begins = opening(text, spaced)
    first = begins.split() if spaced else list(begins)
    bare = text.lstrip()[:1]
    sign = {f"sign {bare}"} if bare and not bare.isalnum() else set[str]()
    return frozenset({f"opening {begins}", *(f"{place} {word}" for place, word in enumerate(first)), *sign})


def text_features(text: str, spaced: bool) -> Features:
    """The words of an answer (pairs of letters, where no space parts words), and what it begins with.

    Args:
        text: the answer.
        spaced: whether its language separates words.

    Returns:
        names of what it has.
    """
    own = units(text, spaced)
    words = own if spaced else ["".join(two) for two in pairwise(own)]
    return opening_features(text, spaced) | {f"has {word}" for word in words}


def told_apart(pairs: Sequence[AnswerPair], spaced: bool, seen: Seen) -> ClusteredShare | None:
    """The share of held-out pairs whose chosen answer is chosen without reading the prompt.

    An answer's score is the sum of log((c + 1) / (r + 1)) over what it has, c and r the chosen and rejected answers of
    the other half of the prompts that have it; equal scores count half.

    Args:
        pairs: in one language.
        spaced: whether it separates words.
        seen: what is looked at.

    Returns:
        the share with its interval by prompts, of the held-out pairs; None with fewer than FEWEST_PAIRS or
        FEWEST_GROUPS in all.
    """
    if len(pairs) < FEWEST_PAIRS or len({one.group for one in pairs}) < FEWEST_GROUPS:
        return None
    sides = [(one.group, seen(one.chosen, spaced), seen(one.rejected, spaced)) for one in pairs]
    chosen, rejected = _counted(one for one in sides if not _is_held(one[0]))
    hits: dict[str, list[float]] = defaultdict(lambda: [0, 0])
    for group, good, bad in sides:
        if _is_held(group):
            difference = _score(good - bad, chosen, rejected) - _score(bad - good, chosen, rejected)
            hits[group][0] += 0.5 if abs(difference) < _NO_DIFFERENCE else float(difference > 0)
            hits[group][1] += 1
    return clustered_share((right, round(number)) for right, number in hits.values())


def _score(features: Features, chosen: Counter[str], rejected: Counter[str]) -> float:
    # In one order, whatever the set's: sums of fractions depend on it in the last digit.
    return sum(log((chosen[one] + 1) / (rejected[one] + 1)) for one in sorted(features))


def _is_held(group: str) -> bool:
    """Whether the pairs of a group are held out."""
    return int(hashlib.md5(group.encode(), usedforsecurity=False).hexdigest(), 16) % 2 == 1


def _counted(sides: Iterable[tuple[str, Features, Features]]) -> tuple[Counter[str], Counter[str]]:
    """How many chosen, and rejected, answers have what."""
    chosen, rejected = Counter[str](), Counter[str]()
    for _, good, bad in sides:
        chosen.update(good)
        rejected.update(bad)
    return chosen, rejected
