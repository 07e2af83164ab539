"""Languages of other scripts that are written in Latin letters: romanised Hindi, Arabizi, Greeklish, pinyin, romaji.

Detectors have no label for them and call them Indonesian, English or what else is at hand.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
# Of a text that does not pass all listed words count: of its words so many, so many together with those that other
# languages have too, and so many that look like words of the language; so many kinds, in so many words at least.
_LEAST_OF_ALL, _LONGEST_WORD = 8, 20
_SHARES = {
    "hi-Latn": (0.18, 0.33, 0.0, 4),
    "el-Latn": (0.12, 0.28, 0.9, 4),
    "ar-Latn": (0.18, 0.3, 0.0, 4),
    "zh-Latn": (0.1, 0.25, 0.85, 4),
    "ja-Latn": (0.1, 0.25, 0.85, 3),
}
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
    lower = start.casefold()
    # A quick look: most texts have hardly any of the words. Of words with signs about them three may be missed.
    if len(_quick_words(passes).intersection(lower.split())) < (_KINDS_PASSING - 3 if passes else 1):
        return None
    words = _WORD.findall(lower)
    if len(words) < _LEAST_WORDS:
        return None
    best = _by_most_frequent(words, passes) or (None if passes else _by_all_words(words))
    if best is None:
        return None
    own = registry.find(expected)
    as_it_should = own is not None and "Latn" in own.scripts and own.tag.split("-")[0] == _lists()[best].language
    return None if as_it_should else best


def _by_most_frequent(words: Sequence[str], passes: bool) -> str | None:
    """The language of which a text has most of the most frequent words, and enough of them."""
    share, kinds = (_SHARE_PASSING, _KINDS_PASSING) if passes else (_SHARE, _KINDS)
    counts = {}
    for tag, one in _lists().items():
        known = one.known(set(words), one.words)
        if len(known) >= kinds:
            counts[tag] = sum(word in known for word in words)
    best = max(counts, key=counts.__getitem__, default=None)
    return best if best is not None and counts[best] >= share * len(words) else None


def _by_all_words(words: Sequence[str]) -> str | None:
    """The language of which a text has most words that are listed at all, and enough of them."""
    if len(words) < _LEAST_OF_ALL:
        return None
    shares = {}
    for tag, one in _lists().items():
        least, with_others, of_form, kinds = _SHARES[tag]
        known = one.known(set(words), one.all_words)
        if len(known) < kinds:
            continue
        listed = sum(word in known for word in words) / len(words)
        both = sum(word in known or word in one.also for word in words) / len(words)
        if listed >= least and both >= with_others and one.share_of_form(words) >= of_form:
            shares[tag] = listed + both
    return max(shares, key=shares.__getitem__, default=None)


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


@dataclass(frozen=True)
class _List:
    """What is known of a language in Latin letters.

    Attributes:
        language: its tag in its own script.
        words: its most frequent words, which no language of Latin letters has.
        all_words: these and more, some of them names elsewhere.
        also: frequent words of it that other languages have too.
        digits: what a word with a digit for a letter looks like, where that is done.
        form: what its words look like.
        endings: of words of it.
    """

    language: str
    words: frozenset[str]
    all_words: frozenset[str]
    also: frozenset[str]
    digits: re.Pattern[str] | None
    form: re.Pattern[str] | None
    endings: tuple[str, ...]

    @classmethod
    def of(cls, table: Mapping[str, str]) -> "_List":
        words, more, also = (frozenset(table.get(name, "").split()) for name in ("words", "more", "also"))
        form, endings = table.get("form"), tuple(table.get("endings", "").split())
        return cls(
            table["language"], words, words | more, also, _with_digits(table.get("digits")),
            re.compile(form) if form else None, endings,
        )  # fmt: skip

    def known(self, words: set[str], listed: frozenset[str]) -> set[str]:
        """Those of a text's words that are listed or, beside some that are, have digits or an ending."""
        known = words & listed
        if self.digits and len(known) >= _LEAST_LISTED:
            known |= {word for word in words if self.digits.search(word)}
        if self.endings and listed is self.all_words:
            known |= {word for word in words if word.endswith(self.endings) and word not in self.endings}
        return known

    def share_of_form(self, words: Sequence[str]) -> float:
        """How many of a text's words look like words of the language."""
        if self.form is None:
            return 1.0
        return sum(len(word) <= _LONGEST_WORD and bool(self.form.fullmatch(word)) for word in words) / len(words)


@cache
def _quick_words(passes: bool) -> frozenset[str]:
    return frozenset().union(*(one.words if passes else one.all_words for one in _lists().values()))


@cache
def _lists() -> dict[str, _List]:
    """Tag -> what is known of the language."""
    return {tag: _List.of(table) for tag, table in tomllib.loads(packaged_text("romanised.toml")).items()}


def _with_digits(digits: str | None) -> re.Pattern[str] | None:
    return None if digits is None else re.compile(f"[a-z][{digits}](?![0-9])|(?<![0-9])[{digits}][a-z]")
