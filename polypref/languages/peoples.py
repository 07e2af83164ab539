"""Peoples and countries that stand for a language: a Frenchman and France for French."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache

from ..files.packaged import packaged_text
from ..text.letters import letter_class
from . import phrases, registry

# So many letters may follow the beginning of a word.
_LONGEST_ENDING = 8
# What is written onto a name before it.
_ONTO = {"ar": "[وفبكل]{0,2}(?:ال|ل)?", "he": "[והבלמשכ]{0,3}"}


def peoples_in(text: str, tag: str) -> list[tuple[str, int, int]]:
    """The languages whose people or country a text names.

    Args:
        text: a text in normal form (see `phrases.normal`).
        tag: its language; one without a table has the English one.

    Returns:
        the tag of each, with the begin and the end of the word.

    Example:
        >>> peoples_in("what would a frenchman say?", "en")
        [('fr', 13, 22)]
    """
    expression, tags = _peoples(tag)
    return [(tags[match["name"]], match.start("name"), match.end()) for match in expression.finditer(text)]


def words_for_peoples(tag: str) -> Iterable[str]:
    """The words that `peoples_in` looks for: each begins one that names a people or a country.

    Args:
        tag: a language; one without a table has the English one.

    Returns:
        the words, in normal form.
    """
    return _peoples(tag)[1].keys()


@cache
def _tables() -> Mapping[str, Mapping[str, str]]:
    tables: dict[str, dict[str, str]] = tomllib.loads(packaged_text("peoples.toml"))
    return tables


@cache
def _peoples(tag: str) -> tuple[re.Pattern[str], Mapping[str, str]]:
    """What finds them in texts in a language, and the language of each form."""
    own = tag if tag in _tables() else "en"
    forms: dict[str, str] = {}
    for other, listed in _tables()[own].items():
        for form in listed.split():
            forms.setdefault(phrases.normal(form.replace("_", " ")), other)
    has_words = phrases.bounds_of(registry.get(own)) != "none"
    begin = r"(?<![^\W\d_])" if has_words else ""
    ending = f"[{letter_class()}]{{0,{_LONGEST_ENDING}}}" if has_words else ""
    listed = "|".join(map(re.escape, sorted(forms, key=len, reverse=True)))
    return re.compile(f"{begin}{_ONTO.get(own, '')}(?P<name>{listed}){ending}"), forms
