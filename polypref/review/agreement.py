"""How far reviewers agree: with the rater, and with each other."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import combinations
from typing import Any

from .sheets import Answer


def agreement(answers: Sequence[Answer]) -> dict[str, dict[str, Any]]:
    """Per language: how far reviewers agree with the rater, and with each other.

    Returns:
        language -> pairs, reviewers, judgements (of the four kinds), `agree` (share of A/B judgements that prefer the
        chosen answer) with its 95% Wilson interval over judgements, and between reviewers, over all pairs that two of
        them judged: `both`, `raw` agreement, Cohen's `kappa` and `prevalence` (share of `chosen` in these judgements;
        near 0 or 1, kappa is low even when reviewers agree).
    """
    found = {}
    for tag in sorted({one.language for one in answers}):
        mine = [one for one in answers if one.language == tag]
        count = Counter(one.meaning for one in mine)
        sided = count["chosen"] + count["rejected"]
        low, high = wilson(count["chosen"], sided)
        found[tag] = {
            "pairs": len({one.pair_id for one in mine}),
            "reviewers": len({one.reviewer for one in mine}),
            "judgements": {name: count[name] for name in ("chosen", "rejected", "both_bad", "not_my_language")},
            "agree": count["chosen"] / sided if sided else None,
            "low": low,
            "high": high,
            **_between(mine),
        }
    return found


def _between(answers: Sequence[Answer]) -> dict[str, Any]:
    by_pair: dict[str, dict[str, str]] = defaultdict(dict)
    for one in answers:
        by_pair[one.pair_id][one.reviewer] = one.meaning
    twos = [(votes[a], votes[b]) for votes in by_pair.values() for a, b in combinations(sorted(votes), 2)]
    if not twos:
        return {"both": 0, "raw": None, "kappa": None, "prevalence": None}
    said = [name for two in twos for name in two]
    return {
        "both": len(twos),
        "raw": sum(a == b for a, b in twos) / len(twos),
        "kappa": kappa(twos),
        "prevalence": said.count("chosen") / len(said),
    }


def wilson(hits: int, n: int, z: float = 1.959963984540054) -> tuple[float | None, float | None]:
    """Wilson's score interval for a share (Wilson 1927, JASA 22, 209-212); None for no observation."""
    if not n:
        return None, None
    p = hits / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def kappa(twos: Sequence[tuple[str, str]]) -> float | None:
    """Cohen's kappa with symmetric margins (Scott's pi for interchangeable raters): (po - pe) / (1 - pe).

    Reviewers of a pair are interchangeable here, so chance agreement is taken from the pooled margins (Scott 1955,
    Public Opinion Quarterly 19, 321-325). None when everybody always said the same.
    """
    n = len(twos)
    pooled = Counter(name for two in twos for name in two)
    expected = sum((count / (2 * n)) ** 2 for count in pooled.values())
    observed = sum(a == b for a, b in twos) / n
    return None if expected == 1 else (observed - expected) / (1 - expected)
