"""Pairs that were taken back from an earlier release, or that hold a text that was."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import ClassVar

from ...files.atomic import fingerprint
from ...text.messages import Beside, texts_beside
from ..retracted import Part, Retracted, read_file
from .contract import SIDES, Batch, Outcome, Reject, Subject


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
    version: ClassVar[int] = 2
    summary: ClassVar[str] = "rejects pairs that were taken back from an earlier release, and pairs with their texts"
    thresholds: ClassVar[dict[str, str]] = {}
    subjects: ClassVar[tuple[Subject, ...]] = ("prompt", "answer", "pair")

    def __post_init__(self) -> None:
        digest = fingerprint(self.known.ids, [(one.salt, one.marks) for one in self.known.texts])
        object.__setattr__(self, "digest", digest)

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        """Reads ids, prompt and answers: whole prompts are taken back, texts of answers, and by their ids pairs
        and answers (rows of single answers go by the answer's).
        """
        ids = [name for name in ("pair_id", "completion_id", "prompt_id", "group_id") if name in batch.names]
        answers = [name for name in ("answer", *SIDES) if name in batch.names]
        for row, prompt in enumerate(batch.column("prompt")):
            texts = [batch.column(name)[row] for name in answers]
            own = [batch.column(name)[row] for name in ids]
            if part := self.known.known(own, prompt, texts[:1], texts[1:], _beside(batch, row)):
                named = answers[0] if part == "chosen" else part
                yield row, Reject("taken_back" if part == "id" else f"{named}_taken_back")


#: Columns of turns that are more than a text, and the part of a row that they are of; an answer counts as chosen.
_WHOLE: tuple[tuple[str, Part], ...] = (
    *(("messages", "prompt"), ("message", "chosen")),
    *(("chosen_message", "chosen"), ("rejected_message", "rejected")),
)


def _beside(batch: Batch, row: int) -> dict[Part, Beside]:
    """What stands in a row's turns beside what they say."""
    whole: dict[Part, list[str]] = {}
    for name, part in _WHOLE:
        if name in batch.names and (text := batch.column(name)[row]):
            whole.setdefault(part, []).append(text)
    return {part: texts_beside(texts) for part, texts in whole.items()}


def not_retracted(log: str | None, previous: Path | None) -> tuple[NotRetracted, ...]:
    """The check for what was taken back from earlier releases; none where nothing was.

    Args:
        log: a changelog's file, or None.
        previous: the folder of an earlier release, whose changelog counts too, or None.

    Returns:
        one check or none, to stand first in a chain.

    Raises:
        UserError: a changelog cannot be read, is none of a release, or a newer polypref wrote it.
    """
    known = known_retractions(log, previous)
    return (NotRetracted(known),) if known else ()


def known_retractions(log: str | None, previous: Path | None) -> Retracted:
    """What was taken back from earlier releases.

    Args:
        log: as in `not_retracted`.
        previous: as there.

    Returns:
        What all these changelogs say.

    Raises:
        UserError: as there.
    """
    logs = [Path(log)] if log else []
    if previous and (beside := previous / "CHANGELOG.md").is_file():
        logs.append(beside)
    return reduce(Retracted.joined, map(read_file, logs), Retracted())
