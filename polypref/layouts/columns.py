"""The type of what names a column in a declaration: it is read when it is declared."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Annotated, NamedTuple, TypeAlias, Union, get_args, get_origin, get_type_hints

from ..errors import UserError
from ..files.paths import Path as ColumnPath
from ..files.paths import Template, column_complaint, parsed
from ..scripting.bounds import Checked

# By this very mark `named_columns` knows a field that names a column.
_CHECK = Checked(column_complaint)
Column: TypeAlias = Annotated[str, _CHECK]
"""A column's name, a path (`turns[0].content`), a template (`{instruction}\\n\\n{input}`) or a constant (`=de`)."""


def _path_complaint(path: str) -> str:
    """The same as `column_complaint`, so that the mark of a path is another than that of a column."""
    return column_complaint(path)


PathToRows: TypeAlias = Annotated[str, Checked(_path_complaint)]
"""A path to what holds the rows, such as a list in a file: read when it is declared, and no column of theirs."""


class NamedColumn(NamedTuple):
    """A column that a declaration names.

    Attributes:
        field: for what, as it is written: `answers[0].text`.
        column: the column.
        kind: the name of the dataclass that names it.
        each: the list in whose items it is looked for; empty where it stands in the row itself.
    """

    field: str
    column: str
    kind: str
    each: str = ""

    @property
    def use(self) -> str:
        """The field's own name: `text`."""
        return self.field.rpartition(".")[2].partition("[")[0]


def named_columns(declared: object) -> Iterator[NamedColumn]:
    """The columns that a declaration names, those of the declarations in it too.

    Args:
        declared: an instance of a dataclass whose fields are typed by `Column` where they name columns.

    Yields:
        each, in the order of the fields; those in the items of lists come last.
    """
    assert is_dataclass(declared) and not isinstance(declared, type)
    listed = getattr(declared, "each", None) or ()
    lists: tuple[str, ...] = (listed,) if isinstance(listed, str) else getattr(listed, "lists", ())
    hints = _hints(type(declared))
    of_items = {one.name for one in fields(declared)} - {"each"}
    # In a row's own declaration `each` is the list of its answers, and nothing else is looked for in its items.
    of_items = {"answers"} if "answers" in of_items else of_items
    columns = []
    for one in fields(declared):
        for named in _within(getattr(declared, one.name), hints[one.name], one.name, type(declared).__name__):
            if one.name not in of_items and named.field != "each.where":
                columns.append(named)
            elif len(lists) < 2:  # of lists side by side an item has no columns of its own
                columns.append(named._replace(each="".join(lists)) if lists else named)
    yield from sorted(columns, key=lambda named: bool(named.each))


@cache
def _hints(kind: type) -> dict[str, object]:
    return get_type_hints(kind, include_extras=True)


def _within(value: object, hint: object, field: str, kind: str) -> Iterator[NamedColumn]:
    """The columns in a value, as far as its type says which of its texts are columns."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        if isinstance(value, str) and value and _CHECK in arguments[1:]:
            yield NamedColumn(field, value, kind)
    elif origin in (Union, UnionType):
        for one in arguments:  # those that the value is none of give nothing
            yield from _within(value, one, field, kind)
    elif isinstance(origin, type) and isinstance(value, origin):
        if isinstance(value, Mapping):
            for key, item in value.items():
                yield from _within(key, arguments[0], field, kind)
                yield from _within(item, arguments[1], field, kind)
        elif isinstance(value, Sequence):
            of_each = arguments if origin is tuple and arguments[1:] != (...,) else arguments[:1] * len(value)
            for number, (item, of_item) in enumerate(zip(value, of_each, strict=False)):
                yield from _within(item, of_item, f"{field}[{number}]", kind)
    elif is_dataclass(value) and isinstance(hint, type) and isinstance(value, hint):
        yield from (named._replace(field=f"{field}.{named.field}") for named in named_columns(value))


def paths_in(written: str) -> list[str]:
    """The columns that a declared text names, those of a template one by one.

    Args:
        written: as it is declared.

    Returns:
        them as written; none for a constant.
    """
    means = parsed(written)
    if isinstance(means, ColumnPath):
        return [written]
    if isinstance(means, Template):
        return [piece.text for line in means.lines for piece in line if isinstance(piece, ColumnPath)]
    return []


def check_columns(where: str, columns: Iterable[str]) -> None:
    """Refuses what cannot be the name of a column, where `check_fields` does not look.

    Args:
        where: what names them.
        columns: the names.

    Raises:
        UserError: one that is wrong, and what to write.
    """
    for column in columns:
        given: object = column
        if not isinstance(given, str):
            raise UserError(f"{where}: a column is named by a text, not {given!r:.60}; quote it")
        if complaint := column_complaint(column):
            raise UserError(f"{where}: column {column[:60]!r}{'...' * (len(column) > 60)}: {complaint}")
