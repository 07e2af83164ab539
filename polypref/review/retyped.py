"""Rows of a sheet whose texts came back retyped: the same but for letters that another keyboard writes differently.

A spreadsheet program or a helpful reviewer may write ي for ی, or drop a zero-width non-joiner. The id still names the
row, and the dataset that was reviewed has its texts, so that the verdict beside it counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from ..files import published, sql
from ..files.turns import rows_with_texts
from ..files.unpaired import is_unpaired
from ..languages.typed_alike import typed_key
from .answers import NO_ANSWER
from .cells import asked_text, digest_of_cells, plain_cell, visible_text
from .row_ids import RowId, read_row_id

PAIR_CELLS: Final = ("language", "prompt", "answer A", "answer B")
ANSWER_CELLS: Final = ("language", "prompt", "answer")
_LISTED: Final = 8  # places that a sentence lists


@dataclass(frozen=True)
class Reviewed:
    """The dataset that was reviewed.

    Attributes:
        folder: the dataset.
        files: its data files, as its provenance names them.
    """

    folder: Path
    files: tuple[str, ...]

    def retyped(self, rows: Iterable[tuple[int, Mapping[str, str]]]) -> frozenset[int]:
        """Which rows of a sheet show texts of the dataset, retyped.

        Args:
            rows: their numbers and cells.

        Returns:
            the numbers of those whose cells are not as exported, and as the dataset has them but for such letters.
        """
        changed = {number: one for number, row in rows if (one := _changed(row)) is not None}
        texts = self._texts({cells[0] for _, cells in changed.values()}, [named for named, _ in changed.values()])
        return frozenset(
            number
            for number, (named, cells) in changed.items()
            if (shown := texts.get(_key_of(named))) is not None and is_retyped(cells, [cells[0], *shown])
        )

    def _texts(self, tags: set[str], named: Sequence[RowId]) -> dict[tuple[str, str, str], list[str]]:
        """Row, and answers as they stand in the sheet -> prompt and answers as the dataset has them."""
        paths = [self.folder / name for name in sorted(self.files) if name.split("/")[1] in tags]
        if not paths:
            return {}
        published.check_rows(paths)
        single = is_unpaired(pq.read_schema(paths[0]))
        ids = "completion_id, '', ''" if single else "pair_id, chosen_id, rejected_id"
        con = sql.connect(reads=paths)
        rows = con.execute(
            f"""SELECT {ids}, prompt, chosen[-1].content, rejected[-1].content FROM {rows_with_texts(*paths)}
                WHERE {"completion_id" if single else "pair_id"} IN (SELECT unnest(?))""",
            [sorted({one.pair_id for one in named})],
        ).fetchall()
        con.close()
        texts = {}
        for row, one, other, prompt, chosen, rejected in rows:
            asked = asked_text(prompt)
            if single:
                texts[row, "", ""] = [asked, chosen if chosen is not None else rejected]
            else:
                texts[row, one, other], texts[row, other, one] = [asked, chosen, rejected], [asked, rejected, chosen]
        return texts


def is_retyped(cells: Sequence[str], shown: Sequence[str]) -> bool:
    """Whether cells are others in nothing but letters that two keyboards write differently.

    Args:
        cells: language, prompt and answers, as they came back.
        shown: the same as they were exported.

    Returns:
        false where anything else differs.
    """
    tag = shown[0]
    keys = [[typed_key(visible_text(one), tag) for one in texts] for texts in (cells, shown)]
    return cells[0] == tag and keys[0] == keys[1]


def retyped_sentence(places: Sequence[str]) -> str:
    """What to say of verdicts that stand beside retyped texts.

    Args:
        places: the sheets and rows.

    Returns:
        how many, and where, without a full stop; empty for none.
    """
    if not places:
        return ""
    listed = ", ".join(places[:_LISTED]) + ", ..." * (len(places) > _LISTED)
    return (
        f"verdicts taken up beside texts that came back typed with other letters or signs (as ي for ی): {len(places):,}"
        f" ({listed})"
    )


def _changed(row: Mapping[str, str]) -> tuple[RowId, list[str]] | None:
    """The id and the cells of a row that is not as exported; None for one that is, or whose cells are gone."""
    named = read_row_id(row.get("id", ""))
    if named is None or not named.shown:
        return None
    names = ANSWER_CELLS if _is_single(named) else PAIR_CELLS
    if any(name not in row for name in names):
        return None
    cells = [plain_cell(row[name]) for name in names]
    return None if digest_of_cells(cells) == named.shown else (named, cells)


def _is_single(named: RowId) -> bool:
    return NO_ANSWER in (named.a, named.b)


def _key_of(named: RowId) -> tuple[str, str, str]:
    return (named.pair_id, "", "") if _is_single(named) else (named.pair_id, named.a, named.b)
