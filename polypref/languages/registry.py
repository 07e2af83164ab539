"""The languages polypref knows.

Those with a file of their own in data/languages/; further ones, of which names, codes and scripts are known; and any
other that a builder script or a configuration registers, or that a dataset brings along (`own`). For the same tag what
a script registers comes before the file, and the file before what a dataset brings along.
"""

import contextlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from ..errors import UserError
from ..scripting.calls import checked_arguments
from ..scripting.declared import check_fields
from . import files
from .contradictions import contradictions
from .facts import Language
from .scripts import members
from .suggestions import likely_meant, option_for, several
from .tags import parse_tag, place_code, split_name

#: The 23 languages of Aya 23 (arXiv 2405.15032).
AYA_23: tuple[str, ...] = (
    "ar", "cs", "de", "el", "en", "es", "fa", "fr", "he", "hi", "id", "it", "ja", "ko", "nl", "pl", "pt", "ro", "ru",
    "tr", "uk", "vi", "zh",
)  # fmt: skip

_registered: dict[str, Language] = {}
# Tags of those that a dataset brought along, which give way to a script's.
_adopted: set[str] = set()


def known() -> tuple[Language, ...]:
    """Lists all languages known at this moment.

    Returns:
        the languages, sorted by tag.

    Raises:
        UserError: the file of one has a mistake.
    """
    return _all(files.FOLDER, tuple(sorted(_registered)))


@cache
def _all(folder: str, registered: tuple[str, ...]) -> tuple[Language, ...]:
    tags = sorted({*files.tags(folder), *files.further(), *registered})
    return tuple(language for tag in tags if (language := find(tag)))


def find(tag: str) -> Language | None:
    """Looks a language up by its tag.

    Args:
        tag: the tag, spelled as the language has it.

    Returns:
        the language, None where none has the tag.

    Raises:
        UserError: the language's file has a mistake.
    """
    return _registered.get(tag) or _bundled(files.FOLDER, tag)


@cache
def _bundled(folder: str, tag: str) -> Language | None:
    further = files.further().get(tag)
    return files.read_file(folder, tag, further) if tag in files.tags(folder) else further


def get(tag: str) -> Language:
    """Looks a language up by its tag.

    Args:
        tag: the tag, spelled as the language has it.

    Returns:
        the language.

    Raises:
        UserError: no known language has the tag, and the message names the nearest ones; or it is no text.
    """
    _check_text(tag)
    if language := find(tag):
        return language
    raise UserError(f"Unknown language tag {tag!r}: {_advice(tag)}.")


@checked_arguments
def resolve(code: str) -> Language:
    """Finds the language that a code or name in somebody's data means, whatever its case.

    Args:
        code: tag, ISO 639-3, FLORES-200 code, English or native name; with a region, script or variant where there is
            one: `pt-BR`, `zh_Hant`, `Portuguese (Brazil)`.

    Returns:
        the language; of a tag with script or region the one that is known by just these, before the language alone.

    Raises:
        UserError: no known language goes by it, or the language is not known in that script (`hi-Latn`), and the
            message names the nearest ones; or it is no text.

    >>> resolve("Portuguese (Brazil)").tag
    'pt'
    """
    _check_text(code)
    return _resolve(code, by_name())


def resolve_at(where: str, code: str) -> Language:
    """Finds the language that a code or name in an option, an argument or a setting means.

    Args:
        where: which of them, as in `--languages`: begins the message.
        code: as in `resolve`.

    Returns:
        the language.

    Raises:
        UserError: as in `resolve`.

    >>> resolve_at("--languages", "Hebrew").tag
    'he'
    """
    try:
        return resolve(code)
    except UserError as error:
        raise UserError(f"{where}: {error}") from None


def _resolve(code: str, names: Mapping[str, Language]) -> Language:
    """The language that a code or name means where these are the names of languages."""
    if language := names.get(folded(code)):
        return language
    text = code
    if (split := split_name(code)) and (named := names.get(folded(split[0]))):
        if names.get(folded(split[1])) is named:  # English (en)
            return named
        text = f"{named.tag}-{place}" if (place := place_code(split[1])) else code
    tag = parse_tag(text)
    language = next((names[one] for form in tag.forms if (one := folded(form)) in names), None) if tag else None
    if tag is None or language is None:
        raise UserError(f"Unknown language {code!r}: {_advice(code)}.")
    if tag.script and not members([tag.script]) <= members(language.scripts):
        scripts = " and ".join(language.scripts)
        raise UserError(
            f"Unknown language {code!r}: {language.name} ({language.tag}) is known in {scripts}, not in {tag.script}; "
            f"add it ({option_for(code)}, or polypref.register in a script), or map it to another tag."
        )
    return language


@checked_arguments
def nearest(code: str) -> Language | None:
    """Finds the known language that is most likely meant by a code or name that none goes by.

    Args:
        code: the code or name.

    Returns:
        the language, None where nothing is like it.

    Raises:
        UserError: it is no text.

    >>> [nearest(name).tag for name in ("Portugese", "chinese simplified", "gr", "swiss german")]
    ['pt', 'zh', 'el', 'de']
    """
    _check_text(code)
    return next(iter(likely_meant(code, by_name())), None)


def _check_text(code: object) -> None:
    if not isinstance(code, str):
        raise UserError(f"Unknown language {code!r:.80}: give its tag, code or name as a text, as in 'he'.")


_TAG = re.compile("[A-Za-z0-9]{1,8}(?:[_-][A-Za-z0-9]{1,8}){0,5}")  # it becomes the name of a folder

_ADDING = (
    "another is added by {option} of a command that reads rows (build, look, evaluate), in a script by the line "
    "polypref.register(polypref.Language('qu', 'Quechua', 'Runasimi', 'que', ('Latn',))), or by own_languages in an "
    "evaluation's config (docs/recipes.md)"
)


@checked_arguments
def register(language: Language, adopted: bool = False) -> Language:
    """Makes another language known to this process; the same one twice is no harm.

    Labels of detectors that are codes of the language are filled in where it gives none. Where the package has a file
    of the same language, what is registered here is used in its place: a script that brought a language along before
    the package knew it builds the same as ever. A language without a file gives way to one that is registered under its
    tag; its codes and names are nobody else's, but for a FLORES code and an alias that is the other's very name. A tag
    with a script or region (`hi-Latn`) may share its codes and own name with the language itself, which keeps them when
    data are read.

    Args:
        language: the language.
        adopted: whether a dataset brought it along; it then gives way to one that a script registers.

    Returns:
        the language with its labels.

    Raises:
        UserError: it is no Language, or a field of it holds something else than it should, as in a language's file;
            the tag is none, or it or another code or name of the language means a different language.
    """
    if not isinstance(language, Language):
        raise UserError(f"register({language!r:.60}): write a Language, as in polypref.Language('gl', 'Galician', ...)")
    check_fields(language)
    if not _TAG.fullmatch(language.tag):
        raise UserError(f"{language.tag!r} is no language tag; give letters, digits and '-', as in gl or sr-Latn")
    # The same keys are read by whoever opens the dataset: what they cannot read is refused before anything is built.
    where = f"Cannot register language {language.tag!r}"
    language = files.from_mapping(language.tag, files.as_mapping(language), where)
    if _registered.get(language.tag) == language:
        return language
    if not adopted and (wrong := [*contradictions(language), *borrowed_labels(language), *_malformed(language)]):
        raise UserError(f"{where}: {wrong[0]}")
    for name, other in taken_names(language).items():
        brought = ", which a dataset that was read before brought along" if other.tag in _adopted else ""
        raise UserError(
            f"Cannot register language {language.tag!r} ({language.name}): {name!r} already means "
            f"{other.name} ({other.tag}){brought}; give it a tag and names of its own."
        )
    _registered[language.tag] = language
    (_adopted.add if adopted else _adopted.discard)(language.tag)
    _all.cache_clear()
    _by_name.cache_clear()
    return language


def _malformed(language: Language) -> list[str]:
    """What is wrong with phrases of refusals and tasks, of which few languages that are registered have any."""
    if not language.refusals and language.task_words is None:
        return []
    from .phrases import malformed_phrases

    return malformed_phrases(language)


def taken_names(language: Language) -> dict[str, Language]:
    """Lists what a language calls itself that means another one already.

    Args:
        language: a language, whether it is registered or not.

    Returns:
        code or name, in lower case -> the language that it means; in the order of the language's names.
    """
    base = _base(language)
    shared = {} if base is None else dict.fromkeys(folded(one) for one in _of_base(base))
    own = set(_identity(language))
    listed = files.further().get(language.tag)
    certain = set(_names(listed) if listed else ())
    taken: dict[str, Language] = {}
    for name in _names(language):
        other = _owner(name, language)
        if other is None or name in shared:
            continue
        firm = is_firm(other.tag) and other.tag not in _adopted
        # Akan is the name of two; Filipino, an alias of Tagalog, is free for who is called so; a FLORES code may be
        # that of the language which takes this one in (Bokmål's is Norwegian's).
        of_other = name in map(folded, (other.tag, other.iso639_3, other.name, other.native_name))
        if firm or (of_other and name not in certain) or name not in own:
            taken[name] = other
    return taken


def disputed_names(language: Language) -> dict[str, Language]:
    """Lists what a language's file calls it that another known language has a better claim to, or as good a one.

    The other languages are asked without this one, so that the order of tags changes nothing. Known tags come first;
    then names in the table of further languages and names and codes of the 23, before those of any other file; a
    language's own names and codes come before aliases of others.

    Args:
        language: a language, as its file describes it.

    Returns:
        code or name, in lower case -> the language that it means without the file.
    """
    base = _base(language)
    others = [one for one in known() if one.tag != language.tag]
    names = _owners(others, frozenset(one.tag for one in others if is_firm(one.tag)))
    shared = set() if base is None else {folded(one) for one in _of_base(base)}
    listed = files.further().get(language.tag)
    certain = shared | set(_names(listed) if listed else ())
    disputed: dict[str, Language] = {}
    for name in _names(language):
        with contextlib.suppress(UserError):  # nobody else's
            other = _resolve(name, names)
            form = name == folded(language.tag) and name not in names  # pt-BR is read as pt where nobody has the tag
            free = form or name in certain or _shares(other, language, name)
            if not free and _claim(language, name) >= _claim(other, name):
                disputed[name] = other
    return disputed


def _shares(form: Language, base: Language, name: str) -> bool:
    """Whether a language is another one's form in a script or region, and may share the name with it."""
    its_base = _base(form)
    return its_base is not None and its_base.tag == base.tag and name in map(folded, _of_base(base))


def _claim(language: Language, name: str) -> int:
    """How far a name is from being the language's beyond doubt; 0 is nearest."""
    listed = files.further().get(language.tag)
    own = name in _identity(language)
    if name == folded(language.tag) and (listed or language.tag in AYA_23):
        return 0
    if (own and language.tag in AYA_23) or (listed and name in _identity(listed)):
        return 1
    if language.tag in AYA_23:
        return 2
    if own:
        return 3
    return 4 if listed and name in _names(listed) else 5


def borrowed_labels(language: Language) -> list[str]:
    """Looks for labels of detectors that mean another known language: texts in that would pass as texts in this one.

    Args:
        language: a language.

    Returns:
        a sentence for each. A form in a script or region may have the labels of its language, and a language those of
        one that takes it in (Bokmål those of Norwegian).
    """
    base, own, sentences = _base(language), set(_names(language)), []
    others = () if language.tag in AYA_23 else known()  # ar takes Arabic dialects in
    for other in others:
        form = _base(other)
        related = {one.tag for one in (base, form) if one} & {language.tag, other.tag}
        if other.tag == language.tag or related or folded(language.tag) in _names(other):
            continue
        for detector, labels in vars(language.codes).items():
            for label in labels:
                if label in getattr(other.codes, detector) and folded(label) not in own:
                    sentences.append(
                        f"detectors: {detector}: {label!r} is the label of {other.name} ({other.tag}), whose "
                        f"texts would pass as {language.name}; leave it out"
                    )
    return sentences


def _owner(name: str, language: Language) -> Language | None:
    """The other language that a name of this one means now; None where it means none, or this very language."""
    other = by_name().get(name)
    if other is None and name != folded(language.tag):
        with contextlib.suppress(UserError):  # with a region or script: de-DE
            other = resolve(name)
    if other is None or other is language:
        return None
    if other.tag == language.tag:
        replaces = language.tag not in _registered or language.tag in _adopted
        same = not (language.iso639_3 and other.iso639_3) or language.iso639_3 == other.iso639_3
        return None if replaces and (same or not is_firm(other.tag)) else other
    return other


def _base(language: Language) -> Language | None:
    """The known language of which this is the form in a script or region; None where its tag names none."""
    tag = parse_tag(language.tag) if re.search("[_-]", language.tag) else None
    return None if tag is None else _bundled(files.FOLDER, tag.language) or _registered.get(tag.language)


def _of_base(base: Language) -> tuple[str, ...]:
    """What a form in a script or region may share with its language."""
    return base.iso639_3, base.flores, base.native_name


def registered() -> tuple[Language, ...]:
    """Lists the languages that were registered in this process.

    Returns:
        the languages, sorted by tag.
    """
    return tuple(_registered[tag] for tag in sorted(_registered))


def is_adopted(tag: str) -> bool:
    """Whether a language is known from a dataset that was read, so that it gives way to what a script says of it.

    Args:
        tag: the language's tag.

    Returns:
        false for one that a script registered, or that polypref knows by itself.
    """
    return tag in _adopted


def take_over(languages: Iterable[Language], adopted: Iterable[str]) -> None:
    """Registers in a worker process what is registered in the one that started it, and what a script did not.

    Args:
        languages: those of `registered` there.
        adopted: the tags of them that are adopted there.
    """
    for language in languages:
        _registered[language.tag] = language
    _adopted.clear()
    _adopted.update(adopted)
    _all.cache_clear()
    _by_name.cache_clear()


def is_firm(tag: str) -> bool:
    """Whether a language is registered or has a file, so that one of a dataset does not take its place.

    Args:
        tag: the language's tag.

    Returns:
        false for a language of which only names, codes and scripts are known, and for an unknown one.
    """
    return tag in _registered or tag in files.tags(files.FOLDER)


def folded(name: str) -> str:
    """Brings a name or code into the form in which names are compared.

    Args:
        name: a name or code.

    Returns:
        the name in lower case and composed letters, with `-` for `_`.
    """
    return unicodedata.normalize("NFC", name.strip().casefold()).replace("_", "-")


def _identity(language: Language) -> Iterator[str]:
    """What is the language's own: its tag, its codes, and its two names."""
    own = (language.tag, language.iso639_3, language.flores, language.name, language.native_name)
    yield from (folded(name) for name in own if name.strip())


def _names(language: Language) -> Iterator[str]:
    yield from _identity(language)
    yield from (folded(name) for name in language.aliases if name.strip())


def by_name() -> dict[str, Language]:
    """Lists every name and code that a known language goes by.

    Returns:
        name, in lower case and with `-` for `_` -> language.

    Raises:
        UserError: the file of a language has a mistake.
    """
    return _by_name(files.FOLDER, tuple(sorted(_registered)))


@cache
def _by_name(folder: str, registered: tuple[str, ...]) -> dict[str, Language]:
    """Name -> language; of two with one name a registered one comes first, then one with a file.

    What is a language's own comes before an alias of another, and a language before its form in a script or region.
    """
    firm = files.tags(folder)
    every = sorted(_all(folder, registered), key=lambda one: (one.tag not in registered, one.tag))
    return _owners(every, frozenset({*registered, *firm}))


def _owners(languages: Iterable[Language], firm: frozenset[str]) -> dict[str, Language]:
    """Name -> language, of two with one name one of the firm ones, then the first."""
    every = sorted(languages, key=lambda one: one.tag not in firm)
    plain = [one for one in every if _base(one) is None]
    forms = [one for one in every if _base(one) is not None]
    owners: dict[str, Language] = {folded(one.tag): one for one in reversed(every)}
    for language in (*plain, *forms):
        for name in _identity(language):
            owners.setdefault(name, language)
    for language in every:
        for name in _names(language):
            owners.setdefault(name, language)
    return owners


def _advice(code: str) -> str:
    names = by_name()
    if listed := several(code, names):
        tags = ", ".join(one.tag for one in listed)
        return f"it lists {len(listed)} languages ({tags}), and one is wanted; several have commas between them"
    near = [f"{one.tag} ({one.name})" for one in likely_meant(code, names)]
    adding = _ADDING.format(option=option_for(code))
    if not near:
        return f"polypref languages lists those that are known; {adding}"
    return f"the nearest known are {', '.join(near)}; {adding}"
