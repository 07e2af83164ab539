"""Forms that stored JSON is held against before anything reads it: it may be a stranger's.

A form is a type or several, a pattern, a list of one form, a mapping of one form, or a mapping with these keys. Of a
mapping's keys those after a `?` may be missing and others are left alone; under `=` stand groups of keys of which all
are None or none is, under `0` pairs of a count and what is None where it is 0.
"""

import re
from collections.abc import Iterable
from typing import Any

from ..text.cleaning import has_lone_surrogate

COUNT, NUMBER = (int,), (int, float, type(None))
TEXT, SOME = (str,), (str, type(None))


class Maybe:
    """A value of a kind, or none."""

    def __init__(self, value: Any) -> None:
        self.value = value


class Each:
    """A list or mapping whose values are of one kind, and whose keys, where it is a mapping, are of another."""

    def __init__(self, value: Any, key: Any = None, least: int = 0) -> None:
        self.value, self.key, self.least = value, key, least


def misplaced_in(value: Any, kind: Any) -> str:
    """Where a value is not of a form, as `mixtures.all.de`; empty when it is."""
    return _where(value, kind, "")


def _where(value: Any, kind: Any, at: str) -> str:
    """The first place in a value that is not of its kind."""
    if isinstance(kind, tuple):
        return "" if _is_plain(value, kind) else at
    if isinstance(kind, re.Pattern):
        return "" if isinstance(value, str) and kind.fullmatch(value) else at
    if isinstance(kind, Maybe):
        return "" if value is None else _where(value, kind.value, at)
    if isinstance(kind, Each):
        return _where_in_all(value, kind, at)
    if not isinstance(value, dict):
        return at
    for name, one in kind.items():
        plain = name.removeprefix("?")
        if name in _RULES or (plain != name and plain not in value):
            continue
        place = f"{at}.{plain}".lstrip(".")
        if plain not in value or (bad := _where(value[plain], one, place)):
            return place if plain not in value else bad
    for group in kind.get("=", ()):
        if len({value[name] is None for name in group}) > 1:
            return f"{at}.{group[0]}"
    return next(
        (f"{at}.{name}" for count, name in kind.get("0", ()) if bool(value[count]) == (value[name] is None)), ""
    )


_RULES = ("=", "0")


def _where_in_all(value: Any, kind: Each, at: str) -> str:
    if isinstance(value, dict if kind.key else list) and len(value) >= kind.least:
        pairs: Iterable[tuple[Any, Any]] = value.items() if isinstance(value, dict) else enumerate(value)
        for name, one in pairs:
            place = f"{at}.{name}".lstrip(".")
            if bad := (kind.key and _where(name, kind.key, place)) or _where(one, kind.value, place):
                return str(bad)
        return ""
    return at


def _is_plain(value: Any, kinds: tuple[type, ...]) -> bool:
    """Whether a value is of one of the kinds; counts are whole and not negative, numbers finite."""
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        return False
    if isinstance(value, (int, float)):
        return abs(value) < 1e300 and (kinds != COUNT or 0 <= value < 1 << 53)
    return not isinstance(value, str) or not has_lone_surrogate(value)
