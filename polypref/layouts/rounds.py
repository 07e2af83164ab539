"""Conversations in rounds as rows: in each round a person asks, several models answer, and one answer goes on."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from ..errors import UserError
from ..files.cells import Bad, Cell, Row, label_of, look_up
from ..files.readers import Line
from ..scripting.declared import check_fields, checked_call
from .columns import PathToRows
from .row_columns import Way
from .trees import TURNS, way_in_message

#: The column that `Rounds` adds: the answers of a round.
REPLIES = "replies"
_TRUE = frozenset({"1", "true"})


@checked_call
@dataclass(frozen=True)
class Rounds:
    """How rows that hold a list of messages in rounds become rows of a prompt and its answers.

    A round is a question and the answers to it, which all bear its number. Each becomes a row: the row's own columns,
    `turns`, the messages before it and its question, which is the prompt, and `replies`, its answers:
    `Fields("turns", (Answer("content", score="score"),), each="replies")`. Of the rounds before, the conversation holds
    the questions and the answers that were chosen.

    Attributes:
        messages: path to the list of messages.
        turn: column of a message: the number of its round.
        chosen: column of an answer: whether the conversation went on with it.
        role: column of a message: who speaks.
        answered_by: the roles that answer.
        empty: texts that stand for a message without one.
        content: column of a message: its text.
    """

    messages: PathToRows
    turn: str = "turn"
    chosen: str = "chosen"
    role: str = "role"
    answered_by: tuple[str, ...] = ("assistant",)
    empty: tuple[str, ...] = ()
    content: str = "content"
    unit: ClassVar[str] = "round"
    units: ClassVar[str] = "rounds"

    def __post_init__(self) -> None:
        check_fields(self)
        if not all((self.messages, self.turn, self.chosen, self.role, self.answered_by, self.content)):
            raise UserError(
                "Rounds(...): name the columns of messages, turn, chosen, role and content, and who answers"
            )

    @property
    def ids(self) -> Mapping[str, str]:
        """What the rows are put together by: nothing."""
        return {}

    def gathered(self, lines: Iterable[Line]) -> Iterable[Line]:
        """The rows that hold conversations.

        Args:
            lines: the rows as read.

        Returns:
            the same.
        """
        return lines

    def rows(self, row: Row) -> Iterator[tuple[str, Row | Bad]]:
        """The rows of one conversation, in its order.

        Args:
            row: as read.

        Yields:
            the number of a round, empty for the first, and its row; a Bad for what cannot be read.
        """
        try:
            rounds = self._rounds(look_up(row, self.messages))
        except Bad as bad:
            yield "", bad
            return
        before: list[Cell] = []
        for number, (questions, answers) in enumerate(rounds):
            place = str(number) if number else ""
            if len(questions) != 1:
                yield place, Bad("round_without_one_question", f"{len(questions)} questions")
                return
            turns = [*before, *questions]
            if answers:
                yield place, {**row, TURNS: turns, REPLIES: answers}
            went_on = [one for one in answers if self._is_chosen(one)]
            if number + 1 < len(rounds) and len(went_on) != 1:
                yield str(number + 1), Bad("round_without_one_choice", f"{len(went_on)} of {len(answers)} chosen")
                return
            before = [*turns, *went_on]

    def _is_chosen(self, answer: Row) -> bool:
        """Whether an answer says that the conversation went on with it; what cannot be read says nothing."""
        try:
            return label_of(answer.get(self.chosen)).casefold() in _TRUE
        except Bad:
            return False

    def _rounds(self, messages: Cell) -> list[tuple[list[dict[str, Cell]], list[dict[str, Cell]]]]:
        """The questions and the answers of each round, in the order in which the rounds begin.

        Raises:
            Bad: what holds the messages is no list, or a message no object, or one has no round.
        """
        if not isinstance(messages, list | tuple):
            raise Bad("messages_not_a_list", type(messages).__name__)
        rounds: dict[str, tuple[list[dict[str, Cell]], list[dict[str, Cell]]]] = {}
        for message in messages:
            if not isinstance(message, Mapping):
                raise Bad("message_not_an_object", type(message).__name__)
            if not (number := label_of(message.get(self.turn))):
                raise Bad("message_without_round", self.turn)
            text = message.get(self.content)
            own = {**message, self.content: "" if text in self.empty else text}
            rounds.setdefault(number, ([], []))[message.get(self.role) in self.answered_by].append(own)
        return list(rounds.values())

    def within(self, way: Way, of_row: bool = False) -> Way:
        """Where a value stands in its message; see `trees.Conversations`.

        Args:
            way: where it stands in a row.
            of_row: whether that is a row as read.

        Returns:
            the way from the message.
        """
        return way_in_message(way, (self.messages,), self.messages) if of_row else way_in_message(way, (REPLIES, TURNS))
