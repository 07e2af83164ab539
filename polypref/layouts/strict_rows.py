"""Rows of files and Hub datasets that others made, for evaluation sets, stored answers and judgements.

A bad row stops the reading here: an evaluation with a hole that nobody sees is worse than none.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from .. import languages
from ..errors import UserError
from ..files import hub_reader, readers
from ..files.cells import Bad, Cell, Row, is_missing
from ..files.readers import Line
from ..languages.registry import registered
from ..text.cleaning import has_lone_surrogate

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
    return _sound(hub_reader.read_hub(repo, config or None, split, commit, files))


def is_hub_name(where: str) -> bool:
    """Whether a word that is no file or folder here can be the ORG/NAME of a Hub dataset."""
    return where.count("/") == 1 and Path(where).suffix not in ENDINGS and not where.startswith((".", "/", "~"))


def _sound(lines: Iterable[Line]) -> Iterator[Row]:
    for line in lines:
        if isinstance(line.row, Bad):
            detail = f" ({line.row.detail})" if line.row.detail else ""
            raise UserError(f"{line.where} cannot be read: {line.row.reason}{detail}; mend or remove the row")
        yield line.row


def value_at(row: Cell, path: str) -> Cell:
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


def columns_of(row: Row, named: object, usual: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """What a column is for -> its name: the one that is named, else the first usual one that a row has, else `-`.

    Args:
        row: the first row.
        named: its attributes, called as the keys of `usual`, name columns, `=VALUE`, `-` for none, or are empty.
        usual: what a column is for -> the names that it commonly has.

    Raises:
        KeyError: the row has no column that is named.
    """
    found = {}
    for key, names in usual.items():
        found[key] = getattr(named, key) or next((column for column in names if column in row), "-")
        if found[key] != "-" and not found[key].startswith("="):
            value_at(row, found[key])
    return found


def cell_name(value: Cell) -> str:
    """A value as a name: 1, 1.0 and "1" are one; empty where it is missing or holds half a character."""
    name = "" if is_missing(value) else str(int(value) if isinstance(value, float) and value.is_integer() else value)
    return "" if has_lone_surrogate(name) else name.strip()


def tag_of(code: str) -> str:
    """The tag of the language that a code or name means; empty where no known language goes by it."""
    return _tag_of(code, tuple(one.tag for one in registered()))


@lru_cache(maxsize=4096)  # asked of every row; another language registered may be the one that a code means
def _tag_of(code: str, own: tuple[str, ...]) -> str:
    try:
        return languages.resolve(code).tag
    except UserError:
        return ""
