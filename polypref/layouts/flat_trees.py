"""Trees of rows that are single messages, in whatever order these stand.

A message may stand before the one that it answers, and trees may lie between each other, so no tree is whole before all
rows were read. Until then the rows are in a temporary file, and in memory is only which message answers which.
"""

import pickle
from array import array
from collections.abc import Iterable, Iterator
from tempfile import SpooledTemporaryFile
from typing import NamedTuple

from ..errors import UserError
from ..files.cells import Bad, Cell, Row, name_of
from ..files.readers import Line
from .tables import UnusedMessage

#: Messages that are put together at once, at most: about 200 MB of memory for what answers what.
MOST_MESSAGES = 1_000_000
#: Bytes of rows that are held in memory before they go to the disk.
_IN_MEMORY = 64 << 20
#: Share of the messages whose parents may be nowhere, where rows stand tree by tree.
_ORPHANS = 0.01
#: Why a message is in no tree: nothing that it answers is, it has no id that is its own, or it is there already.
NO_PARENT, NO_ID, TWICE = "parent_not_in_tree", "message_without_an_id_of_its_own", "message_twice"
# Places that a name has until its message was read, and of the parent of a message that answers none.
_UNREAD, _NONE = -1, -1


class MessageColumns(NamedTuple):
    """The columns by which rows that are messages become trees.

    Attributes:
        message: a message's own id.
        parent: the id of the message that it answers.
        tree: the id of the whole tree; empty where the ids of messages are their own in all of them.
        replies: the column that is made: the list of replies.
    """

    message: str
    parent: str
    tree: str
    replies: str


class _Ids(NamedTuple):
    """What a message is called, and what it answers; no parent where it begins a tree."""

    own: str
    parent: str


def trees_of_messages(lines: Iterable[Line], columns: MessageColumns) -> Iterator[Line]:
    """Trees of rows that are single messages, in any order.

    Args:
        lines: the messages.
        columns: how they name each other.

    Yields:
        each tree with the place of its first message, whose replies hold the others, in the order in which the first
        messages and the replies to one message stand; what cannot be read as it comes, what belongs to no tree last.

    Raises:
        UserError: there are more than `MOST_MESSAGES`, and they do not stand tree by tree.
    """
    with _Messages(columns) as held:
        for line in lines:
            if isinstance(line.row, Bad):
                yield line
                continue
            try:
                ids = _ids_of(line.row, columns)
            except Bad as bad:
                yield Line(line.where, UnusedMessage(NO_ID, bad.detail, line.row))
                continue
            yield from held.add(ids, line.where, line.row)
            if len(held.order) >= MOST_MESSAGES:
                yield from held.closed(line.where)
        yield from held.trees()


def _ids_of(row: Row, columns: MessageColumns) -> _Ids:
    """The ids of a message; those of one tree are told from the same ids of another where a column says which it is.

    Raises:
        Bad: an id is no name, or the message has none.
    """
    # Where a column of numbers has gaps, pandas makes 1.0 of 1.
    own, parent = name_of(row.get(columns.message)), name_of(row.get(columns.parent))
    if not own:
        raise Bad(NO_ID)
    whose = f"{name_of(row.get(columns.tree))}\n" if columns.tree else ""
    return _Ids(whose + own, whose + parent if parent else "")


class _Messages:
    """Messages that were read, each by a number that its name has from when it is first met.

    Attributes:
        order: the numbers of the messages in the order in which they were read.
    """

    def __init__(self, columns: MessageColumns) -> None:
        self._columns = columns
        self._file = SpooledTemporaryFile(_IN_MEMORY)
        self._end = 0
        self._begin()

    def _begin(self) -> None:
        self.order = array("q")
        self._numbers: dict[str, int] = {}
        self._places, self._sizes, self._parents = array("q"), array("q"), array("q")
        self._of_two: set[int] = set()

    def __enter__(self) -> "_Messages":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, ids: _Ids, where: str, row: Row) -> Iterator[Line]:
        """Takes a message.

        Args:
            ids: of it.
            where: its place.
            row: as read.

        Yields:
            the message itself where another one has its id already.
        """
        number = self._number(ids.own)
        if self._places[number] != _UNREAD:
            yield Line(where, self._again(number, ids, row))
            return
        self._parents[number] = self._number(ids.parent) if ids.parent else _NONE
        written = self._file.write(pickle.dumps((where, row), pickle.HIGHEST_PROTOCOL))
        self._places[number], self._sizes[number] = self._end, written
        self._end += written
        self.order.append(number)

    def _number(self, name: str) -> int:
        number = self._numbers.setdefault(name, len(self._places))
        if number == len(self._places):
            self._places.append(_UNREAD)
            self._sizes.append(0)
            self._parents.append(_NONE)
        return number

    def _again(self, number: int, ids: _Ids, row: Row) -> UnusedMessage:
        """A message whose id was met: the same message, or another one, so that nothing says which of them is meant."""
        _, first = self._read(number)
        self._file.seek(self._end)
        if repr(first) == repr(row):  # not-a-number, as pandas writes nothing, is not equal to itself
            return UnusedMessage(TWICE, "", row, left_out=True)
        self._of_two.add(number)
        return UnusedMessage(NO_ID, _of_two(ids), row)

    def _read(self, number: int) -> tuple[str, Row]:
        self._file.seek(self._places[number])
        where, row = pickle.loads(self._file.read(self._sizes[number]))
        return where, row

    def closed(self, where: str) -> Iterator[Line]:
        """The trees that are whole where rows stand tree by tree: all but the last, which is kept.

        Args:
            where: the place up to which was read.

        Yields:
            as `trees`.

        Raises:
            UserError: the rows do not stand so, as many answer messages that were not read; or all are one tree.
        """
        read, waiting = len(self.order), len(self._places) - len(self.order)
        start = next((at for at in reversed(range(read)) if self._parents[self.order[at]] == _NONE), 0)
        if waiting > _ORPHANS * read or not start:
            raise UserError(
                f"{where}: {read:,} messages were read, and "
                + (f"{waiting:,} that they answer are not among them" if start else "they are one tree")
                + "; so many are put together only where those of a tree follow each other: sort the rows by the id of "
                f"the tree, or take a part of the file (the answered message is named by {self._columns.parent!r})"
            )
        last = [self._read(number) for number in self.order[start:]]
        del self.order[start:]
        yield from self.trees()
        self._file.seek(0)
        self._file.truncate()
        self._end = 0
        self._begin()
        for place, row in last:
            yield from self.add(_ids_of(row, self._columns), place, row)

    def trees(self) -> Iterator[Line]:
        """The trees of all messages that were read.

        Yields:
            each tree, and then each message that is in none.
        """
        first, following = self._replies()
        reached = bytearray(len(self._places))
        for number in self.order:
            if self._parents[number] == _NONE and number not in self._of_two:
                yield self._whole(number, first, following, reached)
        yield from (self._in_no_tree(number) for number in self.order if not reached[number])

    def _in_no_tree(self, number: int) -> Line:
        where, row = self._read(number)
        ids = _ids_of(row, self._columns)
        if number in self._of_two:
            return Line(where, UnusedMessage(NO_ID, _of_two(ids), row))
        return Line(where, UnusedMessage(NO_PARENT, _shown(ids.parent), row))

    def _replies(self) -> tuple["array[int]", "array[int]"]:
        """Of each message the number of the first reply to it, and of the reply after itself to the same message."""
        none = array("q", [_NONE]) * len(self._places)
        first, following = array("q", none), array("q", none)
        for number in reversed(self.order):
            if (parent := self._parents[number]) != _NONE and number not in self._of_two:
                following[number], first[parent] = first[parent], number
        return first, following

    def _whole(self, root: int, first: "array[int]", following: "array[int]", reached: bytearray) -> Line:
        """A tree, from its first message on."""
        where, message = self._opened(root, reached)
        waiting = [(root, message)]
        while waiting:
            number, above = waiting.pop()
            replies: list[Cell] = []
            above[self._columns.replies] = replies
            reply = first[number]
            while reply != _NONE:
                _, below = self._opened(reply, reached)
                replies.append(below)
                waiting.append((reply, below))
                reply = following[reply]
        return Line(where, message)

    def _opened(self, number: int, reached: bytearray) -> tuple[str, dict[str, Cell]]:
        reached[number] = 1
        where, row = self._read(number)
        return where, dict(row)


def _of_two(ids: _Ids) -> str:
    return f"two messages are called {_shown(ids.own)}"


def _shown(name: str) -> str:
    return name.rpartition("\n")[2][:40]
