"""DuckDB over Parquet parts: the one way to connect, and the few expressions that every relational step shares.

Names and values come into a query through `quote`, `name`, `number` and `parquet` alone; a test follows every query of
the package. A database reads the files that it was opened for and no others, writes none, loads no extension and takes
one statement at a time, so that a query which were not what it seems could reach nothing.
"""

import math
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import count
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Literal, TypeAlias, TypeVar

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import UserError
from . import atomic
from .atomic import write_table
from .store import Stage

__all__ = [
    *("Connection", "bucket", "connect", "disk_errors", "in_memory", "name", "number", "order_key", "parquet"),
    *("quote", "records", "unit_interval", "write_by_bucket"),
]
T = TypeVar("T")
Parameter: TypeAlias = str | int | float | Sequence[str | int | float | None] | None
"""A value that takes the place of a question mark in a query."""


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turns what the disk refuses, to Python or to DuckDB, into a UserError that names the path.

    Args:
        path: where the step works.

    Yields:
        Nothing; what is done inside is watched.

    Raises:
        UserError: no space, no room to spill to, or a step that needs more memory than it is given.
        MemoryError: the system itself has no memory left.
    """
    try:
        with atomic.disk_errors(path):
            yield
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        problem = str(error).splitlines()[0]
        # DuckDB says so too when it has no room left to spill to, and when the system gives it none.
        if isinstance(error, duckdb.OutOfMemoryException) and re.search("Allocation failure|bad allocation", problem):
            raise MemoryError(problem) from None
        if isinstance(error, duckdb.OutOfMemoryException) and "max_temp_directory_size" not in str(error):
            raise UserError(
                f"cannot work in {path}: a step needs more memory than polypref gives it ({problem}); what is done is "
                "kept; build fewer prompts (limit= or --limit), and please report it with the numbers of your rows"
            ) from None
        raise UserError(
            f"cannot work in {path}: {problem}; free some space, then run the same command again: what is done is kept"
        ) from None


# What a step may do to its own tables. COPY, ATTACH, EXPORT, LOAD and PRAGMA reach beyond them.
_KINDS = frozenset(
    getattr(duckdb.StatementType, kind) for kind in ("SELECT", "CREATE", "INSERT", "UPDATE", "DELETE", "DROP", "SET")
)


class Connection:
    """A DuckDB that takes one statement at a time, of a kind that touches its own tables alone."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con

    def execute(self, query: str, values: Sequence[Parameter] | None = None) -> duckdb.DuckDBPyConnection:
        """Runs a statement.

        Args:
            query: one statement, on tables of the connection.
            values: what takes the place of its question marks, in order.

        Returns:
            What `fetchall` and `fetchone` are asked of.

        Raises:
            UserError: it is not one statement, or one that reaches beyond the connection's tables.
        """
        return self._con.execute(self._one(query), values)

    def sql(self, query: str, params: Sequence[Parameter] | None = None) -> duckdb.DuckDBPyRelation:
        """A query's rows, to be taken as Arrow or in Python.

        Args:
            query: one SELECT, on tables of the connection.
            params: what takes the place of its question marks, in order.

        Returns:
            The query, not run yet.

        Raises:
            UserError: it is not one statement, or one that reaches beyond the connection's tables.
        """
        return self._con.sql(self._one(query), params=params)

    def _one(self, query: str) -> duckdb.Statement:
        statements = self._con.extract_statements(query)
        if len(statements) != 1 or statements[0].type not in _KINDS:
            kinds = ", ".join(str(one.type).rpartition(".")[2] for one in statements) or "nothing"
            raise UserError(
                f"a query of polypref is one statement on tables of its own, not {kinds}; report it as a bug"
            )
        return statements[0]

    def register(self, table: str, rows: pa.Table | pa.RecordBatchReader) -> None:
        """Makes an Arrow table known under a name.

        Args:
            table: the name in queries.
            rows: the table; it is not copied. A reader can be read once.
        """
        self._con.register(table, rows)

    def unregister(self, table: str) -> None:
        """Forgets a table that was registered.

        Args:
            table: its name.
        """
        self._con.unregister(table)

    def close(self) -> None:
        """Gives the memory back."""
        self._con.close()

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> Literal[False]:
        self.close()
        return False


def records(relation: duckdb.DuckDBPyRelation, kind: Callable[..., T]) -> list[T]:
    """The rows of a query as objects.

    Args:
        relation: the query.
        kind: makes an object of the values of a row, by the names of their columns: a dataclass, or `dict`.

    Returns:
        An object a row, in the query's order.
    """
    names = relation.columns
    return [kind(**dict(zip(names, row, strict=True))) for row in relation.fetchall()]


def connect(
    scratch: Path | None = None,
    memory: str = "800MB",
    threads: int | None = None,
    *,
    reads: Iterable[Path] = (),
) -> Connection:
    """An embedded DuckDB with bounded memory, shut in.

    Args:
        scratch: a folder of its own, to which it spills; None for a temporary one that goes with the process.
        memory: the most that it takes.
        threads: how many work; None for as many as there are cores.
        reads: the files, and folders of files, that it may read (`parquet`); it can open no other file, and writes
            nowhere but into `scratch`.

    Returns:
        The connection, to be closed.

    Raises:
        UserError: a path is not UTF-8.
    """
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory,
        "preserve_insertion_order": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "python_enable_replacements": False,
        "temp_directory": str(scratch or Path(_spill_folder(os.getpid())) / str(next(_NUMBERS))),
    }
    if threads:
        settings["threads"] = threads
    con = duckdb.connect(config=settings)
    files: list[str] = []
    folders: list[str] = []
    for path in map(Path, reads):
        # The check is of the text that a query gives, which for an odd name is a pattern.
        texts = {_text(path.absolute()), _escaped(path.absolute())}
        (folders if path.is_dir() else files).extend(sorted(texts))
    shut = [
        "enable_progress_bar = false",  # stages show their own
        f"allowed_paths = [{', '.join(map(quote, files))}]",
        f"allowed_directories = [{', '.join(map(quote, folders))}]",
        "allowed_configs = ['threads']",
        "enable_external_access = false",
        "lock_configuration = true",
    ]
    con.execute("; ".join(f"SET {setting}" for setting in shut))
    return Connection(con)


_NUMBERS = count()


@cache
def _spill_folder(process: int) -> str:
    # DuckDB would spill into the folder that the command was started in.
    folder = tempfile.mkdtemp(prefix="polypref-spill-")
    Finalize(None, shutil.rmtree, (folder, True), exitpriority=0)  # in workers too, where atexit does not run
    return folder


def in_memory() -> Connection:
    """A connection that works on one thread, on registered tables alone; what it makes goes when it is closed.

    All of a process share one database, which is made once: a bucket's few queries take less time than making one.

    Returns:
        The connection, to be closed.
    """
    return Connection(_shared(os.getpid()).cursor())


@cache
def _shared(process: int) -> duckdb.DuckDBPyConnection:
    # By process: a forked child has no use for its parent's threads.
    return connect(threads=1)._con


def quote(value: str) -> str:
    """A string as an SQL literal.

    Args:
        value: any text.

    Returns:
        The literal, with its quotation marks.

    Example:
        >>> print(quote("it's"))
        'it''s'
    """
    return "'" + value.replace("'", "''") + "'"


def name(value: str) -> str:
    """A string as an SQL identifier: the name of a column or table.

    Args:
        value: any text.

    Returns:
        The identifier, with its quotation marks.

    Example:
        >>> print(name("a b"))
        "a b"
    """
    return '"' + value.replace('"', '""') + '"'


def number(value: float) -> str:
    """A number as an SQL literal.

    Args:
        value: a number of Python or NumPy.

    Returns:
        The literal, exact for a float.

    Raises:
        UserError: it is none, or not a finite one.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not math.isfinite(value):
        raise UserError(f"{str(value)[:60]!r} is not a finite number; give one")
    return repr(value.item() if isinstance(value, np.number) else value)


def parquet(*paths: Path | str, filename: bool = False) -> str:
    """The Parquet files as a table expression; a `*` in a file's name is a pattern, in its folder's never.

    A folder named `language=de` is no partition: its name must not take the place of the column.

    Args:
        *paths: the files; a connection reads those that it was opened for.
        filename: adds the column `filename`, the path of each row's file.

    Returns:
        The expression that stands after FROM.

    Raises:
        UserError: a path is not UTF-8.
    """
    files = ", ".join(quote(one) for p in paths for one in _files(Path(p).absolute()))
    more = ", filename = true, union_by_name = true" if filename else ""
    return f"read_parquet([{files}], hive_partitioning = false{more})"


def _files(path: Path) -> list[str]:
    """Patterns that match one file each."""
    parts = sorted(path.parent.glob(path.name)) if "*" in path.name else [path]
    # One that matches nothing goes to DuckDB, which says so.
    return [_escaped(one) for one in parts] or [f"{_escaped(path.parent)}/{path.name}"]


def _escaped(path: Path) -> str:
    return re.sub(r"([*?\[])", r"[\1]", _text(path))


def _text(path: Path) -> str:
    text = str(path)
    if not text.isascii() and any("\ud800" <= one <= "\udfff" for one in text):
        raise UserError(f"the name of {text.encode('utf-8', 'replace').decode()!r} is not UTF-8; rename it")
    return text


def bucket(column: str, buckets: int) -> str:
    """Which bucket an id belongs to, as pool.py computes it in Python.

    Args:
        column: SQL of an id that begins with 8 hexadecimal digits.
        buckets: how many buckets there are.

    Returns:
        SQL of a whole number from 0 to buckets - 1.
    """
    return f"('0x' || substr({column}, 1, 8))::UBIGINT % {number(buckets)}"


def order_key(seed: int, *columns: str) -> str:
    """A pseudo-random order that lasts: md5 of seed and id, the same on every machine and in every version.

    Args:
        seed: another seed gives another order.
        *columns: SQL of the texts that the order hangs on; together they name a row.

    Returns:
        SQL of 32 hexadecimal digits.

    Example:
        >>> order_key(7, "'split'", "id")
        "md5(concat_ws(':', '7', 'split', id))"
    """
    return f"md5(concat_ws(':', {quote(str(seed))}, {', '.join(columns)}))"


def unit_interval(key: str) -> str:
    """An md5 as a number in [0, 1), from its first 13 hexadecimal digits (52 bits, exact in a double).

    Args:
        key: SQL of an md5, as of `order_key`.

    Returns:
        SQL of the number.
    """
    return f"(('0x' || substr({key}, 1, 13))::UBIGINT / {1 << 52})"


def write_by_bucket(rows: pa.RecordBatchReader, stage: Stage, table: str, buckets: int) -> None:
    """Writes rows that come sorted by their `bucket` column as one part a bucket; empty buckets get an empty part.

    Args:
        rows: the rows, sorted by `bucket`, a whole number; it is not written.
        stage: the stage that the parts belong to.
        table: the name of the table there.
        buckets: how many parts are written, numbered from 0.
    """
    names = [name for name in rows.schema.names if name != "bucket"]
    schema = pa.schema([rows.schema.field(name) for name in names])
    kept: list[pa.RecordBatch] = []
    at = 0

    def close(until: int) -> None:
        nonlocal at
        while at < until:
            write_table(stage.part(table, at), pa.Table.from_batches(kept, schema))
            kept.clear()
            at += 1

    for batch in rows:
        numbers = batch.column("bucket").to_numpy()
        for number in np.unique(numbers).tolist():
            close(int(number))
            kept.append(batch.filter(pc.equal(batch.column("bucket"), int(number))).select(names))
    close(buckets)
