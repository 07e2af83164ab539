"""What, besides a detector, tells a language from its near relations: frequent words and letters.

A detector has no label for Asturian, Scots or Bhojpuri, and can hardly tell Malay from Indonesian. A few dozen frequent
words of each can; they stand in the language's file, data/languages/TAG.toml, under close_languages.
"""

import functools
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..files.packaged import packaged_text
from ..text.letters import word_pattern
from . import registry
from .facts import LETTER_BLOCKS
from .scripts import members
from .tags import parse_tag

if TYPE_CHECKING:
    from ..kernels.words import Vocabulary

_LETTER_WEIGHT = 0.3
_HALF = 0.5
# A character of Cantonese or Wu is surer than a word of Galician, which may be a name.
_SURE_WEIGHT = 5.0
# For a language that the detector does not know (benchmarks/language_id/README.md): the share of another one's frequent
# words in a text that is taken to be in that, and how many words of its relations go with each.
_LEAST_FREQUENT = 0.1
_MOST_OF_RELATIONS = 0.2
# The same share where the language's own file tells it from a close one.
_LEAST_OF_CLOSE = 0.25
# Abbreviations in capitals are no words: UN is not Low German for and.
_CAPITALS = re.compile(r"[A-Z](?<!\w.)[A-Z]+(?!\w)")


@dataclass(frozen=True)
class Evidence:
    """Counts in one text.

    Attributes:
        own: words that speak for the language, and 0.3 of each letter that only it has.
        other: words that speak for a relation of it, and 0.3 of each letter that is not in its alphabet.
        nearest: BCP-47 tag of the relation for which most words speak; empty where none does.

    """

    own: float
    other: float
    nearest: str


NO_EVIDENCE = Evidence(0.0, 0.0, "")


def relations(tag: str) -> frozenset[str]:
    """Lists the languages that are so close to one that a detector which does not know it may take it for them.

    Those that its file names under `close_languages.other`; those whose file names it there; and those of its group
    (West Germanic, Romance, Slavic; polypref/data/language_groups.toml) that are written in one of its scripts. English
    is close to those alone that name it, or that its file names: other Germanic languages look nothing like it.

    Args:
        tag: a known language's tag.

    Returns:
        tags of known languages, and others that the file names.

    >>> {"de", "nl"} <= relations("lb"), "en" in relations("lb"), "fr" in relations("lb")
    (True, False, False)
    """
    return _relations(tag, tuple(language.tag for language in registry.known()))


@functools.cache
def _relations(tag: str, known: tuple[str, ...]) -> frozenset[str]:
    language = registry.get(tag)
    named = language.close_languages.other if language.close_languages else {}
    close = set(named)
    for other in map(registry.get, known):
        related = _group(other.tag) == _group(tag) != "" and other.tag != "en"
        if related and members(other.scripts) & members(language.scripts):
            close.add(other.tag)
        if other.close_languages and _codes(tag) & set(other.close_languages.other):
            close.add(other.tag)
    return frozenset(close - {tag})


def _codes(tag: str) -> set[str]:
    """A tag, and the code of the language alone where it names a script or region."""
    parsed = parse_tag(tag)
    return {tag} | ({parsed.language} if parsed else set())


def _group(tag: str) -> str:
    """The code of the group that a language is in, by its tag or its ISO 639-3 code; empty where none is known."""
    language = registry.get(tag)
    codes = _codes(tag) | {language.iso639_3}
    return next((group for group, languages in _groups().items() if codes & languages), "")


@functools.cache
def _groups() -> dict[str, frozenset[str]]:
    groups: dict[str, str] = tomllib.loads(packaged_text("language_groups.toml"))
    return {group: frozenset(codes.split()) for group, codes in groups.items()}


def evidence(text: str, tag: str) -> Evidence:
    """Counts what the words and letters of a text say for and against a language.

    Args:
        text: a text, in NFC.
        tag: the language's tag.

    Returns:
        the counts; NO_EVIDENCE for a language of which no such words are known.
    """
    counter = _counter(tag)
    return counter(text) if counter else NO_EVIDENCE


def has_evidence(tag: str) -> bool:
    """Whether words or letters are known that speak for a language.

    Args:
        tag: a tag, or a detector's label.

    Returns:
        false where `evidence` finds nothing in any text.
    """
    return _counter(tag) is not None


def has_frequent_words(text: str, tag: str) -> bool:
    """Whether a text has as many frequent words of a language as few in its relations have, and few of theirs.

    Args:
        text: a text, in NFC.
        tag: the language's tag.

    Returns:
        true also for English, which nothing that passes as it is taken for by chance, and where no words are known.
    """
    if tag == "en" or registry.get(tag).close_languages is None:
        return True
    words = evidence(text, tag)
    return words.own >= _LEAST_FREQUENT * len(text.split()) and words.other <= _MOST_OF_RELATIONS * words.own


def has_words_of(text: str, tag: str, neighbour: str) -> bool:
    """Whether a text has, by the list in its language's file, the frequent words of a neighbour and few of its own.

    Args:
        text: a text, in NFC.
        tag: the language that it should be in.
        neighbour: the tag of the close language.

    Returns:
        true where a quarter of its words are the neighbour's.
    """
    words = evidence(text, tag)
    enough = words.other >= _LEAST_OF_CLOSE * len(text.split())
    return words.nearest == neighbour and enough and words.own <= _MOST_OF_RELATIONS * words.other


@functools.cache
def _counter(tag: str) -> Callable[[str], Evidence] | None:
    language = registry.find(tag)
    known = language and language.close_languages
    if not known:
        return None
    others = known.other
    if known.patterns:
        sure = {name: _alternatives(p for p in patterns if not p.endswith("~")) for name, patterns in others.items()}
        unsure = {name: _alternatives(p[:-1] for p in patterns if p.endswith("~")) for name, patterns in others.items()}
        return functools.partial(_by_patterns, _alternatives(known.own), sure, unsure)
    own, other = _weights(known.own), _weights([word for words in others.values() for word in words])
    weights = {name: _weights(words) for name, words in others.items()}
    foreign = _foreign_letters(known.script, known.letters)
    by_words = functools.partial(
        _by_words,
        own,
        known.own_endings,
        other,
        weights,
        re.compile(f"[{known.own_letters}]") if known.own_letters else None,
        re.compile(f"[{foreign}]") if foreign else None,
    )
    from ..kernels.words import Vocabulary

    vocabulary = Vocabulary(own, known.own_endings, other, [*weights.values()], known.own_letters, foreign)
    return functools.partial(_counted, vocabulary, tuple(weights), by_words)


def _counted(
    vocabulary: "Vocabulary", relations: Sequence[str], by_words: Callable[[str], Evidence], text: str
) -> Evidence:
    """What `_by_words` gives, counted by the library where there is one."""
    counts = vocabulary.counts(text)
    if counts is None:
        return by_words(text)
    own, other, ended, own_letters, foreign_letters, nearest = counts
    # In the order of `_by_words`: sums of halves are exact, those of letters are rounded.
    speaks_for = _HALF * own + ended + _LETTER_WEIGHT * own_letters
    speaks_against = _HALF * other + _LETTER_WEIGHT * foreign_letters
    return Evidence(speaks_for, speaks_against, relations[nearest - 1] if nearest else "")


def _by_words(
    own: dict[str, float],
    endings: tuple[str, ...],
    other: dict[str, float],
    relations: dict[str, dict[str, float]],
    own_letters: re.Pattern[str] | None,
    foreign_letters: re.Pattern[str] | None,
    text: str,
) -> Evidence:
    lower = text.lower() if text.isupper() else _CAPITALS.sub(" ", text).lower()
    words = word_pattern().findall(lower)
    speaks_for = sum(map(own.__getitem__, filter(own.__contains__, words)))
    if endings:
        speaks_for += sum(1 for word in words if len(word) > 6 and word.endswith(endings))
    against = list(filter(other.__contains__, words))
    speaks_against = sum(map(other.__getitem__, against))
    if not lower.isascii():
        speaks_for += _LETTER_WEIGHT * len(own_letters.findall(lower)) if own_letters else 0
        speaks_against += _LETTER_WEIGHT * len(foreign_letters.findall(lower)) if foreign_letters else 0
    votes = Counter(name for word in against for name, weights in relations.items() if word in weights)
    nearest = max(votes, key=lambda name: votes[name]) if votes else ""
    return Evidence(speaks_for, speaks_against, nearest)


def _by_patterns(
    own: re.Pattern[str], sure: dict[str, re.Pattern[str]], unsure: dict[str, re.Pattern[str]], text: str
) -> Evidence:
    votes = {
        name: _SURE_WEIGHT * len(sure[name].findall(text)) + _HALF * len(unsure[name].findall(text)) for name in sure
    }
    nearest = max(votes, key=lambda name: votes[name], default="")
    return Evidence(len(own.findall(text)), sum(votes.values()), nearest if votes.get(nearest) else "")


def _alternatives(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns) or r"(?!)")


def _weights(entries: Sequence[str]) -> dict[str, float]:
    return {entry.rstrip("~"): _HALF if entry.endswith("~") else 1.0 for entry in entries}


def _foreign_letters(script: str, letters: str) -> str:
    """The letters of a script's blocks that an alphabet has not; none where no alphabet is known."""
    if not letters:
        return ""
    # The letters one by one: a search for a plain class is several times as fast as one that looks ahead first.
    block = re.compile(f"(?![{letters}])[{LETTER_BLOCKS[script]}]")
    return "".join(filter(block.match, map(chr, range(0x80, 0x2000))))
