"""Datasets as a stranger may make them: sound outside, sealed, and hostile in one place."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from polypref.files.atomic import file_digest
from polypref.release.folder import _seal

Record = dict[str, Any]


def copy(built: Path, folder: Path) -> Path:
    """A dataset as somebody sends it: without the store of its build."""
    shutil.copytree(built, folder, ignore=shutil.ignore_patterns(".polypref"))
    return folder


def tables(folder: Path, change: Callable[[pa.Table], pa.Table]) -> Path:
    """Changes every file of a dataset, and its record with it."""
    record = json.loads((folder / "provenance.json").read_text("utf-8"))
    for name, facts in record["files"].items():
        table = change(pq.read_table(folder / name))
        pq.write_table(table, folder / name)
        facts.update(sha256=file_digest(folder / name), bytes=(folder / name).stat().st_size, rows=table.num_rows)
    return sealed(folder, record)


def record(folder: Path, change: Callable[[Record], Any]) -> Path:
    """Changes the record of a dataset."""
    there = json.loads((folder / "provenance.json").read_text("utf-8"))
    change(there)
    return sealed(folder, there)


def sealed(folder: Path, record: Record) -> Path:
    """Writes a record under a seal of its own, as anybody can."""
    text = json.dumps(record | {"seal": _seal(record)}, ensure_ascii=True)
    (folder / "provenance.json").write_text(text, "utf-8")
    return folder


def with_column(name: str, value: Any = "x") -> Callable[[pa.Table], pa.Table]:
    """One column more."""
    return lambda table: table.append_column(name, pa.array([value] * table.num_rows))
