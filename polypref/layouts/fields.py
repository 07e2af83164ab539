"""Which columns of a source hold what: answers, verdicts, and all else of a row."""

from dataclasses import dataclass
from typing import TypeAlias

from ..errors import UserError
from ..files.cells import Bad, Cell, label_of
from ..scripting.declared import check_fields, checked_call


@checked_call
@dataclass(frozen=True)
class Answer:
    """Where an answer and what is known of it stand in a row. Columns may be dotted paths.

    Attributes:
        text: column of the answer: text, or a conversation whose last turn it is. That begins with the row's whole
            prompt, every turn and the system message, or the answer is left out (`answer_to_another_prompt`).
        model: the model's name; or `model_column`, the column that holds it.
        revision, licence: of the model; or `licence_column`.
        score: column of a rating, by `rater`.
        finish_reason: column that says why the model stopped.
        source_text: column of the text that an answer of route `translated` was translated from.

    """

    text: str
    model: str | None = None
    model_column: str | None = None
    revision: str = "unknown"
    licence: str = "unknown"
    licence_column: str | None = None
    route: str = "given"
    score: str | None = None
    rater: str = "source"
    finish_reason: str | None = None
    source_text: str | None = None

    def __post_init__(self) -> None:
        check_fields(self)


Label: TypeAlias = str | int | float | bool | None
"""What a cell may hold that is compared with what a script writes out."""


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
    column: str | None = None
    first: tuple[Label, ...] = ()
    second: tuple[Label, ...] = ()
    tie: tuple[Label, ...] = ()
    swapped: str | None = None
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
        try:
            labels = {label_of(n) for n in names}
        except Bad as bad:
            wrong = bad.detail or bad.reason
            raise UserError(f"a label of verdict '{self.rater}' is no text or number ({wrong})") from None
        if len(labels) < len(names):
            raise UserError(f"a value of verdict '{self.rater}' stands for two sides; give each of {names} once")

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


@checked_call
@dataclass(frozen=True)
class Fields:
    """Which columns of a source hold what. Columns may be dotted paths (`input.prompt`).

    Attributes:
        prompt: text, or a list of {role, content} (or ShareGPT's {from, value}); only a turn that stands alone may name
            no role. A text that is a transcript, or turns printed as JSON or Python, is a bad row.
        answers: the row's answers; with `each` set, columns within every item of that list.
        each: column that holds a list of answers.
        language, response_language, system, group, reference, labels, translator: columns; `group` joins the
            translations of a prompt. Rows with a translator have origin `translated`.
        source_text, source_language: columns of what a translated prompt was translated from (text or messages), so
            that filters can compare the two; its language is English where none is given.
        verdict: which of two answers was preferred.

    """

    prompt: str
    answers: tuple[Answer, ...] = ()
    each: str | None = None
    language: str | None = None
    response_language: str | None = None
    system: str | None = None
    group: str | None = None
    reference: str | None = None
    labels: str | None = None
    translator: str | None = None
    source_text: str | None = None
    source_language: str | None = None
    verdict: Verdict | None = None

    def __post_init__(self) -> None:
        check_fields(self)
