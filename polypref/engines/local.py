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
from typing import Generic, TypeVar

from ..errors import UserError
from ..inference import Backend
from ..scripting.loading import load_script, loaded

T = TypeVar("T")


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
        """Models stay in this process.

        Args:
            backend: who answers.

        Returns:
            The same backend.
        """
        return backend

    @property
    def here(self) -> "Local":
        """This engine."""
        return self

    def run(self, function: Callable[..., T], jobs: Sequence[tuple[object, ...]]) -> Iterator[T]:
        """Calls `function(*job)` for every job and yields the results as they come, in no fixed order.

        Args:
            function: what a part is made by.
            jobs: its arguments, once for each part.

        Yields:
            What it returned, once for each job.

        Raises:
            UserError: a job raised one, something cannot be sent to a worker, or a worker was killed; jobs that were
                done stay done.
        """
        workers = min(self.workers or os.cpu_count() or 1, len(jobs))
        if workers <= 1:
            for job in jobs:
                yield function(*job)
            return
        others = set(active_children())
        pool = ProcessPoolExecutor(workers, get_context("spawn"), _start_worker, (self.script,))
        waiting: set[Future[T]] = set()
        todo = iter(jobs)
        try:
            while True:
                # A few jobs ahead is enough to keep workers busy, and leaves little to wait for on Ctrl-C.
                while len(waiting) < 2 * workers and (following := next(todo, None)) is not None:
                    with _no_interrupt():
                        waiting.add(pool.submit(_packed_job(function, following).done))
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


@dataclass(frozen=True)
class _PackedJob(Generic[T]):
    """A job as it goes to a worker.

    Attributes:
        packed: function and arguments.
        scripts: the builder scripts that define something in it.
    """

    packed: bytes
    scripts: tuple[str, ...]

    def done(self) -> T:
        """In a worker: loads the scripts, does the job and returns what came of it."""
        for path in self.scripts:
            if path not in loaded().values():
                load_script(path)
        function, job = pickle.loads(self.packed)
        result: T = function(*job)
        return result


def _packed_job(function: Callable[..., T], job: tuple[object, ...]) -> _PackedJob[T]:
    try:
        packed = pickle.dumps((function, job))
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise UserError(
            f"something of the builder cannot be sent to worker processes ({error}); define it at the top of the "
            "builder script, not inside a function, or build with workers=1 (--workers 1)"
        ) from None
    return _PackedJob(packed, tuple(path for name, path in loaded().items() if name.encode() in packed))


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
