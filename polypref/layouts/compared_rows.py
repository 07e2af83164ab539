"""Rows of two answers or more, for evaluations: read as a build reads them, and checked as a whole."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from ..errors import UserError
from ..files.cells import Bad, Row, is_missing, look_up_or_none
from ..files.readers import Line
from ..languages.suggestions import option_for
from ..text.cleaning import is_label
from .absent_columns import columns_there, declared_columns, has_column
from .fields import Answer, Fields
from .label_counts import LabelCounts, LeftOut, check_labels, count_labels
from .model_names import Sightings, count_sightings
from .named import NamedLayout
from .preferences import Preference, preferences
from .readings import Join
from .rows import NO_LANGUAGE, UNKNOWN_LANGUAGE, interpret_row, unused_line
from .score_checks import check_scores
from .sources import Files
from .strict_rows import refuse_bad
from .tables import Item, NotAsked, UnusedMessage
from .trees import NO_ANSWER, rows_of_trees
from .where import held_in_words, several, shown_label

#: The tag of a row whose language nothing says; it is read as if it were in the other, which changes nothing of it.
UNKNOWN_TAG, _READ_AS = "und", "en"
#: Reasons that a sentence lists, and rows in which it looks for the columns there are.
_LISTED, _SOME_ROWS = 5, 20
#: Problems of a row in which nothing is there that cannot be read.
_SILENT = ("not_judged", "not_rated")


class Fault(NamedTuple):
    """What cannot be read of a row.

    Attributes:
        where: its place.
        reason, detail: why, and what was seen.
        language: of the row; empty where that is what cannot be read.
    """

    where: str
    reason: str
    detail: str
    language: str


class ComparedRows:
    """Reads rows of a layout, and holds what was seen of them.

    Attributes:
        fields: what is read of a row: what is declared, but for what no comparison needs.
        by_verdicts: whether verdicts say which answer is better; scores do otherwise.
        rows: how many rows were read.
        left_out: (language, reason) of rows that are read and not wanted.
        faults: what could not be read, a row each.
    """

    def __init__(self, layout: NamedLayout, language: str = "", scores: bool = True) -> None:
        """Begins to read.

        Args:
            layout: what the columns hold.
            language: tag of every row whose language no column says; the layout's own where empty.
            scores: whether the answers' scores are read too where verdicts decide.

        Raises:
            UserError: the layout says nothing of which answer is better.
        """
        sided = any(part.side for part in layout.fields.answers)
        if not layout.fields.verdict and not sided and not any(part.score for part in layout.fields.answers):
            raise UserError(
                f"layout {layout.name} names no verdict, sides or scores, so nothing says which answer is better; "
                "declare one of them in its [fields]"
            )
        self.by_verdicts = decided_by_verdicts(layout)
        self.layout, self.fields = layout, compared_fields(layout.fields, scores or not self.by_verdicts)
        self.rows = 0
        self.left_out = Counter[tuple[str, str]]()
        self.faults: list[Fault] = []
        self._language = language or layout.language or ""
        self._labels, self._sightings = LabelCounts(), Sightings()
        self._some_rows: list[Row] = []
        self._unseen = declared_columns(self.fields)
        self._not_wanted: dict[str, Counter[str]] = {}

    @property
    def join(self) -> Join:
        """How several verdicts on the same two answers are one."""
        return next(iter(self.fields.joins.values()), "unanimous")

    def read(self, lines: Iterable[Line], language: str = "") -> Iterator[tuple[Line, Item]]:
        """What rows become; those that cannot be read are kept in `faults`.

        Args:
            lines: the rows; of trees, before they are taken apart.
            language: of these rows, where their file's name says it.

        Yields:
            each row and what it becomes; the language is `und` where nothing says it.

        Raises:
            UserError: a line that is no row.
        """
        for line in rows_of_trees(lines, self.layout.tree):
            if isinstance(line.row, Bad):
                self._leave_out(line.where, line.row, language)
                continue
            self.rows += 1
            self._watch(line.row)
            try:
                item = self.item(line.row, self.fields, language)
            except Bad as bad:
                self.faults.append(Fault(line.where, bad.reason, bad.detail, bad.language))
                continue
            except NotAsked as other:
                self.left_out[other.language, other.reason] += 1
                self._count_not_wanted(line.row, other.reason.removeprefix("where_"))
                continue
            count_labels(self._labels, item.labels)
            count_sightings(self._sightings, item.sightings)
            if item.unreadable:
                reason, detail = next((one for one in item.problems if one[0] not in _SILENT), item.problems[0])
                self.faults.append(Fault(line.where, reason, detail, item.prompt["language"]))
            yield line, item

    def _leave_out(self, where: str, bad: Bad, language: str) -> None:
        """Counts a tree without an answer, or a message that says that it is not wanted.

        Raises:
            UserError: it is none of these.
        """
        source, named = self._source(bad.message if isinstance(bad, UnusedMessage) else {}, self.fields, language)
        why = unused_line(bad, source)
        if isinstance(why, NotAsked) or why.reason == NO_ANSWER:
            self.left_out[why.language if named else UNKNOWN_TAG, why.reason] += 1
        else:
            refuse_bad(where, bad)

    def item(self, row: Row, fields: Fields, language: str = "") -> Item:
        """What one row becomes, read by some fields.

        Args:
            row: as read.
            fields: what its columns hold.
            language: as for `read`.

        Returns:
            the item.

        Raises:
            Bad: the row cannot be used.
            NotAsked: `where` leaves it out.
        """
        source, named = self._source(row, fields, language)
        try:
            item = interpret_row(row, source, None)
        except Bad as bad:
            bad.language = bad.language if named else UNKNOWN_TAG
            raise
        if not named:
            item.prompt["language"] = UNKNOWN_TAG
        return item

    def _source(self, row: Row, fields: Fields, language: str) -> tuple[Files, bool]:
        """What a row is read as a row of, and whether anything names its language."""
        known = language or self._language
        named = bool(known or fields.language) or not is_missing(look_up_or_none(row, "language"))
        source = self.layout.files("rows.jsonl", "rows", "unknown", "unknown", known or (None if named else _READ_AS))
        return replace(source, fields=fields), named

    def _watch(self, row: Row) -> None:
        if self._unseen and len(self._some_rows) < _SOME_ROWS:
            self._some_rows.append(row)
        self._unseen = [one for one in self._unseen if has_column(row, one) is False]

    def _count_not_wanted(self, row: Row, column: str) -> None:
        if column in self.layout.where:
            held = self._not_wanted.setdefault(column, Counter())
            held[shown_label(look_up_or_none(row, column))] += 1

    def check(self, called: str) -> None:
        """Sees that the rows are those that the layout is for: its columns are there, and their labels are declared.

        Args:
            called: what messages call what was read, as in `verdicts.jsonl`.

        Raises:
            UserError: there is no row, a column is in none, a label is not declared, or `where` leaves nothing.
        """
        if not self.rows:
            raise UserError(f"{called}: the file is empty; name one with judgements")
        not_wanted = sum(held.total() for held in self._not_wanted.values())
        if not_wanted == self.rows:
            held = "; ".join(
                held_in_words(column, there, several(self.layout.where[column]))
                for column, there in self._not_wanted.items()
            )
            raise UserError(f"{called}: no row has what `where` asks for: {held}: check the values that it allows")
        if self._unseen:
            one = self._unseen[0]
            raise UserError(
                f"{called}: column {one.column!r} ({one.called}) of layout {self.layout.name} is in none of the rows; "
                f"{columns_there(self._some_rows, one)}"
            )
        check_labels(called, self.layout.fields, self._labels, self._first_row, self._sightings)

    def _first_row(self, is_meant: LeftOut) -> str:
        """The place of the first row that is left out so; empty where there is none."""
        return next((one.where for one in self.faults if is_meant(one.reason, one.detail)), "")

    def refuse_faults(self, called: str) -> None:
        """Refuses rows that cannot be read: figures with a hole that nobody sees are worse than none.

        Args:
            called: what messages call what was read.

        Raises:
            UserError: there are some; how many, why, and where the first of each kind is.
        """
        if not self.faults:
            return
        firsts = {one.reason: one for one in reversed(self.faults)}
        counts = Counter(one.reason for one in self.faults)
        reasons = "; ".join(
            f"{reason.replace('_', ' ')} {number:,} ({firsts[reason].where}"
            f"{': ' + firsts[reason].detail[:80] if firsts[reason].detail else ''})"
            for reason, number in counts.most_common(_LISTED)
        )
        unknown = firsts.get(UNKNOWN_LANGUAGE)
        adding = f"; {option_for(unknown.detail)} adds a language" if unknown and unknown.detail != NO_LANGUAGE else ""
        raise UserError(
            f"{called}: {len(self.faults):,} of {self.rows:,} rows cannot be read by layout {self.layout.name}: "
            f"{reasons}{'; ...' * (len(counts) > _LISTED)}{adding}; mend or remove them, declare what they "
            "hold, or have them counted (--bad-rows left_out; bad_rows: left_out in a config)"
        )

    def preferences(self, items: Sequence[Item], called: str) -> list[Preference]:
        """What items say of every two answers that they compare.

        Args:
            items: what rows became.
            called: what messages call what was read.

        Returns:
            as `preferences.preferences`.

        Raises:
            UserError: scores that cannot be compared as they are declared, or too many to compare every two of them.
        """
        if not self.by_verdicts:
            check_scores(called, self.fields, items)
        return preferences(items, self.by_verdicts, self.join)


def decided_by_verdicts(layout: NamedLayout) -> bool:
    """Whether verdicts say which answer is better, or columns of chosen and rejected ones; scores do otherwise.

    Args:
        layout: what the columns hold.

    Returns:
        false where the layout compares scores.
    """
    sided = any(part.side for part in layout.fields.answers)
    return (layout.fields.verdict is not None or sided) and layout.rule == "given"


def compared_fields(fields: Fields, scores: bool = True) -> Fields:
    """The fields of a layout without what no comparison needs; an answer whose model nothing names goes by its column.

    Args:
        fields: as declared.
        scores: whether scores are read.

    Returns:
        the fields.
    """
    answers = tuple(
        _compared(part, number, fields.each is not None, scores) for number, part in enumerate(fields.answers, 1)
    )
    fields = replace(fields, reference=None, labels=None, translator=None, source_text=None, source_language=None)
    return replace(fields, answers=answers)


def _compared(part: Answer, number: int, listed: bool, scores: bool) -> Answer:
    part = replace(part, licence_column=None, finish_reason=None, source_text=None, edited=None)
    if not scores:
        part = replace(part, score=None, score_labels={}, lower_is_better=None)
    if part.model or part.model_column or listed:
        return part
    return replace(part, model=part.text if is_label(part.text) else f"answer {number}")
