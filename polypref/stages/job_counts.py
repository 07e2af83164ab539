"""What a job of the stage read counts: its rows, and the answers and verdicts that stand in the rows that it keeps."""

from collections import Counter
from collections.abc import Iterator

from ..files.json_types import Json, JsonObject
from ..layouts.edits import NOT_EDITED, UNCHANGED
from ..layouts.tables import Item
from .counts import Funnel, FunnelRow, funnel_rows

#: What is counted of the rows that are read.
UNITS = ("rows", "answers", "verdicts", "edits")
#: Why an answer that somebody could have edited is not: nobody did, or they changed nothing.
LEFT_AS_IT_WAS = (NOT_EDITED, UNCHANGED)
_COUNTED_BY = ("unit", "language", "outcome", "reason")
_WAYS = ("kept", "rejected", "skipped")


class JobCounts:
    """Counts by unit, language, outcome and reason.

    Answers and verdicts are those of rows that were kept: what stands in a row that fell is counted with the row. Edits
    are the answers of such rows that a column of edits stands beside: kept where somebody edited them.
    """

    def __init__(self) -> None:
        self.units = {unit: Funnel() for unit in UNITS}

    @property
    def rows(self) -> Funnel:
        """(language, outcome, reason) -> how many rows, without what came in."""
        return self.units["rows"]

    def add_item(self, item: Item) -> None:
        """Counts a row that was kept, and what stands in it.

        Args:
            item: what the row became.
        """
        language = item.prompt["language"]
        self.rows[language, "kept", ""] += 1
        if item.cleaned:
            self.rows[language, "cleaned", ""] += 1
        # A row counts once, however many of its answers or verdicts are left out for a reason.
        self.rows.update((language, "part_rejected", reason) for reason in {reason for reason, _ in item.problems})
        of_parts = {
            "answers": (len(item.completions), item.answers_left_out),
            "verdicts": (len(item.verdicts), item.verdicts_left_out),
            "edits": (item.edits, item.edits_left_out),
        }
        for unit, (kept, left_out) in of_parts.items():
            if kept:
                self.units[unit][language, "kept", ""] += kept
            self.units[unit].update((language, "rejected", reason) for reason in left_out)

    def add_record(self, record: JsonObject) -> None:
        """Adds what a job wrote down.

        Args:
            record: its record, or nothing of it.
        """
        for unit, key, rows in _counts_in(record.get("funnel")):
            self.units[unit][key] += rows

    def record(self) -> list[Json]:
        """The counts for a job's record.

        Returns:
            An object for each count, sorted within a unit.
        """
        return [
            dict(zip(_COUNTED_BY, (unit, *key), strict=True)) | {"rows": rows}
            for unit, funnel in self.units.items()
            for key, rows in sorted(funnel.items())
        ]

    def funnel(self) -> list[FunnelRow]:
        """The counts as rows of the funnel of the stage read, with what came in.

        Returns:
            Unit by unit; no row for a unit of which nothing is there.
        """
        rows: list[FunnelRow] = []
        for unit, funnel in self.units.items():
            came = Counter[str]()
            for (language, outcome, _), count in funnel.items():
                came[language] += count * (outcome in _WAYS)
            whole = Funnel(funnel)
            whole.update({(language, "in", ""): count for language, count in came.items()})
            rows += funnel_rows("read", unit, whole)
        return rows


def _counts_in(counted: Json) -> Iterator[tuple[str, tuple[str, str, str], int]]:
    """Unit, language with outcome and reason, and number of each count in a job's record."""
    for one in counted if isinstance(counted, list) else ():
        if isinstance(one, dict):
            unit, language, outcome, reason = (str(one[name]) for name in _COUNTED_BY)
            yield unit, (language, outcome, reason), int(str(one["rows"]))
