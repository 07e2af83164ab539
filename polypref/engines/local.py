"""Runs the parts of a row-wise stage: in this process when there is one, in worker processes when there are more."""

import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import active_children, get_context, parent_process
from multiprocessing.process import BaseProcess
from typing import Generic, TypeVar

from ..errors import UserError
from ..inference import Backend
from ..scripting.loading import load_script, loaded
from ..scripting.sending import arriving, packed, without_exit

T = TypeVar("T")


class WorkerLost(UserError):
    """A worker process ended before its job did.

    Attributes:
        how: how it ended, as far as that is known.
        advice: what to do.
    """

    advice = "run the same command again to go on, with workers=1 (--workers 1) if it happens again"

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how

    def __str__(self) -> str:
        return f"{self.how}; {self.advice}"


@dataclass(frozen=True)
class Local:
    """The engine on this machine.

    Attributes:
        workers: processes; None for one a core.
        script: a builder script that workers load first, so that what it defines is known to them.
        settle: what each worker calls after that, before its first job: it makes known what is known here. It can be
            pickled.
    """

    workers: int | None = None
    script: str | None = None
    settle: Callable[[], None] | None = None

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
            UserError: a job raised one, or something cannot be sent to a worker; jobs that were done stay done.
            WorkerLost: a worker process ended before its job did; likewise.
        """
        workers = min(self.workers or os.cpu_count() or 1, len(jobs))
        if workers <= 1:
            for job in jobs:
                yield function(*job)
            return
        others = set(active_children())
        started: set[BaseProcess] = set()
        pool = ProcessPoolExecutor(workers, get_context("spawn"), _start_worker, (self.script, self.settle))
        waiting: set[Future[T]] = set()
        todo = iter(jobs)
        try:
            while True:
                # A few jobs ahead is enough to keep workers busy, and leaves little to wait for on Ctrl-C.
                while len(waiting) < 2 * workers and (following := next(todo, None)) is not None:
                    with _no_interrupt():
                        waiting.add(pool.submit(_packed_job(function, following).done))
                    # Those that ended are no longer among the active ones, so they are kept for their exit codes.
                    started |= set(active_children()) - others
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
                # Whoever waits for a process at the same time as another learns nothing of how it ended.
                pool.shutdown(wait=True, cancel_futures=True)
                raise WorkerLost(_how_it_ended(started)) from None
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _how_it_ended(workers: Iterable[BaseProcess]) -> str:
    """How a worker process ended that nobody asked to, for a sentence; the others get a SIGTERM then."""
    codes = [worker.exitcode for worker in workers if worker.exitcode is not None]
    code = min((code for code in codes if code != -signal.SIGTERM), default=None)
    if code is None:
        return "a worker process ended without a word"
    if code >= 0:
        return f"a worker process ended without a word, with exit code {code} (os._exit?)"
    if code == -getattr(signal, "SIGKILL", 9):
        return "a worker process was killed (out of memory?)"
    known = {int(one): one.name for one in signal.Signals}
    return f"a worker process was ended by {known.get(-code, f'signal {-code}')} (a fault in a library that it uses?)"


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
        with arriving():
            function, job = pickle.loads(self.packed)
        with without_exit():
            result: T = function(*job)
        return result


def _packed_job(function: Callable[..., T], job: tuple[object, ...]) -> _PackedJob[T]:
    sent = packed((function, job))
    return _PackedJob(sent, tuple(path for name, path in loaded().items() if name.encode() in sent))


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


def _start_worker(script: str | None, settle: Callable[[], None] | None) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    if script:
        load_script(script)
    if settle:
        settle()


def _end_with_parent() -> None:
    # A worker whose parent was killed would wait for ever, or go on writing into the folder of the next run.
    if parent := parent_process():
        parent.join()
        os._exit(1)
