"""Trees of messages as rows: one for each message that somebody answered.

OpenAssistant's files hold a conversation with all its branches in one row: a message, the replies to it, the replies to
those; or they hold a message a row, each with the id of the one that it replies to. What is asked there is every way
from the first message to one that has replies, and its answers are the replies.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from ..errors import UserError
from ..files.cells import Bad, Cell, Row, look_up, look_up_or_none, name_of
from ..files.readers import Line
from ..scripting.declared import check_fields, checked_call
from .columns import PathToRows
from .row_columns import Way

#: Messages from the first of a tree to a reply, at most: far above any conversation, far below what fills a memory.
MAX_DEPTH = 200
#: The column that `Tree` adds: the messages from the first one to that which is answered.
TURNS = "turns"
#: The reason of a tree in which nobody answered.
NO_ANSWER = "no_answer_in_tree"


class Conversations(Protocol):
    """How rows that hold messages become rows of a prompt and its answers."""

    def lines(self, lines: Iterable[Line]) -> Iterator[Line]:
        """The rows of a prompt and its answers.

        Args:
            lines: the rows as read.

        Yields:
            the rows, each with its place; what cannot be read, with the reason.
        """
        ...

    def alike(self, row: Row) -> Iterator[Row]:
        """Rows with the columns that those have which are made of a row, where others are needed to make them.

        Args:
            row: as read.

        Yields:
            them.
        """
        ...

    def within(self, way: Way, of_row: bool = False) -> Way:
        """Where a value stands in its message, wherever in the conversation that is.

        Args:
            way: where it stands in a row.
            of_row: whether that is a row as read, not one that was made of it.

        Returns:
            the way from the message; empty for the list of turns itself.
        """
        ...


@checked_call
@dataclass(frozen=True)
class Tree:
    """How rows that hold trees of messages become rows of a prompt and its answers.

    Each message with a reply by one of `answered_by` becomes a row: its own columns, and `turns`, the messages from the
    first one to it, which is the prompt: `Fields("turns", (Answer("text"),), each="replies")`.

    Where every row is one message, `Tree(message_id="message_id", parent="parent_id")` puts the trees together again.
    They lie in memory, a file at a time, in any order.

    Attributes:
        replies: column of a message: the list of replies to it. Where rows are messages, the list that is made of them.
        root: path to the first message; empty where it is the row itself.
        role: column of a message: who speaks.
        answered_by: the roles whose replies are answers; a question that somebody asks in reply is none.
        message_id, parent: where rows are messages, the columns of a message's id and of the id of the message that it
            replies to, which is empty for a first message.
    """

    replies: str = "replies"
    root: PathToRows = ""
    role: str = "role"
    answered_by: tuple[str, ...] = ("assistant",)
    message_id: PathToRows = ""
    parent: PathToRows = ""

    def __post_init__(self) -> None:
        check_fields(self)
        if not self.replies or not self.role or not self.answered_by:
            raise UserError("Tree(...): name the columns of replies and role, and the roles that answer")
        if bool(self.message_id) != bool(self.parent) or (self.parent and self.root):
            raise UserError(
                "Tree(...): message_id and parent go together, for rows that are messages; root is for rows that hold "
                "whole trees"
            )

    def lines(self, lines: Iterable[Line]) -> Iterator[Line]:
        """The rows of trees, one for each message that has answers.

        Args:
            lines: the rows as read.

        Yields:
            the rows, each with its place. A tree without any answer is one row, a Bad (`no_answer_in_tree`); so is a
            message without an id, one of an id that was there (`message_twice`), and one from which no way leads to a
            first message (`no_first_message`).
        """
        if self.parent:
            yield from self._lines_of_messages(lines)
            return
        for line in lines:
            if isinstance(line.row, Bad):
                yield line
                continue
            empty = True
            for place, row in self.rows(line.row):
                empty = False
                yield Line(f"{line.where} reply {place}" if place else line.where, row)
            if empty:
                yield Line(line.where, Bad(NO_ANSWER))

    def _lines_of_messages(self, lines: Iterable[Line]) -> Iterator[Line]:
        places: dict[str, str] = {}
        messages: dict[str, dict[str, Cell]] = {}
        parents: dict[str, str] = {}
        for line in lines:
            try:
                message, own, parent = self._message(line.row)
                if own in messages:
                    raise Bad("message_twice", own[:40])
            except Bad as bad:
                yield Line(line.where, bad)
                continue
            places[own], messages[own], parents[own] = line.where, {**message, self.replies: []}, parent
        below: dict[str, list[str]] = {}
        for own, parent in parents.items():
            below.setdefault(parent, []).append(own)
            if (above := messages.get(parent)) is not None:
                replies = above[self.replies]
                assert isinstance(replies, list)
                replies.append(messages[own])
        for first in below.get("", ()):
            empty = True
            for place, row in self.rows(messages[first]):
                empty = False
                where = f"{places[first]} reply {place}" if isinstance(row, Bad) else places[self._own_id(row)]
                yield Line(where, row)
            if empty:
                yield Line(places[first], Bad(NO_ANSWER))
        reached = set(waiting := list(below.get("", ())))
        while waiting:
            replies_to = below.get(waiting.pop(), [])
            reached.update(replies_to)
            waiting += replies_to
        for own, parent in parents.items():
            if own not in reached:
                yield Line(places[own], Bad("no_first_message", f"it replies to {parent[:40]!r}"))

    def _message(self, row: Row | Bad) -> tuple[Row, str, str]:
        """A row that is a message, its id, and that of the message that it replies to.

        Raises:
            Bad: it is none, or has no id.
        """
        if isinstance(row, Bad):
            raise row
        if not (own := self._own_id(row)):
            raise Bad("message_without_id", self.message_id)
        return row, own, name_of(look_up_or_none(row, self.parent))

    def _own_id(self, row: Row) -> str:
        return name_of(look_up_or_none(row, self.message_id))

    def alike(self, row: Row) -> Iterator[Row]:
        """Rows with the columns that those have which are made of a row; see `Conversations`.

        Args:
            row: as read.

        Yields:
            them.
        """
        if self.parent:
            yield {**row, self.replies: [row], TURNS: [row]}
        else:
            yield from (answered for _, answered in self.rows(row) if not isinstance(answered, Bad))

    def within(self, way: Way, of_row: bool = False) -> Way:
        """Where a value stands in its message; see `Conversations`.

        Args:
            way: where it stands in a row.
            of_row: whether that is a row as read.

        Returns:
            the way from the message.
        """
        root = tuple(self.root.split(".")) if self.root else ()
        if of_row and way[: len(root)] != root:
            return ("", *way)
        return way_in_message(way[len(root) :] if of_row else way, (self.replies, TURNS))

    def rows(self, row: Row) -> Iterator[tuple[str, Row | Bad]]:
        """The rows of one tree, in the order in which one reads it.

        Args:
            row: as read.

        Yields:
            where in the tree a message stands (`0.1` is the second reply to the first reply), empty for the first, and
            its row; a Bad for a tree, or a branch of it, that cannot be read.
        """
        try:
            first = look_up(row, self.root) if self.root else row
        except Bad as bad:
            yield "", bad
            return
        waiting: list[tuple[str, Cell, list[Cell]]] = [("", first, [])]
        while waiting:
            place, cell, before = waiting.pop()
            try:
                message, replies = self._opened(cell, before)
            except Bad as bad:
                yield place, bad
                continue
            turns = [*before, {key: value for key, value in message.items() if key != self.replies}]
            answers = [one for one in replies if isinstance(one, Mapping) and one.get(self.role) in self.answered_by]
            if answers:
                yield place, {**message, self.replies: answers, TURNS: turns}
            below = [(f"{place}.{n}" if place else str(n), one, turns) for n, one in enumerate(replies)]
            waiting += reversed(below)

    def _opened(self, message: Cell, before: list[Cell]) -> tuple[Row, list[Cell]]:
        """A message and the replies to it."""
        if not isinstance(message, Mapping):
            raise Bad("message_not_an_object", type(message).__name__)
        if len(before) >= MAX_DEPTH:
            raise Bad("tree_too_deep", f"more than {MAX_DEPTH} messages one below the other")
        replies = message.get(self.replies)
        if replies is not None and not isinstance(replies, list | tuple):
            raise Bad("replies_not_a_list", type(replies).__name__)
        return message, list(replies or ())


def way_in_message(way: Way, lists: Iterable[str], turns: str = TURNS) -> Way:
    """A way without the lists of messages with which it begins.

    Args:
        way: the keys to a value.
        lists: the keys of lists that hold messages.
        turns: the one of them that is the prompt.

    Returns:
        the rest of it; empty for the list that is the prompt itself.
    """
    into = {(one, None) for one in lists}
    while way[:2] in into:
        way = way[2:]
    return () if way == (turns,) else way


def rows_of_trees(lines: Iterable[Line], tree: Conversations | None) -> Iterator[Line]:
    """The rows that are read of a source, those of trees and rounds one for each message that has answers.

    Args:
        lines: the rows as read.
        tree: how messages lie in them; None where rows are rows.

    Yields:
        the rows, each with its place.
    """
    yield from lines if tree is None else tree.lines(lines)
