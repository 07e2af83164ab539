"""Jobs given to an engine, and what it gives back held against its contract: no part of a build may be left out.

An engine of somebody's own is named in what is wrong with it; what a job raises stays what it is.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from ..errors import UserError
from ..inference import Backend
from ..scripting.declared import lacking
from ..scripting.own_code import is_own, own_code
from .contract import Engine
from .local import WorkerLost

Job = TypeVar("Job", bound=tuple[object, ...])


def run_jobs(
    engine: Engine,
    stage: str,
    function: Callable[..., int],
    jobs: Sequence[Job],
    part_of: Callable[[Job], Path],
    runs: Iterable[object] = (),
) -> Iterator[int]:
    """Has an engine run the jobs of a stage, and sees that each was done.

    Args:
        engine: what runs them.
        stage: the stage's name, for a sentence.
        function: what a part is made by.
        jobs: its arguments, once for each part; with none the engine is not called.
        part_of: gives the file that tells that a job was done.
        runs: the sources, raters or checks whose code runs in the jobs, for a sentence.

    Yields:
        What each job returned: how many rows it had.

    Raises:
        UserError: a job raised one, a worker process was lost, or an engine of somebody's own raised, left a job out or
            gave what no job returned; parts that were made are kept.
    """
    if not jobs:
        return
    results = 0
    try:
        for rows in _results(engine, stage, function, jobs):
            results += 1
            if results > len(jobs):
                break
            yield rows
    except WorkerLost as lost:
        raise UserError(f"stage '{stage}': {lost.how}{_while(runs)}; {lost.advice}") from None
    called = f"engine {type(engine).__name__}"
    each = "call function(*job) for every job and yield what it returns, each once"
    if results != len(jobs):
        number = f"more than {_counted(len(jobs), 'result')}" if results > len(jobs) else _counted(results, "result")
        raise UserError(f"{called} gave {number} for {_counted(len(jobs), 'job')} of stage '{stage}'; {each}")
    if missing := [file for file in map(part_of, jobs) if not file.exists()]:
        raise UserError(
            f"{called} left out {len(missing)} of {_counted(len(jobs), 'job')} of stage '{stage}': there is no "
            f"{missing[0].name}; {each}, and the parts are to be where this process sees them"
        )


def serving_of(engine: Engine) -> Callable[[Backend], Backend]:
    """An engine's `serving`.

    Args:
        engine: the engine.

    Returns:
        The same method; that of somebody's own engine looked at.

    Raises:
        UserError: by what is returned, when an engine of somebody's own raised, or gave what is no backend.
    """
    if not is_own(engine):
        return engine.serving
    what = f"engine {type(engine).__name__}: serving()"

    def serving(backend: Backend) -> Backend:
        with own_code(engine, what):
            server = engine.serving(backend)
            runs = callable(getattr(server, "run", None))
        if not runs:
            raise UserError(
                f"{what} returns {type(server).__name__}, which has no run; write `return backend` for most"
            )
        return server

    return serving


def here_of(engine: Engine) -> Engine:
    """An engine's `here`.

    Args:
        engine: the engine.

    Returns:
        The engine for parts that need a file of this machine.

    Raises:
        UserError: of an engine of somebody's own: it raised, or gave what is no engine.
    """
    what = f"engine {type(engine).__name__}: here"
    with own_code(engine, what):
        here = engine.here
    if is_own(engine) and here is not engine and (absent := lacking(here, Engine)):
        raise UserError(
            f"{what} is a {type(here).__name__}, which is no engine and lacks {', '.join(absent)}; write `return self` "
            "where all parts run on this machine"
        )
    return here


def _results(engine: Engine, stage: str, function: Callable[..., int], jobs: Sequence[Job]) -> Iterator[int]:
    if not is_own(engine):
        yield from engine.run(function, jobs)
        return
    what = f"engine {type(engine).__name__}: run() in stage '{stage}'"
    with _named(engine, what, function):
        results: object = engine.run(function, list(jobs))  # its own to change
        if not isinstance(results, Iterable) or isinstance(results, str | bytes):
            raise UserError(f"{what} returns {type(results).__name__}; yield what function(*job) returns for each job")
        waiting = iter(results)
    while True:
        with _named(engine, what, function):
            rows: object = next(waiting, waiting)
        if rows is waiting:
            return
        if not isinstance(rows, int) or isinstance(rows, bool):
            raise UserError(f"{what} yields {type(rows).__name__}; yield what function(*job) returns, a whole number")
        yield rows


@contextmanager
def _named(engine: Engine, what: str, function: Callable[..., int]) -> Iterator[None]:
    """Names the engine in what it raises, and lets through what a job raised."""
    in_job: BaseException | None = None
    with own_code(engine, what):
        try:
            yield
        except BaseException as error:
            if not _raised_in_job(error, function):
                raise
            in_job = error
    if in_job is not None:
        raise in_job


def _raised_in_job(error: BaseException, function: Callable[..., int]) -> bool:
    """Whether a job raised it: in this process, or in another as `concurrent.futures` and the like tell."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    trace = error.__traceback__
    while trace:
        if trace.tb_frame.f_code is code:
            return True
        trace = trace.tb_next
    # Of another process only a text comes along.
    return code is not None and f", in {code.co_name}\n" in f"{error.__cause__}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _while(runs: Iterable[object]) -> str:
    """Whose code may have run in a worker that was lost, as a clause."""
    names = dict.fromkeys(type(one).__name__ for one in runs if is_own(one))
    return f", where code of {' and '.join(names)} runs" if names else ""
