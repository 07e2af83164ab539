"""A disk that is full, read-only or gone, input that vanishes, two processes on one folder, and clocks that jump."""

import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from tests.conftest import command, environment

pytestmark = pytest.mark.faults
FAST = "--no-identify"
SCRIPT = "tests/scripts/pool.py"


def test_a_second_real_process_on_the_same_folder(polypref, start, make_pool, tmp_path, figure):
    figure("two processes on one folder", 1)
    words = ("build", "tests/scripts/pool.py", "--source", make_pool(tmp_path / "pool", 40), "--out", tmp_path / "out")
    first = start(*words, "--workers", 1, FAST)
    try:
        while not (tmp_path / "out" / ".polypref" / "build.json").exists():
            assert first.poll() is None
            time.sleep(0.01)
        first.send_signal(signal.SIGSTOP)
        assert "is in use by another polypref process" in polypref(*words, expect=2).stderr
        first.send_signal(signal.SIGCONT)
        assert first.wait(120) == 0
    finally:
        first.kill()
        first.communicate()


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 1 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk]).returncode:
        pytest.skip("only root can mount a small disk: run it as root on Linux")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def test_no_space(polypref, make_pool, small_disk, tmp_path, figure):
    """At first there is room for the start only, later for all but the end: the sentence is the same."""
    words = ("build", "tests/scripts/pool.py", "--source", make_pool(tmp_path / "pool", 125), "--workers", 1, FAST)
    out = small_disk / "out"
    seen = set()
    for size in (100, 400, 700, 1_200, 2_000, 16_000):
        subprocess.run(["mount", "-o", f"remount,size={size}k", small_disk], check=True)
        done = polypref(*words, "--out", out, expect=None)
        if done.returncode == 0:
            break
        assert done.returncode == 2, done.stderr
        last = done.stderr.splitlines()[-1]
        assert last.startswith("polypref: cannot w") and "No space left on device" in last and "free some space" in last
        assert "Traceback" not in done.stderr
        assert not (out / "provenance.json").exists() and not (out / "data").exists()
        seen.add(len(done.stderr.splitlines()))
    assert (out / "provenance.json").is_file()
    figure("disk full", 7)
    assert len(seen) > 1, "the disk should fill in more than one stage"
    polypref(*words, "--out", tmp_path / "undisturbed")
    assert (tmp_path / "undisturbed" / "provenance.json").read_bytes() == (out / "provenance.json").read_bytes()


def test_no_space_keeps_the_dataset_that_is_there(polypref, make_pool, small_disk, tmp_path, contents, figure):
    figure("disk full", 1)
    subprocess.run(["mount", "-o", "remount,size=16m", small_disk], check=True)
    words = ("build", "tests/scripts/pool.py", "--source", make_pool(tmp_path / "pool", 125), "--workers", 1, FAST)
    out = small_disk / "out"
    polypref(*words, "--out", out)
    before = contents(out)
    full = small_disk / "filler"
    left = shutil.disk_usage(small_disk).free
    full.write_bytes(bytes(left - 400_000))
    assert "No space left on device" in polypref(*words, "--test", "0.5", "--out", out, expect=2).stderr
    assert contents(out) == before
    full.unlink()
    polypref(*words, "--test", "0.5", "--out", out)
    assert contents(out) != before


def test_a_file_size_limit(make_pool, tmp_path, root, polypref, figure):
    """Without root: a limit on the size of files fails the same writes."""
    figure("disk full", 1)

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    words = ("build", "tests/scripts/pool.py", "--source", make_pool(tmp_path / "pool", 60), "--workers", 1, FAST)
    words = (*words, "--out", tmp_path / "out")
    done = subprocess.run(
        command(*words), cwd=root, env=environment(), capture_output=True, text=True, preexec_fn=limit, timeout=120
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.splitlines()[-1].startswith("polypref: cannot write")
    assert "File too large" in done.stderr and "Traceback" not in done.stderr
    polypref(*words)


def test_a_disk_that_becomes_read_only(polypref, start, make_pool, small_disk, tmp_path, contents, figure):
    """In the middle of a build; then it can be written again, and the build goes on to the same bytes."""
    subprocess.run(["mount", "-o", "remount,size=64m", small_disk], check=True)
    words = ("build", SCRIPT, "--source", make_pool(tmp_path / "pool", 125), "--workers", 1, FAST)
    polypref(*words, "--out", tmp_path / "undisturbed")
    out, places = small_disk / "out", ("read-*/job-*.json", "pair-*/pairs-*", "filter-*/filtered-*")
    for place in places:
        process = start(*words, "--out", out)
        reach(out, place, process)
        process.send_signal(signal.SIGSTOP)
        # A file that is open for writing keeps a whole file system from becoming read-only; the folder's own mount not.
        subprocess.run(["mount", "--bind", small_disk, small_disk], check=True)
        subprocess.run(["mount", "-o", "remount,bind,ro", small_disk], check=True)
        process.send_signal(signal.SIGCONT)
        process.communicate(timeout=120)
        done = polypref(*words, "--out", out, expect=2)
        assert "Read-only file system" in done.stderr and "Traceback" not in done.stderr, done.stderr
        subprocess.run(["umount", small_disk], check=True)
    polypref(*words, "--out", out)
    assert contents(out) == contents(tmp_path / "undisturbed")
    figure("read-only folder", len(places))


def reach(out: Path, place: str, process: subprocess.Popen[str]) -> None:
    """Waits until a file of the build's store is there, or the build is over."""
    while process.poll() is None and not any((out / ".polypref").glob(place)):
        time.sleep(0.001)


def test_read_only_from_the_start(polypref, make_pool, small_disk, tmp_path, figure):
    out = small_disk / "out"
    out.mkdir()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    words = ("build", SCRIPT, "--source", make_pool(tmp_path / "pool", 5), "--workers", 1, FAST)
    tries = [(*words, "--out", out), (*words, "--out", tmp_path / "o", "--log", small_disk / "log.sqlite")]
    tries.append(("inspect", tmp_path / "o", "--html", small_disk / "page.html"))
    tries.append(("review", "export", tmp_path / "o", "--languages", "de", "--out", small_disk / "sheets"))
    polypref(*words, "--out", tmp_path / "o")
    for number, one in enumerate(tries):
        done = polypref(*one, expect=None)
        # A build that asks no model needs no log.
        assert done.returncode == (0 if number == 1 else 2), done.stderr
        assert number == 1 or ("Read-only file system" in done.stderr and "Traceback" not in done.stderr), done.stderr
    figure("read-only folder", len(tries))


def gone(pool: Path) -> None:
    shutil.rmtree(pool)


def one_less(pool: Path) -> None:
    (pool / "ja.jsonl").unlink()


def shorter(pool: Path) -> None:
    os.truncate(pool / "uk.jsonl", 20_000)


def folder_instead(pool: Path) -> None:
    (pool / "de.jsonl").unlink()
    (pool / "de.jsonl").mkdir()


@pytest.mark.parametrize("harm", [gone, one_less, shorter, folder_instead])
def test_input_that_vanishes(polypref, start, make_pool, tmp_path, contents, harm, figure):
    """While it is read, or between two runs; given back, the build ends as if nothing had been."""
    pool, out = make_pool(tmp_path / "pool", 125), tmp_path / "out"
    words = ("build", SCRIPT, "--source", pool, "--workers", 1, FAST)
    polypref(*words, "--out", tmp_path / "undisturbed")
    shutil.copytree(pool, tmp_path / "kept")
    for place in ("build.json", "read-*", "read-*/completions-*", "index-*"):
        process = start(*words, "--out", out)
        reach(out, place, process)
        process.send_signal(signal.SIGSTOP)
        harm(pool)
        process.send_signal(signal.SIGCONT)
        _, stderr = process.communicate(timeout=120)
        assert "Traceback" not in stderr, stderr
        assert process.returncode in (0, 2), stderr
        if process.returncode == 0:
            facts = json.loads((out / "provenance.json").read_text("utf-8"))["facts"]["languages"]
            whole = json.loads((tmp_path / "undisturbed" / "provenance.json").read_text("utf-8"))["facts"]["languages"]
            assert facts == whole or harm is not gone, "half of the input was taken for the whole"
        shutil.rmtree(pool, ignore_errors=True)
        shutil.copytree(tmp_path / "kept", pool)
        polypref(*words, "--out", out)
        assert contents(out) == contents(tmp_path / "undisturbed"), f"{harm.__name__} at {place}"
        shutil.rmtree(out)
    figure("vanished input", 4)


def test_many_processes_on_one_folder(polypref, start, make_pool, tmp_path, contents, figure):
    """Eight at once: one builds, the others say so, and the dataset is whole."""
    words = ("build", SCRIPT, "--source", make_pool(tmp_path / "pool", 60), "--workers", 1, FAST)
    polypref(*words, "--out", tmp_path / "undisturbed")
    many = [start(*words, "--out", tmp_path / "out") for _ in range(8)]
    ends = [(one.communicate(timeout=300)[1], one.returncode) for one in many]
    assert all(code in (0, 2) and "Traceback" not in stderr for stderr, code in ends), ends
    assert any(code == 0 for _, code in ends)
    others = [stderr for stderr, code in ends if code == 2 and "is in use by another polypref process" not in stderr]
    assert not others, others
    assert contents(tmp_path / "out") == contents(tmp_path / "undisturbed")
    figure("two processes on one folder", 8)


#: A clock that is wrong by years, goes backwards, or jumps at every look.
CLOCK = """
import random, time
_real, _draw = (time.time, time.time_ns, time.monotonic), random.Random({seed})
def _shift():
    return {shift}
time.time = lambda: _real[0]() + _shift()
time.time_ns = lambda: _real[1]() + int(_shift() * 1e9)
"""
SHIFTS = {
    "epoch": "-_real[0]()",
    "2106": "80 * 365 * 86400.0",
    "backwards": "-3.0 * (_real[0]() % 10_000)",
    "jumping": "_draw.choice([-1e8, -3600.0, 0.0, 3600.0, 1e8])",
}


@pytest.mark.parametrize("kind", SHIFTS)
def test_clocks(polypref, start, make_pool, tmp_path, contents, kind, figure):
    """No clock is in the data: other times give the same bytes, also where a killed build goes on at another time."""
    pool, site = make_pool(tmp_path / "pool", 60), tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(CLOCK.format(seed=1, shift=SHIFTS[kind]), "utf-8")
    path = {"PYTHONPATH": f"{site}{os.pathsep}{environment()['PYTHONPATH']}"}
    words = ("build", SCRIPT, "--source", pool, "--workers", 1, FAST)
    polypref(*words, "--out", tmp_path / "undisturbed")
    polypref(*words, "--out", tmp_path / "out", **path)
    assert contents(tmp_path / "out") == contents(tmp_path / "undisturbed")
    process = start(*words, "--out", tmp_path / "half", **path)
    reach(tmp_path / "half", "pair-*/pairs-*", process)
    process.kill()
    process.communicate()
    for file in sorted(pool.iterdir()):  # as a restored backup: another time, the same bytes
        os.utime(file, (0, 0) if kind == "epoch" else (2**32, 2**32))
    polypref(*words, "--out", tmp_path / "half")
    assert contents(tmp_path / "half") == contents(tmp_path / "undisturbed")
    figure("clock jumps", 2)


def test_a_damaged_response_log_is_one_sentence(polypref, tmp_path, figure):
    """And a log that is none, or a folder, or held by somebody else for good."""
    source = tmp_path / "p.jsonl"
    source.write_text('{"id": 1, "prompt": "Why is the sky blue?"}\n', "utf-8")
    (tmp_path / "text.sqlite").write_text("no log" * 1000, "utf-8")
    (tmp_path / "folder.sqlite").mkdir()
    with sqlite3.connect(tmp_path / "other.sqlite") as db:
        db.execute("CREATE TABLE replies (x)")
    for name in ("text", "folder", "other"):
        words = ("build", "tests/scripts/models.py", "--source", source, "--at", "http://127.0.0.1:9/v1")
        done = polypref(*words, "--out", tmp_path / name, "--log", tmp_path / f"{name}.sqlite", expect=2)
        assert "Traceback" not in done.stderr and "response log" in done.stderr, done.stderr
    figure("damaged response log", 3)
