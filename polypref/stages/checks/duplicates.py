"""Exact duplicates: the same prompt with the same two answers, whoever wrote them, in the same or the other order."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from ...scripting.declared import checked_call
from .common import Action, outcome
from .contract import Batch, Outcome, Reject

#: The flag of pairs whose two answers somebody else prefers the other way round, where each of several votes counts.
DISPUTED = "annotators_disagree"
_Key = tuple[str, str, str]


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
        """Reads prompt_id, chosen, rejected and vote_number; rejects the later of equal pairs, and contradictions."""
        columns = (batch.column(name) for name in ("prompt_id", "chosen", "rejected"))
        keys = list(zip(*columns, strict=True))
        numbers = batch.column("vote_number") if "vote_number" in batch.names else [None] * len(keys)
        votes = {key for key, number in zip(keys, numbers, strict=True) if number is not None}
        every, seen = {key for key, number in zip(keys, numbers, strict=True) if number is None}, set[_Key]()
        for row, key in enumerate(keys):
            prompt, chosen, rejected = key
            turned = prompt, rejected, chosen
            if numbers[row] is not None:
                if turned in votes:
                    yield row, outcome(self.disputed, DISPUTED)
                continue
            if turned in every:
                yield row, Reject("contradicting_pair")
            elif key in seen:
                yield row, Reject("duplicate_pair")
            seen.add(key)
