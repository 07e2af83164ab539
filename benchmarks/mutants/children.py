"""Runs tests in children of a process that has pytest and the large packages loaded, but never polypref itself.

What takes most of the time of a short test run is its start; a child that is forked has that behind it.
"""

import contextlib
import gc
import importlib
import json
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Collection, Sequence
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

FAST = "not slow and not faults and not browser and not vllm and not ray"
#: What tests import, and pytest's own plugins: loaded once. One that is not installed is left out.
LARGE = [
    "_pytest.junitxml",
    "aiohttp.web",
    "anyio.pytest_plugin",
    "concurrent.futures.process",
    "datasets",
    "duckdb",
    "evaluate",
    "filelock",
    "fsspec.implementations.local",
    "_hypothesis_pytestplugin",
    "huggingface_hub.hf_api",
    "hypothesis",
    "jinja2",
    "langcodes",
    "langdetect",
    "multiprocessing.pool",
    "numpy",
    "packaging.version",
    "pandas",
    "peft",
    "phonenumbers",
    "py3langid",
    "pyarrow.dataset",
    "pyarrow.parquet",
    "pytest_cov.plugin",
    "rensa",
    "rich.progress",
    "rich.table",
    "sacrebleu.metrics",
    "scipy.optimize",
    "scipy.stats",
    "sentencepiece",
    "stdnum",
    "tokenizers",
    "torch",
    "torch.nn.functional",
    "transformers",
    "transformers.trainer",
    "trl.trainer.dpo_trainer",
    "trl.trainer.reward_trainer",
    "unittest.mock",
    "xdist.plugin",
    "yaml",
    "zstandard",
]
#: Seconds that one test may take. It is also tried without the change, so that a slow test is no test that noticed.
PATIENCE = 100
#: Most memory and largest file of a child: a change that never stops taking either is stopped.
MEMORY, FILE = 8 << 30, 2 << 30


class Ended(NamedTuple):
    """How a run of tests ended: the test (or file) that failed or never ended, if any, and in which way."""

    test: str
    way: str


class Chosen:
    """A plugin of pytest: the tests that are asked for and no others, in that order, until time is up."""

    def __init__(self, wanted: Sequence[str], without: Collection[str], events: Path, until: float) -> None:
        self.place = {test: number for number, test in enumerate(wanted)}
        self.without, self.events, self.until = without, events, until

    def _number(self, item: pytest.Item) -> int:
        """Where a test comes: by its own name, else by its file's or a folder's that is asked for as a whole."""
        if item.nodeid in self.without:
            return -1
        names = [item.nodeid, file := item.nodeid.partition("::")[0], *map(str, Path(file).parents)]
        return next((self.place[name] for name in names if name in self.place), -1)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        config.hook.pytest_deselected(items=[item for item in items if self._number(item) < 0])
        items[:] = sorted((item for item in items if self._number(item) >= 0), key=self._number)

    def _write(self, *words: str) -> None:
        with self.events.open("a", encoding="utf-8") as file:
            file.write(json.dumps(words) + "\n")

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._write("start", nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._write("failed", report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._write("failed", report.nodeid)

    def pytest_runtest_logfinish(self) -> None:
        if time.monotonic() > self.until:
            pytest.exit("time is up", returncode=0)


def load_large_packages() -> None:
    """Loads what most tests would load; what torch reads of the environment then is as tests/conftest.py has it."""
    os.environ |= {"OMP_WAIT_POLICY": "PASSIVE", "PYTHONDONTWRITEBYTECODE": "1"}
    for name in LARGE:
        try:
            importlib.import_module(name)
        except ImportError as error:
            print(f"{name} is not loaded before: {error}", file=sys.stderr)
    # What is loaded stays: children share its memory as long as no collection of theirs touches it.
    gc.freeze()
    own = sorted(name for name in sys.modules if name.partition(".")[0] in ("polypref", "tests"))
    if own:
        raise RuntimeError(f"loaded before any change, so that changes of it would not be seen: {own}")


def compile_copy(copy: Path, log: Path) -> None:
    """Compiles all sources and tests of a copy once, so that children need only compile what was changed."""
    words = ["--collect-only", "-q", str(copy / "tests")]
    _wait(_fork(copy, words, [], log, caches=True), None)


def run_tests(copy: Path, wanted: Sequence[str], without: Collection[str], log: Path, seconds: float) -> Ended | None:
    """Runs tests (names, files or folders) of a copy until one fails.

    Args:
        copy: A project's folder.
        wanted: Which tests, in order.
        without: Tests, and files that cannot be loaded, to leave out.
        log: Gets all that is printed.
        seconds: After so many no further test is begun.

    Returns:
        How it ended; None when no test failed.
    """
    events = copy.parent / "events"
    events.write_text("", "utf-8")
    files = [file for file in dict.fromkeys(test.partition("::")[0] for test in wanted) if file not in without]
    if not files:
        return None
    temporary = copy.parent / "pytest"
    words = [
        "-x",
        "-q",
        "-W",
        "ignore::pytest.PytestAssertRewriteWarning",
        "-m",
        FAST,
        "-rfE",
        "--tb=short",
        f"--basetemp={temporary}",
    ]
    words += [f"--ignore={name}" for name in without if "::" not in name]
    plugin = Chosen(wanted, without, events, time.monotonic() + seconds)
    child = _fork(copy, [*words, *files], [plugin], log)
    code = _wait(child, events)
    lines = [json.loads(line) for line in events.read_text("utf-8").splitlines()]
    _end_all_of(copy, child)
    failed = [test for way, test in lines if way == "failed"]
    if failed:
        return Ended(failed[0], "failed")
    if code is None:
        return Ended(lines[-1][1] if lines else files[0], "did not end")
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        return Ended(lines[-1][1] if lines else files[0], f"ended pytest with code {code}")
    return None


def _fork(copy: Path, words: Sequence[str], plugins: Sequence[object], log: Path, caches: bool = False) -> int:
    """The number of a child that runs pytest in a copy."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        os.setsid()
        with log.open("ab") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        with Path(os.devnull).open("rb") as file:
            os.dup2(file.fileno(), 0)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_FSIZE, (FILE, FILE))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.chdir(copy)
        os.environ["PYTHONPATH"] = str(copy)
        ours = {str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[2])}
        sys.path[:] = [str(copy), *(entry for entry in sys.path if entry and entry not in ours)]
        sys.argv[:] = ["pytest"]
        sys.dont_write_bytecode = not caches
        # What a spawned process would import is the main module: not this program.
        sys.modules["__main__"] = ModuleType("__main__")
        common = ["-p", "no:cacheprovider", "--rootdir", str(copy), "-c", str(copy / "pyproject.toml")]
        code = int(pytest.main([*common, *words], plugins=list(plugins)))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _wait(child: int, events: Path | None) -> int | None:
    """A child's exit code; None when one test had no end, or the collection before the first."""
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if events is not None and time.time() - events.stat().st_mtime > PATIENCE:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return None
        time.sleep(0.02)


def _end_all_of(copy: Path, child: int) -> None:
    """Ends what tests of a copy started and left running: a child's group, and what has the copy in its environment."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    mark = f"PYTHONPATH={copy}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if int(folder.name) != os.getpid() and mark in (folder / "environ").read_bytes().split(b"\0"):
                os.kill(int(folder.name), signal.SIGKILL)
        except OSError:
            continue
