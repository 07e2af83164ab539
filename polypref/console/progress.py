"""One progress bar a stage: rows, rows a second, time left. A terminal gets a bar, a log file one line a stage."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Advance = Callable[[int], None]


def rows_per_second(done: int, seconds: float, unit: str) -> str:
    """How fast something goes: `1,234/s`, `2.5/s`, or, below one a second, `6.3 s an answer`; empty before the first.

    Args:
        done: how many are done.
        seconds: since the beginning.
        unit: what is counted, in the plural.

    Returns:
        A rate with its unit.
    """
    if done < 1:
        return ""
    seconds = max(seconds, 1e-3)
    if done >= seconds:
        return f"{done / seconds:,.{0 if done >= 10 * seconds else 1}f}/s"
    one = unit.removesuffix("s")
    return f"{seconds / done:,.{1 if seconds < 100 * done else 0}f} s {'an' if one[:1] in 'aeiou' else 'a'} {one}"


@contextmanager
def stage(name: str, total: int | None, unit: str = "rows", quiet: bool = False) -> Iterator[Advance]:
    """Shows the progress of one stage on standard error.

    Args:
        name: the stage's name.
        total: how many rows there are to do; None when not known beforehand.
        unit: what is counted.
        quiet: show nothing.

    Yields:
        A function that is called with how many more rows are done.
    """
    begin, done = time.monotonic(), 0
    if quiet or not sys.stderr.isatty():

        def count(rows: int) -> None:
            nonlocal done
            done += rows

        yield count
        if not quiet:
            seconds = time.monotonic() - begin
            line = f"{name:<10} {done:>10,} {unit}  {seconds:8.1f} s  {rows_per_second(done, seconds, unit):>12}"
            print(line.rstrip(), file=sys.stderr)
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
            bars.update(task, advance=rows, rate=rows_per_second(done, time.monotonic() - begin, unit))

        yield advance
        bars.update(task, total=done, completed=done)
