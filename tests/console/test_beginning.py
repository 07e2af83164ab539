"""Who hears Ctrl-C before a command has begun."""

import signal
import subprocess
import sys

import pytest

from polypref.console import beginning
from tests.conftest import environment


@pytest.fixture(autouse=True)
def as_before():
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


def test_the_watch_is_taken_from_python_and_given_back():
    signal.signal(signal.SIGINT, signal.default_int_handler)
    beginning.watch_for_interrupt()
    assert signal.getsignal(signal.SIGINT) is beginning._end_process
    beginning.hand_over()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("other", [signal.SIG_IGN, lambda *_: None])
def test_who_listens_otherwise_goes_on(other):
    signal.signal(signal.SIGINT, other)
    beginning.watch_for_interrupt()
    assert signal.getsignal(signal.SIGINT) is other
    beginning.hand_over()
    assert signal.getsignal(signal.SIGINT) is other


def test_ctrl_c_before_the_beginning_is_one_sentence():
    code = "import os, signal; from polypref.console import beginning as b; b.watch_for_interrupt(); "
    code += "os.kill(os.getpid(), signal.SIGINT); print('still here')"
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "polypref: interrupted before it began\n")
