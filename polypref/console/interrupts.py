"""Ctrl-C ends a command within seconds, whatever it is doing: a query, a batch of a model, another library's wait.

Python acts on Ctrl-C only between two of its own instructions, and libraries turn it into errors of their own. So
a thread hears of the signal the moment it comes; what was not left in time, or is interrupted once more, is ended.
"""

import atexit
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from .beginning import EXIT_CODE, hand_over

#: Seconds from Ctrl-C until a command that has not ended by itself is ended.
PATIENCE = 4.0
SENTENCE = "polypref: interrupted; what is done is kept, the same command goes on"
_END = b"\0"  # no signal has this number


class Watch:
    """What is known of Ctrl-C while a command runs.

    Args:
        signals: where Python writes the number of each signal that comes, as one byte; None where nobody listens.
    """

    def __init__(self, signals: socket.socket | None = None) -> None:
        self._signals = signals
        self._lock = threading.Lock()
        self._count = 0
        self._announced = False

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C came: an error after it is its consequence, whatever it says."""
        with self._lock:
            return self._count > 0 or signal.SIGINT in self._peek()

    def announce(self) -> None:
        """Says once, on standard error, that the command was interrupted."""
        if self._is_first():
            print(SENTENCE, file=sys.stderr, flush=True)

    def listen(self) -> None:
        """Ends the process `PATIENCE` seconds after the first Ctrl-C, or at the second one."""
        assert self._signals is not None
        deadline: float | None = None
        while self._count < 2:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            ready = select.select([self._signals], [], [], left)[0]
            if not ready:
                break
            with self._lock:
                numbers = self._signals.recv(64)
                self._count += numbers.count(signal.SIGINT)
            if not numbers or _END in numbers:
                return
            if self._count and deadline is None:
                deadline = time.monotonic() + PATIENCE
        self.leave()

    def leave(self) -> NoReturn:
        """Ends the process, whatever it is doing."""
        if self._is_first():
            # Not through sys.stderr: the thread that is stuck may hold its lock. Progress may have hidden the cursor.
            os.write(2, f"{chr(27) + '[?25h' if os.isatty(2) else ''}{SENTENCE}\n".encode())
        os._exit(EXIT_CODE)

    def _peek(self) -> bytes:
        if self._signals is None or not select.select([self._signals], [], [], 0)[0]:
            return b""
        return self._signals.recv(64, socket.MSG_PEEK)

    def _is_first(self) -> bool:
        with self._lock:
            first, self._announced = not self._announced, True
        return first


_running: Watch | None = None
_python: socket.socket | None = None  # where Python writes; kept here, for a socket that nobody holds is closed


@contextmanager
def watched() -> Iterator[Watch]:
    """Listens for Ctrl-C while a command runs; inside of another watch it is that one.

    Signals reach the main thread of a process only, so elsewhere nothing is heard.

    Yields:
        The watch.
    """
    if _running is not None or threading.current_thread() is not threading.main_thread():
        yield _running or Watch()
        return
    watch, stop = _start_watch()
    try:
        yield watch
    finally:
        stop()


def _start_watch() -> tuple[Watch, Callable[[], None]]:
    """A watch that runs, and what ends it."""
    global _running, _python
    ours, _python = socket.socketpair()
    for one in (ours, _python):
        one.setblocking(False)
    before = signal.set_wakeup_fd(_python.fileno(), warn_on_full_buffer=False)
    _running = Watch(ours)
    listener = threading.Thread(target=_running.listen, name="polypref-interrupts", daemon=True)
    listener.start()

    def stop() -> None:
        global _running, _python
        assert _python is not None
        signal.set_wakeup_fd(before)
        _python.send(_END)
        listener.join()
        ours.close()
        _python.close()
        _running = _python = None

    return _running, stop


def run_as_process(command: Callable[[], int]) -> NoReturn:
    """Runs a command and ends the process with its exit code; Ctrl-C is heard while Python ends, too.

    Args:
        command: does the work and returns the exit code.

    Raises:
        SystemExit: always, with the exit code.
    """
    # Never stopped: Python waits for threads at its end, which may take as long as what they do.
    watch = Watch()
    try:
        watch, _ = _start_watch()
        hand_over()
        code = command()
        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # as in a job in the background
            signal.signal(signal.SIGINT, lambda *_: watch.leave())
        sys.stdout.flush()
        if code == EXIT_CODE:
            # Threads are not waited for, and sys.exit would end as killed where a library has met the interrupt too.
            atexit._run_exitfuncs()
            watch.leave()
    except KeyboardInterrupt:
        watch.leave()
    except BrokenPipeError:
        os._exit(0)
    sys.exit(code)
