"""Words, openings and sentences of answers, as they are compared: in small letters, without points and signs."""

import re
import unicodedata
from collections.abc import Iterator

from ..text.letters import word_pattern
from ..text.personal_data import mask_pii

#: Words of an opening, and letters of one where no space parts words.
OPENING_WORDS, OPENING_LETTERS = 3, 6
#: A sentence of fewer words, or letters, says too little to be boilerplate.
SENTENCE_WORDS, SENTENCE_LETTERS = 5, 12
# After the sign that ends a sentence, or a line; a point between digits or letters (3.5, e.g.) ends none.
_BREAK = re.compile(r"(?<=[!?؟।。！？])|(?<=[.…])(?=[*_\"'”»)\]]{0,4}(?:\s|$))|\n")
# Around a sentence: white space, and marks of lists, headings and emphasis.
_MARKS = " \t\r\n*_#>-•"
_DIGITS = re.compile(r"\d+")
_LATIN = re.compile(r"[A-Za-z0-9]")


def units(text: str, spaced: bool) -> list[str]:
    """The words of a text; of a language without spaces its letters, each with its marks, and words in Latin letters.

    Args:
        text: any text.
        spaced: whether the language separates words.

    Returns:
        the units in their order, in small letters.

    Example:
        >>> units("**Sure!** Here is it.", True), units("東京です。OK", False)
        (['sure', 'here', 'is', 'it'], ['東', '京', 'で', 'す', 'ok'])
    """
    words = word_pattern().findall(unicodedata.normalize("NFC", text).casefold())
    return words if spaced else [unit for word in words for unit in _letters(word)]


def _letters(word: str) -> Iterator[str]:
    unit = ""
    for letter in word:
        joined = unicodedata.category(letter)[0] == "M" or bool(_LATIN.match(letter) and unit and _LATIN.match(unit))
        if unit and not joined:
            yield unit
            unit = ""
        unit += letter
    if unit:
        yield unit


def opening(text: str, spaced: bool) -> str:
    """How a text begins: its first three words, or six letters, whatever signs stand before and between them.

    Args:
        text: any text.
        spaced: whether the language separates words.

    Returns:
        in small letters, personal data masked; of a shorter text all of it, empty where it has no word.

    Example:
        >>> opening("**Sure!** Here is the list:", True)
        'sure here is'
    """
    # So that of a long answer only the beginning is read: no word is longer than what is left over. Masked before the
    # signs are gone by which an address is known.
    first = units(mask_pii(text.lstrip()[:400]), spaced)
    return " ".join(first[:OPENING_WORDS]) if spaced else "".join(first[:OPENING_LETTERS])


def sentences(text: str, spaced: bool) -> dict[str, str]:
    """The sentences and lines of a text that are long enough to be known again.

    Args:
        text: any text.
        spaced: whether the language separates words.

    Returns:
        what is compared (small letters, numbers as 0, no signs) -> the sentence as it first stands there.

    Example:
        >>> sentences("Yes. I hope that this helps you!", True)
        {'i hope that this helps you': 'I hope that this helps you!'}
    """
    least = SENTENCE_WORDS if spaced else SENTENCE_LETTERS
    kept: dict[str, str] = {}
    for sentence in (part.strip(_MARKS) for part in _BREAK.split(text)):
        words = units(_DIGITS.sub("0", sentence), spaced)
        if len(words) >= least:
            kept.setdefault(" ".join(words), sentence)
    return kept
