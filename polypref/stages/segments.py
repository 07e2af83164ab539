"""A long text cut into what a translator gets at once, and put together again with everything in between as it was.

For a chat model a segment is as many paragraphs as fit, their Markdown in place; for a translation model trained on
sentences (NLLB-200, MADLAD-400) it is one sentence, and list marks, heading marks, table bars and line breaks are not
sent. Lines without a word to translate are not sent either way.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from ..errors import UserError
from ..text.placeholders import PREFIX, Broken, Masked, mask_text, placeholder, placeholders, restore_text

Unit = Literal["text", "sentence"]
#: A segment of this length has room for the longest placeholder and a few words.
SHORTEST = 80


@dataclass(frozen=True)
class Plan:
    """A text taken apart.

    Attributes:
        pieces: what is kept as it is (str) and what is translated (Masked), in turn, a str first and last.
    """

    pieces: tuple[str | Masked, ...]

    @property
    def segments(self) -> list[str]:
        """What a translator gets, in order."""
        return [piece.text for piece in self.pieces if isinstance(piece, Masked)]


def plan_segments(text: str, longest: int, unit: Unit = "text") -> Plan:
    """Takes a text apart at the borders of paragraphs, lines, sentences, clauses and words, the highest that serves.

    Args:
        text: any text. Time is linear in its length (but for a logarithm).
        longest: the most characters of a segment, placeholders counted.
        unit: `text`: as much as fits into a segment; `sentence`: one sentence a segment, without Markdown line marks.

    Returns:
        what is translated, and what stands between it.

    Raises:
        UserError: `longest` is below 80.
    """
    if longest < SHORTEST:
        raise UserError(f"longest={longest} leaves no room for a sentence in a segment; choose {SHORTEST} or more")
    source = _Source(mask_text(text))
    pieces: list[str | Masked] = []
    last = 0
    for start, end in _regions(source) if unit == "text" else _contents(source):
        for begin, stop in _cut_text(source, start, end, longest, unit):
            if source.has_words(begin, stop):
                pieces += [source.kept(last, begin), source.part(begin, stop)]
                last = stop
    return Plan((*pieces, source.kept(last, len(source.text))))


def assemble_translation(plan: Plan, translations: Sequence[str]) -> str:
    """Puts the translations of `plan.segments` together; unchanged segments give the text byte for byte.

    What stands between segments stays as it is, with one exception. Sentences of one line stand together in Chinese or
    Japanese, and apart in most other scripts: where the translation in front changed from one to the other, the space
    between is added or left out.

    Args:
        plan: of the text.
        translations: one for each segment, in their order.

    Returns:
        the text with its segments translated.

    Raises:
        Broken: a held span was lost, doubled or moved where it may not (see `text.placeholders.restore_text`); or
            `empty` where a segment came back empty.
        ValueError: not as many translations as segments.
    """
    result = [piece for piece in plan.pieces[:1] if isinstance(piece, str)]
    pairs = list(zip(plan.pieces[1::2], plan.pieces[2::2], strict=True))
    for number, ((segment, kept), translation) in enumerate(zip(pairs, translations, strict=True), 1):
        assert isinstance(segment, Masked) and isinstance(kept, str)
        translation = translation.strip()
        if not translation:
            raise Broken("empty")
        result.append(restore_text(segment, translation))
        between = kept in ("", " ") and number < len(pairs) and translation != segment.text
        result.append((" " if not _UNSPACED.search(translation) else "") if between else kept)
    return "".join(result)


# Ends of sentences and words in scripts that put no space after them.
_UNSPACED = re.compile(r"[\u3001-\u303f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uff01-\uff0f\uff1a-\uff20]\Z")


@dataclass(frozen=True)
class _Source:
    """A masked text, with where its placeholders are and where it may be cut."""

    masked: Masked

    @property
    def text(self) -> str:
        return self.masked.text

    @cached_property
    def places(self) -> tuple[list[int], list[int]]:
        """Where each placeholder begins and ends."""
        spans = [match.span() for match in placeholders(self.masked.mark).finditer(self.text)]
        return [start for start, _ in spans], [end for _, end in spans]

    @cached_property
    def borders(self) -> tuple[list[int], ...]:
        """Where a segment may end: paragraphs, lines, sentences, clauses, words."""
        sentences = [match.end() for match in _SENTENCE_END.finditer(self.text) if _ends_sentence(self.text, match)]
        rest = (_PARAGRAPH_END, _LINE_END, _CLAUSE_END, _SPACE)
        paragraphs, lines, clauses, spaces = ([match.end() for match in kind.finditer(self.text)] for kind in rest)
        return paragraphs, lines, sentences, clauses, spaces

    def numbers(self, start: int, end: int) -> tuple[int, int]:
        """The placeholders in a stretch, as indices from and to."""
        return bisect_left(self.places[0], start), bisect_left(self.places[0], end)

    def has_words(self, start: int, end: int) -> bool:
        """Whether letters stand between the placeholders of a stretch."""
        for number in range(*self.numbers(start, end)):
            if _LETTER.search(self.text, start, self.places[0][number]):
                return True
            start = self.places[1][number]
        return _LETTER.search(self.text, start, end) is not None

    def kept(self, start: int, end: int) -> str:
        """A stretch of the text as it was."""
        held = self.masked.held
        return placeholders(self.masked.mark).sub(lambda m: held[int(m.group(1)) - 1].text, self.text[start:end])

    def part(self, start: int, end: int) -> Masked:
        """A stretch as a masked text of its own, its placeholders counted from 1."""
        first, last = self.numbers(start, end)
        mark = self.masked.mark
        text = placeholders(mark).sub(lambda m: placeholder(mark, int(m.group(1)) - first), self.text[start:end])
        return Masked(text, self.masked.held[first:last], mark)


def _lines(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    for line in text.split("\n"):
        yield at, at + len(line)
        at += len(line) + 1


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _regions(source: _Source) -> Iterator[tuple[int, int]]:
    """Yields the stretches between lines that hold nothing but what is held back."""
    begin = stop = -1
    for start, end in _lines(source.text):
        first, last = source.numbers(start, end)
        if source.has_words(start, end):
            begin, stop = (start if begin < 0 else begin), end
        elif first < last and begin >= 0:
            yield _trimmed(source.text, begin, stop)
            begin = -1
    if begin >= 0:
        yield _trimmed(source.text, begin, stop)


def _contents(source: _Source) -> Iterator[tuple[int, int]]:
    """Yields the content of every line without its marks, and of every cell of a table."""
    for start, end in _lines(source.text):
        bars = [m.start() for m in _BAR.finditer(source.text, start, end)]
        if len(bars) > 1:
            for begin, stop in zip([start, *(bar + 1 for bar in bars)], [*bars, end], strict=True):
                yield _trimmed(source.text, begin, stop)
        else:
            prefix = PREFIX.match(source.text, start, end)
            yield _trimmed(source.text, prefix.end() if prefix else start, end)


def _cut_text(source: _Source, start: int, end: int, longest: int, unit: Unit) -> Iterator[tuple[int, int]]:
    if unit == "sentence":
        sentences = source.borders[2]
        for stop in sentences[bisect_right(sentences, start) : bisect_left(sentences, end)]:
            yield from _shortened(source, *_trimmed(source.text, start, stop), longest)
            start = stop
    yield from _shortened(source, *_trimmed(source.text, start, end), longest)


def _shortened(source: _Source, start: int, end: int, longest: int) -> Iterator[tuple[int, int]]:
    """Yields pieces of at most so many characters, each as long as the highest border in reach allows."""
    while end - start > longest:
        stop = _border(source, start, start + longest)
        yield _trimmed(source.text, start, stop)
        start, _ = _trimmed(source.text, stop, end)
    if start < end:
        yield start, end


def _border(source: _Source, start: int, limit: int) -> int:
    for kind in source.borders:
        place = bisect_right(kind, limit) - 1
        if place >= 0 and kind[place] > start:
            return kind[place]
    return _between_characters(source, start, limit)


def _between_characters(source: _Source, start: int, limit: int) -> int:
    """Returns the last place up to a limit that is inside no placeholder and parts no letter from its marks."""
    begins, ends = source.places
    number = bisect_left(begins, limit) - 1
    if number >= 0 and ends[number] > limit:
        return begins[number]
    stop = limit
    while stop > start + 1 and _joined(source.text[stop - 1], source.text[stop]):
        stop -= 1
    return stop if stop > start + 1 else limit


def _joined(one: str, other: str) -> bool:
    """Whether two characters are one letter to a reader: a mark on it, or a joiner between them."""
    return unicodedata.category(other)[0] == "M" or "\u200c" in (one, other) or "\u200d" in (one, other)


_LETTER = re.compile(r"[^\W\d_]")
_BAR = re.compile(r"(?<!\\)\|")
_PARAGRAPH_END = re.compile(r"\n(?=[ \t>]*\n)")
_LINE_END = re.compile(r"\n")
_SPACE = re.compile(r"[ \t\u00a0\u3000]")
_CLAUSE_END = re.compile(r"[,;:،؛\u037e](?=\s)|[、，；：]")
# A run of end marks is looked at once, from its first: else a long run of full stops would take quadratic time.
_SENTENCE_END = re.compile(
    r"(?<![.!?…؟۔])[.!?…؟۔]++[\"'”’»)\]*_]*+(?=\s)|(?<![。！？｡।॥])[。！？｡।॥]++[」』）”’》\"'*_]*+"
)
_WORD_BEFORE = re.compile(r"(?:[^\W\d_]+|\d+)\Z")
_ABBREVIATIONS = re.compile(
    r"(?i:dr|mr|mrs|ms|prof|st|jr|sr|sra|srta|dra|dott|sig|mme|mlle|vs|no|nr|núm|fig|abb|bzw|ca|inkl|ggf|vgl|art|vol|pp|"
    r"approx|dhr|mevr|bpk|ibu|pr|ing|mgr|mudr|dl|dna|tp|ths|проф|др|ул|стр|им|св|рис|гл|κ|κα|δρ)"
)


def _ends_sentence(text: str, mark: re.Match[str]) -> bool:
    """Whether a sentence ends here: not after an abbreviation, an initial or an ordinal, nor before a small letter."""
    if text[mark.start()] in "。！？｡।॥":
        return True
    after = mark.end()
    while after < len(text) and text[after].isspace():
        after += 1
    if after < len(text) and text[after].islower():
        return False
    if mark.group() != ".":
        return True
    before = _WORD_BEFORE.search(text, max(0, mark.start() - 12), mark.start())
    if before is None:
        return True
    word = before.group()
    if word.isdecimal():
        return len(word) > 2
    return len(word) > 1 and not _ABBREVIATIONS.fullmatch(word)
