"""The language filter: a prompt in its language, answers in the language they are asked for."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from ...errors import UserError
from ...language_id import Identifier
from . import Batch, Flag, Outcome, Reject


@dataclass(frozen=True)
class Language:
    """Rejects pairs whose prompt is not in `language` or whose chosen answer is not in `response_language`.

    Attributes:
        identifier: how a text's language is decided, and among which languages.
        rejected: what happens when only the rejected answer is in another language: `flag` keeps the pair, a useful
            negative, with the flag language_confusion; `reject` drops it.
    """

    identifier: Identifier = field(default_factory=Identifier)
    rejected: Literal["flag", "reject"] = "flag"
    name: ClassVar[str] = "language"
    version: ClassVar[int] = 1
    summary: ClassVar[str] = "prompt in its language, answers in the language asked for"

    def __post_init__(self) -> None:
        if self.rejected not in ("flag", "reject"):
            raise UserError(f"language filter: rejected is flag or reject, not '{self.rejected}'")

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        """Reads prompt, chosen and rejected."""
        for role in ("prompt", "chosen", "rejected"):
            expected = batch.column("language" if role == "prompt" else "response_language")
            for row, check in enumerate(self.identifier.check_many(batch.texts(role), expected)):
                if check.status == "undetermined":
                    yield row, Flag(f"{role}_language_undetermined")
                elif check.status == "other":
                    yield row, self._wrong(role, check.found)

    def _wrong(self, role: str, found: str) -> Reject | Flag:
        if role == "rejected" and self.rejected == "flag":
            return Flag("language_confusion")
        return Reject(f"{role}_in_another_language", found)
