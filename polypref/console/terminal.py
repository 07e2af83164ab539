"""The terminal that results are printed on."""

from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table

from .escaping import Printable, lines, one_line, one_text


def console() -> Console:
    """A console that does not cut long lines when written to a file, and shows :smile: as it stands in the data.

    Returns:
        A console of standard output.
    """
    plain = Console(emoji=False)
    return plain if plain.is_terminal else Console(width=140, emoji=False)


def print_whole(table: Table) -> None:
    """Prints a table with no heading or number cut, beyond the right edge of a narrow terminal where it must be.

    Args:
        table: with columns that do not wrap.
    """
    shown = console()
    shown.width = max(shown.width, Measurement.get(shown, shown.options.update(max_width=10_000), table).minimum)
    shown.print(table, crop=False)


def safe(value: Printable, whole: bool = False) -> str:
    """Text from data for a console, which shows it and obeys nothing in it.

    Args:
        value: the text.
        whole: its lines stay apart; else it becomes one line.

    Returns:
        Text with rich's markup escaped.
    """
    return escape(lines(value) if whole else one_line(value))


def safe_text(value: Printable, longest: int = 0) -> str:
    """As `safe`, for a text of data that stands beside others: see `escaping.one_text`.

    Args:
        value: the text.
        longest: characters after which it is cut; 0 for all.

    Returns:
        One line, with rich's markup escaped.
    """
    return escape(one_text(value, longest))
