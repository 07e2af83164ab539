"""How many seeded changes of the code the fast tests notice.

    pip install pytest-cov
    python benchmarks/mutants/run.py cover            # which test runs which line: the whole suite, once
    python benchmarks/mutants/run.py try [FOLDER ...]

Twenty places of each folder of polypref are drawn; each is changed by itself in a copy of the project: a comparison
turned, `and` for `or`, a number one larger, a condition or a truth value the other way round, + for -. Then the tests
that run the line are run, the quick ones first, until one fails. A line that is run when its file is imported has all
tests of its file; one that only runs in a process of its own has the tests named after the file, those of its folder
and those of whole commands. What no test notices is listed, to be looked at: a change without any effect is no fault of
the tests.
"""

import argparse
import ast
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
COVERED = ROOT / "build" / "mutants" / "covered.json"
FAST = "not slow and not faults and not browser and not vllm and not ray"
#: Tests of whole commands, for lines that only run in processes of their own.
WHOLE = ("tests/cli", "tests/pipeline", "tests/test_fixtures.py")
COMPARED = {"Lt": "<=", "LtE": "<", "Gt": ">=", "GtE": ">", "Eq": "!=", "NotEq": "==", "In": "not in", "NotIn": "in"}
COMPARED |= {"Is": "is not", "IsNot": "is"}
SUMS = {"Add": "-", "Sub": "+", "Mult": "//", "FloorDiv": "*", "Div": "*"}
#: Seconds that all tests of one change may take; what has not ended by then was noticed.
PATIENCE = 900

Place = tuple[str, int, int, int, int, str]
#: File -> line -> the tests that run it; line 0: those that run any line of the file.
Covered = Mapping[str, Mapping[str, Sequence[str]]]


def changes(tree: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """Yields each expression that can be changed, and its source after the change."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]).__name__ in COMPARED:
            turned = COMPARED[type(node.ops[0]).__name__]
            yield node, f"({ast.unparse(node.left)} {turned} {ast.unparse(node.comparators[0])})"
        elif isinstance(node, ast.BoolOp):
            word = " or " if isinstance(node.op, ast.And) else " and "
            yield node, "(" + word.join(f"({ast.unparse(value)})" for value in node.values) + ")"
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield node, f"bool({ast.unparse(node.operand)})"
        elif isinstance(node, ast.If | ast.IfExp):
            yield node.test, f"(not ({ast.unparse(node.test)}))"
        elif isinstance(node, ast.BinOp) and type(node.op).__name__ in SUMS and not isinstance(node.left, ast.Constant):
            yield node, f"({ast.unparse(node.left)} {SUMS[type(node.op).__name__]} {ast.unparse(node.right)})"
        elif isinstance(node, ast.Constant) and isinstance(node.value, bool | int):
            yield node, str(not node.value) if isinstance(node.value, bool) else str(node.value + 1)


def places(folder: str) -> list[Place]:
    """(file, first line, column, last line, column after, the new source) of all that can be changed in a folder."""
    rows = []
    for path in sorted((ROOT / "polypref" / folder).rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
        unseen = {id(part) for node in ast.walk(tree) for part in _never_noticed(node)}
        for node, new in changes(tree):
            if id(node) not in inside | unseen and node.end_lineno is not None and node.end_col_offset is not None:
                where = (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
                rows.append((str(path.relative_to(ROOT)), *where, new))
    return rows


def _never_noticed(node: ast.AST) -> Iterator[ast.AST]:
    """What a change of does nothing: types, what only type checkers run, zip's `strict`, and the number of a version.

    Two lists that are cut to one length are the same length however zip is asked; and what raising a version does is
    tested where it is read, not for each number that there is.
    """
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        yield from ast.walk(node)
    if isinstance(node, ast.keyword) and node.arg == "strict":
        yield from ast.walk(node)
    if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "version":
        yield from ast.walk(node)
    for name in ("annotation", "returns"):
        if isinstance(part := getattr(node, name, None), ast.AST):
            yield from ast.walk(part)


def changed(source: str, where: tuple[int, int, int, int], new: str) -> str:
    """The source with one piece of it replaced; columns count bytes, as Python's do."""
    data = source.encode()
    lines = data.splitlines(keepends=True)
    first, column, last, after = where
    start = sum(map(len, lines[: first - 1])) + column
    end = sum(map(len, lines[: last - 1])) + after
    return (data[:start] + new.encode() + data[end:]).decode()


def cover() -> None:
    """Runs the fast tests, and writes which of them runs which line and how long each takes."""
    COVERED.parent.mkdir(parents=True, exist_ok=True)
    words = [sys.executable, "-m", "pytest", "-q", "-m", FAST, "-n", str(os.cpu_count()), "-p", "no:cacheprovider"]
    words += ["--cov=polypref", "--cov-context=test", "--cov-report=", "--durations=0", "--durations-min=0"]
    own = os.environ | {"COVERAGE_FILE": str(COVERED.with_name("coverage"))}
    done = subprocess.run(words, cwd=ROOT, env=own, stdout=subprocess.PIPE, text=True)
    collect(done.stdout, COVERED.with_name("coverage"))


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
    """The tests to run for a change, one group after the other: those that run the line, else see above."""
    file, first, _, last, _, _ = place
    by_line = covered.get(file, {})
    tests = list(dict.fromkeys(test for line in range(first, last + 1) for test in by_line.get(str(line), ())))
    tests = tests or list(by_line.get("0", ()))
    if tests:
        return [tests[:20], tests[20:400]] if len(tests) > 20 else [tests]
    *folder, name = Path(file).with_suffix("").parts[1:]
    own = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob(f"test_{name.strip('_')}.py"))
    beside = [str(Path("tests", *folder))] if folder and (ROOT / "tests" / Path(*folder)).is_dir() else []
    return [group for group in (own, beside, list(WHOLE)) if group]


def verdict(copy: Path, groups: Sequence[Sequence[str]]) -> str:
    """The first test that noticed, or `alive`."""
    own = os.environ | {"PYTHONPATH": str(copy), "HF_HUB_OFFLINE": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    words = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-m", FAST, "-rfE", "--tb=no"]
    for group in groups:
        wanted = copy / "build" / "tests.json"
        wanted.parent.mkdir(exist_ok=True)
        wanted.write_text(json.dumps(group), "utf-8")
        files = list(dict.fromkeys(test.partition("::")[0] for test in group))
        chosen = ["-p", "benchmarks.mutants.chosen"] if any("::" in test for test in group) else []
        more = own | {"POLYPREF_TESTS": str(wanted)}
        try:
            done = subprocess.run(
                [*words, *chosen, *files], cwd=copy, env=more, capture_output=True, text=True, timeout=PATIENCE
            )
        except subprocess.TimeoutExpired:
            return "did not end"
        if done.returncode not in (0, 5):
            failed = re.search(r"(?m)^(?:FAILED|ERROR) (\S+)", done.stdout)
            return failed[1] if failed else "the tests could not be run"
    return "alive"


def noticed(copy: Path, file: str, source: str, new: str, groups: Sequence[Sequence[str]]) -> str:
    """What `verdict` says of a changed file; a test that fails without the change as well is not asked again."""
    while True:
        (copy / file).write_text(new, "utf-8")
        outcome = verdict(copy, groups)
        (copy / file).write_text(source, "utf-8")
        if "::" not in outcome or verdict(copy, [[outcome]]) == "alive":
            return outcome
        groups = [rest for group in groups if (rest := [test for test in group if test != outcome])]
        if all("::" not in test for group in groups for test in group):
            return f"{outcome}, which fails without the change too"


def try_changes(folders: Sequence[str], each: int, seed: int) -> None:
    """Changes, tests, and writes results.json."""
    folders = folders or sorted(path.name for path in (ROOT / "polypref").iterdir() if list(path.glob("*.py")))
    covered: Covered = json.loads(COVERED.read_text("utf-8"))
    results = HERE / "results.json"
    rows = json.loads(results.read_text("utf-8")) if results.is_file() else {}
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary) / "project"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv*", "build", "__pycache__"))
        for folder in folders:
            could = places(folder)
            drawn = random.Random(f"{seed} {folder}").sample(could, min(each, len(could)))
            rows[folder] = []
            for place in drawn:
                file, *where, new = place
                source = (ROOT / file).read_text("utf-8")
                outcome = noticed(copy, file, source, changed(source, tuple(where), new), tests_of(place, covered))
                old = ast.get_source_segment(source, _node(where))
                rows[folder].append({"file": file, "line": where[0], "old": old, "new": new, "noticed": outcome})
                print(f"{file}:{where[0]} {old} -> {new}: {outcome}", flush=True)
            results.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", "utf-8")
            alive = sum(row["noticed"] == "alive" for row in rows[folder])
            print(f"{folder}: {len(drawn) - alive} of {len(drawn)} noticed", flush=True)


def _node(where: Sequence[int]) -> ast.expr:
    """A node at a place, for ast.get_source_segment."""
    node = ast.Constant(0)
    node.lineno, node.col_offset, node.end_lineno, node.end_col_offset = where
    return node


def main() -> None:
    """Runs one of the two steps."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=["cover", "try"])
    parser.add_argument("folders", nargs="*", help="folders of polypref (default: all)")
    parser.add_argument("--each", type=int, default=20, help="changes a folder (default 20)")
    parser.add_argument("--seed", type=int, default=0, help="of what is drawn (default 0)")
    given = parser.parse_args()
    if given.step == "cover":
        cover()
    else:
        try_changes(given.folders, given.each, given.seed)


if __name__ == "__main__":
    main()
