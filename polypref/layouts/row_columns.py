"""Which columns rows have, down into objects and lists of objects, and where the columns that are declared lead."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

from ..files.cells import Bad, Cell, Row, label_of
from ..files.paths import Path, Step, Template, parsed, path_of

#: Levels that are listed, columns, and objects of one list, at most.
_DEPTH, _COLUMNS, _ITEMS = 4, 200, 20
#: Different values that are shown, at most.
_VALUES = 8
#: Different values of a column that may be labels, and characters of one, at most.
_LABELS, LONGEST_LABEL = 40, 200

Way: TypeAlias = tuple[str | None, ...]
"""The keys from a row to a value; None for the items of a list."""


@dataclass(frozen=True)
class RowColumn:
    """A column of some rows.

    Attributes:
        way: where it is.
        kinds: what kinds of values it has, as in `text` or `list, null`.
        filled: in how many of the rows it has a value; null, nothing and blanks alone are none.
        values: the different values where there are few, the commonest first; else the first one alone. Each is whole.
        labels: all different values, the commonest first, where they are so few, short and frequent that they may name
            sides or grades; none otherwise.
    """

    way: Way
    kinds: str
    filled: int
    values: tuple[str, ...]
    labels: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """How it is written: `answers[].text`; without `[]` it is what a declaration would name.

        The bare values of a list are `votes[]`: a declaration names them `.`, as columns of its items.
        """
        parts: list[list[str | int]] = [[]]
        for step in self.way:
            if step is None:
                parts.append([])
            else:
                parts[-1].append(step)
        return "[]".join(f".{path_of(keys)}" if n and keys else path_of(keys or [""]) for n, keys in enumerate(parts))


def columns_of_rows(rows: Iterable[Row | Bad]) -> list[RowColumn]:
    """The columns of some rows, those within objects and lists of objects too.

    Args:
        rows: as read; what is no row is passed over.

    Returns:
        each, in the order in which they are met; at most 200.
    """
    kinds: dict[Way, Counter[str]] = {}
    values: dict[Way, Counter[str]] = {}
    filled = Counter[Way]()
    for row in (one for one in rows if not isinstance(one, Bad)):
        of_row: set[Way] = set()
        for way, value in _cells(row, (), _DEPTH):
            if way not in kinds and len(kinds) >= _COLUMNS:
                continue
            kinds.setdefault(way, Counter())[_kind(value)] += 1
            if value is not None and not (isinstance(value, str) and not value.strip()):
                of_row.add(way)
            if isinstance(value, str | int | float) and value != "":
                # Whole: two values that begin alike are two, and a script that is written from them names each.
                one = label_of(value) if isinstance(value, bool) else unicodedata.normalize("NFC", str(value))
                values.setdefault(way, Counter())[one] += 1
        filled.update(of_row)
    columns = []
    for way, counts in kinds.items():
        there = values.get(way, Counter())
        few = len(there) <= _VALUES and there.total() > len(there)
        shown_ones = [value for value, _ in there.most_common()] if few else list(there)[:1]
        columns.append(RowColumn(way, ", ".join(counts), filled[way], tuple(shown_ones), _labels(there)))
    return columns


def _labels(values: Counter[str]) -> tuple[str, ...]:
    """The values of a column, the commonest first, where they may be labels."""
    are_few = len(values) <= _LABELS and values.total() > len(values)
    return (
        tuple(value for value, _ in values.most_common()) if are_few and max(map(len, values)) <= LONGEST_LABEL else ()
    )


def _cells(value: Mapping[str, Cell], above: Way, depth: int) -> Iterator[tuple[Way, Cell]]:
    for key, cell in value.items():
        way = (*above, key)
        if isinstance(cell, Mapping) and cell and depth > 1:
            yield from _cells(cell, way, depth - 1)
            continue
        yield way, cell
        if isinstance(cell, list | tuple) and depth > 1:
            for item in islice(cell, _ITEMS):
                if isinstance(item, Mapping):
                    yield from _cells(item, (*way, None), depth - 1)
                elif isinstance(item, str | int | float):
                    yield (*way, None), item


def _kind(value: Cell) -> str:
    names = ((bool, "true or false"), (str, "text"), (int | float, "number"), (list | tuple, "list"))
    if value is None:
        return "null"
    return next((name for kind, name in names if isinstance(value, kind)), "object")


def ways_of(row: Row, column: str) -> list[Way]:
    """Where the columns that a declaration names lead in a row.

    Args:
        row: as read, or an item of a list in it.
        column: a path, a template or a constant, as `cells.look_up` takes it.

    Returns:
        a way for each column that is there; none for a constant.
    """
    if column in row:
        return [(column,)]
    means = parsed(column)
    pieces = [piece for line in means.lines for piece in line] if isinstance(means, Template) else [means]
    paths = [piece for piece in pieces if isinstance(piece, Path)]
    return [way for path in paths if (way := _taken(row, path.steps, 0)) is not None]


def _taken(value: Cell, steps: Sequence[Step], number: int) -> Way | None:
    """The keys that the steps of a path from a number on take; None where they lead nowhere. See `cells.look_up`."""
    if number == len(steps):
        return ()
    if isinstance(value, Mapping):
        for key, after in steps[number].keys:
            if key in value and (rest := _taken(value[key], steps, after)) is not None:
                return (key, *rest)
        return None
    place = steps[number].place
    if place is None or not isinstance(value, list | tuple) or not -len(value) <= place < len(value):
        return None
    rest = _taken(value[place], steps, number + 1)
    return None if rest is None else (None, *rest)
