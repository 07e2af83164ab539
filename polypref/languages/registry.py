"""The languages polypref knows.

Those with a file of their own in data/languages/; further ones, of which names, codes and scripts are known; and any
other that a builder script registers.
"""

import difflib
import re
from collections.abc import Iterator
from functools import cache

from ..errors import UserError
from ..scripting.declared import check_fields
from . import files
from .facts import Language
from .scripts import members
from .tags import parse_tag, place_code, split_name

#: The 23 languages of Aya 23 (arXiv 2405.15032).
AYA_23: tuple[str, ...] = (
    "ar", "cs", "de", "el", "en", "es", "fa", "fr", "he", "hi", "id", "it", "ja", "ko", "nl", "pl", "pt", "ro", "ru",
    "tr", "uk", "vi", "zh",
)  # fmt: skip

_registered: dict[str, Language] = {}


def known() -> tuple[Language, ...]:
    """Returns all languages known at this moment, sorted by tag."""
    return _all(files.FOLDER, tuple(sorted(_registered)))


@cache
def _all(folder: str, registered: tuple[str, ...]) -> tuple[Language, ...]:
    tags = sorted({*files.tags(folder), *files.further(), *registered})
    return tuple(language for tag in tags if (language := find(tag)))


def find(tag: str) -> Language | None:
    """Returns the language with this tag, None where none has it."""
    return _registered.get(tag) or _bundled(files.FOLDER, tag)


@cache
def _bundled(folder: str, tag: str) -> Language | None:
    further = files.further().get(tag)
    return files.read_file(folder, tag, further) if tag in files.tags(folder) else further


def get(tag: str) -> Language:
    """Returns the language with this tag.

    Raises:
        UserError: no known language has the tag; the message names the nearest ones.

    """
    if language := find(tag):
        return language
    raise UserError(f"Unknown language tag {tag!r}: {_advice(tag)}.")


def resolve(code: str) -> Language:
    """Returns the language that a code or name in somebody's data means, whatever its case.

    Args:
        code: tag, ISO 639-3, FLORES-200 code, English or native name; with a region, script or variant where there is
            one: `pt-BR`, `zh_Hant`, `Portuguese (Brazil)`.

    Raises:
        UserError: no known language goes by it, or the language is not known in that script (`hi-Latn`); the message
            names the nearest ones.

    """
    names = _names_of_all()
    if language := names.get(_folded(code)):
        return language
    text = code
    if (split := split_name(code)) and (named := names.get(_folded(split[0]))):
        if names.get(_folded(split[1])) is named:  # English (en)
            return named
        text = f"{named.tag}-{place}" if (place := place_code(split[1])) else code
    tag = parse_tag(text)
    language = names.get(_folded(tag.language)) if tag else None
    if tag is None or language is None:
        raise UserError(f"Unknown language {code!r}: {_advice(code)}.")
    if tag.script and not members([tag.script]) <= members(language.scripts):
        scripts = " and ".join(language.scripts)
        raise UserError(
            f"Unknown language {code!r}: {language.name} ({language.tag}) is known in {scripts}, not in {tag.script}; "
            "add it with polypref.register, or map it to another tag."
        )
    return language


def nearest(code: str) -> Language | None:
    """Returns the known language whose name or code is most like this one; None where none is."""
    names = _names_of_all()
    if tag := parse_tag(code):
        return names.get(_folded(tag.language))
    near = difflib.get_close_matches(_folded(code), names, n=1, cutoff=0.6)
    return names[near[0]] if near else None


_TAG = re.compile("[A-Za-z0-9]{1,8}(?:[_-][A-Za-z0-9]{1,8}){0,5}")  # it becomes the name of a folder


def register(language: Language) -> Language:
    """Makes another language known to this process, and returns it; the same one twice is no harm.

    Labels of detectors that are codes of the language are filled in where it gives none. A language without a file
    gives way to one that is registered under its tag, or under one of its names.

    Raises:
        UserError: it is no Language, or a field of it holds something else than it should; the tag, or another code or
            name of the language, already means a different language.

    """
    if not isinstance(language, Language):
        raise UserError(f"register({language!r:.60}): write a Language, as in polypref.Language('gl', 'Galician', ...)")
    check_fields(language)
    language = files.with_labels(language)
    if _registered.get(language.tag) == language:
        return language
    if not _TAG.fullmatch(language.tag):
        raise UserError(f"{language.tag!r} is no language tag; give letters, digits and '-', as in gl or sr-Latn")
    firm = [*map(get, files.tags(files.FOLDER)), *_registered.values()]
    for other in firm:
        if shared := sorted(set(_names(language)) & set(_names(other))):
            raise UserError(
                f"Cannot register language {language.tag!r} ({language.name}): {shared[0]!r} already means "
                f"{other.name} ({other.tag}); give it a tag and names of its own."
            )
    _registered[language.tag] = language
    _all.cache_clear()
    _by_name.cache_clear()
    return language


def registered() -> tuple[Language, ...]:
    """Returns the languages that were registered in this process, sorted by tag."""
    return tuple(_registered[tag] for tag in sorted(_registered))


def is_firm(tag: str) -> bool:
    """Returns whether a language of this tag is registered or has a file: another one cannot take its place."""
    return tag in _registered or tag in files.tags(files.FOLDER)


def _folded(name: str) -> str:
    return name.strip().casefold().replace("_", "-")


def _names(language: Language) -> Iterator[str]:
    own = (language.tag, language.iso639_3, language.flores, language.name, language.native_name)
    for name in (*own, *language.aliases):
        if name:
            yield name.casefold().replace("_", "-")


def _names_of_all() -> dict[str, Language]:
    return _by_name(files.FOLDER, tuple(sorted(_registered)))


@cache
def _by_name(folder: str, registered: tuple[str, ...]) -> dict[str, Language]:
    """Name -> language; of two with one name a registered one comes first, then one with a file."""
    firm = files.tags(folder)
    every = sorted(_all(folder, registered), key=lambda one: (one.tag not in registered, one.tag not in firm))
    found: dict[str, Language] = {}
    for language in every:
        for name in _names(language):
            found.setdefault(name, language)
    return found


def _advice(code: str) -> str:
    names = _names_of_all()
    near = difflib.get_close_matches(_folded(code), names, n=5, cutoff=0.6)
    nearest = list(dict.fromkeys(f"{names[name].tag} ({names[name].name})" for name in near))[:3]
    if not nearest:
        return "polypref languages lists those that are known; others are added with polypref.register"
    return "the nearest known are " + ", ".join(nearest) + "; others are added with polypref.register"
