"""Values of a recipe that are of another type than their key: a parser checks the types of texts alone."""

from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Literal, Union, get_args, get_origin, get_type_hints

from ..errors import UserError
from ..files.json_types import Json

# Keys that take more than their type says: true is the last checkpoint, numbers by language are a mapping in a recipe.
_TAKE_MORE = {"resume_from_checkpoint", "language_weights", "flip_rates", "fsdp"}
_PLAIN = {int: "a whole number", float: "a number", bool: "true or false", str: "a text, in quotes"}


def refuse_types(recipe: Mapping[str, Json], name: str | None, *kinds: type) -> None:
    """Stops at a value that its key cannot have; texts are for the parser to read.

    Args:
        recipe: keys and values.
        name: of the recipe.
        kinds: dataclasses that have the keys; keys of none of them are not looked at.

    Raises:
        UserError: there is one.
    """
    hints = {key: hint for kind in kinds for key, hint in get_type_hints(kind).items()}
    for key, value in recipe.items():
        if key not in hints or key in _TAKE_MORE or isinstance(value, str) or _fits(value, hints[key]):
            continue
        as_yaml = ", as YAML reads yes, no, on and off" if isinstance(value, bool) else ""
        leave = f", or leave {key} out" if value is None else ""
        raise UserError(f"recipe {name}: {key} is {_shown(value)}{as_yaml}; write {_wanted(hints[key])}{leave}")


def _fits(value: Json, hint: object) -> bool:
    """Whether a value is of a type; so is any value of a type that is not known here."""
    kind = get_origin(hint) or hint
    if kind in (Union, UnionType):
        return any(_fits(value, one) for one in get_args(hint))
    if kind is Literal:
        return value in get_args(hint)
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if kind is bool:
        return isinstance(value, bool) or value in (0, 1)
    if kind in (list, tuple):
        elements = [one for one in get_args(hint) if one is not ...]
        return isinstance(value, list) and all(any(_fits(one, part) for part in elements) for one in value)
    return isinstance(value, kind) if kind in (str, dict, NoneType) else not isinstance(value, bool | None)


def _wanted(hint: object) -> str:
    """What to write, of a type's alternatives the first that is not nothing."""
    kind = get_origin(hint) or hint
    if kind in (Union, UnionType):
        return _wanted(next(one for one in get_args(hint) if one is not NoneType))
    if kind in (list, tuple):
        return "a list of texts, as in [a, b]" if str in get_args(hint) else "a list of numbers, as in [1, 0.5]"
    if kind is dict:
        return "keys and values, as in {key: value}"
    return _PLAIN.get(kind, _PLAIN[str]) if isinstance(kind, type) else _PLAIN[str]


def _shown(value: Json) -> str:
    """As YAML has it."""
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)[:100]
