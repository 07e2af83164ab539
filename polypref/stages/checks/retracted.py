"""Pairs that were taken back from an earlier release, or that hold a text that was."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import ClassVar

from ...files.atomic import fingerprint
from ..retracted import Retracted, read_file
from .contract import Batch, Outcome, Reject


@dataclass(frozen=True)
class NotRetracted:
    """Rejects pairs that a released dataset's changelog says were taken back, by their ids or by their texts.

    No part of a chain that a builder declares: a build puts it first where it is told what was taken back.

    Attributes:
        known: what was taken back; in fingerprints and provenance only `digest` stands for it.
        digest: of that.
    """

    known: Retracted = field(metadata={"settings": False})
    digest: str = ""
    name: ClassVar[str] = "retracted"
    version: ClassVar[int] = 1
    summary: ClassVar[str] = "rejects pairs that were taken back from an earlier release, and pairs with their texts"
    thresholds: ClassVar[dict[str, str]] = {}

    def __post_init__(self) -> None:
        digest = fingerprint(self.known.ids, [(one.salt, one.marks) for one in self.known.texts])
        object.__setattr__(self, "digest", digest)

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        """Reads the ids, prompt, chosen and rejected."""
        names = ("pair_id", "prompt_id", "group_id", "prompt", "chosen", "rejected")
        for row, (*ids, prompt, chosen, rejected) in enumerate(zip(*map(batch.column, names), strict=True)):
            if part := self.known.known(ids, prompt, [chosen], [rejected]):
                yield row, Reject("taken_back" if part == "id" else f"{part}_taken_back")


def not_retracted(log: str | None, previous: str | None) -> tuple[NotRetracted, ...]:
    """The check for what was taken back from earlier releases; none where nothing was.

    Args:
        log: a changelog's file, or None.
        previous: the folder of an earlier release, whose changelog counts too, or None.

    Returns:
        one check or none, to stand first in a chain.

    Raises:
        UserError: a changelog cannot be read, is none of a release, or a newer polypref wrote it.
    """
    logs = [Path(log)] if log else []
    if previous and (beside := Path(previous) / "CHANGELOG.md").is_file():
        logs.append(beside)
    known = reduce(Retracted.joined, map(read_file, logs), Retracted())
    return (NotRetracted(known),) if known else ()
