"""The command line as a whole: which command gets which words, and what stands where it may not."""

import subprocess
import sys

import pytest

import polypref
from polypref.cli import build, commands, evaluate, train
from polypref.console import threads
from polypref.kernels.library import in_words
from tests.conftest import ROOT
from tests.kernels.switch import without_library


@pytest.fixture
def steps(monkeypatch) -> list[object]:
    """What is called, in order, in place of the commands' work."""
    steps: list[object] = []
    monkeypatch.setattr(train, "run_train", lambda words: steps.append(("train", list(words))))
    monkeypatch.setattr(build, "_run_build", lambda arguments, rest: steps.append(("build", arguments.out, rest)))
    monkeypatch.setattr(evaluate, "_run_evaluate", lambda arguments, rest: steps.append(("evaluate", rest)))
    monkeypatch.setattr(threads, "limit_threads", lambda count: steps.append(("threads", count)))
    monkeypatch.setattr(threads, "wait_calmly", lambda: steps.append("calm"))
    return steps


def test_training_gets_its_words_as_they_are(steps):
    words = ["--config", "dang_dpo", "--dataset_config", "a_b", "--threads", "3", "--help"]
    assert commands.main(["train", *words]) == 0
    assert steps == [("train", words)]


def test_threads_are_limited_before_the_command_runs(steps):
    assert commands.main(["evaluate", "--threads", "3"]) == 0
    assert commands.main(["evaluate"]) == 0
    assert steps == [("threads", 3), ("evaluate", []), ("threads", None), ("evaluate", [])]


def test_words_that_the_parser_does_not_know_are_a_builder_scripts_and_nobody_elses(steps, capsys):
    assert commands.main(["build", "x.py", "--share", "0.5", "--out", "there"]) == 0
    assert steps[-1] == ("build", "there", ["--share", "0.5"])
    steps.clear()
    assert commands.main(["evaluate", "--share", "0.5"]) == 2
    assert capsys.readouterr().err.startswith("polypref: polypref evaluate has no --share; ")
    assert steps == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--quiet", "build", "x.py"], "--quiet stands before the command; write polypref build ... --quiet"),
        (["--out=there", "evaluate"], "--out stands before the command; write polypref evaluate ... --out"),
    ],
)
def test_an_option_before_the_command_is_told_its_place(words, sentence, steps, capsys):
    assert commands.main(words) == 2
    assert capsys.readouterr().err == f"polypref: {sentence}\n"
    assert steps == []


def test_a_script_waits_calmly_before_anything_else(steps, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["polypref", "evaluate", "--threads", "2"])
    assert commands.as_script() == 0
    assert steps == ["calm", ("threads", 2), ("evaluate", [])]


def test_the_version_is_that_of_the_package(capsys):
    with pytest.raises(SystemExit) as end:
        commands.main(["--version"])
    first, kernels = capsys.readouterr().out.splitlines()
    assert end.value.code == 0 and first == f"polypref {polypref.__version__}"
    assert kernels == f"kernels: {in_words()}"


def test_the_version_says_that_nothing_compiled_runs(capsys):
    with without_library(), pytest.raises(SystemExit):
        commands.main(["--version"])
    assert capsys.readouterr().out.splitlines()[1] == "kernels: Python (POLYPREF_KERNELS=off)"


def test_a_parser_loads_nothing_heavy():
    code = (
        "import sys, polypref.cli.commands\n"
        "polypref.cli.commands.command_parser().format_help()\n"
        "heavy = {'torch', 'transformers', 'datasets', 'pyarrow', 'duckdb', 'numpy', 'rich'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_a_builder_script_may_have_a_parameter_of_the_name_of_an_option_of_build(monkeypatch):
    seen: list[tuple[str | None, list[str]]] = []
    monkeypatch.setattr(build, "_build_dataset", lambda arguments, _, __, rest: seen.append((arguments.version, rest)))
    for script in ("grown.py", "pool.py"):
        path = str(ROOT / "tests" / "scripts" / script)
        assert commands.main(["build", path, "--version", "1.2.0"]) == 0
    assert seen == [(None, ["--version=1.2.0"]), ("1.2.0", [])]
