"""Exact duplicates: the same prompt with the same two answers, whoever wrote them, in the same or the other order."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from ...schema import pair_id
from ...scripting.declared import checked_call
from .common import Action, outcome
from .contract import Batch, Outcome, Reject

#: The flag of pairs whose two answers somebody else prefers the other way round, where each of several votes counts.
DISPUTED = "annotators_disagree"


@checked_call
@dataclass(frozen=True)
class ExactDuplicates:
    """Rejects a pair whose prompt, chosen and rejected texts stood in an earlier pair, and all pairs that contradict.

    Where one pair prefers a text to another and a second pair the other to the one, nothing says which is right. Where
    the source has each of several verdicts count for itself (`join="each"`), pairs of the same two answers are meant;
    those that other votes turn round are flagged. Pairs of one prompt are always in one batch, so looking within the
    batch finds every duplicate.

    Attributes:
        disputed: what becomes of the pairs of `each` that other votes turn round.
    """

    disputed: Action = "flag"

    name: ClassVar[str] = "exact_duplicates"
    version: ClassVar[int] = 3
    summary: ClassVar[str] = (
        "rejects pairs whose prompt and both answers stood before, or stood the other way round, "
        "but for those of sources where each verdict counts (join='each'), which it flags where votes disagree"
    )
    thresholds: ClassVar[dict[str, str]] = {"disputed": "one row a vote is what join='each' declares"}

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        """Reads prompt_id, chosen, rejected and ids; rejects the later of two equal pairs, and contradicting ones."""
        columns = (batch.column(name) for name in ("prompt_id", "chosen", "rejected"))
        keys = list(zip(*columns, strict=True))
        further = set(_further(batch))
        every, seen = {key for row, key in enumerate(keys) if row not in further}, set[tuple[str, str, str]]()
        votes = {keys[row] for row in further}
        for row, (prompt, chosen, rejected) in enumerate(keys):
            turned = (prompt, rejected, chosen)
            if turned in votes or (row in further and turned in every):
                yield row, outcome(self.disputed, DISPUTED)
            elif row in further:
                continue
            elif turned in every:
                yield row, Reject("contradicting_pair")
            elif (prompt, chosen, rejected) in seen:
                yield row, Reject("duplicate_pair")
            seen.add((prompt, chosen, rejected))


def _further(batch: Batch) -> Iterator[int]:
    """The rows of pairs that are not the first of their two answers, by their ids, where there are any."""
    names = ("pair_id", "prompt_id", "chosen_id", "rejected_id")
    if set(names) <= set(batch.names):
        for row, (pair, *three) in enumerate(zip(*map(batch.column, names), strict=True)):
            if pair != pair_id(*three):
                yield row
