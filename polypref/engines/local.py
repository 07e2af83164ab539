"""Runs the parts of a row-wise stage: in this process when there is one, in worker processes when there are more."""

import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import active_children, get_context, parent_process
from typing import Any

from ..errors import UserError
from ..inference import Backend
from ..scripting.loading import load_script, loaded


@dataclass(frozen=True)
class Local:
    """The engine on this machine.

    Attributes:
        workers: processes; None for one a core.
        script: a builder script that workers load first, so that what it defines is known to them.

    """

    workers: int | None = None
    script: str | None = None

    def serving(self, backend: Backend) -> Backend:
        """The backend itself."""
        return backend

    @property
    def here(self) -> "Local":
        """This engine."""
        return self

    def run(self, function: Callable[..., Any], jobs: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
        """Calls `function(*job)` for every job and yields the results as they come, in no fixed order.

        Raises:
            UserError: a job raised one, or a worker was killed; jobs that were done stay done.

        """
        workers = min(self.workers or os.cpu_count() or 1, len(jobs))
        if workers <= 1:
            for job in jobs:
                yield function(*job)
            return
        others = set(active_children())
        pool = ProcessPoolExecutor(workers, get_context("spawn"), _start_worker, (self.script,))
        waiting: set[Future[Any]] = set()
        todo = iter(jobs)
        try:
            while True:
                # A few jobs ahead is enough to keep workers busy, and leaves little to wait for on Ctrl-C.
                while len(waiting) < 2 * workers and (following := next(todo, None)) is not None:
                    with _no_interrupt():
                        waiting.add(pool.submit(_work, *_packed(function, following)))
                if not waiting:
                    return
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for one in done:
                    yield one.result()
        except BaseException as error:
            # Ctrl-C or a bad job: the parts under way can take minutes and are safe to lose, so nobody waits for them.
            for worker in set(active_children()) - others:
                worker.terminate()
            if isinstance(error, BrokenProcessPool):
                raise UserError(
                    "a worker process was killed (out of memory?); run the same command again to go on, with "
                    "workers=1 (--workers 1) if it happens again"
                ) from None
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _packed(function: Callable[..., Any], job: tuple[Any, ...]) -> tuple[bytes, list[str]]:
    """A job as it goes to a worker, and the builder scripts that define something in it."""
    try:
        packed = pickle.dumps((function, job))
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise UserError(
            f"something of the builder cannot be sent to worker processes ({error}); define it at the top of the "
            "builder script, not inside a function, or build with workers=1 (--workers 1)"
        ) from None
    return packed, [path for name, path in loaded().items() if name.encode() in packed]


def _work(packed: bytes, scripts: Sequence[str]) -> Any:
    """In a worker: does a job, whose builder scripts are loaded first."""
    for path in scripts:
        if path not in loaded().values():
            load_script(path)
    function, job = pickle.loads(packed)
    return function(*job)


@contextmanager
def _no_interrupt() -> Iterator[None]:
    # Ctrl-C is the parent's to handle. A worker that is started meanwhile inherits this, so it never sees one, not even
    # while it still loads. (Windows has no such mask: there the worker ends with its own traceback.)
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start_worker(script: str | None) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    if script:
        load_script(script)


def _end_with_parent() -> None:
    # A worker whose parent was killed would wait for ever, or go on writing into the folder of the next run.
    if parent := parent_process():
        parent.join()
        os._exit(1)
