"""The language filter: a prompt in its language, answers in the language they are asked for."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from ...errors import UserError
from ...languages.identifier import Identifier
from .contract import Batch, Flag, Outcome, Reject


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
    version: ClassVar[int] = 3
    summary: ClassVar[str] = "prompt in its language, answers in the language asked for"
    thresholds: ClassVar[dict[str, str]] = {
        "identifier": "its rule was set on Tatoeba sentences; on other texts of 40 characters or more 99.8 to 100% of "
        "the 23 languages' pass, and 1.6% (40 to 99 characters) and 0.5% (100 and more) of 22 neighbours'",
        "rejected": "flag: an answer in the wrong language is a useful negative, and 25 of 1,470 pairs of m-ArenaHard "
        "have one",
    }

    def __post_init__(self) -> None:
        if self.rejected not in ("flag", "reject"):
            raise UserError(f"language filter: rejected is flag or reject, not '{self.rejected}'")

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        """Reads prompt, chosen and rejected."""
        for role in ("prompt", "chosen", "rejected"):
            expected = batch.column("language" if role == "prompt" else "response_language")
            checks = self.identifier.check_many(batch.texts(role), expected, batch.proses(role))
            for row, check in enumerate(checks):
                if check.status == "undetermined":
                    yield row, Flag(f"{role}_language_undetermined")
                elif check.status == "other":
                    yield row, self._wrong(role, check.language)

    def _wrong(self, role: str, language: str) -> Reject | Flag:
        if role == "rejected" and self.rejected == "flag":
            return Flag("language_confusion")
        return Reject(f"{role}_in_another_language", language)
