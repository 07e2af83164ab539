"""How commands end: Ctrl-C at any moment, memory that is refused, and what is a fault of polypref's own."""

import os
import signal
import subprocess
import sys
import time

import pytest

from polypref.console import command, interrupts
from polypref.errors import UserError
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
from polypref.console.command import carry_out
from polypref.errors import UserError
from polypref.console.interrupts import run_as_process

def work():
    {}

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


@pytest.mark.parametrize("work", BUSY)
def test_one_interrupt_ends_whatever_is_being_done_with_one_sentence(work):
    if "model" in work:
        pytest.importorskip("torch", reason="PyTorch is not installed; the extra `models` has it")
    process = start(BUSY[work])
    process.send_signal(signal.SIGINT)
    assert end(process) == (130, ENDING)


@pytest.mark.parametrize("work", ["C code that never comes back", "a library that swallows it and goes on"])
def test_a_second_interrupt_is_not_waited_for(work, monkeypatch):
    patient = PROGRAM.replace(
        "def work", "import polypref.console.interrupts\npolypref.console.interrupts.PATIENCE = 600.0\n\ndef work"
    )
    monkeypatch.setitem(globals(), "PROGRAM", patient)
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


def test_commands_end_with_what_happened(capsys):
    def failing(error: BaseException) -> int:
        def work() -> None:
            raise error

        return command.carry_out(work)

    assert command.carry_out(lambda: None) == 0
    assert failing(UserError("no such file: 'a'; give its path")) == 2
    assert capsys.readouterr().err == "polypref: no such file: 'a'; give its path\n"
    assert failing(FileNotFoundError(2, "No such file or directory", "b")) == 2
    assert capsys.readouterr().err.startswith("polypref: No such file or directory: 'b'; check")
    assert failing(ZeroDivisionError("a fault of ours")) == 1
    assert "Traceback" in capsys.readouterr().err
    assert failing(OSError("with no file")) == 1
    assert "Traceback" in capsys.readouterr().err
    assert failing(KeyboardInterrupt()) == 130
    assert capsys.readouterr().err == ENDING


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


def refusals() -> list[BaseException]:
    import duckdb
    import numpy as np
    import pyarrow as pa

    refused: list[BaseException] = [OSError(12, "Cannot allocate memory"), RuntimeError("std::bad_alloc")]
    refused.append(RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory"))
    refused.append(RuntimeError("can't start new thread"))
    refused.append(ImportError("libarrow.so: failed to map segment from shared object"))
    refused.append(duckdb.OutOfMemoryException("Out of Memory Error: Allocation failure"))
    for ask in (lambda: bytearray(1 << 60), lambda: np.zeros(1 << 56), lambda: pa.allocate_buffer(1 << 60)):
        with pytest.raises(MemoryError) as caught:
            ask()
        refused.append(caught.value)
    return refused


def test_refused_memory_is_a_sentence(capsys):
    for error in refusals():

        def work(error: BaseException = error) -> None:
            raise error

        assert command.carry_out(work) == 2, repr(error)
        printed = capsys.readouterr().err
        assert printed.startswith("polypref: the system refused memory") and printed.count("\n") == 1, repr(error)
    assert not command.is_memory_refused(RuntimeError("Query interrupted"))
    assert not command.is_memory_refused(OSError(28, "No space left on device"))
    assert not command.is_memory_refused(ImportError("No module named 'x'"))
