"""Dataclasses to JSON and back: results and provenance are typed, and their files are held against the types.

A field's type says what its value may be: `str`, `int`, `float` (a whole number too), `bool`, `None`, `Literal`, a
union, `list`, `tuple`, `dict[str, ...]`, a mapping, another dataclass, or `Json` for anything at all. Numbers of the
other types are finite.
`Annotated` adds a pattern that a text must match whole, or a test that the value must pass. What several fields must
fulfil together stands in `__post_init__` and raises ValueError.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Interval:
    ...     low: float
    ...     high: float | None = None
    >>> decode(Interval, {"low": 0.25}, "interval.json is damaged")
    Interval(low=0.25, high=None)
    >>> encode(Interval(0.25, 0.5))
    {'low': 0.25, 'high': 0.5}
"""

import re
import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import TYPE_CHECKING, Annotated, Any, ForwardRef, Literal, TypeAlias, TypeVar, Union, get_args, get_origin

from ..console.escaping import one_line
from ..errors import UserError
from ..text.cleaning import has_lone_surrogate
from .json_types import Json, JsonObject

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")
#: A type hint that is taken apart when a record is read, or a value that one describes: no type can say which.
Hint: TypeAlias = Any
Value: TypeAlias = Any

#: Metadata of a field that is not written where it has its default.
OMIT_DEFAULT: Mapping[str, bool] = types.MappingProxyType({"omit_default": True})
#: Metadata of the one field, a dict, for keys that no other field is called by; they stand beside the others in JSON.
OTHER_KEYS: Mapping[str, bool] = types.MappingProxyType({"other_keys": True})

#: A whole number that is not negative and that every JSON reader holds exactly.
Count = Annotated[int, lambda value: 0 <= value < 1 << 53]
#: Text that can be written as UTF-8.
Text = Annotated[str, lambda value: not has_lone_surrogate(value)]
#: The tag of a language, or the name of a split.
Tag = Annotated[str, re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")]
_LARGEST = 1e300  # of a number: its sums and squares with others are told from infinity before it
_LONGEST = 80  # characters of a place in a message


class _NotOfTypeError(ValueError):
    """A value is not what its field's type says."""

    def __init__(self, at: str, problem: str) -> None:
        super().__init__(f"{one_line(at[:_LONGEST]) or 'the whole'} {problem}")


def encode(record: "DataclassInstance") -> JsonObject:
    """A record as JSON holds it: dataclasses as objects, tuples as lists.

    Args:
        record: a dataclass of values that `decode` reads.

    Returns:
        An object with a key a field, in their order.

    Raises:
        TypeError: a value is of another type.
    """
    written: JsonObject = {}
    for one in fields(record):
        value = getattr(record, one.name)
        if "other_keys" in one.metadata:
            written |= {key: _as_json(inner) for key, inner in value.items()}
        elif not ("omit_default" in one.metadata and value == _default(one)):
            written[one.name] = _as_json(value)
    return written


def _as_json(value: Value) -> Json:
    if is_dataclass(value) and not isinstance(value, type):
        return encode(value)
    if isinstance(value, Mapping):
        return {str(key): _as_json(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_as_json(inner) for inner in value]
    if value is None or isinstance(value, (str, int, float)):
        return value
    raise TypeError(f"a record holds {value!r}, which is no JSON")


def decode(kind: type[T], value: Json, problem: str, advice: str = "") -> T:
    """A record of a dataclass from JSON that is held against the types of its fields.

    Args:
        kind: the dataclass. A field with a default may be missing; keys that no field has are left out, unless one is
            marked OTHER_KEYS.
        value: what was read.
        problem: how the message begins, as in `results.json does not describe an evaluation`.
        advice: what to do, with which it ends.

    Returns:
        The record; lists and objects in it are new ones.

    Raises:
        UserError: the value is of another form; the message names the field and what stands there.
    """
    try:
        return _record(kind, value, "")
    except _NotOfTypeError as error:
        raise UserError(f"{problem}: {error}" + (f"; {advice}" if advice else "")) from None


def _record(kind: type[T], value: Json, at: str) -> T:
    if not isinstance(value, dict):
        raise _NotOfTypeError(at, f"is {_short(value)}, not an object")
    given = {}
    others = dict(value)
    for one in fields(kind):
        if "other_keys" in one.metadata:
            continue
        if one.name in others:
            given[one.name] = _value(one.type, others.pop(one.name), _below(at, one.name))
        elif _default(one) is MISSING:
            raise _NotOfTypeError(_below(at, one.name), "is missing")
    given |= {one.name: others for one in fields(kind) if "other_keys" in one.metadata}
    try:
        return kind(**given)
    except ValueError as error:
        raise _NotOfTypeError(at, f"does not hold together: {error}") from None


def _default(one: "Field[Value]") -> Value:
    return one.default if one.default_factory is MISSING else one.default_factory()


def _value(hint: Hint, value: Json, at: str) -> Value:
    """The value as a type hint has it, which is what `get_args` and `get_origin` take apart."""
    # Settings may hold what no standard JSON has (Infinity), as deep as they like; within Json stands its own name.
    if hint is Json or isinstance(hint, str | ForwardRef):
        return value
    origin: Hint = get_origin(hint)
    inner = get_args(hint)
    if origin is Annotated:
        return _tested(inner[1:], _value(inner[0], value, at), at)
    if origin in (Union, types.UnionType):
        return _first_fitting(inner, value, at)
    if origin is Literal:
        if value not in inner or isinstance(value, bool) != isinstance(inner[inner.index(value)], bool):
            raise _NotOfTypeError(at, f"is {_short(value)}, not {' or '.join(map(repr, inner))}")
        return value
    if origin in (dict, Mapping):
        if not isinstance(value, dict):
            raise _NotOfTypeError(at, f"is {_short(value)}, not an object")
        key, kind = inner
        return {_value(key, name, _below(at, name)): _value(kind, one, _below(at, name)) for name, one in value.items()}
    if origin in (list, tuple, Sequence):
        return _items(origin, inner, value, at)
    if is_dataclass(hint) and isinstance(hint, type):
        return _record(hint, value, at)
    return _plain(hint, value, at)


def _items(origin: Hint, inner: tuple[Hint, ...], value: Json, at: str) -> Value:
    if not isinstance(value, list):
        raise _NotOfTypeError(at, f"is {_short(value)}, not a list")
    fixed = origin is tuple and Ellipsis not in inner
    if fixed and len(value) != len(inner):
        raise _NotOfTypeError(at, f"has {len(value)} items, not {len(inner)}")
    hints = inner if fixed else [inner[0]] * len(value)
    items = [_value(hint, one, _below(at, n)) for n, (hint, one) in enumerate(zip(hints, value, strict=True))]
    return items if origin is list else tuple(items)


def _first_fitting(hints: Iterable[Hint], value: Json, at: str) -> Value:
    """The value as the first of several types that it is of; where one besides None is none, what that one misses."""
    others = [hint for hint in hints if hint is not type(None)]
    if value is None and len(others) < len(tuple(hints)):
        return None
    for hint in others:
        try:
            return _value(hint, value, at)
        except _NotOfTypeError:
            if len(others) == 1:
                raise
    raise _NotOfTypeError(at, f"is {_short(value)}, which is of none of the types it can be of")


#: Types of plain values, and how messages call them.
_PLAIN = {str: "text", bool: "true or false", int: "a whole number", float: "a finite number", type(None): "null"}


def _plain(hint: Hint, value: Json, at: str) -> Json:
    if hint not in _PLAIN:
        raise TypeError(f"{at}: a record cannot hold {hint!r}")
    kinds = (int, float) if hint is float else hint
    fits = isinstance(value, kinds) and (hint is bool or not isinstance(value, bool))
    if not fits or (isinstance(value, (int, float)) and not abs(value) < _LARGEST):
        raise _NotOfTypeError(at, f"is {_short(value)}, not {_PLAIN[hint]}")
    return value


def _tested(tests: Iterable[Value], value: Value, at: str) -> Value:
    for test in tests:
        if not (test.fullmatch(value) if isinstance(test, re.Pattern) else test(value)):
            raise _NotOfTypeError(at, f"is {_short(value)}, which cannot stand here")
    return value


def _below(at: str, name: str | int) -> str:
    return f"{at}.{name}" if at else str(name)


def _short(value: Json) -> str:
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return "null" if value is None else one_line(repr(value)[:_LONGEST])
