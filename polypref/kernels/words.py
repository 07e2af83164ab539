"""What words.c does with words and phrases: each call gives None where the caller's Python code is to do it instead.

Arrays and tables are made at the first call that finds a library.
"""

import ctypes
import functools
import re
import sys
import unicodedata
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from ..text.letters import word_pattern
from .library import function, library

_UTF32 = "utf-32-le" if sys.byteorder == "little" else "utf-32-be"
_CODE_POINTS = 0x110000
# Bits of a character's classes, as in words.c; those of regular expressions are set run by run.
_WORD, _ALNUM, _CAPITAL, _SMALL, _LETTER, _ALPHABETIC, _DIGIT, _CASED = (1 << bit for bit in range(8))
_RUNS = ((_ALNUM, r"\w+"), (_LETTER, r"[^\W\d_]+"))
# Below it all letters with capitals are, up to Unicode 17; and from it on a character becomes several.
_LAST_MAPPED, _LONGER = 0x20000, 0x80000000
# A vocabulary's own letters and its neighbours' are below it.
_MARKED = 0x2000
_SEED, _PRIME, _64_BITS = 0xCBF29CE484222325, 0x100000001B3, (1 << 64) - 1
_NO_WEIGHT = -128
_SUMS, _SUMS_OF_RIVAL = 3, 5
_MOST_RELATIONS = 64

_POINTER, _NUMBER = ctypes.c_void_p, ctypes.c_int64
_Counts = _NUMBER * 6
_Table = npt.NDArray[np.generic]


class _Record(ctypes.Structure):
    """A struct of words.c; it keeps the arrays alive that it points to.

    It is given `byref`, which keeps it alive during a call: another thread that made it at the same time may put its
    own into the place where this one is kept.
    """

    def __init__(self, *values: _Table | int) -> None:
        self.values = values
        super().__init__(*(one if isinstance(one, int) else one.ctypes.data for one in values))


class _Characters(_Record):
    _fields_ = (*((name, _POINTER) for name in ("classes", "small", "folded", "longer")), ("mapped", _NUMBER))


class _Listed(_Record):
    _fields_ = (
        *(("slots", _POINTER), ("mask", ctypes.c_uint64)),
        *((name, _POINTER) for name in ("words", "starts", "own", "other", "relations", "letters")),
        *(("marked", _NUMBER), ("endings", _POINTER), ("ending_starts", _POINTER), ("ending_count", _NUMBER)),
    )


class _Weighed(_Record):
    _fields_ = (
        *(("keys", _POINTER), ("count", _NUMBER), ("weights", _POINTER), ("width", _NUMBER)),
        *(("terms", _POINTER), ("crcs", _POINTER)),
    )


class _Grams(_Record):
    _fields_ = (
        *((name, _POINTER) for name in ("bits", "keys", "entries")),
        *(("count", _NUMBER), ("stems", _POINTER), ("units", _POINTER), ("width", _NUMBER)),
    )


_ARGUMENTS: "dict[str, Sequence[type[ctypes._CDataType]]]" = {
    "words_evidence": (ctypes.c_char_p, _NUMBER, _POINTER, _POINTER, _POINTER),
    "words_support": (ctypes.c_char_p, _NUMBER, _POINTER, _POINTER, _NUMBER, _NUMBER, _NUMBER, _POINTER),
    "words_share_run": (ctypes.c_char_p, _NUMBER, ctypes.c_char_p, _NUMBER, _NUMBER, _POINTER),
    "words_normal": (_POINTER, _NUMBER, _POINTER, _POINTER, _POINTER, _POINTER),
    "words_suspects": (_POINTER, _NUMBER, _POINTER, _POINTER, _NUMBER, _POINTER),
}


def _function(name: str) -> Callable[..., int] | None:
    native = library()
    return None if native is None else _of_library(native, name)


@functools.lru_cache(32)
def _of_library(_: ctypes.CDLL, name: str) -> Callable[..., int] | None:
    return function(name, _ARGUMENTS[name])


def _encoded(text: str) -> bytes:
    return text.encode(_UTF32, "surrogatepass")


def _points(text: str) -> npt.NDArray[np.uint32]:
    # One more: an array without an entry has no address.
    return np.frombuffer(_encoded(text + "\0"), np.uint32)


class Vocabulary:
    """The words that speak for and against a language, as `close_languages` counts them in a text.

    Attributes:
        own: word -> weight, in halves, of words that speak for it.
        endings: endings of longer words that do so too.
        other: word -> weight of words that speak against it.
        relations: for each close language its words.
        own_letters: letters that only it has.
        foreign_letters: letters that its alphabet has not.
    """

    def __init__(
        self,
        own: Mapping[str, float],
        endings: Sequence[str],
        other: Mapping[str, float],
        relations: Sequence[Mapping[str, float]],
        own_letters: str,
        foreign_letters: str,
    ) -> None:
        self.own, self.endings, self.other, self.relations = own, endings, other, relations
        self.own_letters, self.foreign_letters = own_letters, foreign_letters

    def counts(self, text: str) -> Sequence[int] | None:
        """Counts what a text has of them.

        Args:
            text: any text.

        Returns:
            halves for the language, halves against it, words with an ending, own letters, foreign letters, and 1 + the
            place of the relation for which most words speak, or 0; None where Python is to count.
        """
        native = _function("words_evidence")
        if native is None or self._record is None:
            return None
        counts = _Counts()
        if native(_encoded(text), len(text), ctypes.byref(characters()), ctypes.byref(self._record), counts):
            return None
        return counts[:]

    @functools.cached_property
    def _record(self) -> _Listed | None:
        # The own ones may be written as a regular expression has them.
        plain = self.own_letters.isalpha() or not self.own_letters
        near = max(self.own_letters + self.foreign_letters, default="") < chr(_MARKED)
        if not plain or not near or len(self.relations) > _MOST_RELATIONS:
            return None
        words = sorted({*self.own, *self.other})
        size = 1 << (4 * len(words) + 64).bit_length()
        slots = np.zeros(size, np.int32)
        for place, word in enumerate(words, 1):
            slot = _hash_of(word) & (size - 1)
            while slots[slot]:
                slot = (slot + 1) & (size - 1)
            slots[slot] = place
        speaking = [sum(1 << i for i, one in enumerate(self.relations) if word in one) for word in words]
        marks = np.zeros(_MARKED, np.uint8)
        for mark, signs in ((1, self.own_letters), (2, self.foreign_letters)):
            marks[[ord(sign) for sign in {*signs}]] |= mark
        return _Listed(
            *(slots, size - 1, _points("".join(words)), _starts(words), _halves(words, self.own)),
            *(_halves(words, self.other), np.array([*speaking, 0], np.uint64), marks, _MARKED),
            *(_points("".join(self.endings)), _starts(self.endings), len(self.endings)),
        )


def _hash_of(word: str) -> int:
    value = _SEED
    for sign in word:
        value = ((value ^ ord(sign)) * _PRIME) & _64_BITS
    return value ^ value >> 32


def _starts(words: Sequence[str]) -> npt.NDArray[np.int64]:
    return np.cumsum([0, *map(len, words)], dtype=np.int64)


def _halves(words: Sequence[str], weights: Mapping[str, float]) -> npt.NDArray[np.uint8]:
    return np.array([*(int(2 * weights.get(word, 0)) for word in words), 0], np.uint8)


class WordTables:
    """Tables of words of a language and against its rivals, as `discriminators` sums them over a text.

    Attributes:
        weights: key of a word -> weight, in steps: the language's own, then one against each rival.
        terms: keys of English terms.
    """

    def __init__(self, weights: Sequence[Mapping[int, int]], terms: frozenset[int]) -> None:
        self.weights, self.terms = weights, terms

    def sums(self, text: str, piece: int, sharp: bool, turkish: bool) -> Sequence[int] | None:
        """Sums what the words of a text say.

        Args:
            text: all of a text, or pieces of it, one after the other.
            piece: characters of a piece; as many as the text has where it is whole. The first and the last word of
                a piece of several are left out.
            sharp: whether a sharp s is two of the plain one.
            turkish: whether I is the capital of the dotless letter.

        Returns:
            for the language in steps, words that count, unknown words, each once; then for each rival: steps against by
            words without a capital, by words with one, steps for, other words, whether any is against. None where
            Python is to look.
        """
        native = _function("words_support")
        if native is None:
            return None
        sums = (_NUMBER * (_SUMS + _SUMS_OF_RIVAL * (len(self.weights) - 1)))()
        known, weighed = ctypes.byref(characters()), ctypes.byref(self._record)
        if native(_encoded(text), len(text), known, weighed, max(1, piece), sharp, turkish, sums):
            return None
        return sums[:]

    @functools.cached_property
    def _record(self) -> _Weighed:
        keys = sorted(self.terms.union(*self.weights))
        rows = np.full((len(keys), len(self.weights)), _NO_WEIGHT, np.int8)
        for column, weights in enumerate(self.weights):
            rows[np.searchsorted(keys, list(weights)), column] = list(weights.values())
        terms = np.zeros(len(keys), np.uint8)
        terms[np.searchsorted(keys, sorted(self.terms))] = 1
        return _Weighed(np.array(keys, np.uint32), len(keys), rows, len(self.weights), terms, _crcs())


@functools.cache
def _crcs() -> npt.NDArray[np.uint32]:
    """The table of CRC-32, a byte at a time."""
    table: npt.NDArray[np.uint32] = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = (table >> np.uint32(1)) ^ (np.uint32(0xEDB88320) * (table & np.uint32(1)))
    return table


def share_run(one: str, other: str, length: int) -> bool | None:
    """Whether so many case-folded words on end, with nothing but a space or comma between them, may stand in two texts.

    Args:
        one: a text.
        other: another.
        length: how many words.

    Returns:
        false only where none do: never of more than eight words; None where Python is to look.
    """
    native = _function("words_share_run")
    if native is None:
        return None
    return bool(native(_encoded(one), len(one), _encoded(other), len(other), length, ctypes.byref(characters())))


def normal_units(
    units: npt.NDArray[np.uint16],
    becomes: npt.NDArray[np.uint16],
    decomposed: npt.NDArray[np.bool_] | None,
    ends: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.int64]] | None:
    """Brings texts into the normal form in which phrases are looked for.

    Args:
        units: texts in UTF-16, each with one unit behind it.
        becomes: what each unit becomes; 0 for nothing.
        decomposed: whether a text that holds a unit may be another one in NFC; None where all are in NFC.
        ends: where the texts end.

    Returns:
        the units in normal form, and where the texts end; None where the library is missing, or a text may be another
        one in NFC.
    """
    native = _function("words_normal")
    if native is None:
        return None
    normal, ends = np.empty(len(units), np.uint16), ends.copy()
    doubted = None if decomposed is None else decomposed.ctypes.data
    arrays = (doubted, ends.ctypes.data, normal.ctypes.data)
    size = native(units.ctypes.data, len(units), becomes.ctypes.data, *arrays)
    return None if size < 0 else (normal[:size], ends)


class Grams:
    """Stems of phrases by runs of units in them, to find in many texts.

    Attributes:
        stems: run of `width` units, as an integer -> where in a stem it stands, the stem, its phrase's number.
        width: 2 or 4.
    """

    def __init__(self, stems: Mapping[int, Sequence[tuple[int, npt.NDArray[np.uint16], int]]], width: int) -> None:
        self.stems, self.width = stems, width

    def places(self, units: npt.NDArray[np.uint16], ends: npt.NDArray[np.int64]) -> Sequence[tuple[int, int]] | None:
        """Where stems stand.

        Args:
            units: texts in normal form.
            ends: where the texts end.

        Returns:
            (number of the text, number of the phrase) for each; None where the library is missing.
        """
        native = _function("words_suspects")
        if native is None:
            return None
        room = 256
        while True:
            hits = np.empty((room, 2), np.int64)
            arguments = (units.ctypes.data, len(units), ends.ctypes.data, ctypes.byref(self._record))
            count = native(*arguments, room, hits.ctypes.data)
            if count <= room:
                return [(row, number) for row, number in hits[:count].tolist()]
            room = count

    @functools.cached_property
    def _record(self) -> _Grams:
        keys = np.array(sorted(self.stems), np.uint64)
        bits = np.zeros(1 << 16, np.uint8)
        bits[(keys * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(48)] = 1
        entries, units, size = [0], [np.zeros(1, np.uint16)], 1
        stems: list[tuple[int, int, int, int]] = []
        for key in keys.tolist():
            for at, stem, number in self.stems[key]:
                stems.append((at, size, len(stem), number))
                units.append(stem)
                size += len(stem)
            entries.append(len(stems))
        return _Grams(
            *(np.packbits(bits, bitorder="little"), keys, np.array(entries, np.int64), len(keys)),
            *(np.array([*stems, (0, 0, 0, 0)], np.int64), np.concatenate(units), self.width),
        )


@functools.cache
def characters() -> _Characters:
    """Python's own tables of what characters are, and what they become in lower case and case-folded.

    Returns:
        the tables, made once.
    """
    signs = np.arange(_CODE_POINTS, dtype=np.uint32).tobytes().decode(_UTF32, "surrogatepass")
    classes = np.zeros(_CODE_POINTS, np.uint8)
    far = [(run.start(), run.end()) for run in re.compile(r"\w+").finditer(signs, _LAST_MAPPED)]
    letters = "".join(signs[start:end] for start, end in far)
    # Far letters, which are many, are of no case and no digits; should that change, each is looked at.
    mapped = _LAST_MAPPED if letters.isalpha() and _without_case(signs[_LAST_MAPPED:]) else _CODE_POINTS
    for start, end in far:
        classes[start:end] = _WORD | _ALNUM | _LETTER | _ALPHABETIC
    classes[:mapped] = _classes_of(signs[:mapped])
    longer: list[str] = []
    small, folded = (_becomes(signs[:mapped], change, longer) for change in (str.lower, str.casefold))
    rows = np.zeros((len(longer) + 1, 4), np.uint32)
    for row, several in zip(rows, longer, strict=False):
        row[: len(several)] = [*map(ord, several)]
    return _Characters(classes, small, folded, rows, mapped)


def _classes_of(signs: str) -> npt.NDArray[np.uint8]:
    classes = np.zeros(len(signs), np.uint8)
    for bit, pattern in ((_WORD, word_pattern()), *((bit, re.compile(run)) for bit, run in _RUNS)):
        for run in pattern.finditer(signs):
            classes[run.start() : run.end()] |= bit
    each = list(signs)
    capital, small, title, alphabetic, digit = (
        np.fromiter(map(is_one, each), bool, len(each))
        for is_one in (str.isupper, str.islower, str.istitle, str.isalpha, str.isdigit)
    )
    small |= title & ~capital
    for bit, ones in ((_CAPITAL, capital), (_SMALL, small), (_ALPHABETIC, alphabetic), (_DIGIT, digit)):
        classes[ones] |= bit
    for place in np.flatnonzero(capital | small).tolist():
        classes[place] |= _CASED * (unicodedata.category(signs[place]) in ("Lu", "Ll", "Lt"))
    return classes


def _without_case(signs: str) -> bool:
    """Whether no sign is a capital or has one, or becomes anything else."""
    return (f"A{signs}".isupper() and f"a{signs}".islower()) and signs.lower() == signs == signs.casefold()


def _becomes(signs: str, change: Callable[[str], str], longer: list[str]) -> npt.NDArray[np.uint32]:
    """What each sign becomes; adds to `longer` what is not one sign."""
    changed = list(map(change, signs))
    table = np.frombuffer(_encoded("".join(one[:1] for one in changed)), np.uint32).copy()
    for place in [place for place, one in enumerate(changed) if len(one) != 1]:
        table[place] = _LONGER + len(longer)
        longer.append(changed[place])
    return table
