"""Which of a row's answers was preferred: what is declared of it, and what a row says."""

from dataclasses import dataclass

from ..errors import UserError
from ..files.cells import Bad, Cell, Row, label_of, look_up
from ..scripting.declared import check_fields, checked_call
from .columns import Column
from .labels import Label, declared_labels
from .tables import VerdictRow


@checked_call
@dataclass(frozen=True)
class Verdict:
    """Which of a row's two answers was preferred.

    Labels mean nothing by themselves (0 is the first answer in one file and a tie in the next), so with a column the
    values that name each side are written out: `Verdict("people", "winner", first=("model_a",), second=("model_b",),
    tie=("tie",))`. 1, 1.0 and "1" are one label.

    Attributes:
        rater: who judged: a person, a group, a model.
        column: the column of the verdict; None when the first answer is always the preferred one.
        first, second, tie: the values that name the first answer, the second, neither. A value that none of them holds
            is a bad row (`unknown_verdict`).
        swapped: column of a second verdict on the same pair, shown in the other order; two verdicts that do not name
            the same answer are a disagreement.
        swapped_names_position: True when that second verdict names the place shown (so the first place is the second
            answer), False when it names the answers as `column` does.

    """

    rater: str
    column: Column | None = None
    first: tuple[Label, ...] = ()
    second: tuple[Label, ...] = ()
    tie: tuple[Label, ...] = ()
    swapped: Column | None = None
    swapped_names_position: bool = False

    def __post_init__(self) -> None:
        check_fields(self)
        names = [*self.first, *self.second, *self.tie]
        if self.column is None and (names or self.swapped):
            raise UserError(
                f"verdict '{self.rater}' has labels or a second verdict but no column; name the column of the verdict"
            )
        if self.swapped_names_position and not self.swapped:
            raise UserError(f"verdict '{self.rater}': swapped_names_position speaks of a second verdict; name swapped")
        declared_labels(names, f"verdict '{self.rater}'")

    @property
    def undeclared(self) -> bool:
        """Whether there is a column, and no value of it that names an answer."""
        return self.column is not None and not (self.first or self.second)

    def side(self, value: Cell) -> str | None:
        """Which answer a value names.

        Args:
            value: what the column of the verdict holds.

        Returns:
            `a`, `b` or `tie`; None for a value that nothing is said of.

        Raises:
            Bad: the value is no label: a list, an object, half a character.
        """
        label = label_of(value)
        for side, names in (("a", self.first), ("b", self.second), ("tie", self.tie)):
            if label in map(label_of, names):
                return side
        return None


def verdict_row(row: Row, verdict: Verdict, prompt: str, one: str, other: str) -> VerdictRow:
    """The verdict of a row on its two answers.

    Args:
        row: the row as read.
        verdict: what is declared of it.
        prompt: the prompt's id.
        one, other: the ids of the first answer and of the second.

    Returns:
        a row of schema.VERDICTS.

    Raises:
        Bad: `unknown_verdict`, or a column of it is missing.
    """
    preferred = _side(row, verdict, verdict.column)
    if verdict.swapped:
        again = _side(row, verdict, verdict.swapped)
        if verdict.swapped_names_position:
            again = {"a": "b", "b": "a"}.get(again, again)
        preferred = preferred if again == preferred else "disagreement"
    return {
        "prompt_id": prompt,
        "completion_a": one,
        "completion_b": other,
        "preferred": preferred,
        "rater": verdict.rater,
        "occasion": None,
        "annotator": None,
    }


def _side(row: Row, verdict: Verdict, column: str | None) -> str:
    if column is None:
        return "a"
    value = look_up(row, column)
    side = verdict.side(value)
    if side is None:
        known = ", ".join(repr(label_of(one)) for one in (*verdict.first, *verdict.second, *verdict.tie))
        raise Bad("unknown_verdict", f"{label_of(value)[:40]!r} (known: {known[:80]})")
    return side
