"""Which rows of a source are wanted: columns, and the values that they may hold."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from functools import lru_cache

from ..console.escaping import one_line
from ..errors import UserError
from ..files.cells import Bad, Cell, label_of, look_up_or_none
from ..scripting.declared import check_fields, checked_call

# Values that a sentence lists, and characters of each.
_VALUES, _LENGTH = 5, 30


@checked_call
@dataclass(frozen=True)
class Except:
    """For `where`: every value but these, as in `where={"domain": Except(("code",))}`.

    A column that is absent, or holds null, is None; `Except((None,))` asks for rows that hold something.

    Attributes:
        values: those that a row may not hold.
    """

    values: tuple[object, ...]

    def __post_init__(self) -> None:
        check_fields(self)
        if not self.values:
            raise UserError("Except(values=()): name at least one value that a row may not hold")


def left_out_by(row: Cell, where: Mapping[str, object]) -> str | None:
    """The column whose value leaves a row out.

    Args:
        row: the row as read, or an item of a list in it.
        where: column -> the values that it may hold, the only one, or those that it may not (`Except`). They are
            compared as labels: 1, 1.0 and "1" are one, and None is what a row has whose key is absent.

    Returns:
        the first such column; None for a row that is wanted.

    Raises:
        Bad: a value that cannot be read.
    """
    for column, values in where.items():
        if not _is_among(look_up_or_none(row, column), values):
            return column
    return None


def check_where(called: str, where: Mapping[str, object]) -> None:
    """Sees that `where` compares with values that a file can hold.

    Args:
        called: how messages call what declares it.
        where: column -> the values that it may hold, or the only one.

    Raises:
        UserError: a value is of another type; which column's, and what to write.
    """
    for column, values in where.items():
        if not _can_be_held(values):
            raise UserError(
                f"{called}(where={{{one_line(repr(column))[:60]}: {one_line(repr(values))[:80]}}}): write the values "
                "that the column may hold, texts or numbers, as in ('a', 'b') or 1"
            )


def _can_be_held(value: object) -> bool:
    if isinstance(value, Except):
        return _can_be_held(value.values)
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and _can_be_held(one) for key, one in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return all(map(_can_be_held, value))
    return value is None or isinstance(value, str | int | float | Decimal | date | time | timedelta)


def several(values: object) -> tuple[object, ...]:
    """The values that `where` allows of a column.

    Args:
        values: several of them, or the only one.

    Returns:
        all of them.
    """
    return tuple(values) if isinstance(values, list | tuple | set | frozenset) else (values,)


def shown_label(value: Cell) -> str:
    """A value of a row for a sentence that lists several.

    Args:
        value: what a cell holds.

    Returns:
        its label in quotes, cut; of a list or an object the kind.
    """
    label = _label(value)
    return type(value).__name__ if label is None else repr(label)[:_LENGTH]


def held_in_words(column: str, there: Counter[str], allowed: Iterable[object]) -> str:
    """What a column holds in rows that `where` left out, and what it may hold.

    Args:
        column: its name.
        there: `shown_label` of a value -> how many rows hold it.
        allowed: the values that are wanted.

    Returns:
        a clause: the commonest values first.
    """
    name = one_line(column)[:60]
    if not there:
        return name
    values = ", ".join(f"{value} ({rows:,})" for value, rows in there.most_common(_VALUES))
    wanted = list(dict.fromkeys(_wanted_in_words(value) for value in allowed))
    may = ", ".join(wanted[:_VALUES]) + ", ..." * (len(wanted) > _VALUES)
    return f"{name} is {values}{', ...' * (len(there) > _VALUES)} and may be {may or 'nothing'}"


def _wanted_in_words(value: object) -> str:
    if isinstance(value, Except):
        return "all but " + " and ".join(one_line(repr(one))[:_LENGTH] for one in value.values[:_VALUES])
    return one_line(repr(value))[:_LENGTH]


def _is_among(value: Cell, allowed: object) -> bool:
    if isinstance(allowed, Except):
        return not _is_among(value, allowed.values)
    values, label = several(allowed), _label(value)
    if label is None:
        return value in values
    try:
        return label in _labels(tuple(map(type, values)), values)
    except TypeError:  # a list or an object is allowed too
        return label in map(_label, values)


@lru_cache(maxsize=256)  # asked of every row; the types are there as 1 and True are one key
def _labels(kinds: tuple[type, ...], values: tuple[object, ...]) -> frozenset[str | None]:
    return frozenset(map(_label, values))


def _label(value: object) -> str | None:
    """The label that a value is; None for a list, an object, half a character."""
    if value is not None and not isinstance(value, str | int | float | Decimal | date | time | timedelta):
        return None
    try:
        return label_of(value)
    except Bad:
        return None
