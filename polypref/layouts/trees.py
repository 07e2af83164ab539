"""Trees of messages as rows: one for each message that somebody answered.

OpenAssistant's files hold a conversation with all its branches in one row: a message, the replies to it, the replies to
those; its tables hold a message a row, each tree from its first message on. What is asked there is every way from the
first message to one that has replies, and its answers are the replies.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

from ..errors import UserError
from ..files.cells import Bad, Cell, Row, look_up, name_of
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

    unit: ClassVar[str]
    """What a row is made of, in its place: reply, round."""

    @property
    def ids(self) -> Mapping[str, str]:
        """What the rows are put together by: field -> column of a row."""
        ...

    def gathered(self, lines: Iterable[Line]) -> Iterable[Line]:
        """The rows that hold messages, of rows that may be single messages.

        Args:
            lines: the rows as read.

        Returns:
            the rows, each with its place.
        """
        ...

    def rows(self, row: Row) -> Iterator[tuple[str, Row | Bad]]:
        """The rows of a prompt and its answers that are made of one that holds messages.

        Args:
            row: as gathered.

        Yields:
            a place in the conversation, empty for the first, and its row; a Bad for what cannot be read.
        """
        ...

    def within(self, way: Way, of_row: bool = False) -> Way:
        """Where a value stands in its message, wherever in the conversation that is.

        Args:
            way: where it stands in a row.
            of_row: whether that is a row as read, not one of a prompt and its answers.

        Returns:
            the way from the message; empty for the list that is the prompt.
        """
        ...


@checked_call
@dataclass(frozen=True)
class Tree:
    """How rows that hold trees of messages become rows of a prompt and its answers.

    Each message with a reply by one of `answered_by` becomes a row: its own columns, and `turns`, the messages from the
    first one to it, which is the prompt: `Fields("turns", (Answer("text"),), each="replies")`.

    Attributes:
        replies: column of a message: the list of replies to it.
        root: path to the first message; empty where it is the row itself.
        role: column of a message: who speaks.
        answered_by: the roles whose replies are answers; a question that somebody asks in reply is none.
        parent: column of the id of the message that is answered, where each row is a message by itself; empty in the
            row that begins a tree, whose others follow it. `replies` is then the column that is made of them.
        message: column of a message's own id; goes with `parent`.
    """

    replies: str = "replies"
    root: PathToRows = ""
    role: str = "role"
    answered_by: tuple[str, ...] = ("assistant",)
    parent: str = ""
    message: str = ""
    unit: ClassVar[str] = "reply"

    def __post_init__(self) -> None:
        check_fields(self)
        if not self.replies or not self.role or not self.answered_by:
            raise UserError("Tree(...): name the columns of replies and role, and the roles that answer")
        if bool(self.parent) != bool(self.message):
            raise UserError("Tree(...): parent and message go together; name the columns of both ids")
        if self.parent and self.root:
            raise UserError(f"Tree(root={self.root!r}): with parent=... each row is a message; leave root out")

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

    @property
    def ids(self) -> Mapping[str, str]:
        """What the rows are put together by: field -> column of a row; nothing where rows hold trees."""
        return {"parent": self.parent, "message": self.message} if self.parent else {}

    def gathered(self, lines: Iterable[Line]) -> Iterable[Line]:
        """The rows that hold trees, of rows that may be single messages.

        Args:
            lines: the rows as read.

        Returns:
            the trees, each with its place.
        """
        return trees_of_messages(lines, self) if self.parent else lines

    def within(self, way: Way, of_row: bool = False) -> Way:
        """Where a value stands in its message, wherever in the tree that is.

        Args:
            way: where it stands in a row.
            of_row: whether that is a row as read.

        Returns:
            the way from the message; empty for the list of turns.
        """
        root = tuple(self.root.split(".")) if self.root else ()
        if of_row and way[: len(root)] != root:
            return ("", *way)
        return way_in_message(way[len(root) :] if of_row else way, (self.replies, TURNS))

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
        the rows, each with its place. A tree without any answer is one row, a Bad (`no_answer_in_tree`); so is a
        message whose parent is not among those of its tree (`parent_not_in_tree`).
    """
    for line in lines if tree is None else tree.gathered(lines):
        if tree is None or isinstance(line.row, Bad):
            yield line
            continue
        empty = True
        for place, row in tree.rows(line.row):
            empty = False
            yield Line(f"{line.where} {tree.unit} {place}" if place else line.where, row)
        if empty:
            yield Line(line.where, Bad(NO_ANSWER))


def trees_of_messages(lines: Iterable[Line], tree: Tree) -> Iterator[Line]:
    """Trees of rows that are single messages, each tree from the message that answers none to the next such.

    Args:
        lines: the messages.
        tree: how they name each other.

    Yields:
        each tree with the place of its first message, whose replies hold the others; what belongs to none as it comes.
    """
    first: Line | None = None
    nodes: dict[str, list[Cell]] = {}
    for line in lines:
        if isinstance(line.row, Bad):
            yield line
            continue
        try:
            # Where a column of numbers has gaps, pandas makes 1.0 of 1.
            name, parent = name_of(line.row.get(tree.message)), name_of(line.row.get(tree.parent))
        except Bad as bad:
            yield Line(line.where, Bad("message_without_an_id_of_its_own", bad.detail))
            continue
        begins = not parent
        if not name or (name in nodes and not begins):
            yield Line(line.where, Bad("message_without_an_id_of_its_own", name[:40]))
            continue
        replies: list[Cell] = []
        message = {**line.row, tree.replies: replies}
        if begins:
            if first is not None:
                yield first
            first, nodes = Line(line.where, message), {}
        elif parent in nodes:
            nodes[parent].append(message)
        else:
            yield Line(line.where, Bad("parent_not_in_tree", parent[:40]))
            continue
        nodes[name] = replies
    if first is not None:
        yield first
