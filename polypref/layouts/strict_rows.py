"""Rows of files and Hub datasets that others made, for evaluation sets, stored answers and judgements.

A bad row stops the reading here: an evaluation with a hole that nobody sees is worse than none.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import NoReturn

from .. import languages
from ..errors import UserError
from ..files import hub_reader, readers
from ..files.cells import MISSING, Bad, Cell, Row, has_column, is_missing
from ..files.encodings import utf8_advice
from ..files.packed import PACKED, ending_of
from ..files.readers import Line
from ..languages.registry import registered
from ..text.cleaning import has_lone_surrogate

# Columns of a row that a sentence lists.
_NAMES = 30


def read_rows(path: Path, records: str = "", separator: str = "") -> Iterator[Row]:
    """Reads a file that `readers.read_file` can read; the ending tells how.

    Args:
        path: the file.
        records: path to the list of rows, in a JSON file that is not itself a list.
        separator: what separates the columns of a .csv or .tsv file; empty to look for it.

    Returns:
        the rows, one by one.

    Raises:
        UserError: a file that cannot be read, or a row that is no object.
    """
    return _sound(readers.read_file(path, records or None, separator or None))


def read_hub(repo: str, config: str, split: str, commit: str, files: str = "") -> Iterator[Row]:
    """Reads a Hub dataset; see `hub_reader.read_hub`.

    Args:
        repo: its name, ORG/NAME.
        config: its config; empty for the default one.
        split: which split.
        commit: the commit that is read.
        files: a pattern of files to read in place of a config's; empty for none.

    Returns:
        the rows, one by one.

    Raises:
        UserError: the dataset cannot be read, or a row of it.
    """
    return _sound(hub_reader.read_hub(repo, config or None, split, commit, files))


def is_hub_name(where: str) -> bool:
    """Whether a word that is no file or folder here can be the ORG/NAME of a Hub dataset.

    Args:
        where: the word.

    Returns:
        false for what looks like a path: with a known ending, packed or not, with `.`, `/` or `~` at its beginning, or
        with a sign of a pattern in it.
    """
    is_file = ending_of(Path(where)) in readers.ENDINGS or where.lower().endswith(PACKED)
    return where.count("/") == 1 and not is_file and not where.startswith((".", "/", "~")) and not set("*?[") & {*where}


def _sound(lines: Iterable[Line]) -> Iterator[Row]:
    for line in lines:
        if isinstance(line.row, Bad):
            refuse_bad(line.where, line.row)
        yield line.row


def refuse_bad(where: str, bad: Bad) -> NoReturn:
    """Refuses what a reader gave in place of a row.

    Args:
        where: its place.
        bad: what is wrong with it.

    Raises:
        UserError: always.
    """
    detail = f" ({bad.detail})" if bad.detail else ""
    cure = utf8_advice(bad.detail) if bad.reason == "not_utf8" else "mend or remove the row"
    raise UserError(f"{where} cannot be read: {bad.reason}{detail}; {cure}")


def unread(where: str, bad: Bad, row: Row, advice: str) -> UserError:
    """What is raised of a row that lacks a column, or in which a value cannot be read.

    Args:
        where: the row's place.
        bad: what looking for the value raised.
        row: the row.
        advice: what to do where the column is not there.

    Returns:
        the error.
    """
    if bad.reason == MISSING:
        has = ", ".join(map(str, list(row)[:_NAMES])) + ", ..." * (len(row) > _NAMES)
        return UserError(f"{where}: no column {bad.detail!r} (it has {has}); {advice}")
    detail = f" ({bad.detail})" if bad.detail else ""
    return UserError(f"{where} cannot be read: {bad.reason}{detail}; mend or remove the row")


def columns_of(row: Row, named: object, usual: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Finds for each purpose the column that serves it.

    Args:
        row: the first row.
        named: its attributes, called as the keys of `usual`, name columns, `=VALUE`, `-` for none, or are empty.
        usual: what a column is for -> the names that it commonly has.

    Returns:
        what a column is for -> its name: the one that is named, else the first usual one that the row has, else `-`.

    Raises:
        Bad: `missing_field` where the row has no column that is named.
        UserError: one that is named is no name of a column.
    """
    columns = {}
    for key, names in usual.items():
        columns[key] = getattr(named, key) or next((column for column in names if column in row), "-")
        if columns[key] != "-" and not has_column(row, columns[key]):
            raise Bad(MISSING, columns[key])
    return columns


def cell_name(value: Cell) -> str:
    """A value as a name.

    Args:
        value: what a cell holds.

    Returns:
        the name: 1, 1.0 and "1" are one; empty where it is missing or holds half a character.
    """
    name = "" if is_missing(value) else str(int(value) if isinstance(value, float) and value.is_integer() else value)
    return "" if has_lone_surrogate(name) else name.strip()


def tag_of(code: str) -> str:
    """The tag of the language that a code or name means.

    Args:
        code: a code or name, as `languages.resolve` takes it.

    Returns:
        the tag; empty where no known language goes by it.
    """
    return _tag_of(code, registered())


def refuse_other_language(stated: str, tag: str, where: str, advice: str) -> None:
    """Refuses a row whose own language is another than that of the place where it stands.

    Args:
        stated: what the row says; empty for nothing.
        tag: what a file's, folder's or config's name says.
        where: the row's place.
        advice: what to do.

    Raises:
        UserError: they are two.
    """
    if stated and tag_of(stated) != tag_of(tag):
        raise UserError(f"{where}: its own language is {stated[:40]!r}, and by its place it is {tag!r}; {advice}")


@lru_cache(maxsize=4096)  # asked of every row; another language registered may be the one that a code means
def _tag_of(code: str, own: tuple[languages.Language, ...]) -> str:
    try:
        return languages.resolve(code).tag
    except UserError:
        return ""
