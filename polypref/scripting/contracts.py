"""What an object may say of itself beside what it must do: attributes with a default for each."""

import sys
from dataclasses import MISSING, fields, is_dataclass
from types import NoneType, UnionType
from typing import TypeVar, get_args, get_origin, get_type_hints

from ..errors import UserError
from ..text.cleaning import has_lone_surrogate
from .own_code import own_code

Traits = TypeVar("Traits")


def read_traits(thing: object, kind: type[Traits], called: str) -> Traits:
    """The attributes that an object has of those that a dataclass names, and the dataclass's defaults for the others.

    So an object is asked for what is needed of it, never for its class, and one that says nothing is as good as any.

    Args:
        thing: the object.
        kind: a dataclass whose fields all have a default; what each means is in its docstring.
        called: what an error calls the object.

    Returns:
        An instance of `kind`.

    Raises:
        UserError: an attribute is not of the field's type, is no finite number, or holds half a character.

    Example:
        >>> from dataclasses import dataclass
        >>> @dataclass
        ... class Traits:
        ...     page: int = 256
        ...     gpus: int = 1
        >>> class Mine:
        ...     gpus = 0
        >>> read_traits(Mine(), Traits, "Mine")
        Traits(page=256, gpus=0)
    """
    assert is_dataclass(kind)
    hints = get_type_hints(kind)
    with own_code(getattr(thing, "inner", thing), called):
        values = {field.name: getattr(thing, field.name, MISSING) for field in fields(kind)}
    values = {name: value for name, value in values.items() if value is not MISSING}
    for name, value in values.items():
        if not _is_of(value, hints[name]):
            raise UserError(f"{called}: its {name} is {value!r}, which is not {_in_words(hints[name])}")
        if isinstance(value, int | float) and not is_finite(value):
            raise UserError(f"{called}: its {name} is {value!r}, which is no finite number")
        if isinstance(value, str) and has_lone_surrogate(value):
            raise UserError(f"{called}: its {name} holds half a character, {value!r:.80}; write whole ones")
    return kind(**values)


def is_finite(number: float) -> bool:
    """Whether a number is one that can be reckoned with.

    Args:
        number: a whole number may be of any size.

    Returns:
        False for NaN, what is infinite, and what is too large for a float.
    """
    return abs(number) <= sys.float_info.max


def _is_of(value: object, hint: object) -> bool:
    """Whether a value is of a type, of one of several, or a tuple of it; true and false are no numbers."""
    if isinstance(hint, UnionType):
        return any(_is_of(value, one) for one in get_args(hint))
    if get_origin(hint) is tuple:
        return isinstance(value, tuple) and all(_is_of(one, get_args(hint)[0]) for one in value)
    if hint in (int, float):
        return isinstance(value, int if hint is int else (int, float)) and not isinstance(value, bool)
    return isinstance(hint, type) and isinstance(value, hint)


def _in_words(hint: object) -> str:
    if isinstance(hint, UnionType):
        return " or ".join("None" if one is NoneType else _in_words(one) for one in get_args(hint))
    if get_origin(hint) is tuple:
        return f"a tuple of {get_args(hint)[0].__name__}"
    if not isinstance(hint, type):
        return "something else"
    return {int: "a whole number", float: "a number", str: "a text"}.get(hint, f"a {hint.__name__}")
