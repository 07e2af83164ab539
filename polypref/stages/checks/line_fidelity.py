"""Answers that slip into another language for some of their lines."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from ...languages.allowed import Allowed, Translation, allowed_languages, translation_beside
from ...languages.asked_for import allowed_lines, may_have_latin
from ...languages.fidelity import Lines, check_lines, english_words
from ...languages.identifier import Identifier
from ...scripting.bounds import Natural, Share
from ...scripting.declared import checked_call
from .asked import are_as_asked, instruction
from .common import Role
from .contract import Batch, Flag, Outcome, Reject, Subject


@checked_call
@dataclass(frozen=True)
class LineFidelity:
    """Rejects pairs whose chosen answer has too many lines in another language, and flags those with some.

    Lines are checked as in the Language Confusion Benchmark (see polypref.languages.fidelity), long ones by groups of
    sentences, entries of a bibliography not at all; in other scripts than Latin, English words among other
    letters are counted too and only flag.

    Attributes:
        identifier: decides on a line.
        least_right: least share of the lines that must be in the language.
        most_wrong: largest share of the words of these lines that may be in another.
        most_words: most English words in an answer in another script before it is flagged.
        longest: longer lines are cut at ends of sentences, in characters.
    """

    identifier: Identifier = field(default_factory=Identifier)
    least_right: Share = 0.6
    most_wrong: Share = 0.3
    most_words: Natural = 4
    longest: Natural = 400
    name: ClassVar[str] = "line_fidelity"
    version: ClassVar[int] = 19
    roles: ClassVar[tuple[Role, ...]] = ("chosen",)
    subjects: ClassVar[tuple[Subject, ...]] = ("answer",)
    answer_reasons: ClassVar[tuple[str, ...]] = ("answer_lines_in_another_language",)
    summary: ClassVar[str] = "chosen answers with lines in another language"
    thresholds: ClassVar[dict[str, str]] = {
        "least_right": "at 0.6, 0.3% of 2,430 gpt-4 answers go, half of them answers in English; at 0.75 lists of "
        "foreign names begin to go",
        "most_wrong": "0.3: of gpt-4 answers that change language in the middle 94% are then rejected here or by "
        "language, 90% without it; one sound text more of 3,874 goes, three at 0.25",
        "most_words": "8 of 2,430 gpt-4 answers hold more than 4, and all 8 hold more than 9",
        "longest": "a change of language inside a paragraph is seen from about three sentences on",
    }

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        """Rejects `<role>_lines_in_another_language`, flags `line_in_another_language` and more."""
        for role in batch.roles_of(self.roles):
            yield from self._examine(role, batch)

    def _allowed(self, batch: Batch, row: int, tag: str, text: str) -> Allowed | None:
        """The other languages that the lines of an answer may be in; None where there are none."""
        if tag != batch.column("language")[row]:  # the source says what it is to be in
            return None
        return allowed_languages(instruction(batch, row), tag, self.identifier, text) or None

    def _beside(self, batch: Batch, row: int, tag: str, text: str) -> Translation | None:
        """The translation in an answer that shows its source as well, where it is in the language asked for."""
        if tag != batch.column("language")[row]:
            return None
        beside = translation_beside(text, tag, instruction(batch, row), self.identifier)
        return beside if beside and beside.wrong is None else None

    def _lines_beside(self, beside: Translation, tag: str) -> Lines:
        """What the lines of a translation are in."""
        others = [tuple(sorted(beside.languages - {tag}))]
        (lines,) = check_lines(
            [beside.text], [tag], self.identifier, longest=self.longest, references=False, also=others
        )
        return lines

    def _examine(self, role: str, batch: Batch) -> Iterator[Outcome]:
        texts, tags, proses = batch.texts(role), batch.tags(role), batch.proses(role)
        lines = check_lines(
            texts, tags, self.identifier, longest=self.longest, references=False, proses=proses, count_sound=False
        )
        for row, fidelity in enumerate(lines):
            if fidelity.wrong and are_as_asked(batch, row, texts[row], tags[row], fidelity):
                continue
            if fidelity.wrong and (beside := self._beside(batch, row, tags[row], texts[row])):
                fidelity = self._lines_beside(beside, tags[row])
                yield row, Flag("cross_lingual_task")
            elif fidelity.wrong and (allowed := self._allowed(batch, row, tags[row], texts[row])):
                fidelity = allowed_lines(texts[row], tags[row], allowed, self.identifier, self.longest, False)
                yield row, Flag("cross_lingual_task")
            if fidelity.accuracy < self.least_right or fidelity.wrong_share > self.most_wrong:
                at, language = fidelity.wrong[0]
                yield row, Reject(f"{role}_lines_in_another_language", f"{language}, line {at + 1}")
            elif fidelity.wrong:
                yield row, Flag("line_in_another_language")
            if len(english_words(proses[row], tags[row])) > self.most_words:
                asked = self._allowed(batch, row, tags[row], texts[row])
                if asked is None or not may_have_latin(asked):
                    yield row, Flag("english_words")
