"""Trees of messages as rows: one for each message that somebody answered.

OpenAssistant's files hold a conversation with all its branches in one row: a message, the replies to it, the replies to
those; its tables hold a message a row. What is asked there is every way from the
first message to one that has replies, and its answers are the replies.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar, Protocol

from ..errors import UserError
from ..files.cells import Bad, Cell, Row, label_of, look_up, look_up_or_none
from ..files.readers import Line
from ..scripting.declared import check_fields, checked_call
from .columns import PathToRows
from .flat_trees import MessageColumns, trees_of_messages
from .row_columns import Way
from .tables import UnusedMessage

#: Messages from the first of a tree to a reply, at most: far above any conversation, far below what fills a memory.
MAX_DEPTH = 200
#: The column that `Tree` adds: the messages from the first one to that which is answered.
TURNS = "turns"
#: The reason of a tree in which nobody answered.
NO_ANSWER = "no_answer_in_tree"
#: The reasons of messages that are left out: deleted, found wanting by who reviewed them, or below one of these.
DELETED, NOT_ACCEPTED, BELOW = "deleted_message", "message_not_accepted", "below_message_left_out"
#: What the other messages of trees are: answered ones, the answers to them, and, behind who wrote them, the others.
ANSWERED, ANSWERS, WITHOUT_ANSWER = "with answers", "answers to these", "without an answer"
_TRUE_OR_FALSE = {"1": True, "true": True, "0": False, "false": False}


class Conversations(Protocol):
    """How rows that hold messages become rows of a prompt and its answers."""

    unit: ClassVar[str]
    """What a row is made of, in its place: reply, round."""
    units: ClassVar[str]
    """What is counted of them: each is a prompt with its answers."""

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
        parent: column of the id of the message that is answered, where each row is a message by itself, in any order;
            empty in the row that begins a tree. `replies` is then the column that is made of them.
        message: column of a message's own id; goes with `parent`.
        tree: column of the id of the whole tree, where each row is a message and its id is its own in its tree only.
        deleted: column of a message: true where it was deleted. Such a message is neither asked nor an answer, and
            what stands below it is left out too; each is counted.
        accepted: column of a message: false where those who reviewed it did not accept it, which leaves it out as
            `deleted` does; one that nobody reviewed (null, or no such column) stays.
    """

    replies: str = "replies"
    root: PathToRows = ""
    role: str = "role"
    answered_by: tuple[str, ...] = ("assistant",)
    parent: str = ""
    message: str = ""
    tree: str = ""
    deleted: str = ""
    accepted: str = ""
    unit: ClassVar[str] = "reply"
    units: ClassVar[str] = "answered messages"

    def __post_init__(self) -> None:
        check_fields(self)
        if not self.replies or not self.role or not self.answered_by:
            raise UserError("Tree(...): name the columns of replies and role, and the roles that answer")
        if bool(self.parent) != bool(self.message):
            raise UserError("Tree(...): parent and message go together; name the columns of both ids")
        if self.parent and self.root:
            raise UserError(f"Tree(root={self.root!r}): with parent=... each row is a message; leave root out")
        if self.tree and not self.parent:
            raise UserError(
                f"Tree(tree={self.tree!r}): it goes with parent=... and message=..., of rows that are messages"
            )

    def rows(self, row: Row) -> Iterator[tuple[str, Row | Bad]]:
        """The rows of one tree, in the order in which one reads it.

        Args:
            row: as read.

        Yields:
            where in the tree a message stands (`0.1` is the second reply to the first reply), empty for the first, and
            its row; a Bad for a tree, or a branch of it, that cannot be read, and for each message that is left out.
        """
        try:
            first = look_up(row, self.root) if self.root else row
        except Bad as bad:
            yield "", bad
            return
        waiting: list[tuple[str, Cell, list[Cell], bool]] = [("", first, [], True)]
        while waiting:
            place, cell, before, wanted = waiting.pop()
            try:
                message, replies = self._opened(cell, before)
                reason = self._why_left_out(message) or ("" if wanted else BELOW)
            except Bad as bad:
                own = cell if isinstance(cell, Mapping) else first
                yield place, UnusedMessage(bad.reason, bad.detail, own) if isinstance(own, Mapping) else bad
                continue
            turns = [*before, {key: value for key, value in message.items() if key != self.replies}]
            if reason:
                yield place, UnusedMessage(reason, "", message, left_out=True)
            elif answers := [one for one in replies if self._is_answer(one)]:
                yield place, {**message, self.replies: answers, TURNS: turns}
            below = [(f"{place}.{n}" if place else str(n), one, turns, not reason) for n, one in enumerate(replies)]
            waiting += reversed(below)

    def messages_in(self, row: Row) -> Counter[str]:
        """What the messages of a tree are: each is counted once.

        Args:
            row: as gathered.

        Returns:
            `ANSWERED`, `ANSWERS`, who wrote one that nobody answered, or the reason why it is left out or cannot be
            read -> how many.
        """
        kinds = Counter[str]()
        try:
            first = look_up(row, self.root) if self.root else row
        except Bad as bad:
            return Counter([bad.reason])
        waiting: list[tuple[Cell, list[Cell], bool, bool]] = [(first, [], True, False)]
        while waiting:
            cell, before, wanted, answers = waiting.pop()
            try:
                message, replies = self._opened(cell, before)
                reason = self._why_left_out(message) or ("" if wanted else BELOW)
            except Bad as bad:
                kinds[bad.reason] += 1
                continue
            answered = not reason and any(map(self._is_answer, replies))
            alone = f"by {str(message.get(self.role))[:40]} {WITHOUT_ANSWER}"
            kinds[reason or (ANSWERED if answered else ANSWERS if answers else alone)] += 1
            depth: list[Cell] = [*before, None]
            waiting += [(one, depth, not reason, answered and self._is_answer(one)) for one in replies]
        return kinds

    def _is_answer(self, message: Cell) -> bool:
        """Whether a reply is an answer; one that cannot be read is none, and is told of in its own place."""
        if not isinstance(message, Mapping) or message.get(self.role) not in self.answered_by:
            return False
        try:
            return not self._why_left_out(message)
        except Bad:
            return False

    def _why_left_out(self, message: Row) -> str:
        """The reason of a message that says itself that it is not wanted; empty for others.

        Raises:
            Bad: a column that says so holds neither true nor false.
        """
        return why_left_out(message, self.deleted, self.accepted)

    @property
    def ids(self) -> Mapping[str, str]:
        """What the rows are put together by, and left out by: field -> column of a message, where one is named."""
        names = ("parent", "message", "tree", "deleted", "accepted")
        return {name: column for name in names if (column := getattr(self, name))}

    def gathered(self, lines: Iterable[Line]) -> Iterable[Line]:
        """The rows that hold trees, of rows that may be single messages.

        Args:
            lines: the rows as read.

        Returns:
            the trees, each with its place.
        """
        if not self.parent:
            return lines
        return trees_of_messages(lines, MessageColumns(self.message, self.parent, self.tree, self.replies))

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


def why_left_out(message: Row, deleted: str, accepted: str) -> str:
    """The reason of a message that says itself that it is not wanted.

    Args:
        message: the message.
        deleted: column that says whether it was deleted; empty for none.
        accepted: column that says whether those who reviewed it accepted it; empty for none.

    Returns:
        DELETED or NOT_ACCEPTED; empty for others.

    Raises:
        Bad: a column that says so holds neither true nor false.
    """
    if deleted and _true_or_false(message, deleted):
        return DELETED
    return NOT_ACCEPTED if accepted and _true_or_false(message, accepted) is False else ""


def _true_or_false(message: Row, column: str) -> bool | None:
    """What a message says of itself; None where it says nothing.

    Raises:
        Bad: neither true nor false.
    """
    value = message.get(column)
    if value is None or isinstance(value, bool):  # nearly always
        return value
    if not (label := label_of(value).casefold()):
        return None
    if label not in _TRUE_OR_FALSE:
        raise Bad("neither_true_nor_false", f"{column} is {label[:40]!r}")
    return _TRUE_OR_FALSE[label]


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
        message that is left out, and one whose parent is in no tree (`parent_not_in_tree`). Each Bad of a conversation
        holds its message, or the row, which may state the language.
    """
    for line in lines if tree is None else tree.gathered(lines):
        if tree is None or isinstance(line.row, Bad):
            yield line
            continue
        stating, empty = _stating(line.row, tree), True
        for place, row in tree.rows(line.row):
            empty = False
            if isinstance(row, Bad) and not isinstance(row, UnusedMessage):
                row = UnusedMessage(row.reason, row.detail, stating)
            yield Line(f"{line.where} {tree.unit} {place}" if place else line.where, row)
        if empty:
            yield Line(line.where, UnusedMessage(NO_ANSWER, "", stating))


def _stating(row: Row, tree: Conversations) -> Row:
    """What states the language of a conversation of which no row is made: its first message and the row."""
    first: Cell = None
    with suppress(Bad):
        first = look_up_or_none(row, getattr(tree, "root", ""))
    return {**row, **first} if isinstance(first, Mapping) else row
