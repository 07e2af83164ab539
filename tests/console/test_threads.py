"""Threads of models in a command's own process: the command says how they wait, an import says nothing."""

import os
import subprocess
import sys

import pytest

from polypref.console import threads
from polypref.errors import UserError
from tests.conftest import environment

NAMES = ("OMP_WAIT_POLICY", "KMP_BLOCKTIME", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
SHOW = f"import os; print([os.environ.get(name) for name in {NAMES!r}])"
CALM = ["PASSIVE", "0", None, None]


def run(code, *words, root=None, **more):
    own = {name: value for name, value in environment(**more).items() if name not in NAMES or name in more}
    done = subprocess.run([sys.executable, "-c", code, *words], env=own, cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_changes_nothing_in_a_users_process():
    code = (
        "import polypref, polypref.cli.commands, polypref.console.threads\n"
        "import polypref.training.rewards, quickstart.steps\n" + SHOW
    )
    assert run(code) == f"{[None] * 4}\n"


@pytest.mark.slow
def test_calling_a_command_as_a_function_changes_nothing_either():
    assert run("from polypref import cli\ncli.main(['languages'])\n" + SHOW).endswith(f"{[None] * 4}\n")


COMMANDS = {
    "polypref": "import sys; from polypref.cli import commands; "
    "sys.argv = ['polypref', *sys.argv[1:]]; run = commands.as_script",
    "train.py": "import runpy, sys; sys.argv = ['training/train.py', '--help']; "
    "run = lambda: runpy.run_path(sys.argv[0], run_name='__main__')",
    "loop": "import runpy, sys; sys.argv = ['loop', '--help']; "
    "run = lambda: runpy.run_module('quickstart', run_name='__main__')",
}


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_has_its_threads_and_those_of_its_processes_wait_calmly(command, root):
    """What a process that the command starts sees is what it would load torch with."""
    code = f"{COMMANDS[command]}\nimport subprocess\ntry:\n    run()\nexcept SystemExit:\n    pass\n"
    code += "assert 'torch' not in sys.modules\n"
    code += f"print(subprocess.check_output([sys.executable, '-c', {SHOW!r}], text=True))"
    assert f"{CALM}\n" in run(code, "filters", root=root)


@pytest.mark.parametrize("own", [{"OMP_WAIT_POLICY": "ACTIVE"}, {"KMP_BLOCKTIME": "200"}])
def test_what_the_user_has_said_stays(own):
    wanted = [own.get(name) for name in NAMES]
    assert run("from polypref.console import threads\nthreads.wait_calmly()\n" + SHOW, **own) == f"{wanted}\n"


@pytest.mark.slow
def test_a_number_of_threads_is_torchs_and_that_of_processes_that_are_started(monkeypatch):
    pytest.importorskip("torch", reason="PyTorch is not installed; the extra `models` has it")
    code = (
        "from polypref.console import threads\nthreads.limit_threads(1)\nimport torch\nprint(torch.get_num_threads())\n"
        + SHOW
    )
    assert run(code) == f"1\n{[None, None, '1', '1']}\n"
    loaded = (
        "import torch\nfrom polypref.console import threads\nthreads.limit_threads(1)\nprint(torch.get_num_threads())"
    )
    assert run(loaded) == "1\n"
    before = dict(os.environ)
    for odd in (0, -1, 100_000):
        with pytest.raises(UserError, match=f"--threads {odd}: "):
            threads.limit_threads(odd)
    threads.limit_threads(None)
    assert dict(os.environ) == before


@pytest.mark.parametrize("command", ["build", "evaluate", "evaluate-rm"])
def test_every_command_that_runs_models_here_has_the_setting(command, capsys):
    from polypref.cli import main

    with pytest.raises(SystemExit) if command != "build" else pytest.MonkeyPatch.context():
        main([command, "--help"])
    assert "--threads N" in capsys.readouterr().out
    assert main([command, "x.py", "--threads", "0"] if command == "build" else [command, "--threads", "0"]) == 2


def test_another_machines_workers_are_told(monkeypatch):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert threads.settings() == {"OMP_WAIT_POLICY": "PASSIVE", "OMP_NUM_THREADS": "3"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"OMP_WAIT_POLICY": "PASSIVE", "KMP_BLOCKTIME": "0"}),
        ({"OMP_WAIT_POLICY": "ACTIVE"}, {"OMP_WAIT_POLICY": "ACTIVE"}),
        ({"KMP_BLOCKTIME": "200"}, {"KMP_BLOCKTIME": "200"}),
        ({"OMP_NUM_THREADS": "3"}, {"OMP_NUM_THREADS": "3", "OMP_WAIT_POLICY": "PASSIVE", "KMP_BLOCKTIME": "0"}),
    ],
)
def test_what_the_environment_says_of_waiting_stays(before, after, monkeypatch):
    monkeypatch.setattr(os, "environ", {"PATH": "x", **before})
    threads.wait_calmly()
    assert threads.settings() == after
