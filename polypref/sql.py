"""DuckDB over Parquet parts: one way to connect, and the few expressions that every relational step shares."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from . import store
from .errors import UserError
from .store import Stage, write_table

__all__ = ["bucket", "connect", "disk_errors", "order_key", "parquet", "unit_interval", "write_by_bucket"]


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turns what the disk refuses, to Python or to DuckDB, into a UserError that names the path."""
    try:
        with store.disk_errors(path):
            yield
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        said = str(error).splitlines()[0]
        # DuckDB says so too when it has no room left to spill to.
        if isinstance(error, duckdb.OutOfMemoryException) and "max_temp_directory_size" not in str(error):
            raise UserError(
                f"cannot work in {path}: a step needs more memory than polypref gives it ({said}); what is done is "
                "kept; build fewer prompts (--limit), and please report it with the numbers of your rows"
            ) from None
        raise UserError(
            f"cannot work in {path}: {said}; free some space, then run the same command again: what is done is kept"
        ) from None


def connect(
    scratch: Path | None = None, memory: str = "800MB", threads: int | None = None
) -> duckdb.DuckDBPyConnection:
    """An embedded DuckDB with bounded memory that spills to `scratch`; it never looks at the network."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory,
        "preserve_insertion_order": False,
        "autoinstall_known_extensions": False,
    }
    if scratch:
        settings["temp_directory"] = str(scratch)
    if threads:
        settings["threads"] = threads
    con = duckdb.connect(config=settings)
    con.execute("SET enable_progress_bar = false")  # stages show their own
    return con


def quote(value: str) -> str:
    """A string as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def parquet(*paths: Path | str, filename: bool = False) -> str:
    """The Parquet files as a table expression; a file's name may be a pattern, its folder never is.

    A folder named `language=de` is no partition: its name must not take the place of the column.

    Args:
        *paths: the files.
        filename: adds the column `filename`, the path of each row's file.
    """
    files = ", ".join(quote(_pattern(Path(p))) for p in paths)
    more = ", filename = true, union_by_name = true" if filename else ""
    return f"read_parquet([{files}], hive_partitioning = false{more})"


def _pattern(path: Path) -> str:
    return str(Path(re.sub(r"([*?\[])", r"[\1]", str(path.parent))) / path.name)


def bucket(column: str, buckets: int) -> str:
    """Which bucket an id belongs to, as pool.py computes it in Python."""
    return f"('0x' || substr({column}, 1, 8))::UBIGINT % {buckets}"


def order_key(seed: int, *columns: str) -> str:
    """A pseudo-random order that lasts: md5 of seed and id, the same on every machine and in every version."""
    return f"md5(concat_ws(':', '{seed}', {', '.join(columns)}))"


def unit_interval(key: str) -> str:
    """An md5 as a number in [0, 1), from its first 13 hexadecimal digits (52 bits, exact in a double)."""
    return f"(('0x' || substr({key}, 1, 13))::UBIGINT / {1 << 52})"


def write_by_bucket(rows: pa.RecordBatchReader, stage: Stage, table: str, buckets: int) -> None:
    """Writes rows that come sorted by their `bucket` column as one part a bucket; empty buckets get an empty part."""
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
