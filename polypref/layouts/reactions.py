"""Conversations as rows of what a person wrote after an answer: the request, the answer, the reaction, the next answer.

A row is one answer of the assistant. The prompt is what stands before it; what the person wrote next is the reaction,
and the answer to that the later one. Who reads a reaction to say what it tells of the answer is a matter of raters.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import md5
from typing import ClassVar

from ..errors import UserError
from ..files.cells import Bad, Cell, Row, look_up
from ..files.readers import Line
from ..scripting.declared import check_fields, checked_call
from .columns import PathToRows
from .row_columns import Way
from .tables import UnusedMessage
from .trees import BELOW, MAX_DEPTH, TURNS, way_in_message, why_left_out
from .turns import turn

#: The columns that `Reactions` adds: the answer, the later one, the reactions to both, and what joins the rows of one
#: conversation.
ANSWER, LATER, REACTIONS, CONVERSATION = "answer", "later_answer", "reactions", "conversation_id"
#: What a row must have for there to be two answers of which one is corrected: the person's request before the answer,
#: something that the person wrote after it, and an answer to that.
WHOLE: Mapping[str, object] = {"request": True, "reaction": True, "answer_to_it": True}


@dataclass(frozen=True)
class _Message:
    """A message of a conversation, those that reply to it, and why it is left out; empty where it is not."""

    role: str
    content: Cell
    whole: dict[str, Cell]
    replies: "tuple[_Message, ...]" = field(default=())
    left_out: str = ""


@checked_call
@dataclass(frozen=True)
class Reactions:
    """How rows that hold conversations become rows of an answer, the reaction to it and the answer after that.

    Each answer of the assistant becomes a row: the row's own columns; `turns`, the messages before it, which is the
    prompt; `answer` and `later_answer`, the two answers; `reactions`, a list of {side, text}: what the person wrote
    after the answer, and what after the later one, where that is there; `conversation_id`, the same for all rows of a
    conversation, and of those that begin with the same message, system messages apart. `request`, `reaction` and
    `answer_to_it` say whether these are there: `where=reactions.WHOLE` leaves out the rows that lack one, and counts
    them. Roles and contents are those that are known (docs/conversations.md).

    Attributes:
        messages: path to the list of messages of a conversation; empty where rows hold trees.
        replies: column of a message in a tree: the list of replies to it; each reply to a reaction makes a row.
        root: path to the first message of a tree; empty where it is the row itself.
        deleted: column of a message: true where it was deleted. Such a message is no request, answer or reaction, and
            what follows it in the list, or stands below it in the tree, is left out too; each is counted.
        accepted: column of a message: false where those who reviewed it did not accept it, which leaves it out as
            `deleted` does.
    """

    messages: PathToRows = ""
    replies: str = ""
    root: PathToRows = ""
    deleted: str = ""
    accepted: str = ""
    unit: ClassVar[str] = "answer"
    units: ClassVar[str] = "answers"

    def __post_init__(self) -> None:
        check_fields(self)
        if bool(self.messages) == bool(self.replies):
            raise UserError("Reactions(...): name the column of the messages, or that of the replies in a tree; one")
        if self.root and self.messages:
            raise UserError("Reactions(...): root is where a tree begins, and messages is a list; leave root out")

    @property
    def ids(self) -> Mapping[str, str]:
        """What messages are left out by: field -> column of a message, where one is named."""
        names = {"deleted": self.deleted, "accepted": self.accepted}
        return {name: column for name, column in names.items() if column}

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
            the place of an answer, empty for the first, and its row; a Bad for what cannot be read, and for each
            message that is left out.
        """
        try:
            first = self._tree(row) if self.replies else self._list(look_up(row, self.messages))
        except Bad as bad:
            yield "", bad
            return
        if first is None:
            return
        for place, one in enumerate(_rows_from(first, row)):
            yield (str(place) if place else ""), one

    def within(self, way: Way, of_row: bool = False) -> Way:
        """Where a value stands in its message; see `trees.Conversations`.

        Args:
            way: where it stands in a row.
            of_row: whether that is a row as read.

        Returns:
            the way from the message.
        """
        if of_row:
            listed = self.messages or self.replies
            return way_in_message(way, (listed,), listed)
        return way_in_message(way, (TURNS,))

    def _list(self, cell: Cell) -> _Message | None:
        """The first message of a list, with the next as its reply, and so on; None for an empty list."""
        if not isinstance(cell, list | tuple):
            raise Bad("messages_not_a_list", type(cell).__name__)
        message: _Message | None = None
        for one in reversed(cell):
            message = self._message(one, (message,) if message else ())
        return message

    def _tree(self, row: Row) -> _Message:
        return self._branch(look_up(row, self.root) if self.root else row, 0)

    def _branch(self, cell: Cell, depth: int) -> _Message:
        if depth >= MAX_DEPTH:
            raise Bad("tree_too_deep", f"more than {MAX_DEPTH} messages one below the other")
        if not isinstance(cell, Mapping):
            raise Bad("message_not_an_object", type(cell).__name__)
        replies = cell.get(self.replies)
        if replies is not None and not isinstance(replies, list | tuple):
            raise Bad("replies_not_a_list", type(replies).__name__)
        alone = {key: value for key, value in cell.items() if key != self.replies}
        return self._message(alone, tuple(self._branch(one, depth + 1) for one in replies or ()))

    def _message(self, cell: Cell, replies: tuple[_Message, ...]) -> _Message:
        """A message; of one that is left out neither role nor content is read."""
        if not isinstance(cell, Mapping):
            raise Bad("message_not_an_object", type(cell).__name__)
        if reason := why_left_out(cell, self.deleted, self.accepted):
            return _Message("", None, dict(cell), replies, reason)
        role, content = turn(cell, "")
        if not role:
            raise Bad("turns_without_roles")
        return _Message(role, content, dict(cell), replies)


def _rows_from(first: _Message, row: Row) -> Iterator[Row | Bad]:
    """The rows of a conversation, and what is left out of it, in its order."""
    waiting: list[tuple[_Message, tuple[_Message, ...], bool]] = [(first, (), True)]
    while waiting:
        message, before, wanted = waiting.pop()
        reason = message.left_out or ("" if wanted else BELOW)
        if reason:
            yield UnusedMessage(reason, "", {**row, **message.whole}, left_out=True)
        elif message.role == "assistant":
            name = _name_of((*before, message))
            for exchange in _exchanges(message, before):
                yield {**row, **exchange, CONVERSATION: name}
        waiting += [(one, (*before, message), not reason) for one in reversed(message.replies)]


def _name_of(messages: Sequence[_Message]) -> str:
    """What joins the rows of a conversation, and of those that begin alike: its first message but a system message.

    Many conversations stand under one system message, and are no one conversation for that.
    """
    begins = next(one for one in messages if one.role != "system")
    return md5(f"{begins.content}".encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


def _exchanges(answer: _Message, before: Sequence[_Message]) -> Iterator[dict[str, Cell]]:
    """The rows of an answer: one for each answer to each reaction to it; one without, where there is none."""
    asked = [one.role for one in before if one.role != "system"]
    begun: dict[str, Cell] = {
        TURNS: [one.whole for one in before],
        ANSWER: answer.content,
        "request": asked[:1] == ["user"] and asked[-1:] == ["user"],
    }
    reactions = [one for one in answer.replies if one.role == "user"]
    whole = [(reaction, one) for reaction in reactions for one in reaction.replies if one.role == "assistant"]
    for reaction, later in whole:
        after = [one for one in later.replies if one.role == "user"][:1]
        written: list[Cell] = [{"side": LATER, "text": one.content} for one in (reaction, *after)]
        yield {**begun, LATER: later.content, REACTIONS: written, "reaction": True, "answer_to_it": True}
    if not whole:
        yield {**begun, LATER: None, REACTIONS: [], "reaction": bool(reactions), "answer_to_it": False}
