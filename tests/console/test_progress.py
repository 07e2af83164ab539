"""Progress on standard error: a bar on a terminal, one line a stage elsewhere."""

import os
import pty
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.console import progress


def test_a_log_gets_one_line_with_what_was_done(capsys):
    with progress.stage("rate", 5_000, "answers") as advance:
        advance(1_000)
        advance(234)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.split()[:3] == ["rate", "1,234", "answers"]
    assert shown.err.count("\n") == 1


def test_quiet_is_quiet(capsys):
    with progress.stage("rate", None, quiet=True) as advance:
        advance(3)
    assert capsys.readouterr() == ("", "")


def test_a_stage_that_fails_does_not_say_that_it_is_done(capsys):
    with pytest.raises(RuntimeError, match="broken"), progress.stage("rate", None):
        raise RuntimeError("broken")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("total", ["None", "30"])
def test_a_terminal_gets_a_bar(total):
    program = f"""
from polypref.console import progress
with progress.stage("chain", {total}, "pairs") as advance:
    for _ in range(3):
        advance(10)
"""
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "100"},
    )
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 4096):
            shown += piece
    except OSError:  # how a terminal ends whose other side is closed
        pass
    assert child.wait(30) == 0
    assert b"chain" in shown
    assert b"30/30" in shown
    assert b"pairs" in shown
    assert child.stdout is not None and child.stdout.read() == b""


@pytest.mark.parametrize(
    ("done", "seconds", "unit", "shown"),
    [
        (0, 12.0, "rows", ""),
        (1, 6.3, "answers", "6.3 s an answer"),
        (10, 63.0, "answers", "6.3 s an answer"),
        (2, 500.0, "pairs", "250 s a pair"),
        (99, 100.0, "rows", "1.0 s a row"),
        (100, 100.0, "rows", "1.0/s"),
        (5, 2.0, "prompts", "2.5/s"),
        (1_234_000, 100.0, "rows", "12,340/s"),
        (3, 0.0, "rows", "3,000/s"),
    ],
)
def test_a_rate_below_one_a_second_is_shown_as_one(done, seconds, unit, shown):
    assert progress.rows_per_second(done, seconds, unit) == shown


@given(st.integers(0, 10**9), st.floats(0, 10**7), st.sampled_from(["rows", "answers", "pairs"]))
def test_no_rate_is_nothing_where_something_is_done(done, seconds, unit):
    shown = progress.rows_per_second(done, seconds, unit)
    assert (shown == "") == (done == 0)
    assert not shown or any(digit in shown for digit in "123456789")


def test_a_log_shows_slow_answers_as_slow_and_none_as_nothing(capsys, monkeypatch):
    now = iter([0.0, 63.0, 100.0, 163.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(now))
    with progress.stage("rate", 20, "answers") as advance:
        advance(10)
    with progress.stage("rate", 20, "answers"):
        pass
    first, second = capsys.readouterr().err.splitlines()
    assert first.endswith("63.0 s  6.3 s an answer") and second.endswith("63.0 s")
