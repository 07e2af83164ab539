"""What a reader may count on everywhere: names that say what a thing is, files of a size to read, types that mean
something, public functions that say what they take, give and raise."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.conftest import ROOT

SOURCES = sorted(
    path for folder in ("polypref", "quickstart", "builders", "training") for path in (ROOT / folder).rglob("*.py")
)
#: A function of one such word has no object: `load_split` says what is loaded, `load` does not.
VERBS = frozenset(
    re.split(
        r"\s+",
        """abandon add apply ask assemble balance build calibrate change check choose claim clean close collect
        combine commit compare compile copy count cut decide declare describe discard draw drop enter evaluate
        explain export fetch fight fill find finish fit fold follow forget gather get guard hash hear hold insert
        interpret join judge keep learn leave limit load look mask match measure merge mix move narrow note open
        pack parse place plan predict prefer push rank read redact refuse release remember render resolve restore
        retract run say scatter seal see select settle show sort start stop strip summarise swap tell test train
        translate verify wait walk write""",
    )
)
#: Names that do not say of what.
EMPTY = frozenset({"found", "told", "said", "made"})
#: Functions that people call by the module's name: `polypref.load`, `polypref.languages.get`, `polypref.models.place`.
PUBLIC = ("polypref/api/", "polypref/languages/registry.py", "polypref/inference/choose.py", "builders/")
#: Dataclasses that gather something while they are in use; all others are values, which stay as they are.
COLLECTING = {"_OfLanguage", "Item", "_Seen", "Arguments", "_Asking", "Server", "Effort", "_Room"}
#: Lines that name Any, in all sources.
MOST_ANY = 80


@cache
def parsed_file(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def parsed(paths: list[Path]) -> Iterator[tuple[str, ast.Module]]:
    for path in paths:
        yield str(path.relative_to(ROOT)), parsed_file(path)


def test_a_function_of_a_module_has_its_object() -> None:
    bare = [
        f"{path}: {node.name}"
        for path, tree in parsed(SOURCES)
        if not path.startswith(PUBLIC)
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.strip("_") in VERBS
    ]
    assert bare == []


def test_no_value_has_an_empty_name() -> None:
    words = re.compile(rf"\b_*(?:{'|'.join(EMPTY)})_*\b", re.IGNORECASE)
    files = [*SOURCES, *sorted((ROOT / "tests").rglob("*.py"))]
    empty = sorted(
        {
            f"{path}:{getattr(node, 'lineno', 0)} {name}"
            for path, tree in parsed([path for path in files if words.search(path.read_text("utf-8"))])
            for node in ast.walk(tree)
            for name in (getattr(node, "id", ""), getattr(node, "arg", ""), getattr(node, "name", "") or "")
            if isinstance(name, str) and (name if path.startswith("tests/") else name.lower()).strip("_") in EMPTY
        }
    )
    assert empty == []


def test_no_file_is_longer_than_can_be_read_at_a_sitting() -> None:
    lines = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in SOURCES}
    assert {path: number for path, number in lines.items() if number > 500} == {}


def test_types_say_what_they_are() -> None:
    lines = [line for path in SOURCES for line in path.read_text("utf-8").splitlines() if re.search(r"\bAny\b", line)]
    assert len(lines) < MOST_ANY


def test_what_is_not_meant_to_change_cannot_be_changed() -> None:
    open_ones = {
        f"{path}: {node.name}"
        for path, tree in parsed(SOURCES)
        if path.startswith("polypref/")
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for mark in map(ast.unparse, node.decorator_list)
        if re.match(r"(?:dataclasses\.)?dataclass\b", mark) and "frozen=True" not in mark
    }
    assert {one.rpartition(": ")[2] for one in open_ones} == COLLECTING


def functions(body: list[ast.stmt], of: str = "") -> Iterator[tuple[str, ast.FunctionDef]]:
    """Functions and methods of public names; properties are documented as values."""
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from functions(node.body, f"{of}{node.name}.")
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            marks = {ast.unparse(mark).rpartition(".")[2] for mark in node.decorator_list}
            if not marks & {"property", "cached_property", "setter", "overload"}:
                yield f"{of}{node.name}", node


def undocumented(node: ast.FunctionDef) -> list[str]:
    """What a function's docstring leaves out of what it takes, gives and raises."""
    text = ast.get_docstring(node) or ""
    sections = dict(re.findall(r"(?ms)^(Args|Returns|Yields|Raises):\n(.*?)(?=^\S|\Z)", text))
    every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    names = [one.arg for one in every if one.arg not in ("self", "cls") and not one.arg.startswith("_")]
    missing = [name for name in names if not re.search(rf"\b{name}\b", sections.get("Args", ""))]
    gives = "None" if node.returns is None else ast.unparse(node.returns)
    if gives not in ("None", "NoReturn") and not {"Returns", "Yields"} & sections.keys():
        missing.append("Returns")
    if any(isinstance(one, ast.Raise) and one.exc for one in ast.walk(node)) and "Raises" not in sections:
        missing.append("Raises")
    return missing


def test_public_functions_say_what_they_take_give_and_raise() -> None:
    missing = [
        f"{path}: {name}: {', '.join(left)}"
        for path, tree in parsed(SOURCES)
        for name, node in functions(tree.body)
        if (left := undocumented(node))
    ]
    assert missing == []


def test_every_source_file_has_a_test_file_of_its_name() -> None:
    names = {path.stem for path in (ROOT / "tests").rglob("test_*.py")}
    without = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if not path.name.startswith("__")
        and path.parent.name != "builders"
        and f"test_{path.stem.strip('_')}" not in names
    ]
    assert without == []
