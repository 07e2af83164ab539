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
    "CJK": "Hani", "IDEOGRAPHIC": "Hani", "HIRAGANA": "Hira", "KATAKANA": "Kana", "KATAKANA-HIRAGANA": "Kana",
    "HANGUL": "Hang", "BOPOMOFO": "Bopo", "THAI": "Thai", "LAO": "Laoo", "KHMER": "Khmr", "MYANMAR": "Mymr",
    "BENGALI": "Beng", "GURMUKHI": "Guru", "GUJARATI": "Gujr", "ORIYA": "Orya", "TAMIL": "Taml", "TELUGU": "Telu",
    "KANNADA": "Knda", "MALAYALAM": "Mlym", "SINHALA": "Sinh", "TIBETAN": "Tibt", "GEORGIAN": "Geor",
    "ARMENIAN": "Armn", "ETHIOPIC": "Ethi", "MONGOLIAN": "Mong", "SYRIAC": "Syrc", "THAANA": "Thaa", "NKO": "Nkoo",
    "TIFINAGH": "Tfng", "CHEROKEE": "Cher", "CANADIAN": "Cans", "COPTIC": "Copt", "JAVANESE": "Java", "YI": "Yiii",
    "OL": "Olck", "MEETEI": "Mtei", "BALINESE": "Bali", "SUNDANESE": "Sund", "VAI": "Vaii", "ADLAM": "Adlm",
}  # fmt: skip
_WIDTH_FORMS = ("FULLWIDTH ", "HALFWIDTH ")
NAMES: tuple[str, ...] = (*sorted(set(_BY_NAME.values())), "Zzzz")
_MIXTURES = {
    "Hans": ("Hani",), "Hant": ("Hani",), "Jpan": ("Hani", "Hira", "Kana"), "Kore": ("Hang", "Hani"),
    "Hrkt": ("Hira", "Kana"), "Hanb": ("Hani", "Bopo"), "Aran": ("Arab",),
}  # fmt: skip
# Runs of code points whose names need not be looked up one by one.
_RUNS = (
    (0x3400, 0x4DC0, "Hani"), (0x4E00, 0xA000, "Hani"), (0xAC00, 0xD7A4, "Hang"), (0xF900, 0xFB00, "Hani"),
    (0x20000, 0x32000, "Hani"),
)  # fmt: skip
_TABLE_END = 0x32000


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

    width = len(NAMES) + 1
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    points = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    script = _table()[np.minimum(points, _TABLE_END)].astype(np.int64)
    cell = np.repeat(np.arange(len(texts), dtype=np.int64) * width, lengths) + script
    return np.bincount(cell, minlength=len(texts) * width).reshape(len(texts), width)[:, 1:]


@functools.cache
def _table() -> "npt.NDArray[np.uint8]":
    """Returns, for each code point, 1 + its script's place in NAMES, or 0 where it is no letter."""
    import numpy as np

    place = {name: i + 1 for i, name in enumerate(NAMES)}
    table = np.zeros(_TABLE_END + 1, dtype=np.uint8)
    for start, end, script in _RUNS:
        table[start:end] = place[script]
    for point in range(0x41, 0x1F000):
        if table[point] == 0:
            table[point] = place.get(_script(chr(point)) or "", 0)
    return table


def _script(character: str) -> str | None:
    category = unicodedata.category(character)
    if category[0] not in "LM" or category == "Lm":
        return None
    name = unicodedata.name(character, "")
    for form in _WIDTH_FORMS:
        name = name.removeprefix(form)
    script = _BY_NAME.get(name.split(" ")[0].split("-")[0])
    if category[0] == "M" or name.startswith(("MATHEMATICAL", "MODIFIER", "MICRO", "FEMININE", "MASCULINE")):
        return script
    return script or "Zzzz"
