"""What `polypref` alone prints: what can be done next with what lies in a folder."""

import re
import shlex
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from ..console.escaping import lines

_TABLE = re.compile(r"\.(?:jsonl|ndjson|json|csv|tsv|parquet)(?:\.gz|\.zst)?$", re.IGNORECASE)
_SCRIPT = re.compile(rb"^def build\(", re.MULTILINE)
#: What polypref wrote of a review; decisions end with it, after the long part, and a page's begin with it.
_RECORD = re.compile(rb'"format":\s*"polypref-(?:(page-review|review)|[a-z-]+)/')
#: As `pipeline.last_run` writes it, which is not loaded for this.
_LAST_RUN = ".polypref/run.json"
_ENTRIES, _OF_A_KIND, _HEAD, _WIDTH = 500, 4, 100_000, 70

_NOTHING = (
    ("polypref build quickstart --out build/quickstart", "the bundled trial data, to see what a build leaves"),
    ("polypref new mine", "a builder script with comments, to begin a dataset of your own"),
    ("polypref layouts", "files of preferences that are known by a name"),
)


def next_steps(folder: Path) -> list[tuple[str, str]]:
    """Commands that go on from what a folder holds.

    Args:
        folder: is looked through with its folders, and those of its folder `build`; at most 500 entries of each.

    Returns:
        Commands, each with what it does: those for datasets, evaluations, builder scripts, reviews and files of rows,
        at most four of a kind, and how many more there are of it; where there is nothing of these, how to begin.
    """
    entries = [folder, *(path for place in (folder, folder / "build") for path in _entries(place))]
    scripts = [path for place in ("builders", ".") for path in _entries(folder / place) if path.suffix == ".py"]
    kinds = (
        _datasets(folder, entries),
        _evaluations(folder, entries),
        _scripts(folder, scripts),
        _tables(folder, entries),
    )
    steps = [step for kind in kinds for step in kind]
    return steps or list(_NOTHING)


def print_next_steps(folder: Path) -> None:
    """Prints them, a line each.

    Args:
        folder: as in `next_steps`.
    """
    steps = next_steps(folder)
    width = min(max(len(command) for command, _ in steps), _WIDTH)
    for command, meaning in steps:
        print(f"{lines(command):{width}}   {meaning}")
    print("\nAll commands: polypref --help")


def _entries(place: Path) -> list[Path]:
    try:
        return sorted(islice((path for path in place.iterdir() if not path.name.startswith(".")), _ENTRIES))
    except OSError:
        return []


def _is_file(path: Path) -> bool:
    """Whether it is a file; not where a folder that nobody may look into is in the way."""
    try:
        return path.is_file()
    except OSError:
        return False


def _name(folder: Path, path: Path) -> str:
    return shlex.quote(path.relative_to(folder).as_posix())


def _few(paths: Iterable[Path]) -> list[Path]:
    return list(islice(paths, _OF_A_KIND))


def _many(paths: list[Path], what: str) -> Iterator[tuple[str, str]]:
    """Says that there are more of a kind than are listed."""
    if (more := len(paths) - _OF_A_KIND) > 0:
        yield "...", f"and {more:,} more {what} here"


def _datasets(folder: Path, entries: list[Path]) -> Iterator[tuple[str, str]]:
    datasets = [path for path in entries if _is_file(path / "provenance.json")]
    for path in _few(datasets):
        name = _name(folder, path)
        yield f"polypref inspect {name} --html page.html", "a page to read its pairs, kept and rejected"
        yield f"polypref release {name} --repo ORG/NAME --dry-run", "what a release would do"
    yield from _many(datasets, "datasets")
    # Evaluations and exports have a folder .polypref too; of a build it holds the note of its last run.
    unfinished = [path for path in entries if _is_file(path / _LAST_RUN) and path not in datasets]
    for path in _few(unfinished):
        yield f"polypref inspect {_name(folder, path)}", "a build that is not finished: what stopped it"
    yield from _many(unfinished, "builds that are not finished")


def _evaluations(folder: Path, entries: list[Path]) -> Iterator[tuple[str, str]]:
    evaluations = [path for path in entries if _is_file(path / "battles.parquet")]
    for path in _few(evaluations):
        yield f"polypref report {_name(folder, path)}", "win-rates by language; its page is report.html in there"
    yield from _many(evaluations, "evaluations")


def _scripts(folder: Path, scripts: list[Path]) -> Iterator[tuple[str, str]]:
    builders = [path for path in scripts if _declares_a_dataset(path)]
    for path in _few(builders):
        yield (
            f"polypref build {_name(folder, path)} --out {shlex.quote(f'build/{path.stem}')}",
            "builds the dataset that it declares; again after Ctrl-C, it goes on",
        )
    yield from _many(builders, "builder scripts")


def _declares_a_dataset(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return _SCRIPT.search(file.read(_HEAD)) is not None
    except OSError:
        return False


def _tables(folder: Path, entries: list[Path]) -> Iterator[tuple[str, str]]:
    files = [path for path in entries if _TABLE.search(path.name) and _is_file(path)]
    # Records of a review are no rows: a look at one would be refused.
    records = {path: record for path in files if path.suffix == ".json" and (record := _record(path))}
    decisions = [path for path, record in records.items() if record[1]]
    for path in _few(decisions):
        yield f"polypref build ... --review {_name(folder, path)}", "the build again, with these decisions of reviewers"
    yield from _many(decisions, "files of decisions")
    tables = [path for path in files if path not in records]
    for path in _few(tables):
        yield (
            f"polypref look {_name(folder, path)}",
            "its columns, the layouts that fit, and a script to start from",
        )
    yield from _many(tables, "files of rows")


def _record(path: Path) -> re.Match[bytes] | None:
    """What a file says at its beginning or end of being no rows, but a record of polypref's."""
    try:
        with path.open("rb") as file:
            first = file.read(_HEAD)
            file.seek(max(0, path.stat().st_size - _HEAD))
            return _RECORD.search(first) or _RECORD.search(file.read(_HEAD))
    except OSError:
        return None
