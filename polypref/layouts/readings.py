"""What somebody says of a row's answers, however it is written down; and how several verdicts on one pair are one."""

from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol, TypeAlias

from ..errors import UserError
from ..files.cells import label_of
from .columns import Column
from .items import Each
from .labels import Label, SeenLabel

Join: TypeAlias = Literal["unanimous", "majority", "each"]
"""How several verdicts on one pair are one: all agree, more than half do, or each counts for itself."""

#: What a label says that is declared to say nothing of the answers.
NO_SIDE = "none"
#: The reason of a verdict whose value nothing declares.
UNKNOWN = "unknown_verdict"
#: Answers of one row of which every two are compared, at most; and why those of a row that has more are not.
MOST_COMPARED, TOO_MANY = 1_000, "too_many_answers"
#: Why nothing is said where the row holds no verdict, or one that says nothing of the answers.
NOT_JUDGED = ("not_judged", "")

_OTHER = {"a": "b", "b": "a"}


class Reading(NamedTuple):
    """What one person or judge says of a row's answers.

    Attributes:
        preferred: (place, place, `a` | `b` | `tie` | `disagreement`) of two answers each, counted from 0; a is the one
            named first.
        labels: those that were read.
        problem: the reason why nothing is said, and what was seen; None where something is.
        unreadable: whether something is there that cannot be read.
    """

    preferred: tuple[tuple[int, int, str], ...] = ()
    labels: tuple[SeenLabel, ...] = ()
    problem: tuple[str, str] | None = None
    unreadable: bool = False


class _Judged(Protocol):
    """What every kind of verdict has that may be several people's."""

    @property
    def rater(self) -> str: ...
    @property
    def columns(self) -> tuple[str, ...]: ...
    @property
    def each(self) -> Each | None: ...
    @property
    def annotator(self) -> str | None: ...
    @property
    def rationale(self) -> str | None: ...


def check_who_judged(kind: _Judged) -> None:
    """Sees that what is declared of several verdicts in a row goes together.

    Args:
        kind: a verdict of any kind.

    Raises:
        UserError: it does not.
    """
    what = f"verdict '{kind.rater}'"
    if len(set(kind.columns)) < len(kind.columns):
        raise UserError(f"{what} names a column twice; give each of {list(kind.columns)} once")
    if kind.each is not None and not kind.columns:
        raise UserError(f"{what}: each names a list of verdicts; name the column of the verdict within its items too")
    of_one = (kind.each, kind.annotator, kind.rationale)
    if len(kind.columns) > 1 and any(one is not None for one in of_one):
        raise UserError(
            f"{what} has several columns, each somebody's; each, annotator and rationale go with one column of verdicts"
        )


def columns_of(column: Column | tuple[Column, ...] | None) -> tuple[Column, ...]:
    """The columns of verdicts that a declaration names.

    Args:
        column: one, several of which each is somebody's, or none.

    Returns:
        all of them.
    """
    return column if isinstance(column, tuple) else () if column is None else (column,)


def expected_sides(first: object, second: object) -> dict[str, str]:
    """The sides that some row must name, for a kind of verdict whose fields `first` and `second` declare them.

    Args:
        first, second: what is declared of each answer; a side of which nothing is declared need not occur.

    Returns:
        side -> the field that declares it.
    """
    return {side: name for side, name, declared in (("a", "first", first), ("b", "second", second)) if declared}


def sides_of_labels(
    first: Sequence[Label], second: Sequence[Label], tie: Sequence[Label], unjudged: Sequence[Label]
) -> dict[str, str]:
    """What each label of a declaration means.

    Args:
        first, second, tie, unjudged: the labels that name the first answer, the second, neither, and nothing.

    Returns:
        label as it is compared -> `a`, `b`, `tie` or NO_SIDE.
    """
    of_sides = (("a", first), ("b", second), ("tie", tie), (NO_SIDE, unjudged))
    return {label_of(name): side for side, names in of_sides for name in names}


def turned(side: str) -> str:
    """A side as it is with the two answers the other way round.

    Args:
        side: `a`, `b` or any other.

    Returns:
        `b` for `a` and `a` for `b`; all others are the same both ways.
    """
    return _OTHER.get(side, side)


def reading_of_sides(sides: Sequence[str], labels: Sequence[SeenLabel], names_places: bool) -> Reading:
    """What one verdict says of two answers, or two of which the second was given with the answers the other way round.

    Args:
        sides: of the verdict, or of both: `a`, `b`, `tie` or NO_SIDE.
        labels: those that were read.
        names_places: whether `a` of the second one is the answer shown first then, which is the second answer.

    Returns:
        the preferred answer; a disagreement where the two do not name the same; nothing where one says nothing.
    """
    if NO_SIDE in sides:
        return Reading(problem=NOT_JUDGED, labels=tuple(labels))
    of_answers = {turned(side) if number and names_places else side for number, side in enumerate(sides)}
    return Reading(((0, 1, of_answers.pop() if len(of_answers) == 1 else "disagreement"),), tuple(labels))


def undeclared_label(labels: Sequence[SeenLabel], known: Sequence[str]) -> Reading:
    """What a label says that nothing declares.

    Args:
        labels: those that were read; the last is not declared.
        known: those that are.

    Returns:
        nothing said, and why.
    """
    listed = ", ".join(map(repr, known))
    problem = UNKNOWN, f"{labels[-1].label[:40]!r} (known: {listed[:80]})"
    return Reading(problem=problem, unreadable=True, labels=tuple(labels))
