"""A user's own files laid into every place of dataset folders: not one is changed, and the build says why it stops.

Each round draws a state of the folder (never built, built, built of other input, killed while writing) and things of a
user's in it, then runs the build. Every foreign file is then as it was, by digest, and a folder without any builds.
"""

import hashlib
import os
import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from polypref.release import placing

pytestmark = pytest.mark.faults
SCRIPT = "tests/scripts/pairs.py"
PART = 8
Digests = dict[str, str]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "first" in metafunc.fixturenames:
        rounds = max(1, metafunc.config.getoption("--mutations") // 500)
        metafunc.parametrize("first", range(0, rounds, PART))


def put(path: Path, draw: random.Random) -> list[Path]:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(draw.randbytes(draw.randint(0, 300)))
    return [path]


def note(out: Path, draw: random.Random) -> list[Path]:
    return put(out / "data" / draw.choice(["notes.txt", ".hidden", "train.parquet", "שלום.md"]), draw)


def source(out: Path, draw: random.Random) -> list[Path]:
    return put(out / "data" / draw.choice(["de", "ja", "zz"]) / draw.choice(["pool.jsonl", "de.csv.gz"]), draw)


def like_ours(out: Path, draw: random.Random) -> list[Path]:
    """A file by a name that a build might have given."""
    first = draw.randint(900, 2_000)
    return put(out / "data" / "de" / f"train-{first:08d}-{first + 9:08d}.parquet", draw)


def card(out: Path, draw: random.Random) -> list[Path]:
    path = out / "README.md"
    path.write_text((path.read_text("utf-8") if path.is_file() else "") + "\nOur own words.\n", "utf-8")
    return [path]


def card_of_equal_size(out: Path, draw: random.Random) -> list[Path]:
    path = out / "README.md"
    if not path.is_file():
        return card(out, draw)
    stat, data = path.stat(), bytearray(path.read_bytes())
    data[draw.randrange(len(data))] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + draw.choice([0, 10**9])))
    return [path]


def provenance(out: Path, draw: random.Random) -> list[Path]:
    return put(out / "provenance.json", draw)


def rows(out: Path, draw: random.Random) -> list[Path]:
    files = sorted(out.glob("data/*/*.parquet"))
    return put(draw.choice(files), draw) if files else source(out, draw)


def another_dataset(out: Path, draw: random.Random) -> list[Path]:
    """The folder of another dataset, copied over without its store."""
    other = out.parent / "other"
    before = set(out.rglob("*"))
    for path in sorted(other.rglob("*")):
        target = out / path.relative_to(other)
        if path.is_file() and ".polypref" not in path.parts and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    return [path for path in out.rglob("*") if path.is_file() and path not in before] or note(out, draw)


def linked(out: Path, draw: random.Random) -> list[Path]:
    """`data`, a language of it or a file in it moved elsewhere, with a link in its place."""
    there = [out / "data", *sorted(out.glob("data/*")), *sorted(out.glob("data/*/*"))]
    if not (out / "data").is_dir() or (out / "data").is_symlink():
        return note(out, draw) if not (out / "data").is_symlink() else []
    one, away = draw.choice(there), out.parent / f"away-{draw.randrange(10**9)}"
    shutil.move(one, away)
    one.symlink_to(away)
    return [path for path in (away, *away.rglob("*")) if path.is_file()]


def link_out(out: Path, draw: random.Random) -> list[Path]:
    """A link in data/ that leads to a folder of the user's."""
    home = out.parent / f"home-{draw.randrange(10**9)}"
    kept = put(home / "thesis.tex", draw)
    (out / "data").mkdir(parents=True, exist_ok=True)
    (out / "data" / draw.choice(["de2", "x.parquet"])).symlink_to(home)
    return kept


#: What stops a build, and what lies beside it and does not.
HARM = [note, source, like_ours, card, card_of_equal_size, provenance, rows, another_dataset, linked, link_out]


def beside(out: Path, draw: random.Random) -> list[Path]:
    return put(out / draw.choice(["CHANGELOG.md", "notes/a.txt", "builders/x.py", "readme.txt"]), draw)


def digests(paths: list[Path]) -> Digests:
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths if path.exists()}


def everything(out: Path) -> Digests:
    """All that is in a folder beside the store, links and folders too."""
    contents = {}
    for path in sorted(out.rglob("*")):
        if ".polypref" not in path.parts:
            kind = f"-> {path.readlink()}" if path.is_symlink() else "/"
            contents[str(path)] = digests([path])[str(path)] if kind == "/" and path.is_file() else kind
    return contents


@pytest.fixture(scope="module")
def folders(polypref, tmp_path_factory) -> Path:
    """Two pools, and a folder in each state that a build leaves, made once."""
    from tests.release.helpers import write_pool

    home = tmp_path_factory.mktemp("states")
    for number in (1, 2):
        write_pool(home / f"pool{number}", 8 + number, ("de", "ja"), seed=number)
    polypref("build", SCRIPT, "--source", home / "pool1", "--out", home / "built", "--quiet")
    shutil.copytree(home / "built", home / "other built")
    polypref("build", SCRIPT, "--source", home / "pool2", "--out", home / "other built", "--quiet")
    polypref("build", SCRIPT, "--source", home / "nowhere", "--out", home / "aborted", "--quiet", expect=2)
    return home


KILLED = """
import os, signal, sys
from pathlib import Path
import polypref.cli.commands
real, count = Path.replace, iter(range(10**6))
def replace(path, target):
    done = real(path, target)
    if "folder" in str(path) or "data" in str(path) or "written" in str(target):
        if next(count) == {number}:
            os.kill(os.getpid(), signal.SIGKILL)
    return done
Path.replace = replace
sys.exit(polypref.cli.main(sys.argv[1:]))
"""


def stopped(home: Path, out: Path, draw: random.Random) -> None:
    """A build of other input that is killed after a random rename."""
    import sys

    from tests.conftest import ROOT, environment

    words = ["build", SCRIPT, "--source", str(home / "pool2"), "--out", str(out), "--quiet", "--workers", "1"]
    code = KILLED.format(number=draw.randrange(14))
    subprocess.run([sys.executable, "-c", code, *words], cwd=ROOT, env=environment(), capture_output=True, timeout=300)


def state(home: Path, work: Path, draw: random.Random) -> Path:
    work.mkdir()
    kind = draw.choice(["built", "built", "aborted", "killed"])
    shutil.copytree(home / ("built" if kind == "killed" else kind), work / "out", copy_function=shutil.copy2)
    shutil.copytree(home / "other built", work / "other")
    if kind == "killed":
        stopped(home, work / "out", draw)
    return work / "out"


def test_nothing_of_a_users_is_changed(first, folders, polypref, tmp_path, pytestconfig, figure):
    draw = random.Random(f"{pytestconfig.getoption('--seed')} ownership {first}")
    for number in range(PART):
        out = state(folders, tmp_path / str(number), draw)
        words = ("build", SCRIPT, "--source", folders / draw.choice(["pool1", "pool2"]), "--out", out, "--quiet")
        laid: list[Callable[[Path, random.Random], list[Path]]] = [*draw.sample(HARM, draw.randint(0, 2))]
        kept = [path for lay in (*laid, beside) for path in lay(out, draw)]
        before, own = everything(out), digests(kept)
        done = polypref(*words, expect=None)
        assert digests(kept) == own, f"{[lay.__name__ for lay in laid]} in round {number}"
        names = [lay.__name__ for lay in laid]
        if laid:
            assert done.returncode == 2 and everything(out) == before, (names, done.stderr)
            assert done.stderr.count("\n") == 1 and done.stderr.startswith("polypref: "), done.stderr
        else:
            assert done.returncode == 0, (names, done.stderr)
            assert placing.is_whole(out) and polypref("inspect", out).returncode == 0
        for name in names or ["nothing"]:
            figure(f"a user's own files: {name.replace('_', ' ')}", 1)
