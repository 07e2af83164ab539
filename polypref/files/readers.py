"""Readers: files and Hub datasets as rows, each with its place, so that a bad one can be named."""

import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import UserError
from .cells import Bad, Cell, Row
from .delimited import delimited_rows
from .encodings import SAVE_AS_UTF8
from .json_rows import json_lines, json_rows
from .packed import ending_of

_SHEETS = (".xlsx", ".xls", ".ods", ".numbers")


@dataclass(frozen=True)
class Line:
    """A row as read: its place (`file:line` or `dataset row n`), and its fields or what is wrong with it."""

    where: str
    row: Row | Bad


def read_file(path: Path, records: str | None = None, separator: str | None = None) -> Iterator[Line]:
    """Reads .jsonl, .json, .csv, .tsv (each also .gz or .zst) or .parquet; the ending tells.

    Text is UTF-8 with or without a byte order mark, or UTF-16 with one. A JSON list is read under the name .jsonl too,
    and one object a line under .json.

    Args:
        path: the file.
        records: for .json: the path of the list of rows inside the file; None when the file is the list.
        separator: for .csv and .tsv: what separates columns; None to look for comma, semicolon, tab or bar.

    Yields:
        Each row with its place (`FILE:LINE`, `FILE#NUMBER`, `FILE row NUMBER`); a row that cannot be read comes as Bad
        and stops nothing.

    Raises:
        UserError: the file is missing, unreadable or damaged, or its ending is not known.
    """
    kinds: dict[str, Callable[[Path], Iterator[tuple[str, Row | Bad]]]] = {
        ".jsonl": json_lines,
        ".ndjson": json_lines,
        ".json": lambda p: json_rows(p, records),
        ".csv": lambda p: delimited_rows(p, ",", separator),
        ".tsv": lambda p: delimited_rows(p, "\t", separator),
        ".parquet": _parquet,
    }
    kind = kinds.get(ending := ending_of(path))
    if kind is None:
        known = f"{path} ends in none of the known ways ({', '.join(kinds)}, with .gz or .zst)"
        raise UserError(f"{known}; " + (SAVE_AS_UTF8 if ending in _SHEETS else "convert it"))
    try:
        yield from (Line(where, row) for where, row in kind(path))
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or first_line(error)
        raise UserError(f"cannot read {path}: {reason}; check that the file is there and whole") from None


def _parquet(path: Path) -> Iterator[tuple[str, Row | Bad]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            names, number = file.schema_arrow.names, 0
            if len(set(names)) < len(names):
                raise UserError(f"{path} has two columns of one name; rename one")
            holds_json = {one.name for one in file.schema_arrow if "arrow.json" in str(one.type)}
            for batch in file.iter_batches(batch_size=1_000):
                for row in batch.to_pylist():
                    number += 1
                    read = row | {name: _decoded(row[name]) for name in holds_json}
                    yield f"{path} row {number}", read
            if number != file.metadata.num_rows:
                raise ValueError(f"{number} rows, its footer states {file.metadata.num_rows}")
    except (pa.ArrowException, ValueError, OverflowError) as error:
        raise UserError(f"{path} is not a readable Parquet file ({first_line(error)}); get it again") from None


def _decoded(value: Cell) -> Cell:
    """What the JSON of a column says, or that of the items of its lists, as `datasets` reads it."""
    if isinstance(value, list):
        return [_decoded(one) for one in value]
    if not isinstance(value, str):
        return value
    try:
        read: Cell = json.loads(value)
    except (ValueError, RecursionError):
        return Bad("not_json", value[:40])
    return read


def first_line(error: BaseException) -> str:
    """The first line of an error's message, its kind where it has none; at most 200 characters.

    Args:
        error: what was raised.

    Returns:
        One line, never empty.
    """
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]


def is_there(name: str) -> bool:
    """Whether a file or folder has this name; an empty text, and one that no path can be, is that of none.

    Args:
        name: a text that may be a path.

    Returns:
        Whether something is there, be it a folder.
    """
    try:
        return bool(name) and Path(name).exists()
    except (OSError, ValueError):
        return False
