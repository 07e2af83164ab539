"""Unicode scripts of texts, counted letter by letter, many texts at once."""

import functools
import json
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..files.packaged import packaged_text

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

# First word of a letter's Unicode name -> ISO 15924. Letters of scripts not listed count as Zzzz.
_BY_NAME = {
    "LATIN": "Latn", "CYRILLIC": "Cyrl", "GREEK": "Grek", "ARABIC": "Arab", "HEBREW": "Hebr", "DEVANAGARI": "Deva",
    "CJK": "Hani", "IDEOGRAPHIC": "Hani", "HIRAGANA": "Hira", "HENTAIGANA": "Hira", "KATAKANA": "Kana",
    "KATAKANA-HIRAGANA": "Kana",
    "HANGUL": "Hang", "BOPOMOFO": "Bopo", "THAI": "Thai", "LAO": "Laoo", "KHMER": "Khmr", "MYANMAR": "Mymr",
    "BENGALI": "Beng", "GURMUKHI": "Guru", "GUJARATI": "Gujr", "ORIYA": "Orya", "TAMIL": "Taml", "TELUGU": "Telu",
    "KANNADA": "Knda", "MALAYALAM": "Mlym", "SINHALA": "Sinh", "TIBETAN": "Tibt", "GEORGIAN": "Geor",
    "ARMENIAN": "Armn", "ETHIOPIC": "Ethi", "MONGOLIAN": "Mong", "SYRIAC": "Syrc", "THAANA": "Thaa", "NKO": "Nkoo",
    "TIFINAGH": "Tfng", "CHEROKEE": "Cher", "CANADIAN": "Cans", "COPTIC": "Copt", "JAVANESE": "Java", "YI": "Yiii",
    "OL": "Olck", "MEETEI": "Mtei", "BALINESE": "Bali", "SUNDANESE": "Sund", "VAI": "Vaii", "ADLAM": "Adlm",
}  # fmt: skip
#: Scripts in which one character is a syllable or a word.
DENSE = frozenset({"Hani", "Hira", "Kana", "Hang"})
_WIDTH_FORMS = ("FULLWIDTH ", "HALFWIDTH ")
# Beginnings of the names of letters that belong to no script; they say nothing of a language.
_OF_NO_SCRIPT = ("MATHEMATICAL", "MODIFIER", "MICRO", "FEMININE", "MASCULINE", "VEDIC", "MASU")
NAMES: tuple[str, ...] = (*sorted(set(_BY_NAME.values())), "Zzzz")
_MIXTURES = {
    "Hans": ("Hani",), "Hant": ("Hani",), "Jpan": ("Hani", "Hira", "Kana"), "Kore": ("Hang", "Hani"),
    "Hrkt": ("Hira", "Kana"), "Hanb": ("Hani", "Bopo"), "Aran": ("Arab",),
}  # fmt: skip
# Runs of code points whose names need not be looked up one by one; ideographs up to the extension J, of Unicode 17.
_RUNS = (
    (0x3400, 0x4DC0, "Hani"), (0x4E00, 0xA000, "Hani"), (0xAC00, 0xD7A4, "Hang"), (0xF900, 0xFB00, "Hani"),
    (0x20000, 0x33480, "Hani"),
)  # fmt: skip
# Letterlike symbols: most stand in formulas (double-struck R, script l) and are letters of no script.
_LETTERLIKE = range(0x2100, 0x2150)
_LETTERLIKE_RUNS = (
    (0x2126, 0x2127, "Grek"), (0x212A, 0x212C, "Latn"), (0x2132, 0x2133, "Latn"), (0x214E, 0x214F, "Latn"),
    (0x2183, 0x2185, "Latn"),
)  # fmt: skip
# Letters and vowel signs that came after Unicode 14, which is all that Python 3.11 knows, up to Unicode 18: a text
# counts the same with every Python.
_LATER = (
    (0x5C8, 0x5CA, "Hebr"), (0x88F, 0x890, "Arab"), (0x897, 0x898, "Arab"), (0xB53, 0xB55, "Orya"),
    (0xC5C, 0xC5D, "Telu"), (0xCDC, 0xCDD, "Knda"), (0xCF3, 0xCF4, "Knda"), (0xECE, 0xECF, "Laoo"),
    (0x1C89, 0x1C8B, "Cyrl"), (0xA7CB, 0xA7D0, "Latn"), (0xA7D2, 0xA7D3, "Latn"), (0xA7D4, 0xA7D5, "Latn"),
    (0xA7DA, 0xA7DE, "Latn"), (0xA7E2, 0xA7E3, "Latn"), (0xAB6C, 0xAB6E, "Latn"), (0x10EC2, 0x10EC5, "Arab"),
    (0x10EC6, 0x10EC8, "Arab"), (0x10ECB, 0x10ED0, "Arab"), (0x10ED9, 0x10EEF, "Arab"), (0x10EF0, 0x10F00, "Arab"),
    (0x11B0A, 0x11B0B, "Deva"), (0x11DF0, 0x11DF2, "Beng"), (0x1B123, 0x1B124, "Hira"), (0x1B124, 0x1B129, "Kana"),
    (0x1B132, 0x1B133, "Hira"), (0x1B155, 0x1B156, "Kana"), (0x1B168, 0x1B169, "Kana"), (0x1DF1F, 0x1DF82, "Latn"),
    (0x1DF90, 0x1DF97, "Latn"),
)  # fmt: skip
_TABLE_END = 0x33480
# Characters that are counted at once: what is noted of each then stays where the processor has it at hand.
_AT_ONCE = 1 << 15


def is_script(code: str) -> bool:
    """Whether a code is one of ISO 15924, in its usual case.

    Args:
        code: four letters, the first a capital.

    Returns:
        false for a code that is left to private use.
    """
    return code in _MIXTURES or code in _codes()


@functools.cache
def _codes() -> frozenset[str]:
    places: dict[str, dict[str, str]] = json.loads(packaged_text("places.json"))
    return frozenset(places["scripts"].values())


def members(scripts: Sequence[str]) -> frozenset[str]:
    """Spells out codes of mixtures and variants.

    Args:
        scripts: ISO 15924 codes of a language.

    Returns:
        the plain scripts that they stand for: Jpan is Hani, Hira and Kana.
    """
    return frozenset(plain for script in scripts for plain in _MIXTURES.get(script, (script,)))


def counts(texts: Sequence[str]) -> "npt.NDArray[np.int64]":
    """Counts letters and vowel signs of each script.

    Args:
        texts: any texts.

    Returns:
        the counts, shape (texts, len(NAMES)).
    """
    import numpy as np

    width, begin, length = len(NAMES) + 1, 0, 0
    counts = np.zeros((len(texts), width), dtype=np.int64)
    for end, text in enumerate(texts, 1):
        length += len(text)
        if length >= _AT_ONCE or end == len(texts):
            some = texts[begin:end]
            lengths = np.fromiter(map(len, some), dtype=np.int64, count=len(some))
            cell = np.repeat(np.arange(len(some), dtype=np.int64) * width, lengths)
            cell += _table().take(_codes_of("".join(some)), mode="clip")
            counts[begin:end] = np.bincount(cell, minlength=len(some) * width).reshape(len(some), width)
            begin, length = end, 0
    return counts[:, 1:]


def letters(text: str) -> int:
    """Counts the letters and vowel signs of a text; of scripts in which one is a syllable or a word each counts double.

    Args:
        text: any text.

    Returns:
        the sum.

    >>> letters("Tokio 東京 2"), letters("")
    (9, 0)
    """
    return int(_values().take(_codes_of(text), mode="clip").sum())


def without(text: str, own: frozenset[str]) -> str:
    """Leaves of a text the letters of other scripts than Latin and those named.

    Args:
        text: any text.
        own: the scripts that are left out, as `members` gives them.

    Returns:
        the other letters, one after the other.

    >>> without("рынок heißt market, 市場", frozenset({"Cyrl"}))
    '市場'
    """
    import numpy as np

    other = np.array([False, *(name not in own | {"Latn"} for name in NAMES)])
    places = np.flatnonzero(other[_table().take(_codes_of(text), mode="clip")])
    return "".join(text[place] for place in places.tolist())


def _codes_of(text: str) -> "npt.NDArray[np.uint32]":
    import numpy as np

    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


@functools.cache
def _values() -> "npt.NDArray[np.uint8]":
    """Returns, for each code point, what it counts as a letter."""
    import numpy as np

    return np.array([0, *(2 if name in DENSE else 1 for name in NAMES)], dtype=np.uint8)[_table()]


@functools.cache
def _table() -> "npt.NDArray[np.uint8]":
    """Returns, for each code point, 1 + its script's place in NAMES, or 0 where it is no letter."""
    import numpy as np

    place = {name: i + 1 for i, name in enumerate(NAMES)}
    table = np.zeros(_TABLE_END + 1, dtype=np.uint8)
    for start, end, script in (*_RUNS, *_LETTERLIKE_RUNS, *_LATER):
        table[start:end] = place[script]
    for point in range(0x41, 0x1F000):
        if table[point] == 0 and point not in _LETTERLIKE:
            table[point] = place.get(_script(chr(point)) or "", 0)
    return table


def _script(character: str) -> str | None:
    category = unicodedata.category(character)
    if category[0] not in "LM" or category == "Lm":
        return None
    name = unicodedata.name(character, "")
    for form in _WIDTH_FORMS:
        name = name.removeprefix(form)
    # Ol Onal is another script than Ol Chiki.
    script = None if name.startswith("OL ONAL") else _BY_NAME.get(name.split(" ")[0].split("-")[0])
    if category[0] == "M" or name.startswith(_OF_NO_SCRIPT):
        return script
    return script or "Zzzz"
