"""Refusals and AI boilerplate, by lists of phrases in each language: `refusals` in polypref/data/languages/TAG.toml.

In a phrase `(a|b)` means a or b, `(a|)` a or nothing, `*` that the word may go on, and `…` anything up to the end of
the sentence, 80 characters at most; a phrase that ends in `…` counts where the answer is cut off within that sentence,
as in `I'm sorry, but I can`. Case, white space, composed or decomposed letters, the form of apostrophes, Arabic
vowel signs, the forms of alef, yeh and kaf, the Persian joint, nukta and chandrabindu make no difference. Lists of
one's own (`Refusals.folder`) are files LANG.tsv with the columns kind (refusal | boilerplate | idiom), phrase, source
and reviewer. Idioms have the words of a refusal and say something else: "I can't thank you enough", "I can't help but
smile"; what is left of a text without them has to hold a refusal, or a phrase has to go on behind them: "I can't help
but decline".

A phrase that nobody named has reviewed can flag, never reject.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar, Literal

from ... import languages
from ...errors import UserError
from ...languages import Phrase
from ...languages.phrases import STOP, Index, Pattern, Texts, bounds_of, compiled, normal
from ...languages.tasks import asks_for_declining
from ...scripting.bounds import Natural
from ...scripting.declared import check_fields, checked_call
from .common import Action, OfTexts, Role
from .contract import Batch, Flag, Outcome, Reject

Kind = Literal["refusal", "boilerplate"]
_KINDS: dict[str, Literal["refusal", "boilerplate", "idiom"]] = {
    "refusal": "refusal", "boilerplate": "boilerplate", "idiom": "idiom"
}  # fmt: skip
_COLUMNS = ["kind", "phrase", "source", "reviewer"]

# What an answer may open with before its first word: white space, Markdown, quotation marks.
_OPENING = " \t\r\n*#>_\"'“„«「-"
# What somebody else says: a quotation behind other words, closed or not. One that opens an answer may be all of it.
_QUOTED = re.compile('(?<=\\S)\\s?["“„«「『][^"“”»」』]*(?:["”“»」』]|\\Z)')
# A syllable of Hangul has three, a letter of Vietnamese too.
_PARTS_OF_A_LETTER = 3
# Before a refusal: the beginning, the end of a sentence, or what sets off a greeting.
_START = rf"(?:\A|[{STOP},،，、；;:：)\"”»*-]) ?"


@checked_call
@dataclass(frozen=True)
class Refusals(OfTexts):
    """Flags answers that begin with a refusal, answers with AI boilerplate, and answers to harmful prompts.

    Flags: chosen_refusal, chosen_boilerplate (rejected_... for the other answer), harmful_prompt. English phrases are
    looked for in every language. What an answer quotes behind other words is no refusal of its own, and where the
    prompt asks for a letter of refusal or an apology none is flagged. Where a prompt bears a harmful label a refusal is
    no error and is not flagged; a chosen answer that is no refusal is: harmful_prompt.

    Attributes:
        action: flag, or reject: a chosen answer then goes for a phrase that a named person has reviewed, and only for
            such a phrase.
        roles: which answers are read.
        harmful_labels: labels of a source or of a safety model that call a prompt harmful.
        head: a refusal begins within so many characters of the answer.
        folder: a folder of lists LANG.tsv to use in place of the bundled ones.

    """

    name: ClassVar[str] = "refusals"
    version: ClassVar[int] = 9
    answer_reasons: ClassVar[tuple[str, ...]] = ("refusal", "boilerplate")
    summary: ClassVar[str] = "answers that refuse or speak as an AI model, and answers given to harmful prompts"
    thresholds: ClassVar[dict[str, str]] = {
        "action": "flags, as no list has been reviewed; of 166 refusals flagged in 16,202 answers that the lists were "
        "not written from (15 languages) 163 were refusals by one count, of 117 boilerplates 115; of 10,614 sentences "
        "and paragraphs of sound text 3 were flagged; version 4 flags 4 more of 30,949 answers, all refusals",
        "roles": "both: a refusal preferred to an answer is mostly an error, a refusal rejected for one mostly none",
        "harmful_labels": "the words that moderation labels have in common; a source with others must name its own",
        "head": "refusals come first, or after a greeting: of 11,920 answers 157 are flagged within 50 characters, 181 "
        "within 200, and only 6 more within 1,000",
    }

    action: Action = "flag"
    roles: tuple[Role, ...] = ("chosen", "rejected")
    harmful_labels: tuple[str, ...] = ("harmful", "unsafe", "toxic")
    head: Natural = 200
    folder: str | None = None

    def __post_init__(self) -> None:
        check_fields(self)
        if self.folder is not None:
            _check_folder(Path(self.folder))

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        """Reads chosen, rejected, response_language and labels; flags, or rejects by reviewed phrases."""
        harmful = [bool(set(labels or ()).intersection(self.harmful_labels)) for labels in batch.column("labels")]
        tags = batch.column("response_language")
        for role in batch.roles_of(self.roles):
            may_be_chosen = role == "chosen" or (role == "answer" and "chosen" in self.roles)
            texts = batch.texts(role)
            heads = [self._head(text) for text in texts]
            for row, phrase in enumerate(self.find("refusal", heads, tags)):
                if phrase and not harmful[row]:
                    if not asks_for_declining(batch.prompts[row], batch.column("language")[row]):
                        yield row, self._outcome(role, phrase, may_be_chosen)
                elif harmful[row] and not phrase and may_be_chosen:
                    yield row, Flag("harmful_prompt", ("chosen",))
            for row, phrase in enumerate(self.find("boilerplate", texts, tags)):
                if phrase:
                    yield row, self._outcome(role, phrase, may_be_chosen)

    def _head(self, text: str) -> str:
        """Where a refusal may begin; half of the letters are for what stands before."""
        composed = unicodedata.normalize("NFC", text[: _PARTS_OF_A_LETTER * 2 * self.head])
        start = composed[: 2 * self.head].lstrip(_OPENING)
        # A head that goes on is not cut off where it ends.
        head = _QUOTED.sub(' ""', start[: self.head])
        return head if len(start) <= self.head else head + "."

    def find(self, kind: Kind, texts: Sequence[str], tags: Sequence[str]) -> list[Phrase | None]:
        """The phrases that texts hold.

        Args:
            kind: which phrases.
            texts: beginnings of answers for refusals, whole answers for boilerplate.
            tags: the texts' languages.

        Returns:
            a phrase of its language or of English for each text, one that a person has reviewed before others; None
            where it holds none.

        Raises:
            UserError: a list in `folder` is malformed.
        """
        phrases_of_texts: list[Phrase | None] = [None] * len(texts)
        rows_of: dict[str, list[int]] = {}
        for row, tag in enumerate(tags):
            rows_of.setdefault(tag, []).append(row)
        for tag, rows in rows_of.items():
            stamps = _stamps(tag, self.folder)
            index, phrases, patterns = _index(kind, tag, self.folder, stamps)
            idioms = _idioms(tag, self.folder, stamps) if kind == "refusal" else ()
            for place, number in index.find(Texts.of([texts[row] for row in rows])):
                one, before = phrases[number], phrases_of_texts[rows[place]]
                if idioms and not _holds_without(idioms, texts[rows[place]], patterns[number]):
                    continue
                if before is None or (one.reviewer and not before.reviewer):
                    phrases_of_texts[rows[place]] = one
        return phrases_of_texts

    def refusing(self, texts: Sequence[str], tags: Sequence[str]) -> list[bool]:
        """Which answers begin with a refusal.

        Args:
            texts: whole answers.
            tags: their languages.

        Returns:
            for each text whether a phrase of its language, or of English, says so.

        Raises:
            UserError: a list in `folder` is malformed.
        """
        return [phrase is not None for phrase in self.find("refusal", [self._head(text) for text in texts], tags)]

    def _outcome(self, role: str, phrase: Phrase, may_be_chosen: bool) -> Reject | Flag:
        if self.action == "reject" and may_be_chosen and phrase.reviewer:
            return Reject(phrase.kind, phrase.text, ("chosen",))
        return Flag(f"{role}_{phrase.kind}")


def _check_folder(folder: Path) -> None:
    """Refuses a folder that would leave every answer unread, and lists that none of the languages would be read by.

    Raises:
        UserError: it holds no list, or one that no language's tag is the name of.
    """
    lists = sorted(folder.glob("*.tsv"))
    if not lists:
        raise UserError(f"Refusals(folder={str(folder)!r}): there is no list TAG.tsv; name the folder that holds them")
    for path in lists:
        if languages.find(path.stem) is None:
            raise UserError(f"{path}: a list is called by a language's tag, as de.tsv; no language has {path.stem!r}")


def load_phrases(path: Path) -> tuple[Phrase, ...]:
    """Reads a list of phrases.

    Args:
        path: a file TAG.tsv; its name says the language.

    Returns:
        its phrases, in the file's order.

    Raises:
        UserError: the file is no such list.
    """
    lines = path.read_text("utf-8").splitlines()
    if not lines or lines[0].split("\t") != _COLUMNS:
        raise UserError(f"{path}:1 must name the columns {', '.join(_COLUMNS)}, separated by tabs")
    phrases = []
    for number, line in enumerate(lines[1:], 2):
        kind, *rest = line.split("\t")
        blank = rest[2:] and rest[2] and not rest[2].strip()  # would count as a person's name
        if len(rest) != 3 or blank or kind not in _KINDS or not rest[0] or not rest[1]:
            raise UserError(
                f"{path}:{number} needs a kind (refusal, boilerplate or idiom), a phrase, a source and a reviewer"
            )
        try:
            compiled(rest[0], bounds_of(languages.get(path.stem)), None)
        except ValueError as error:
            raise UserError(f"{path}:{number}: {error}") from None
        phrases.append(Phrase(_KINDS[kind], *rest))
    return tuple(phrases)


@cache
def _index(
    kind: Kind, language: str, folder: str | None, stamps: tuple[tuple[int, int], ...]
) -> tuple[Index, tuple[Phrase, ...], tuple[Pattern, ...]]:
    """The index of a language's phrases and of English ones, these, and as patterns; read again where the stamps of a
    list differ.
    """
    phrases: list[Phrase] = []
    patterns: list[Pattern] = []
    for tag in dict.fromkeys((language, "en")):
        for phrase in _phrases(tag, folder):
            if phrase.kind == kind:
                phrases.append(phrase)
                try:
                    patterns.append(
                        compiled(phrase.text, bounds_of(languages.get(tag)), _START if kind == "refusal" else None)
                    )
                except ValueError as error:
                    raise UserError(f"refusals of the language {tag}: {error}") from None
    return Index(patterns), tuple(phrases), tuple(patterns)


@cache
def _idioms(language: str, folder: str | None, stamps: tuple[tuple[int, int], ...]) -> tuple[Pattern, ...]:
    """What has the words of a refusal and is none, in a language and in English."""
    return tuple(
        compiled(phrase.text, bounds_of(languages.get(tag)), None)
        for tag in dict.fromkeys((language, "en"))
        for phrase in _phrases(tag, folder)
        if phrase.kind == "idiom"
    )


def _holds_without(idioms: Sequence[Pattern], text: str, phrase: Pattern) -> bool:
    """Whether a text holds a phrase outside idioms, or one that goes on behind them: "I can't help but decline"."""
    left = whole = normal(text)
    standing = [idiom.expression for idiom in idioms if idiom.may_stand_in(whole)]
    for idiom in standing:
        left = idiom.sub(";", left)
    if left == whole or phrase.stands_in(left):
        return True
    ends = {match.end() for match in phrase.expression.finditer(whole)}
    return any(all(_goes_on(idiom, whole, end) for idiom in standing) for end in ends)


def _goes_on(idiom: re.Pattern[str], text: str, end: int) -> bool:
    """Whether no idiom of this form stands around a place of a text, or ends there."""
    return not any(match.start() < end <= match.end() for match in idiom.finditer(text))


def _stamps(tag: str, folder: str | None) -> tuple[tuple[int, int], ...]:
    """Time and size of the lists in a folder that are read for a language."""
    paths = [Path(folder, f"{name}.tsv") for name in (tag, "en")] if folder else []
    return tuple((path.stat().st_mtime_ns, path.stat().st_size) for path in paths if path.is_file())


def _phrases(tag: str, folder: str | None) -> tuple[Phrase, ...]:
    """The phrases of one language: those of its file, or of a list in the folder."""
    if folder is None:
        language = languages.find(tag)
        return language.refusals if language else ()
    path = Path(folder) / f"{tag}.tsv"
    return load_phrases(path) if path.is_file() else ()
