"""What differs between the configs of ratings of two versions, answer by answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyarrow.parquet as pq

from ..files import published, sql
from .provenance import Provenance, RatingsPart

_SIDE = """
SELECT completion_id, md5(string_agg(digest, ' ' ORDER BY digest)) AS digest
FROM (SELECT completion_id, md5({row}::VARCHAR) AS digest FROM {files}) GROUP BY completion_id
"""
_ANSWERS = """
SELECT count(*) FILTER (a.completion_id IS NULL) AS added, count(*) FILTER (b.completion_id IS NULL) AS removed,
       count(*) FILTER (a.digest <> b.digest) AS changed
FROM ({before}) a FULL JOIN ({after}) b USING (completion_id)
"""


@dataclass(frozen=True)
class RatingsChanged:
    """What changed of all ratings from one version to the next.

    Attributes:
        config: whether the config itself `came` or is `gone`; empty where both versions have it, or neither.
        added, removed, changed: answers with ratings that came, that went, and whose rows are others.
        columns_gone: columns that the later version lacks.
    """

    config: Literal["", "came", "gone"] = ""
    added: int = 0
    removed: int = 0
    changed: int = 0
    columns_gone: tuple[str, ...] = ()

    @property
    def loses(self) -> bool:
        """Whether something is there no more that users may have relied on."""
        return self.config == "gone" or bool(self.removed or self.columns_gone)

    def __bool__(self) -> bool:
        return self != RatingsChanged()

    def sentences(self) -> list[str]:
        """The difference in words.

        Returns:
            Clauses; none where nothing changed.
        """
        if self.config:
            return [f"config ratings is {'new' if self.config == 'came' else 'gone'}"]
        counts = {"added": self.added, "removed": self.removed, "changed": self.changed}
        changes = [f"ratings of {count:,} answers {what}" for what, count in counts.items() if count]
        return [*changes, *(f"column {name} of config ratings is gone" for name in self.columns_gone)]


def ratings_difference(old: Path, before: Provenance, new: Path, after: Provenance) -> RatingsChanged:
    """Compares the ratings of two dataset folders by completion_id.

    Args:
        old: the folder of the earlier version.
        before: its provenance.
        new: the folder of the later one.
        after: its provenance.

    Returns:
        What changed on the way from the one to the other.

    Raises:
        UserError: a file holds no rows of ratings.
    """
    if before.ratings is None or after.ratings is None:
        there: Mapping[tuple[bool, bool], Literal["", "came", "gone"]]
        there = {(False, True): "came", (True, False): "gone"}
        return RatingsChanged(there.get((before.ratings is not None, after.ratings is not None), ""))
    sides = _paths(old, before.ratings), _paths(new, after.ratings)
    published.check_rows([*sides[0], *sides[1]])
    names = [pq.read_schema(paths[0]).names for paths in sides]
    row = f"struct_pack({', '.join(sql.name(name) for name in names[0] if name in names[1])})"
    with sql.connect(reads=[*sides[0], *sides[1]]) as con:
        first, second = (_SIDE.format(row=row, files=sql.parquet(*paths)) for paths in sides)
        ((added, removed, changed),) = con.execute(_ANSWERS.format(before=first, after=second)).fetchall()
    gone = tuple(name for name in names[0] if name not in names[1])
    return RatingsChanged("", added, removed, changed, gone)


def _paths(folder: Path, part: RatingsPart) -> list[Path]:
    return [folder / name for name in sorted(part.files)]
