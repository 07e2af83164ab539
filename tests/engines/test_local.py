"""Jobs in this process or in workers: all of them once, errors as they are, nobody left behind."""

import contextlib
import math
import operator
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from polypref import languages
from polypref.engines import local
from polypref.engines.local import Local, WorkerLost
from polypref.errors import UserError
from polypref.languages.own import Registered


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0]


def wait_until(true, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not (holds := true()) and time.monotonic() < end:
        time.sleep(0.05)
    return holds


@pytest.mark.parametrize("workers", [1, 2])
def test_every_job_is_done_once(workers):
    jobs = [(n, 3) for n in range(20)]
    assert sorted(Local(workers).run(operator.mul, jobs)) == [3 * n for n in range(20)]


def test_nothing_to_do_is_nothing_done():
    assert list(Local(4).run(operator.mul, [])) == []


def test_one_job_or_one_worker_is_done_in_this_process():
    assert list(Local(8).run(os.getpid, [()])) == [os.getpid()]
    assert set(Local(1).run(os.getpid, [()] * 3)) == {os.getpid()}


def test_without_a_number_there_is_one_worker_a_core(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert set(Local().run(os.getpid, [()] * 3)) == {os.getpid()}
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert os.getpid() not in set(Local().run(os.getpid, [()] * 3))


def test_many_jobs_are_done_in_other_processes():
    pids = set(Local(2).run(os.getpid, [()] * 8))
    assert os.getpid() not in pids
    assert 1 <= len(pids) <= 2
    assert wait_until(lambda: not any(map(alive, pids)), 60)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_users_mistake_in_a_job_is_the_same_sentence_outside(workers):
    with pytest.raises(UserError, match="Unknown language tag 'xx'"):
        list(Local(workers).run(languages.get, [("de",), ("xx",), ("he",)]))


def test_any_other_error_is_not_hidden():
    with pytest.raises(ValueError, match=r"math domain error|nonnegative"):
        list(Local(2).run(math.sqrt, [(4.0,), (-1.0,)]))


class Exits:
    """Would end the program where it is read."""

    def __setstate__(self, state):
        sys.exit(0)

    def __getstate__(self):
        return {"a": 1}


@pytest.mark.parametrize(
    ("function", "argument", "words"),
    [
        (len, Exits(), "Exits.__setstate__ cannot be read in the worker process that it was sent to"),
        (sys.exit, 0, "code in a worker process raises SystemExit: 0, which would end the program"),
        (len, lambda: 1, "something of the builder cannot be sent to worker processes"),
    ],
)
def test_what_would_end_the_program_in_a_worker_or_cannot_be_sent_there_is_a_sentence(function, argument, words):
    with pytest.raises(UserError, match=words):
        list(Local(2).run(function, [(argument,)] * 2))


@pytest.mark.parametrize(
    ("codes", "sentence"),
    [
        ([None, -15, 9], "a worker process ended without a word, with exit code 9 (os._exit?)"),
        ([-15, 0], "a worker process ended without a word, with exit code 0 (os._exit?)"),
        ([-15, None], "a worker process ended without a word"),
        ([-9, -15], "a worker process was killed (out of memory?)"),
        ([-11, 0], "a worker process was ended by SIGSEGV (a fault in a library that it uses?)"),
    ],
)
def test_how_a_worker_was_lost(codes, sentence):
    assert local._how_it_ended([SimpleNamespace(exitcode=code) for code in codes]) == sentence


@pytest.mark.parametrize(
    ("function", "argument"),
    [(os._exit, 9), (os._exit, 0), (signal.raise_signal, signal.SIGKILL), (signal.raise_signal, signal.SIGSEGV)],
)
def test_a_worker_that_is_lost_is_one_sentence(function, argument):
    """How it ended is not always known: its exit code goes to whoever waits for the process first."""
    with pytest.raises(WorkerLost, match=r"^a worker process (ended|was) .*; run the same command again") as caught:
        list(Local(2).run(function, [(argument,)] * 3))
    assert "with workers=1 (--workers 1) if it happens again" in str(caught.value)


def test_who_stops_early_does_not_wait_for_what_is_not_begun():
    results = Local(2).run(time.sleep, [(0.0,), *[(86_400.0,)] * 20])
    next(results)
    results.close()


def test_workers_know_the_languages_that_are_registered_here():
    kalmyk = languages.Language("xal", "Kalmyk", "Хальмг", "xal", ("Cyrl",), "xal_Cyrl")
    engine = Local(2, settle=Registered((kalmyk,), frozenset()))
    assert {one.tag for one in engine.run(languages.resolve, [("Kalmyk",), ("Хальмг",)])} == {"xal"}


def test_workers_know_what_a_builder_script_defines(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from polypref import languages\n"
        "languages.register(languages.Language('xal', 'Kalmyk', 'Хальмг', 'xal', ('Cyrl',), 'xal_Cyrl'))\n"
        "class Params: pass\n"
        "def build(params): pass\n",
        "utf-8",
    )
    known = list(Local(2, str(script)).run(languages.resolve, [("Kalmyk",), ("Хальмг",), ("de",)]))
    assert sorted(language.tag for language in known) == ["de", "xal", "xal"]
    with pytest.raises(UserError, match="Kalmyk"):
        list(Local(2).run(languages.resolve, [("Kalmyk",), ("Kalmyk",)]))


JOBS = """
import os, time
def job(folder, seconds):
    open(os.path.join(folder, str(os.getpid())), "w").close()
    time.sleep(seconds)
"""

PARENT = """
import sys
from jobs import job
from polypref.engines.local import Local
if __name__ == "__main__":
    list(Local(2).run(job, [(sys.argv[1], float(sys.argv[2]))] * 8))
"""


def begun(folder: Path) -> int:
    return len(list((folder / "begun").iterdir()))


def start(folder: Path, seconds: str) -> subprocess.Popen[str]:
    """A process that runs jobs in two workers; each leaves a file in `begun` when it is at its first one."""
    (folder / "jobs.py").write_text(JOBS)
    (folder / "parent.py").write_text(PARENT)
    (folder / "begun").mkdir()
    path = os.pathsep.join(p for p in sys.path if p)
    return subprocess.Popen(
        [sys.executable, str(folder / "parent.py"), str(folder / "begun"), seconds],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
    )


def children(pid: int) -> list[int]:
    """The processes that this one started, as the system tells."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


NEEDS_PROC = pytest.mark.skipif(
    not Path("/proc/self/task").is_dir(), reason="needs Linux with /proc, to ask for a process's children: run it there"
)


@NEEDS_PROC
def test_workers_end_with_a_parent_that_was_killed(tmp_path):
    parent = start(tmp_path, "60")
    assert wait_until(lambda: begun(tmp_path) == 2, 60)
    started = children(parent.pid)
    parent.kill()
    parent.wait()
    # A worker that lived on would hold memory for ever, or write into the folder of the next run.
    ended = wait_until(lambda: not any(map(alive, started)), 60)
    for pid in filter(alive, started):
        os.kill(pid, signal.SIGKILL)
    assert ended


@NEEDS_PROC
def test_ctrl_c_ends_the_run_and_its_workers(tmp_path):
    parent = start(tmp_path, "0.5")
    assert wait_until(lambda: begun(tmp_path) == 2, 60)
    started = children(parent.pid)
    for pid in [parent.pid, *started]:  # as a terminal does: to every process of the group
        with contextlib.suppress(ProcessLookupError):  # the parent may have ended its workers already
            os.kill(pid, signal.SIGINT)
    _, error = parent.communicate(timeout=120)
    assert parent.returncode != 0
    assert "KeyboardInterrupt" in error
    assert "spawn_main" not in error  # only the parent speaks
    assert wait_until(lambda: not any(map(alive, started)), 60)


@NEEDS_PROC
def test_ctrl_c_is_the_parents_even_while_workers_load(tmp_path):
    parent = start(tmp_path, "0.1")

    def interrupt() -> bool:
        for pid in children(parent.pid):
            os.kill(pid, signal.SIGINT)
        return begun(tmp_path) == 2

    assert wait_until(interrupt, 60)
    _, error = parent.communicate(timeout=60)
    assert (parent.returncode, error) == (0, "")
