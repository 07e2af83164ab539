"""Rows of a sheet that came back as CSV, and everything that is wrong with a sheet at once."""

import csv
import io
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ..console.escaping import one_line
from ..errors import UserError
from ..files.atomic import read_text_by_its_mark
from ..files.encodings import MAX_LINE
from .cells import plain_cell
from .columns import SEPARATORS

# Rows of a sheet that a sentence lists for one mistake, and mistakes that it lists.
_ROWS_IN_A_MESSAGE: Final = 8
_MISTAKES_IN_A_MESSAGE: Final = 12
_COLUMNS_IN_A_MESSAGE: Final = 12
_MORE_CELLS: Final = "what is typed with a comma (or what separates the columns) in it stands between quotation marks"
#: What to do where cells stand beside an id that they do not belong to.
LEAVE_COLUMNS: Final = "leave the first columns as they were, or begin with the sheet as it was exported"


@dataclass(frozen=True)
class Mistakes:
    """What is wrong with a sheet: mistake -> the rows that it is in, as spreadsheet programs number them."""

    rows: dict[str, list[int]] = field(default_factory=dict)
    advice: dict[str, None] = field(default_factory=dict)

    def add(self, number: int, what: str, advice: str) -> None:
        """Notes a mistake.

        Args:
            number: of the row.
            what: is wrong.
            advice: what to do.
        """
        self.rows.setdefault(what, []).append(number)
        self.advice[advice] = None

    def sentence(self) -> str:
        """All of them.

        Returns:
            A sentence without a full stop.
        """
        listed = [f"{what} ({_rows_in_words(at)})" for what, at in self.rows.items()]
        if more := len(listed) - _MISTAKES_IN_A_MESSAGE:
            listed[_MISTAKES_IN_A_MESSAGE:] = [f"and {more:,} other mistakes"] if more > 0 else []
        return f"{'; '.join(listed)}; {'; '.join(self.advice)}"


def text_of_sheet(path: Path) -> str:
    """The text of a file that somebody filled in.

    Args:
        path: a CSV file in UTF-8, or in UTF-16 with its mark, as Excel's "Unicode text" is; a sheet that a spreadsheet
            program saved again is as good.

    Returns:
        The text.

    Raises:
        UserError: the file cannot be read.
    """
    return read_text_by_its_mark(path, "give the sheet that reviewers filled in, saved as CSV in UTF-8")


def word_in(cell: str) -> str:
    """What somebody typed as one of a few words, whatever their keyboard makes of it.

    Capitals, blanks and underscores, letters of full width, and marks of direction, which are not seen, make no other
    word. Letters of another script do.

    Args:
        cell: as it came back.

    Returns:
        The word in small letters.

    Example:
        >>> word_in(" Both_Bad"), word_in("\u200f\uff21")
        ('both bad', 'a')
    """
    shown = "".join(one for one in unicodedata.normalize("NFKC", cell) if unicodedata.category(one) != "Cf")
    return " ".join(shown.replace("_", " ").lower().split())


def person_in(row: Mapping[str, str], column: str, path: Path) -> str:
    """Who filled in a row: one person, however their name is spelt as to capitals, blanks and signs that are not seen.

    Args:
        row: of a sheet.
        column: in which people write who they are.
        path: of the sheet, whose name stands for who wrote nothing.

    Returns:
        The name in small letters. It is for telling people apart, and goes no further.
    """
    return name_in(row, column) or word_in(path.stem)


def name_in(row: Mapping[str, str], column: str) -> str:
    """Who filled in a row, as `person_in` has it.

    Args:
        row: of a sheet.
        column: in which people write who they are.

    Returns:
        The name in small letters; empty where nobody wrote one.
    """
    return word_in(plain_cell(row.get(column, "")))


def refuse_namesakes(places: Sequence[str], unnamed: bool, column: str) -> None:
    """Sees that two people are not taken for one, whose sheets came back under the name that they were sent out with.

    Args:
        places: where one name says something of one row: two files and their rows.
        unnamed: whether the name is that of the files, as nobody wrote one.
        column: in which people write who they are.

    Raises:
        UserError: it is, and the files are two.
    """
    if unnamed and len({place.rsplit(" ", 2)[0] for place in places}) > 1:
        raise UserError(
            f"{' and '.join(places)} are in two files of one name, and neither says in '{column}' who it was; rename "
            "one of the files, or write a name into that column"
        )


def as_typed(cell: str) -> str:
    """What somebody typed that is none of the words there are, for a sentence.

    Args:
        cell: as it came back.

    Returns:
        It between quotation marks, cut where it is long; a lone letter of another script with its name, since it may
        look like A or B.
    """
    shown = " ".join(cell.split())
    letters = [one for one in shown if unicodedata.category(one) != "Cf"]
    name = unicodedata.name(letters[0], "") if len(letters) == 1 and not letters[0].isascii() else ""
    return f"'{one_line(shown[:40])}'" + (f" ({name.title()})" if name else "")


def rows_of_sheet(
    path: Path, text: str, needed: Sequence[str], whence: str, mistakes: Mistakes
) -> Iterator[tuple[int, Mapping[str, str]]]:
    """The rows of a filled sheet. Comma, semicolon and tab all separate.

    Args:
        path: of the file, for sentences.
        text: what it holds.
        needed: columns that it must have.
        whence: what wrote the sheet, for sentences.
        mistakes: where a row goes that has more cells than there are columns: what was typed into one stands in two.

    Yields:
        The number of each row as a spreadsheet program has it, and its cells by column.

    Raises:
        UserError: it is not valid CSV, lacks a column, or has one twice.
    """
    head = text.splitlines()[0] if text else ""
    delimiter = max(SEPARATORS, key=head.count)
    csv.field_size_limit(MAX_LINE)
    # Strict: a quote that is never closed would swallow the rows after it.
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    names = next(_rows_of(rows, path, 1), (1, []))[1]
    if lacking := [name for name in needed if name not in names]:
        seen = ", ".join(f"'{one_line(name[:40])}'" for name in names[:_COLUMNS_IN_A_MESSAGE] if name) or "none"
        raise UserError(f"{path} has no column '{lacking[0]}' (it has {seen}); use the sheet that {whence} wrote")
    if twice := [name for name, count in Counter(names).items() if name and count > 1]:
        raise UserError(f"{path} has the column '{one_line(twice[0][:40])}' twice; leave one of them in the sheet")
    for number, cells in _rows_of(rows, path, 2):
        if len(cells) > len(names):
            mistakes.add(number, "there are more cells than columns", _MORE_CELLS)
        else:
            yield number, dict(zip(names, cells, strict=False))


def _rows_of(rows: Iterable[list[str]], path: Path, first: int) -> Iterator[tuple[int, list[str]]]:
    """The rows with their numbers in a spreadsheet program, in which an empty line is a row too.

    Raises:
        UserError: a row is not valid CSV.
    """
    number = first
    try:
        for cells in rows:
            yield number, cells
            number += 1
    except csv.Error as error:
        raise UserError(
            f"{path}: row {number} of the sheet is not valid CSV ({error}); save the sheet again as CSV"
        ) from None


def _rows_in_words(numbers: Sequence[int]) -> str:
    listed = ", ".join(map(str, numbers[:_ROWS_IN_A_MESSAGE])) + " ..." * (len(numbers) > _ROWS_IN_A_MESSAGE)
    return f"row{'s' * (len(numbers) > 1)} {listed} of the sheet"
