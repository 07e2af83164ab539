"""The changes that can be made in a folder of polypref, and which of them are drawn."""

import ast
import hashlib
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
COMPARED = {"Lt": "<=", "LtE": "<", "Gt": ">=", "GtE": ">", "Eq": "!=", "NotEq": "==", "In": "not in", "NotIn": "in"}
COMPARED |= {"Is": "is not", "IsNot": "is"}
SUMS = {"Add": "-", "Sub": "+", "Mult": "//", "FloorDiv": "*", "Div": "*"}
#: What binds no more tightly than a comparison, and than a sum or product.
LOOSE = (ast.BoolOp, ast.Compare, ast.IfExp, ast.Lambda, ast.NamedExpr)
TIGHT = (*LOOSE, ast.BinOp)


class Place(NamedTuple):
    """One change: the file, first line, column, last line, column after, the old source and the new."""

    file: str
    line: int
    column: int
    last: int
    after: int
    old: str
    new: str


def changes(tree: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """Yields each expression that can be changed, and its source after the change."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]).__name__ in COMPARED:
            turned = COMPARED[type(node.ops[0]).__name__]
            yield node, f"({_operand(node.left, LOOSE)} {turned} {_operand(node.comparators[0], LOOSE)})"
        elif isinstance(node, ast.BoolOp):
            word = " or " if isinstance(node.op, ast.And) else " and "
            yield node, "(" + word.join(f"({ast.unparse(value)})" for value in node.values) + ")"
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield node, f"bool({ast.unparse(node.operand)})"
        elif isinstance(node, ast.If | ast.IfExp):
            yield node.test, f"(not ({ast.unparse(node.test)}))"
        elif isinstance(node, ast.BinOp) and type(node.op).__name__ in SUMS and not isinstance(node.left, ast.Constant):
            sign = SUMS[type(node.op).__name__]
            yield node, f"({_operand(node.left, TIGHT)} {sign} {_operand(node.right, TIGHT)})"
        elif isinstance(node, ast.Constant) and isinstance(node.value, bool | int):
            yield node, str(not node.value) if isinstance(node.value, bool) else str(node.value + 1)


def _operand(node: ast.expr, bracketed: tuple[type[ast.expr], ...]) -> str:
    """The source of one side of a sign, in brackets where the sign would else reach into it."""
    loose = isinstance(node, bracketed) or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not))
    return f"({ast.unparse(node)})" if loose else ast.unparse(node)


def never_noticed(node: ast.AST) -> Iterator[ast.AST]:
    """What a change of certainly does nothing that anybody sees, so that it is not tried.

    Types, and what only type checkers run. `frozen` of a dataclass: tests/test_conventions.py holds it for all at once,
    and else it matters to code alone that assigns to a value. `slots`, which is about memory. `strict` of zip: two
    lists that are cut to one length are the same length however zip is asked. The number of a version: what raising it
    does is tested where it is read, not for each number that there is. `maxsize` of a cache one larger, and `flush` of
    a line that is printed: both are about time only.
    """
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        yield from ast.walk(node)
    if isinstance(node, ast.keyword) and node.arg in ("frozen", "strict", "slots", "maxsize", "flush"):
        yield from ast.walk(node)
    if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "version":
        yield from ast.walk(node)
    for name in ("annotation", "returns"):
        if isinstance(part := getattr(node, name, None), ast.AST):
            yield from ast.walk(part)


def places(folder: str) -> list[Place]:
    """All changes of a folder."""
    rows = []
    for path in sorted((ROOT / "polypref" / folder).rglob("*.py")):
        source = path.read_text("utf-8")
        tree = ast.parse(source)
        inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
        unseen = {id(part) for node in ast.walk(tree) for part in never_noticed(node)}
        for node, new in changes(tree):
            if id(node) not in inside | unseen and node.end_lineno is not None and node.end_col_offset is not None:
                where = (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
                old = ast.get_source_segment(source, node) or ""
                rows.append(Place(str(path.relative_to(ROOT)), *where, old, new))
    return rows


def drawn(folder: str, each: int, seed: int) -> list[Place]:
    """The changes of one seed: those with the lowest digests, so that other code that comes or goes moves few."""
    could = places(folder)
    lines = {file: (ROOT / file).read_text("utf-8").splitlines() for file in {place.file for place in could}}
    digests: dict[Place, str] = {}
    same: Counter[str] = Counter()
    for place in could:
        key = f"{seed}\n{place.file}\n{lines[place.file][place.line - 1].strip()}\n{place.old}\n{place.new}"
        same[key] += 1
        digests[place] = hashlib.sha256(f"{key}\n{same[key]}".encode()).hexdigest()
    chosen: list[Place] = []
    for place in sorted(digests, key=digests.__getitem__):
        if len(chosen) < each and is_python(changed((ROOT / place.file).read_text("utf-8"), place)):
            chosen.append(place)
    return chosen


def is_python(source: str) -> bool:
    """Whether a source can be compiled at all: what cannot is no change that a test has to notice."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source, "changed", "exec")
    except SyntaxError:
        return False
    return True


def changed(source: str, place: Place) -> str:
    """The source with one piece of it replaced; columns count bytes, as Python's do."""
    data = source.encode()
    lines = data.splitlines(keepends=True)
    start = sum(map(len, lines[: place.line - 1])) + place.column
    end = sum(map(len, lines[: place.last - 1])) + place.after
    return (data[:start] + place.new.encode() + data[end:]).decode()
