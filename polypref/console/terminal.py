"""The terminal that results are printed on."""

from typing import Any

from rich.console import Console
from rich.markup import escape

from .escaping import lines, one_line


def console() -> Console:
    """A console that does not cut long lines when written to a file, and shows :smile: as it stands in the data."""
    found = Console(emoji=False)
    return found if found.is_terminal else Console(width=140, emoji=False)


def safe(value: Any, whole: bool = False) -> str:
    """Text from data for a console, which shows it and obeys nothing in it.

    Args:
        value: the text.
        whole: its lines stay apart; else it becomes one line.
    """
    return escape(lines(value) if whole else one_line(value))
