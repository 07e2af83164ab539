"""Labels of verdicts that name models: two other columns of the row hold them, now one and now the other.

`winner` holds m1, `left` and `right` hold m1 and m2 or m2 and m1: what the value says of the two answers depends on
where its model stands in the row, and no list of values can tell that.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ..files.cells import Bad, Cell, Row, label_of
from ..files.json_types import Json, list_of, mapping_of
from .fields import Fields
from .labels import UNDECLARED, SeenLabel

#: What a label may mean that names an answer, or may name one as nothing declares it.
_NAMING = ("a", "b", UNDECLARED)
# Places in a row that are looked at: how deep, items of a list, characters of a value.
_DEPTH, _ITEMS, _LONGEST = 3, 8, 120
# Different sightings that are counted, and columns that one may hold.
_MOST, _MOST_COLUMNS = 1_000, 8
# The share of the verdicts in which one of two columns holds the label and the other does not. Two people's verdicts
# do not differ as often as that, and a typing error in a name does not hide what the other rows show.
_NEARLY_ALL = 0.9


class Sighting(NamedTuple):
    """Which other columns of a row hold the label of its verdict.

    Attributes:
        column: of the verdict.
        meaning: what the label is declared to mean: `a`, `b`, or UNDECLARED.
        holding: the columns that hold the label.
        others: those that hold another label that is declared to name an answer.
    """

    column: str
    meaning: str
    holding: tuple[str, ...]
    others: tuple[str, ...]


class ModelColumns(NamedTuple):
    """Two columns that hold what a column of verdicts names.

    Attributes:
        column: of the verdicts.
        one, other: the columns.
        contradicts: whether the values that are declared for one answer are now in the one column, now in the other.
    """

    column: str
    one: str
    other: str
    contradicts: bool


Sightings = Counter[Sighting]
"""How many verdicts of the rows are so."""


def sightings_in(row: Row, labels: Iterable[SeenLabel], fields: Fields) -> Iterator[Sighting]:
    """Where else a row holds the labels of its verdicts.

    Args:
        row: the row as read.
        labels: that its verdicts bear.
        fields: what is declared of its columns; these are not looked at.

    Yields:
        for each label that names an answer, or may, the columns.
    """
    verdict = fields.verdict
    naming = [one for one in labels if one.meaning in _NAMING]
    if verdict is None or not verdict.may_name_models or not naming:
        return
    places = list(_places(row))
    sought = {one.label for one in naming}
    if any(label in sought for _, label in places):
        places = [(path, label) for path, label in places if not _is_within(path, fields.columns)]
    for one in naming:
        holding = tuple(path for path, label in places if label == one.label)
        others = tuple(path for path, label in places if label != one.label and label in verdict.labels_of_answers)
        yield Sighting(one.column, one.meaning, holding[:_MOST_COLUMNS], others[:_MOST_COLUMNS])


def _places(value: Cell, path: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """The short values in a row, each with the path that leads to it."""
    if isinstance(value, Mapping):
        inner = [(f"{path}.{name}" if path else str(name), one) for name, one in value.items()]
    elif isinstance(value, list | tuple):
        inner = [(f"{path}[{number}]", one) for number, one in enumerate(value[:_ITEMS])]
    else:
        if isinstance(value, str | int | float) and (label := _label(value)):
            yield path, label
        return
    for name, one in inner if depth < _DEPTH else ():
        yield from _places(one, name, depth + 1)


def _label(value: str | int | float) -> str:
    if isinstance(value, str) and len(value) > _LONGEST:
        return ""
    try:
        return label_of(value)
    except Bad:
        return ""


def _is_within(path: str, columns: Iterable[str]) -> bool:
    return any(path == one or path.startswith((f"{one}.", f"{one}[")) for one in columns)


def count_sightings(counts: Sightings, seen: Iterable[Sighting]) -> None:
    """Counts where the labels of a row stand.

    Args:
        counts: those of the rows before; the row's are added.
        seen: the row's.
    """
    for one in seen:
        if len(counts) >= _MOST and one not in counts:
            one = one._replace(holding=(), others=())
        counts[one] += 1


def sightings_to_json(counts: Sightings) -> list[Json]:
    """Sightings as a file holds them.

    Args:
        counts: how many verdicts are so.

    Returns:
        the fields of each, and its rows.
    """
    return [
        {
            "column": one.column,
            "meaning": one.meaning,
            "holding": [*one.holding],
            "others": [*one.others],
            "rows": rows,
        }
        for one, rows in sorted(counts.items())
    ]


def sightings_from_json(rows: Iterable[Json]) -> Sightings:
    """Sightings from what `sightings_to_json` gave.

    Args:
        rows: the fields of each, and its rows.

    Returns:
        the counts.
    """
    counts = Sightings()
    for row in map(mapping_of, rows):
        holding, others = (tuple(map(str, list_of(row[name]))) for name in ("holding", "others"))
        counts[Sighting(str(row["column"]), str(row["meaning"]), holding, others)] += int(str(row["rows"]))
    return counts


def model_columns(counts: Sightings) -> ModelColumns | None:
    """Two columns that hold the names that verdicts give, where there are some.

    Args:
        counts: of the verdicts of all rows.

    Returns:
        the first such columns, those that contradict what is declared before others; None where there are none.
    """
    of_column: dict[str, Sightings] = {}
    for one, rows in counts.items():
        of_column.setdefault(one.column, Sightings())[one] += rows
    known = [columns for column, own in of_column.items() if (columns := _columns_of(column, own))]
    return next((one for one in known if one.contradicts), known[0] if known else None)


def _columns_of(column: str, counts: Sightings) -> ModelColumns | None:
    holding = Counter[str]()
    for seen, rows in counts.items():
        holding.update(dict.fromkeys(seen.holding, rows))
    # Of two such columns one holds half of nearly all labels: these are few, however many columns rows have.
    often = [name for name, rows in holding.items() if 2 * rows >= _NEARLY_ALL * counts.total()]
    pairs = sorted({(min(one, other), max(one, other)) for one in often for other in _names_beside(one, counts)})
    known = [ModelColumns(column, *pair, _contradict(*pair, counts)) for pair in pairs]
    return next((one for one in known if one.contradicts), known[0] if known else None)


def _names_beside(one: str, counts: Sightings) -> Iterator[str]:
    """The columns that hold names of models as this one does.

    Nearly every label stands in exactly one of the two, and what the other holds is such a label too.
    """
    beside, alone, named = Counter[str](), Counter[str](), Counter[str]()
    for seen, rows in counts.items():
        (beside if one in seen.holding else alone).update(dict.fromkeys(seen.holding, rows))
        if one in seen.holding:
            named.update(dict.fromkeys(seen.others, rows))
        elif one in seen.others:
            named.update(dict.fromkeys(seen.holding, rows))
    for other in {*beside, *alone, *named} - {one}:
        of_both = beside[one] - beside[other], alone[other]
        if sum(of_both) >= _NEARLY_ALL * counts.total() and (
            all(of_both) or named[other] >= _NEARLY_ALL * counts.total()
        ):
            yield other


def _contradict(one: str, other: str, counts: Sightings) -> bool:
    """Whether neither column is that of the first answer's names in all rows."""
    sides = {
        (column, seen.meaning)
        for seen in counts
        for column, beside in ((one, other), (other, one))
        if column in seen.holding and beside not in seen.holding and seen.meaning != UNDECLARED
    }
    return not (sides <= {(one, "a"), (other, "b")} or sides <= {(one, "b"), (other, "a")})
