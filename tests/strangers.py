"""Datasets as a stranger may make them: sound outside, sealed, and hostile in one place."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from polypref.files.atomic import file_digest
from polypref.release.provenance import seal_record

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


def minimal(**change: Any) -> Record:
    """A record that is sound, of a dataset without a row, but for the change; it has no seal."""
    there: Record = dict.fromkeys(("name", "prose", "rater"), "x") | {"version": "1.0.0", "format": "polypref/1"}
    there |= {key: {} for key in ("packages", "settings", "parameters", "fingerprints", "files")}
    there |= {key: [] for key in ("funnel", "sources", "models", "translators", "notes")}
    there |= {"facts": {"languages": {}} | {key: [] for key in ("models", "flags", "origins", "raters")}}
    quota = dict.fromkeys(("asked", "available", "given", "test"), 0)
    there |= {"mixtures": {"x": {"de": quota}}, "configs": [{"config_name": "x", "data_files": []}]}
    return there | {"evaluation_set": False, "readme": "", "fingerprint": "", **change}


def sealed(folder: Path, record: Record) -> Path:
    """Writes a record under a seal of its own, as anybody can."""
    text = json.dumps(record | {"seal": seal_record(record)}, ensure_ascii=True)
    (folder / "provenance.json").write_text(text, "utf-8")
    return folder


def with_column(name: str, value: Any = "x") -> Callable[[pa.Table], pa.Table]:
    """One column more."""
    return lambda table: table.append_column(name, pa.array([value] * table.num_rows))
