"""Languages that a builder script or a configuration adds: kept with the data, so that readers of it know them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import UserError
from ..files.json_types import JsonObject
from . import files, registry
from .facts import Language

#: The key of provenance.json, and of an evaluation's configuration.
KEY = "own_languages"
# From data/LANGUAGE/FILE up to the folder of the dataset.
_LEVELS = 3


def as_record() -> dict[str, JsonObject]:
    """Writes down what is known of the languages registered in this process.

    Returns:
        tag -> the keys of a language's file.
    """
    return {language.tag: files.as_mapping(language) for language in registry.registered()}


@dataclass(frozen=True)
class Registered:
    """The languages registered in one process, to be registered in the workers that it starts.

    Attributes:
        languages: all of them.
        adopted: tags of those that datasets brought along.
    """

    languages: tuple[Language, ...]
    adopted: frozenset[str]

    def __call__(self) -> None:
        """Registers them in the process that calls this, whatever is registered there."""
        registry.take_over(self.languages, self.adopted)


def registered_here() -> Registered:
    """What is registered in this process now.

    Returns:
        it, to be sent to workers and called there.
    """
    languages = registry.registered()
    return Registered(languages, frozenset(one.tag for one in languages if registry.is_adopted(one.tag)))


def register_all(given: object, where: str) -> None:
    """Registers languages that somebody wrote down: tag -> the keys of a language's file.

    Args:
        given: the mapping.
        where: what errors call the place.

    Raises:
        UserError: it is no such mapping, or a language has a tag or name of another one.
    """
    if not isinstance(given, Mapping):
        raise UserError(f"{where} is {repr(given)[:60]}; give tags, and for each what a language's file holds")
    for tag, keys in given.items():
        if isinstance(tag, bool):
            raise UserError(f"{where}: a tag is {tag}, as YAML reads no, off, yes and on; put it in quotes: 'no'")
        registry.register(files.from_mapping(str(tag), keys, f"{where}: {tag}"))


def adopt(given: object, where: str) -> None:
    """Makes the languages of somebody's dataset known, as far as they are not known already.

    One that the package has a file of, or that a script registered, stays as it is. A code or name that means another
    language here stays with that one; where that is the tag, the dataset's rows would be taken for the other language.

    Args:
        given: tag -> the keys of a language's file; a dataset without any has nothing.
        where: what errors call the place.

    Raises:
        UserError: the record does not describe languages, or the tag of one means another language here.
    """
    if given is None:
        return
    if not isinstance(given, Mapping):
        raise UserError(f"{where} does not describe languages; get the dataset again")
    for tag, keys in given.items():
        language = files.from_mapping(str(tag), keys, f"{where}: {tag}")
        if registry.is_firm(language.tag):
            continue
        taken = registry.taken_names(language)
        if other := taken.get(registry.folded(language.tag)):
            raise UserError(
                f"{where}: the tag '{tag}' means {language.name} in this dataset, and {other.name} ({other.tag}) here; "
                f"read the dataset where nothing registers {other.tag}, or with the version of polypref that made it"
            )
        registry.register(_without(language, set(taken)), adopted=True)


def _without(language: Language, names: set[str]) -> Language:
    """The language without names that mean another one here; its tag is its own."""

    def kept(name: str, otherwise: str) -> str:
        return otherwise if registry.folded(name) in names else name

    return replace(
        language,
        name=kept(language.name, language.tag),
        native_name=kept(language.native_name, language.tag),
        iso639_3=kept(language.iso639_3, ""),
        flores=kept(language.flores, ""),
        aliases=tuple(one for one in language.aliases if registry.folded(one) not in names),
    )


def adopt_beside(path: Path) -> None:
    """Makes the languages of a dataset known that a folder or file belongs to; anything else is let be.

    Args:
        path: the folder of a dataset, or a file or folder up to three levels below it.

    Raises:
        UserError: the dataset's record does not describe languages.
    """
    for folder in [path, *path.resolve().parents][: _LEVELS + 1]:
        record = folder / "provenance.json"
        if not record.is_file():
            continue
        try:
            given = json.loads(record.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            return
        if isinstance(given, dict):
            adopt(given.get(KEY), str(record))
        return
