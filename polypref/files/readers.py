"""Readers: files and Hub datasets as rows, each with its place, so that a bad one can be named."""

import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from ..errors import UserError, first_line
from .cells import Bad, Row
from .delimited import delimited_rows
from .encodings import SAVE_AS_UTF8
from .json_rows import json_lines, json_rows
from .packed import ending_of
from .parquet_rows import parquet_rows

_SHEETS = (".xlsx", ".xls", ".ods", ".numbers")


@dataclass(frozen=True)
class Line:
    """A row as read: its place (`file:line` or `dataset row n`), and its fields or what is wrong with it."""

    where: str
    row: Row | Bad


def read_file(path: Path, records: str | None = None, separator: str | None = None) -> Iterator[Line]:
    """Reads .jsonl, .ndjson, .json, .csv, .tsv (each also .gz or .zst) or .parquet; the ending tells.

    Text is UTF-8 with or without a byte order mark, or UTF-16 with one. A JSON list is read under the name .jsonl too,
    and one object a line under .json.

    Args:
        path: the file.
        records: for .json: the path of the list of rows inside the file; None when the file is the list.
        separator: for .csv and .tsv: what separates columns; None to look for comma, semicolon, tab or bar.

    Yields:
        Each row with its place (`FILE:LINE`, `FILE:LINE (row NUMBER)` where cells of a table hold several lines,
        `FILE#NUMBER`, `FILE row NUMBER`); a row that cannot be read comes as Bad and stops nothing.

    Raises:
        UserError: the file is missing, unreadable or damaged, or its ending is not known.
    """
    kind = _KINDS.get(ending := ending_of(path))
    if kind is None:
        known = f"{path} ends in none of the known ways ({', '.join(ENDINGS)}, with .gz or .zst)"
        raise UserError(f"{known}; {_cure(ending)}")
    try:
        yield from (Line(where, row) for where, row in kind(path, records, separator))
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or first_line(error)
        raise UserError(f"cannot read {path}: {reason}; check that the file is there and whole") from None


def _cure(ending: str) -> str:
    if ending == ".txt":
        return "where it is a table, as Excel's Unicode text is, give it a name that ends in .tsv or .csv"
    return SAVE_AS_UTF8 if ending in _SHEETS else "convert it"


_Reader: TypeAlias = Callable[[Path, str | None, str | None], Iterator[tuple[str, Row | Bad]]]
#: What files end in -> how they are read, with the path of the list of rows and with the separator of columns.
_KINDS: Mapping[str, _Reader] = {
    ".jsonl": lambda path, _, __: json_lines(path),
    ".ndjson": lambda path, _, __: json_lines(path),
    ".json": lambda path, records, _: json_rows(path, records),
    ".csv": lambda path, _, separator: delimited_rows(path, ",", separator),
    ".tsv": lambda path, _, separator: delimited_rows(path, "\t", separator),
    ".parquet": lambda path, _, __: parquet_rows(path),
}
#: What files of rows end in, each but .parquet also with .gz or .zst.
ENDINGS = tuple(_KINDS)


def files_in(folder: Path) -> list[Path]:
    """The files of a folder that can be read.

    Args:
        folder: which is not searched deeper.

    Returns:
        those whose ending says so, sorted.
    """
    return sorted(path for path in folder.iterdir() if ending_of(path) in ENDINGS and path.is_file())


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
