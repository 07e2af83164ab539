"""What differs between two versions of a dataset, row by row, and how much of a version number that asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq

from ..errors import UserError
from ..files import published, sql
from ..files.locks import reading
from ..files.turns import rows_with_texts
from .folder import read_provenance
from .provenance import Provenance
from .ratings_diff import RatingsChanged, ratings_difference

Bump = Literal["none", "patch", "minor", "major"]

_SIDES = ("a", "b")

# What is published of a row, as one text a cause. Masked texts count as text.
_CAUSES = {
    "label": "struct_pack(a := least(chosen_id, rejected_id), b := chosen_id)",
    "text": "struct_pack(p := prompt, t := list_sort([chosen[-1].content, rejected[-1].content]))",
}

_SIDE = """
CREATE TEMP TABLE {side} AS
SELECT pair_id, language, regexp_extract(filename, '([a-z]+)-[0-9]+-[0-9]+[.]parquet$', 1) AS split,
       md5(({label})::VARCHAR) AS label, md5(({text})::VARCHAR) AS text, md5(({rest})::VARCHAR) AS rest,
       regexp_extract(filename, 'data/[^/]+/[^/]+$') AS place
FROM {files}
"""

_ROWS = """
SELECT coalesce(b.language, a.language) AS language,
       CASE WHEN a.pair_id IS NULL THEN 'added' WHEN b.pair_id IS NULL THEN 'removed' ELSE 'changed' END AS kind,
       CASE WHEN a.pair_id IS NULL OR b.pair_id IS NULL THEN ''
            WHEN a.split <> b.split THEN 'split' WHEN a.label <> b.label THEN 'label'
            WHEN a.text <> b.text THEN 'text' ELSE 'other_columns' END AS cause, count(*) AS rows
FROM a FULL JOIN b USING (pair_id)
WHERE a.pair_id IS NULL OR b.pair_id IS NULL OR a.split <> b.split OR a.label <> b.label OR a.text <> b.text
      OR a.rest <> b.rest
GROUP BY ALL ORDER BY ALL
"""


@dataclass(frozen=True)
class RowsChanged:
    """How many rows of a language changed in one way: added | removed | changed, the last for a cause."""

    language: str
    kind: Literal["added", "removed", "changed"]
    cause: Literal["", "split", "label", "text", "other_columns"]
    rows: int


@dataclass(frozen=True)
class ConfigChanged:
    """How many pairs entered and left a mixture's training split."""

    config: str
    added: int
    removed: int


@dataclass(frozen=True)
class Difference:
    """What changed from one version to the next.

    Attributes:
        rows: by language, kind and cause.
        configs: pairs that entered or left a mixture, or a whole config that came or went.
        schema: one sentence for each column that came, went or changed.
        nullable_only: all that changed of the schema is nullable columns that came.
        card: the card's prose or metadata differ.
        ratings: what changed of the config of ratings.
    """

    rows: list[RowsChanged] = field(default_factory=list)
    configs: list[ConfigChanged] = field(default_factory=list)
    schema: list[str] = field(default_factory=list)
    nullable_only: bool = True
    card: bool = False
    ratings: RatingsChanged = field(default_factory=RatingsChanged)

    @property
    def bump(self) -> Bump:
        """The least step of the version that tells users the truth: patch card, minor more, major other or less."""
        kinds = {(row.kind, row.cause) for row in self.rows}
        if not self.nullable_only or any(row.removed for row in self.configs) or self.ratings.loses:
            return "major"
        if any(kind == "removed" or cause in ("split", "label", "text") for kind, cause in kinds):
            return "major"
        if kinds or self.configs or self.schema or self.ratings:
            return "minor"
        return "patch" if self.card else "none"

    def sentence(self) -> str:
        """The difference in one line.

        Returns:
            Rows by what became of them, up to six configs, then the columns; `card only` or `nothing` where none of
            these changed.
        """
        totals: dict[str, int] = {}
        for row in self.rows:
            name = row.kind + (f" ({row.cause.replace('_', ' ')})" if row.cause else "")
            totals[name] = totals.get(name, 0) + row.rows
        parts = [f"{rows:,} row{'s' * (rows != 1)} {name}" for name, rows in totals.items()]
        parts += [f"config {row.config}: {row.added:,} in, {row.removed:,} out" for row in self.configs[:6]]
        return "; ".join([*parts, *self.schema, *self.ratings.sentences()]) or ("card only" if self.card else "nothing")


def difference(old: Path, new: Path) -> Difference:
    """Compares two dataset folders by pair_id.

    Args:
        old: the folder of the earlier version.
        new: the folder of the later one.

    Returns:
        What changed on the way from the one to the other.

    Raises:
        UserError: one of them is not a polypref dataset, holds no data, or has two rows of one pair_id.
    """
    with reading(old, "diff"), reading(new, "diff"):
        return _difference(old, new)


def _difference(old: Path, new: Path) -> Difference:
    before, after = read_provenance(old), read_provenance(new)
    files = [[folder / name for name in sorted(record.files)] for folder, record in ((old, before), (new, after))]
    for folder, paths in zip((old, new), files, strict=True):
        if not paths:
            raise UserError(f"{folder} holds no data; there is nothing to compare")
    schemas = [{one.name: one for one in pq.read_schema(paths[0])} for paths in files]
    published.check_rows([*files[0], *files[1]])
    con = sql.connect(reads=[*files[0], *files[1]])
    rest = _rest([n for n in schemas[0] if n in schemas[1] and n not in ("prompt", "chosen", "rejected", "pair_id")])
    for side, paths in zip(_SIDES, files, strict=True):
        published_rows = rows_with_texts(*paths, filename=True, thoughts=True)
        con.execute(_SIDE.format(side=sql.name(side), files=published_rows, rest=rest, **_CAUSES))
        ((rows, ids),) = con.execute(f"SELECT count(*), count(DISTINCT pair_id) FROM {sql.name(side)}").fetchall()
        if ids < rows:
            raise UserError(f"{paths[0].parents[2]} has {rows - ids:,} rows whose pair_id another has; get it again")
    rows = sql.records(con.sql(_ROWS), RowsChanged)
    notes, nullable_only = _schema_notes(schemas[0], schemas[1])
    configs = _configs(con, before, after)
    con.close()
    ratings = ratings_difference(old, before, new, after)
    return Difference(rows, configs, notes, nullable_only, _card_differs(before, after), ratings)


def _rest(shared: Sequence[str]) -> str:
    """SQL for all that is published of a row besides its texts and its label."""
    # A flipped label swaps every chosen_ and rejected_ column: the two sides are compared as a set of two.
    plain = [n for n in shared if not n.startswith(("chosen_", "rejected_"))]
    both = [n.removeprefix("chosen_") for n in shared if n.startswith("chosen_")]
    both = [n for n in both if f"rejected_{n}" in shared]
    sides = [_struct({n: f"{side}_{n}" for n in both}) for side in ("chosen", "rejected")]
    return f"[{_struct({n: n for n in plain})}::VARCHAR, list_sort([{', '.join(sides)}])::VARCHAR]"


def _struct(columns: Mapping[str, str]) -> str:
    return f"struct_pack({', '.join(f'{sql.name(key)} := {sql.name(column)}' for key, column in columns.items())})"


def _schema_notes(before: Mapping[str, pa.Field], after: Mapping[str, pa.Field]) -> tuple[list[str], bool]:
    notes = [f"column {name} is gone" for name in before if name not in after]
    notes += [
        f"column {name} changed from {before[name].type} to {after[name].type}"
        for name in before
        if name in after and before[name].type != after[name].type
    ]
    notes += [
        f"column {name} may {'be null now' if after[name].nullable else 'no longer be null'}"
        for name in before
        if name in after and before[name].nullable != after[name].nullable
    ]
    harmless = not notes
    for name, one in after.items():
        if name not in before:
            notes.append(f"column {name} is new" + ("" if one.nullable else " and never null"))
            harmless = harmless and one.nullable
    return notes, harmless


def _configs(con: sql.Connection, before: Provenance, after: Provenance) -> list[ConfigChanged]:
    """Pairs that entered or left a mixture's training split, though still in the dataset."""
    changed = []
    for name in sorted({*before.mixtures, *after.mixtures}):
        sides = [_files(record, name) for record in (before, after)]
        queries = []
        for side, files in zip(_SIDES, sides, strict=True):
            places = ", ".join(sql.quote(path) for path in files) or "''"
            queries.append(f"SELECT pair_id FROM {sql.name(side)} WHERE place IN ({places})")
        (added,) = con.execute(f"SELECT count(*) FROM ({queries[1]} EXCEPT {queries[0]})").fetchall()[0]
        (removed,) = con.execute(f"SELECT count(*) FROM ({queries[0]} EXCEPT {queries[1]})").fetchall()[0]
        if added or removed:
            changed.append(ConfigChanged(name, added, removed))
    return changed


def _files(record: Provenance, config: str) -> list[str]:
    data = next((one.data_files for one in record.configs if one.config_name == config), [])
    return [path for part in data for path in part.path]


def _card_differs(before: Provenance, after: Provenance) -> bool:
    sides = [(one.prose, one.notes, one.sources, one.models, one.translators, one.name) for one in (before, after)]
    return sides[0] != sides[1]


def needed_version(old: str, bump: Bump) -> str:
    """The least version after `old` that a difference asks for.

    Args:
        old: as in `1.2.3`.
        bump: the step; `none` asks for no other version.

    Returns:
        The version.

    Example:
        >>> needed_version("1.2.3", "minor")
        '1.3.0'
    """
    major, minor, patch = version_numbers(old)
    steps = {"major": (major + 1, 0, 0), "minor": (major, minor + 1, 0), "patch": (major, minor, patch + 1)}
    return ".".join(map(str, steps.get(bump, (major, minor, patch))))


def version_numbers(version: str) -> tuple[int, ...]:
    """A version's numbers, for comparing.

    Args:
        version: as in `1.2.3`, without a v.

    Returns:
        As in `(1, 2, 3)`.
    """
    return tuple(int(number) for number in version.split("."))
