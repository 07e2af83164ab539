"""Which of a row's two answers was preferred, by a label: what is declared of it, and what a row says."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from ..errors import UserError
from ..files.cells import Bad, Cell, label_of, look_up_or_none
from ..scripting.declared import check_fields, checked_call
from .columns import Column
from .items import Each
from .label_hints import label_hint
from .labels import UNDECLARED, Label, SeenLabel, declared_labels
from .readings import (
    NO_SIDE,
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
class Verdict:
    """Which of a row's two answers was preferred.

    Labels mean nothing by themselves (0 is the first answer in one file and a tie in the next), so with a column the
    values that name each side are written out: `Verdict("people", "winner", first=("model_a",), second=("model_b",),
    tie=("tie",))`. 1, 1.0 and "1" are one label. A value that is not declared stops the build with the values there
    are, and so does an answer that a value is declared for and that no row prefers: where that is right, leave it out
    (`second=()`).

    Attributes:
        rater: who judged: a person, a group, a model.
        column: the column of the verdict; several where each holds one person's, as in ("annotator1", "annotator2");
            None when the first answer is always the preferred one.
        first, second, tie: the values that name the first answer, the second, neither.
        swapped: column of a second verdict on the same pair, shown in the other order; two verdicts that do not name
            the same answer are a disagreement.
        swapped_names_position: True when that second verdict names the place shown (so the first place is the second
            answer), False when it names the answers as `column` does.
        names_models: True where the column holds the name of the model whose answer is the better one; `tie` and
            `unjudged` are declared as ever, `first` and `second` stay empty. Every answer then has a `model_column`.
            False where its values name the first answer and the second, though other columns hold them too, now one
            and now the other; that stops the build where nothing is said (None), as such values commonly name models
            whose answers change places.
        unjudged: values that say nothing of the two; they are counted (`not_judged`), as empty cells are.
        each: column that holds a list of verdicts, or `Items`; `column` and `annotator` are then columns of its items.
        annotator: column that names who of the rater's people judged. Only a pseudonym is kept, and
            published with `each`.
        rationale: column of why, in the words of who judged; published beside the pair.
        join: how several verdicts on one pair are one: `unanimous` (all must say the same), `majority` (more than half
            must, ties counted as votes; one person's verdicts are one vote), `each` (every one is a pair of its own).

    """

    rater: str
    column: Column | tuple[Column, ...] | None = None
    first: tuple[Label, ...] = ()
    second: tuple[Label, ...] = ()
    tie: tuple[Label, ...] = ()
    swapped: Column | None = None
    swapped_names_position: bool = False
    unjudged: tuple[Label, ...] = ()
    each: Each | None = None
    annotator: Column | None = None
    join: Join = "unanimous"
    names_models: bool | None = None
    rationale: Column | None = None
    of_several: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_fields(self)
        names = [*self.first, *self.second, *self.tie, *self.unjudged]
        if not self.columns and (names or self.swapped):
            raise UserError(
                f"verdict '{self.rater}' has labels or a second verdict but no column; name the column of the verdict"
            )
        if self.swapped_names_position and not self.swapped:
            raise UserError(f"verdict '{self.rater}': swapped_names_position speaks of a second verdict; name swapped")
        if self.swapped and len(self.columns) > 1:
            raise UserError(
                f"verdict '{self.rater}': swapped is a second verdict beside one column, and there are several; write "
                "a source for each"
            )
        if self.names_models and (self.first or self.second or self.swapped_names_position or not self.columns):
            raise UserError(
                f"verdict '{self.rater}': names_models says that the column holds names of models; name the column, "
                "and leave first, second and swapped_names_position out"
            )
        check_who_judged(self)
        declared_labels(names, f"verdict '{self.rater}'")

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of verdicts, each somebody's; none where the first answer is always the preferred one."""
        return columns_of(self.column)

    @property
    def undeclared(self) -> bool:
        """Whether there is a column, and no value of it that names an answer."""
        return bool(self.columns) and not (self.first or self.second or self.names_models)

    @property
    def expected(self) -> dict[str, str]:
        """The sides that some row must name -> the field that declares them."""
        return expected_sides(self.first, self.second)

    @property
    def may_name_models(self) -> bool:
        """Whether nothing says that its labels are no names of models."""
        return bool(self.columns) and self.names_models is None

    @cached_property
    def labels_of_answers(self) -> frozenset[str]:
        """The labels that are declared to name the first answer, or the second."""
        return frozenset(label for label, side in self.sides.items() if side in ("a", "b"))

    def to_declare(self, unknown: Iterable[str]) -> str:
        """What to write for labels that nothing declares.

        Args:
            unknown: the labels.

        Returns:
            a clause.
        """
        if self.names_models:
            return (
                "names_models says that it holds the name of an answer's model, letter by letter as in its row: mend "
                "the names, or write what means a tie into tie, and what says nothing into unjudged"
            )
        hint = label_hint(unknown, self.sides)
        return f"{hint}write each into first, second or tie of Verdict(...), or into unjudged where it says nothing"

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

    def side(self, value: Cell) -> str | None:
        """Which answer a value names.

        Args:
            value: what the column of the verdict holds.

        Returns:
            `a`, `b` or `tie`; NO_SIDE for one that is declared to say nothing; None for a value that is not declared.

        Raises:
            Bad: the value is no label: a list, an object, half a character.
        """
        return self.sides.get(label_of(value))

    def read(self, row: Cell, column: Column | None, answers: int, models: tuple[str, ...] = ()) -> Reading:
        """What a row, or an item of a list in it, says of its two answers.

        Args:
            row: the row or item.
            column: one of `columns`; None where there is none.
            answers: how many answers the row has; a label can name one of two only.
            models: the names of the models that the answers are by.

        Returns:
            the preferred answer, or why there is none.
        """
        if column is None:
            return Reading(((0, 1, "a"),))
        labels: list[SeenLabel] = []
        sides: list[str] = []
        for place in (column, *((self.swapped,) if self.swapped else ())):
            try:
                value = look_up_or_none(row, place)
                side, label = self._side_of(value, models), label_of(value)
            except Bad as bad:
                return Reading(problem=(bad.reason, bad.detail), unreadable=True, labels=tuple(labels))
            if side is None and label:
                labels.append(SeenLabel(place, label, UNDECLARED))
                return undeclared_label(labels, [*self.sides, *(models if self.names_models else ())])
            if label or side:
                labels.append(SeenLabel(place, label, side or NO_SIDE))
            sides.append(side or NO_SIDE)
        return reading_of_sides(sides, labels, self.swapped_names_position)

    def _side_of(self, value: Cell, models: tuple[str, ...]) -> str | None:
        """As `side`; a name of a model is read, or kept from being read as the place of an answer.

        Raises:
            Bad: the value is no label, or it names the model of the answer that it is not declared for.
        """
        try:
            side, label = self.side(value), label_of(value)
        except Bad as bad:
            raise Bad(UNKNOWN, bad.detail or bad.reason) from None
        names = [label_of(model) for model in models]
        if not label or len(names) != 2 or label not in names:
            return side
        if self.names_models and side is None:
            if names[0] == names[1]:
                raise Bad("models_of_one_name", label[:40])
            return "a" if label == names[0] else "b"
        if side in ("a", "b") and label == names["ba".index(side)] != names["ab".index(side)]:
            raise Bad("label_names_the_other_model", f"{label[:40]!r} is the model of the other answer")
        return side
