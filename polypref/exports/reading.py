"""The rows of published files, some at a time, with their turns as objects whatever form the files have."""

import json
from collections.abc import Iterator, Sequence
from math import isfinite
from pathlib import Path

import pyarrow.parquet as pq

from ..errors import UserError
from ..files import published
from ..files.turns import TURNS, has_whole_turns
from ..text.messages import messages_of
from .contract import Row, Values

#: Rows that are held at a time.
BATCH = 1_000


def read_rows(files: Sequence[Path]) -> Iterator[list[Row]]:
    """Reads the rows of data files whose footers were checked.

    Args:
        files: one after the other.

    Yields:
        At most BATCH rows, in the order of the files.

    Raises:
        UserError: a file cannot be read, or holds a row that no release has.
    """
    published.check_rows(files)
    for path in files:
        with published.opened(path) as file:
            whole = has_whole_turns(file.schema_arrow)
            for batch in file.iter_batches(batch_size=BATCH):
                yield [_row(values, whole, path) for values in batch.to_pylist()]


def holds_whole_turns(path: Path) -> bool:
    """Whether the turns of a file may have more than a role and a text.

    Args:
        path: a data file, whose footer was checked.

    Returns:
        Whether they are JSON.
    """
    return has_whole_turns(pq.read_schema(path))


def _row(values: Values, whole: bool, path: Path) -> Row:
    if bad := [name for name, one in values.items() if isinstance(one, float) and not isfinite(one)]:
        raise UserError(f"{path}: {bad[0]} is no number in a row; get the dataset again, from somebody you trust")
    turns = {name: _turns(values[name], whole) for name in TURNS if name in values}
    prompt, tools = turns.pop("prompt"), [json.loads(str(one)) for one in _list(values.get("tools"))]
    return Row({name: one for name, one in values.items() if name not in (*TURNS, "tools")}, prompt, turns, tools)


def _turns(column: object, whole: bool) -> list[Values]:
    turns = _list(column)
    return messages_of(str(text) for text in turns) if whole else [dict(turn) for turn in turns]


def _list(value: object) -> list[Values]:
    """A list of a row, in which the files' readers have seen that nothing else stands; none where it is null."""
    return value if isinstance(value, list) else []
