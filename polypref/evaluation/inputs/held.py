"""Files of an evaluation's folder, held against their types before anything reads them: they may be a stranger's."""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from ...errors import UserError
from ...files.atomic import read_json
from ...files.published import MOST_BYTES, opened
from ...files.records import decode
from ..results import SCHEMA_VERSION, Facts, Results
from .tables import ANSWERS, BATTLES, PROMPTS
from .traits import TRAITS

_Record = TypeVar("_Record", Results, Facts)
_ADVICE = "evaluate again, or get the folder from somebody you trust"
# What is empty in no row that an evaluation writes.
_ALWAYS = ("set", "prompt_id", "group_id", "language", "model", "other", "judge", "prompt", "orders", "column", "value")


def read_results(path: Path) -> Results | None:
    """Reads results.json; None where there is none.

    Args:
        path: the file.

    Returns:
        The results.

    Raises:
        UserError: it is not of the form that an evaluation writes, or of a later one.
    """
    return _read_rows(path, Results)


def read_facts(path: Path) -> Facts | None:
    """Reads evaluation.json; None where there is none.

    Args:
        path: the file.

    Returns:
        What is evaluated.

    Raises:
        UserError: it is not of the form that an evaluation writes.
    """
    return _read_rows(path, Facts)


def _read_rows(path: Path, kind: type[_Record]) -> _Record | None:
    record = read_json(path)
    if record is None:
        return None
    version = record.get("schema_version")
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise UserError(
            f"{path} is of schema version {version}; this polypref knows {SCHEMA_VERSION}: install a newer one"
        )
    return decode(kind, record, f"{path} does not describe an evaluation", _ADVICE)


def read_table(path: Path) -> pa.Table:
    """Reads prompts.parquet, answers.parquet, traits.parquet or battles.parquet.

    Args:
        path: the file; its name says which table it is.

    Returns:
        `tables.PROMPTS`, `tables.ANSWERS`, `traits.TRAITS` or `tables.BATTLES`.

    Raises:
        UserError: it is not as an evaluation writes it.
    """
    form = {"prompts": PROMPTS, "answers": ANSWERS, "battles": BATTLES, "traits": TRAITS}[path.stem]
    with opened(path, "an evaluation", _ADVICE) as file:
        if not file.schema_arrow.remove_metadata().equals(form):
            raise UserError(f"{path} has not the columns of an evaluation's {path.stem}; {_ADVICE}")
        if sum(file.metadata.row_group(n).total_byte_size for n in range(file.metadata.num_row_groups)) > MOST_BYTES:
            raise UserError(f"{path} states more bytes of rows than an evaluation has; {_ADVICE}")
        table: pa.Table = file.read()
        table.validate(full=True)
        for column, bad in _faults(table.combine_chunks()):
            if (at := pc.index(bad, True).as_py()) >= 0:
                raise UserError(f"{path} row {at + 1} has no sound '{column}'; {_ADVICE}")
    return table


def _faults(table: pa.Table) -> Iterator[tuple[str, pa.Array]]:
    """For each thing that must be so, in which rows it is not."""
    for name in _ALWAYS:
        if name in table.column_names:
            yield name, pc.is_null(table.column(name))
    if "prompt" in table.column_names:
        yield "prompt", _with(table, "prompt", "role", "content")
    if "orders" in table.column_names:
        yield "orders", pc.greater(pc.list_value_length(table.column("orders")), 2)
        yield "orders", pc.less(pc.list_value_length(table.column("orders")), 1)
        yield "orders", _with(table, "orders", "first", "reason")
        yield "orders", _outside(table)


def _with(table: pa.Table, column: str, *names: str) -> pa.Array:
    """Which rows hold an element, or a field of one, that is empty."""
    inside = pc.list_flatten(table.column(column))
    bad = pc.is_null(inside)
    for name in names:
        bad = pc.or_(bad, pc.is_null(pc.struct_field(inside, name)))
    return _rows(table, column, bad)


def _outside(table: pa.Table) -> pa.Array:
    """Which rows hold a score that is none."""
    score = pc.fill_null(pc.struct_field(pc.list_flatten(table.column("orders")), "score"), 0.0)
    return _rows(table, "orders", pc.invert(pc.and_(pc.greater_equal(score, 0.0), pc.less_equal(score, 1.0))))


def _rows(table: pa.Table, column: str, bad: pa.Array) -> pa.Array:
    hit = pc.unique(pc.filter(pc.list_parent_indices(table.column(column)), bad))
    return pc.is_in(pa.array(range(table.num_rows), pa.int64()), hit)
