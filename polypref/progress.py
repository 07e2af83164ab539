"""One progress bar a stage: rows, rows a second, time left. A terminal gets a bar, a log file one line a stage."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Advance = Callable[[int], None]


@contextmanager
def stage(name: str, total: int | None, unit: str = "rows", quiet: bool = False) -> Iterator[Advance]:
    """Shows the progress of one stage on standard error.

    Args:
        name: the stage's name.
        total: how many rows there are to do; None when not known beforehand.
        unit: what is counted.
        quiet: show nothing.

    """
    begin, done = time.monotonic(), 0
    if quiet or not sys.stderr.isatty():

        def count(rows: int) -> None:
            nonlocal done
            done += rows

        yield count
        if not quiet:
            seconds = max(time.monotonic() - begin, 1e-3)
            print(f"{name:<10} {done:>10,} {unit}  {seconds:8.1f} s  {done / seconds:10,.0f}/s", file=sys.stderr)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.progress import TimeRemainingColumn as Left

    columns = (
        TextColumn("{task.description:<10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit + "  {task.fields[rate]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        Left(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        task = bars.add_task(name, total=total, rate="")

        def advance(rows: int) -> None:
            nonlocal done
            done += rows
            bars.update(task, advance=rows, rate=f"{done / max(time.monotonic() - begin, 1e-3):,.0f}/s")

        yield advance
        bars.update(task, total=done, completed=done)
