"""Values in rows: where they are, whether they say something, what they say as a name or a label."""

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Literal, TypeAlias, get_args

from ..text.cleaning import has_lone_surrogate
from .paths import Constant, Path, Step, Template, parsed

Plain: TypeAlias = bool | int | float | str | bytes | date | time | timedelta | Decimal | None
Cell: TypeAlias = "Plain | Bad | Sequence[Cell] | Mapping[str, Cell]"
"""A value as JSON or Parquet hold it; a Bad stands where there is none that can be used."""
Row: TypeAlias = Mapping[str, Cell]

#: The reason where a row has nothing of a name; null is something.
MISSING = "missing_field"


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


class _Absent(Enum):
    """Stands where a row has nothing of a name; null is something."""

    ABSENT = "absent"


_Value: TypeAlias = "Cell | _Absent"


def look_up(row: Cell, column: str) -> Cell:
    """The value of a column.

    Args:
        row: a row as a reader gave it, or a value inside of one.
        column: its name, a path (`turns[0].content`), a template or a constant, as `files.paths` tells; a column that
            is called exactly so goes before.

    Returns:
        The value.

    Raises:
        Bad: `missing_field`, what is wrong with the value, or `not_text` where a template joins what is none.

    Example:
        >>> look_up({"input": {"turns": ["a", "b"]}}, "input.turns[-1]"), look_up({"a": 1, "b": None}, "{a}\\n{b}")
        ('b', '1')
    """
    value: _Value
    if isinstance(row, dict):  # nearly always; it is asked of every field of every row
        cells: Row = row
        if column in cells and not isinstance(value := cells[column], Bad):
            return value
    value = _value(row, column)
    if value is _Absent.ABSENT:
        raise Bad(MISSING, column)
    return value


def look_up_or_none(row: Cell, column: str | None) -> Cell:
    """The value of a column that a row need not have: a key that is absent says as much as null.

    Args:
        row: as for `look_up`.
        column: as for `look_up`; None, or empty, where there is none.

    Returns:
        The value; None where there is none.

    Raises:
        Bad: what is wrong with the value.
    """
    value = _value(row, column) if column else None
    return None if value is _Absent.ABSENT else value


def has_column(row: Cell, column: str) -> bool:
    """Whether a row has something, if only null, where a column leads.

    Args:
        row: as for `look_up`.
        column: as for `look_up`.

    Returns:
        true also where it cannot be read.
    """
    try:
        return _value(row, column) is not _Absent.ABSENT
    except Bad:
        return True


def _value(row: Cell, column: str) -> _Value:
    if isinstance(row, Bad):
        raise row
    value: _Value
    if isinstance(row, Mapping) and column in row:
        value = row[column]
    elif isinstance(means := parsed(column), Path):
        value = _at(row, means.steps, 0)
    elif isinstance(means, Constant):
        value = means.text
    else:
        value = _at(row, means.only.steps, 0) if means.only else _joined(row, means)
    if isinstance(value, Bad):
        raise value
    return value


def _at(value: Cell, steps: Sequence[Step], number: int) -> _Value:
    """What the steps of a path from a number on lead to; a Bad on the way is what they lead to."""
    if number == len(steps) or isinstance(value, Bad):
        return value
    if isinstance(value, Mapping):
        for key, after in steps[number].keys:
            if key in value and (inner := _at(value[key], steps, after)) is not _Absent.ABSENT:
                return inner
        return _Absent.ABSENT
    place = steps[number].place
    if place is None or not isinstance(value, list | tuple) or not -len(value) <= place < len(value):
        return _Absent.ABSENT
    return _at(value[place], steps, number + 1)


def _joined(row: Cell, template: Template) -> _Value:
    """The text of a template; no text where its columns hold none: absent where all are, null where all are null."""
    lines: list[str] = []
    blank: list[str] = []
    left_out = says_something = False
    held: list[_Value] = []
    for pieces in template.lines:
        cells = {piece.text: _at(row, piece.steps, 0) for piece in pieces if isinstance(piece, Path)}
        held += cells.values()
        texts = {path: _piece(path, cell) for path, cell in cells.items()}
        line = "".join(piece if isinstance(piece, str) else texts[piece.text] for piece in pieces)
        some = any(map(str.strip, texts.values()))
        says_something = says_something or some
        if cells and not some:
            left_out = True
        elif not line.strip():
            blank.append(line)
        else:
            lines += [*(blank[:1] if left_out else blank), line]
            blank, left_out = [], False
    if all(cell is _Absent.ABSENT for cell in held):
        return _Absent.ABSENT
    if all(cell is _Absent.ABSENT or is_missing(cell) for cell in held):
        return None
    return "\n".join(lines).strip() if says_something else ""


def _piece(path: str, cell: _Value) -> str:
    """The text that a column adds to a template."""
    if isinstance(cell, Bad):
        raise cell
    if isinstance(cell, str):
        return cell
    try:
        return "" if cell is _Absent.ABSENT else name_of(cell)
    except Bad as bad:
        raise Bad(bad.reason, f"{bad.detail} in {{{path[:40]}}}") from None


def is_missing(value: Cell) -> bool:
    """Whether a cell holds nothing; in tables that went through pandas that is not-a-number.

    Args:
        value: a cell.

    Returns:
        Whether it is None or not-a-number; an empty text is something.
    """
    return value is None or (isinstance(value, float) and math.isnan(value))


#: What stands before the decimals of a number that a text says.
DecimalMark: TypeAlias = Literal[".", ","]
# The minus of typesetters, and the Arabic decimal mark, mean nothing else.
_SIGNS: Mapping[DecimalMark, dict[int, str]] = {
    mark: str.maketrans({"\u2212": "-", "\u066b": mark}) for mark in get_args(DecimalMark)
}
_BY_COMMA = re.compile(r"([+-]?(?:[0-9]+|[0-9]{1,3}(?:[. \u00a0\u2009\u202f'\u2019][0-9]{3})+))(?:,([0-9]+))?")


def number_in(value: Cell, decimal: DecimalMark = ".") -> float:
    """The number that a value is, or says as a text.

    Args:
        value: a cell.
        decimal: what stands before the decimals in a text; with a comma there, points, blanks and apostrophes may stand
            between groups of three digits.

    Returns:
        The number; not-a-number and infinity where the cell says so.

    Raises:
        ValueError: it is none.
        OverflowError: a whole number of hundreds of digits.

    Example:
        >>> number_in("\u22122.5"), number_in("1.250,5", ",")
        (-2.5, 1250.5)
    """
    if not isinstance(value, (str, bytes, int, float, Decimal)):
        raise ValueError(type(value).__name__)
    if not isinstance(value, str):
        return float(value)
    text = _in_ascii(value.strip().translate(_SIGNS[decimal]))
    if decimal == ",":
        if not (parts := _BY_COMMA.fullmatch(text)):
            raise ValueError(text)
        text = re.sub(r"[^0-9+-]", "", parts[1]) + f".{parts[2] or 0}"
    return float(text)


def _in_ascii(text: str) -> str:
    """A text whose digits, of whatever script, are those from 0 to 9."""
    return text if text.isascii() else re.sub(r"\d", lambda match: str(unicodedata.decimal(match[0])), text)


def number_advice(text: str) -> str:
    """What to do about a text that is a number of another way of writing: 3,5 or 1,250.5.

    Args:
        text: as a cell holds it, read as a number with a decimal point.

    Returns:
        a clause without a full stop; empty where the text is none.

    Example:
        >>> number_advice("3,5")
        "write numbers with a point (3.5, not 3,5), or declare decimal=','"
    """
    text = text.strip().translate(_SIGNS["."])
    if len(text) > _LONGEST_NUMBER:
        return ""
    number = _in_ascii(text)
    if _COMMA.fullmatch(number) and _THOUSANDS.fullmatch(number):
        point = f"{number.replace(',', '.')} or {number.replace(',', '')}, not {text}"
        return f"write numbers with a point and nothing between thousands ({point}), or declare decimal=','"
    if _COMMA.fullmatch(number):
        return f"write numbers with a point ({number.replace(',', '.')}, not {text}), or declare decimal=','"
    if _BY_COMMA.fullmatch(number) and not number.lstrip("+-").isdigit():
        return f"write numbers without separators of thousands (not {text}), or declare decimal=','"
    if _THOUSANDS.fullmatch(number):
        return f"write numbers without separators of thousands ({number.replace(',', '')}, not {text})"
    return ""


# Characters of a number that a sentence repeats, at most.
_LONGEST_NUMBER = 40
_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")


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
_OF_TRUE_OR_FALSE = ("T", "t", "F", "f")


def label_of(value: Cell) -> str:
    """What a value says as a label: as `name_of`, composed and without blanks around it.

    The text "1.0" too is the label 1. True, "true" and "TRUE", as JSON, Python and spreadsheets write it, are one
    label, and so are letters with their accents beside them or in them (Unicode's NFC).

    Args:
        value: a cell.

    Returns:
        The label.

    Raises:
        Bad: as `name_of`.

    Example:
        >>> label_of(" 1.0 "), label_of(2.5), label_of("TRUE")
        ('1', '2.5', 'True')
    """
    label = name_of(value).strip()
    if not label.isascii():
        return unicodedata.normalize("NFC", label)
    if label[:1] in _OF_TRUE_OR_FALSE and label.lower() in ("true", "false"):
        return label.capitalize()
    whole = _WHOLE_NUMBER.fullmatch(label)
    return whole[1] if whole else label
