"""Rows that were taken back: finding them by any of their ids, and the changelog's entry that says so."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ..escaping import markdown
from .folder import Provenance

#: Columns by which a row can be named.
IDS = ("pair_id", "prompt_id", "group_id")
Rows = dict[str, dict[str, tuple[str, ...]]]
"""language -> pair_id -> all ids of the row."""


def mask(table: pa.Table, ids: Iterable[str]) -> pa.Array:
    """Which rows have one of the ids as pair_id, prompt_id or group_id."""
    wanted = pa.array(sorted(ids), pa.string())
    pair, prompt, group = (pc.is_in(table[name], wanted).combine_chunks() for name in IDS)
    return pc.or_(pc.or_(pair, prompt), group)


def find(folder: Path, record: Provenance, ids: Iterable[str]) -> Rows:
    """The rows of a dataset folder that have one of the ids."""
    wanted, found = set(ids), Rows()
    for name in sorted(record["files"]):
        table = pq.read_table(folder / name, columns=["language", *IDS])
        for row in table.filter(mask(table, wanted)).to_pylist():
            found.setdefault(row["language"], {})[row["pair_id"]] = tuple(row[column] for column in IDS)
    return found


def entry(version: str, rows: Mapping[str, Mapping[str, tuple[str, ...]]], ids: set[str], lines: list[str]) -> str:
    """A changelog's entry about retracted rows.

    Args:
        version: of the new release, without the v.
        rows: what went, by language.
        ids: what was asked for.
        lines: further lines.
    """
    pairs = sorted(pair for found in rows.values() for pair in found)
    # A group that was named is remembered by its own id too: what is built again gets new pairs, but not a new group.
    named = sorted({one for found in rows.values() for row in found.values() for one in row} & ids - set(pairs))
    text = [f"## v{version}", "", *lines]
    text += [f"- {language}: {len(found):,}" for language, found in sorted(rows.items())]
    text += ["- if you hold a copy, remove these pair_ids from it:", *(f"  - {one}" for one in pairs)]
    text += (
        ["- taken back with all their rows, whatever the pair_id:", *(f"  - {one}" for one in named)] if named else []
    )
    return "\n".join(text) + "\n"


def version_line(tag: str, reason: str) -> str:
    """The changelog's line about a version that was taken back."""
    return f"- {tag} was retracted: {markdown(reason)}"


def ids_of(log: str) -> set[str]:
    """The ids that a changelog says were taken back."""
    return set(re.findall(r"^  - ([0-9a-f]{32})$", log, flags=re.MULTILINE))


def read_log(folder: Path) -> str:
    """A dataset folder's changelog; empty when it has none."""
    path = folder / "CHANGELOG.md"
    return path.read_text("utf-8") if path.exists() else ""


def summary(rows: Mapping[str, Any]) -> int:
    """How many rows."""
    return sum(len(found) for found in rows.values())
