"""What was taken back from a released dataset, known by ids and by salted hashes of its texts.

A changelog (CHANGELOG.md) says it. A text is known again by its normal form, in any row, column, config and language:
as a turn of a prompt, as a chosen or as a rejected answer, as a thought, as a text in a call of a tool or in the JSON
that a tool answers, and as a rationale. One under 20 characters (blanks in a row count as one, what is invisible as
none) says too little alone and counts only together with its prompt, or not at all where it stands within a turn. Parts
of texts, paraphrases and translations are other texts; system messages and schemas of tools, which rows share, are not
looked at.

The salt stands beside the hashes, or nobody could check them. So what was taken back cannot be read there, but whoever
guesses a text can confirm the guess: a short one, or one made by a form, is not hidden.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from ..errors import UserError
from ..text.messages import Beside
from ..text.personal_data import KINDS, mask_pii

#: Characters under which a text counts only together with its prompt.
LEAST = 20
#: The normal form that new entries are made with; `read_retractions` refuses what it does not know.
FORM = 1
Of = Literal["prompt", "chosen", "rejected", "all"]
Part = Literal["id", "prompt", "chosen", "rejected", "rationale"]
"""By what a row was known again; a rationale is emptied, and its row stays."""
#: Parts of a row that hold texts.
PARTS: tuple[Part, ...] = ("prompt", "chosen", "rejected")
# What releases before 0.3 mask: no keys of services.
_KINDS_BEFORE = tuple(kind for kind in KINDS if kind != "secret")
NOTHING_BESIDE: Mapping[Part, Beside] = MappingProxyType({})
Turn = Mapping[str, str | None]
"""A message with role and content; a released file of somebody else's may hold none."""

# Whitespace, control characters, and what Unicode calls ignorable: zero-width and direction marks, soft hyphens,
# joiners, variation selectors, fillers, tags; the blank of Braille, and the stroke that only widens an Arabic word. A
# list, not the categories of whatever Python runs.
_INVISIBLE = re.compile(
    r"[\s\x00-\x1f\x7f-\xa0\xad\u034f\u061c\u0640\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202f\u2060-\u206f"
    r"\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0000-\U000e0fff]+"
)
# Hebrew has an apostrophe, a quotation mark and a hyphen of its own, for which those of other scripts are typed too.
_QUOTES, _DASHES = re.compile('["`ʻʼ׳״‘’‚‛“”„‟«»‹›′″]'), re.compile("[־‐‑‒–—―−]")
_SLASHES = re.compile("[⁄∕]")
# Turkish has an i with a dot and one without, each with its own capital; folding is not done by language.
_DOTS = re.compile("i\u0307+|ı\u0307*")
# Punctuation marks that mean something by themselves: "C#" is not "C".
_MEANINGFUL = frozenset("#%&@/\\")
# Formatters of Markdown change the bullets and the blanks around them.
_HEAD = re.compile(r"[-*+]\s+texts taken back, in whatever row \(normal form ([0-9]{1,4}), salt ([0-9a-f]{32})\):")
_MARK = re.compile(r"[-*+]\s+((?:text|prompt|with its prompt) [0-9a-f]{32})")
_ID = re.compile(r"[-*+]\s+([0-9a-f]{32})")
_VERSION = re.compile(r"^#+[ \t]*v?[0-9]", re.MULTILINE)


def _masked_before(text: str, masked: str) -> str:
    """What a text, which is now masked so, was in an earlier public release."""
    return mask_pii(text, _KINDS_BEFORE) if "[secret]" in masked else masked


def normal_form(text: str) -> str:
    """A text's normal form, number 1: equal for texts that differ in nothing that is read.

    Compatibility forms are taken apart (NFKD), whitespace, control characters and what is invisible are dropped, cases
    folded, letters put together again (NFKC), quotation marks, dashes and slashes made alike, and punctuation dropped
    from both ends, unless there is nothing else.

    Args:
        text: any text.

    Returns:
        its normal form; empty only for a text of which nothing is seen.

    Example:
        >>> normal_form("  C\u00ad# is  NOT… ")
        'c#isnot'
    """
    if text.isascii():
        text = _INVISIBLE.sub("", text).lower()
    else:
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKD", text))
        # Twice more: what was dropped may have kept marks from their order, and so may folding.
        text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
        text = unicodedata.normalize("NFKC", _DOTS.sub("i", text))
    text = _SLASHES.sub("/", _DASHES.sub("-", _QUOTES.sub("'", text)))
    begin, end = 0, len(text)
    while begin < end and _is_set(text[begin]):
        begin += 1
    while end > begin and _is_set(text[end - 1]):
        end -= 1
    return text[begin:end] or text


def _length(text: str) -> int:
    """How many characters of a text are seen, with one blank for any blanks in a row."""
    text = unicodedata.normalize("NFKC", text)
    return len(_INVISIBLE.sub(lambda run: " " if re.search(r"\s", run[0]) else "", text).strip())


def _is_set(character: str) -> bool:
    return unicodedata.category(character)[0] == "P" and character not in _MEANINGFUL


@dataclass(frozen=True)
class Row:
    """The texts of a row as they are compared: every turn of the prompt but the system's, and the answers.

    `long` are those that count alone, and the prompt as a whole where it does. `beside` is what stands in the turns of
    a part beside what they say, as far as it counts alone.
    """

    turns: tuple[str, ...]
    chosen: tuple[str, ...]
    rejected: tuple[str, ...]
    long: frozenset[str]
    beside: Mapping[Part, Beside] = field(default_factory=dict)

    @classmethod
    def variants(
        cls,
        prompt: Sequence[Turn],
        chosen: Sequence[str],
        rejected: Sequence[str],
        beside: Mapping[Part, Beside] = NOTHING_BESIDE,
    ) -> "list[Row]":
        """The row as it is and, where that is another, with personal data masked: public releases hold that.

        The earlier ones hold keys of services as they are.

        Args:
            prompt: its messages.
            chosen: the texts of its chosen answer.
            rejected: the texts of its rejected answer.
            beside: by part, what stands in its turns beside what they say.

        Returns:
            one row to three.
        """
        parts = [[m["content"] or "" for m in prompt if m["role"] != "system"], list(chosen), list(rejected)]
        parts += [texts for part in PARTS for texts in beside.get(part, Beside([], []))]
        masked = [[mask_pii(text) for text in part] for part in parts]
        before = [list(map(_masked_before, *two)) for two in zip(parts, masked, strict=True)]
        rows = [parts]
        rows += [other for other in (masked, before) if other not in rows]
        return [cls._of(*one) for one in rows]

    @classmethod
    def _of(cls, *texts: list[str]) -> "Row":
        parts, others = texts[:3], [_long_forms(some) for some in texts[3:]]
        forms = [tuple(map(normal_form, part)) for part in parts]
        lengths = [list(map(_length, part)) for part in parts]
        long = {
            form
            for part, numbers in zip(forms, lengths, strict=True)
            for form, number in zip(part, numbers, strict=True)
            if number >= LEAST
        }
        if sum(lengths[0]) + max(0, len(lengths[0]) - 1) >= LEAST:
            long.add(_one(forms[0]))
        turns, chosen, rejected = forms
        beside = {part: Beside(*others[2 * at : 2 * at + 2]) for at, part in enumerate(PARTS)}
        return cls(turns, chosen, rejected, frozenset(long), beside)

    @property
    def whole(self) -> str:
        """The prompt as one text."""
        return _one(self.turns)


def _long_forms(texts: list[str]) -> list[str]:
    """The normal forms of those that count alone."""
    return [normal_form(text) for text in texts if _length(text) >= LEAST]


def _one(turns: tuple[str, ...]) -> str:
    # No normal form holds a control character.
    return "\x1f".join(turns)


@dataclass(frozen=True)
class Texts:
    """Marks (kind and hash) of texts, with the salt of their hashes.

    Kinds: `text`, a turn or an answer wherever it stands; `prompt`, a prompt as a whole; `with its prompt`, a prompt
    and an answer to it.
    """

    salt: str
    marks: frozenset[str]

    def known(self, row: Row) -> Part | None:
        """Whether a row holds a text that was taken back.

        Args:
            row: its texts.

        Returns:
            the first part of it that does; None when none does.
        """
        for part, marks in self._all(row):
            if not self.marks.isdisjoint(marks):
                return part
        return None

    def has_form(self, form: str) -> bool:
        """Whether a text that stands by itself was taken back.

        Args:
            form: its normal form.

        Returns:
            whether it is one that counts alone.
        """
        return self._mark("text", form) in self.marks

    def of(self, row: Row, of: Of, named: bool) -> set[str]:
        """The marks of a row that is taken back: of texts in calls none, as rows share places, dates and addresses.

        Args:
            row: its texts.
            of: which of them.
            named: it was named by its prompt or group, which then counts however short it is.

        Returns:
            kind and hash of each, as a changelog lists them.
        """
        marks = set[str]()
        sides: tuple[tuple[Literal["chosen", "rejected"], tuple[str, ...]], ...]
        sides = ("chosen", row.chosen), ("rejected", row.rejected)
        for part, answers in sides:
            if of in (part, "all"):
                marks |= {self._answer(row, text) for text in answers} | self._thoughts(row, part)
        if of in ("prompt", "all"):
            marks |= {self._mark("text", text) for text in row.turns if text in row.long} | self._thoughts(
                row, "prompt"
            )
            if named or row.whole in row.long:
                marks.add(self._mark("prompt", row.whole))
            else:
                marks |= {self._mark("with its prompt", row.whole, text) for text in (*row.chosen, *row.rejected)}
        return marks

    def _all(self, row: Row) -> Iterator[tuple[Part, set[str]]]:
        """Every mark that could be there for a row."""
        # A conversation that goes on holds the shorter ones that it began with, their answers among its turns.
        begun = {self._mark("prompt", _one(row.turns[:end])) for end in range(1, len(row.turns) + 1)}
        answered = {mark for at, text in enumerate(row.turns) for mark in self._spoken(row.turns[:at], text)}
        chosen = {mark for text in row.chosen for mark in self._spoken(row.turns, text)}
        rejected = {mark for text in row.rejected for mark in self._spoken(row.turns, text)}
        for part, marks in zip(PARTS, (begun | answered, chosen, rejected), strict=True):
            values = row.beside[part].values if part in row.beside else []
            yield part, marks | self._thoughts(row, part) | {self._mark("text", text) for text in values}

    def _thoughts(self, row: Row, part: Part) -> set[str]:
        return {self._mark("text", text) for text in row.beside[part].thoughts} if part in row.beside else set()

    def _spoken(self, before: tuple[str, ...], text: str) -> set[str]:
        """The marks of a turn or an answer: alone, after all that was said before, and after the last of that."""
        prompts = {_one(before), _one(before[-1:])}
        return {self._mark("text", text), *(self._mark("with its prompt", prompt, text) for prompt in prompts)}

    def _answer(self, row: Row, text: str) -> str:
        return self._mark("text", text) if text in row.long else self._mark("with its prompt", row.whole, text)

    def _mark(self, kind: str, *texts: str) -> str:
        salted = "\0".join((self.salt, kind, *texts)).encode("utf-8", "surrogatepass")
        return f"{kind} {hashlib.sha256(salted).hexdigest()[:32]}"


@dataclass(frozen=True)
class Retracted:
    """All that a changelog says was taken back.

    Attributes:
        ids: pair_ids, prompt_ids and group_ids.
        texts: marks by the salt they were made with.
    """

    ids: frozenset[str] = frozenset()
    texts: tuple[Texts, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.ids or self.texts)

    def known(
        self,
        ids: Sequence[str],
        prompt: Sequence[Turn],
        chosen: Sequence[str],
        rejected: Sequence[str],
        beside: Mapping[Part, Beside] = NOTHING_BESIDE,
    ) -> Part | None:
        """Whether a row was taken back.

        Args:
            ids: its pair_id, prompt_id and group_id.
            prompt: its messages.
            chosen: the texts of its chosen answer.
            rejected: the texts of its rejected answer.
            beside: by part, what stands in its turns beside what they say.

        Returns:
            by what it is known: `id`, or the part of it whose text was taken back; None when it was not.
        """
        if not self.ids.isdisjoint(ids):
            return "id"
        rows = Row.variants(prompt, chosen, rejected, beside) if self.texts else []
        return next((part for texts in self.texts for row in rows if (part := texts.known(row))), None)

    def has_text(self, text: str) -> bool:
        """Whether a text that is no turn and no answer, such as a rater's words, was taken back.

        Args:
            text: the text.

        Returns:
            whether it, or what masking leaves of it, is one; too short a text is none.
        """
        if not self.texts:
            return False
        masked = mask_pii(text)
        variants = (text, masked, _masked_before(text, masked))
        forms = {normal_form(one) for one in variants if _length(one) >= LEAST}
        return any(texts.has_form(form) for texts in self.texts for form in forms)

    def covers(self, other: "Retracted") -> bool:
        """Whether it says all that another says.

        Args:
            other: what another changelog says.

        Returns:
            whether every id and every mark of the other is here too, mark and salt the same.
        """
        marks = {one.salt: one.marks for one in self.texts}
        return other.ids <= self.ids and all(one.marks <= marks.get(one.salt, frozenset()) for one in other.texts)

    def joined(self, other: "Retracted") -> "Retracted":
        """What either of two says.

        Args:
            other: what another changelog says.

        Returns:
            the ids and marks of both.
        """
        marks: dict[str, frozenset[str]] = {}
        for one in (*self.texts, *other.texts):
            marks[one.salt] = marks.get(one.salt, frozenset()) | one.marks
        return Retracted(self.ids | other.ids, tuple(Texts(*one) for one in sorted(marks.items())))


def read_retractions(log: str, where: str = "CHANGELOG.md") -> Retracted:
    """What a changelog says was taken back; entries of before texts were kept name ids only.

    Args:
        log: its text.
        where: what it is called in an error.

    Returns:
        all its ids and marks; lines of other forms are passed over.

    Raises:
        UserError: a newer polypref wrote it.
    """
    ids, marks = set[str](), dict[str, set[str]]()
    salt = ""
    for line in filter(None, map(str.strip, log.splitlines())):
        if one := _ID.fullmatch(line):
            ids.add(one[1])
        elif head := _HEAD.fullmatch(line):
            if int(head[1]) != FORM:
                raise UserError(
                    f"{where} tells of retracted texts in normal form {head[1]}, which this polypref does not know; "
                    "install the newest one"
                )
            salt = head[2]
        elif salt and (mark := _MARK.fullmatch(line)):
            marks.setdefault(salt, set()).add(mark[1])
        else:
            salt = ""
    return Retracted(frozenset(ids), tuple(Texts(one, frozenset(kinds)) for one, kinds in sorted(marks.items())))


def read_file(path: Path) -> Retracted:
    """What a changelog's file says was taken back.

    Args:
        path: the file.

    Returns:
        all its ids and marks.

    Raises:
        UserError: it cannot be read, is no changelog of a release, or a newer polypref wrote it.
    """
    text = text_of(path)
    retractions = read_retractions(text, str(path))
    # A list of bare ids reads like a changelog that tells of nothing, and would leave nothing out.
    if not retractions and not _VERSION.search(text):
        raise UserError(
            f"{path} is no CHANGELOG.md of a release: no version's heading (## v1.0.0) and no row that was taken "
            "back stands in it; give that of the dataset whose rows were taken back, or its ORG/NAME on the Hub"
        )
    return retractions


def text_of(path: Path) -> str:
    """A changelog's text.

    Args:
        path: the file.

    Returns:
        what it holds.

    Raises:
        UserError: it cannot be read.
    """
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read {path} ({error}); it must be the CHANGELOG.md of a released dataset") from None


def lines(texts: Texts) -> list[str]:
    """The changelog's lines about texts, as `read_retractions` reads them.

    Args:
        texts: marks with their salt.

    Returns:
        lines of Markdown, sorted, so that none tells which row it was of; none where there are no marks.
    """
    if not texts.marks:
        return []
    return [f"- texts taken back, in whatever row (normal form {FORM}, salt {texts.salt}):"] + [
        f"  - {mark}" for mark in sorted(texts.marks)
    ]
