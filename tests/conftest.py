"""What integration tests share: the command line as a process of its own, pools of texts, and where real data are."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.disks import write_without_waiting
from tests.forks import Forks

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Started in the background of a script: what tests start would inherit that and know no Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How long one example takes says how busy the machine is.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

write_without_waiting()

# Read when torch is loaded: threads that spin while they wait make these tests many times slower on a busy machine.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# Every core has a worker of its own that runs tests, and the models are tiny.
os.environ.setdefault("OMP_NUM_THREADS", "1")

ROOT = Path(__file__).resolve().parents[1]
#: A builder script whose pool is cut into many small buckets.
POOL_SCRIPT = Path(__file__).parent / "scripts" / "pool.py"
#: A card's prose for builder scripts that tests write.
PROSE = "## Summary\n\nFor tests.\n\n## Intended use\n\nTests.\n\n## Limits\n\nNo meaning.\n"

Run = Callable[..., subprocess.CompletedProcess[str]]


def environment(**more: str) -> dict[str, str]:
    """The environment of a child process: this checkout, no network, no colours."""
    own = {
        "PYTHONPATH": str(ROOT),
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "NO_COLOR": "1",
        "COLUMNS": "120",
    }
    return os.environ | own | more


def command(*arguments: object) -> list[str]:
    """The command line's words."""
    return [sys.executable, "-m", "polypref.cli", *map(str, arguments)]


def pytest_addoption(parser: pytest.Parser) -> None:
    campaign = parser.getgroup("faults", "the fault campaign (make faults)")
    campaign.addoption("--seed", type=int, default=2406, help="of all that is drawn (default 2406)")
    campaign.addoption("--kills", type=int, default=300, help="processes killed (default 300)")
    campaign.addoption("--mutations", type=int, default=20_000, help="inputs damaged (default 20000)")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The campaign's figures, a line a kind: what was tried, and what was found wrong."""
    if terminalreporter.config.option.markexpr != "faults":
        return
    lines: dict[str, list[int]] = {}
    for reports in terminalreporter.stats.values():
        for one in (report for report in reports if getattr(report, "when", "") == "call"):
            for kind, tried, wrong in (value for name, value in getattr(one, "user_properties", ()) if name == "fault"):
                line = lines.setdefault(kind, [0, 0])
                line[0], line[1] = line[0] + tried, line[1] + wrong
    if lines:
        terminalreporter.section("faults")
        terminalreporter.write_line(f"{'kind':<60}{'tried':>9}{'found':>9}")
        for kind, (tried, wrong) in sorted(lines.items()):
            terminalreporter.write_line(f"{kind:<60}{tried:>9,}{wrong:>9,}")


@pytest.fixture
def figure(record_property: Callable[[str, Any], None]) -> Callable[[str, int, int], None]:
    """Adds to the campaign's figures: kind of fault, how many were tried, how many found something wrong."""
    return lambda kind, tried, wrong=0: record_property("fault", (kind, tried, wrong))


@pytest.fixture(autouse=True)
def every_row_is_accounted_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Holds the equation over every build that a test makes in its own process."""
    from polypref.pipeline.run import Built
    from polypref.stages.equation import not_conserved

    original = Built.__init__

    def init(self: Built, *arguments: Any, **named: Any) -> None:
        original(self, *arguments, **named)
        assert not_conserved(self.funnel) == []

    monkeypatch.setattr(Built, "__init__", init)


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's root."""
    return ROOT


#: What is read anew by every command, so that a child of a process with other values of these knows no difference.
READ_BY_COMMANDS = {"COLUMNS", "NO_COLOR", "OLDPWD", "POLYPREF_TEST_CRASH", "PWD", "PYTEST_CURRENT_TEST"}


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    """Children of a process that has the libraries loaded."""
    forks = Forks(environment())
    yield forks
    forks.close()


@pytest.fixture(scope="session")
def polypref(forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs the command line to its end; `expect` is the exit code that it must have (None: any)."""
    return runner(forks, tmp_path_factory.mktemp("printed"))


def runner(forks: Forks, folder: Path) -> Run:
    """Runs the command line, whose words go through a folder.

    It runs in a child of a process that has the libraries loaded, or in one that begins anew where the environment has
    other values of what is read while they are loaded.
    """

    def run_as_fork(words: Sequence[str], cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
        job = {"argv": words, "cwd": str(cwd), "env": env, "out": str(folder / "out"), "err": str(folder / "err")}
        code = forks.run(job)
        out, err = ((folder / name).read_text("utf-8") for name in ("out", "err"))
        return subprocess.CompletedProcess(words, code, out, err)

    def run(
        *arguments: object, expect: int | None = 0, cwd: Path = ROOT, **more: str
    ) -> subprocess.CompletedProcess[str]:
        words, env = command(*arguments), environment(**more)
        if {name for name in env.keys() | forks.env.keys() if env.get(name) != forks.env.get(name)} <= READ_BY_COMMANDS:
            done = run_as_fork(words[3:], cwd, env)
        else:
            done = subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, timeout=600)
        assert expect is None or done.returncode == expect, (
            f"exit code {done.returncode}, not {expect}\n{done.stdout}\n{done.stderr}"
        )
        if arguments[:1] == ("build",) and "--out" in arguments and done.returncode == 0:
            _accounts_for_every_row(cwd / str(arguments[arguments.index("--out") + 1]) / "provenance.json")
        return done

    return run


@pytest.fixture(scope="session")
def run_python(forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs a script as `python -c` does, in a child of a process that has the libraries loaded."""
    folder = tmp_path_factory.mktemp("scripts")

    def run(code: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
        out, err = folder / "out", folder / "err"
        job = {"code": code, "cwd": str(cwd), "env": environment(), "out": str(out), "err": str(err)}
        ended = forks.run(job)
        return subprocess.CompletedProcess(["-c", code], ended, out.read_text("utf-8"), err.read_text("utf-8"))

    return run


def _accounts_for_every_row(record: Path) -> None:
    """Holds the equation over a build that a command made."""
    from polypref.stages.counts import FunnelRow
    from polypref.stages.equation import not_conserved

    if record.is_file():  # not after --dry-run
        funnel = [FunnelRow(**row) for row in json.loads(record.read_text("utf-8"))["funnel"]]
        assert not_conserved(funnel) == [], record


@pytest.fixture(scope="session")
def start() -> Callable[..., subprocess.Popen[str]]:
    """Starts the command line in a process group of its own."""

    def run(*arguments: object, **more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command(*arguments),
            cwd=ROOT,
            env=environment(**more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    return run


@pytest.fixture(scope="session")
def contents() -> Callable[[Path], dict[str, str]]:
    """Digests of all files of a dataset folder by path, without the build's own store."""

    def digests(folder: Path) -> dict[str, str]:
        files = sorted(p for p in folder.rglob("*") if p.is_file() and ".polypref" not in p.parts)
        return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}

    return digests


@pytest.fixture(scope="session")
def bundled() -> dict[str, list[dict[str, Any]]]:
    """The bundled trial data of the 23 languages: language -> rows."""
    from polypref.languages import AYA_23

    files = {tag: ROOT / "polypref" / "data" / "languages" / f"{tag}.jsonl" for tag in AYA_23}
    return {tag: [json.loads(line) for line in p.open(encoding="utf-8")] for tag, p in files.items()}


@pytest.fixture(scope="session")
def make_pool(bundled: dict[str, list[dict[str, Any]]]) -> Callable[..., Path]:
    """Writes a pool of prompts with two scored answers each, LANG.jsonl, made of the bundled texts in random order.

    Prompt `n` is the same group in all languages. Every 25th prompt of the first language is that of the group before
    it, so that the two groups leak into each other.
    """

    def make(folder: Path, groups: int, tags: Sequence[str] = ("ar", "de", "ja", "uk"), seed: int = 0) -> Path:
        folder.mkdir(parents=True)
        for number, tag in enumerate(tags):
            draw = random.Random(f"{seed} {tag}")
            texts = [row["answers"]["full"] for row in bundled[tag]]
            # Prompts of three sentences each have little in common: none is a near-copy of another.
            sentences = [
                *texts,
                *(row["prompt"] for row in bundled[tag]),
                *(r["answers"]["weak"] for r in bundled[tag]),
            ]
            prompts = [f"{' '.join(draw.sample(sentences, 3))} ({group})" for group in range(groups)]
            with (folder / f"{tag}.jsonl").open("w", encoding="utf-8") as file:
                for group in range(groups):
                    same = number == 0 and group % 25 == 24
                    row = {
                        "id": f"g{group}",
                        "language": tag,
                        "prompt": prompts[group - same],
                        "a": " ".join(draw.sample(texts, 3)) + f" {group}",
                        "b": " ".join(draw.sample(texts, 2)) + f" {group}",
                        "score_a": draw.randint(0, 9),
                        "score_b": draw.randint(0, 9),
                    }
                    file.write(json.dumps(row, ensure_ascii=False) + "\n")
        return folder

    return make


@pytest.fixture(scope="session")
def make_script() -> Callable[[Path, str], Path]:
    """Writes a builder script with the card that it names (`card.md`), and returns its path."""

    def make(folder: Path, text: str, name: str = "script.py") -> Path:
        (folder / "builders").mkdir(parents=True, exist_ok=True)
        (folder / "dataset_cards").mkdir(exist_ok=True)
        (folder / "dataset_cards" / "card.md").write_text(PROSE, "utf-8")
        script = folder / "builders" / name
        script.write_text(text, "utf-8")
        return script

    return make


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real test data; a test that needs it is skipped, saying so, where it is missing."""
    folder = Path(os.environ.get("POLYPREF_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no real test data at {folder}: set POLYPREF_DATA to the folder that holds them")
    return folder
