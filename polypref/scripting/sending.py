"""Objects on their way to worker processes: what cannot be sent, or not be read there, is said in one sentence."""

import pickle
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType

from ..errors import UserError
from .loading import PASSES, how_it_ended, is_own_file, place_of_error

_ALONE = "or build with workers=1 (--workers 1)"
_AT_TOP = f"define it at the top of the builder script, not inside a function, {_ALONE}"
_SETTINGS = f"let it hold nothing but settings, and make locks, open files and the like where they are used, {_ALONE}"


def packed(things: object) -> bytes:
    """Objects as they go to a worker.

    Args:
        things: a function and its arguments, say.

    Returns:
        What `pickle.loads` takes while `arriving` is open.

    Raises:
        UserError: something of it cannot be pickled: whose it is, why, and what to do.
    """
    try:
        return pickle.dumps(things)
    except PASSES:
        raise
    except BaseException as error:
        what = _unsendable(things) or "something of the builder"
        raise UserError(f"{what} cannot be sent to worker processes: {_why(error)}; {_advice(error)}") from None


@contextmanager
def arriving() -> Iterator[None]:
    """In a worker, while `pickle.loads` makes objects again of what `packed` gave.

    Yields:
        Nothing.

    Raises:
        UserError: code of somebody's own raised meanwhile: its class, the line, and the error.
    """
    try:
        yield
    except PASSES:
        raise
    except BaseException as error:
        what = _method(error.__traceback__) or "something of the builder"
        raise UserError(f"{what} cannot be read in the worker process that it was sent to: {_why(error)}") from None


@contextmanager
def without_exit() -> Iterator[None]:
    """In a worker, while a job is done: sent to the process that waits, `SystemExit` would end that one as if all were
    done.

    Yields:
        Nothing.

    Raises:
        UserError: instead of `SystemExit`.
    """
    try:
        yield
    except SystemExit as error:
        place = place_of_error(error)
        raise UserError(f"code in a worker process{f' ({place})' if place else ''} {how_it_ended(error)}") from None


def check_sendable(thing: object, what: str) -> None:
    """Sees that something arrives in a worker, whether or not it has to go to one this time.

    Args:
        thing: what somebody's own code returned.
        what: what it is, for the sentence.

    Raises:
        UserError: it cannot be pickled, or not be read again.
    """
    try:
        pickle.loads(pickle.dumps(thing))
    except PASSES:
        raise
    except BaseException as error:
        raise UserError(
            f"{what} cannot be sent to worker processes: {_why(error)}; return numbers, texts, lists and dicts of "
            "them, arrays, or what else can be pickled and read again"
        ) from None


def _why(error: BaseException) -> str:
    return f"{place_of_error(error) or 'it'} {how_it_ended(error)}"


def _advice(error: BaseException) -> str:
    # What lies inside a function has no name by which a worker could find it; TypeError is of what pickle knows no way
    # for, a lock, a generator, a connection.
    if place_of_error(error):
        return f"mend it, {_ALONE}"
    return _SETTINGS if isinstance(error, TypeError) else _AT_TOP


def _unsendable(things: object) -> str:
    """Whose attribute it is that cannot be pickled: the innermost object of a class that is not Python's own."""
    whose, inside = "", things
    for _ in range(20):  # objects may hold each other
        kind = type(inside)
        nameless = kind.__module__.partition(".")[0] in sys.stdlib_module_names
        if not nameless:
            whose = kind.__name__
        for name, member in _members(inside):
            if not _can_be_pickled(member):
                if not nameless:
                    whose = f"{name} of {kind.__name__}"
                inside = member
                break
        else:
            return whose
    return whose


def _members(thing: object) -> Iterator[tuple[str, object]]:
    if isinstance(thing, Mapping):
        yield from ((repr(key), value) for key, value in thing.items())
    elif isinstance(thing, list | tuple | set | frozenset):
        yield from ((str(number), one) for number, one in enumerate(thing))
    else:
        yield from getattr(thing, "__dict__", {}).items() if not isinstance(thing, type) else ()


def _can_be_pickled(thing: object) -> bool:
    try:
        pickle.dumps(thing)
    except PASSES:
        raise
    except BaseException:
        return False
    return True


def _method(trace: TracebackType | None) -> str:
    """The method of somebody's own in which an error arose, as `Longer.__setstate__`."""
    name = ""
    # The first two frames are those of `arriving` and of who opened it.
    trace = trace and trace.tb_next and trace.tb_next.tb_next
    while trace:
        code = trace.tb_frame.f_code
        if is_own_file(code.co_filename):
            name = code.co_qualname
        trace = trace.tb_next
    return name
