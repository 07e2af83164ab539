"""The terminal that results are printed on."""

from rich.console import Console


def console() -> Console:
    """A console that does not cut long lines when written to a file, and shows :smile: as it stands in the data."""
    found = Console(emoji=False)
    return found if found.is_terminal else Console(width=140, emoji=False)
