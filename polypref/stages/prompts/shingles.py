"""The normal form in which prompts are compared, and hashed n-grams of it, for whole batches in NumPy.

Everything here depends on the texts alone: no seed, no process, no library's hash function.
"""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from ... import languages

Hashes = npt.NDArray[np.uint64]
Offsets = npt.NDArray[np.int64]

_SPACE, _DELETED = 32, 0
# Vowel signs and points that Arabic and Hebrew writers may leave out, and the tatweel that only stretches a word.
_OPTIONAL_MARKS = (*range(0x0591, 0x05C8), *range(0x064B, 0x0653), 0x0670, 0x0640)
# Persian, Urdu and Arabic keyboards give different code points for one letter, and so do Romanian ones (comma or
# cedilla).
_SAME_LETTER = {0x06CC: 0x064A, 0x0649: 0x064A, 0x06A9: 0x0643, 0x06C1: 0x0647, 0x0219: 0x015F, 0x021B: 0x0163}
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Rows:
    """Rows of different lengths, end to end: row i is `values[offsets[i]:offsets[i + 1]]`."""

    values: Hashes
    offsets: Offsets

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def row(self, i: int) -> Hashes:
        """One row.

        Args:
            i: its number, from 0.

        Returns:
            its values, a view.
        """
        return self.values[self.offsets[i] : self.offsets[i + 1]]


@cache
def unspaced(tag: str) -> bool:
    """Whether a language puts no spaces between words.

    Args:
        tag: a language's tag.

    Returns:
        False for one that is not known.
    """
    language = languages.find(tag)
    return language is not None and not language.spaces


@cache
def syllabic(tag: str) -> bool:
    """Whether characters say so much that few of them are compared: words are not separated, or are few characters.

    Args:
        tag: a language's tag.

    Returns:
        False for one that is not known.
    """
    language = languages.find(tag)
    return language is not None and (language.dense or not language.spaces)


@cache
def _table() -> npt.NDArray[np.uint32]:
    """What each code point becomes: itself, a space, a digit 0-9, or nothing (0)."""
    table = np.arange(0x110000, dtype=np.uint32)
    # Of planes 3 to 13 and from 15 on nothing is anything but a letter, unassigned or for private use.
    for code in (*range(0x30000), *range(0xE0000, 0xF0000)):
        kind = unicodedata.category(chr(code))
        if kind[0] in "PZ" or kind in ("Cc", "Sk"):
            table[code] = _SPACE
        elif kind == "Nd":
            table[code] = ord("0") + unicodedata.digit(chr(code))
        elif kind in ("Cf", "Cs"):
            table[code] = _DELETED
    table[list(_OPTIONAL_MARKS)] = _DELETED
    for code, same in _SAME_LETTER.items():
        table[code] = same
    return table


def normal_codes(texts: Sequence[str]) -> Rows:
    """Texts in normal form.

    NFKC and case folding; digits of any script as 0-9; points and vowel signs of Arabic and Hebrew and invisible
    characters left out; every run of white space and punctuation one space, none at the ends.

    Args:
        texts: any texts.

    Returns:
        a row of code points for each text; empty where nothing of it is left.
    """
    folded = [unicodedata.normalize("NFKC", _fold_text(unicodedata.normalize("NFKC", text))) for text in texts]
    lengths = np.fromiter(map(len, folded), np.int64, len(folded))
    data = "".join(folded).encode("utf-32-le", "surrogatepass")
    codes = _table()[np.frombuffer(data, np.uint32)]
    offsets = _offsets(lengths)
    codes, offsets = _keep_regions(codes, offsets, codes != _DELETED)

    visible = codes != _SPACE
    seen = np.concatenate([[0], np.cumsum(visible)])
    # A space stays where a visible character of the same text comes next and one came before.
    last = np.zeros(len(codes), bool)
    last[offsets[1:][np.diff(offsets) > 0] - 1] = True
    before = seen[:-1] - np.repeat(seen[offsets[:-1]], np.diff(offsets)) > 0
    followed = np.concatenate([visible[1:], [False]])[: len(codes)] & ~last
    codes, offsets = _keep_regions(codes, offsets, visible | (followed & before))
    return Rows(codes.astype(np.uint64), offsets)


def _fold_text(text: str) -> str:
    # One letter for i with and without its dot: Turkish folds them by other rules than everyone else.
    return text.casefold().replace("i\u0307", "i").replace("\u0131", "i")


def character_grams(codes: Rows, size: int) -> Rows:
    """Hashes of every `size` characters on end.

    Args:
        codes: texts in normal form.
        size: characters of an n-gram.

    Returns:
        a row a text, in the order of the text; empty for a text shorter than that.
    """
    return _windows(codes, size)


def words(codes: Rows) -> Rows:
    """Hashes of the words between the spaces.

    Args:
        codes: texts in normal form.

    Returns:
        a row a text, in the order of the text.
    """
    inside = codes.values != _SPACE
    starts = inside.copy()
    starts[1:] &= ~inside[:-1]
    first = codes.offsets[:-1][np.diff(codes.offsets) > 0]
    starts[first] = inside[first]
    if not starts.any():
        return Rows(np.empty(0, np.uint64), np.zeros(len(codes) + 1, np.int64))
    begins = np.flatnonzero(starts)
    word = np.cumsum(starts) - 1
    place = np.arange(len(inside)) - begins[np.maximum(word, 0)]
    letters = np.where(
        inside, _mix_hashes(codes.values) * _powers(int(place.max()) + 2)[np.maximum(place, 0)], np.uint64(0)
    )
    hashed = _mix_hashes(np.add.reduceat(letters, begins))
    counts = np.concatenate([[0], np.cumsum(starts)])
    return Rows(hashed, counts[codes.offsets])


def word_grams(tokens: Rows, size: int) -> Rows:
    """Hashes of every `size` words on end.

    Args:
        tokens: hashes of words, a row a text.
        size: words of an n-gram.

    Returns:
        a row a text, in the order of the text; empty for a text shorter than that.
    """
    return _windows(tokens, size)


def whole(rows: Rows) -> Hashes:
    """One hash for each row.

    Args:
        rows: hashes or code points.

    Returns:
        shape (rows,); equal for rows with equal values, zero for an empty row.
    """
    lengths = np.diff(rows.offsets)
    hashed = np.zeros(len(rows), np.uint64)
    full = lengths > 0
    if full.any():
        place = np.arange(len(rows.values)) - np.repeat(rows.offsets[:-1], lengths)
        terms = _mix_hashes(rows.values) * _powers(int(lengths.max()) + 1)[place]
        hashed[full] = _mix_hashes(np.add.reduceat(terms, rows.offsets[:-1][full]))
    return hashed


def distinct(rows: Rows) -> Rows:
    """Each row sorted, without repetitions.

    Args:
        rows: hashes.

    Returns:
        as many rows.
    """
    row = np.repeat(np.arange(len(rows)), np.diff(rows.offsets))
    order = np.lexsort((rows.values, row))
    values, row = rows.values[order], row[order]
    new = np.ones(len(values), bool)
    new[1:] = (values[1:] != values[:-1]) | (row[1:] != row[:-1])
    counts = np.concatenate([np.zeros(1, np.int64), np.cumsum(new, dtype=np.int64)])
    return Rows(values[new], counts[rows.offsets])


def unit_grams(codes: Rows, tags: Sequence[str], words_size: int, characters_size: int) -> tuple[Rows, Offsets]:
    """N-grams of words, or of characters for texts in languages without spaces.

    Args:
        codes: texts in normal form.
        tags: the language of each.
        words_size: words of an n-gram.
        characters_size: characters of an n-gram.

    Returns:
        the hashes, a row a text, and how many words (or characters) each text has, shape (texts,).
    """
    without = np.array([unspaced(language) for language in tags], bool)
    tokens = words(codes)
    units = np.where(without, np.diff(codes.offsets), np.diff(tokens.offsets))
    by_characters = character_grams(_some_rows(codes, without), characters_size)
    return _interleaved(without, by_characters, word_grams(_some_rows(tokens, ~without), words_size)), units


def by_kind(
    first: npt.NDArray[np.bool_], rows: Rows, one: Callable[[Rows], Rows], other: Callable[[Rows], Rows]
) -> Rows:
    """What one function gives for some rows, and another for the others.

    Args:
        first: which rows are of the first kind, shape (rows,).
        rows: some rows.
        one: of rows of the first kind.
        other: of the others.

    Returns:
        as many rows, in their order.
    """
    return _interleaved(first, one(_some_rows(rows, first)), other(_some_rows(rows, ~first)))


def _some_rows(rows: Rows, wanted: npt.NDArray[np.bool_]) -> Rows:
    """The rows that are wanted."""
    if wanted.all():
        return rows
    lengths = np.diff(rows.offsets)
    return Rows(rows.values[np.repeat(wanted, lengths)], _offsets(lengths[wanted]))


def _interleaved(first: npt.NDArray[np.bool_], one: Rows, other: Rows) -> Rows:
    """The rows of `one`, in their order, in the places where `first` is true, those of `other` in the others."""
    if first.all() or not first.any():
        return one if first.any() else other
    lengths = np.empty(len(first), np.int64)
    lengths[first], lengths[~first] = np.diff(one.offsets), np.diff(other.offsets)
    of_first = np.repeat(first, lengths)
    values = np.empty(len(of_first), np.uint64)
    values[of_first], values[~of_first] = one.values, other.values
    return Rows(values, _offsets(lengths))


def _windows(rows: Rows, size: int) -> Rows:
    lengths = np.diff(rows.offsets)
    counts = np.maximum(lengths - size + 1, 0)
    n = len(rows.values) - size + 1
    if n <= 0:
        return Rows(np.empty(0, np.uint64), np.zeros(len(rows) + 1, np.int64))
    mixed = _mix_hashes(rows.values)
    hashed = mixed[:n].copy()
    for step in range(1, size):
        hashed *= _MULTIPLIER
        hashed += mixed[step : n + step]
    # Windows that would reach into the next row are left out.
    left = np.repeat(rows.offsets[1:], lengths)[:n] - np.arange(n)
    return Rows(_mix_hashes(hashed[left >= size]), _offsets(counts))


def _mix_hashes(values: Hashes) -> Hashes:
    """Steele, Lea and Flood's SplitMix64 finaliser: spreads every bit over all 64."""
    mixed = values + _MULTIPLIER
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _powers(n: int) -> Hashes:
    return np.multiply.accumulate(np.concatenate([[np.uint64(1)], np.full(n - 1, _MULTIPLIER)]))


def _offsets(lengths: Offsets) -> Offsets:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])


def _keep_regions(
    codes: npt.NDArray[np.uint32], offsets: Offsets, kept: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.uint32], Offsets]:
    counts = np.concatenate([np.zeros(1, np.int64), np.cumsum(kept, dtype=np.int64)])
    return codes[kept], counts[offsets]
