"""AlpacaEval's two tables for its own length control, as its authors publish them: df_gamed.csv and difficulties."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...errors import UserError
from ...files.cells import Cell, Row
from ...layouts.strict_rows import read_rows
from ..figures.alpaca_eval import GamedRows

_HOW_HARD = "instruction_difficulty"
#: Names that a table's first column, the place of the prompt in AlpacaEval's file, goes by.
_INDEX = ("index", "", "Unnamed: 0")


@dataclass(frozen=True)
class AlpacaTables:
    """What AlpacaEval's length control needs beside verdicts and lengths.

    Attributes:
        gamed: verdicts on gamed baselines.
        difficulty: place of a prompt in AlpacaEval's file, from 0 on -> how hard it is.
    """

    gamed: GamedRows
    difficulty: Mapping[int, float]


def alpaca_tables(gamed: Path, difficulty: Path | None = None) -> AlpacaTables:
    """Reads the tables.

    Args:
        gamed: df_gamed.csv, with the columns index, preference (0 to 1), std_delta_len, instruction_difficulty.
        difficulty: instruction_difficulty.csv, the place of the prompt and instruction_difficulty; None takes those of
            the first table, as AlpacaEval does.

    Returns:
        Both.

    Raises:
        UserError: a file cannot be read, lacks a column, or holds something else than numbers in it.
    """
    rows = list(read_rows(gamed))
    if not rows:
        raise UserError(f"{gamed} is empty; give df_gamed.csv as AlpacaEval publishes it")
    columns = ("preference", "std_delta_len", _HOW_HARD)
    numbers = np.array([[_number(row, one, f"{gamed}, row {n}") for one in columns] for n, row in enumerate(rows, 1)])
    if numbers[:, 0].min() < 0 or numbers[:, 0].max() > 1:
        raise UserError(f"{gamed}: a preference lies outside 0 to 1; give df_gamed.csv as AlpacaEval publishes it")
    if any(str(row.get("not_gamed_baseline", "False")) not in ("False", "0", "false") for row in rows):
        raise UserError(f"{gamed}: not_gamed_baseline is not False in every row; give the gamed baselines' rows alone")
    hard = _difficulties(rows, gamed) if difficulty is None else _difficulties(list(read_rows(difficulty)), difficulty)
    return AlpacaTables(GamedRows(*numbers.T), hard)


def _difficulties(rows: list[Row], path: Path) -> dict[int, float]:
    known: dict[int, float] = {}
    for number, row in enumerate(rows, 1):
        where = f"{path}, row {number}"
        column = next((name for name in _INDEX if name in row), None)
        if column is None:
            raise UserError(f"{where}: no column says the place of the prompt; call it index")
        place = _number(row, column, where)
        if not place.is_integer() or place < 0:
            raise UserError(f"{where}: {place:g} is no place of a prompt; give whole numbers from 0 on")
        known.setdefault(int(place), _number(row, _HOW_HARD, where))
    if not known:
        raise UserError(f"{path} is empty; give instruction_difficulty.csv as AlpacaEval publishes it")
    return known


def _number(row: Row, column: str, where: str) -> float:
    if column not in row:
        has = ", ".join(str(name) for name in list(row)[:12])
        raise UserError(f"{where}: no column {column}; the row has {has}: give the file as AlpacaEval publishes it")
    value: Cell = row[column]
    try:
        number = float(value) if isinstance(value, int | float | str) else float("nan")
    except ValueError:
        number = float("nan")
    if not abs(number) < 1e9:
        raise UserError(f"{where}: {column} is {value!r:.40}; give a number")
    return number
