"""Labels that the rows of a source hold, for a build: as its reading keeps them, and where nothing declares any."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from ..errors import UserError
from ..files.cells import Bad, Cell, label_of, look_up
from ..files.json_types import Json
from ..layouts.fields import Verdict
from ..layouts.items import items_in
from ..layouts.label_counts import LabelCounts, listed_labels
from ..layouts.labels import SeenLabel
from ..layouts.serialised import Serialised
from ..layouts.source import Source
from .reading import files_of, lines_of

#: Rows that are looked at to tell somebody which labels a column holds.
_ROWS_FOR_LABELS = 10_000


def labels_to_json(counts: LabelCounts) -> list[dict[str, Json]]:
    """Counts of labels as a file holds them.

    Args:
        counts: the counts.

    Returns:
        column, label, meaning and rows of each.
    """
    return [{**one._asdict(), "rows": rows} for one, rows in sorted(counts.items())]


def labels_from_json(rows: Iterable[Mapping[str, object]]) -> LabelCounts:
    """Counts of labels from what `labels_to_json` gave.

    Args:
        rows: column, label, meaning and rows of each.

    Returns:
        the counts.
    """
    counts = LabelCounts()
    for row in rows:
        counts[SeenLabel(str(row["column"]), str(row["label"]), str(row["meaning"]))] += int(str(row["rows"]))
    return counts


def refuse_undeclared(source: Source) -> None:
    """Refuses a column of verdicts whose labels have no meaning at all; the sentence shows what the column holds.

    Args:
        source: one that is not read yet.

    Raises:
        UserError: nothing says which label names which answer.
    """
    verdict = source.fields.verdict
    if not isinstance(verdict, Verdict) or not verdict.undeclared:
        return
    columns = [*verdict.columns, *((verdict.swapped,) if verdict.swapped else ())]
    counts: Counter[str] = Counter()
    for line in islice(lines_of(source, files_of(source)), _ROWS_FOR_LABELS):
        for place, column in (
            (place, column) for place in _places(line.row, verdict, source.fields.serialised) for column in columns
        ):
            try:
                counts[label_of(look_up(place, column))] += 1
            except Bad:
                continue
    raise UserError(
        f"source '{source.name}': labels mean nothing by themselves, and those of column {' and '.join(columns)} "
        f"({listed_labels(counts) or 'which no row has'}) are not declared; write Verdict({verdict.rater!r}, "
        f"{verdict.column!r}, first=(...), second=(...), tie=(...)) with each label in its place; where they "
        "are names of models, Verdict(..., names_models=True) (--model-a and --model-b with polypref build pairs) and "
        "the model_column of each answer"
    )


def _places(row: Cell, verdict: Verdict, serialised: Serialised) -> Sequence[Cell]:
    """The row, or the items of the list in it that hold verdicts."""
    if verdict.each is None or isinstance(row, Bad):
        return (row,)
    try:
        return [item for item in items_in(row, verdict.each, serialised) if not isinstance(item, Bad)]
    except Bad:
        return ()
