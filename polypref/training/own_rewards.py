"""Rewards of somebody's own for RLOO: found by their dotted path, and held to what TRL takes from them."""

import functools
import importlib
import inspect
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import SupportsFloat

from ..console.command import is_memory_refused
from ..console.escaping import as_written, one_line
from ..errors import UserError
from ..scripting.loading import place_of_error, raised_in_own
from ..scripting.own_code import failed
from .library_types import Completion

#: Called with `prompts`, `completions` and the dataset's columns by name; gives a number, or None, for each answer.
Reward = Callable[..., Sequence[float | None] | Awaitable[Sequence[float | None]]]


def reward_by_path(path: str) -> Reward:
    """A function of your own: MODULE.FUNCTION, found from the current folder too.

    Args:
        path: its dotted path.

    Returns:
        The function, which raises a UserError that names it where it fails or gives something other than a number, or
        None, for each answer. It goes by the name of the function, in TRL's log too.

    Raises:
        UserError: no such module or function.
    """
    module, _, name = path.rpartition(".")
    if not module:
        raise UserError(f"reward {path!r} is none of language_fidelity, length; give your own as module.function")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        reward: Reward = getattr(importlib.import_module(module), name)
    # The module is a program of the user's: loading it may raise anything, or end the program as if all were done.
    except (Exception, SystemExit) as error:
        if is_memory_refused(error):
            raise
        raise UserError(f"reward {path} cannot be loaded: {type(error).__name__}: {one_line(str(error))}") from error
    if not callable(reward):
        raise UserError(f"reward {path} is not a function")
    return _held(reward, path, name, getattr(sys.modules[module], "__file__", None) or "")


def _held(reward: Reward, path: str, name: str, file: str) -> Reward:
    """The reward, ending in a sentence where it raises or gives what is no reward."""
    if inspect.iscoroutinefunction(reward):

        @functools.wraps(reward)
        async def awaited(*, completions: Sequence[Completion], **more: object) -> list[float | None]:
            with _sentences(path, file):
                values: object = await reward(completions=completions, **more)
            return _numbers(values, len(completions), path)

        awaited.__name__ = name
        return awaited

    @functools.wraps(reward)
    def called(*, completions: Sequence[Completion], **more: object) -> list[float | None]:
        with _sentences(path, file):
            values: object = reward(completions=completions, **more)
        return _numbers(values, len(completions), path)

    called.__name__ = name
    return called


@contextmanager
def _sentences(path: str, file: str) -> Iterator[None]:
    """Makes a sentence of what a reward raises."""
    try:
        yield
    except UserError as error:
        if not raised_in_own(error, file):
            raise
        raise UserError(f"reward {path} ({place_of_error(error, file)}): {error}") from None
    except (Exception, SystemExit) as error:
        if is_memory_refused(error):
            raise
        raise failed(f"reward {path}", error, file) from error


def _numbers(values: object, answers: int, path: str) -> list[float | None]:
    """What a reward gave, as numbers."""
    wanted = f"it has to give a list of {answers} numbers, one for each answer, None where there is none"
    if not isinstance(values, Iterable) or isinstance(values, str | bytes):
        raise UserError(f"reward {path} gives {as_written(values)[:80]}; {wanted}")
    given = list(values)
    if len(given) != answers:
        raise UserError(f"reward {path} gives {len(given)} values for {answers} answers; {wanted}")
    for value in given:
        if value is not None and not (isinstance(value, SupportsFloat) and _fits(value)):
            raise UserError(f"reward {path} gives {as_written(value)[:80]} for an answer; {wanted}")
    return [None if value is None else float(value) for value in given]


def _fits(value: SupportsFloat) -> bool:
    try:
        float(value)
    except OverflowError:  # a whole number of hundreds of digits
        return False
    return True
