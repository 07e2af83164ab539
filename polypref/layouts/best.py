"""Verdicts that name the best of a row's answers: by its place among them, by a label, or by its model."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal

from ..files.cells import Bad, Cell, label_of, look_up_or_none
from ..scripting.declared import check_fields, checked_call
from .columns import Column
from .items import Each
from .labels import UNDECLARED, Label, SeenLabel, declared_labels
from .readings import NO_SIDE, UNKNOWN, Join, Reading, check_who_judged


@checked_call
@dataclass(frozen=True)
class Best:
    """Which of a row's answers, two or more, is the best one: it is preferred to every other.

    A value that names no answer of its row (a place that is too high, a label that is not declared) stops the build
    with the values there are and the first row.

    Attributes:
        rater: who judged: a person, a group, a model.
        column: the column that names the best answer; several where each holds one person's.
        names: how it is named: `from_0` or `from_1` (its place among the answers as they are declared, or stand in
            their list, counted from 0 or from 1: nothing tells the two apart but you), `models` (its model's name), or
            the label of each answer in their order, as in ("A", "B", "C").
        unjudged: values that say that none is the best; they are counted (`not_judged`), as empty cells are.
        each: column that holds a list of such verdicts, of which `column` and `annotator` are then columns.
        annotator: column that names who of the rater's people judged. Only a pseudonym is kept.
        join: how several verdicts on one pair are one, as for `Verdict`.

    """

    rater: str
    column: Column | tuple[Column, ...]
    names: Literal["models", "from_0", "from_1"] | tuple[Label, ...]
    unjudged: tuple[Label, ...] = ()
    each: Each | None = None
    annotator: Column | None = None
    join: Join = "unanimous"
    of_several: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_fields(self)
        check_who_judged(self)
        labels = self.names if isinstance(self.names, tuple) else ()
        declared_labels((*labels, *self.unjudged), f"verdict '{self.rater}'")

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of verdicts, each somebody's."""
        return self.column if isinstance(self.column, tuple) else (self.column,)

    @property
    def expected(self) -> dict[str, str]:
        """No side: of many answers any may be the best."""
        return {}

    @cached_property
    def _unjudged(self) -> frozenset[str]:
        return frozenset(map(label_of, self.unjudged))

    def _names(self, answers: int, models: Sequence[str]) -> list[str]:
        if self.names == "models":
            return [label_of(model) for model in models]
        if isinstance(self.names, tuple):
            return [label_of(name) for name in self.names[:answers]]
        begin = 1 if self.names == "from_1" else 0
        return [str(number + begin) for number in range(answers)]

    def read(self, row: Cell, column: Column | None, answers: int, models: tuple[str, ...] = ()) -> Reading:
        """What a row, or an item of a list in it, says of its answers.

        Args:
            row: the row or item.
            column: one of `columns`.
            answers: how many answers the row has.
            models: their models' names, where these are what stands in the column.

        Returns:
            the best answer beside every other one, or why there is none.
        """
        place = column or self.columns[0]
        try:
            label = label_of(look_up_or_none(row, place))
        except Bad as bad:
            return Reading(problem=(UNKNOWN, bad.detail or bad.reason), unreadable=True)
        if not label:
            return Reading(problem=("not_judged", ""))
        if label in self._unjudged:
            return Reading(problem=("not_judged", ""), labels=(SeenLabel(place, label, NO_SIDE),))
        known = self._names(answers, models)
        if known.count(label) > 1:
            return Reading(problem=("two_answers_of_one_name", f"{label[:40]!r}"), unreadable=True)
        if label not in known:
            shown = f"{label[:40]!r} of {answers} answers"
            problem = UNKNOWN, f"{shown} (known: {', '.join(known)[:80]})"
            return Reading(problem=problem, unreadable=True, labels=(SeenLabel(place, label, UNDECLARED),))
        best = known.index(label)
        preferred = tuple((best, other, "a") for other in range(answers) if other != best)
        return Reading(preferred, (SeenLabel(place, label, NO_SIDE),))
