"""Whether the columns that a source declares are in its rows: one that is in none is misspelt, not empty."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from ..errors import UserError
from ..files.cells import Row
from ..files.delimited import SEPARATORS
from ..files.json_types import Json, JsonObject, list_of, mapping_of
from ..files.packed import ending_of
from ..files.readers import Line
from ..layouts.absent_columns import (
    DeclaredColumn,
    columns_of_messages,
    columns_there,
    declared_columns,
    has_column,
    messages_of,
)
from ..layouts.source import Source
from ..layouts.tables import UnusedMessage
from ..layouts.trees import Conversations
from ..layouts.where import left_out_by
from .advice import language_as_column
from .reading import lines_of

#: Rows of a file after which a needed column that none of them has stops the build.
MOST_ROWS = 1_000
# Rows whose columns a sentence lists.
_LISTED_ROWS = 20
_WHERE = "where"


class ColumnWatch:
    """Looks for the declared columns of one source in its rows, as these are read file by file.

    Attributes:
        left_out: set by who reads before the next row is asked for: `where` leaves the row out, so that it need not
            have any column but those of `where`.
    """

    def __init__(self, source: Source, stop: bool = True) -> None:
        """Begins to watch.

        Args:
            source: whose rows are read.
            stop: whether a file without a needed column stops the build.
        """
        self.left_out = False
        self._source, self._stop = source, stop
        # A column of which `where` allows that it holds nothing may be absent too.
        where = [
            DeclaredColumn(column, _WHERE, False)
            for column, values in source.where.items()
            if left_out_by({}, {column: values}) is not None
        ]
        tree: Conversations | None = getattr(source, "tree", None)
        self._of_messages = columns_of_messages(tree, source.fields.optional)
        self._declared = [*declared_columns(source.fields), *where, *self._of_messages]
        self._seen = set[DeclaredColumn]()
        self._absent = dict[DeclaredColumn, str]()  # what is told of those that a file lacks
        # Of the file that is read: what was not met yet, in how many rows it was looked for, and some of these.
        self._unseen, self._looked, self._rows = list(self._declared), Counter[DeclaredColumn](), list[Row]()

    def lines(self, files: Sequence[Path]) -> Iterator[Line]:
        """The rows of files of the source, or of a source that is none.

        Args:
            files: of it.

        Yields:
            its rows, in their order.

        Raises:
            UserError: a column without which no row can be used is in none of a file's rows, or of its first MOST_ROWS;
                or as `lines_of`.
        """
        for path in files or (None,):
            self._unseen, self._rows = list(self._declared), []
            self._looked.clear()
            for line in lines_of(self._source, (path,) if path else ()):
                self.left_out = False
                yield line
                if self._unseen and isinstance(line.row, Mapping):
                    self._look_at(line.row, path)
                elif self._unseen and isinstance(line.row, UnusedMessage):
                    self._look_at_message(line.row.message)
            for column in self._unseen:
                if self._looked[column]:
                    self._lacks(column, path)

    def _look_at(self, row: Row, path: Path | None) -> None:
        if len(self._rows) < _LISTED_ROWS:
            self._rows.append(row)
        for column in list(self._unseen):
            if self.left_out and column.called != _WHERE:
                continue
            if column in self._of_messages:
                there: bool | None = any(column.column in one for one in messages_of(row))
            else:
                there = has_column(row, column)
            if there:
                self._meets(column)
            elif there is not None:
                self._looked[column] += 1
                if self._looked[column] == MOST_ROWS and column.needed:
                    self._lacks(column, path)

    def _look_at_message(self, message: Row) -> None:
        """Takes a message that is in no row: it may be the only one with a column that says that it is not wanted."""
        for column in self._of_messages:
            if column in self._unseen and column.column in message:
                self._meets(column)

    def _meets(self, column: DeclaredColumn) -> None:
        self._unseen.remove(column)
        self._seen.add(column)

    def _lacks(self, column: DeclaredColumn, path: Path | None) -> None:
        """Notes that a file lacks a column.

        Raises:
            UserError: no row can be used without it, and that stops the build.

        """
        rows: Sequence[Row] = self._rows
        if column in self._of_messages:
            rows = [one for row in rows for one in messages_of(row)][:_LISTED_ROWS]
        sentence = _sentence(self._source, column, self._declared, rows, path, self._looked[column])
        if column.needed and self._stop:
            raise UserError(sentence)
        self._absent.setdefault(column, sentence)

    def record(self) -> JsonObject:
        """What is told of all rows that were read, to be held together with other files of the source.

        Returns:
            numbers of the declared columns: those that a row has, and those of which none does, with what to say.
        """
        at = {column: str(number) for number, column in enumerate(self._declared)}
        absent: JsonObject = {at[column]: sentence for column, sentence in self._absent.items()}
        seen: list[Json] = [at[column] for column in self._declared if column in self._seen]
        return {"seen": seen, "absent": absent}


def check_absent(records: Iterable[JsonObject]) -> None:
    """Refuses a column that no row of a source has.

    Args:
        records: what `ColumnWatch.record` gave for each part of the source.

    Raises:
        UserError: there is one: which it is, the columns that there are, and the nearest name.
    """
    seen, absent = set[Json](), dict[str, Json]()
    for record in records:
        seen.update(list_of(record.get("seen")))
        absent = {**mapping_of(record.get("absent")), **absent}
    for number, sentence in sorted(absent.items(), key=lambda item: int(item[0])):
        if number not in seen:
            raise UserError(str(sentence))


def _sentence(
    source: Source,
    column: DeclaredColumn,
    declared: Sequence[DeclaredColumn],
    rows: Sequence[Row],
    path: Path | None,
    number: int,
) -> str:
    place = path or f"source '{source.name}'"
    first = "first " * (number >= MOST_ROWS and column.needed)
    of = f"none of the {first}{number:,} rows of {place}" if number > 1 else f"not in the row of {place}"
    advice = language_as_column(source) if column.called.startswith("language") else ""
    names = [str(name) for row in rows for name in row]
    if path and ending_of(path) in (".csv", ".tsv") and any(sign in name for sign in SEPARATORS for name in names):
        advice += "; where one of these is several columns, say what separates them (separator=';')"
    return (
        f"source '{source.name}': column {column.column!r} ({column.called}) is {'in ' * (number > 1)}{of}; "
        f"{columns_there(rows, column, declared)}{advice}"
    )
