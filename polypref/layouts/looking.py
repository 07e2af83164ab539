"""What a file holds, and which layouts fit it: shown to a person, and used for nothing without being named.

A layout fits a row that gives a prompt and two answers of which one is better, or a tie.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass

from ..errors import UserError
from ..files.cells import Bad, Cell
from ..files.readers import Line
from .named import NamedLayout
from .rows import interpret_row
from .tables import Item, NotAsked
from .trees import TURNS, rows_of_trees

#: Rows that are looked at.
ROWS = 200
#: Levels of objects in objects, and columns, that are listed.
_DEPTH, _COLUMNS = 3, 200
#: Rows that are read for somebody to see, of each layout.
_SAMPLES = 3
#: What stands for the language of every row where neither a column nor anybody says it: it is only looked at.
_ANY_LANGUAGE = "en"


@dataclass(frozen=True)
class Column:
    """A column of the rows that were looked at.

    Attributes:
        path: its name, or the path to it.
        holds: what kinds of values it has, as in `text` or `list, null`.
        filled: in how many of the rows it has a value.
        values: the different values where there are few, the commonest first; else the first one alone.
    """

    path: str
    holds: str
    filled: int
    values: tuple[str, ...]


@dataclass(frozen=True)
class Read:
    """What a layout made of one row.

    Attributes:
        where: the row.
        prompt: the last turn of the prompt.
        better, worse: the answers that it says are the better and the worse one, as far as the row alone tells.
        says: `a over b`, `tie`, or what else there is, in words.
    """

    where: str
    prompt: str
    better: str
    worse: str
    says: str


@dataclass(frozen=True)
class Fit:
    """How a layout fits.

    Attributes:
        layout: the layout.
        rows: how many rows were looked at (of trees: answered messages).
        read: how many of them it can read.
        reasons: why not the others.
        samples: what the first few say.
        meaning: column of the rows -> what the layout takes it for; empty where it takes it for nothing.
    """

    layout: NamedLayout
    rows: int
    read: int
    reasons: Mapping[str, int]
    samples: tuple[Read, ...]
    meaning: Mapping[str, str]


def columns_of_rows(lines: Iterable[Line]) -> list[Column]:
    """The columns of some rows, those within objects too.

    Args:
        lines: the rows.

    Returns:
        a column for each path, in the order in which they are met; at most 200.
    """
    kinds: dict[str, Counter[str]] = {}
    values: dict[str, Counter[str]] = {}
    for line in lines:
        if not isinstance(line.row, Bad):
            for path, value in _cells(line.row, "", _DEPTH):
                if path in kinds or len(kinds) < _COLUMNS:
                    kinds.setdefault(path, Counter())[_kind(value)] += 1
                    if isinstance(value, str | int | float | bool) and value != "":
                        values.setdefault(path, Counter())[str(value)[:60]] += 1
    columns = []
    for path, counts in kinds.items():
        there = values.get(path, Counter())
        few = len(there) <= 8 and there.total() > len(there)
        shown = there.most_common() if few else list(there.items())[:1]
        filled = counts.total() - counts["null"]
        columns.append(Column(path, ", ".join(counts), filled, tuple(value for value, _ in shown)))
    return columns


def _cells(value: Mapping[str, Cell], above: str, depth: int) -> Iterable[tuple[str, Cell]]:
    for key, cell in value.items():
        name = key if "." not in key and "[" not in key else f'["{key}"]'
        path = f"{above}.{name}" if above and not name.startswith("[") else f"{above}{name}"
        if isinstance(cell, Mapping) and cell and depth > 1:
            yield from _cells(cell, path, depth - 1)
        else:
            yield path, cell


def _kind(value: Cell) -> str:
    names = ((bool, "true or false"), (str, "text"), (int | float, "number"), (list | tuple, "list"))
    if value is None:
        return "null"
    return next((name for kind, name in names if isinstance(value, kind)), "object")


def fits(lines: Sequence[Line], layouts: Iterable[NamedLayout], language: str = "") -> list[Fit]:
    """Which layouts fit some rows.

    Args:
        lines: the rows.
        layouts: those that are tried.
        language: of every row, where no column says it.

    Returns:
        the layouts that can read at least one row, that which reads most first.
    """
    that_fit = [fit for one in layouts if (fit := _fit(lines, one, language)).read]
    return sorted(that_fit, key=lambda fit: (-fit.read / fit.rows, -len(_named(fit.layout)), fit.layout.name))


def _fit(lines: Sequence[Line], one: NamedLayout, language: str) -> Fit:
    source = one.files("looked-at.jsonl", "looked-at", "unknown", "unknown", language or one.language or None)
    if source.language is None and source.fields.language is None:
        source = one.files("looked-at.jsonl", "looked-at", "unknown", "unknown", _ANY_LANGUAGE)
    rows = read = 0
    reasons, samples = Counter[str](), list[Read]()
    for line in rows_of_trees(lines, one.tree):
        rows += 1
        try:
            if isinstance(line.row, Bad):
                raise line.row
            item = interpret_row(line.row, source, None)
        except NotAsked as skip:
            reasons[skip.reason] += 1
            continue
        except Bad as bad:
            reasons[bad.reason] += 1
            continue
        sample = _read(line.where, item)
        if sample is None:
            reasons[item.problems[0][0] if item.problems else "no_preference"] += 1
            continue
        read += 1
        if len(samples) < _SAMPLES:
            samples.append(sample)
    return Fit(one, rows, read, dict(reasons.most_common()), tuple(samples), _meaning(lines, one))


def _read(where: str, item: Item) -> Read | None:
    """What a row says by itself; None where it holds nothing to compare."""
    texts = {one["completion_id"]: one["text"] for one in item.completions}
    prompt = item.prompt["prompt"][-1]["content"]
    for verdict in item.verdicts:
        one, other = texts[verdict["completion_a"]], texts[verdict["completion_b"]]
        if verdict["preferred"] == "a":
            return Read(where, prompt, one, other, "the first answer is better")
        if verdict["preferred"] == "b":
            return Read(where, prompt, other, one, "the second answer is better")
        return Read(where, prompt, "", "", verdict["preferred"])
    scores = {one["completion_id"]: one["score"] for one in item.ratings}
    if not scores:
        return None
    order = sorted(scores, key=lambda name: -scores[name])
    best, worst = order[0], order[-1]
    if len(order) == 1:
        return Read(where, prompt, texts[best], "", f"one answer, scored {scores[best]:g}")
    if scores[best] == scores[worst]:
        return Read(where, prompt, "", "", "tie")
    return Read(where, prompt, texts[best], texts[worst], f"scored {scores[best]:g} and {scores[worst]:g}")


def _meaning(lines: Sequence[Line], one: NamedLayout) -> dict[str, str]:
    names = _named(one)
    meaning = {}
    for column in columns_of_rows(lines):
        taken = [what for path, what in names.items() if _speaks_of(path, column.path)]
        if not taken and one.tree is not None and column.path.startswith(one.tree.root):
            taken = [what for path, what in names.items() if path == TURNS]
        meaning[column.path] = ", ".join(dict.fromkeys(taken))
    return meaning


def _speaks_of(path: str, column: str) -> bool:
    if "{" in path:
        return f"{{{column}}}" in path
    return (
        path == column or path.startswith((f"{column}.", f"{column}[")) or column.startswith((f"{path}.", f"{path}["))
    )


def _named(one: NamedLayout) -> dict[str, str]:
    """Path -> what it is for, of all columns that a layout names."""
    each = one.fields.each
    names: dict[str, str] = {}
    for path, what in _paths(one.fields, ""):
        inside = each and what.startswith("answers") and what != "each"
        names.setdefault(f"{each}.{path}" if inside else path, what)
    for column in one.where:
        names.setdefault(column, "where")
    return names


#: Fields of declarations whose texts are no columns.
_NO_COLUMN = {"rater", "route", "model", "revision", "licence", "join", "roles", "side", "rule", "name"}
_NO_COLUMN |= {"first", "second", "tie", "draws", "score_labels", "turn_keys", "transcript", "final_turns"}


def _paths(declared: object, above: str) -> Iterable[tuple[str, str]]:
    assert is_dataclass(declared)
    for field in fields(declared):
        value = getattr(declared, field.name)
        if field.name in _NO_COLUMN:
            continue
        what = f"{above} {field.name}".strip()
        for one in value if isinstance(value, tuple | list) else (value,):
            if isinstance(one, str) and one and not one.startswith("="):
                yield one, what
            elif is_dataclass(one):
                yield from _paths(one, field.name)
            elif isinstance(one, Mapping):
                yield from ((str(name), what) for name in one)


def some_rows(lines: Iterable[Line], rows: int = ROWS) -> list[Line]:
    """The first rows of a source.

    Args:
        lines: the rows.
        rows: how many, at most.

    Returns:
        the rows.

    Raises:
        UserError: there is none.
    """
    taken = []
    for line in lines:
        taken.append(line)
        if len(taken) == rows:
            break
    if not taken:
        raise UserError("there is no row in it; check that it is the file that you mean")
    return taken
