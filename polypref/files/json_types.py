"""JSON as types: what a stranger's file may hold, and narrow readers of it."""

from typing import TypeAlias

#: A value of JSON.
Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
JsonObject: TypeAlias = dict[str, Json]


def mapping_of(value: Json) -> JsonObject:
    """The value where it is a mapping, else an empty one: for what a reader can do without.

    Args:
        value: any JSON.

    Returns:
        The mapping itself, not a copy, or a new one.
    """
    return value if isinstance(value, dict) else {}


def list_of(value: Json) -> list[Json]:
    """The value where it is a list, else an empty one.

    Args:
        value: any JSON.

    Returns:
        The list itself, not a copy, or a new one.
    """
    return value if isinstance(value, list) else []


def text_of(value: Json) -> str:
    """The value where it is text, else an empty one.

    Args:
        value: any JSON.

    Returns:
        The text.
    """
    return value if isinstance(value, str) else ""


def number_of(value: Json) -> float | None:
    """The value where it is a number, else None; `true` is none.

    Args:
        value: any JSON.

    Returns:
        The number, whole or not.
    """
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
