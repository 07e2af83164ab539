"""Rankings as data write them: lists with the best first, or texts of such lists."""

import ast
import json
import re
from collections.abc import Sequence

from ..files.cells import Bad, Cell

#: Characters of a text that is read as a ranking, at most.
MAX_TEXT = 10_000
#: The reason where there is none.
NO_RANKING = "not_a_ranking"


def ranking_in(value: Cell) -> list[list[Cell]]:
    """The places of a ranking.

    Args:
        value: a list with the best first, in which a list holds equals; or a text of one: JSON, Python's, or names with
            `>` and `=` between.

    Returns:
        what stands at each place, the best first.

    Raises:
        Bad: `not_a_ranking`.

    Example:
        >>> ranking_in("B > A = C"), ranking_in("[2, 0, 1]")
        ([['B'], ['A', 'C']], [[2], [0], [1]])
    """
    listed = literal_in(value) if isinstance(value, str) else value
    if not isinstance(listed, list | tuple):
        raise Bad(NO_RANKING, type(value).__name__)
    return [list(one) if isinstance(one, list | tuple) else [one] for one in listed]


def literal_in(text: str) -> Cell:
    """A list or mapping written as JSON or as a Python literal, or names with > and = between.

    Args:
        text: as a cell holds it.

    Returns:
        the list or mapping; of names a list of lists.

    Raises:
        Bad: `not_a_ranking`.
    """
    if len(text) > MAX_TEXT:
        raise Bad(NO_RANKING, f"{len(text):,} characters")
    for read in (json.loads, ast.literal_eval):
        try:
            value: Cell = read(text.strip())
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(value, list | tuple | dict):
            return value
    if ">" in text or "=" in text:
        return [_equals(part) for part in re.split(">+", text)]
    raise Bad(NO_RANKING, text[:40])


def _equals(part: str) -> Sequence[Cell]:
    return [name.strip() for name in part.split("=") if name.strip()]
