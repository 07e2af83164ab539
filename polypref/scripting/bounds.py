"""Which numbers and texts a setting may be: types for the fields of a dataclass, read by `declared.check_fields`."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeAlias


@dataclass(frozen=True)
class Bounds:
    """The least and the most that a number may be.

    Attributes:
        least, most: both may be; without an end where infinite.
        open: the least itself may not be.
    """

    least: float = -math.inf
    most: float = math.inf
    open: bool = False

    def hold(self, number: float) -> bool:
        """Whether a number lies between them.

        Args:
            number: NaN lies nowhere.

        Returns:
            Whether it is within them.
        """
        return (self.least < number if self.open else self.least <= number) and number <= self.most

    @property
    def words(self) -> str:
        """What to write: `of at least 0`, `over 0 and at most 1`."""
        least = f"{'over' if self.open else 'of at least'} {self.least:g}"
        if self.most == math.inf:
            return least
        return f"{least} and at most {self.most:g}"


@dataclass(frozen=True)
class Checked:
    """What a text must be beyond a text.

    Attributes:
        complaint: what is wrong with a text, and what to write; empty where nothing is.
    """

    complaint: Callable[[str], str]

    def __repr__(self) -> str:
        return f"Checked({self.complaint.__name__})"


AtLeastZero: TypeAlias = Annotated[float, Bounds(0)]
OverZero: TypeAlias = Annotated[float, Bounds(0, open=True)]
Share: TypeAlias = Annotated[float, Bounds(0, 1)]
Count: TypeAlias = Annotated[int, Bounds(1)]
Natural: TypeAlias = Annotated[int, Bounds(0)]
