"""`python -m polypref.loop`, the old name of the quickstart."""

import signal
import subprocess
import sys
from types import ModuleType

import pytest

from tests.conftest import ROOT, environment

WARNING = "python -m polypref.loop is python -m quickstart now; the old name works until polypref 1.0\n"


@pytest.fixture
def loop():
    """The module; what it does to Ctrl-C when it is imported is undone."""
    before = signal.getsignal(signal.SIGINT)
    from polypref.loop import __main__ as module

    signal.signal(signal.SIGINT, before)
    return module


def test_outside_of_a_clone_it_says_where_the_loop_is(loop, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "quickstart.__main__", None)
    assert loop.main() == 2
    sentence = "polypref: the loop is in a clone of the project, not in the package: run it there\n"
    assert capsys.readouterr() == ("", WARNING + sentence)


def test_in_a_clone_it_is_the_quickstart_with_its_exit_code(loop, monkeypatch, capsys):
    quickstart = ModuleType("quickstart.__main__")
    monkeypatch.setattr(quickstart, "main", lambda: 7, raising=False)
    monkeypatch.setitem(sys.modules, "quickstart.__main__", quickstart)
    assert loop.main() == 7
    assert capsys.readouterr() == ("", WARNING)


def test_as_a_command_it_runs():
    words = [sys.executable, "-m", "polypref.loop", "--help"]
    done = subprocess.run(words, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, WARNING) and "quickstart" in done.stdout
