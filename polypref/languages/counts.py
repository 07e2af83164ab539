"""How often a prompt asks for something to be said: a number before a word for times, or words for again and again."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from ..text.letters import letter_class
from . import phrases, registry
from .facts import Language, TaskWords

# Ten x, 10×: signs that all languages have.
_SIGNS = re.compile(r"(?<![^\W_])(\d{1,4}) ?[x×](?![^\W_])")
# What may stand between the words of one number, beside a word for and.
_JOINED = "[ -]?"
# A number has so many words at most; a text may be nothing but such words.
_MOST_WORDS = 8


@dataclass(frozen=True)
class Request:
    """A place of a prompt that asks for something several times.

    Attributes:
        start: where it begins in the prompt's normal form (`phrases.normal`).
        end: where it ends there.
        times: how often; None where it does not say.
    """

    start: int
    end: int
    times: int | None


def repetition_requests(prompt: str, tag: str) -> list[Request]:
    """Where a prompt asks for something to be said several times, in its language or in English.

    Args:
        prompt: the prompt in normal form.
        tag: its language.

    Returns:
        the places, in no order.

    Example:
        >>> repetition_requests("schreib zehnmal: ich soll nicht schwatzen.", "de")
        [Request(start=8, end=15, times=10)]
    """
    requests = []
    for language in filter(None, map(registry.find, dict.fromkeys((tag, "en")))):
        for match in _counted(language).finditer(prompt):
            requests.append(Request(*match.span(), _value(match["digits"], match["words"], language)))
        for pattern in _again(language):
            requests += [Request(*match.span(), None) for match in pattern.finditer(prompt)]
    requests += [Request(*match.span(), int(match[1])) for match in _SIGNS.finditer(prompt)]
    return requests


def _words(language: Language) -> TaskWords:
    return language.task_words or TaskWords("")


@cache
def _values(language: Language) -> dict[str, int]:
    """The words for numbers in normal form, and what they are worth."""
    pairs = (one.split(" ", 1) for one in _words(language).numbers)
    return {phrases.normal(word): int(value) for value, words in pairs for word in words.split("|")}


@cache
def _counted(language: Language) -> re.Pattern[str]:
    """A number in digits or words, and a word for times."""
    words, times = _values(language), _words(language).times
    bounds = phrases.bounds_of(language)
    begin = r"(?<!\d)" if bounds == "none" else r"(?<![^\W_])"
    end = f"(?![{letter_class()}])" if bounds == "words" else ""
    number = _alternatives(words)
    joint = _alternatives(phrases.normal(one) for one in _words(language).and_words)
    # Words of a number hold others (drei and zehn in dreizehn), so there are many ways to read several on end.
    # One is enough: what is read is not read again (?>...).
    words_on_end = f"(?>{number}(?:{_JOINED}(?:{joint})?{_JOINED}{number}){{0,{_MOST_WORDS - 1}}})"
    return re.compile(
        rf"{begin}(?:(?P<digits>\d{{1,4}})|(?P<words>{words_on_end}))"
        rf"{_JOINED}{_alternatives(map(phrases.normal, times))}{end}"
    )


@cache
def _number(language: Language) -> re.Pattern[str]:
    return re.compile(_alternatives(_values(language)))


def _alternatives(words: Iterable[str]) -> str:
    ordered = sorted(words, key=len, reverse=True)
    return f"(?:{'|'.join(map(re.escape, ordered)) or '(?!)'})"


def _value(digits: str | None, words: str | None, language: Language) -> int:
    """What a number is worth; of one in several words as much as it may be, as 4 and 20 are 80 in some languages."""
    if digits:
        return int(digits)
    values = _values(language)
    total = current = 0
    for word in _number(language).findall(words or ""):
        if values[word] >= 10:
            total, current = total + max(current, 1) * values[word], 0
        else:
            current = values[word]
    return total + current


@cache
def _again(language: Language) -> tuple[re.Pattern[str], ...]:
    bounds = phrases.bounds_of(language)
    return tuple(phrases.compiled(one, bounds, None).expression for one in _words(language).again)
