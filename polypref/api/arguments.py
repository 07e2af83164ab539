"""What the public functions are called with, held against what they ask: one sentence for what does not fit."""

from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path

from ..errors import UserError


def check_number(name: str, value: object, least: int = 1) -> None:
    """Sees that an argument is a whole number, or None for its default.

    Args:
        name: the argument's.
        value: what was given.
        least: the smallest number that it may be.

    Raises:
        UserError: it is something else, or less.

    Example:
        >>> check_number("limit", 20)
        >>> check_number("limit", 0)
        Traceback (most recent call last):
        polypref.errors.UserError: limit=0: give a whole number of at least 1
    """
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < least):
        raise UserError(f"{name}={_shown(value)}: give a whole number of at least {least}")


def check_share(name: str, value: object) -> None:
    """Sees that an argument is a share from 0 to 1, or None for its default.

    Args:
        name: the argument's.
        value: what was given.

    Raises:
        UserError: it is something else.
    """
    if value is not None and (not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1):
        raise UserError(f"{name}={_shown(value)}: give a share between 0 and 1")


def check_paths(**values: object) -> None:
    """Sees that arguments are texts or paths, or None for their defaults.

    Args:
        **values: by name.

    Raises:
        UserError: one is something else.
    """
    for name, value in values.items():
        if value is not None:
            needed_path(name, value)


def check_log(log: object) -> None:
    """Sees that a response log is given as a path, or None for its default, and that nothing else is there.

    Args:
        log: what was given.

    Raises:
        UserError: it is no path, or the file is no response log.
    """
    from ..inference.log import check_log as check_file

    if log is not None:
        check_file(needed_path("log", log))


def needed_path(name: str, value: object) -> Path:
    """An argument that must be a path.

    Args:
        name: the argument's.
        value: what was given.

    Returns:
        It as a `pathlib.Path`.

    Raises:
        UserError: it is neither a text nor a path.

    Example:
        >>> needed_path("path", None)
        Traceback (most recent call last):
        polypref.errors.UserError: path=None: give a path, as a text or a pathlib.Path
    """
    if not isinstance(value, str | PathLike):
        raise UserError(f"{name}={_shown(value)}: give a path, as a text or a pathlib.Path")
    return Path(value)


def check_server(value: object) -> None:
    """Sees that the argument `at` is a text, or None for its default.

    Args:
        value: what was given.

    Raises:
        UserError: it is something else.
    """
    if value is not None and not isinstance(value, str):
        raise UserError(
            f"at={_shown(value)}: give vllm, transformers, module:Class, or addresses of servers, as one text with "
            "commas"
        )


def list_names(name: str, value: Iterable[str] | str | None) -> list[str] | None:
    """Names of languages or mixtures; one text is one name, or several between commas, as on the command line.

    Args:
        name: the argument's.
        value: what was given.

    Returns:
        The names; None for None.

    Raises:
        UserError: it holds something else than texts, or nothing.

    Example:
        >>> list_names("languages", "he"), list_names("languages", "de, fr"), list_names("languages", ("de", "fr"))
        (['he'], ['de', 'fr'], ['de', 'fr'])
    """
    if value is None:
        return None
    names: Sequence[object] = value.split(",") if isinstance(value, str) else _members(name, value)
    texts = [one.strip() for one in names if isinstance(one, str) and one.strip()]
    if len(texts) < len(names):
        raise UserError(f"{name}={_shown(value)}: give names as texts, as in {name}=['a', 'b']")
    if not texts:
        raise UserError(f"{name}={_shown(value)} names none; leave it out for all")
    return texts


def _members(name: str, value: object) -> list[object]:
    if not isinstance(value, Iterable) or isinstance(value, bytes):
        raise UserError(f"{name}={_shown(value)}: give names as texts, as in {name}=['a', 'b']")
    return list(value)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
