"""How far reviewers agree: with the rater, and with each other."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Final

from ..files.records import OMIT_DEFAULT, Count
from ..shares import kappa, wilson
from .answers import Answer, Meaning

_KINDS: Final[tuple[Meaning, ...]] = ("chosen", "rejected", "both_bad", "not_my_language", "tie")
_COUNTED: Final = (*_KINDS, "edited", "not_blind")


@dataclass(frozen=True)
class Judgements:
    """How many of the reviewers' judgements are of each kind.

    Attributes:
        chosen, rejected, both_bad, not_my_language, tie: the kinds; ties since 0.3.
        edited: with how many of them an answer came back corrected.
        not_blind: how many were made where answers are marked as chosen and rejected, as on a dataset's page.
    """

    chosen: Count
    rejected: Count
    both_bad: Count
    not_my_language: Count
    tie: Count = field(default=0, metadata=OMIT_DEFAULT)
    edited: Count = field(default=0, metadata=OMIT_DEFAULT)
    not_blind: Count = field(default=0, metadata=OMIT_DEFAULT)

    @property
    def judged(self) -> int:
        """How many judge the pair: all but those who cannot read it."""
        return self.chosen + self.rejected + self.tie + self.both_bad

    def each(self) -> list[Meaning]:
        """The judgements one by one.

        Returns:
            As many of each kind as there are.
        """
        return [kind for kind in _KINDS for _ in range(getattr(self, kind))]

    def turned(self) -> "Judgements":
        """The same judgements, seen from the pair with its sides the other way round.

        Returns:
            Those with the two sides exchanged.
        """
        return replace(self, chosen=self.rejected, rejected=self.chosen)


@dataclass(frozen=True)
class Agreement:
    """How far the reviewers of one language agree with the rater, and with each other.

    Attributes:
        pairs: how many were judged.
        reviewers: how many people judged.
        judgements: by kind.
        agree: share of the A/B judgements that prefer the chosen answer; None without one.
        low, high: its 95% Wilson interval over judgements.
        both: how many times two reviewers judged the same pair.
        raw: share of these in which they said the same; None without one.
        kappa: Cohen's kappa in these; None where everybody always said the same, too.
        prevalence: share of `chosen` in these judgements; near 0 or 1, kappa is low even when reviewers agree.
    """

    pairs: Count
    reviewers: Count
    judgements: Judgements
    agree: float | None
    low: float | None
    high: float | None
    both: Count
    raw: float | None
    kappa: float | None
    prevalence: float | None

    def __post_init__(self) -> None:
        for group in ((self.agree, self.low, self.high), (self.raw, self.prevalence)):
            if len({value is None for value in group}) > 1:
                raise ValueError("a share without its interval or prevalence")


def agreement(answers: Sequence[Answer]) -> dict[str, Agreement]:
    """Per language: how far reviewers agree with the rater, and with each other.

    Args:
        answers: of all reviewers; none judged a pair twice, and those to one pair see its sides in one order.

    Returns:
        By tag, sorted.
    """
    of_language = {tag: [one for one in answers if one.language == tag] for tag in {one.language for one in answers}}
    return {
        tag: agreement_on(list(judgements_on(some).values()), len({one.reviewer for one in some}))
        for tag, some in sorted(of_language.items())
    }


def judgements_on(answers: Iterable[Answer]) -> dict[str, Judgements]:
    """What reviewers said of each pair.

    Args:
        answers: of all reviewers; none judged a pair twice, and those to one pair see its sides in one order.

    Returns:
        pair_id -> how many of each kind, sorted.
    """
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for one in answers:
        votes[one.pair_id][one.meaning] += 1
        votes[one.pair_id]["edited"] += bool(one.edited)
        votes[one.pair_id]["not_blind"] += not one.blind
    return {pair_id: Judgements(**{kind: count[kind] for kind in _COUNTED}) for pair_id, count in sorted(votes.items())}


def agreement_on(judged: Sequence[Judgements], reviewers: int) -> Agreement:
    """How far reviewers agree on some pairs.

    Args:
        judged: what they said of each pair.
        reviewers: how many people they are.

    Returns:
        The figures.
    """
    count = {kind: sum(getattr(one, kind) for one in judged) for kind in _COUNTED}
    sided = count["chosen"] + count["rejected"]
    twos = [two for one in judged for two in combinations(one.each(), 2)]
    meanings = [meaning for two in twos for meaning in two]
    low, high = wilson(count["chosen"], sided)
    return Agreement(
        pairs=len(judged),
        reviewers=reviewers,
        judgements=Judgements(**count),
        agree=count["chosen"] / sided if sided else None,
        low=low,
        high=high,
        both=len(twos),
        raw=sum(a == b for a, b in twos) / len(twos) if twos else None,
        kappa=pooled_kappa(twos) if twos else None,
        prevalence=meanings.count("chosen") / len(meanings) if twos else None,
    )


def pooled_kappa(twos: Sequence[tuple[str, str]]) -> float | None:
    """Cohen's kappa with symmetric margins (Scott's pi for interchangeable raters): (po - pe) / (1 - pe).

    Reviewers of a pair are interchangeable here, so chance agreement is taken from the pooled margins (Scott 1955,
    Public Opinion Quarterly 19, 321-325). None when everybody always said the same.

    Args:
        twos: what two reviewers said of one pair, for each such two; at least one.

    Returns:
        From -1 to 1; 0 is what chance gives.
    """
    n = len(twos)
    pooled = Counter(name for two in twos for name in two)
    expected = sum((count / (2 * n)) ** 2 for count in pooled.values())
    observed = sum(a == b for a, b in twos) / n
    return kappa(observed, expected)
