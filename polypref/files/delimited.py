"""Delimited files (.csv, .tsv) as rows; what separates their columns is looked for where nobody says it."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from ..errors import UserError
from . import encodings
from .cells import Bad, Row
from .encodings import beside_not_utf8, numbered_lines, utf8_advice

#: What is looked for, and its name.
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
# Lines and characters that are looked at.
_LINES, _CHARACTERS = 100, 1 << 20
# Of the rows that are looked at: how many must have as many columns as the first line where another separator than the
# usual one is taken, and how many suffice for the usual one.
_SURE, _ENOUGH = 0.9, 0.5
# Excel writes and reads a first line that names the separator.
_NAMED = re.compile(r'"?sep=(.)"?[\r\n]*')


def delimited_rows(path: Path, usual: str, separator: str | None) -> Iterator[tuple[str, Row | Bad]]:
    """Reads a delimited file whose first line names the columns.

    Args:
        path: the file; see `encodings.open_utf8`.
        usual: what separates the columns of most files of its ending.
        separator: what separates its columns; None to look for it.

    Yields:
        Each row with its place, `FILE:LINE` of its first line; a row that cannot be read comes as Bad.

    Raises:
        UserError: the first line names no columns or one twice, nothing tells what separates them, or quotes are wrong.
    """
    csv.field_size_limit(encodings.MAX_LINE)
    pieces = _pieces(path)
    sample: list[_Piece] = []
    room = _CHARACTERS
    while len(sample) < _LINES and room > 0 and (piece := next(pieces, None)) is not None:
        sample.append(piece)
        room -= len(piece.text)
    whole = len(sample) < _LINES and room > 0
    skipped = 0
    if sample and (named := _NAMED.fullmatch(sample[0].text)):
        separator, skipped = separator or named[1], 1
    if separator is None:
        separator = _separator_of([piece.text for piece in sample], whole, usual, path)
    return _rows(path, chain(sample[skipped:], pieces), separator, skipped)


def check_separator(separator: str, what: str) -> None:
    """Refuses what can separate no columns.

    Args:
        separator: what is to separate them.
        what: where it is written, for the message.

    Raises:
        UserError: it is not one sign, or one that has a meaning of its own.
    """
    if len(separator) != 1 or separator in '"\r\n\x00' or "\ud800" <= separator <= "\udfff":
        raise UserError(f"{what}: {separator!r:.40} separates no columns; write one sign, as in ';' or '\\t'")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A line by any system's line ends; `bad` are its bytes where they are not UTF-8."""

    text: str
    bad: bytes = b""


def _pieces(path: Path) -> Iterator[_Piece]:
    for _, line in numbered_lines(path):
        try:
            text, bad = line.decode("utf-8"), b""
        except UnicodeDecodeError:
            text, bad = line.decode("utf-8", "replace"), line
        # Old files end their lines in \r alone.
        if "\r" in text.removesuffix("\r\n"):
            yield from (_Piece(piece, bad) for piece in io.StringIO(text, newline=""))
        else:
            yield _Piece(text, bad)


def _rows(path: Path, pieces: Iterable[_Piece], separator: str, skipped: int) -> Iterator[tuple[str, Row | Bad]]:
    given = bad_line = skipped  # the last line that was read, and the last one that is not UTF-8
    bad = ""

    def texts() -> Iterator[str]:
        nonlocal given, bad_line, bad
        for piece in pieces:
            given += 1
            if piece.bad:
                bad_line, bad = given, beside_not_utf8(f"line {given}", piece.bad)
            yield piece.text

    # A fault in the quotes is an error of the file, not of a row: nobody can tell where the next row begins.
    rows, begin = csv.reader(texts(), delimiter=separator, strict=True), skipped + 1
    try:
        header = _header(path, next(rows, []), bad)
        begin = given + 1
        for number, values in enumerate(rows, 2):
            # Where cells hold several lines an editor counts otherwise than a spreadsheet.
            where = f"{path}:{begin}" if begin == number + skipped else f"{path}:{begin} (row {number})"
            if bad_line >= begin:
                yield where, Bad(encodings.NOT_UTF8, bad)
            elif len(values) == len(header):
                yield where, dict(zip(header, values, strict=True))
            elif values:
                yield where, Bad("wrong_number_of_columns", f"{len(values)} of {len(header)}")
            begin = given + 1
    except csv.Error as error:
        raise UserError(f"the row at {path}:{begin} is not valid CSV ({error}); mend its quotes") from None


def _header(path: Path, names: list[str], bad: str) -> list[str]:
    needs = f"{path} needs a first line with one name a column"
    if bad:
        raise UserError(f"{needs}, in UTF-8 ({bad}): {utf8_advice(bad)}")
    if not names:
        raise UserError(f"{needs}; it has none")
    if twice := next((name for at, name in enumerate(names) if name in names[:at]), None):
        raise UserError(f"{needs}, each once; {twice!r:.60} stands there twice")
    if twice is not None:
        raise UserError(f"{needs}, each once; two columns have no name")
    return names


@dataclass(frozen=True)
class _Fit:
    """How the beginning of a file reads with one separator.

    Attributes:
        columns: of the first line; 0 where it cannot be read, or two have one name.
        cut: whether a name of a column is a part of a quoted one, to judge by its quotes.
        rows: how many follow.
        alike: how many of these have as many columns.
    """

    columns: int
    cut: bool
    rows: int
    alike: int

    @property
    def share(self) -> float:
        return self.alike / self.rows if self.rows else 0.0


def _fit_of(sample: Sequence[str], whole: bool, separator: str) -> _Fit:
    reader = csv.reader(sample, delimiter=separator, strict=True)
    names, widths = list[str](), list[int]()
    try:
        names = next(reader, names)
        for values in reader:
            widths += [len(values)] * bool(values)
    except csv.Error as error:
        # The last row of a part of a file may be cut in the middle; all else is quotes that do not fit.
        if whole or "end of data" not in str(error):
            widths.append(0)
    columns = len(names) if len(set(names)) == len(names) else 0
    return _Fit(columns, any(name.count('"') % 2 for name in names), len(widths), widths.count(columns))


def _separator_of(sample: Sequence[str], whole: bool, usual: str, path: Path) -> str:
    """What separates the columns: the usual separator unless it does not fit and one other does.

    Raises:
        UserError: the first line is one column by the usual separator, and nothing else tells.

    """
    fits = {one: _fit_of(sample, whole, one) for one in SEPARATORS}
    own = fits.pop(usual)
    likely = [one for one, fit in fits.items() if fit.columns > 1]
    sure = [one for one in likely if fits[one].share >= _SURE]
    if own.columns > 1:
        return sure[0] if len(sure) == 1 and (own.cut or own.share < _ENOUGH) else usual
    if len(sure) == 1:
        return sure[0]
    if not likely:
        return usual
    if len(likely) == 1 and not fits[likely[0]].rows:
        return likely[0]
    others = ", ".join(f"by {SEPARATORS[one]} {fits[one].columns}" for one in likely)
    raise UserError(
        f"{path}: by {SEPARATORS[usual]} its first line is one column, {others}, and its rows do not tell; say what "
        "separates its columns (separator=';'), or save it with commas"
    )
