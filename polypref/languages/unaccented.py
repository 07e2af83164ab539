"""Vietnamese, Czech and Turkish without the signs on their letters, as people type who have no other keyboard.

Detectors and tables know them with signs, and call them undetermined or whatever other language is at hand.
"""

import re
import tomllib
from collections.abc import Sequence
from functools import cache

from ..files.packaged import packaged_text
from .romanised import romanised_texts

# So many characters of a text are looked at, of which so many have to be words. Of its letters hardly any may have a
# sign: a text with some is one with signs, which the detector judges.
_LOOKED_AT, _LEAST_WORDS, _MOST_SIGNS = 600, 6, 0.01
_WORD = re.compile(r"[^\W\d_]+")
# Of its words so many have to be frequent ones of the language, of so many kinds with three letters or more, and so few
# words of others a word of its own.
_SHARE, _OTHERS = {"vi": 0.4, "cs": 0.12, "tr": 0.12}, 0.34
_KINDS = {"vi": 4, "cs": 4, "tr": 2}


def is_unaccented(text: str, tag: str) -> bool:
    """Tells whether a text is in a language but for the signs on its letters.

    Args:
        text: prose.
        tag: the language; of others than those of polypref/data/unaccented.toml no text is.

    Returns:
        whether.

    Example:
        >>> is_unaccented("Moi nguoi deu co quyen tu do di lai va cu tru trong lanh tho cua mot quoc gia.", "vi")
        True
    """
    if tag not in _SHARE:
        return False
    start = text[:_LOOKED_AT]
    signs = 0 if start.isascii() else sum(one.isalpha() and not one.isascii() for one in start)
    words = _WORD.findall(start.lower())
    if len(words) < _LEAST_WORDS or signs > _MOST_SIGNS * len(start):
        return False
    listed, others = _lists()[tag]
    count = sum(word in listed for word in words)
    rivals = sum(word in others for word in words)
    kinds = sum(len(word) > 2 for word in listed.intersection(words))
    return kinds >= _KINDS[tag] and count >= _SHARE[tag] * len(words) and rivals <= _OTHERS * count


def by_frequent_words(
    texts: Sequence[str], expected: Sequence[str], passed: Sequence[bool], written: Sequence[str] | None = None
) -> dict[int, str]:
    """Tells of texts that are not written as their language usually is, which language they are in.

    Args:
        texts: prose.
        expected: for each the language that it should be in.
        passed: for each whether it passes as that.
        written: the texts as they are, of which prose leaves out words with digits for letters.

    Returns:
        place of the text -> its tag: the expected one, of a text without the signs on its letters; or that of a
        language in Latin letters that it should not be in, as hi-Latn (`romanised_texts`).
    """
    tags = romanised_texts(texts, expected, passed, written)
    for i, (text, tag, passes) in enumerate(zip(texts, expected, passed, strict=True)):
        if not passes and is_unaccented(text, tag):
            tags[i] = tag
    return tags


@cache
def _lists() -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """Tag -> its words, and those of other languages."""
    tables = tomllib.loads(packaged_text("unaccented.toml"))
    split = {tag: (frozenset(one["words"].split()), frozenset(one["others"].split())) for tag, one in tables.items()}
    return {tag: (words - others, others - words) for tag, (words, others) in split.items()}
