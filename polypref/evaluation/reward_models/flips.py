"""Flips by criterion: pairs of which people prefer one answer by one criterion, and the other answer by another.

Helpfulness and harmlessness, correctness and brevity: the better answer depends on what is asked for. A model that
gives each answer one score, whatever the criterion, is right by at most one of two that differ.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from ...text.criteria import criterion_key
from ..figures import statistics as st
from ..figures.statistics import Floats, number
from .pairs import Pair
from .published import Estimate

#: Why a pair with a criterion is in no figure.
SAME_TEXTS, AGAIN, TURNED, ALONE = "same_texts", "criterion_again", "criterion_again_turned", "no_other_criterion"

_Answers = tuple[str, str, frozenset[str]]
"""Language, last turn of the prompt, and both texts."""


@dataclass(frozen=True)
class CriterionFlips:
    """Two criteria on the same answers, in one language.

    Attributes:
        language: its label.
        one, other: the criteria.
        flipped: pairs of answers that people prefer the one way by one criterion and the other way by the other.
        followed: share of these that the model gets right by both.
        same: pairs of answers that people prefer the same way by both.
        same_right: share of these that the model gets right by both.
    """

    language: str
    one: str
    other: str
    flipped: int
    followed: Estimate
    same: int
    same_right: Estimate


def criterion_flips(pairs: Sequence[Pair], outcomes: Floats, level: float = 0.95) -> tuple[CriterionFlips, ...]:
    """How far a model follows people from one criterion to another.

    Answers are the same where language, the prompt's last turn and both texts are, so that a criterion may be named in
    a turn before it.

    Args:
        pairs: n pairs; those without a criterion are left alone.
        outcomes: (n,) 1 where the chosen answer was preferred, 0.5 for a tie, 0 else, or NaN.
        level: of the intervals.

    Returns:
        A row for each language and two criteria that meet on the same answers, in the words of their first pairs.
    """
    met, _ = _by_answers(pairs)
    both: dict[tuple[str, str, str], list[tuple[int, int]]] = defaultdict(list)
    names: dict[str, str] = {}
    for pair in pairs:
        names.setdefault(criterion_key(pair.criterion), pair.criterion)
    for (language, _, _), criteria in met.items():
        for one, other in combinations(sorted(criteria, key=lambda key: names[key]), 2):
            both[language, names[one], names[other]].append((criteria[one], criteria[other]))
    return tuple(_flips(*key, met_pairs, pairs, outcomes, level) for key, met_pairs in sorted(both.items()))


def without_flips(pairs: Sequence[Pair]) -> dict[str, dict[str, int]]:
    """The pairs with a criterion that no figure of flips is made of.

    Args:
        pairs: as of `criterion_flips`.

    Returns:
        Language -> reason -> pairs: SAME_TEXTS; AGAIN and TURNED, where the same criterion stands on the same answers
        once more, of which the first pair counts; ALONE, where these answers have one criterion only.
    """
    met, reasons = _by_answers(pairs)
    for (language, _, _), criteria in met.items():
        if len(criteria) == 1:
            reasons.setdefault(language, Counter())[ALONE] += 1
    return {language: dict(sorted(counts.items())) for language, counts in sorted(reasons.items())}


def _by_answers(pairs: Sequence[Pair]) -> tuple[dict[_Answers, dict[str, int]], dict[str, Counter[str]]]:
    """The pair of each criterion, by the answers that it is on; and what is none of these, by language and reason."""
    met: dict[_Answers, dict[str, int]] = defaultdict(dict)
    reasons: dict[str, Counter[str]] = {}
    for at, pair in enumerate(pairs):
        if not pair.criterion:
            continue
        asked = pair.prompt[-1][1] if pair.prompt else ""
        first = (
            met[pair.language, asked, frozenset((pair.chosen, pair.rejected))] if pair.chosen != pair.rejected else {}
        )
        key = criterion_key(pair.criterion)
        if pair.chosen != pair.rejected and key not in first:
            first[key] = at
            continue
        turned = bool(first) and pairs[first[key]].chosen != pair.chosen
        reason = TURNED if turned else AGAIN if first else SAME_TEXTS
        reasons.setdefault(pair.language, Counter())[reason] += 1
    return met, reasons


def _flips(
    language: str,
    one: str,
    other: str,
    met: Sequence[tuple[int, int]],
    pairs: Sequence[Pair],
    outcomes: Floats,
    level: float,
) -> CriterionFlips:
    split: Mapping[bool, list[tuple[int, int]]] = {True: [], False: []}
    for a, b in met:
        split[pairs[a].chosen == pairs[b].rejected].append((a, b))
    figures = {
        flipped: _both_right(own, [pairs[a].group for a, _ in own], outcomes, level) for flipped, own in split.items()
    }
    return CriterionFlips(language, one, other, len(split[True]), figures[True], len(split[False]), figures[False])


def _both_right(met: Sequence[tuple[int, int]], groups: Sequence[str], outcomes: Floats, level: float) -> Estimate:
    scores = [(outcomes[a], outcomes[b]) for a, b in met]
    values = np.array([np.nan if np.isnan(a + b) else float(a == 1 and b == 1) for a, b in scores])
    if not len(values) or np.isnan(values).all():
        return Estimate(None, None, None, 0)
    sums = st.sums(values, list(groups), np.zeros(len(values)))
    low, high = st.column_interval(sums, level)
    return Estimate(float(st.means(sums)[0]), number(low[0]), number(high[0]), int(st.members(sums)[0]))
