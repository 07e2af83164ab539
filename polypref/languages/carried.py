"""The text that a prompt carries beside a request which names a language: "how would a Frenchman put this: ..."

No words for translating are looked for. What carries a text apart, and names a language, its people or their country
in the rest, may ask for that text in the language, however it is worded. Its answer tells: see `allowed`.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..text.letters import is_letter
from . import scripts
from .tasks import named_in_any_form

# A text has so many letters (those of dense scripts count double), a request at most so many signs.
_LEAST_LETTERS, _LONGEST_REQUEST = 12, 400
# At so many colons it is looked for what stands before them.
_COLONS = 3
_PROMPTS = 64
# What opens a piece, and what ends it: one of the first signs does, on the same line; a fence goes on to the next.
_FENCE = "```"
_OPENING = re.compile('```|["“„«»「『‘]')
_ENDS = {
    '"': re.compile('["\n]'), "“": re.compile("[”\n]"), "„": re.compile('[“”"\n]'), "«": re.compile("[»\n]"),
    "»": re.compile("[«\n]"), "「": re.compile("[」\n]"), "『": re.compile("[』\n]"), "‘": re.compile("[’\n]"),
}  # fmt: skip
_COLON = re.compile(r"：|:(?=\s|[^\x00-\x7f]|[\"'\[{*`])")
_SENTENCE = re.compile(r"(?<=[.!?。！？؟।॥\u037e])[\"”»」』)]*\s+(?=\S)|(?<=[。！？])(?=\S)")
# The question mark of Greek is often a semicolon.
_SENTENCE_GREEK = re.compile(_SENTENCE.pattern + r"|(?<=;)\s+(?=\S)")
_QUESTION = re.compile(r"[?？؟\u037e]|か。")
_QUESTION_GREEK = re.compile(_QUESTION.pattern + "|;")
_LINE = re.compile(r"\n+")
_DASH = re.compile(r"\s[–—-]\s|——")
_BLANK = "\0"
# An answer that is the text in another language has at least and at most so many times its letters, give or take some:
# where marks set the text apart, and where it is only other sentences.
_SIZES = {True: (0.25, 4.0), False: (0.4, 2.5)}
_SLACK = 20
# A copy has so many other letters; points and quotation marks may come and go.
_MOST_CHANGED = 0.05
_POINTS = frozenset(" .,;:!?¡¿…'\"“”„«»‘’「」『』。，、；：！？؟،؛।॥`\u037e")


@dataclass(frozen=True)
class Carried:
    """A text beside a request that names languages.

    Attributes:
        text: what it holds.
        languages: tags of the languages that the request names in any form, by themselves or by their people.
        is_marked: whether a colon, a dash, quotation marks, lines or a code fence set the text apart.
        is_asked: whether the request is a question; of sentences alone nothing else tells which is the request.
    """

    text: str
    languages: frozenset[str]
    is_marked: bool
    is_asked: bool = False

    @property
    def may_be_meant(self) -> bool:
        """Whether the text may be asked for in the languages though none is one that something is to be in."""
        return self.is_marked or self.is_asked

    def may_be_given_by(self, answer: str) -> bool:
        """Whether an answer may be the text in another language, by its size.

        Args:
            answer: an answer.

        Returns:
            false for one that is far longer or shorter than the text, and where nothing shows which is the request.
        """
        if not self.may_be_meant:
            return False
        least, most = _SIZES[self.is_marked]
        own, given = scripts.letters(answer), scripts.letters(self.text)
        return least * given - _SLACK <= own <= most * given + _SLACK

    def is_edited_in(self, answer: str) -> bool:
        """Whether an answer that holds the text has it in another form: as a list, in capitals, with emoji or emphasis.

        Args:
            answer: an answer with the words of the text.

        Returns:
            true where lines or signs are others, or more than a few letters.
        """
        (letters, signs), (given_letters, given_signs) = _signs(answer), _signs(self.text)
        return signs != given_signs or (letters - given_letters).total() > _MOST_CHANGED * letters.total()


def _signs(text: str) -> tuple[Counter[str], Counter[str]]:
    """The letters of a text, as they are, and its other signs and line ends, but for points and quotation marks."""
    signs = Counter(" \n".join(filter(str.strip, text.splitlines())))
    letters = Counter({sign: number for sign, number in signs.items() if is_letter(sign)})
    return letters, Counter({one: number for one, number in (signs - letters).items() if one not in _POINTS})


@lru_cache(_PROMPTS)
def carried_text(prompt: str, tag: str) -> Carried | None:
    """Reads the text that a prompt carries beside a request which names a language.

    Args:
        prompt: the prompt's text.
        tag: its language.

    Returns:
        the text behind a colon, in quotation marks, in lines or sentences of its own; None where there is none, or
        nothing beside it names a language.

    Example:
        >>> carried_text("How would a Frenchman put this: The train leaves at six.", "en").text
        'The train leaves at six.'
        >>> carried_text("Which dishes are typically French?", "en") is None
        True
    """
    masked, at = "", 0
    for start, end in _held(prompt):
        masked, at = masked + prompt[at:start] + _BLANK * (end - start), end
    masked += prompt[at:]
    for text, request, is_marked in _splits(prompt, masked, tag):
        if scripts.letters(text) >= _LEAST_LETTERS and len(request) <= _LONGEST_REQUEST:
            languages = _named(request, tag)
            if languages:
                is_asked = (_QUESTION_GREEK if tag == "el" else _QUESTION).search(request) is not None
                return Carried(text.strip(" \t\n–—").removesuffix(" -"), languages, is_marked, is_asked)
    return None


def _held(text: str) -> Iterator[tuple[int, int]]:
    """Begin and end of what stands between quotation marks, or in a code fence.

    An expression would look for the end of each mark that nothing closes, up to the end of its line.
    """
    at, stops = 0, dict.fromkeys(_ENDS, -1)
    while opening := _OPENING.search(text, at):
        start, sign, at = opening.start(), opening[0], opening.end()
        if sign == _FENCE:
            end = text.find(_FENCE, at)
            at = len(text) if end < 0 else end + len(_FENCE)
            yield start, at
            continue
        if stops[sign] <= start:
            stop = _ENDS[sign].search(text, at)
            stops[sign] = stop.start() if stop else len(text)
        if at < stops[sign] < len(text) and text[stops[sign]] != "\n":
            at = stops[sign] + 1
            yield start, at


def _splits(prompt: str, masked: str, tag: str) -> Iterator[tuple[str, str, bool]]:
    """Ways to take a prompt apart: the text, the request, and whether marks are between them; the surest first."""
    for colon in list(_COLON.finditer(masked))[:_COLONS]:
        yield prompt[colon.end() :], masked[: colon.start()], True
    pieces = (prompt[start:end] for start, end in _held(prompt))
    held = "\n".join(one for one in pieces if scripts.letters(one) >= _LEAST_LETTERS)
    yield held, masked, True
    sentence = _SENTENCE_GREEK if tag == "el" else _SENTENCE
    for pattern, is_marked in ((_LINE, True), (_DASH, True), (sentence, False)):
        places = list(_places(masked, pattern))
        if len(places) > 1:
            naming = [bool(_named(masked[start:end], tag)) for start, end in _outer(places)]
            yield from _beside(prompt, masked, places, naming, is_marked)


def _outer(places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The first two and the last two of the parts: a request stands at the beginning or at the end."""
    return [*places[:2], *places[max(2, len(places) - 2) :]]


def _beside(
    prompt: str, masked: str, places: Sequence[tuple[int, int]], naming: Sequence[bool], is_marked: bool
) -> Iterator[tuple[str, str, bool]]:
    """What stands behind a request at the beginning, and before one at the end."""
    outer = _outer(places)
    begins = [part for part, names in zip(outer[:2], naming[:2], strict=False) if names]
    if begins:
        yield prompt[begins[-1][1] :], masked[: begins[-1][1]], is_marked
    ends = [part for part, names in zip(outer[-2:], naming[-2:], strict=False) if names]
    if ends:
        yield prompt[: ends[0][0]], masked[ends[0][0] :], is_marked


def _places(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Begin and end of each part between what a pattern matches; empty ones are left out."""
    at = 0
    for between in pattern.finditer(text):
        if text[at : between.start()].strip():
            yield at, between.start()
        at = between.end()
    if text[at:].strip():
        yield at, len(text)


def _named(request: str, tag: str) -> frozenset[str]:
    return named_in_any_form(request.replace(_BLANK, " "), tag)
