"""Languages of other scripts that are written in Latin letters: romanised Hindi, Arabizi, Greeklish, pinyin, romaji.

Detectors have no label for them and call them Indonesian, English or what else is at hand.
"""

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from functools import cache

from ..files.packaged import packaged_text
from . import registry

# So many characters of a text are looked at, of which so many have to be words.
_LOOKED_AT, _LEAST_WORDS = 400, 5
_MARKS = re.compile("[\u0300-\u036f]+")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
# Of its words so many have to be frequent ones of the language, of so many kinds: of a text that seems to be in another
# language or in none, and of one that passes as the language that was asked for.
_SHARE, _KINDS = 0.25, 4
_SHARE_PASSING, _KINDS_PASSING = 0.4, 6
# Beside so many of them words with digits for letters count too, as in Arabizi; names of things (5g, mp3) alone do not.
_LEAST_LISTED = 2


def romanised(text: str, expected: str = "und", passes: bool = False) -> str | None:
    """Tells which language in Latin letters a text is in, by the lists in polypref/data/romanised.toml.

    Args:
        text: prose.
        expected: the language that it should be in; a text in romanised Hindi is as it should be in hi-Latn.
        passes: whether it passes as the language that it should be in; more of its words have to be listed then.

    Returns:
        its tag, as hi-Latn; None where it is in none of them, or as it should be.

    Example:
        >>> romanised("Yeh baat bahut zaruri hai, lekin aap kya karte hain?")
        'hi-Latn'
    """
    start = text[:_LOOKED_AT]
    if not start.isascii():
        start = _MARKS.sub("", unicodedata.normalize("NFD", start))
    share, kinds = (_SHARE_PASSING, _KINDS_PASSING) if passes else (_SHARE, _KINDS)
    lower = start.casefold()
    # A quick look: most texts have hardly any of the words. Of words with signs about them three may be missed.
    if len(_all_words().intersection(lower.split())) < kinds - 3:
        return None
    words = _WORD.findall(lower)
    if len(words) < _LEAST_WORDS:
        return None
    kinds_in_text = set(words)
    counts = {}
    for tag, (_, listed, digits) in _lists().items():
        known = kinds_in_text & listed
        if digits and len(known) >= _LEAST_LISTED:
            known |= {word for word in kinds_in_text if digits.search(word)}
        if len(known) >= kinds:
            counts[tag] = sum(word in known for word in words)
    best = max(counts, key=counts.__getitem__, default=None)
    if best is None or counts[best] < share * len(words):
        return None
    own = registry.find(expected)
    as_it_should = own is not None and "Latn" in own.scripts and own.tag.split("-")[0] == _lists()[best][0]
    return None if as_it_should else best


def romanised_texts(
    texts: Sequence[str], expected: Sequence[str], passed: Sequence[bool], written: Sequence[str] | None = None
) -> dict[int, str]:
    """Tells of texts which are in a language in Latin letters that they should not be in.

    Args:
        texts: prose.
        expected: for each the language that it should be in.
        passed: for each whether it passes as that. One that passes as a language of another script has its letters, and
            is not looked at.
        written: the texts as they are; one that does not pass is looked at in this form too: words with digits for
            letters are no prose.

    Returns:
        place of the text -> tag, as hi-Latn.
    """
    tags = {}
    for i, (text, language, passes) in enumerate(zip(texts, expected, passed, strict=True)):
        if passes and "Latn" not in registry.get(language).scripts:
            continue
        tag = romanised(text, language, passes)
        if tag is None and written is not None and not passes:
            tag = romanised(written[i], language)
        if tag:
            tags[i] = tag
    return tags


@cache
def _all_words() -> frozenset[str]:
    return frozenset().union(*(words for _, words, _ in _lists().values()))


@cache
def _lists() -> dict[str, tuple[str, frozenset[str], re.Pattern[str] | None]]:
    """Tag -> the language, the words, and what a word with a digit for a letter looks like, where that is done."""
    tables = tomllib.loads(packaged_text("romanised.toml"))
    return {
        tag: (table["language"], frozenset(table["words"].split()), _with_digits(table.get("digits")))
        for tag, table in tables.items()
    }


def _with_digits(digits: str | None) -> re.Pattern[str] | None:
    return None if digits is None else re.compile(f"[a-z][{digits}](?![0-9])|(?<![0-9])[{digits}][a-z]")
