"""Which known name was meant by one that is none: an option, a field, a key, a script."""

from collections.abc import Iterable
from difflib import get_close_matches

# What begins so was not misspelt, but cut short.
_SHORTEST_BEGINNING = 3


def closest_name(name: str, known: Iterable[str]) -> str:
    """The known name that was probably meant: the shortest that begins as it does, else the one spelt most alike.

    Args:
        name: what was written; as an option, with its hyphens.
        known: what could have been.

    Returns:
        The name; empty where nothing is near.

    Example:
        >>> closest_name("--lang", ["--log", "--language-column", "--languages"])
        '--languages'
    """
    names = list(known)
    stem = name.lstrip("-")
    begun = [one for one in names if one.lstrip("-").startswith(stem)] if len(stem) >= _SHORTEST_BEGINNING else []
    return min(begun, key=len) if begun else next(iter(get_close_matches(name, names, n=1)), "")
