"""Rows that come bucket by bucket and are wanted group by group: each group is one file of the release.

They are held in memory until they are many, and are then put behind what their group has on the disk, group after
group: however many groups there are, one file is open at a time.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
import pyarrow as pa

from ..stages import pool

#: How many bytes of rows are held before they go to the disk.
HELD_BYTES = 64 << 20
Key = TypeVar("Key", bound=Hashable)
Part = TypeVar("Part")


class Scattered(Generic[Key]):
    """The rows of all groups, unsorted."""

    def __init__(self, work: Path, held_bytes: int = HELD_BYTES) -> None:
        """Begins without any.

        Args:
            work: the folder of the files `NUMBER.arrow`.
            held_bytes: how many bytes of rows are held in memory.
        """
        self._work, self._most = work, held_bytes
        self._numbers: dict[Key, int] = {}
        self._held: dict[int, list[pa.Table]] = defaultdict(list)
        self._bytes = 0

    def add(self, keys: Sequence[Key], rows: pa.Table) -> None:
        """Takes rows.

        Args:
            keys: the group of each.
            rows: as many rows, always with the same columns.
        """
        numbers = self._numbers
        target = np.fromiter((numbers.setdefault(key, len(numbers)) for key in keys), np.int64, len(keys))
        order = np.argsort(target, kind="stable")
        rows = rows.take(pa.array(order)).combine_chunks()
        for number, begin, end in pool.runs(target[order]):
            self._held[number].append(rows.slice(begin, end - begin))
        self._bytes += rows.nbytes
        if self._bytes > self._most:
            self._write_held()

    def groups(self) -> list[Key]:
        """The groups that have rows.

        Returns:
            Their keys, as they came.
        """
        return list(self._numbers)

    def take(self, key: Key) -> pa.Table:
        """Gives the rows of a group away; different groups may be taken at once.

        Args:
            key: one of `groups`.

        Returns:
            Its rows, in no order.
        """
        number = self._numbers[key]
        tables, path = self._held.pop(number, []), self._path(number)
        if path.exists():
            with path.open("rb") as file:
                size = path.stat().st_size
                while file.tell() < size:
                    tables.append(pa.ipc.open_stream(file).read_all())
            path.unlink()
        return pa.concat_tables(tables)

    def _write_held(self) -> None:
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        for number, tables in self._held.items():
            # A stream behind those that are there: nothing has to stay open until all rows have come.
            with (
                self._path(number).open("ab") as file,
                pa.ipc.new_stream(file, tables[0].schema, options=options) as writer,
            ):
                writer.write_table(pa.concat_tables(tables))
        self._held.clear()
        self._bytes = 0

    def _path(self, number: int) -> Path:
        return self._work / f"{number}.arrow"


def ahead(parts: Iterator[Part]) -> Iterator[Part]:
    """Gives what comes one after the other, and has the next made while one is worked on.

    Args:
        parts: what makes them, in a thread of its own: reading, which Arrow does outside of Python's lock.

    Yields:
        The parts, in their order; two at most are in memory.
    """
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(list[Part], islice(parts, 1))
        while part := coming.result():
            coming = thread.submit(list[Part], islice(parts, 1))
            yield part[0]
