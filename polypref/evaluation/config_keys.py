"""Keys of an evaluation's config: whether all are known, lists and pairs in them."""

from collections.abc import Mapping
from os import PathLike, fspath

from ..console.escaping import as_written, short_text
from ..errors import UserError
from ..files.json_types import Json, JsonObject, list_of
from ..scripting.declared import nearest


def several(config: Mapping[str, Json], one: str, many: str) -> list[Json]:
    """What a config gives under the singular or the plural.

    Args:
        config: as read from YAML.
        one: the singular.
        many: the plural.

    Returns:
        A list, empty for nothing.

    Raises:
        UserError: both are given.
    """
    if one in config and many in config:
        raise UserError(f"evaluation: give {one} or {many}, not both")
    given = config.get(many, config.get(one))
    return [] if given is None else given if isinstance(given, list) else [given]


def pairs_of(config: Mapping[str, Json]) -> tuple[tuple[str, str], ...]:
    """Pairs of models' names that a config gives.

    Args:
        config: as read from YAML.

    Returns:
        The pairs; none where none are given.

    Raises:
        UserError: `pairs` is no list of pairs.
    """
    given = config.get("pairs") or []
    pairs = [(str(p[0]), str(p[1])) for p in list_of(given) if isinstance(p, list | tuple) and len(p) == 2]
    if not isinstance(given, list) or len(pairs) < len(given):
        listed = given if isinstance(given, list) else []
        seen = next((one for one in listed if not isinstance(one, list) or len(one) != 2), given)
        raise UserError(
            f"pairs: {seen!r:.80}; give lists of two models' names, as in [[one, other], [one, third]], or the word all"
        )
    return tuple(pairs)


def text_of_key(given: Mapping[str, Json], key: str, what: str, default: str = "") -> str:
    """The text that a key holds.

    YAML reads 0.10 as 0.1, 007 as 7 and no as false: what is no text was perhaps another one.

    Args:
        given: keys with their values.
        key: which one.
        what: how a message calls what it is a key of.
        default: where the key is missing, or holds nothing.

    Returns:
        The text.

    Raises:
        UserError: it holds a list, a number or something else.
    """
    value = given.get(key)
    if value is None:
        return default
    return text_value(value, f"{what}: {key}")


def text_value(value: Json, called: str) -> str:
    """A value that is to be a text.

    Args:
        value: what stands in a config.
        called: how a message calls it.

    Returns:
        The text.

    Raises:
        UserError: it is none.
    """
    if isinstance(value, PathLike):
        return str(fspath(value))
    if not isinstance(value, str):
        several = isinstance(value, list | tuple | Mapping)
        advice = "give one text" if several else "give a text, in quotes where it looks like a number"
        raise UserError(f"{called} is {as_written(value)[:60]}; {advice}")
    return value


def checked_keys(given: Json | Mapping[str, Json], what: str, known: set[str]) -> JsonObject:
    """A mapping whose keys are all known.

    Args:
        given: what stands in a config.
        what: how a message calls it.
        known: the keys that it may have.

    Returns:
        Those that have a value.

    Raises:
        UserError: it is no mapping, or has another key.
    """
    if not isinstance(given, Mapping):
        raise UserError(f"{what}: give a name, or keys of {', '.join(sorted(known))}")
    if unknown := sorted(set(map(str, given)) - known):
        # `sample` is what `limit` was called until 0.2, and what an evaluation's folder calls it.
        meant = nearest(unknown[0], sorted(known - {"sample"}))
        raise UserError(f"{what}: unknown key {short_text(unknown[0])}; {meant}")
    return {key: value for key, value in given.items() if value is not None}
