"""The language filter: a prompt in its language, answers in the language they are asked for."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from ...errors import UserError
from ...languages.identifier import Identifier
from ...scripting.declared import checked_call
from .contract import SIDES, Batch, Flag, Outcome, Reject, Subject


@checked_call
@dataclass(frozen=True)
class Language:
    """Rejects prompts that are not in `language` and answers that are not in `response_language`.

    Attributes:
        identifier: how a text's language is decided, and among which languages.
        rejected: whether an answer in another language may still be the rejected one: `flag`, it may, as a useful
            negative, and its pair has the flag language_confusion; `reject`, it may not.
    """

    identifier: Identifier = field(default_factory=Identifier)
    rejected: Literal["flag", "reject"] = "flag"
    name: ClassVar[str] = "language"
    version: ClassVar[int] = 5
    subjects: ClassVar[tuple[Subject, ...]] = ("prompt", "answer")
    answer_reasons: ClassVar[tuple[str, ...]] = ("answer_in_another_language",)
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
        for role in batch.roles_of(("prompt", *SIDES)):
            checks = self.identifier.check_many(batch.texts(role), batch.tags(role), batch.proses(role))
            for row, check in enumerate(checks):
                if check.status == "undetermined":
                    yield row, Flag(f"{role}_language_undetermined")
                elif check.status == "other":
                    yield row, self._wrong(role, check.language)

    def _wrong(self, role: str, language: str) -> Reject | Flag:
        if role == "rejected" and self.rejected == "flag":
            return Flag("language_confusion")
        only_chosen = role == "answer" and self.rejected == "flag"
        return Reject(f"{role}_in_another_language", language, ("chosen",) if only_chosen else None)
