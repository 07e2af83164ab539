"""The one command for rows of one answer each with a number, or a label, beside it."""

import shlex
from collections.abc import Iterable, Mapping, Sequence

from ..console.escaping import one_line, one_text
from ..files.cells import Bad, Row
from ..languages.options import as_options
from .column_kinds import (
    columns_for,
    filled_cells,
    is_called,
    numeric_columns,
    says_good_or_bad,
    why_no_label,
    why_no_scores,
)
from .row_columns import LONGEST_LABEL, columns_of_rows
from .scripts import Place, language_options, option_words

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
    scores = columns_for("score", read, list(numbers))
    if not scores or {"records", "separator"} & place.settings.keys():
        return ""
    # One column with decimals among several is the one of the scores, or the one that is called so.
    by_comma = [name for name in scores if numbers[name] == ","]
    called = [name for name in scores if is_called("score", name)]
    likely = next((ones for ones in (by_comma, called) if len(ones) == 1), scores)
    words = ["--prompt-column COLUMN --answer-column COLUMN --model-column COLUMN", f"--score-column {_one_of(likely)}"]
    words += ["--decimal-comma"] if by_comma else []
    return _command("answer_pool", place, words, read) + _listed("numbers", scores, likely)


def command_for_labels(place: Place, rows: Iterable[Row | Bad]) -> str:
    """How rows are built of which each holds one answer and a label, good or bad.

    Args:
        place: where the rows are.
        rows: some of them; what is no row is passed over.

    Returns:
        a command; empty where no column holds two different values alone, or the command cannot read from such a place.
    """
    read = [row for row in rows if not isinstance(row, Bad)]
    labels = [name for name in _of_two_values(read) if not why_no_label(read, name)]
    if not labels or "separator" in place.settings:
        return ""
    likely = [name for name in labels if says_good_or_bad(read, name)]
    likely = likely if len(likely) == 1 else labels
    words = [f"--prompt COLUMN --completion COLUMN --label {_one_of(likely)} --good VALUES --bad VALUES --unpaired"]
    return _command("pairs", place, words, read) + _listed("two values", labels, likely)


def not_scores(rows: Iterable[Row | Bad]) -> list[str]:
    """Which columns of numbers the command for scores does not name, and why.

    Args:
        rows: as in `command_for_scores`.

    Returns:
        a clause for each: its name, and what its values or its name are.
    """
    read = [row for row in rows if not isinstance(row, Bad)]
    return _with_reasons({name: why_no_scores(read, name) for name in numeric_columns(read)})


def not_labels(rows: Iterable[Row | Bad]) -> list[str]:
    """Which columns of two values the command for labels does not name, and why.

    Args:
        rows: as in `command_for_labels`.

    Returns:
        a clause for each: its name, and what its values or its name are.
    """
    read = [row for row in rows if not isinstance(row, Bad)]
    return _with_reasons({name: why_no_label(read, name) for name in _of_two_values(read)})


def scores_in_words(rows: Iterable[Row | Bad]) -> dict[str, list[str]]:
    """Which columns may rate answers by words in place of numbers.

    Args:
        rows: as in `command_for_scores`.

    Returns:
        the name of each column that is called scores, with its few values, at least three.
    """
    read = [row for row in rows if not isinstance(row, Bad)]
    names = dict.fromkeys(name for row in read for name in row if is_called("score", name))
    taken_up = {}
    for name in names.keys() - numeric_columns(read).keys():
        cells = filled_cells(read, name)
        words = list(dict.fromkeys(cell for cell in cells if isinstance(cell, str) and len(cell) <= LONGEST_LABEL))
        if len(words) in range(3, _COLUMNS + 1) and all(cell in words for cell in cells) and len(cells) > len(words):
            taken_up[name] = words
    return dict(sorted(taken_up.items()))


def column_of_people(rows: Iterable[Row | Bad]) -> str:
    """The column that may say who rated.

    Args:
        rows: as in `command_for_scores`.

    Returns:
        Its name; empty where none is called so, or more than one.
    """
    read = [row for row in rows if not isinstance(row, Bad)]
    names = list(dict.fromkeys(name for row in read for name in row))
    called = [name for name in columns_for("annotator", read, names) if is_called("annotator", name)]
    return called[0] if len(called) == 1 else ""


def _command(builder: str, place: Place, own: Sequence[str], rows: Sequence[Row]) -> str:
    """The command of a builder, with what is named of columns."""
    spoken = option_words(language_options(place, None, columns_of_rows(rows)))
    source = f"polypref build {builder} --source {shlex.quote(place.source)}{as_options(place.added)}"
    return " ".join([source, *option_words(place.settings), *own, *spoken])


def _one_of(names: Sequence[str]) -> str:
    return shlex.quote(one_line(names[0])) if len(names) == 1 else "COLUMN"


def _listed(what: str, names: Sequence[str], likely: Sequence[str]) -> str:
    """Where else such values stand, or, where no column is named, where they do."""
    others = names if len(likely) > 1 else [name for name in names if name not in likely]
    listed = ", ".join(one_text(name, _LONGEST) for name in others[:_COLUMNS])
    return f" ({what} stand {'' if len(likely) > 1 else 'also '}in {listed})" if listed else ""


def _with_reasons(reasons: Mapping[str, str]) -> list[str]:
    return [f"{one_text(name, _LONGEST)}, {one_text(why)}" for name, why in reasons.items() if why][:_COLUMNS]


def _of_two_values(rows: Sequence[Row]) -> list[str]:
    return [name for name in dict.fromkeys(name for row in rows for name in row) if _holds_two_values(name, rows)]


def _holds_two_values(name: str, rows: Sequence[Row]) -> bool:
    """Whether a column holds two different values and no more, each as short as a label and in more than one row."""
    cells = filled_cells(rows, name)
    short = [cell for cell in cells if isinstance(cell, str | int) and len(str(cell)) <= LONGEST_LABEL]
    return len(set(short)) == 2 < len(short) == len(cells)
