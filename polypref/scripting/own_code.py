"""Code that is not polypref's: what it raises becomes one sentence that says whose it is, and where."""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import UserError
from .loading import PASSES, how_it_ended, place_of_error, raised_in_own


def is_own(one: object) -> bool:
    """Whether an object is of somebody's own class, and none of polypref's.

    Args:
        one: the object.

    Returns:
        False for what the package defines.
    """
    return not type(one).__module__.startswith("polypref.")


@contextmanager
def own_code(one: object, what: str, during: str = "") -> Iterator[None]:
    """Makes one sentence of what somebody's own source, rater or check raises; polypref's own keep their traceback.

    Args:
        one: the object whose code runs.
        what: what it is, for the sentence.
        during: where it was in its work, for the end of the sentence, as in `while reading /data/de.txt`.

    Yields:
        Nothing.

    Raises:
        UserError: it raised: what, on which line of its file, and the error.
    """
    try:
        yield
    except UserError as error:
        if not is_own(one) or not raised_in_own(error, _file_of(one)):
            raise
        # A sentence of their own says what is wrong, but not whose it is.
        raise UserError(f"{_whose(one, what, error)}: {error}{f', {during}' if during else ''}") from None
    except PASSES:
        raise
    except BaseException as error:
        if not is_own(one):
            raise
        sentence = f"{_whose(one, what, error)} {how_it_ended(error)}"
        raise UserError(f"{sentence}, {during}" if during else sentence) from error


def _whose(one: object, what: str, error: BaseException) -> str:
    """What it is, its class, and the line."""
    kind = type(one).__name__
    # What is called after its class alone need not hear it twice.
    where = ", ".join(part for part in (kind if kind not in what else "", place_of_error(error, _file_of(one))) if part)
    return f"{what} ({where})" if where else what


def of_class(one: object) -> str:
    """Whose code something is, for a sentence on what it gave.

    Args:
        one: the object.

    Returns:
        ` (Tabs, build.py)` for one of somebody's own class, nothing for polypref's.
    """
    if not is_own(one):
        return ""
    file = Path(_file_of(one)).name
    return f" ({type(one).__name__}, {file})" if file else f" ({type(one).__name__})"


def _file_of(one: object) -> str:
    try:
        return inspect.getfile(type(one))
    except (TypeError, OSError):  # a class of a notebook's cell, or one that is written in C
        return ""


def failed(what: str, error: BaseException, file: str) -> UserError:
    """The sentence for a function that is not polypref's and raised.

    Args:
        what: whose code, and where it was in its work.
        error: what it raised.
        file: where that code is.

    Returns:
        The error to raise: whose code, the file and its line, what it raised.
    """
    place = place_of_error(error, file)
    return UserError(f"{what}{f' ({place})' if place else ''} {how_it_ended(error)}")
