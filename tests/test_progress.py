"""Progress on standard error: a bar on a terminal, one line a stage elsewhere."""

import os
import pty
import subprocess
import sys

import pytest

from polypref import progress


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
from polypref import progress
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
