"""Answers, and parts of answers, that stand in their prompts: copies of what was to be translated, or shown beside it.

A translation may be shown with its source: in lines, cells of a table, values of JSON, before and behind an arrow. What
stands in the prompt is the source; in what language the answer is, the rest says.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from . import scripts

# A copy: so much of a text stands in the prompt, letter by letter, so many letters at a time.
_LEAST_COPIED, _AT_A_TIME, _AT_A_TIME_DENSE, _LEAST_PLACES = 0.8, 8, 4, 12
# Of so many pieces of a copy this share stands in the prompt; it is at most so much longer than that.
_PIECES, _PIECE, _PIECE_DENSE, _LEAST_PIECES, _LONGEST_COPY = 12, 8, 4, 0.6, 1.2
# What is left beside a copy is a translation of it from so large a share of its letters on; less is its label.
_LEAST_REST = 0.25
# A line may hold a source from so many characters on; so many of them, from its middle, then stand in the prompt.
_LEAST_LINE, _LEAST_LINE_DENSE, _MIDDLE, _MIDDLE_DENSE = 20, 9, 12, 5
# The code of a language has so many letters.
_LONGEST_CODE = 3
# So many lines are looked at, and so many texts in JSON.
_MOST_LINES = 400
_LETTER = re.compile(r"[^\W\d_]")
_DENSE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
# Between a source and its translation: cells and arrows; brackets, dashes and labels; ends of sentences.
_CELLS = re.compile(r"[|\t]|<br ?/?>|-+>|=+>|→|⇒|➔|➜|⟶")
_MARKS = re.compile(r"\s[–—=/-]\s|——|[()（）\[\]]|(?<=[:：])\s*\**\s*(?=\S)")
_SENTENCES = re.compile(r"(?<=[.!?؟।॥])[\"”»)]*\s+(?=\S)|(?<=[。！？])[」』”]*(?=\S)")
_SEPARATORS = ((_CELLS, "\n"), (_MARKS, "\n"), (_SENTENCES, " "))
# Where a source may end, for a quick look.
_ENDS = re.compile(r"[\n\t|\"→()]|[.!?؟।](?=\s)|[。！？]")
_LABEL = re.compile(r"\A\W*[^:：\n]{1,40}[:：]\W*")
_BULLETS = " \t-*•>"
_AROUND = _BULLETS + "|\"'“”„«»「」()"
_FENCE = re.compile(r"```(?:json)?")


@dataclass(frozen=True)
class BesideSource:
    """An answer of which a part stands in its prompt.

    Attributes:
        source: what stands there, each piece once.
        rest: what does not, without labels; a piece a line.
    """

    source: str
    rest: str

    def request(self, prompt: str) -> str:
        """What stands in the prompt beside the source.

        Args:
            prompt: the prompt's text.

        Returns:
            it, with a space in place of each piece that the answer has as it is written there.
        """
        # Of a text of several lines some are empty, or a letter that stands in words of the request too.
        for piece in filter(_is_more_than_a_code, self.source.split("\n")):
            prompt = prompt.replace(piece, " ")
        return prompt

    @property
    def is_only_copy(self) -> bool:
        """Whether next to nothing is left: a label, the heads of a table."""
        return scripts.letters(self.rest) < _LEAST_REST * scripts.letters(self.source)


def beside_source(text: str, prompt: str) -> BesideSource | None:
    """Takes out of an answer what stands in its prompt: lines, cells of tables, values of JSON, sentences.

    Args:
        text: an answer.
        prompt: the prompt's text.

    Returns:
        what was taken out, and the rest; None where no piece of some length stands in the prompt.

    Example:
        >>> source = "The shop on the corner is closed today."
        >>> beside_source(f"- {source}\\n- Der Laden an der Ecke ist heute zu.", f"Auf Deutsch: {source}").rest
        'Der Laden an der Ecke ist heute zu.'
    """
    sources: dict[str, str] = {}
    rest = [_without_sources(piece, _SEPARATORS, prompt, sources) for piece in _pieces(text)]
    if not sources:
        return None
    left = (_LABEL.sub("", line).strip(_BULLETS) for piece in rest for line in piece.split("\n"))
    return BesideSource("\n".join(sources.values()), "\n".join(filter(_is_more_than_a_code, left)))


def _is_more_than_a_code(line: str) -> bool:
    """Whether a line says more than the code of a language, or a number, as the heads of tables do."""
    return bool(_DENSE.search(line)) or len(_LETTER.findall(line)) > _LONGEST_CODE


def may_show_source(text: str, prompt: str) -> bool:
    """Whether a line of an answer may be one of its prompt's; quick, for all answers.

    Args:
        text: an answer.
        prompt: the prompt's text.

    Returns:
        false where the middle of no line, cell or text in quotation marks stands in the prompt.
    """
    given = prompt.casefold()
    for line in _ENDS.split(text, maxsplit=_MOST_LINES)[:_MOST_LINES]:
        is_dense = bool(_DENSE.search(line, 0, _LEAST_LINE))
        if len(line) >= (_LEAST_LINE_DENSE if is_dense else _LEAST_LINE):
            middle, size = len(line) // 2, _MIDDLE_DENSE if is_dense else _MIDDLE
            if line[middle - size // 2 : middle - size // 2 + size].casefold() in given:
                return True
    return False


def _pieces(text: str) -> Iterator[str]:
    """The lines of an answer; of JSON in it the texts that are no short keys."""
    for chunk in _FENCE.split(text):
        try:
            held = list(_texts_in(json.loads(chunk)))
        except (ValueError, RecursionError):
            held = chunk.split("\n")
        yield from held[:_MOST_LINES]
        yield from filter(None, ["\n".join(held[_MOST_LINES:])])


def _texts_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (key for key in value if len(key) >= _LEAST_LINE)
        for one in value.values():
            yield from _texts_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts_in(one)


def _without_sources(
    piece: str, separators: Sequence[tuple[re.Pattern[str], str]], prompt: str, sources: dict[str, str]
) -> str:
    """What of a piece does not stand in the prompt; what does is written into `sources`, by its letters."""
    parts = _CELLS.split(piece) if separators is _SEPARATORS else [piece]
    if len(parts) > 1:
        before = len(sources)
        left = [_without_sources(part, separators[1:], prompt, sources) for part in parts]
        if len(sources) > before:
            return "\n".join(filter(None, map(str.strip, left)))
    for shown in dict.fromkeys((_LABEL.sub("", piece), piece)):
        if is_copy(shown, prompt):
            sources.setdefault("".join(_LETTER.findall(shown.casefold())), shown.strip(_AROUND))
            return ""
    if len(piece) < _LEAST_LINE_DENSE:
        return piece
    for at, (separator, between) in enumerate(separators):
        parts = separator.split(piece)
        if len(parts) > 1:
            left = [_without_sources(part, separators[at + 1 :], prompt, sources) for part in parts]
            return between.join(filter(None, map(str.strip, left)))
    return piece


def may_copy(text: str, prompt: str) -> bool:
    """Whether a text may be a copy of what stands in its prompt, by a few pieces of it; quick, for all answers.

    Args:
        text: an answer.
        prompt: the prompt's text.

    Returns:
        false where most of these pieces do not stand in the prompt.
    """
    if not _PIECE_DENSE <= len(text) <= _LONGEST_COPY * len(prompt):
        return False
    size = _PIECE_DENSE if _DENSE.search(text, 0, _PIECES * _PIECE) else _PIECE
    last = max(len(text) - size, 0)
    pieces = [text[at : at + size].casefold() for at in range(0, last + 1, max(1, last // (_PIECES - 1)))]
    given = prompt.casefold()
    return sum(piece in given for piece in pieces) >= _LEAST_PIECES * len(pieces)


def is_copy(text: str, prompt: str, least: float = _LEAST_COPIED) -> bool:
    """Whether a text stands in its prompt, whatever signs and marks are between its words.

    Args:
        text: an answer.
        prompt: the prompt's text.
        least: so much of it stands there.

    Returns:
        true where it does; false for very short texts.
    """
    letters = "".join(_LETTER.findall(text.casefold()))
    dense = 2 * len(_DENSE.findall(letters)) > len(letters)
    size = _AT_A_TIME_DENSE if dense else _AT_A_TIME
    places = range(len(letters) - size + 1)
    if len(places) < _LEAST_PLACES // (2 if dense else 1):
        return False
    known = _letters_on_end(prompt, size)
    return sum(letters[at : at + size] in known for at in places) >= least * len(places)


@lru_cache(8)
def _letters_on_end(text: str, size: int) -> frozenset[str]:
    """What stands in a text, so many letters at a time."""
    letters = "".join(_LETTER.findall(text.casefold()))
    return frozenset(letters[at : at + size] for at in range(len(letters) - size + 1))
