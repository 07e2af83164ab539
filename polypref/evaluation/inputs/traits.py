"""What is stated of prompts and answers beside their texts: the columns by which a report is sliced.

They stand in a table of their own, traits.parquet, so that battles are what they were before anybody asked for slices.
"""

import json
from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa

from ...console.escaping import one_line
from ...errors import UserError
from ...files.cells import Bad, Cell, Row, is_missing, look_up_or_none
from ...layouts.columns import check_columns
from ...layouts.strict_rows import cell_name

#: One row a prompt, or answer (`model` names whose; empty for a prompt's), column and value. `number` is a measurement.
TRAITS = pa.schema(
    [
        ("set", pa.string()),
        ("prompt_id", pa.string()),
        ("language", pa.string()),
        ("model", pa.string()),
        ("column", pa.string()),
        ("value", pa.string()),
        ("number", pa.float64()),
    ]
)
#: Columns that no file has to state: they are read off the answers, languages of thoughts off those that are asked for.
REFUSAL, THOUGHT_LANGUAGE = "refusal", "thought_language"
#: Scores that answers have by themselves; the value is their scale.
SCORE = "=score"
#: Measurements of translated answers; see `figures.consistency.translation_chrf`. No column of a file has such a name.
CHRF, CHRF_BY_CHANCE = "=chrf", "=chrf by chance"
#: Characters of a value.
_LONGEST = 60
#: Values of one cell.
_MOST = 20

Trait = dict[str, str | float | None]
"""A row of TRAITS."""


def check_slices(columns: Sequence[str]) -> tuple[str, ...]:
    """The columns that a report is to be sliced by, each once.

    Args:
        columns: their names; a path such as `meta.country` leads into nested values.

    Returns:
        the same, without repetitions.

    Raises:
        UserError: one of them is no name of a column.
    """
    names = tuple(dict.fromkeys(one.strip() for one in columns))
    if any(not one or one.startswith("=") or len(one) > _LONGEST for one in names):
        wrong = next(one for one in names if not one or one.startswith("=") or len(one) > _LONGEST)
        raise UserError(
            f"slices (--slice): {wrong[:_LONGEST]!r} names no column; give one of the prompts' or the answers', as in "
            f"--slice category, or {REFUSAL}"
        )
    check_columns("slices (--slice)", names)
    return names


def values_of(row: Row, column: str) -> list[str]:
    """What a row states in a column, as labels.

    Args:
        row: as read.
        column: its name, or a path.

    Returns:
        A value for a text, number or truth value, one for each member of a list; none where nothing is stated. Each is
        one line of at most 60 characters.
    """
    try:
        return labels_of(look_up_or_none(row, column))
    except Bad:
        return []


def labels_of(cell: Cell) -> list[str]:
    """What a cell states, as labels.

    Args:
        cell: as read.

    Returns:
        As `values_of`.
    """
    cells: Iterable[Cell] = cell if isinstance(cell, list | tuple) else [cell]
    labels = [_label(one) for one in cells]
    return [one for one in dict.fromkeys(labels) if one][:_MOST]


def _label(cell: Cell) -> str:
    if isinstance(cell, Mapping | list | tuple):
        text = json.dumps(cell, ensure_ascii=False, default=str, sort_keys=True)
    elif isinstance(cell, bool):
        text = "yes" if cell else "no"
    else:
        text = cell_name(cell)
    text = one_line(text).strip()
    # A slash parts levels, and this one does not.
    missing = is_missing(cell) or text.casefold() in ("n/a", "none", "nan")
    return "" if missing else text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def trait_row(of: tuple[str, str, str], model: str, column: str, value: str, number: float | None = None) -> Trait:
    """What is stated, or was measured, of one prompt or answer.

    Args:
        of: the prompt: its set, id and language.
        model: whose answer it is; empty for a prompt.
        column: where it is stated, or what was measured.
        value: what is stated, or a label that goes with a measurement.
        number: a measurement.

    Returns:
        A row of TRAITS.
    """
    about: Trait = dict(zip(("set", "prompt_id", "language"), of, strict=True))
    return about | {"model": model, "column": column, "value": value, "number": number}


def refuse_unstated(columns: Sequence[str], rows: Sequence[Trait], seen: Iterable[str]) -> None:
    """Sees that every column that was asked for is stated somewhere.

    Args:
        columns: that were asked for.
        rows: what is stated.
        seen: names of columns that prompts or stored answers have.

    Raises:
        UserError: one is nowhere.
    """
    stated = {row["column"] for row in rows} | {REFUSAL}
    if lacking := [one for one in columns if one not in stated]:
        names = sorted(set(seen))
        there = ", ".join(one_line(one)[:_LONGEST] for one in names[:30])
        raise UserError(
            f"slices (--slice): no prompt and no stored answer says anything under {lacking[0]!r}"
            + (f"; there are {there}" if there else "")
            + f"; {REFUSAL} is read off the answers, {THOUGHT_LANGUAGE} off those of models that are asked"
        )
