"""Small tables that tell a language from its neighbours, where a detector has no label or hardly tells them apart.

For every word of a text a table has how much more usual it is in the language than in close ones (log-likelihoods,
cut); words that it does not know are judged by their letters, each once. English terms say nothing: texts about
computers or games have them in every language (`terms.npz`). A text in a close language, also one that nobody trained
on, has too many words that are not of the language. For pairs that share most words, as Malay and Indonesian do, a
further table weighs one against the other.

The tables are made by `benchmarks/close_languages/train.py`; where they are from, and what they reach, is in
`data/discriminators/README.md` and `benchmarks/close_languages/README.md`. Each is read when a text first asks for it.
"""

import functools
import io
import math
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from ..files.packaged import packaged
from ..text.letters import word_pattern

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from ..kernels.words import WordTables

FOLDER, TERMS = "discriminators", "terms"
#: Weights of words are kept in quarters, those of letters in sixteenths; what a word is known by has so many bits.
WORD_STEP, GRAM_STEP, KEY_BITS, GRAM_BITS = 0.25, 0.0625, 24, 13
#: Runs of so many letters of a word, with its ends, stand for one that no table knows.
GRAM_LENGTHS = (2, 3, 4)
#: What an unknown word may say against and for a language.
UNKNOWN_LEAST, UNKNOWN_MOST = -3.0, 1.0
# Characters: longer texts are judged by three pieces.
_LONGEST_WHOLE, _PIECE = 800, 250
#: The least that the words of a short text must say for its language; a longer one in it always says more, so that more
#: is asked of it: so much a word as its table has it, up to a most.
LEAST_OF_SHORT, SHORT_TEXT = -2.0, 3
_MOST_ASKED = 25.0
# What a word of a short text that is surely in the language says on average, and of how many.
_SURELY, _LEAST_SURE = 1.5, 2
# Without one sign on a letter a text of these is not written as the texts are of which the tables are made.
_SIGNED = frozenset({"cs", "pl", "ro", "vi"})


Word = tuple[str, int, bool]
"""A word of a text in lower case, its key, and whether it has a capital: it may be a name, which tells no language."""


@dataclass(frozen=True)
class Rival:
    """What tells a language from one close language.

    Attributes:
        tag: of the close language.
        least: the least that the words of a text in the language say for it.
        weights: key of a word -> what it says, in WORD_STEPs.
    capitals: how much of what it says against the language a word with a capital says, which may be a name: 0 to 1.
    others: what every other word says.
    doubt: the sum below which it cannot be told which of the two a text is in, at least `least`.
    """

    tag: str
    least: float
    weights: Mapping[int, int]
    capitals: float = 0.0
    others: float = 0.0
    doubt: float = -math.inf

    @functools.cached_property
    def keys_against(self) -> frozenset[int]:
        """Keys of words that speak for the close language."""
        return frozenset(key for key, weight in self.weights.items() if weight < 0)


@dataclass(frozen=True, eq=False)
class Table:
    """What tells a language from all others.

    Attributes:
        weights: key of a word -> what it says for the language, in WORD_STEPs.
        grams: what runs of letters of other words say, in GRAM_STEPs.
        bias: what an unknown word says by being unknown.
        slope: what every further word of a text in the language says for it at least.
        rivals: close languages that need a table of their own.
    """

    weights: Mapping[int, int]
    grams: Sequence[int]
    bias: float
    slope: float
    rivals: tuple[Rival, ...]


def speaks_against(text: str, tag: str) -> str | None:
    """Says whether the words of a text speak against its being in a language.

    Args:
        text: a text in NFC, without what is no language.
        tag: the language's tag.

    Returns:
        None where they do not, or there is no table for the language; the tag of the close language that they are in,
        or `und` where it is not one that has a table of its own.
    """
    table = read_table(tag)
    if table is None or (tag in _SIGNED and text.isascii()):
        return None
    if (sums := _sums(text, tag, table)) is None:
        words = spread_words(text, tag)
        keys = {key for _, key, _ in words}
        against = [(one, rival_support(words, one)) for one in table.rivals if not one.keys_against.isdisjoint(keys)]
    else:
        against = _rivals_in(sums, table)
    if close := next((one.tag for one, support in against if support < one.least), None):
        return close
    if any(support < one.doubt for one, support in against):
        return "und"
    if sums is not None:
        known, counted, unknown = sums[:3]
        supported = _supported_at_sight(WORD_STEP * known, counted, unknown, table)
        if supported is not None:
            return None if supported else "und"
        words = spread_words(text, tag)
    return None if _is_supported(words, table) else "und"


def _is_supported(words: Iterable[Word], table: Table) -> bool:
    """Whether words say enough for a language; the letters of unknown ones are asked only where they decide."""
    known, counted, unknown = _known_support(words, table)
    supported = _supported_at_sight(known, counted, len(unknown), table)
    if supported is not None:
        return supported
    letters = sum(_of_unknown(word, table) for word in unknown)
    return known + letters >= least_support(counted + len(unknown), table.slope)


def _supported_at_sight(known: float, counted: int, unknown: int, table: Table) -> bool | None:
    """Whether known words say enough, or too little, whatever unknown ones say; None where these decide."""
    least = least_support(counted + unknown, table.slope)
    if known + UNKNOWN_LEAST * unknown >= least or not counted + unknown:
        return True
    return False if known + UNKNOWN_MOST * unknown < least else None


def _sums(text: str, tag: str, table: Table) -> Sequence[int] | None:
    """What the library sums over the words that `spread_words` gives; None where it is missing, or cannot tell."""
    pieces = [text] if len(text) <= _LONGEST_WHOLE else [text[at : at + _PIECE] for at in _starts(text)]
    sharp = tag == "tr" or "ß" in text
    return _word_tables(table).sums("".join(pieces), len(pieces[0]), sharp, tag == "tr")


@functools.cache
def _word_tables(table: Table) -> "WordTables":
    from ..kernels.words import WordTables

    return WordTables([table.weights, *(one.weights for one in table.rivals)], term_keys())


def _rivals_in(sums: Sequence[int], table: Table) -> list[tuple[Rival, float]]:
    """The rivals for which words of a text speak, with what `rival_support` gives; their weights are exact halves."""
    of_rivals = zip(table.rivals, *(sums[at::5] for at in range(3, 8)), strict=True)
    return [
        (one, WORD_STEP * (plain + capital * one.capitals + for_it) + (one.others * others if one.others else 0))
        for one, plain, capital, for_it, others, speaks in of_rivals
        if speaks
    ]


def speaks_for(text: str, tag: str) -> bool:
    """Whether the words of a short text, of which a detector is not sure, clearly are of a language.

    Args:
        text: as for `speaks_against`.
        tag: the language's tag.

    Returns:
        true where it has two words or more, which speak for the language, and not for a close one rather.
    """
    table = read_table(tag)
    if table is None:
        return False
    words = spread_words(text, tag)
    support, counted = word_support(words, table)
    sure = counted >= _LEAST_SURE and support >= _SURELY * counted
    return sure and all(rival_support(words, one) >= 0 for one in table.rivals)


def least_support(words: int, slope: float) -> float:
    """The least that so many words must say for a language.

    Args:
        words: how many words say something.
        slope: of the language's table.

    Returns:
        the sum that a text in the language reaches.

    >>> least_support(3, 0.5), least_support(13, 0.5), least_support(200, 0.5)
    (-2.0, 3.0, 25.0)
    """
    return min(_MOST_ASKED, LEAST_OF_SHORT + slope * max(0, words - SHORT_TEXT))


def spread_words(text: str, tag: str) -> list[Word]:
    """Gives the words of a text, of a long one those of pieces that are spread over it.

    Args:
        text: the text.
        tag: the language's tag, whose capitals may have small letters of their own.

    Returns:
        the words, in their order.
    """
    words = _some_words(text)
    plain = tag != "tr" and "ß" not in text
    lower = list(map(str.lower, words)) if plain else [lowered(word, tag) for word in words]
    return [(one, key_of(one), word[0].isupper()) for one, word in zip(lower, words, strict=True)]


def _some_words(text: str) -> list[str]:
    words = word_pattern().findall
    if len(text) <= _LONGEST_WHOLE:
        return words(text)
    # The first and the last word of a piece may be cut.
    return [word for start in _starts(text) for word in words(text[start : start + _PIECE])[1:-1]]


def _starts(text: str) -> tuple[int, int, int]:
    return 0, (len(text) - _PIECE) // 2, len(text) - _PIECE


def lowered(word: str, tag: str) -> str:
    """A word as the tables have it.

    Args:
        word: as it stands in a text.
        tag: the language's tag.

    Returns:
        the word in lower case.

    >>> lowered("IŞIK", "tr"), lowered("Straße", "de")
    ('ışık', 'strasse')
    """
    if tag == "tr":
        word = word.replace("İ", "i").replace("I", "ı")
    return word.lower().replace("ß", "ss")


@functools.lru_cache(1 << 14)
def key_of(word: str) -> int:
    """What stands for a word in a table.

    Args:
        word: in lower case.

    Returns:
        a number of KEY_BITS bits.
    """
    return zlib.crc32(word.encode("utf-8", "surrogatepass")) >> (32 - KEY_BITS)


def grams_of(word: str) -> list[int]:
    """Places of a word's runs of letters among the weights of letters.

    Args:
        word: in lower case.

    Returns:
        numbers of GRAM_BITS bits; a run that is there twice counts twice.
    """
    ends = f"<{word}>"
    return [_place_of(ends[at : at + n]) for n in GRAM_LENGTHS for at in range(len(ends) - n + 1)]


@functools.lru_cache(1 << 14)
def _place_of(run: str) -> int:
    return zlib.crc32(run.encode("utf-8", "surrogatepass")) & ((1 << GRAM_BITS) - 1)


def word_support(words: Iterable[Word], table: Table) -> tuple[float, int]:
    """What words say for a language.

    Args:
        words: as `spread_words` gives them.
        table: the language's.

    Returns:
        the sum, and how many words say something.
    """
    known, counted, unknown = _known_support(words, table)
    return known + sum(_of_unknown(word, table) for word in unknown), counted + len(unknown)


def _known_support(words: Iterable[Word], table: Table) -> tuple[float, int, Sequence[str]]:
    """What words that the table has say, and how many of them say something; and the words that it does not know."""
    known, counted = 0, 0
    weights, terms = table.weights, term_keys()
    unknown = dict[str, None]()  # each once: a text may say a term of its subject again and again
    for word, key, capital in words:
        weight = weights.get(key)
        if weight is None:
            if not capital and len(word) > 1 and word.isalpha() and key not in terms:
                unknown[word] = None
        elif weight > 0 or (weight < 0 and not capital):
            known += weight
            counted += 1
    return WORD_STEP * known, counted, list(unknown)


@functools.lru_cache(1 << 14)
def _of_unknown(word: str, table: Table) -> float:
    places = grams_of(word)
    letters = GRAM_STEP * sum(map(table.grams.__getitem__, places)) / math.sqrt(len(places))
    return max(UNKNOWN_LEAST, min(UNKNOWN_MOST, table.bias + letters))


def rival_support(words: Sequence[Word], rival: Rival) -> float:
    """What words say for a language against one close to it.

    Args:
        words: as `spread_words` gives them.
        rival: the close language.

    Returns:
        the sum; under zero where they rather speak for the close one, zero where no word does.
    """
    weights = rival.weights
    known = [(weights[key], capital) for _, key, capital in words if key in weights]
    against = [weight * rival.capitals if capital else weight for weight, capital in known if weight < 0]
    if not against:
        return 0.0
    support = sum(against) + sum(weight for weight, _ in known if weight > 0)
    others = sum(1 for word, key, _ in words if key not in weights and not word.isdigit()) if rival.others else 0
    return WORD_STEP * support + rival.others * others


@functools.cache
def term_keys() -> frozenset[int]:
    """English words and those of programming that texts in other languages hold as they are.

    Returns:
        their keys, read once.
    """
    import numpy as np

    with np.load(io.BytesIO(packaged(FOLDER, f"{TERMS}.npz").read_bytes()), allow_pickle=False) as arrays:
        planes = arrays["keys"]
    return frozenset(unpacked_keys(planes, [planes.shape[1]]))


@functools.cache
def read_table(tag: str) -> Table | None:
    """The table of a language.

    Args:
        tag: the language's tag.

    Returns:
        the table, read once; None where there is none.
    """
    import numpy as np

    file = packaged(FOLDER, f"{tag}.npz")
    if not file.is_file():
        return None
    with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as arrays:
        sizes = arrays["sizes"].tolist()
        of_rivals = [arrays[name].tolist() for name in ("capitals", "others", "doubts")]
        tags, least = arrays["rivals"].tolist(), arrays["least"].tolist()
        keys, weights = unpacked_keys(arrays["keys"], sizes), arrays["weights"].tolist()
        grams, (bias, slope) = arrays["grams"].tolist(), arrays["bias_and_slope"].tolist()
    ends = np.cumsum([0, *sizes]).tolist()
    parts = [dict(zip(keys[a:b], weights[a:b], strict=True)) for a, b in pairwise(ends)]
    rivals = (Rival(*one) for one in zip(tags, least, parts[1:], *of_rivals, strict=True))
    return Table(parts[0], grams, bias, slope, tuple(rivals))


def packed_keys(parts: Sequence[Sequence[int]]) -> "npt.NDArray[np.uint8]":
    """Keys as their distances, byte by byte, which a compressor makes little of.

    Args:
        parts: keys in order, table by table.

    Returns:
        shape (3, keys): the lowest bytes first.
    """
    import numpy as np

    distances = np.concatenate([np.diff(np.array(part, dtype=np.int64), prepend=0) for part in parts])
    return np.array([(distances >> shift) & 255 for shift in (0, 8, 16)], dtype=np.uint8)


def unpacked_keys(planes: "npt.NDArray[np.uint8]", sizes: Sequence[int]) -> list[int]:
    """What `packed_keys` packed.

    Args:
        planes: what it gave.
        sizes: how many keys each table has.

    Returns:
        all keys, table after table.
    """
    import numpy as np

    wide = planes.astype(np.int64)
    distances = wide[0] | (wide[1] << 8) | (wide[2] << 16)
    ends = np.cumsum(sizes)[:-1]
    return [int(key) for part in np.split(distances, ends) for key in np.cumsum(part)]
