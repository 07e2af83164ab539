"""Columns that are declared and that no row has: which these are, and what to say of the columns that there are."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..files import cells
from ..files.cells import Bad, Row, look_up
from ..files.paths import ITEM
from ..scripting.spelling import closest_name
from .columns import named_columns, paths_in
from .fields import Fields
from .trees import TURNS, Conversations

#: Fields of a declaration without whose column no row can be used.
NEEDED = frozenset({"prompt", "text", "each", "language", "score", "column", "first", "second", "swapped"})
# Columns that a sentence lists, and how deep they are looked for.
_LISTED, _DEPTH = 20, 3


@dataclass(frozen=True)
class DeclaredColumn:
    """A column that a declaration names.

    Attributes:
        column: as it is declared, without what a template puts between columns.
        called: the field that names it, as in `prompt of Fields`.
        needed: whether no row can be used without it.
        each: the column of the list in whose items it stands; empty where it stands in the row.
    """

    column: str
    called: str
    needed: bool
    each: str = ""


def declared_columns(declared: Fields) -> list[DeclaredColumn]:
    """The columns that a source's fields name, those of templates one by one; constants are none.

    Args:
        declared: which columns hold what.

    Returns:
        each once for each field that names it, in the order of the fields; without those that may be absent.
    """
    columns = [
        DeclaredColumn(column, f"{named.use} of {named.kind}", named.use in NEEDED, named.each)
        for named in named_columns(declared)
        for column in paths_in(named.column)
        if column not in declared.optional
    ]
    return list(dict.fromkeys(columns))


def columns_of_messages(tree: Conversations | None, optional: Collection[str]) -> list[DeclaredColumn]:
    """The columns of a message that a declaration of conversations names.

    Args:
        tree: how messages lie in rows; None where rows are rows.
        optional: columns that may be absent.

    Returns:
        each once, in the order of the fields that name them.
    """
    ids = tree.ids if tree else {}
    kind = type(tree).__name__
    return [DeclaredColumn(one, f"{name} of {kind}", False) for name, one in ids.items() if one not in optional]


def messages_of(row: Row) -> list[Row]:
    """The messages in a row that was made of a conversation.

    Args:
        row: as `rows_of_trees` gives it.

    Returns:
        those that are asked, then the row itself, which has the columns of the last one, and its answers.
    """
    listed = [one for value in (row.get(TURNS), *row.values()) if isinstance(value, list | tuple) for one in value]
    messages = [one for one in listed if isinstance(one, Mapping)]
    return [*messages[:1], row, *messages[1:]] if messages else [row]


def has_column(row: Row, column: DeclaredColumn) -> bool | None:
    """Whether a row has a column, be it null or damaged.

    Args:
        row: as read.
        column: what is looked for.

    Returns:
        None where it stands in the items of a list, and there are none.
    """
    if not column.each:
        return cells.has_column(row, column.column)
    try:
        items = look_up(row, column.each)
    except Bad:
        return None
    if not isinstance(items, Sequence) or isinstance(items, str | bytes) or not items:
        return None
    return any(cells.has_column(item, column.column) for item in items)


def columns_there(rows: Iterable[Row], column: DeclaredColumn, others: Iterable[DeclaredColumn] = ()) -> str:
    """What to say of the columns that there are instead of one that is nowhere.

    Args:
        rows: some rows.
        column: which none of them has.
        others: all that are declared: what one of them names is not meant by this one.

    Returns:
        a clause without a full stop: the columns where it was looked for, and the nearest name, or what to do.
    """
    tops = [item for row in rows for item in _items(row, column.each)]
    nested = list(dict.fromkeys(path for top in tops for path in _paths_of(top)))
    if not nested and column.each and any(_bare_items(row, column.each) for row in rows):
        return f"the items of '{column.each}' are bare values; name one by {ITEM!r}, the item itself"
    if not nested:
        return "the rows have no columns at all; check the path of the source"
    names = list(dict.fromkeys(str(name) for top in tops for name in top))
    # A path whose beginning is right goes on wrong: the columns there are of use.
    inside, _, _ = column.column.rpartition(".")
    deeper = [path for path in nested if inside and path.startswith(f"{inside}.")]
    listed = deeper or names
    shown = ", ".join(repr(name)[:60] for name in listed[:_LISTED]) + " ..." * (len(listed) > _LISTED)
    declared = {one.column for one in others if one.each == column.each}
    meant = _nearest(column.column, [path for path in nested if path not in declared])
    whose = f"the items of '{column.each}' have" if column.each else "there are"
    return f"{whose} {shown}; " + (f"did you mean {meant!r}?" if meant else "name it as the rows do")


def _bare_items(row: Row, each: str) -> bool:
    """Whether a list holds texts and numbers instead of objects."""
    try:
        items = look_up(row, each)
    except Bad:
        return False
    return isinstance(items, list | tuple) and any(isinstance(one, str | int | float) for one in items)


def _items(row: Row, each: str) -> list[Row]:
    if not each:
        return [row]
    try:
        items = look_up(row, each)
    except Bad:
        return []
    return [one for one in items if isinstance(one, Mapping)] if isinstance(items, list | tuple) else []


def _paths_of(row: Row, before: str = "", depth: int = 1) -> Iterator[str]:
    for name, value in row.items():
        yield f"{before}{name}"
        if isinstance(value, Mapping) and depth < _DEPTH:
            yield from _paths_of(value, f"{before}{name}.", depth + 1)


def _nearest(column: str, paths: list[str]) -> str:
    bare = _bare(column)
    for form in (_bare, lambda path: _bare(path.rpartition(".")[2])):
        if same := next((path for path in paths if form(path) == bare), ""):
            return same
    return closest_name(column, paths)


def _bare(name: str) -> str:
    """A name without what is easily overlooked: blanks, capitals, hyphens for underscores."""
    return re.sub(r"[\s_-]+", "", name.replace("\ufeff", "")).casefold()
