"""Pairs that people looked at carry what they said."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from ...scripting.declared import checked_call
from .contract import Batch, Flag, Outcome


@checked_call
@dataclass(frozen=True)
class Reviewed:
    """Flags pairs that reviewers agreed with, relabelled, or could not decide on (see `polypref review`)."""

    name: ClassVar[str] = "reviewed"
    version: ClassVar[int] = 1
    summary: ClassVar[str] = "flags pairs that people reviewed with what they decided"
    thresholds: ClassVar[dict[str, str]] = {}

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        """Reads review."""
        for row, decision in enumerate(batch.column("review")):
            if decision is not None:
                yield row, Flag(f"review_{decision}")
