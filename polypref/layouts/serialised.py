"""Lists of turns printed into one text, as JSON or as Python prints them: which texts are one, and what they hold."""

import ast
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, TypeAlias

from ..files.cells import Cell

#: Whether a source's cells hold printed turns; with `texts`, lists of texts too.
Serialised: TypeAlias = bool | Literal["texts"]

# A turn's keys, and how a wrapper calls the list of turns.
_ROLE_KEYS, _CONTENT_KEYS = ("role", "from", "speaker", "author"), ("content", "value", "text", "parts", "message")
_SIDES = {
    **dict.fromkeys(("user", "human", "prompter"), "user"),
    **dict.fromkeys(("assistant", "gpt", "bot", "model", "chatgpt", "ai"), "assistant"),
    **dict.fromkeys(("system", "tool", "function", "developer"), "other"),
}
_OTHER_KEYS = (
    "name",
    "weight",
    "id",
    "train",
    "loss",
    "tool_calls",
    "thinking",
    "images",
    "metadata",
    "turn",
    "language",
)
_LISTS = ("messages", "conversations", "conversation", "turns")
_LONGEST_PARSED = 1 << 20
_BEGINNINGS = ("[", "{", "(", '"', "'")
_CLOSED = re.compile(r"\}\s*\]")


def _key(*names: str) -> str:
    return rf"""["'](?:{"|".join(names)})["']\s*:\s*"""


_OPENS = re.compile(
    rf"[\[(]\s*\{{\s*{_key(*_ROLE_KEYS, *_CONTENT_KEYS)}|\{{\s*{_key(*_LISTS)}\[|\{{\s*{_key(*_ROLE_KEYS)}"
)
_HAS_ROLE = re.compile(_key(*_ROLE_KEYS) + rf"""["'](?:{"|".join(_SIDES)})["']""", re.I)
# NumPy's arrays of turns, and the messages of LangChain.
_PRINTED = re.compile(
    r"array\(\s*\[\s*\{\s*" + _key(*_ROLE_KEYS, *_CONTENT_KEYS) + r"|\[?(?:Human|AI|System)Message\((?:content|text)="
)
_HAS_CONTENT = re.compile(_key(*_CONTENT_KEYS))


def is_serialised(text: str, strings: bool = False) -> bool:
    """Whether a text as a whole is turns printed as JSON or Python.

    Args:
        text: any text.
        strings: whether a list of texts counts too, as a prompt may be stored.

    Returns:
        false for a text that only holds such turns, as an example or in code.
    """
    text = text.strip()
    if _PRINTED.match(text) and text.endswith((")", "]")):
        return True
    if text[:1] not in _BEGINNINGS or len(text) < 2:
        return False
    text, value = _value(text)
    if value is not None:
        return _is_turns(value, strings)
    # What pandas prints of NumPy's arrays has no commas between the turns; a line a turn is no value either.
    # So is a list that was cut; but not one with something said below it.
    whole = text.endswith(("]", "}", ")")) or not _CLOSED.search(text)
    return whole and bool(_OPENS.match(text) and _HAS_ROLE.search(text) and _HAS_CONTENT.search(text))


def printed_turns(text: str, serialised: Serialised) -> list[Cell] | None:
    """The turns that are printed into a text.

    Args:
        text: what a cell holds.
        serialised: what is declared of the source's cells.

    Returns:
        the turns, or texts, as they would stand in a list; None for a text that holds none, or that cannot be parsed.
    """
    if not serialised or text.lstrip()[:1] not in _BEGINNINGS:
        return None
    value = _value(text.strip())[1]
    if isinstance(value, Mapping) and (lists := [key for key in value if str(key).lower() in _LISTS]):
        turns = value[lists[0]]
        system = value.get("system")
        if len(lists) > 1 or not _is_turns(value, strings=False) or not isinstance(turns, list | tuple):
            return None
        before: list[Cell] = [{"role": "system", "content": system}] if system else []
        return [*before, *turns]
    if isinstance(value, Mapping):
        return [value] if _is_turns(value, strings=False) else None
    if not isinstance(value, list | tuple):
        return None
    if value and all(isinstance(one, Mapping) for one in value):
        return list(value) if _are_turns(value) else None
    texts = serialised == "texts" and all(one is None or isinstance(one, str) for one in value)
    return [{"content": one} for one in value or [""]] if texts else None


def printed_list(value: Cell, serialised: Serialised) -> Cell:
    """A list that may be printed into a text.

    Args:
        value: what a cell holds.
        serialised: what is declared of the source's cells.

    Returns:
        the list; the value as it is where it is none, or nothing is declared.
    """
    if not serialised or not isinstance(value, str) or value.lstrip()[:1] not in _BEGINNINGS:
        return value
    parsed = _value(value.strip())[1]
    return list(parsed) if isinstance(parsed, list | tuple) else value


def _value(text: str) -> tuple[str, Cell]:
    """What is printed in a text, which may be printed twice over; None where it cannot be parsed."""
    value = _parsed(text)
    if isinstance(value, str) and value.strip()[:1] in ("[", "{") and text[0] in "\"'":
        text = value.strip()
        value = _parsed(text)
    return text, value


def _parsed(text: str) -> Cell:
    if len(text) > _LONGEST_PARSED:
        return None
    for read in (json.loads, ast.literal_eval):
        try:
            value: Cell = read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        return value
    return None


def _is_turns(value: Cell, strings: bool) -> bool:
    if isinstance(value, Mapping):
        keys = {str(key).lower() for key in value}
        lists = [key for key in value if str(key).lower() in _LISTS]
        if lists and keys <= {*_LISTS, "system", "id"}:
            return _is_turns(value[lists[0]], strings=False)
        return _are_turns([value]) and keys <= {*_ROLE_KEYS, *_CONTENT_KEYS, *_OTHER_KEYS}
    if not isinstance(value, list | tuple) or not value:
        return False
    if strings and all(_is_text_or_texts(one) for one in value):
        return True
    if all(isinstance(one, list | tuple) and len(one) == 2 and isinstance(one[1], str) for one in value):
        return _both_sides(_side(one[0]) for one in value)
    if not all(isinstance(one, Mapping) for one in value):
        return False
    return _are_turns(value) or _both_sides(_side(key) for one in value for key in one)


def _is_text_or_texts(value: Cell) -> bool:
    texts = value if isinstance(value, list | tuple) else [value]
    return bool(texts) and all(isinstance(one, str) for one in texts)


def _are_turns(values: Sequence[Cell]) -> bool:
    """Whether objects all say who speaks, one by a name that models' turns have; for `from` may be a city too."""
    turns = [{str(key).lower(): one for key, one in value.items()} for value in values if isinstance(value, Mapping)]
    roles = [[turn[key] for key in _ROLE_KEYS if key in turn] for turn in turns]
    has_content = any(key in turn for turn in turns for key in _CONTENT_KEYS)
    return has_content and all(roles) and any(_side(role) for names in roles for role in names)


def _side(role: Cell) -> str | None:
    return _SIDES.get(role.strip().lower()) if isinstance(role, str) else None


def _both_sides(sides: Iterable[str | None]) -> bool:
    """Whether these are the sides of a conversation, and nothing but them."""
    return {"user", "assistant"} <= (every := set(sides)) and None not in every
