"""Values in rows: where they are, whether they say something, what they say as a name or a label."""

import math
import re
from collections.abc import Mapping
from typing import Any

from ..text.cleaning import has_lone_surrogate

Row = Mapping[str, Any]


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


def look_up(row: Any, column: str) -> Any:
    """The value of a column; dots lead into nested objects (`input.prompt`).

    Raises:
        Bad: `missing_field`, or what is wrong with the value.

    """
    if isinstance(row, dict) and column in row and not isinstance(row[column], Bad):
        return row[column]  # nearly always; it is asked of every field of every row
    steps = [column] if isinstance(row, Mapping) and column in row else column.split(".")
    for step in steps:
        if not isinstance(row, Mapping) or step not in row:
            raise row if isinstance(row, Bad) else Bad("missing_field", column)
        row = row[step]
    if isinstance(row, Bad):
        raise row
    return row


def is_missing(value: Any) -> bool:
    """Whether a cell holds nothing; in tables that went through pandas that is not-a-number."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def name_of(value: Any) -> str:
    """What a value says as a name: 1, 1.0 and "1" are one name, a missing value is "".

    Raises:
        Bad: `not_text` (a list, an object) or `lone_surrogate`.

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


def label_of(value: Any) -> str:
    """What a value says as a label: as `name_of`, without blanks around it; the text "1.0" too is the label 1.

    Raises:
        Bad: as `name_of`.

    """
    label = name_of(value).strip()
    whole = _WHOLE_NUMBER.fullmatch(label)
    return whole[1] if whole else label
