"""The ids of a sheet's rows: which pair a row shows, in which order its answers stand, and what its cells were."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import md5

from .cells import digest_of_cells

# The pair, the seed, which answers stand as A and B, and a digest of what is shown. Sheets of before 0.3 have the first
# two alone.
_ROW_ID = re.compile(r"([0-9a-f]{32})-([0-9]{1,18})(?:-([0-9a-f]{32})-([0-9a-f]{32}))?(?:-([0-9a-f]{8}))?")
_ANSWER_ID = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True)
class RowId:
    """What the id of a sheet's row says.

    Attributes:
        pair_id: of the pair.
        seed: of the order in which its answers stand.
        a, b: ids of the answers that stand as A and B; empty where the row does not say.
        shown: digest of the cells that are shown; empty where the row does not say.
    """

    pair_id: str
    seed: int
    a: str = ""
    b: str = ""
    shown: str = ""

    def __str__(self) -> str:
        return "-".join([self.pair_id, str(self.seed), *filter(None, (self.a, self.b, self.shown))])

    @property
    def names_one_answer_twice(self) -> bool:
        """Whether A and B are the same answer, which no sheet shows."""
        return bool(self.a) and self.a == self.b


def row_id_of(pair_id: str, seed: int, a: str, b: str, cells: Iterable[str]) -> RowId:
    """The id of a row.

    Args:
        pair_id: of the pair.
        seed: of the sheet.
        a, b: ids of the answers as they stand.
        cells: language, prompt and both answers, as texts.

    Returns:
        The id; it names the answers where they have ids that polypref gives. A stranger's dataset may call its answers
        anything, which then stands in no cell.
    """
    return RowId(pair_id, seed, *((a, b) if are_ids(a, b) else ("", "")), shown=digest_of_cells(cells))


def read_row_id(cell: str) -> RowId | None:
    """The id that a cell holds.

    Args:
        cell: of the column `id`.

    Returns:
        The id; None where the cell holds none.
    """
    named = _ROW_ID.fullmatch(cell.strip())
    return RowId(named[1], int(named[2]), named[3] or "", named[4] or "", named[5] or "") if named else None


def are_ids(one: str, other: str) -> bool:
    """Whether two texts are ids of two answers.

    Args:
        one: a text.
        other: another.

    Returns:
        False where one is none, or both are the same.
    """
    return one != other and all(_ANSWER_ID.fullmatch(each) for each in (one, other))


def swapped(pair_id: str, seed: int) -> bool:
    """Whether the sheet shows the rejected answer as A: one half of the pairs, by md5 of seed and id.

    Args:
        pair_id: 32 hexadecimal digits.
        seed: of the sheet; it stands in the sheet's ids.

    Returns:
        True where the rejected answer is A.
    """
    return md5(f"{seed}:side:{pair_id}".encode(), usedforsecurity=False).digest()[0] % 2 == 1
