"""What a builder script declares, held against what is asked: the types of fields, and the parts of a contract.

A contract is a `typing.Protocol` whose members are properties and methods; the first line of a member's docstring tells
somebody who left it out what it is.
"""

import inspect
import sys
import types
from collections.abc import Callable, Hashable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from functools import cache, wraps
from os import PathLike, fspath
from typing import Annotated, Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from ..console.escaping import as_written
from ..console.redaction import STARS, is_secret
from ..errors import UserError
from .bounds import Bounds, Checked
from .loading import is_async, takes
from .own_code import own_code
from .spelling import closest_name

_NUMBERS: Mapping[type, tuple[type, ...]] = {int: (int,), float: (float, int)}
_WORDS: Mapping[object, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "True or False",
    type(None): "None",
}

Kind = TypeVar("Kind")


class _Wrong(Exception):
    """A value that is none of what was asked for; the message says what to write."""


class _WrongText(_Wrong):
    """A text where a text may be, but not this one."""


def checked_call(kind: type[Kind]) -> type[Kind]:
    """Has a dataclass that people write down say in one sentence what is wrong with a call of it.

    Args:
        kind: the dataclass; this goes above its `@dataclass`.

    Returns:
        The same class. A call with an unknown field, or without one that has no default, raises UserError; the
        sentence of a class without fields ends with its `settings_elsewhere`, where it has that, and that of one
        without a field with what its `to_write` says of the field.

    Raises:
        UserError: by the class that is returned, when a call does not fit.

    Example:
        >>> from dataclasses import dataclass
        >>> @checked_call
        ... @dataclass
        ... class Mine:
        ...     name: str
        >>> Mine(nmae="x")
        Traceback (most recent call last):
        polypref.errors.UserError: Mine(...) has no field nmae; did you mean 'name'? There are name
    """
    call: Callable[..., None] = vars(kind)["__init__"]

    @wraps(call)
    def explained(self: object, *values: object, **named: object) -> None:
        try:
            call(self, *values, **named)
        except TypeError:
            try:
                inspect.signature(call).bind(self, *values, **named)
            except TypeError as misfit:
                raise UserError(_misfit(kind, named, misfit)) from None
            raise

    setattr(explained, "__signature__", _for_readers(call))  # noqa: B010 - what mypy allows to be assigned no other way
    setattr(kind, "__init__", explained)  # noqa: B010
    return kind


def _for_readers(call: Callable[..., None]) -> inspect.Signature:
    """A signature as `help` shows it: with types, and without what else is asked of the values."""
    written = inspect.signature(call)
    try:
        types_of = get_type_hints(call)
    except NameError:  # one that is not defined yet
        return written
    named = written.parameters.items()
    shown = [one.replace(annotation=types_of.get(name, one.annotation)) for name, one in named]
    return written.replace(parameters=shown)


def _misfit(kind: type, named: Iterable[str], error: TypeError) -> str:
    """What is wrong with a call of a dataclass."""
    known = list(inspect.signature(kind).parameters)
    elsewhere = f"; {kind.settings_elsewhere}" if hasattr(kind, "settings_elsewhere") else ""
    for name in named:
        if name not in known:
            fields_there = nearest(name, known) if known else f"it has none{elsewhere}"
            return f"{kind.__name__}(...) has no field {name}; {fields_there}"
    if not known:
        return f"{kind.__name__}(...) takes nothing; write {kind.__name__}(){elsewhere}"
    advice = getattr(kind, "to_write", {})
    lacks = next((f"; write {words}" for name, words in advice.items() if str(error).endswith(repr(name))), "")
    return f"{kind.__name__}(...): {error}{lacks}"


def check_fields(declared: object) -> None:
    """Sees that the fields of a dataclass hold what their annotations say, and the dataclasses in them too.

    Called first thing in `__post_init__`. A list where a tuple is asked for becomes one, and a path a text. A whole
    number is a number. Annotations that say more than types, names, literals, tuples, sequences and mappings of these
    are not looked at.

    Args:
        declared: an instance of the dataclass.

    Raises:
        UserError: a field holds something else: its name, the value, and what to write.
    """
    assert is_dataclass(declared) and not isinstance(declared, type)
    kind = type(declared)
    hints = _hints(kind)
    for one in fields(declared):
        value = getattr(declared, one.name, None)
        # What is no setting (who serves a model) may have been left behind on the way to a worker.
        if one.init and one.name in hints and (value is not None or one.metadata.get("settings", True)):
            try:
                taken = _taken(value, hints[one.name], one.name)
            except _Wrong as wrong:
                seen = STARS if is_secret(one) else _seen(value)
                raise UserError(f"{kind.__name__}({one.name}={seen}): {wrong}") from None
            if taken is not value:
                object.__setattr__(declared, one.name, taken)


def lacking(value: object, contract: type) -> dict[str, str]:
    """What an object lacks of a contract.

    Args:
        value: the object.
        contract: a Protocol.

    Returns:
        member -> what is wrong with it, or what the member is for where there is none.
    """
    complaints = {}
    for name, member in _members(contract).items():
        function = member.fget if isinstance(member, property) else member
        if _is_missing(value, name):
            complaints[name] = _first_line(function)
        elif isinstance(member, property):
            hint = _hints(function).get("return", Any)
            try:
                # An engine's `here` may be that engine: what is an object of a contract is looked at by itself.
                _taken(getattr(value, name), Any if getattr(hint, "_is_protocol", False) else hint, name)
            except _Wrong as wrong:
                complaints[name] = f"{_seen(getattr(value, name))}, {wrong}"
        elif callable(member) and (complaint := _uncallable(getattr(value, name), member)):
            complaints[name] = complaint
    return complaints


def check_contract(value: object, contract: type, what: str) -> None:
    """Sees that an object has all that a contract asks.

    Args:
        value: the object.
        contract: a Protocol.
        what: what the object is to be, as in `rater`.

    Raises:
        UserError: it is a class, or it lacks something: what that is.
    """
    try:
        _held(value, contract, what)
    except _Wrong as wrong:
        raise UserError(str(wrong)) from None


def nearest(name: str, known: Iterable[str]) -> str:
    """The known names as words for a message, the one that was probably meant first.

    Args:
        name: what was written.
        known: what could have been.

    Returns:
        A clause that begins small and ends without a full stop.
    """
    names = list(known)
    meant = closest_name(name, names)
    return f"did you mean '{meant}'? There are {', '.join(names)}" if meant else f"there are {', '.join(names)}"


@cache
def _hints(of: Hashable) -> dict[str, object]:
    try:
        return get_type_hints(cast(Any, of), include_extras=True)
    except NameError:  # a name that is imported for type checkers alone, in a class of somebody's own
        if str(getattr(of, "__module__", "")).startswith("polypref."):
            raise
        return {}


@cache
def _members(contract: type) -> dict[str, object]:
    """The properties and methods that a Protocol and those that it is made of ask for."""
    bases = [base for base in reversed(contract.__mro__) if getattr(base, "_is_protocol", False)]
    return {
        name: member
        for base in bases
        for name, member in vars(base).items()
        if isinstance(member, property | types.FunctionType) and (not name.startswith("_") or name == "__call__")
    }


def _first_line(function: object) -> str:
    return (inspect.getdoc(function) or "").partition("\n")[0].rstrip(".")


def _uncallable(method: object, member: Callable[..., object]) -> str:
    """What keeps a method from being called as the contract's is; empty where nothing does."""
    wanted = [name for name in inspect.signature(member).parameters if name != "self"]
    if not callable(method):
        return f"{_seen(method)}, no method; write def {member.__name__}(self, {', '.join(wanted)})"
    if is_async(method):
        return f"async, and nobody awaits it; write def {member.__name__}(self, {', '.join(wanted)})"
    if not takes(method, wanted):
        return f"not to be called with ({', '.join(wanted)}); write def {member.__name__}(self, {', '.join(wanted)})"
    return ""


def _held(value: object, contract: type, what: str) -> None:
    name = type(value).__name__
    if isinstance(value, type):
        raise _Wrong(f"{what} {value.__name__} is a class; write {value.__name__}(...)")
    with own_code(value, f"{what} {name}"):
        absent = lacking(value, contract)
    missing = [f"`{member}`: {why}" for member, why in absent.items() if _is_missing(value, member)]
    wrong = [f"its `{member}` is {why}" for member, why in absent.items() if not _is_missing(value, member)]
    if len(missing) == len(_members(contract)):
        raise _Wrong(f"{_seen(value)} is no {what}; it lacks {', '.join(absent)}")
    if missing:
        raise _Wrong(f"{what} {name} lacks " + "; ".join([*missing, *wrong]))
    if wrong:
        raise _Wrong(f"{what} {name}: " + "; ".join(wrong))


def _is_missing(value: object, member: str) -> bool:
    return not callable(value) if member == "__call__" else not hasattr(value, member)


def _taken(value: object, hint: object, name: str) -> object:
    """The value as the hint has it.

    Raises:
        _Wrong: it is something else.
    """
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _bounded(value, arguments[0], arguments[1:], name)
    if origin in (Union, types.UnionType):
        return _any_of(value, arguments, name)
    if origin is Literal:
        if not any(value is one or (type(value) is type(one) and value == one) for one in arguments):
            names = list(map(str, arguments))
            meant = closest_name(str(value), names)
            raise _Wrong(f"write one of {', '.join(names)}" + (f"; did you mean '{meant}'?" if meant else ""))
        return value
    if origin is tuple:
        return _tuple(value, arguments, name)
    if origin is not None and isinstance(origin, type):
        if issubclass(origin, Mapping):
            return _mapping(value, hint, name)
        if issubclass(origin, Iterable):
            return _series(value, hint, name)
    if origin is not None:  # a Callable
        if not callable(value):
            raise _Wrong("write a function")
        return value
    return _plain(value, hint)


def _bounded(value: object, hint: object, notes: tuple[object, ...], name: str) -> object:
    """A value of a hint that says more than a type: between which bounds a number lies, which texts may be."""
    taken = _taken(value, hint, name)
    for note in notes:
        if isinstance(note, Bounds) and isinstance(taken, int | float) and not note.hold(taken):
            raise _Wrong(f"write {_words(hint)} {note.words}")
        if isinstance(note, Checked) and isinstance(taken, str) and (complaint := note.complaint(taken)):
            raise _WrongText(complaint)
    return taken


def _plain(value: object, hint: object) -> object:
    """A value whose hint is a class, by itself."""
    if hint is Any or not isinstance(hint, type):
        return value
    if getattr(hint, "_is_protocol", False):
        _held(value, hint, hint.__name__.lower())
    elif hint in _NUMBERS:
        if isinstance(value, bool) or not isinstance(value, _NUMBERS[hint]):
            raise _Wrong(f"write {_WORDS[hint]}")
        if hint is float and isinstance(value, int | float) and not abs(value) <= sys.float_info.max:
            raise _Wrong("write a finite number")
    elif hint is str and isinstance(value, PathLike):
        return str(fspath(value))
    elif not isinstance(value, hint):
        raise _Wrong(f"write {_words(hint)}")
    if is_dataclass(value) and not isinstance(value, type):
        check_fields(value)
    return value


def _any_of(value: object, hints: tuple[object, ...], name: str) -> object:
    if value is None and type(None) in hints:
        return None
    complaints = []
    for hint in (one for one in hints if one is not type(None)):
        try:
            return _taken(value, hint, name)
        except _WrongText:
            raise
        except _Wrong as wrong:
            complaints.append(str(wrong))
    whole = complaints[0] if len(complaints) == 1 else f"write {' or '.join(map(_words, hints))}"
    raise _Wrong(whole + " (or None)" * (type(None) in hints and len(complaints) == 1))


def _tuple(value: object, hints: tuple[object, ...], name: str) -> tuple[object, ...]:
    each = hints[0] if hints[1:] == (...,) else None
    if isinstance(value, list | tuple):
        if each is None and len(value) != len(hints):
            raise _Wrong(f"write {len(hints)} values in brackets, not {len(value)}")
        wanted = hints if each is None else (each,) * len(value)
        taken = tuple(_member(one, hint, name, at) for at, (one, hint) in enumerate(zip(value, wanted, strict=True)))
        return value if isinstance(value, tuple) and all(map(_same, taken, value)) else taken
    one_of_them = False
    if each is not None:
        try:
            _taken(value, each, name)
            one_of_them = True
        except _Wrong:
            pass
    if one_of_them:
        written = f"({', '.join(listed)})" if (listed := _listed(value)) else f"({_seen(value)},)"
        raise _Wrong(f"one where several can be, so it needs brackets and a comma: {name}={written}")
    raise _Wrong(f"write (..., ...), each {_words(each)}" if each else f"write {len(hints)} values in brackets")


def _listed(value: object) -> list[str]:
    """The names that one text lists between commas, as they would be written; none where it lists none."""
    parts = [part.strip() for part in value.split(",")] if isinstance(value, str) else []
    several = len(parts) > 1 and all(part and not any(map(str.isspace, part)) for part in parts)
    return list(map(_seen, parts)) if several else []


def _same(one: object, other: object) -> bool:
    return one is other


def _member(value: object, hint: object, name: str, at: object) -> object:
    try:
        return _taken(value, hint, name)
    except _Wrong as wrong:
        raise type(wrong)(f"of {name}[{at!r}], {_seen(value)}: {wrong}") from None


def _mapping(value: object, hint: object, name: str) -> object:
    if not isinstance(value, Mapping):
        raise _Wrong(f"write {_words(hint)}")
    for key, one in value.items():
        wanted = get_args(hint) or (Any, Any)
        _member(key, wanted[0], name, key)
        _member(one, wanted[1], name, key)
    return value


def _series(value: object, hint: object, name: str) -> object:
    if isinstance(value, str | bytes):
        raise _Wrong(f"one text, where several values can be: write [{', '.join(_listed(value)) or _seen(value)}]")
    if not isinstance(value, Iterable):
        raise _Wrong(f"write {_words(hint)}")
    if isinstance(value, list | tuple | AbstractSet):
        for at, one in enumerate(value):
            _member(one, (get_args(hint) or (Any,))[0], name, at)
    return value


def _words(hint: object) -> str:
    """What to write, in words."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _words(arguments[0])
    if hint in _WORDS:
        return _WORDS[hint]
    if origin is Literal:
        return f"one of {', '.join(map(str, arguments))}"
    if origin in (Union, types.UnionType):
        return " or ".join(map(_words, arguments))
    if origin is tuple:
        return f"(..., ...), each {_words(arguments[0])}"
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"{{...: ...}}, each value {_words(arguments[1])}"
    if isinstance(origin, type) and issubclass(origin, Iterable):
        return f"[..., ...], each {_words(arguments[0])}"
    if hint is Any or hint is object:
        return "any value"
    if isinstance(hint, type):
        kind = hint.__name__
        if getattr(hint, "_is_protocol", False):
            return f"a {kind.lower()}"
        return f"{'an' if kind[0] in 'AEIOU' else 'a'} {kind}, as in {kind}(...)"
    return "something else"


def _seen(value: object) -> str:
    """A value as it would be written, in short."""
    if is_dataclass(value):
        return value.__name__ if isinstance(value, type) else f"{type(value).__name__}(...)"
    if isinstance(value, tuple) and any(map(is_dataclass, value)):
        return f"({''.join(f'{_seen(one)}, ' for one in value).rstrip()})"
    text = as_written(value)
    return text if len(text) <= 80 else text[:77] + "..."
