"""Values in rows: where they are, whether they say something, what they say as a name or a label."""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from typing import TypeAlias

from ..text.cleaning import has_lone_surrogate

Plain: TypeAlias = bool | int | float | str | bytes | date | time | timedelta | Decimal | None
Cell: TypeAlias = "Plain | Bad | Sequence[Cell] | Mapping[str, Cell]"
"""A value as JSON or Parquet hold it; a Bad stands where there is none that can be used."""
Row: TypeAlias = Mapping[str, Cell]


class Bad(Exception):
    """A row that cannot be used: a reason fit for counting, and what was found.

    Attributes:
        reason: one word with underscores.
        detail: for a reader; may be empty.
        language: tag of the row's language, where that is known.

    """

    language = ""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason, self.detail = reason, detail


def look_up(row: Cell, column: str) -> Cell:
    """The value of a column; dots lead into nested objects (`input.prompt`).

    Args:
        row: a row as a reader gave it, or a value inside of one.
        column: its name, or a path with dots; a column whose own name has dots goes before.

    Returns:
        The value.

    Raises:
        Bad: `missing_field`, or what is wrong with the value.
    """
    value: Cell
    if isinstance(row, dict):  # nearly always; it is asked of every field of every row
        cells: Row = row
        if column in cells and not isinstance(value := cells[column], Bad):
            return value
    value = row
    for step in [column] if isinstance(row, Mapping) and column in row else column.split("."):
        if not isinstance(value, Mapping) or step not in value:
            raise value if isinstance(value, Bad) else Bad("missing_field", column)
        value = value[step]
    if isinstance(value, Bad):
        raise value
    return value


def is_missing(value: Cell) -> bool:
    """Whether a cell holds nothing; in tables that went through pandas that is not-a-number.

    Args:
        value: a cell.

    Returns:
        Whether it is None or not-a-number; an empty text is something.
    """
    return value is None or (isinstance(value, float) and math.isnan(value))


def number_in(value: Cell) -> float:
    """The number that a value is, or says as a text.

    Args:
        value: a cell.

    Returns:
        The number; not-a-number and infinity where the cell says so.

    Raises:
        ValueError: it is none.
        OverflowError: a whole number of hundreds of digits.
    """
    if not isinstance(value, (str, bytes, int, float, Decimal)):
        raise ValueError(type(value).__name__)
    return float(value)


def name_of(value: Cell) -> str:
    """What a value says as a name: 1, 1.0 and "1" are one name, a missing value is "".

    Args:
        value: a cell.

    Returns:
        The name; `True` for true.

    Raises:
        Bad: `not_text` (a list, an object) or `lone_surrogate`.

    Example:
        >>> name_of(1.0), name_of("1.0"), name_of(None)
        ('1', '1.0', '')
    """
    if is_missing(value):
        return ""
    if not isinstance(value, str) and isinstance(value, (list, tuple, Mapping, bytes, Bad)):
        raise Bad("not_text", type(value).__name__)
    name = str(int(value) if isinstance(value, float) and value.is_integer() else value)
    if not name.isascii() and has_lone_surrogate(name):
        raise Bad("lone_surrogate")
    return name


_WHOLE_NUMBER = re.compile(r"([+-]?[0-9]+)\.0+")


def label_of(value: Cell) -> str:
    """What a value says as a label: as `name_of`, without blanks around it; the text "1.0" too is the label 1.

    Args:
        value: a cell.

    Returns:
        The label.

    Raises:
        Bad: as `name_of`.

    Example:
        >>> label_of(" 1.0 "), label_of(2.5)
        ('1', '2.5')
    """
    label = name_of(value).strip()
    whole = _WHOLE_NUMBER.fullmatch(label)
    return whole[1] if whole else label
