"""JSON lists read item by item, so that a list of any length takes the memory of its longest item."""

import codecs
import io
import json
from collections.abc import Callable, Iterator
from typing import BinaryIO

from .cells import Cell

# Bytes that are read in one go, and characters behind a value without which it may go on: `1` may become `1e-5`, and
# what is cut within a word or an escape is no error yet.
_CHUNK, _LOOKAHEAD = 1 << 20, 20
_BLANK = " \t\n\r"

Object = Callable[[list[tuple[str, Cell]]], Cell]
"""What an object becomes, by its keys and values in their order."""


class NotAList(ValueError):
    """What is read is no JSON list.

    Attributes:
        at: the character where that shows, from 0.
        byte: where it is no UTF-8, the number of the byte; None otherwise.
        data: the bytes round that one.
    """

    def __init__(self, message: str, at: int = 0, byte: int | None = None, data: bytes = b"") -> None:
        super().__init__(message)
        self.at, self.byte, self.data = at, byte, data


class TooLong(ValueError):
    """An item of the list is longer than what is read; `number` counts from 1."""

    def __init__(self, number: int) -> None:
        super().__init__(f"item {number} is too long")
        self.number = number


def list_items(file: BinaryIO, longest: int, of_object: Object = dict) -> Iterator[Cell]:
    """The items of a JSON list.

    Args:
        file: bytes in UTF-8 that begin with the list.
        longest: characters that an item may have.
        of_object: what objects become.

    Yields:
        the items in their order.

    Raises:
        NotAList: it is none, from here on.
        TooLong: an item is longer.
        RecursionError: an item is nested too deeply.
        ValueError: a number has thousands of digits.
        OSError: as reading the file raises it.
        EOFError: the same.
    """
    text = _Text(file, longest)
    decoder = json.JSONDecoder(object_pairs_hook=of_object)
    text.take("[", "Expecting '['")
    if text.next_sign() == "]":
        text.at += 1
    else:
        yield text.value(decoder)
        while text.next_sign() != "]":
            text.take(",", "Expecting ',' delimiter")
            text.next_sign()
            yield text.value(decoder)
        text.at += 1
    if text.next_sign():
        raise text.wrong("Extra data", text.at)


class _Text:
    """A part of a text that is read bit by bit; `at` is the place in that part up to which it is understood."""

    def __init__(self, file: BinaryIO, longest: int) -> None:
        self.at, self.items = 0, 0
        self._file, self._longest = file, longest
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._part, self._ended = "", False
        # What came before the part: characters, lines, characters of the last line; and bytes that were read.
        self._before, self._lines, self._columns, self._bytes = 0, 0, 0, 0

    def next_sign(self) -> str:
        """The next character that is no blank; empty at the end."""
        while True:
            while self.at < len(self._part):
                if (sign := self._part[self.at]) not in _BLANK:
                    return sign
                self.at += 1
            if not self._more():
                return ""

    def take(self, sign: str, message: str) -> None:
        """Goes on behind a character that must come next."""
        if self.next_sign() != sign:
            raise self.wrong(message, self.at)
        self.at += 1

    def value(self, decoder: json.JSONDecoder) -> Cell:
        """The value that begins here."""
        self.items += 1
        while True:
            try:
                value: Cell
                value, end = decoder.raw_decode(self._part, self.at)
            except json.JSONDecodeError as error:
                cut = error.msg.startswith("Unterminated string") or error.pos > len(self._part) - _LOOKAHEAD
                if cut and self._more():
                    continue
                raise self.wrong(error.msg, error.pos) from None
            if end > len(self._part) - _LOOKAHEAD and self._more():
                continue
            self.at = end
            return value

    def wrong(self, message: str, at: int) -> NotAList:
        """What is raised of a place in the part; the message is as `json` writes it."""
        line, column = self._lines + self._part.count("\n", 0, at) + 1, at - self._part.rfind("\n", 0, at)
        column += self._columns * (self._part.find("\n", 0, at) < 0)
        place = self._before + at
        return NotAList(f"{message}: line {line} column {column} (char {place})", place)

    def _more(self) -> bool:
        """Reads on, as much again as was read in vain; false at the end."""
        if self._ended:
            return False
        gone, lines = self._part[: self.at], self._part.count("\n", 0, self.at)
        self._before, self._lines = self._before + self.at, self._lines + lines
        self._columns = len(gone) - gone.rfind("\n") - 1 + self._columns * (not lines)
        self._part, self.at = self._part[self.at :], 0
        if len(self._part) > self._longest:
            raise TooLong(self.items)
        data = self._file.read(max(_CHUNK, len(self._part)))
        self._ended = not data
        pending = self._decoder.getstate()[0]
        try:
            self._part += self._decoder.decode(data, final=self._ended)
        except UnicodeDecodeError as error:
            byte = self._bytes - len(pending) + error.start
            around = (pending + data)[: error.start + 200]
            raise NotAList("no UTF-8", self._before + len(self._part), byte, around) from None
        self._bytes += len(data)
        return True


def begins_a_list(line: bytes, of_object: Object = dict) -> bool | None:
    """Whether the first line of a text begins a JSON list that goes on below it.

    Args:
        line: the line; its first sign is `[`.
        of_object: as for `list_items`.

    Returns:
        True where it does, False where the line as a whole is a list, None where it is or begins none.
    """
    bare = line.rstrip()
    try:
        for _ in list_items(io.BytesIO(bare), len(bare) + 1, of_object):
            pass
    except NotAList as error:
        # Behind the place where it is wrong the line may be no UTF-8: of a long one the rest was not read.
        return True if error.byte is None and error.at >= len(bare.decode("utf-8", "replace")) else None
    except (ValueError, RecursionError):
        return None
    return False
