"""A table of a report and what is said above it: the same in Markdown, terminal and page."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..figures import statistics as st

#: What follows a row with too few groups for its interval to hold.
FEW = "†"
#: What an average over the languages of a table is called.
AVERAGE = "macro average"
FEW_GROUPS = f"{FEW} fewer than {st.FEW_GROUPS} groups of prompts: intervals hold less often than they say."


@dataclass(frozen=True)
class Part:
    """A table and what is said above it.

    Attributes:
        title: its heading.
        what: sentences.
        heads: of the columns.
        rows: cells of text, as many as heads in each.
        numbers: the first column of numbers.
        wide: columns that a narrow screen has no room for.
    """

    title: str
    what: tuple[str, ...]
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: int = 1
    wide: frozenset[int] = frozenset()

    def is_average(self, row: Sequence[str]) -> bool:
        """Whether a row sums up others.

        Args:
            row: one of the table's.

        Returns:
            Whether one of the cells that are no numbers says so.
        """
        return AVERAGE in row[: self.numbers]


def cells_wide(part: Part, row: Sequence[str]) -> list[tuple[str, bool, bool]]:
    """Cells of a row as a page shows them.

    Args:
        part: the table.
        row: one of its rows, or its heads.

    Returns:
        Text, whether it is a number, and whether a narrow screen has no room for it.
    """
    return [(text, at >= part.numbers, at in part.wide) for at, text in enumerate(row)]
