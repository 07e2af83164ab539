"""Looking for many phrases in many texts at once: a normal form, and an index that finds where to look closely.

A regular expression of all phrases reads some 20 million characters a second, str.find one phrase at a time some
1,000 million; here every four characters on end are looked up in a table that knows four of each phrase, all texts of a
batch at a time, which costs the same for ten phrases as for a thousand.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise, product
from typing import TYPE_CHECKING, Literal

from ..text.letters import letter_class
from .facts import Language

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Units = npt.NDArray[np.uint16]
    Grams = npt.NDArray[np.uint64] | npt.NDArray[np.uint32]

Bounds = Literal["words", "beginnings", "none"]

#: What ends a sentence.
STOP = ".!?。！？؟।"

# A gap stays within a sentence; between words separated by spaces it takes whole words.
_GAP = rf"[^\w{STOP}](?:[^{STOP}]{{0,80}}?[^\w{STOP}])??"
_LOOSE_GAP = rf"[^{STOP}]{{0,60}}?"
# A text that is cut off within a sentence has so many characters of it at most; longer ones lack a point only.
_LONGEST_STUMP = 60
# Stands for the Persian joint within phrases.
_JOINT = "\ue000"
# From here on no character is composed of others, or joins one.
_LAST_COMPOSED = 0x30000
# The least that a text must hold letter by letter for a phrase to be looked for, in UTF-16 units.
_WIDTH, _LOOSE_WIDTH = 4, 2

_SAME = (
    dict.fromkeys("’‘ʼ´`′", "'") | {"İ": "i", "ı": "i"} | dict.fromkeys("أإآٱ", "ا") | {"ى": "ي", "ی": "ي", "ک": "ك"}
)
_SAME |= {"ș": "ş", "ț": "ţ", "ँ": "ं"} | {chr(0x958 + i): base for i, base in enumerate("कखगजडढफय")}
_SAME |= {"ऩ": "न", "ऱ": "र", "ऴ": "ळ"}
# Arabic vowel signs and tatweel, nukta, and the dot that lower case leaves of a Turkish capital i.
_NOTHING = (*range(0x64B, 0x653), 0x640, 0x93C, 0x307)


@dataclass(frozen=True)
class Texts:
    """Texts in normal form, end to end: text i is `units[ends[i - 1]:ends[i]]`, a space at its end.

    Attributes:
        units: UTF-16 code units in lower case, with variants of a letter as one and each white space as one space.
        ends: where the texts end.
    """

    units: "Units"
    ends: "npt.NDArray[np.int64]"

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Texts":
        """Brings texts into normal form, all at once.

        Args:
            texts: any texts.

        Returns:
            their normal forms, in the same order.
        """
        import numpy as np

        from ..kernels.words import normal_units

        units, ends = _joined(texts)
        if (native := normal_units(units, _table(), _decomposed(), ends)) is not None:
            return cls(*native)
        if bool(_decomposed()[units].any()):
            units, ends = _joined([unicodedata.normalize("NFC", text) for text in texts])
            if (native := normal_units(units, _table(), None, ends)) is not None:
                return cls(*native)
        units = _table()[units]
        space = units == 32
        kept = units != 0
        kept[1:] &= ~(space[1:] & space[:-1])
        kept[ends - 1] = True
        gone = np.flatnonzero(~kept)
        return cls(units[kept], ends - np.searchsorted(gone, ends))

    def __getitem__(self, i: int) -> str:
        start = int(self.ends[i - 1]) if i else 0
        return self.units[start : int(self.ends[i])].tobytes().decode("utf-16-le", "surrogatepass").strip()


def _joined(texts: Sequence[str]) -> "tuple[Units, npt.NDArray[np.int64]]":
    """Texts end to end, a new line behind each, and where they end."""
    import numpy as np

    units = np.frombuffer("\n".join([*texts, ""]).encode("utf-16-le", "surrogatepass"), np.uint16)
    lengths = [len(text) + 1 for text in texts]
    if len(units) != sum(lengths):
        lengths = [len(text.encode("utf-16-le", "surrogatepass")) // 2 + 1 for text in texts]
    return units, np.cumsum(np.array(lengths, np.int64))


def normal(text: str) -> str:
    """The normal form of one text; see Texts.

    Args:
        text: any text.

    Returns:
        it, without spaces at its ends.

    Example:
        >>> normal("As  an AI, I CAN’T")
        "as an ai, i can't"
    """
    return Texts.of([text])[0]


@dataclass(frozen=True)
class Pattern:
    """A phrase ready to be looked for.

    Attributes:
        stems: of these a text holds at least one if it holds the phrase.
        written: the phrase as a regular expression over normal form.
        width: the least length of a stem.
    """

    stems: tuple[str, ...]
    written: str
    width: int

    @cached_property
    def expression(self) -> re.Pattern[str]:
        """The regular expression; compiled where a text holds a stem, as few of thousands of phrases ever are."""
        return re.compile(self.written)

    def may_stand_in(self, text: str) -> bool:
        """Whether a text holds one of the stems; soon known.

        Args:
            text: a text in normal form.

        Returns:
            false only where the phrase does not stand in it.
        """
        return any(stem in text for stem in self.stems)

    def stands_in(self, text: str) -> bool:
        """Whether a text holds the phrase.

        Args:
            text: a text in normal form.

        Returns:
            whether it does.
        """
        return self.may_stand_in(text) and self.expression.search(text) is not None


def bounds_of(language: Language) -> Bounds:
    """Where phrases of a language may begin and end; where words take endings, the phrases leave those out.

    Args:
        language: the language.

    Returns:
        As `compiled` takes it.
    """
    return "beginnings" if language.words_take_endings else "words" if language.spaces else "none"


def malformed_phrases(language: Language) -> list[str]:
    """Looks for phrases of a language that cannot be looked for.

    Args:
        language: the language.

    Returns:
        A sentence for each, which begins with the key of the language's file; none where all are well.
    """
    tasks, cues = language.task_words, language.style_cues
    sentences = []
    for key, phrase in (
        *((f"refusals: {one.kind}", one.text) for one in language.refusals),
        *(("task_words: correction", one) for one in (tasks.correction if tasks else ())),
        *(("task_words: translation", one) for one in (tasks.translation if tasks else ())),
        *(("task_words: repetition", one) for one in (tasks.repetition if tasks else ())),
        *(("task_words: again", one) for one in (tasks.again if tasks else ())),
        *(("task_words: declining", one) for one in (tasks.declining if tasks else ())),
        *(("task_words: latin_letters", one) for one in (tasks.latin_letters if tasks else ())),
        *(("style_cues: hedging", one) for one in (cues.hedging if cues else ())),
        *(("style_cues: apology", one) for one in (cues.apology if cues else ())),
        *(("style_cues: formal", one) for one in (cues.formal if cues else ())),
        *(("style_cues: informal", one) for one in (cues.informal if cues else ())),
    ):
        try:
            compiled(phrase, bounds_of(language), None)
        except ValueError as error:
            sentences.append(f"{key}: {error}")
    return sentences


@cache
def compiled(phrase: str, bounds: Bounds, start: str | None) -> Pattern:
    """Makes a phrase ready.

    Args:
        phrase: `(a|b)` is a or b, `*` lets the word go on, `…` is anything within the sentence, and at the end of the
            phrase what a text that stops within the sentence still has of it.
        bounds: where a phrase may begin and end: "words", where words do; "beginnings", it ends anywhere, as words take
            endings; "none", anywhere, as words have no spaces between them.
        start: a regular expression for what stands before it in place of the beginning of a word.

    Returns:
        the pattern, made once for the same arguments.

    Raises:
        ValueError: the phrase is malformed, or has too few letters that stand fast.
    """
    gap = _GAP if bounds == "words" else _LOOSE_GAP
    signs = {"…": gap, "*": f"[{letter_class()}]*", " ": " ", _JOINT: " ?"}

    def written(part: str) -> str:
        return "".join(signs.get(sign) or re.escape(sign) for sign in part)

    parts = elements(_fold_text(phrase.removesuffix("…")))
    body = "".join("(?:" + "|".join(map(written, options)) + ")" for options in parts)
    begins = start if start is not None else "" if bounds == "none" else r"(?<![^\W\d_])"
    ends = f"(?![{letter_class()}])" if bounds == "words" and not phrase.endswith("*") else ""
    if phrase.endswith("…"):
        ends += rf"[^{STOP}]{{0,{_LONGEST_STUMP}}}\Z"
    width = _WIDTH if bounds == "words" else _LOOSE_WIDTH
    return Pattern(_stems(phrase, parts, width), begins + body + ends, width)


class Index:
    """Patterns by what texts must hold of them."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        import numpy as np

        from ..kernels.words import Grams

        self._patterns = patterns
        #: width -> so many units as one integer -> (where in a stem they stand, the stem, its pattern's number).
        self._grams: dict[int, dict[int, list[tuple[int, Units, int]]]] = {}
        pairs = Counter(pair for pattern in patterns for stem in pattern.stems for pair in pairwise(stem))
        for number, pattern in enumerate(patterns):
            grams = self._grams.setdefault(pattern.width, {})
            for stem in pattern.stems:
                at = _rarest(stem, pattern.width, pairs)
                units = np.frombuffer(stem.encode("utf-16-le"), np.uint16)
                key = int.from_bytes(units[at : at + pattern.width].tobytes(), "little")
                grams.setdefault(key, []).append((at, units, number))
        self._native = {width: Grams(grams, width) for width, grams in self._grams.items()}

    def find(self, texts: Texts) -> Iterator[tuple[int, int]]:
        """Which pattern stands in which text.

        Args:
            texts: texts in normal form.

        Yields:
            (number of the text, number of the pattern), sorted, each once.
        """
        forms: dict[int, str] = {}
        for row, number in sorted({suspect for width in self._grams for suspect in self._suspects(texts, width)}):
            if row not in forms:
                forms[row] = texts[row]
            if self._patterns[number].expression.search(forms[row]):
                yield row, number

    def _suspects(self, texts: Texts, width: int) -> Iterator[tuple[int, int]]:
        """(text, pattern) wherever a stem of the pattern stands in the text."""
        import numpy as np

        if (native := self._native[width].places(texts.units, texts.ends)) is not None:
            yield from native
            return
        units = texts.units
        for key, places in _places(units, width, self._grams[width]):
            for offset, stem, number in self._grams[width][key]:
                starts = places - offset
                starts = starts[(starts >= 0) & (starts + len(stem) <= len(units))]
                # The ends first: most places fail there.
                starts = starts[(units[starts] == stem[0]) & (units[starts + (len(stem) - 1)] == stem[-1])]
                if len(starts):
                    starts = starts[(units[starts[:, None] + np.arange(len(stem))] == stem).all(axis=1)]
                    for row in set(np.searchsorted(texts.ends, starts, "right").tolist()):
                        yield row, number


def _rarest(stem: str, width: int, pairs: Counter[tuple[str, str]]) -> int:
    """Where in a stem its rarest characters begin, as far as the phrases themselves tell."""

    def common(at: int) -> int:
        return min(pairs[pair] for pair in pairwise(stem[at : at + width]))

    return min(range(len(stem) - width + 1), key=common)


def _places(units: "Units", width: int, grams: Iterable[int]) -> Iterator[tuple[int, "npt.NDArray[np.int64]"]]:
    """For each gram that stands in the units: the gram, and where."""
    import numpy as np

    grams = tuple(grams)
    table = _hash_table(grams, width)
    keys: list[Grams] = []
    places = []
    for offset in range(width):
        values = _as_grams(units[offset : offset + (len(units) - offset) // width * width], width)
        at = np.flatnonzero(table[_hash_words(values, width)])
        keys.append(values[at])
        places.append(at * width + offset)
    hit_keys, hit_places = np.concatenate(keys), np.concatenate(places)
    order = np.argsort(hit_keys, kind="stable")
    hit_keys, hit_places = hit_keys[order], hit_places[order]
    looked_for = np.array(grams, hit_keys.dtype)
    lows, highs = (np.searchsorted(hit_keys, looked_for, side) for side in ("left", "right"))
    for number in np.flatnonzero(highs > lows).tolist():
        yield grams[number], hit_places[lows[number] : highs[number]]


def _as_grams(units: "Units", width: int) -> "Grams":
    """So many units on end as one integer each."""
    import numpy as np

    return units.view(np.uint64) if width == _WIDTH else units.view(np.uint32)


def _hash_words(values: "Grams", width: int) -> "Grams":
    """A number below 2**16 for each gram of so many units."""
    import numpy as np

    if width == _WIDTH:
        return (values * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(48)
    return (values * np.uint32(0x9E3779B1)) >> np.uint32(16)


@cache
def _hash_table(keys: tuple[int, ...], width: int) -> "npt.NDArray[np.bool_]":
    import numpy as np

    table = np.zeros(1 << 16, bool)
    grams = np.array(keys, np.uint64) if width == _WIDTH else np.array(keys, np.uint32)
    table[_hash_words(grams, width)] = True
    return table


@cache
def _table() -> "Units":
    """What each UTF-16 unit becomes; 0 for nothing."""
    import numpy as np

    table = np.arange(0x10000, dtype=np.uint16)
    for code in [*range(0xD800), *range(0xE000, 0x10000)]:
        sign = chr(code)
        lower = sign.casefold() if len(sign.casefold()) == 1 else sign.lower()
        if sign.isspace() or not code:
            table[code] = 32
        elif unicodedata.category(sign) == "Cf":
            table[code] = 0
        elif len(lower) == 1 and ord(lower) < 0x10000:
            table[code] = ord(lower)
    table[list(_NOTHING)] = 0
    for sign, same in _SAME.items():
        table[table == ord(sign)] = ord(same)
    return table


@cache
def _decomposed() -> "npt.NDArray[np.bool_]":
    """For each UTF-16 unit, whether a text that holds it may be another one in NFC: an accent, half a syllable."""
    import numpy as np

    decomposed = np.zeros(0x10000, bool)
    for code in [*range(0xD800), *range(0xE000, _LAST_COMPOSED)]:
        sign = chr(code)
        parts = unicodedata.decomposition(sign).split()
        if parts and not parts[0].startswith("<"):
            decomposed[[_first_unit(int(parts[-1], 16)), _first_unit(code)]] |= [
                len(parts) == 2,
                not unicodedata.is_normalized("NFC", sign),
            ]
        if unicodedata.combining(sign):
            decomposed[_first_unit(code)] = True
    # Vowels and final consonants of Hangul.
    decomposed[0x1161:0x1176] = decomposed[0x11A8:0x11C3] = True
    # What normal form leaves out in whatever order, and the virama, which is in nearly every text of its language.
    decomposed[[*range(0x64B, 0x653), 0x93C, 0x94D]] = False
    return decomposed


def _first_unit(code: int) -> int:
    return code if code < 0x10000 else 0xD800 + ((code - 0x10000) >> 10)


def _fold_text(phrase: str) -> str:
    """A phrase in normal form, with a sign of its own for the Persian joint."""
    import numpy as np

    phrase = unicodedata.normalize("NFC", phrase)
    units = _table()[np.frombuffer(phrase.replace("\u200c", _JOINT).encode("utf-16-le", "surrogatepass"), np.uint16)]
    kept: bytes = units[units != 0].tobytes()
    return kept.decode("utf-16-le", "surrogatepass")


def _stems(phrase: str, parts: list[list[str]], width: int) -> tuple[str, ...]:
    """The strings of a phrase's most telling stretch of elements: few and long."""
    best: tuple[float, list[str]] = (-math.inf, [])
    for start in range(len(parts)):
        for end in range(start + 1, min(len(parts), start + 4) + 1):
            if math.prod(map(len, parts[start:end])) > 24:
                break
            written = ("".join(options) for options in product(*parts[start:end]))
            stems = sorted({max(re.split(f"[*…{_JOINT}]", part), key=_weight) for part in written})
            if min(map(len, stems)) >= width:
                best = max(best, (min(12, *map(_weight, stems)) - math.log2(len(stems)), stems))
    if not best[1]:
        raise ValueError(f"'{phrase}' has no {width} letters on end that stand fast")
    return tuple(best[1])


def _weight(stem: str) -> int:
    """How much a stem tells: its letters, those of scripts with hundreds of signs counted threefold."""
    return len(stem.strip()) * (3 if stem[:1] > "\u2e80" else 1)


def elements(phrase: str) -> list[list[str]]:
    """Cuts a phrase into its elements, each the list of its alternatives; groups within groups are written out.

    Args:
        phrase: a phrase in normal form.

    Returns:
        a list for each stretch of the phrase: what may stand there.

    Raises:
        ValueError: brackets that do not pair up, or a | outside them.

    Example:
        >>> elements("i (can|could) not")
        [['i '], ['can', 'could'], [' not']]
    """
    phrase = re.sub(" *… *", "…", phrase)
    alternatives: list[list[str]] = []
    depth, start = 0, 0
    for i, sign in enumerate(phrase):
        depth += (sign == "(") - (sign == ")")
        if depth < 0 or (sign == "|" and not depth):
            break
        if (sign, depth) == ("(", 1):
            alternatives += [[phrase[start:i]]] if i > start else []
            start = i + 1
        elif (sign, depth) == (")", 0):
            alternatives.append([option for part in _options(phrase[start:i]) for option in _written_out(part)])
            start = i + 1
    if depth or "|" in phrase[start:]:
        raise ValueError(f"( ) do not pair up, or a | stands outside them, in '{phrase}'")
    return alternatives + ([[phrase[start:]]] if phrase[start:] else [])


def _options(group: str) -> Iterator[str]:
    depth, start = 0, 0
    for i, sign in enumerate(group):
        depth += (sign == "(") - (sign == ")")
        if sign == "|" and not depth:
            yield group[start:i]
            start = i + 1
    yield group[start:]


def _written_out(part: str) -> list[str]:
    return ["".join(parts) for parts in product(*elements(part))]
