"""Verdicts in words: a mark, a label or two scores in a text, commonly a judge's reply."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from ..errors import UserError
from ..files.cells import Bad, Cell, is_missing, label_of, look_up_or_none
from ..scripting.bounds import AtLeastZero
from ..scripting.declared import check_fields, checked_call
from .columns import Column
from .items import Each
from .labels import UNDECLARED, Label, SeenLabel, declared_labels
from .outcomes import Unread, mark_in, scores_in, side_in
from .readings import (
    NOT_JUDGED,
    UNKNOWN,
    Join,
    Reading,
    check_who_judged,
    columns_of,
    expected_sides,
    reading_of_sides,
    sides_of_labels,
    undeclared_label,
)


@checked_call
@dataclass(frozen=True)
class Marks:
    """Which of a row's two answers was preferred, as a text says it: a judge's reply, or somebody's remark.

    Without a pattern these are the marks [[A]], [[B]] and [[C]] (or TIE) of the first answer, the second, neither, and
    the other forms that judges are asked for here; all that the text holds must agree. With a pattern and labels, its
    last match in the text has the label in group 1. With a pattern alone, groups 1 and 2 of its first match are the
    scores of the first answer and the second; the higher is the better.

    A text that says nothing so is counted (`no_mark`, `no_scores`, `judge_two_verdicts`); a label that is not declared
    stops the build.

    Attributes:
        rater: who judged: a model, a person, a group.
        column: the column of the text; several where each holds one judge's.
        pattern: regular expression that finds the label, or the two scores.
        first, second, tie: the labels that name the first answer, the second, neither.
        unjudged: labels that say nothing of the two.
        tie_within: scores that differ by no more are a tie.
        swapped: column of a second text on the same pair, shown in the other order; two that do not name the same
            answer are a disagreement.
        swapped_names_position: True when that text names the places shown (so its first place is the second answer),
            as marks and scores do; False when its labels name the answers as those of `column`.
        each: column that holds a list of texts, of which `column` and `annotator` are then columns.
        annotator: column that names which of the rater's judges it was. Only a pseudonym is kept, and
            published with `each`.
        rationale: column of why, in the words of who judged; published beside the pair.
        join: how several verdicts on one pair are one, as for `Verdict`.

    """

    rater: str
    column: Column | tuple[Column, ...]
    pattern: str = ""
    first: tuple[Label, ...] = ()
    second: tuple[Label, ...] = ()
    tie: tuple[Label, ...] = ()
    unjudged: tuple[Label, ...] = ()
    tie_within: AtLeastZero = 0
    swapped: Column | None = None
    swapped_names_position: bool = True
    each: Each | None = None
    annotator: Column | None = None
    join: Join = "unanimous"
    rationale: Column | None = None
    of_several: ClassVar[bool] = False
    may_name_models: ClassVar[bool] = False
    labels_of_answers: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        check_fields(self)
        check_who_judged(self)
        what = f"verdict '{self.rater}'"
        names = [*self.first, *self.second, *self.tie, *self.unjudged]
        declared_labels(names, what)
        try:
            groups = re.compile(self.pattern).groups
        except re.error as error:
            raise UserError(f"{what}: pattern is no regular expression: {error}") from None
        if names and not self.pattern:
            raise UserError(f"{what} has labels and no pattern that finds them in the text; write one with a group")
        if names and not (self.first or self.second):
            raise UserError(f"{what}: no label names an answer; write them into first and second")
        if self.pattern and groups < (1 if names else 2):
            raise UserError(
                f"{what}: pattern {self.pattern[:60]!r} has {groups} groups; put the label in brackets and say which "
                "labels name the first answer and the second, or put two scores in brackets"
            )
        if self.tie_within and (names or not self.pattern):
            raise UserError(f"{what}: tie_within speaks of two scores, which a pattern of two groups finds")
        if self.swapped and len(self.columns) > 1:
            raise UserError(
                f"{what}: swapped is a second text beside one column, and there are several; write a source for each"
            )

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of texts, each one judge's."""
        return columns_of(self.column)

    @property
    def expected(self) -> dict[str, str]:
        """The sides that some row must name -> the field that declares them; none of marks whose meaning is known."""
        return expected_sides(self.first, self.second)

    def to_declare(self, unknown: Iterable[str]) -> str:
        """What to write for labels that nothing declares.

        Args:
            unknown: the labels.

        Returns:
            a clause.
        """
        return (
            "write each label into first, second or tie of layouts.Marks(...), or into unjudged where it says nothing"
        )

    def to_declare_never(self, field: str) -> str:
        """What to write where no row prefers an answer.

        Args:
            field: that declares the answer.

        Returns:
            the declaration.
        """
        return f"{field}=()"

    @cached_property
    def sides(self) -> dict[str, str]:
        """What each declared label means: `a`, `b`, `tie` or NO_SIDE."""
        return sides_of_labels(self.first, self.second, self.tie, self.unjudged)

    def read(self, row: Cell, column: Column | None, answers: int, models: tuple[str, ...] = ()) -> Reading:
        """What a row, or an item of a list in it, says of its two answers.

        Args:
            row: the row or item.
            column: one of `columns`.
            answers: how many answers the row has; a mark can name one of two only.
            models: not asked for.

        Returns:
            the preferred answer, or why there is none.
        """
        labels: list[SeenLabel] = []
        sides: list[str] = []
        for place in (column or self.columns[0], *((self.swapped,) if self.swapped else ())):
            try:
                value = look_up_or_none(row, place)
                text = "" if is_missing(value) else label_of(value)
            except Bad as bad:
                return Reading(problem=(UNKNOWN, bad.detail or bad.reason), unreadable=True, labels=tuple(labels))
            if not text:
                return Reading(problem=NOT_JUDGED, labels=tuple(labels))
            try:
                side = self._side(text, place, labels)
            except Unread as unread:
                return Reading(problem=(unread.reason, ""), labels=tuple(labels))
            if side is None:
                return undeclared_label(labels, list(self.sides))
            sides.append(side)
        return reading_of_sides(sides, labels, self.swapped_names_position)

    def _side(self, text: str, place: str, labels: list[SeenLabel]) -> str | None:
        """What a text says; None for a label that is not declared.

        Raises:
            Unread: it says nothing in this form.
        """
        if not self.pattern:
            return side_in(text)
        if not self.sides:
            one, two = scores_in(text, self.pattern)
            return "tie" if abs(one - two) <= self.tie_within else "a" if one > two else "b"
        label = label_of(mark_in(text, self.pattern))
        side = self.sides.get(label)
        labels.append(SeenLabel(place, label, side or UNDECLARED))
        return side
