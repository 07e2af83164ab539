"""Puts what was measured of a finished dataset into its provenance.json and its card, whole or not at all."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..analysis.answers import AuditFiles
from ..analysis.audit import Audit
from ..errors import UserError
from ..files.atomic import json_bytes, read_json
from ..files.owned import read_record, write_new, writing
from ..files.records import encode
from . import placing
from .card import render_card
from .folder import read_provenance, seal_top
from .provenance import Provenance


def is_built_here(folder: Path) -> bool:
    """Whether a dataset's folder is one that a build wrote, so that its card may be written again.

    Args:
        folder: the dataset.

    Returns:
        False for a download, and for a folder without a record of what polypref wrote.
    """
    return bool(read_record(folder).get("files"))


def keep_audit(folder: Path, audit: Audit) -> None:
    """Puts an audit into a dataset's provenance.json and card; its data files stay as they are.

    A build that changes the dataset writes it anew without it; one that changes nothing leaves it.

    Args:
        folder: the dataset, built here.
        audit: what was measured.

    Raises:
        UserError: another process reads or writes the folder, it is no finished dataset, or somebody changed README.md
            or provenance.json since.
    """
    if not is_built_here(folder):
        raise UserError(f"{folder} was not built here, so that its card cannot be written; give --out FILE")
    with writing(folder):
        placing.check_place(folder)
        placing.check_staging(folder)
        record = replace(read_provenance(folder), audit=audit)
        work = folder / placing.STAGING
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        seal_top(work, record, render_card(record, f"path/to/{record.name}", None, folder))
        placing.replace_top(folder)


def write_audit(path: Path, audit: Audit) -> None:
    """Writes the figures of an audit as JSON.

    Args:
        path: the file; one that holds something else is not written over.
        audit: what was measured.

    Raises:
        UserError: the file holds something else, or cannot be written.
    """
    write_new(path, json_bytes(encode(audit)))


def audit_files(folder: Path, record: Provenance) -> AuditFiles:
    """Where an audit of a dataset finds answers and verdicts: in the build's stages while they are there.

    Args:
        folder: the dataset.
        record: its provenance.

    Returns:
        the published files, and the parts of the stages that its rows came from.
    """
    data = [folder / name for name in sorted(record.files)]
    ratings = [folder / name for name in sorted(record.ratings.files)] if record.ratings else []
    stages = [folder / ".polypref" / name for name in record.rows]
    if not stages or not all(read_json(path / "done.json") for path in stages):
        return AuditFiles(data, ratings)
    return AuditFiles(data, ratings, *(_parts(stages, table) for table in ("prompts", "completions", "verdicts")))


def _parts(stages: Sequence[Path], table: str) -> list[Path]:
    return [part for path in stages for part in sorted(path.glob(f"{table}-*.parquet"))]
