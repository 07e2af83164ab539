"""Ctrl-C while a command's own modules still load: one sentence too; what is imported first loads next to nothing."""

import os
import signal

EXIT_CODE = 130
SENTENCE = "polypref: interrupted before it began"


def watch_for_interrupt() -> None:
    """Ends the process at Ctrl-C until `hand_over`; for scripts and modules that are run, before their imports.

    Nothing changes where Ctrl-C is ignored (a job in the background) or somebody else listens.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end_process)


def hand_over() -> None:
    """Gives Ctrl-C back to Python, for a watch that runs now."""
    if signal.getsignal(signal.SIGINT) is _end_process:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _end_process(*_: object) -> None:
    os.write(2, f"{SENTENCE}\n".encode())
    os._exit(EXIT_CODE)
