"""How many seeded changes of the code the fast tests notice.

    pip install pytest-cov
    python benchmarks/mutants/run.py cover [TESTS ...]            # which test runs which line: the whole suite, once
    python benchmarks/mutants/run.py try [FOLDER ...]             # twenty changes of each folder
    python benchmarks/mutants/run.py try --survivors [FOLDER ...] # again what no test noticed
    python benchmarks/mutants/run.py table

Twenty places of each folder of polypref are drawn; each is changed by itself in a copy of the project: a comparison
turned, `and` for `or`, a number one larger, a condition or a truth value the other way round, + for -. Then tests are
run until one fails: the test file named after the source file, then those that run the line, the quick ones first. A
line that is run when its file is imported has all tests of its file; one that only runs in a process of its own has the
tests of its folder and those of whole commands. A test that fails without the change as well is left out.

What no test notices is in results/FOLDER.json as `alive`, to be looked at. A change without any effect is no fault of
the tests: it gets a `why` by hand, which stays there when the change is tried again. Code that does nothing goes, which
is said as `gone`. All that tests print is kept in build/mutants. Two processes may try two folders at once.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, NotRequired, TypedDict

from children import FAST, compile_copy, load_large_packages, run_tests
from seeded import ROOT, Place, changed, drawn, places

HERE = Path(__file__).resolve().parent
BUILD = ROOT / "build" / "mutants"
COVERED = BUILD / "covered.json"
RESULTS = HERE / "results"
#: Tests of whole commands, for lines that only run in processes of their own.
WHOLE = ("tests/cli", "tests/pipeline", "tests/test_fixtures.py")
#: Seconds after which no further test of a change is begun.
SECONDS = 120
#: The most tests beside those of the file's name.
MOST = 400

#: File -> line -> the tests that run it; line 0: those that run any line of the file.
Covered = Mapping[str, Mapping[str, Sequence[str]]]


class Row(TypedDict):
    """What became of a change: `noticed` is the test that failed, or `alive`."""

    file: str
    line: int
    column: int
    code: str
    old: str
    new: str
    noticed: str
    #: `alive`, of a change that was first noticed by a test which was written for what it showed.
    at_first: NotRequired[str]
    #: Why nobody can see the change.
    why: NotRequired[str]
    #: What became of the code, which did nothing.
    gone: NotRequired[str]


def cover(tests: Sequence[str]) -> None:
    """Runs the fast tests, or those of some folders, and writes which runs which line, the quick ones first."""
    BUILD.mkdir(parents=True, exist_ok=True)
    words = [sys.executable, "-m", "pytest", "-q", "-m", FAST, "-n", str(os.cpu_count()), "-p", "no:cacheprovider"]
    words += ["--cov=polypref", "--cov-context=test", "--cov-report=", "--durations=0", "--durations-min=0", *tests]
    own = os.environ | {"COVERAGE_FILE": str(BUILD / "coverage")}
    printed = BUILD / "cover.txt"
    with printed.open("w", encoding="utf-8") as file:
        subprocess.run(words, cwd=ROOT, env=own, stdout=file)
    collect(printed.read_text("utf-8"), BUILD / "coverage")


def collect(printed: str, data: Path) -> None:
    """Writes COVERED from what pytest printed of durations, and from coverage's data."""
    from coverage import CoverageData

    seconds: dict[str, float] = defaultdict(float)
    for took, test in re.findall(r"(?m)^([\d.]+)s (?:setup|call|teardown) +(\S.*)$", printed):
        seconds[test] += float(took)
    read = CoverageData(str(data))
    read.read()
    lines: dict[str, dict[str, list[str]]] = {}
    for path in sorted(read.measured_files()):
        by_line = {
            line: {test for test, bar, _ in (one.rpartition("|") for one in contexts) if bar}
            for line, contexts in read.contexts_by_lineno(path).items()
        }
        by_line[0] = set().union(*by_line.values()) if by_line else set()
        quick = {line: sorted(tests, key=lambda test: (seconds[test], test)) for line, tests in by_line.items()}
        lines[str(Path(path).relative_to(ROOT))] = {str(line): tests for line, tests in quick.items()}
    COVERED.write_text(json.dumps(lines, ensure_ascii=False), "utf-8")


def tests_of(place: Place, covered: Covered) -> list[list[str]]:
    """The tests to run for a change, one group after the other."""
    *folder, name = Path(place.file).with_suffix("").parts[1:]
    by_line = covered.get(place.file, {})
    lines = range(place.line, place.last + 1)
    tests = list(dict.fromkeys(test for line in lines for test in by_line.get(str(line), ())))
    tests = tests or list(by_line.get("0", ()))
    own = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob(f"test_{name.strip('_')}.py"))
    beside = Path("tests", *folder[:1])
    own = [path for path in own if beside in Path(path).parents] or own
    others = [test for test in tests if test.partition("::")[0] not in own]
    first = [*(test for test in tests if test not in others), *own]
    if tests:
        groups = [first, others[:20], others[20:MOST]]
    else:
        groups = [first, [str(beside)] if folder and (ROOT / beside).is_dir() else [], list(WHOLE)]
    return [group for group in groups if group]


class Trial:
    """A copy of the project in which changes are tried, one after the other."""

    def __init__(self, folder: Path, seconds: int = SECONDS) -> None:
        self.copy, self.seconds = folder / "project", seconds
        self.unsound: set[str] = set()
        self.sound: set[str] = set()
        ignored = shutil.ignore_patterns(".git", ".venv*", "build", "__pycache__", "*_cache", ".hypothesis")
        shutil.copytree(ROOT, self.copy, ignore=ignored)
        load_large_packages()
        compile_copy(self.copy, folder / "compiled.txt")

    def outcome(self, place: Place, covered: Covered, log: Path) -> str:
        """The first test that notices a change, or `alive`."""
        path = self.copy / place.file
        source, times = path.read_bytes(), path.stat()
        if source != (ROOT / place.file).read_bytes():
            raise SystemExit(f"{place.file} was changed after the copy was made; try again")
        until = time.monotonic() + self.seconds
        for group in tests_of(place, covered):
            while (left := until - time.monotonic()) > 0:
                path.write_text(changed(source.decode(), place), "utf-8")
                ended = run_tests(self.copy, group, self.unsound, log, left)
                # With its time as before, the file that was compiled is its own again.
                path.write_bytes(source)
                os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
                if ended is None:
                    break
                if self.passes(ended.test, log):
                    return ended.test if ended.way == "failed" else f"{ended.test} {ended.way}"
        return "alive"

    def passes(self, test: str, log: Path) -> bool:
        """Whether a test (or all of a file that could not be loaded) passes without any change."""
        if test not in self.sound | self.unsound:
            ended = run_tests(self.copy, [test], (), log, self.seconds)
            (self.sound if ended is None else self.unsound).add(test)
        return test in self.sound


def code_of(place: Place) -> str:
    """The line of a change as it stands, without what is before and after it."""
    return (ROOT / place.file).read_text("utf-8").splitlines()[place.line - 1].strip()


class Draw(NamedTuple):
    """What is drawn of a folder with a seed."""

    folder: str
    seed: int

    @property
    def name(self) -> str:
        """What its files are called by."""
        return self.folder if self.seed == 0 else f"{self.folder}.{self.seed}"


def read_rows(name: str) -> list[Row]:
    """What is known of a draw."""
    path = RESULTS / f"{name}.json"
    rows: list[Row] = json.loads(path.read_text("utf-8")) if path.is_file() else []
    return rows


def write_rows(name: str, rows: Sequence[Row]) -> None:
    """Writes what is known of a draw."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", "utf-8")


def surviving(draw: Draw) -> Iterator[tuple[Row, Place | None]]:
    """Yields the rows that no test noticed and that have no reason, each with its place today, if it still has one."""
    could = [(place, code_of(place)) for place in places(draw.folder)]
    for row in read_rows(draw.name):
        if row["noticed"] == "alive" and "why" not in row and "gone" not in row:
            same = [
                place
                for place, code in could
                if (place.file, code, place.old, place.new) == (row["file"], row["code"], row["old"], row["new"])
            ]
            yield (
                row,
                min(same, key=lambda at: (abs(at.line - row["line"]), abs(at.column - row["column"])), default=None),
            )


def try_again(trial: Trial, draw: Draw, covered: Covered) -> None:
    """Tries what survived, with the tests that there are now."""
    known = read_rows(draw.name)
    for row, place in list(surviving(draw)):
        number = known.index(row)
        if place is None:
            print(f"{row['file']}:{row['line']} {row['old']} -> {row['new']}: no longer there", flush=True)
            continue
        outcome = trial.outcome(place, covered, BUILD / f"{draw.name}-{number}.txt")
        known[number] = {**row, "line": place.line, "column": place.column, "noticed": outcome}
        if outcome != "alive":
            known[number]["at_first"] = "alive"
        write_rows(draw.name, known)
        print(f"{place.file}:{place.line} {place.old} -> {place.new}: {outcome}", flush=True)


def try_drawn(trial: Trial, draw: Draw, each: int, covered: Covered) -> None:
    """Tries what is drawn, and writes its results anew; reasons that were given stay."""

    def key(row: Row) -> tuple[str, ...]:
        return row["file"], row["code"], row["old"], row["new"]

    reasons = {key(row): row["why"] for row in read_rows(draw.name) if "why" in row}
    rows: list[Row] = []
    for number, place in enumerate(drawn(draw.folder, each, draw.seed)):
        began = time.monotonic()
        outcome = trial.outcome(place, covered, BUILD / f"{draw.name}-{number}.txt")
        row: Row = {
            "file": place.file,
            "line": place.line,
            "column": place.column,
            "code": code_of(place),
            "old": place.old,
            "new": place.new,
            "noticed": outcome,
        }
        if outcome == "alive" and key(row) in reasons:
            row["why"] = reasons[key(row)]
        rows.append(row)
        write_rows(draw.name, rows)
        took = time.monotonic() - began
        print(f"{place.file}:{place.line} {place.old} -> {place.new}: {outcome} ({took:.0f} s)", flush=True)


def try_folders(folders: Sequence[str], each: int, seed: int, survivors: bool, seconds: int) -> None:
    """Changes, tests, and writes results/FOLDER.json, or FOLDER.SEED.json."""
    folders = folders or sorted(path.name for path in (ROOT / "polypref").iterdir() if list(path.glob("*.py")))
    covered: Covered = json.loads(COVERED.read_text("utf-8"))
    with tempfile.TemporaryDirectory() as temporary:
        trial = Trial(Path(temporary).resolve(), seconds)
        for draw in (Draw(folder, seed) for folder in folders):
            if survivors:
                try_again(trial, draw, covered)
            else:
                for old in BUILD.glob(f"{draw.name}-*.txt"):
                    old.unlink()
                try_drawn(trial, draw, each, covered)
            rows = read_rows(draw.name)
            alive = sum(row["noticed"] == "alive" for row in rows)
            print(f"{draw.name}: {len(rows) - alive} of {len(rows)} noticed", flush=True)
        for test in sorted(trial.unsound):
            print(f"{test} fails without any change", flush=True)


def print_table() -> None:
    """Prints the results in Markdown."""
    print("| folder | tried | noticed at first | noticed | code gone | without effect | left |")
    print("|---" + "|---:" * 6 + "|")
    sums = [0] * 6
    for path in sorted(RESULTS.glob("*.json")):
        rows = read_rows(path.stem)
        noticed = sum(row["noticed"] != "alive" for row in rows)
        gone, without = (sum(key in row for row in rows) for key in ("gone", "why"))
        figures = [len(rows), sum(row["noticed"] != "alive" and "at_first" not in row for row in rows)]
        figures += [noticed, gone, without, len(rows) - noticed - gone - without]
        sums = [one + more for one, more in zip(sums, figures, strict=True)]
        print(f"| {path.stem} | {' | '.join(map(str, figures))} |")
    print(f"| all | {' | '.join(map(str, sums))} |")


def main() -> None:
    """Runs one of the steps."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=["cover", "try", "table"])
    parser.add_argument("folders", nargs="*", help="folders of polypref, to cover folders of tests (default: all)")
    parser.add_argument("--each", type=int, default=20, help="changes a folder (default 20)")
    parser.add_argument("--seed", type=int, default=0, help="of what is drawn (default 0)")
    parser.add_argument(
        "--seconds", type=int, default=SECONDS, help=f"after which no test is begun (default {SECONDS})"
    )
    parser.add_argument("--survivors", action="store_true", help="only what no test noticed before")
    given = parser.parse_intermixed_args()
    if given.step == "cover":
        cover(given.folders)
    elif given.step == "table":
        print_table()
    else:
        try_folders(given.folders, given.each, given.seed, given.survivors, given.seconds)


if __name__ == "__main__":
    main()
