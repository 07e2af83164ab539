"""The one command for rows of one answer each with a number, or a label, beside it."""

import math
import shlex
from collections.abc import Iterable, Sequence

from ..console.escaping import one_line
from ..files.cells import Bad, Cell, DecimalMark, Row, is_missing, number_in
from ..languages.options import as_options
from .row_columns import columns_of_rows
from .scripts import Place, language_options

#: Columns of numbers that are listed, and characters of a name.
_COLUMNS, _LONGEST = 8, 60


def command_for_scores(place: Place, rows: Iterable[Row | Bad]) -> str:
    """How rows are built of which each holds one answer and a number that rates it.

    No name and no value tells which column is the prompt or the answer, so that these are left to be named.

    Args:
        place: where the rows are.
        rows: some of them; what is no row is passed over.

    Returns:
        a command; empty where no column holds numbers alone, or the command cannot read from such a place.
    """
    read = [row for row in rows if not isinstance(row, Bad)]
    numbers = numeric_columns(read)
    if not numbers or {"records", "separator"} & place.settings.keys():
        return ""
    # Numbers of rows and prompts are whole; one column with decimals among several is the one of the scores.
    by_comma = [name for name, mark in numbers.items() if mark == ","]
    likely = by_comma if len(by_comma) == 1 else list(numbers)
    score = shlex.quote(one_line(likely[0])) if len(likely) == 1 else "COLUMN"
    words = [f"polypref build answer_pool --source {shlex.quote(place.source)}{as_options(place.added)}"]
    words += [f"--{name} {shlex.quote(value)}" for name, value in place.settings.items() if value]
    words += ["--prompt-column COLUMN --answer-column COLUMN --model-column COLUMN", f"--score-column {score}"]
    words += ["--decimal-comma"] if by_comma else []
    words += [
        f"--{name} {shlex.quote(value)}" for name, value in language_options(place, None, columns_of_rows(read)).items()
    ]
    listed = ", ".join(one_line(name)[:_LONGEST] for name in likely[:_COLUMNS])
    where = f" (numbers stand in {listed})" if len(likely) > 1 else ""
    return f"{' '.join(words)}{where}"


def command_for_labels(place: Place, rows: Iterable[Row | Bad]) -> str:
    """How rows are built of which each holds one answer and a label, good or bad.

    Args:
        place: where the rows are.
        rows: some of them; what is no row is passed over.

    Returns:
        a command; empty where no column holds two different values alone, or the command cannot read from such a place.
    """
    read = [row for row in rows if not isinstance(row, Bad)]
    likely = [name for name in dict.fromkeys(name for row in read for name in row) if _holds_two_values(name, read)]
    if not likely or "separator" in place.settings:
        return ""
    label = shlex.quote(one_line(likely[0])) if len(likely) == 1 else "COLUMN"
    words = [f"polypref build pairs --source {shlex.quote(place.source)}{as_options(place.added)}"]
    words += [f"--{name} {shlex.quote(value)}" for name, value in place.settings.items() if value]
    words += [f"--prompt COLUMN --completion COLUMN --label {label} --good VALUES --bad VALUES --unpaired"]
    words += [
        f"--{name} {shlex.quote(value)}" for name, value in language_options(place, None, columns_of_rows(read)).items()
    ]
    listed = ", ".join(one_line(name)[:_LONGEST] for name in likely[:_COLUMNS])
    where = f" (two values stand in {listed})" if len(likely) > 1 else ""
    return f"{' '.join(words)}{where}"


def _holds_two_values(name: str, rows: Sequence[Row]) -> bool:
    """Whether a column holds two different values and no more, each as short as a label and in more than one row."""
    cells = [row[name] for row in rows if name in row and not _is_empty(row[name])]
    short = [cell for cell in cells if isinstance(cell, str | int) and len(str(cell)) <= _LONGEST]
    return len(set(short)) == 2 < len(short) == len(cells)


def numeric_columns(rows: Sequence[Row]) -> dict[str, DecimalMark]:
    """Which columns hold numbers wherever they hold something.

    Args:
        rows: as read.

    Returns:
        the name of each, with what stands before the decimals: a comma where a value is a number with that alone.

    Example:
        >>> numeric_columns([{"mark": "4,5", "id": 1}, {"mark": "3", "id": 2}])
        {'mark': ',', 'id': '.'}
    """
    marks: dict[str, DecimalMark] = {}
    for name in dict.fromkeys(name for row in rows for name in row):
        cells = [row[name] for row in rows if name in row and not _is_empty(row[name])]
        fitting: list[DecimalMark] = [mark for mark in (".", ",") if all(_is_number(cell, mark) for cell in cells)]
        if cells and fitting:
            marks[name] = fitting[0]
    return marks


def _is_empty(cell: Cell) -> bool:
    return is_missing(cell) or (isinstance(cell, str) and not cell.strip())


def _is_number(cell: Cell, mark: DecimalMark) -> bool:
    """Whether a cell is a number, or a text that is one with such decimals."""
    try:
        return not isinstance(cell, bool) and math.isfinite(number_in(cell, mark))
    except (ValueError, OverflowError):
        return False
