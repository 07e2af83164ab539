"""The language filter: a prompt in its language, answers in the language they are asked for, thoughts in the same."""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from ... import languages
from ...errors import UserError
from ...languages.allowed import (
    Translation,
    allowed_languages,
    held_language,
    is_allowed,
    may_ask_for_another,
    may_be_untranslated,
    quotes_another,
    translation_beside,
    untranslated,
)
from ...languages.copies import may_show_source
from ...languages.detectors import knows
from ...languages.identifier import Check, Identifier
from ...languages.instructions import is_instruction_beside_text
from ...languages.latin_letters import is_asked_in_latin_letters
from ...languages.tasks import language_task
from ...scripting.declared import checked_call
from ...text.held import sentences_in_code
from ...text.messages import without_calls
from .asked import instruction, naming_rows, translation_rows
from .asked_repetition import without_asked_repetition
from .common import Action, outcome
from .contract import SIDES, Batch, Flag, Outcome, Reject, Subject


@checked_call
@dataclass(frozen=True)
class Language:
    """Rejects prompts that are not in `language` and answers that are not in `response_language`.

    Attributes:
        identifier: how a text's language is decided, and among which languages.
        rejected: whether an answer in another language may still be the rejected one: `flag`, it may, as a useful
            negative, and its pair has the flag language_confusion; `reject`, it may not.
        thoughts: what becomes of an answer whose thought, apart from it, is not in `response_language`: `flag`, its
            pair has the flag chosen_thought_in_another_language or rejected_...; `reject`, it is not used; `free`,
            thoughts may be in any language, and none is looked at.
    """

    identifier: Identifier = field(default_factory=Identifier)
    rejected: Literal["flag", "reject"] = "flag"
    thoughts: Literal["flag", "reject", "free"] = "flag"
    name: ClassVar[str] = "language"
    version: ClassVar[int] = 20
    subjects: ClassVar[tuple[Subject, ...]] = ("prompt", "answer")
    answer_reasons: ClassVar[tuple[str, ...]] = ("answer_in_another_language", "answer_thought_in_another_language")
    summary: ClassVar[str] = "prompt in its language, answers in the language asked for"
    thresholds: ClassVar[dict[str, str]] = {
        "identifier": "its rule was set on Tatoeba sentences; on other texts of 40 characters or more 98.6 to 100% of "
        "the 23 languages' pass (of short Indonesian law 71%), and 1.1% (40 to 99 characters) and 0.3% (100 and more) "
        "of texts in 440 others",
        "rejected": "flag: an answer in the wrong language is a useful negative, and 25 of 1,470 pairs of m-ArenaHard "
        "have one",
        "thoughts": "flag: most models think in English whatever they are asked in, and the answer is sound all the "
        "same; not measured",
    }

    def __post_init__(self) -> None:
        if self.rejected not in ("flag", "reject"):
            raise UserError(f"language filter: rejected is flag or reject, not '{self.rejected}'")

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        """Reads prompt, chosen and rejected."""
        for role in batch.roles_of(("prompt", *SIDES)):
            texts = batch.texts(role)
            checks = self.identifier.check_many(texts, batch.tags(role), batch.proses(role))
            if role != "prompt":
                checks = self._without_repetition(batch, role, checks)
            tags, sources = batch.tags(role), batch.column("language")
            own = [row for row, tag in enumerate(tags) if texts[row] and tag == sources[row] and role != "prompt"]
            naming = naming_rows(batch, own)
            beside = self._beside(batch, role, checks, naming)
            for row, check in enumerate(checks):
                if not without_calls(texts[row]) and texts[row]:
                    continue  # calls of tools alone are in no language
                if check.status == "undetermined":
                    if _is_known_to(self.identifier, tags[row]):
                        yield row, Flag(f"{role}_language_undetermined")
                    else:  # a longer text could not be told either
                        yield row, Flag(f"{role}_language_not_checked")
                elif row in beside:
                    if check.status == "other" and beside[row].wrong is None:
                        yield row, Flag("cross_lingual_task")
                elif check.status == "other" and self._is_asked_for(batch, role, row, check.language, texts[row]):
                    yield row, Flag("cross_lingual_task")
                elif check.status == "other":
                    yield row, self._wrong(role, check.language)
            if role != "prompt":
                yield from ((row, self._wrong(role, one.wrong)) for row, one in beside.items() if one.wrong)
                yield from self._untranslated(batch, role, checks, beside, translation_rows(batch, naming))
        if self.thoughts != "free" and "answer_message" in batch.names:
            yield from self._of_thoughts(batch)

    def _without_repetition(self, batch: Batch, role: str, checks: Sequence[Check]) -> list[Check]:
        """The checks of answers, of some without what their prompts ask to be said again and again.

        A detector reads one sentence, or one word, that stands ten times ten times as surely as it should.
        """
        texts, tags, asked = batch.texts(role), batch.tags(role), batch.column("language")
        rests = {
            row: without_asked_repetition(texts[row], batch.prompts[row], languages.get(tags[row]).spaces, asked[row])
            for row, check in enumerate(checks)
            if check.status == "other"
        }
        rows = [row for row, rest in rests.items() if rest != texts[row]]
        again = self.identifier.check_many([rests[row] for row in rows], [tags[row] for row in rows])
        of_rest = dict(zip(rows, again, strict=True))
        return [of_rest.get(row, check) for row, check in enumerate(checks)]

    def _is_asked_for(self, batch: Batch, role: str, row: int, language: str, text: str) -> bool:
        """Whether a text in another language is what its prompt asks for, or a prompt that quotes it."""
        tag = batch.tags(role)[row]
        if role == "prompt":
            return quotes_another(text, tag, self.identifier) or is_instruction_beside_text(text, tag, self.identifier)
        if tag != batch.column("language")[row]:  # the source says what it is to be in
            return False
        prompt = instruction(batch, row)
        if is_asked_in_latin_letters(text, language, prompt, tag):
            return True
        allowed = allowed_languages(prompt, tag, self.identifier, text)
        return is_allowed(text, language, tag, allowed, prompt, self.identifier)

    def _beside(
        self, batch: Batch, role: str, checks: Sequence[Check], naming: Collection[int]
    ) -> dict[int, Translation]:
        """Of rows whose prompts may name a language, answers that show what was to be translated: what is beside it."""
        texts, tags = batch.texts(role), batch.tags(role)
        beside: dict[int, Translation | None] = {}
        # Of a prompt it is looked once, whatever the number of its answers.
        may_be_asked: dict[tuple[str, str], bool] = {}
        for row in naming:
            prompt = instruction(batch, row)
            if checks[row].status == "other" or may_show_source(texts[row], prompt):
                key = (prompt, tags[row])
                if key not in may_be_asked:
                    may_be_asked[key] = may_ask_for_another(*key)
                if may_be_asked[key]:
                    beside[row] = translation_beside(texts[row], tags[row], prompt, self.identifier)
        return {row: one for row, one in beside.items() if one is not None}

    def _untranslated(
        self, batch: Batch, role: str, checks: Sequence[Check], beside: Collection[int], asked: Collection[int]
    ) -> Iterator[Outcome]:
        """Translations that are none, in answers that seem to be in their language, or in none.

        `asked`: rows whose prompts ask for a translation.
        """
        texts, tags, sources = batch.texts(role), batch.tags(role), batch.column("language")
        for row, check in enumerate(checks):
            if check.status == "other" or not texts[row] or row in beside:
                continue
            language, bare = None, check.status == "undetermined"
            prompt = instruction(batch, row)
            if row in asked or (
                tags[row] == sources[row] and may_be_untranslated(texts[row], tags[row], prompt, self.identifier, bare)
            ):
                task = language_task(prompt, tags[row])
                language = untranslated(texts[row], tags[row], task, prompt, self.identifier, bare)
            if language is None and bare and row not in asked:
                language = held_language(texts[row], tags[row], self.identifier, prompt)
                held = sentences_in_code(texts[row]) if language is not None else ""
                if language is not None and self._is_asked_for(batch, role, row, language, held):
                    language = None
            if language is not None:
                yield row, self._wrong(role, language)

    def _of_thoughts(self, batch: Batch) -> Iterator[Outcome]:
        """What is wrong with the language of the thoughts of answers; one that cannot be told is no fault."""
        messages = enumerate(batch.column("answer_message"))
        thoughts = {row: json.loads(message).get("thinking") for row, message in messages if message is not None}
        rows = [row for row, thought in thoughts.items() if thought]
        tags = batch.column("response_language")
        checks = self.identifier.check_many([thoughts[row] for row in rows], [tags[row] for row in rows])
        for row, check in zip(rows, checks, strict=True):
            if check.status == "other":
                action: Action = "reject" if self.thoughts == "reject" else "flag"
                yield row, outcome(action, "answer_thought_in_another_language", check.language)

    def _wrong(self, role: str, language: str) -> Reject | Flag:
        if role == "rejected" and self.rejected == "flag":
            return Flag("language_confusion")
        only_chosen = role == "answer" and self.rejected == "flag"
        return Reject(f"{role}_in_another_language", language, ("chosen",) if only_chosen else None)


def _is_known_to(identifier: Identifier, tag: str) -> bool:
    labels: tuple[str, ...] = getattr(languages.get(tag).codes, identifier.detector)
    return knows(identifier.detector, labels, identifier.model)
