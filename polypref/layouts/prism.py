"""PRISM's two files as one source: conversations, each turn with what the survey says of its person."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..console.escaping import as_written
from ..errors import UserError
from ..files.cells import Bad, Cell, Row, name_of, number_in
from ..files.readers import Line
from ..scripting.declared import check_fields, checked_call
from .fields import Fields
from .sources import Files, HubDataset

#: What PRISM's card says of the answers: that, and the terms of whoever made the model.
OF_ANSWERS = "cc-by-nc-4.0"
#: Why a row of the survey is left out that names nobody.
SURVEY_WITHOUT_USER = "survey_row_without_user"
#: The ends of the scale on which people mark answers, and what is wrong with a mark that lies outside: it is none.
LEAST_MARK, MOST_MARK = 1, 100
OFF_THE_SCALE = "outside_1_to_100"
#: What is wrong with the groups of a person of whom the survey has no row.
NOT_IN_SURVEY = "not_in_survey"


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
            A row each, with `survey` and the licence of every answer; before them what of the survey cannot be read.

        Raises:
            UserError: the survey holds nobody, or somebody twice, or nobody of the conversations.
        """
        people: dict[str, Row] = {}
        for line in self._survey_lines():
            user = "" if isinstance(line.row, Bad) else _user_of(line.row)
            if isinstance(line.row, Bad):
                yield line
            elif not user:
                yield Line(line.where, Bad(SURVEY_WITHOUT_USER))
            elif people.setdefault(user, line.row) != line.row:
                raise UserError(
                    f"{line.where}: the survey of {self.name} says two things of user_id {as_written(user)[:60]}; "
                    "leave one of the rows"
                )
        if not people:
            raise UserError(f"the survey of {self.name} holds nobody; give the folder that has PRISM's survey.jsonl")
        turns = strangers = 0
        for line in self.conversations.lines(path):
            if not isinstance(line.row, Bad):
                stated = people.get(_user_of(line.row))
                turns, strangers = turns + 1, strangers + (stated is None)
                survey: Cell = Bad(NOT_IN_SURVEY) if stated is None else stated
                row: Row = {**line.row, "survey": survey, "replies": self._licensed(line.row.get("replies"))}
                yield Line(line.where, row)
            else:
                yield line
        if turns and turns == strangers:
            raise UserError(
                f"the survey of {self.name} has nobody of its conversations; give both files of one release of PRISM"
            )

    def _survey_lines(self) -> Iterator[Line]:
        for where in self.survey.files() or (None,):
            yield from self.survey.lines(where)

    def _licensed(self, replies: Cell) -> Cell:
        """The answers of a turn, each with its licence."""
        if not isinstance(replies, list):
            return replies
        return [{**one, **self._beside(one)} if isinstance(one, Mapping) else one for one in replies]

    def _beside(self, answer: Row) -> dict[str, Cell]:
        """The licence of an answer, and what is wrong with its mark."""
        licence = f"{OF_ANSWERS} AND {self.terms.get(str(answer.get('model_name')), 'unknown')}"
        mark = answer.get("score")
        return {"licence": licence} | ({"score": Bad(OFF_THE_SCALE, str(mark)[:20])} if _off_the_scale(mark) else {})


def _off_the_scale(mark: Cell) -> bool:
    try:
        number = number_in(mark)
    except (ValueError, OverflowError):
        return False  # no number, which is said where scores are read
    return number < LEAST_MARK or number > MOST_MARK


def _user_of(row: Row) -> str:
    """Whose a row is; empty where it names nobody, or not by a name."""
    try:
        return name_of(row.get("user_id")).strip()
    except Bad:
        return ""
