"""Ctrl-C ends a command at any moment, whatever it is doing."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from polypref.console import interrupts
from tests.conftest import environment

ENDING = "polypref: interrupted; what is done is kept, the same command goes on\n"
# What a command may be doing when Ctrl-C comes. READY is printed at that moment; none ends by itself within a minute.
BUSY = {
    "a query of DuckDB": """
        import duckdb
        print("READY", flush=True)
        duckdb.sql("SELECT count(*) FROM range(1000000000) a, range(1000) b WHERE (a.range * b.range) % 7 = 3").show()
    """,
    "a library that answers with an error of its own": """
        print("READY", flush=True)
        try:
            time.sleep(600)
        except KeyboardInterrupt:
            raise RuntimeError("worker crashed") from None
    """,
    "a step that blames the user": """
        print("READY", flush=True)
        try:
            time.sleep(600)
        except KeyboardInterrupt:
            raise UserError("a worker process was killed (out of memory?)") from None
    """,
    "a library that swallows it and goes on": """
        print("READY", flush=True)
        for _ in range(100):
            try:
                time.sleep(600)
            except BaseException:
                continue
    """,
    "C code that never comes back": """
        import ctypes
        library, mutex = ctypes.CDLL(None), ctypes.create_string_buffer(256)
        library.pthread_mutex_lock(mutex)
        print("READY", flush=True)
        library.pthread_mutex_lock(mutex)
    """,
    "a thread that the process waits for at its end": """
        threading.Thread(target=time.sleep, args=(600,)).start()
        print("READY", flush=True)
    """,
    "an exit handler": """
        import atexit
        atexit.register(time.sleep, 600)
        print("READY", flush=True)
    """,
    "a batch of a model": """
        import torch
        rows = torch.ones(64, 64)
        print("READY", flush=True)
        while True:
            rows = torch.nn.functional.softmax(rows @ rows, dim=-1)
    """,
    "an event loop whose task will not be cancelled": """
        import asyncio

        async def stubborn():
            print("READY", flush=True)
            while True:
                try:
                    await asyncio.sleep(600)
                except asyncio.CancelledError:
                    continue

        asyncio.run(stubborn())
    """,
}
PROGRAM = """
import threading, time
from polypref.console import interrupts
from polypref.console.command import carry_out
from polypref.errors import UserError
from polypref.console.interrupts import run_as_process

def work():
    {}

interrupts.PATIENCE = 1.0
run_as_process(lambda: carry_out(work))
"""


def start(work: str) -> subprocess.Popen[str]:
    lines = "\n    ".join(line.removeprefix(" " * 8) for line in work.strip("\n").splitlines())
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(lines)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline() == "READY\n", process.communicate()[1]
    return process


def end(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit code and standard error; a minute is long for five seconds of patience, and short for what is being done."""
    try:
        return process.wait(60), process.communicate()[1]
    finally:
        process.kill()


@pytest.mark.slow
@pytest.mark.parametrize("work", BUSY)
def test_one_interrupt_ends_whatever_is_being_done_with_one_sentence(work):
    if "model" in work:
        pytest.importorskip("torch", reason="PyTorch is not installed; the extra `models` has it")
    process = start(BUSY[work])
    process.send_signal(signal.SIGINT)
    assert end(process) == (130, ENDING)


@pytest.mark.parametrize("work", ["C code that never comes back", "a library that swallows it and goes on"])
def test_a_second_interrupt_is_not_waited_for(work, monkeypatch):
    monkeypatch.setitem(globals(), "PROGRAM", PROGRAM.replace("PATIENCE = 1.0", "PATIENCE = 600.0"))
    process = start(BUSY[work])
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)  # two signals at once are one
    process.send_signal(signal.SIGINT)
    assert end(process) == (130, ENDING)


LOADING = """
import os, runpy, signal, sys

class Interrupting:
    def find_spec(self, name, *_):
        if name == "polypref.console.interrupts":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupting())
door = sys.argv.pop(1)
if door.endswith(".py"):
    runpy.run_path(door, run_name="__main__")
else:
    runpy.run_module(door, run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize("door", ["polypref", "polypref.cli", "quickstart", "training/train.py"])
def test_an_interrupt_while_a_command_still_loads_is_a_sentence_too(door, root):
    command = [sys.executable, "-c", LOADING, door, "--help"]
    done = subprocess.run(command, cwd=root, env=environment(), capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (130, "polypref: interrupted before it began\n"), done.stdout


def test_an_ignored_interrupt_stays_ignored_to_the_end():
    """As of a job that a shell has put into the background."""
    program = """
import atexit, os, signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
from polypref.console.beginning import watch_for_interrupt
watch_for_interrupt()
from polypref.console.interrupts import run_as_process
atexit.register(lambda: os.kill(os.getpid(), signal.SIGINT))
run_as_process(lambda: os.kill(os.getpid(), signal.SIGINT) or 0)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_interrupt_while_nothing_is_run_is_python_s_own():
    assert not interrupts.Watch().interrupted
    before = signal.set_wakeup_fd(-1)
    with interrupts.watched() as outer, interrupts.watched() as inner:
        assert inner is outer and not outer.interrupted
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)
        except KeyboardInterrupt:
            pass
        assert outer.interrupted
    assert signal.set_wakeup_fd(before) == -1, "the watch has put back what was there"
    with interrupts.watched() as later:
        assert not later.interrupted


def test_an_interrupt_is_announced_once(capsys):
    watch = interrupts.Watch()
    watch.announce()
    watch.announce()
    assert capsys.readouterr() == ("", ENDING)


def test_outside_of_the_main_thread_nothing_is_listened_for():
    watches = []

    def run_watched():
        with interrupts.watched() as watch:
            watches.append(watch)

    before = signal.set_wakeup_fd(-1)
    thread = threading.Thread(target=run_watched)
    thread.start()
    thread.join(60)
    (watch,) = watches
    assert not watch.interrupted and signal.set_wakeup_fd(before) == -1
    assert [one.name for one in threading.enumerate() if one.name == "polypref-interrupts"] == []


@pytest.mark.parametrize("code", [0, 1, 2])
def test_a_process_ends_with_the_code_of_its_command_and_with_all_that_was_printed(code):
    program = (
        "import atexit\nfrom polypref.console.interrupts import run_as_process\n"
        "atexit.register(print, 'over')\n"
        f"run_as_process(lambda: print('done') or {code})\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (code, "done\nover\n", "")


def test_an_interrupted_command_leaves_through_its_exit_handlers():
    program = (
        "import atexit\nfrom polypref.console.interrupts import run_as_process\n"
        "atexit.register(lambda: print('over', flush=True))\n"
        "run_as_process(lambda: 130)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (130, "over\n", ENDING)
