"""PRISM's two files as one source: conversations, each turn with what the survey says of its person."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import UserError
from ..files.cells import Bad, Cell, Row, look_up_or_none, name_of, number_in
from ..files.readers import Line
from ..scripting.declared import check_fields, checked_call
from .fields import Fields
from .sources import Files, HubDataset

#: What PRISM's card says of the answers: that, and the terms of whoever made the model.
OF_ANSWERS = "cc-by-nc-4.0"
#: The ends of the scale on which people mark answers; a mark that lies outside is none.
LEAST_MARK, MOST_MARK = 1, 100
#: What is wrong with such a mark, and with the groups of whom the survey does not have.
OFF_THE_SCALE, NOT_IN_SURVEY = "outside_1_to_100", "not_in_survey"


@checked_call
@dataclass(frozen=True)
class PrismFiles:
    """The conversations, each turn with what the survey says of its person, and the licence of every answer.

    Attributes:
        conversations: conversations.jsonl, its turns as the layout `prism_conversations` reads them.
        survey: survey.jsonl, a row a person; `user_id` names them in both.
        fields: what a row holds; the survey's columns stand below `survey`.
        terms: model -> its maker's licence of answers; of the others it is unknown.
        where: which rows are read, as in `Files`.
    """

    conversations: Files | HubDataset
    survey: Files | HubDataset
    fields: Fields
    terms: Mapping[str, str]
    where: Mapping[str, object]

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def name(self) -> str:
        """The name of the conversations."""
        return self.conversations.name

    @property
    def revision(self) -> str | None:
        """The revision of the conversations."""
        return self.conversations.revision

    @property
    def licence(self) -> str:
        """The licence of what people wrote."""
        return self.conversations.licence

    @property
    def language(self) -> str | None:
        """The language of every row."""
        return self.conversations.language

    def resolved(self) -> "PrismFiles":
        """Fixes the revision of both files.

        Returns:
            The source.
        """
        conversations = self.conversations.resolved()
        return replace(
            self, conversations=conversations, survey=replace(self.survey, revision=conversations.revision or "unknown")
        )

    def files(self) -> Sequence[Path]:
        """Lists the file of conversations.

        Returns:
            It; nothing on the Hub.
        """
        return self.conversations.files()

    def beside(self, path: Path) -> Sequence[Path]:
        """Lists the survey.

        Args:
            path: the file of conversations.

        Returns:
            It; nothing on the Hub.
        """
        return self.survey.files()

    def lines(self, path: Path | None) -> Iterator[Line]:
        """Reads the turns.

        Args:
            path: the file of conversations; None on the Hub.

        Yields:
            A row each, with `survey` and the licence of every answer.

        Raises:
            UserError: the survey holds nobody, a row of it cannot be read or names nobody, or two rows of one person
                differ.
        """
        people = self._people()
        for line in self.conversations.lines(path):
            if isinstance(line.row, Mapping):
                yield Line(line.where, {**line.row, **_stated(people, line.row), "replies": self._replies(line.row)})
            else:
                yield line

    def _people(self) -> dict[str, Row]:
        """Each person's row of the survey, by `user_id`."""
        people: dict[str, Line] = {}
        for where in self.survey.files() or (None,):
            for line in self.survey.lines(where):
                before = people.setdefault(_person_of(line), line)
                if before.row != line.row:
                    raise UserError(
                        f"{before.where} and {line.where} of the survey have one user_id and differ; keep one of them"
                    )
        if not people:
            raise UserError(f"the survey of {self.name} holds nobody; give the folder that has PRISM's survey.jsonl")
        return {name: line.row for name, line in people.items() if isinstance(line.row, Mapping)}

    def _replies(self, row: Row) -> Cell:
        """The answers of a turn, each with its licence; a mark that the scale does not have is none."""
        replies = row.get("replies")
        if not isinstance(replies, list):
            return replies
        return [{**one, **self._beside(one)} if isinstance(one, Mapping) else one for one in replies]

    def _beside(self, answer: Row) -> dict[str, Cell]:
        beside: dict[str, Cell] = {
            "licence": f"{OF_ANSWERS} AND {self.terms.get(str(answer.get('model_name')), 'unknown')}"
        }
        if _off_the_scale(mark := answer.get("score")):
            beside["score"] = Bad(OFF_THE_SCALE, str(mark)[:20])
        return beside


def _person_of(line: Line) -> str:
    """Whose row of the survey it is.

    Raises:
        UserError: the row cannot be read, or does not say.
    """
    if isinstance(line.row, Bad):
        raise UserError(f"{line.where} of the survey cannot be read ({line.row.reason}); mend the row, or take it out")
    try:
        name = name_of(look_up_or_none(line.row, "user_id")).strip()
    except Bad:
        name = ""
    if not name:
        raise UserError(f"{line.where} of the survey has no user_id that can be read; mend the row, or take it out")
    return name


def _stated(people: Mapping[str, Row], row: Row) -> dict[str, Cell]:
    """What the survey says of the person of a row."""
    try:
        person = people.get(name_of(look_up_or_none(row, "user_id")).strip())
    except Bad:
        person = None  # said where the row is read
    return {"survey": Bad(NOT_IN_SURVEY) if person is None else person}


def _off_the_scale(mark: Cell) -> bool:
    try:
        number = number_in(mark)
    except (ValueError, OverflowError):
        return False  # no number, which is said where scores are read
    return number < LEAST_MARK or number > MOST_MARK
