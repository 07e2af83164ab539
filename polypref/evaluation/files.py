"""Rows of files and Hub datasets that others made, for evaluation sets, stored answers and judgements.

A bad row stops the reading here: an evaluation with a hole that nobody sees is worse than none.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from .. import readers
from ..errors import UserError
from ..readers import Bad, Line, Row

#: The endings of files that folders are searched for.
ENDINGS = (".jsonl", ".json", ".csv", ".tsv", ".parquet")


def read_rows(path: Path, records: str = "") -> Iterator[Row]:
    """The rows of a file that `readers.read_file` reads; the ending tells.

    Args:
        path: the file.
        records: path to the list of rows, in a JSON file that is not itself a list.

    Raises:
        UserError: a file that cannot be read, or a row that is no object.
    """
    return _sound(readers.read_file(path, records or None))


def read_hub(repo: str, config: str, split: str, commit: str, files: str = "") -> Iterator[Row]:
    """The rows of a Hub dataset; see `readers.read_hub`. An empty config is the default one."""
    return _sound(readers.read_hub(repo, config or None, split, commit, files))


def _sound(lines: Iterable[Line]) -> Iterator[Row]:
    for line in lines:
        if isinstance(line.row, Bad):
            found = f" ({line.row.detail})" if line.row.detail else ""
            raise UserError(f"{line.where} cannot be read: {line.row.reason}{found}; mend or remove the row")
        yield line.row


def value_at(row: Any, path: str) -> Any:
    """The value at a path such as `choices.0.turns`; a name with dots in it that the row has as it is goes first.

    Raises:
        KeyError: there is none.
    """
    if isinstance(row, Mapping) and path in row:
        return row[path]
    value = row
    for part in path.split("."):
        if isinstance(value, list | tuple) and part.lstrip("-").isdigit():
            if not -len(value) <= int(part) < len(value):
                raise KeyError(path)
            value = value[int(part)]
        elif isinstance(value, Mapping) and part in value:
            value = value[part]
        else:
            raise KeyError(path)
    return value
