"""Which known language may be meant by a name or code that none goes by: for a message, never for the data itself."""

import difflib
import re
import shlex
import unicodedata
from collections.abc import Mapping
from functools import cache

from .facts import Language
from .tags import is_private, parse_tag

#: The option of commands that adds a language; `options` reads it.
OPTION = "--language-name"
# Codes are too short to be like each other: only names are compared letter by letter.
_SHORTEST_NAME = 4
# Of a name that was cut short.
_SHORTEST_CUT = 3
_LIKE = 0.8
# How far apart two languages may be whose speakers mostly read both, by CLDR's language matching: gsw and de are 4.
_FARTHEST = 10
_MOST = 3
# A tag whose region or script is none.
_LANGUAGE_AND_PLACE = re.compile(r"(?P<language>[a-z]{2,3})-(?:[a-z]{2}|[a-z]{4}|[0-9]{3})")
_FLORES = re.compile("[a-z]{3}-[a-z]{4}")
_REGION = re.compile("[a-z]{2}")
_SEPARATORS = re.compile(r"\s*(?:[,;/|+&]|\band\b)\s*", re.IGNORECASE)
_LONGEST_NAME = 40


def option_for(code: str) -> str:
    """The option that adds a language of which no more is known than what data or a user call it.

    Args:
        code: a tag, a code or a name.

    Returns:
        the option, with what is known of its value.

    >>> option_for("que"), option_for("Elbonian"), option_for("#3")
    ('--language-name qu=NAME', '--language-name TAG=Elbonian', '--language-name TAG=NAME')
    """
    if tag := parse_tag(code):
        return f"{OPTION} {tag.forms[0]}=NAME"
    name = " ".join(code.split())
    is_name = 0 < len(name) <= _LONGEST_NAME and all(sign.isalpha() or sign in " '-" for sign in name)
    return f"{OPTION} " + (shlex.quote(f"TAG={name}") if is_name else "TAG=NAME")


def likely_meant(code: str, names: Mapping[str, Language]) -> list[Language]:
    """The languages that a name or code may mean, the likeliest first, three at most.

    The language of a tag whose script is not known here; the one that readers of an unknown language mostly read as
    well; the main language of a country whose code it is; the languages that it names in several words, or but for the
    marks on letters; those whose names begin so, or are spelled much alike; where there is none of these, a code with
    two letters changed about.

    Args:
        code: a name or code.
        names: every name and code that languages go by, in lower case and with `-`.

    Returns:
        none where nothing is like it.

    >>> from polypref.languages import registry
    >>> [one.tag for one in likely_meant("gr", registry.by_name())]
    ['el']
    """
    folded = code.strip().casefold().replace("_", "-")
    likely = [*_by_code(folded, names), *_by_words(folded, names), *_by_marks(folded, names)]
    likely += _by_spelling(folded, names)
    return list(dict.fromkeys(likely or _by_slip(folded, names)))[:_MOST]


def several(code: str, names: Mapping[str, Language]) -> list[Language]:
    """The languages that a text lists, as `de,fr` or `English and German` does.

    Args:
        code: the text.
        names: every name and code that languages go by, in lower case and with `-`.

    Returns:
        the languages in their order; none where a part of the text names none, or where there is one part.
    """
    for split in (_SEPARATORS.split(code.strip()), code.split()):
        parts = [part.casefold().replace("_", "-") for part in split]
        listed = [names[part] for part in parts if part in names]
        if 1 < len(listed) == len(parts):
            return listed
    return []


def _by_code(folded: str, names: Mapping[str, Language]) -> list[Language]:
    if tag := parse_tag(folded):
        near = names.get(tag.language.casefold()) or names.get(_read_as_well(tag.language, tuple(names)))
    elif form := _LANGUAGE_AND_PLACE.fullmatch(folded):
        near = names.get(form["language"])
    else:
        near = names.get(_main_language(folded)) if _REGION.fullmatch(folded) else None
    return [near] if near else []


@cache
def _read_as_well(code: str, names: tuple[str, ...]) -> str:
    """The code among these of the language that CLDR names for readers of a language; empty where it names none."""
    from langcodes import closest_supported_match

    codes = [one for one in names if 2 <= len(one) <= 3 and one.isascii() and one.isalpha() and parse_tag(one)]
    return closest_supported_match(code, codes, max_distance=_FARTHEST) or ""


@cache
def _main_language(region: str) -> str:
    """The code of the language that CLDR gives for a region; empty where the code is of none."""
    from langcodes import Language as Code

    likely = Code.get(f"und-{region.upper()}")
    return (likely.maximize().language or "") if likely.is_valid() and not is_private(region) else ""


def _by_words(folded: str, names: Mapping[str, Language]) -> list[Language]:
    """The language that a text names within several words, by the longest such name."""
    words = re.findall(r"\w+", folded)
    runs = [words[a:b] for a in range(len(words)) for b in range(a + 1, len(words) + 1)] if len(words) < 8 else []
    named = [run for run in map(" ".join, runs) if len(run) >= _SHORTEST_NAME and run in names]
    return [names[max(named, key=len)]] if named else []


def _by_marks(folded: str, names: Mapping[str, Language]) -> list[Language]:
    """The languages whose name it is but for accents and dots, as Setswàna for Setswana."""
    if len(folded) < _SHORTEST_NAME:
        return []
    plain = _without_marks(folded)
    return [language for name, language in names.items() if _without_marks(name) == plain]


@cache
def _without_marks(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))


def _by_spelling(folded: str, names: Mapping[str, Language]) -> list[Language]:
    if parse_tag(folded):
        return []
    long = [name for name in names if len(name) >= _SHORTEST_NAME and not _FLORES.fullmatch(name)]
    begun = sorted((name for name in long if name.startswith(folded)), key=len) if len(folded) >= _SHORTEST_CUT else []
    if len(folded) < _SHORTEST_NAME:
        return [names[name] for name in begun]
    return [names[name] for name in [*begun, *difflib.get_close_matches(folded, long, n=_MOST, cutoff=_LIKE)]]


def _by_slip(folded: str, names: Mapping[str, Language]) -> list[Language]:
    """Of a code with two letters changed about: codes are too short to be spelt alike, and one letter makes another."""
    if len(folded) >= _SHORTEST_NAME or parse_tag(folded):
        return []
    slips = (folded[:at] + folded[at + 1] + folded[at] + folded[at + 2 :] for at in range(len(folded) - 1))
    return [names[code] for code in slips if code in names]
