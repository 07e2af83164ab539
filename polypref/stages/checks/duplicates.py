"""Exact duplicates: the same prompt with the same two answers, whoever wrote them, in the same or the other order."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from ...scripting.declared import checked_call
from .contract import Batch, Outcome, Reject


@checked_call
@dataclass(frozen=True)
class ExactDuplicates:
    """Rejects a pair whose prompt, chosen and rejected texts stood in an earlier pair, and all pairs that contradict.

    Where one pair prefers a text to another and a second pair the other to the one, nothing says which is right. Pairs
    of one prompt are always in one batch, so looking within the batch finds every duplicate.
    """

    name: ClassVar[str] = "exact_duplicates"
    version: ClassVar[int] = 1
    summary: ClassVar[str] = "rejects pairs whose prompt and both answers stood before, or stood the other way round"
    thresholds: ClassVar[dict[str, str]] = {}

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        """Reads prompt_id, chosen and rejected; rejects the later of two equal pairs, and contradicting ones."""
        columns = (batch.column(name) for name in ("prompt_id", "chosen", "rejected"))
        keys = list(zip(*columns, strict=True))
        every, seen = set(keys), set[tuple[str, str, str]]()
        for row, (prompt, chosen, rejected) in enumerate(keys):
            if (prompt, rejected, chosen) in every:
                yield row, Reject("contradicting_pair")
            elif (prompt, chosen, rejected) in seen:
                yield row, Reject("duplicate_pair")
            seen.add((prompt, chosen, rejected))
