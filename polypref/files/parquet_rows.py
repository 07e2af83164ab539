"""Parquet files as rows: maps by their keys, columns of JSON decoded."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from ..errors import UserError, first_line
from .cells import Bad, Cell, Row, name_of

if TYPE_CHECKING:
    import pyarrow as pa

# What a value of a column's type becomes; None where it stays as it is.
_Change: TypeAlias = Callable[[Cell], Cell] | None


def parquet_rows(path: Path) -> Iterator[tuple[str, Row]]:
    """Reads a Parquet file; a map is read as an object, with its keys as texts.

    Args:
        path: the file.

    Yields:
        Place and row. A map with a key twice, or a key that is null or no plain value, is Bad in its row.

    Raises:
        UserError: the file is damaged, or has two columns of one name.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            names, number = file.schema_arrow.names, 0
            if len(set(names)) < len(names):
                raise UserError(f"{path} has two columns of one name; rename one")
            changes = {one.name: change for one in file.schema_arrow if (change := _cell_change(one.type))}
            for batch in file.iter_batches(batch_size=1_000):
                for row in batch.to_pylist():
                    number += 1
                    read = row | {name: change(row[name]) for name, change in changes.items()}
                    yield f"{path} row {number}", read
            if number != file.metadata.num_rows:
                raise ValueError(f"{number} rows, its footer states {file.metadata.num_rows}")
    except (pa.ArrowException, ValueError, OverflowError) as error:
        raise UserError(f"{path} is not a readable Parquet file ({first_line(error)}); get it again") from None


def _cell_change(kind: "pa.DataType") -> _Change:
    """What values of a type become: JSON is decoded, and maps, however deep, are objects."""
    import pyarrow as pa

    if pa.types.is_map(kind):
        return _object_of(_cell_change(kind.item_type))
    if pa.types.is_struct(kind):
        inner = {one.name: change for one in kind.fields if (change := _cell_change(one.type))}
        return _with_fields(inner) if inner else None
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return _with_items(change) if (change := _cell_change(kind.value_type)) else None
    return _decoded if "arrow.json" in str(kind) else None


def _object_of(change: _Change) -> Callable[[Cell], Cell]:
    """What makes an object of a map's pairs."""

    def read(pairs: Cell) -> Cell:
        if not isinstance(pairs, list):
            return pairs
        whole: dict[str, Cell] = {}
        for key, value in pairs:
            try:
                name = name_of(key)
            except Bad as bad:
                return Bad("key_not_text", bad.detail or bad.reason)
            if name in whole:
                return Bad("key_twice", name[:40])
            whole[name] = change(value) if change else value
        return whole

    return read


def _with_fields(changes: dict[str, Callable[[Cell], Cell]]) -> Callable[[Cell], Cell]:
    def read(value: Cell) -> Cell:
        if not isinstance(value, dict):
            return value
        return value | {name: change(value[name]) for name, change in changes.items()}

    return read


def _with_items(change: Callable[[Cell], Cell]) -> Callable[[Cell], Cell]:
    return lambda value: [change(one) for one in value] if isinstance(value, list) else value


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
