"""Labels that the rows of a source hold, counted; those that nothing declares stop a build."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from ..errors import UserError
from ..files.cells import Bad, Cell, label_of, look_up, look_up_or_none
from ..files.json_types import Json
from ..layouts.fields import Fields, OneHot, Ranking, Scale, Verdict
from ..layouts.labels import UNDECLARED, SeenLabel
from ..layouts.readings import NO_SIDE
from ..layouts.source import Source
from .reading import files_of, lines_of

LabelCounts = Counter[SeenLabel]
"""How many times the rows hold each label."""

#: Different labels that are counted one by one, and what all others are counted as.
_MOST_LABELS, _OTHERS = 1_000, "..."
#: Rows that are looked at to tell somebody which labels a column holds, and labels that a sentence lists.
_ROWS_FOR_LABELS, _LISTED = 10_000, 8
#: What a label of a verdict may mean, and the answer that is one of these sides.
_SIDES, _ANSWERS = ("a", "b", "tie", NO_SIDE), {"a": "first", "b": "second"}
#: Kind of verdict -> what to write for a value that is not declared, and for a side that never occurs.
_WRITE: Mapping[type, str] = {
    Verdict: "write each into first, second or tie of Verdict(...), or into unjudged where it says nothing",
    Scale: "give Scale(...) the ends at which the first and the second answer are the better ones, and put values that "
    "mean a tie into draws",
    OneHot: "name columns in OneHot(...) that hold 1 or 0, true or false",
    Ranking: "say what stands in the list, as in Ranking(..., names=('A', 'B')), 'models', 'from_0' or 'from_1'",
}
_NEVER: Mapping[type, str] = {Verdict: "{}=()", Scale: "never='{}'", OneHot: "{}=None"}


def count_labels(counts: LabelCounts, seen: Iterable[SeenLabel]) -> None:
    """Counts the labels of a row.

    Args:
        counts: those of the rows before; the row's are added. Of a column of many different values most are counted
            together.
        seen: the row's labels.
    """
    for one in seen:
        if len(counts) >= _MOST_LABELS and one not in counts:
            one = one._replace(label=_OTHERS)
        counts[one] += 1


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
        for place, column in ((place, column) for place in _places(line.row, verdict) for column in columns):
            try:
                counts[label_of(look_up(place, column))] += 1
            except Bad:
                continue
    raise UserError(
        f"source '{source.name}': labels mean nothing by themselves, and those of column {' and '.join(columns)} "
        f"({_listed(counts) or 'which no row has'}) are not declared; write Verdict({verdict.rater!r}, "
        f"{verdict.column!r}, first=(...), second=(...), tie=(...)) with each label in its place"
    )


def _places(row: Cell, verdict: Verdict) -> Sequence[Cell]:
    """The row, or the items of the list in it that hold verdicts."""
    if verdict.each is None or isinstance(row, Bad):
        return (row,)
    listed = look_up_or_none(row, verdict.each)
    return listed if isinstance(listed, list | tuple) else ()


def check_labels(name: str, fields: Fields, counts: LabelCounts) -> None:
    """Sees that every label of a source's rows is declared, and that every side that is declared occurs.

    Args:
        name: of the source.
        fields: what is declared of its columns.
        counts: the labels of its rows.

    Raises:
        UserError: a label is not declared, or a side does not occur; the labels there are, with their counts.
    """
    undeclared = [one for one in counts if one.meaning == UNDECLARED]
    if not undeclared:
        _check_sides(name, fields, counts)
        return
    column = min(undeclared, key=lambda one: (-counts[one], one)).column
    unknown, known = Counter[str](), Counter[str]()
    for one, rows in counts.items():
        if one.column == column:
            (unknown if one.meaning == UNDECLARED else known)[one.label] += rows
    beside = f", beside {_listed(known)}" if known else ""
    raise UserError(
        f"source '{name}': column {column} holds {_listed(unknown)}{beside}, and nothing declares what "
        f"{'it means' if len(unknown) == 1 else 'they mean'}; {_what_to_declare(fields, column)}"
    )


def _check_sides(name: str, fields: Fields, counts: LabelCounts) -> None:
    """Sees that some row prefers each answer that a label is declared for: else the labels may be another file's."""
    verdict = fields.verdict
    if verdict is None or not (judged := {one: rows for one, rows in counts.items() if one.meaning in _SIDES}):
        return
    for side, field in verdict.expected.items():
        if not any(one.meaning == side for one in judged):
            columns = list(dict.fromkeys(one.column for one in judged))
            held = Counter[str]()
            for one, rows in judged.items():
                held[f"{one.column}: {one.label}" if isinstance(verdict, OneHot) else one.label] += rows
            holds = f"column {columns[0]} holds" if len(columns) == 1 else f"columns {' and '.join(columns)} hold"
            raise UserError(
                f"source '{name}': no row prefers the {_ANSWERS[side]} answer, for which {type(verdict).__name__}"
                f"({verdict.rater!r}, {field}={getattr(verdict, field)!r}) declares a value; {holds} "
                f"{_listed(held)}: put each value in its place, or say that none prefers it "
                f"({_NEVER[type(verdict)].format(field)})"
            )


def _what_to_declare(fields: Fields, column: str) -> str:
    for answer in fields.answers:
        if column in answer.score_columns:
            return (
                f"give each its number in Answer({answer.text!r}, ..., score_labels={{LABEL: NUMBER}}), None where it "
                "rates nothing"
            )
    return _WRITE.get(type(fields.verdict), "write each value in its place")


def _listed(counts: Counter[str]) -> str:
    ranked = sorted(counts.items(), key=lambda one: (one[0] == _OTHERS, -one[1]))
    more = ", ..." if len(ranked) > _LISTED else ""
    return ", ".join(f"{label[:30]!r} ({rows:,})" for label, rows in ranked[:_LISTED]) + more
