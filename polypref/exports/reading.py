"""The rows of published files, some at a time, with their turns as objects whatever form the files have."""

import json
from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush
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
    """Reads the rows of data files whose footers were checked, languages mixed.

    In the files a language stands behind another, and some trainers take the first rows alone, or train in the order of
    the rows: so every stretch of them has all languages in their shares.

    Args:
        files: `data/LANGUAGE/...parquet`, those of a language in order.

    Yields:
        At most BATCH rows; those of a language in the order of its files.

    Raises:
        UserError: a file cannot be read, or holds a row that no release has.
    """
    published.check_rows(files)
    paths = {tag: [path for path in files if path.parent.name == tag] for tag in {path.parent.name for path in files}}
    totals = {tag: sum(pq.read_metadata(path).num_rows for path in own) for tag, own in paths.items()}
    streams = {tag: _rows_of(own, max(1, BATCH // len(paths))) for tag, own in paths.items()}
    waiting, batch = [(0.5 / total, tag, 0) for tag, total in totals.items() if total], list[Row]()
    heapify(waiting)
    while waiting:
        _, tag, taken = heappop(waiting)
        batch.append(next(streams[tag]))
        if taken + 1 < totals[tag]:
            heappush(waiting, ((taken + 1.5) / totals[tag], tag, taken + 1))
        if len(batch) == BATCH or not waiting:
            yield batch
            batch = []


def holds_whole_turns(path: Path) -> bool:
    """Whether the turns of a file may have more than a role and a text.

    Args:
        path: a data file, whose footer was checked.

    Returns:
        Whether they are JSON.
    """
    return has_whole_turns(pq.read_schema(path))


def _rows_of(files: Sequence[Path], size: int) -> Iterator[Row]:
    """Rows of one language, so many of which are held at a time."""
    for path in files:
        with published.opened(path) as file:
            whole = has_whole_turns(file.schema_arrow)
            for batch in file.iter_batches(batch_size=size):
                yield from (_row(values, whole, path) for values in batch.to_pylist())


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
