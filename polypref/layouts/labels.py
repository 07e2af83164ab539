"""Labels: what a cell says in a word or number that a declaration gives a meaning, and which labels the rows hold."""

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from ..errors import UserError
from ..files.cells import Bad, label_of

Label: TypeAlias = str | int | float | bool | None
"""What a cell may hold that is compared with what a script writes out."""

#: What a label says that no declaration knows.
UNDECLARED = ""


class SeenLabel(NamedTuple):
    """A label that a row holds.

    Attributes:
        column: where it is.
        label: as `cells.label_of` writes it.
        meaning: what the declaration takes it for (`a`, `b`, `tie`, a number); UNDECLARED where it does not know it.
    """

    column: str
    label: str
    meaning: str


def declared_labels(values: Iterable[Label], whose: str) -> list[str]:
    """The labels of a declaration as they are compared; 1, 1.0 and "1" are one.

    Args:
        values: as they are written out.
        whose: for the message, as in `verdict 'people'`.

    Returns:
        a label for each value.

    Raises:
        UserError: a value is no label, or two are the same.
    """
    given = list(values)
    try:
        labels = [label_of(value) for value in given]
    except Bad as bad:
        raise UserError(f"a label of {whose} is no text or number ({bad.detail or bad.reason})") from None
    if len(set(labels)) < len(labels):
        raise UserError(
            f"a value of {whose} is written twice (1, 1.0 and '1' are one label, as are true and 'TRUE'); give each of "
            f"{given} once"
        )
    return labels
