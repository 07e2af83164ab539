"""What becomes of the rows of a source while they are read: counted by language and reason, with those left out."""

from collections.abc import Mapping

import pyarrow as pa

from .. import schema
from ..errors import UserError
from ..files.cells import Bad
from ..files.json_types import Json
from ..files.readers import Line
from ..layouts.label_counts import LabelCounts, count_labels
from ..layouts.model_names import Sightings, count_sightings, sightings_to_json
from ..layouts.rows import OTHER_LANGUAGE
from ..layouts.source import Source
from ..layouts.tables import Item, NotAsked
from ..layouts.votes import labels_in
from .bad_rows import too_many_bad, unread_reasons
from .job_counts import JobCounts
from .seen_labels import labels_to_json
from .unknown_languages import names_unknown_language


class RowCounts:
    """Counts the rows of one job, each of which is added once, by what became of it."""

    def __init__(self, source: Source, wanted: frozenset[str] | None, max_bad: float) -> None:
        """Begins to count.

        Args:
            source: whose rows are read.
            wanted: tags of the languages that are kept; None for all.
            max_bad: share of the rows that may be bad, 0 to 1.
        """
        self.rows, self._last = 0, ""
        self._source, self._wanted, self._max_bad = source, wanted, max_bad
        self._bad = 0
        self._counts, self._labels, self._sightings = JobCounts(), LabelCounts(), Sightings()
        self._left_out: list[tuple[str, str, str, str]] = []

    def add_item(self, where: str, item: Item) -> None:
        """Counts a row that is kept, with the parts of it that are left out.

        Args:
            where: its place.
            item: what it became.
        """
        self.rows, self._last = self.rows + 1, where
        language = item.prompt["language"]
        self._bad += item.unreadable
        count_labels(self._labels, item.labels)
        count_sightings(self._sightings, item.sightings)
        self._counts.add_item(item)
        self._left_out += [(language, where, reason, detail) for reason, detail in item.problems]

    def add_unwanted(self, line: Line, why: NotAsked) -> None:
        """Counts a row that the build does not ask for.

        Args:
            line: the row.
            why: what tells so.
        """
        self.rows, self._last = self.rows + 1, line.where
        self._counts.rows[why.language, "skipped", why.reason] += 1
        if why.reason == OTHER_LANGUAGE:
            self._count_labels(line)

    def add_bad(self, line: Line, why: Bad) -> None:
        """Counts a row that cannot be used.

        Args:
            line: the row.
            why: what is wrong with it.

        Raises:
            UserError: so many rows are bad that reading on is no use: more than 1,000, and more than half and four
                times `max_bad` of them.
        """
        self.rows, self._last = self.rows + 1, line.where
        self._left_out.append((why.language, line.where, why.reason, why.detail))
        if self._wanted is not None and names_unknown_language(why):
            self._counts.rows["", "skipped", why.reason] += 1  # nobody asked for it, whichever it is
            self._count_labels(line)
            return
        self._bad += 1
        self._counts.rows[why.language, "rejected", why.reason] += 1
        if self._bad > 1_000 and self._bad > max(self._max_bad * 4, 0.5) * self.rows:
            raise self._too_many() from None

    def _too_many(self) -> UserError:
        reasons = unread_reasons(self._counts.rows)
        return too_many_bad(self._source, self.rows, self._bad, self._max_bad, self._left_out, reasons)

    def _count_labels(self, line: Line) -> None:
        """Counts the labels of a row in a language that is not wanted: a declared side may occur in such rows only."""
        if not isinstance(line.row, Bad):
            count_labels(self._labels, labels_in(line.row, self._source.fields))

    def left_out(self) -> pa.Table:
        """The rows, and parts of rows, that are left out.

        Returns:
            schema.REJECTED.
        """
        columns = zip(*self._left_out, strict=True) if self._left_out else [[]] * 4
        return pa.table([pa.array(map(_writable, column), pa.string()) for column in columns], schema=schema.REJECTED)

    def record(self) -> Mapping[str, Json]:
        """The counts, as a file holds them.

        Returns:
            lines, the place of the last one, bad, funnel, labels and sightings of them.
        """
        labels: list[Json] = [*labels_to_json(self._labels)]
        counted: dict[str, Json] = {"lines": self.rows, "last": _writable(self._last), "bad": self._bad}
        sightings: list[Json] = [*sightings_to_json(self._sightings)]
        return {**counted, "funnel": self._counts.record(), "labels": labels, "sightings": sightings}


def _writable(text: str) -> str:
    # What is wrong with a row, or the name of its file, may hold half characters.
    return text.encode("utf-8", "backslashreplace").decode()
