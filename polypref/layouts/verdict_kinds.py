"""Verdicts that are no labels: a number on a scale, one of several columns that is 1, a ranking."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import ClassVar, Literal

from ..errors import UserError
from ..files.cells import Bad, Cell, DecimalMark, is_missing, label_of, look_up_or_none, number_advice, number_in
from ..scripting.bounds import AtLeastZero
from ..scripting.declared import check_fields, checked_call
from .columns import Column
from .items import Each
from .labels import UNDECLARED, Label, SeenLabel, declared_labels
from .rankings import NO_RANKING, ranking_in
from .readings import (
    MOST_COMPARED,
    NO_SIDE,
    NOT_JUDGED,
    TOO_MANY,
    UNKNOWN,
    Join,
    Reading,
    check_who_judged,
    columns_of,
    expected_sides,
)

#: What a column of `OneHot` may hold, and whether it names its side; an empty one does not.
_FLAGS = {"1": True, "true": True, "0": False, "false": False, "": False}


@checked_call
@dataclass(frozen=True)
class Scale:
    """Which of a row's two answers was preferred, as a number between two ends, as in -3 to 3 or 1 to 2.

    The middle is a tie. A number outside of the scale, a word, or an end towards which no row goes stops the build with
    the values there are.

    Attributes:
        rater: who judged: a person, a group, a model.
        column: the column of the number; several where each holds one person's.
        first: the end at which the first answer is the better one.
        second: the end at which the second is.
        tie_within: numbers that are no farther from the middle are ties too.
        draws: numbers that mean a tie wherever they lie, outside of the scale as well.
        never: the answer that no row prefers, where that is right.
        decimal: what stands before the decimals of a number that is a text, as for `Answer`.
        each: column that holds a list of verdicts, or `Items`; `column` and `annotator` are then columns of its items.
        annotator: column that names who of the rater's people judged. Only a pseudonym is kept, and
            published with `each`.
        rationale: column of why, in the words of who judged; published beside the pair.
        join: how several verdicts on one pair are one, as for `Verdict`.

    """

    rater: str
    column: Column | tuple[Column, ...]
    first: float = -3
    second: float = 3
    tie_within: AtLeastZero = 0
    draws: tuple[float, ...] = ()
    never: Literal["first", "second"] | None = None
    each: Each | None = None
    annotator: Column | None = None
    join: Join = "unanimous"
    decimal: DecimalMark = "."
    rationale: Column | None = None
    of_several: ClassVar[bool] = False
    may_name_models: ClassVar[bool] = False
    labels_of_answers: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        check_fields(self)
        check_who_judged(self)
        if self.first == self.second:
            raise UserError(f"verdict '{self.rater}': both ends of its scale are {self.first:g}; give two")
        if 2 * self.tie_within >= abs(self.second - self.first):
            raise UserError(
                f"verdict '{self.rater}': with tie_within={self.tie_within:g} every number from {self.first:g} to "
                f"{self.second:g} is a tie; give less than half of that"
            )

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of verdicts, each somebody's."""
        return columns_of(self.column)

    @property
    def expected(self) -> dict[str, str]:
        """The sides that some row must name -> the field that declares them."""
        return expected_sides(self.never != "first", self.never != "second")

    def to_declare(self, unknown: Iterable[str]) -> str:
        """What to write for labels that nothing declares.

        Args:
            unknown: the labels.

        Returns:
            a clause.
        """
        if written := next(filter(None, map(number_advice, unknown)), ""):
            return f"{written} in layouts.Scale(...)" if written.endswith("decimal=','") else written
        return (
            "give layouts.Scale(...) the ends at which the first and the second answer are the better ones, and put "
            "values that mean a tie into draws"
        )

    def to_declare_never(self, field: str) -> str:
        """What to write where no row prefers an answer.

        Args:
            field: that declares the answer.

        Returns:
            the declaration.
        """
        return f"never='{field}'"

    def side(self, number: float) -> str | None:
        """Which answer a number names.

        Args:
            number: finite.

        Returns:
            `a`, `b` or `tie`; None for one outside of the scale.
        """
        if number in self.draws:
            return "tie"
        if not min(self.first, self.second) <= number <= max(self.first, self.second):
            return None
        # The band gives way by 1e-9 of itself, so that 0.8 lies as far from 0.5 as 0.2 does, and the middle by 1e-12 of
        # the scale, as that from 0.9 to -1.9 is no -0.5 to a computer.
        from_middle = number - (self.first + self.second) / 2
        if abs(from_middle) <= self.tie_within * (1 + 1e-9) + abs(self.second - self.first) * 1e-12:
            return "tie"
        return "a" if (from_middle > 0) == (self.first > self.second) else "b"

    def read(self, row: Cell, column: Column | None, answers: int, models: tuple[str, ...] = ()) -> Reading:
        """What a row, or an item of a list in it, says of its two answers.

        Args:
            row: the row or item.
            column: one of `columns`.
            answers: how many answers the row has; a number can name one of two only.
            models: not asked for.

        Returns:
            the preferred answer, or why there is none.
        """
        place = column or self.columns[0]
        try:
            value = look_up_or_none(row, place)
            label = label_of(value)
        except Bad as bad:
            return Reading(problem=(UNKNOWN, bad.detail or bad.reason), unreadable=True)
        if is_missing(value) or not label:
            return Reading(problem=NOT_JUDGED)
        try:
            number = number_in(value, self.decimal)
            side = None if isinstance(value, bool) or not math.isfinite(number) else self.side(number)
        except (ValueError, OverflowError):
            side = None
        labels = (SeenLabel(place, label, side or UNDECLARED),)
        if side is None:
            problem = UNKNOWN, f"{label[:40]!r} (known: {self.first:g} to {self.second:g})"
            return Reading(problem=problem, unreadable=True, labels=labels)
        return Reading(((0, 1, side),), labels)


@checked_call
@dataclass(frozen=True)
class OneHot:
    """Which of a row's two answers was preferred, by which of several columns is 1 (or true) and not 0 (or false).

    Another value stops the build, and so does a column that is 1 in no row.

    Attributes:
        rater: who judged: a person, a group, a model.
        first: the column that is 1 where the first answer is the better one.
        second: the same of the second answer; None where no row prefers it, and there is no such column.
        tie: the same of a tie; None where there is no such column.
        each: column that holds a list of verdicts, of which the others are then columns.
        annotator: column that names who of the rater's people judged. Only a pseudonym is kept, and
            published with `each`.
        rationale: column of why, in the words of who judged; published beside the pair.
        join: how several verdicts on one pair are one, as for `Verdict`.

    """

    rater: str
    first: Column | None
    second: Column | None
    tie: Column | None = None
    each: Each | None = None
    annotator: Column | None = None
    join: Join = "unanimous"
    rationale: Column | None = None
    of_several: ClassVar[bool] = False
    may_name_models: ClassVar[bool] = False
    labels_of_answers: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        check_fields(self)
        named = [column for column in (self.first, self.second, self.tie) if column]
        if len(named) < 2 or len(set(named)) < len(named):
            raise UserError(f"verdict '{self.rater}': it is 1 in one of {named}; name two columns or three")

    @property
    def columns(self) -> tuple[Column, ...]:
        """Nobody has a column alone: all are one person's."""
        return ()

    @property
    def expected(self) -> dict[str, str]:
        """The sides that some row must name -> the field that declares them."""
        return expected_sides(self.first, self.second)

    def to_declare(self, unknown: Iterable[str]) -> str:
        """What to write for labels that nothing declares.

        Args:
            unknown: the labels.

        Returns:
            a clause.
        """
        return "name columns in layouts.OneHot(...) that hold 1 or 0, true or false"

    def to_declare_never(self, field: str) -> str:
        """What to write where no row prefers an answer.

        Args:
            field: that declares the answer.

        Returns:
            the declaration.
        """
        return f"{field}=None"

    def read(self, row: Cell, column: Column | None, answers: int, models: tuple[str, ...] = ()) -> Reading:
        """What a row, or an item of a list in it, says of its two answers.

        Args:
            row: the row or item.
            column: not asked for.
            answers: how many answers the row has; one of two is named.
            models: not asked for.

        Returns:
            the preferred answer, or why there is none.
        """
        labels: list[SeenLabel] = []
        named: list[str] = []
        empty = 0
        places = [(side, place) for side, place in (("a", self.first), ("b", self.second), ("tie", self.tie)) if place]
        for side, place in places:
            try:
                label = label_of(look_up_or_none(row, place))
            except Bad as bad:
                return Reading(problem=(UNKNOWN, bad.detail or bad.reason), unreadable=True, labels=tuple(labels))
            flag = _FLAGS.get(label.casefold())
            empty += not label
            if flag is None:
                labels.append(SeenLabel(place, label, UNDECLARED))
                problem = UNKNOWN, f"{place}: {label[:40]!r} (known: 1, 0, true, false)"
                return Reading(problem=problem, unreadable=True, labels=tuple(labels))
            if label:
                labels.append(SeenLabel(place, label, side if flag else NO_SIDE))
            named += [side] * flag
        if len(named) == 1:
            return Reading(((0, 1, named[0]),), tuple(labels))
        if empty == len(places):
            return Reading(problem=NOT_JUDGED)
        reason = "several_winners" if named else "no_winner"
        return Reading(problem=(reason, " ".join(named)), unreadable=True, labels=tuple(labels))


@checked_call
@dataclass(frozen=True)
class Ranking:
    """Which of a row's answers, two or more, were preferred to which, as a list of them with the best first.

    Lists within the list hold equals. A text of such a list (JSON, Python's, `B > A = C`) is read too. Every answer is
    preferred to every one behind it, equals are ties, and an answer that is not in the list is not compared, unless
    the list is of the best only. What names no answer stops the build.

    Attributes:
        rater: who judged: a person, a group, a model.
        column: the column of the ranking; several where each holds one person's.
        names: what stands in the list: `models` (their names, or what `name_column` of each answer calls it), `from_0`
            or `from_1` (places of the answers as they are declared, or stand in their list), or the label of each
            answer in their order, as in ("A", "B", "C").
        each: column that holds a list of rankings, of which `column` and `annotator` are then columns.
        annotator: column that names who of the rater's people judged. Only a pseudonym is kept, and
            published with `each`.
        rationale: column of why, in the words of who judged; published beside the pair.
        join: how several verdicts on one pair are one, as for `Verdict`.
        unjudged: values that stand in the list's place and say that none is better; they are counted (`not_judged`), as
            empty cells are.
        best_only: the list, or the one name that stands in its place, is of the best: each answer that is not in it is
            worse than those that are, and nothing is said of it and others of its kind.

    """

    rater: str
    column: Column | tuple[Column, ...]
    names: Literal["models", "from_0", "from_1"] | tuple[Label, ...] = "models"
    each: Each | None = None
    annotator: Column | None = None
    join: Join = "unanimous"
    best_only: bool = False
    unjudged: tuple[Label, ...] = ()
    rationale: Column | None = None
    of_several: ClassVar[bool] = True
    may_name_models: ClassVar[bool] = False
    labels_of_answers: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        check_fields(self)
        check_who_judged(self)
        labels = self.names if isinstance(self.names, tuple) else ()
        declared_labels((*labels, *self.unjudged), f"verdict '{self.rater}'")

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of rankings, each somebody's."""
        return columns_of(self.column)

    @property
    def expected(self) -> dict[str, str]:
        """No side: of many answers any may be the best."""
        return {}

    def to_declare(self, unknown: Iterable[str]) -> str:
        """What to write for labels that nothing declares.

        Args:
            unknown: the labels.

        Returns:
            a clause.
        """
        return (
            "say what stands in the list, as in layouts.Ranking(..., names=('A', 'B')), 'models', 'from_0' or 'from_1' "
            "(whether the first is 0 or 1), or write it into unjudged where it says that none is the best"
        )

    def to_declare_never(self, field: str) -> str:
        """What to write where no row prefers an answer.

        Args:
            field: that declares the answer.

        Returns:
            the declaration.
        """
        return f"{field}=None"

    @cached_property
    def _labels(self) -> tuple[str, ...]:
        return tuple(map(label_of, self.names)) if isinstance(self.names, tuple) else ()

    @cached_property
    def _unjudged(self) -> frozenset[str]:
        return frozenset(map(label_of, self.unjudged))

    def _names(self, answers: int, models: Sequence[str]) -> list[str]:
        if self.names == "models":
            return [label_of(model) for model in models]
        if isinstance(self.names, tuple):
            return list(self._labels[:answers])
        begin = 1 if self.names == "from_1" else 0
        return [str(number + begin) for number in range(answers)]

    def _places(self, value: Cell, known: Sequence[str]) -> Sequence[Sequence[Cell]]:
        """What stands at each place of a ranking; of the best only one name may stand in the list's place.

        Raises:
            Bad: it is no ranking.
        """
        if not self.best_only or isinstance(value, list | tuple):
            return ranking_in(value)
        if label_of(value) in known:
            return [[value]]
        try:
            return ranking_in(value)
        except Bad:
            return [[value]]

    def read(self, row: Cell, column: Column | None, answers: int, models: tuple[str, ...] = ()) -> Reading:
        """What a row, or an item of a list in it, says of its answers.

        Args:
            row: the row or item.
            column: one of `columns`.
            answers: how many answers the row has.
            models: their models' names, for a ranking of models.

        Returns:
            every two answers that are in the list, or why there are none.
        """
        if answers > MOST_COMPARED:
            return Reading(problem=(TOO_MANY, f"{answers:,}, at most {MOST_COMPARED:,}"), unreadable=True)
        place, known = column or self.columns[0], self._names(answers, models)
        try:
            value = look_up_or_none(row, place)
            if is_missing(value) or value == "":
                return Reading(problem=NOT_JUDGED)
            if not isinstance(value, list | tuple) and label_of(value) in self._unjudged:
                return Reading(problem=NOT_JUDGED, labels=(SeenLabel(place, label_of(value), NO_SIDE),))
            ranked = [[label_of(name) for name in equals] for equals in self._places(value, known)]
        except Bad as bad:
            reason = bad.reason if bad.reason == NO_RANKING else UNKNOWN
            return Reading(problem=(reason, bad.detail), unreadable=True)
        entries = [(name, at) for at, equals in enumerate(ranked) for name in equals]
        labels = tuple(SeenLabel(place, name, NO_SIDE if name in known else UNDECLARED) for name, _ in entries)
        for name, _ in entries:
            if known.count(name) != 1:
                reason = "two_answers_of_one_name" if name in known else UNKNOWN
                shown = f"{name[:40]!r} of {answers} answers (known: {', '.join(known)[:80]})"
                return Reading(problem=(reason, shown), unreadable=True, labels=labels)
        places: dict[int, int] = {}
        for name, at in entries:
            if known.index(name) in places:
                return Reading(problem=("ranked_twice", f"{name[:40]!r}"), unreadable=True, labels=labels)
            places[known.index(name)] = at
        behind = len(ranked)
        if self.best_only:
            places |= {place: behind for place in range(len(known)) if place not in places}
        preferred = tuple(
            (one, other, "a" if places[one] < places[other] else "tie" if places[one] == places[other] else "b")
            for one, other in combinations(sorted(places), 2)
            if min(places[one], places[other]) < behind
        )
        return Reading(preferred, labels, None if preferred else NOT_JUDGED)
