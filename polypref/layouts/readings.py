"""What somebody says of a row's answers, however it is written down; and how several verdicts on one pair are one."""

from typing import Literal, NamedTuple, Protocol, TypeAlias

from ..errors import UserError
from .items import Each
from .labels import SeenLabel

Join: TypeAlias = Literal["unanimous", "majority", "each"]
"""How several verdicts on one pair are one: all agree, more than half do, or each counts for itself."""

#: What a label says that is declared to say nothing of the answers.
NO_SIDE = "none"
#: The reason of a verdict whose value nothing declares.
UNKNOWN = "unknown_verdict"


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
    if len(kind.columns) > 1 and (kind.each is not None or kind.annotator is not None):
        raise UserError(
            f"{what} has several columns, each somebody's; each and annotator go with one column of verdicts"
        )
