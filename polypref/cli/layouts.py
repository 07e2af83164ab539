"""`polypref layouts` and `polypref look`: how known files are read, and which of these ways fit a file."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..console.escaping import lines, print_safely
from .arguments import Commands

if TYPE_CHECKING:
    from rich.console import Console

    from ..files.readers import Line
    from ..layouts.looking import Column, Fit
    from ..layouts.named import NamedLayout

#: Layouts that are shown with rows, of those that fit.
_SHOWN = 3
_SEEN = {"rows": "rows of such a file were seen", "reader": "the source of a program that reads it was seen"}


def add_layout_parsers(commands: Commands) -> None:
    """Adds `polypref layouts` and `polypref look`.

    Args:
        commands: what `argparse` gives for subcommands.
    """
    layouts = commands.add_parser("layouts", help="the files of others that are read by name, and how")
    layouts.add_argument("name", nargs="?", help="one of them, with an example and what its columns hold")
    layouts.set_defaults(run=_layouts)
    look = commands.add_parser(
        "look", help="what a file or Hub dataset holds, which layouts fit, and a builder script to start from"
    )
    look.add_argument("source", help="a file, or ORG/NAME of the Hub")
    look.add_argument("--layout", metavar="NAME", help="look with this layout only: a name, or a file LAYOUT.toml")
    look.add_argument("--language", metavar="TAG", help="language of every row, where no column says it")
    look.add_argument("--split", default="train", help="split of a Hub dataset (default: train)")
    look.add_argument("--config", help="config of a Hub dataset")
    look.add_argument("--revision", help="branch, tag or commit of a Hub dataset")
    look.add_argument("--records", metavar="PATH", help="of a .json file: the path of the list of rows")
    look.set_defaults(run=_look)


def _layouts(arguments: argparse.Namespace, _: list[str]) -> None:
    from rich.table import Table

    from ..console.terminal import console, safe
    from ..layouts.named import layout, layout_names

    if arguments.name is not None:
        _show_layout(console(), layout(arguments.name))
        return
    table = Table("name", "files", "which side is better", "seen", "licence", box=None)
    for name in layout_names():
        one = layout(name)
        table.add_row(*map(safe, (name, one.about, one.better, one.seen or "", one.licence)))
    console().print(table)
    print_safely("polypref look FILE shows which of them fit a file; polypref layouts NAME shows one of them whole.")


def _show_layout(screen: "Console", one: "NamedLayout") -> None:
    import json

    from ..console.terminal import safe
    from ..files.readers import Line
    from ..layouts.looking import fits

    screen.print(f"[bold]{safe(one.name)}[/]: {safe(one.about)}")
    screen.print(f"better: {safe(one.better)}")
    if one.seen:
        screen.print(f"known from: {safe(one.source)} ({_SEEN[one.seen]})")
    for note in one.notes:
        screen.print(f"note: {safe(note)}")
    for number, example in enumerate(one.examples, 1):
        row = json.dumps(example.row, ensure_ascii=False, indent=1, default=str)
        screen.print(f"\nexample {number} (made up):\n{safe(row, whole=True)}")
        for fit in fits([Line(f"example {number}", example.row)], [one]):
            _show_fit(screen, fit)


def _look(arguments: argparse.Namespace, _: list[str]) -> None:
    from ..console.terminal import console, safe
    from ..layouts.looking import columns_of_rows, fits, some_rows
    from ..layouts.named import layout, layout_names

    screen = console()
    rows = some_rows(_lines(arguments))
    columns = columns_of_rows(rows)
    _show_columns(screen, columns, len(rows))
    tried = [layout(arguments.layout)] if arguments.layout else [layout(name) for name in layout_names()]
    fitting = fits(rows, tried, arguments.language or "")
    if not fitting:
        which = f"layout {arguments.layout} does not fit" if arguments.layout else "no layout that is known fits"
        screen.print(f"\n{safe(which)}: say what the columns hold, as in the script below.")
    for fit in fitting[:_SHOWN]:
        screen.print()
        _show_fit(screen, fit)
    if others := [f"{fit.layout.name} ({fit.read} of {fit.rows})" for fit in fitting[_SHOWN:]]:
        screen.print(f"\nLess well: {safe(', '.join(others))}")
    screen.print("\nNothing of this is used before you name it. A builder script to start from:\n")
    print(lines(_script(arguments, fitting[0] if fitting else None, columns)))


def _lines(arguments: argparse.Namespace) -> "Iterator[Line]":
    from ..errors import UserError
    from ..files.hub_reader import read_hub
    from ..files.readers import read_file
    from ..layouts.strict_rows import is_hub_name

    path = Path(arguments.source)
    if path.is_file():
        return read_file(path, arguments.records)
    if path.is_dir():
        raise UserError(f"{path} is a folder; name one of its files")
    if is_hub_name(arguments.source):
        return read_hub(arguments.source, arguments.config, arguments.split, arguments.revision)
    raise UserError(f"there is no file {path}, and a dataset of the Hub is ORG/NAME; check the name")


def _show_columns(screen: "Console", columns: "list[Column]", rows: int) -> None:
    from rich.table import Table

    from ..console.terminal import safe

    table = Table("column", "holds", f"filled, of {rows:,}", "values", box=None)
    for one in columns:
        table.add_row(safe(one.path), one.holds, f"{one.filled:,}", safe(" | ".join(one.values)))
    screen.print(table)


def _show_fit(screen: "Console", fit: "Fit") -> None:
    from ..console.terminal import safe

    one = fit.layout
    screen.print(f"[bold]{safe(one.name)}[/] reads {fit.read:,} of {fit.rows:,}: {safe(one.about)}")
    screen.print(f"  better: {safe(one.better)}")
    for reason, rows in fit.reasons.items():
        screen.print(f"  not read: {safe(reason)} ({rows:,})")
    for sample in fit.samples:
        screen.print(f"  {safe(sample.where)}: {safe(sample.says)}")
        texts = (("prompt", sample.prompt), ("better", sample.better), ("worse", sample.worse))
        for what, text in texts:
            if text:
                screen.print(f"    {what}: {safe(text[:160])}{'…' * (len(text) > 160)}")
    for column, what in fit.meaning.items():
        screen.print(f"  {safe(column)}: {safe(what) or 'not read'}")


def _script(arguments: argparse.Namespace, fit: "Fit | None", columns: "list[Column]") -> str:
    from ..layouts.scripts import script_for

    return script_for(arguments.source, fit.layout if fit else None, columns, arguments.language or "")
