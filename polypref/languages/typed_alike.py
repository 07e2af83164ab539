"""Texts that two keyboards write differently and a reader takes for one: the key that they share, and how they differ.

Persian with ی and ک or with ي and ك, with or without zero-width non-joiners, digits of either kind, Romanian ș or ş,
Hebrew geresh or apostrophe, letters in one sign or taken apart. What is published stays as it is written; the key is
for noticing such texts, and for knowing a text again that came back retyped.
"""

import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Final

from .typed_letters import LETTERS

#: Signs that show nothing of their own, which one keyboard has and another has not; tatweel only stretches a word.
UNSEEN: Final = "\u00ad\u0640\u061c\ufeff\u2060" + "".join(
    map(chr, (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
)
#: Marks that one program writes into a letter and another beside it; see `stages.pair`.
_APART: Final = "\u0300-\u036f\u0591-\u05c7\u0653-\u0655\u093c\u0958-\u095f\u1100-\u11ff\u3099\u309a\ufb1d-\ufb4e"
_DIGITS: Final = {chr(first + digit): str(digit) for first in (0x0660, 0x06F0) for digit in range(10)}
_APOSTROPHES: Final[Mapping[str, str]] = {"\u2019": "'", "\u02bc": "'"}
_PERSIAN, _URDU = LETTERS["fa"].own, LETTERS["ur"].own
# Pashto has ي besides ی, so that only its kaf is anybody's mistake.
_FURTHER: Final[Mapping[str, Mapping[str, str]]] = {
    **dict.fromkeys(("prs", "ckb"), _PERSIAN),
    "pnb": _URDU,
    "ps": {"ك": "ک"},
    "he": {"\u05f3": "'", "\u2019": "'", "\u05f4": '"', "\u201d": '"', "\u05be": "-"},
    "uk": _APOSTROPHES,
    "be": _APOSTROPHES,
}


def own_letters(tag: str) -> Mapping[str, str]:
    """The letters of neighbour keyboards that texts in a language have, and the ones that they stand for.

    Args:
        tag: of the language.

    Returns:
        another letter -> the one in its place; nothing for most languages.
    """
    base = tag.split("-")[0]
    return LETTERS[base].own if base in LETTERS else _FURTHER.get(base, {})


def tags_with_letters() -> list[str]:
    """The languages whose letters are typed in two ways.

    Returns:
        their tags, sorted.
    """
    return sorted({*LETTERS, *_FURTHER})


def rare_signs() -> str:
    """What a text holds at least one of, of two that are typed differently.

    Returns:
        the signs as they stand in square brackets of a regular expression of RE2 or Python.
    """
    letters = {other for tag in tags_with_letters() for other in own_letters(tag)}
    return "".join(sorted(letters | set(_DIGITS) | set(UNSEEN))) + _APART


def swaps(tag: str) -> tuple[str, str]:
    """What is written in place of what, so that texts typed on two keyboards are one, once their letters are composed.

    Args:
        tag: of the language.

    Returns:
        signs, and those in their place, as SQL's `translate` takes them: what lacks one at the end is left out.
    """
    table = {**_DIGITS, **own_letters(tag)}
    return "".join(table) + UNSEEN, "".join(table.values())


@cache
def _table(tag: str) -> dict[int, str | None]:
    signs, places = swaps(tag)
    return {ord(sign): places[number] if number < len(places) else None for number, sign in enumerate(signs)}


def typed_key(text: str, tag: str) -> str:
    """What texts share that differ in nothing but the keyboard they were typed on.

    Args:
        text: any text.
        tag: of its language.

    Returns:
        the key; no text to show anybody.

    Example:
        >>> typed_key("مي\u200cكنم ٣", "fa") == typed_key("میکنم ۳", "fa")
        True
        >>> typed_key("على", "ar") == typed_key("علي", "ar")
        False
    """
    return unicodedata.normalize("NFC", text).translate(_table(tag))


def differences(one: str, other: str, tag: str) -> list[str]:
    """In what two texts of one key differ.

    Args:
        one: a text.
        other: another.
        tag: of their language.

    Returns:
        phrases, as in "ي (U+064A) for ی (U+06CC)" where the second is the language's own.
    """
    composed = [unicodedata.normalize("NFC", text) for text in (one, other)]
    bare = [text.translate(dict.fromkeys(map(ord, UNSEEN))) for text in composed]
    own = own_letters(tag)
    pairs = {(b, a) if own.get(b) == a else (a, b) for a, b in zip(*bare, strict=True) if a != b}
    phrases = [f"{_named(a)} {'for' if own.get(a) == b else 'or'} {_named(b)}" for a, b in sorted(pairs)]
    unseen = [sign for sign in UNSEEN if composed[0].count(sign) != composed[1].count(sign)]
    phrases += [f"{_code(sign)} ({unicodedata.name(sign, 'unnamed').lower()}) or nothing" for sign in unseen]
    if not phrases and composed != [one, other]:
        phrases.append("letters with their marks as one sign or as several")
    return phrases or ["signs that show nothing in other places"]


def _named(sign: str) -> str:
    return f"{sign} ({_code(sign)})"


def _code(sign: str) -> str:
    return f"U+{ord(sign):04X}"
