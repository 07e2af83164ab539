"""A second language detector as an audit: it votes on every text of a pair, and its disagreement is marked."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from ...errors import UserError
from ...languages.identifier import Identifier
from ...languages.second_vote import disagreements
from ...scripting.declared import check_fields, checked_call
from .common import Role
from .contract import SIDES, Batch, Flag, Outcome

#: The texts that are voted on.
ROLES: tuple[Role, ...] = ("prompt", *SIDES)
#: The check's name, and what the mark on a pair is called for each of ROLES.
NAME = "second_detector"
FLAGS: dict[str, str] = {role: f"{role}_{NAME}_disagrees" for role in ROLES}


def _langdetect() -> Identifier:
    return Identifier(detector="langdetect")


@checked_call
@dataclass(frozen=True)
class SecondDetector:
    """Flags texts on whose language another detector disagrees with the one that decided. It never rejects.

    Attributes:
        identifier: what votes.
        first: what decided: the identifier of the language check.
    """

    identifier: Identifier = field(default_factory=_langdetect)
    first: Identifier = field(default_factory=Identifier)
    name: ClassVar[str] = NAME
    version: ClassVar[int] = 2
    summary: ClassVar[str] = "texts on whose language a second detector disagrees; an audit, which rejects nothing"
    thresholds: ClassVar[dict[str, str]] = {}

    def __post_init__(self) -> None:
        check_fields(self)
        if self.identifier.detector == self.first.detector:
            raise UserError(
                f"second_detector: {self.first.detector} decides already, and would only agree with itself; choose "
                "another detector for one of the two"
            )

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        """Reads prompt, chosen and rejected; yields `<role>_second_detector_disagrees`."""
        for role in batch.roles_of(ROLES):
            differ = disagreements(batch.texts(role), batch.tags(role), self.first, self.identifier)
            for row, one in enumerate(differ):
                if one:
                    yield row, Flag(FLAGS[role])
