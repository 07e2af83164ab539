"""Labels that rows hold, counted, and whether the declaration of their columns knows them."""

import math
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TypeAlias

from ..errors import UserError
from ..files.cells import DecimalMark, label_of, number_in
from .fields import Fields
from .label_hints import label_hint
from .labels import UNDECLARED, SeenLabel
from .model_names import ModelColumns, Sightings, model_columns
from .ratings import UNKNOWN_SCORE
from .readings import NO_SIDE, UNKNOWN

#: Whether a row is one that is looked for, by the reason and the detail of what cannot be used of it.
LeftOut: TypeAlias = Callable[[str, str], bool]

LabelCounts = Counter[SeenLabel]
"""How many times the rows hold each label."""

#: Different labels that are counted one by one, and what all others are counted as.
_MOST_LABELS, _OTHERS = 1_000, "..."
#: Labels that a sentence lists.
_LISTED = 8
#: Characters of a label in a sentence: answers of questionnaires are sentences.
_LONGEST = 100
#: What may stand before the decimals of a number, and what is said of labels that are numbers.
_MARKS: tuple[DecimalMark, ...] = (".", ",")
_LIKE_SCORES = "these look like scores, which polypref build answer_pool --score-column takes; if they are labels, "
#: What a label of a verdict may mean, and the answer that is one of these sides.
_SIDES, _ANSWERS = ("a", "b", "tie", NO_SIDE), {"a": "first", "b": "second"}


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


def check_labels(
    called: str,
    fields: Fields,
    counts: LabelCounts,
    first_row: Callable[[LeftOut], str] | None = None,
    sightings: Sightings | None = None,
) -> None:
    """Sees that every label of a source's rows is declared, names an answer and no model, and that every side occurs.

    Args:
        called: how messages call what they are read of, as in `source 'mine'`.
        fields: what is declared of its columns.
        counts: the labels of its rows.
        first_row: gives the place of the first row that is left out so, empty where there is none; asked for only where
            a label is not declared.
        sightings: where else the rows hold the labels.

    Raises:
        UserError: a label is not declared, or names a model whose answers change places, or a side does not occur; the
            labels there are, with their counts.
    """
    named = model_columns(sightings or Sightings())
    undeclared = [one for one in counts if one.meaning == UNDECLARED]
    if not undeclared:
        if named and named.contradicts:
            raise UserError(f"{called}: {_names_of_models(named, counts)}")
        _check_sides(called, fields, counts)
        return
    column = min(undeclared, key=lambda one: (-counts[one], one)).column
    unknown, known = Counter[str](), Counter[str]()
    for one, rows in counts.items():
        if one.column == column:
            (unknown if one.meaning == UNDECLARED else known)[one.label] += rows
    first = first_row(_row_with(fields, column, unknown)) if first_row else ""
    at = f" (first at {first})" if first else ""
    known_ones = f", beside {listed_labels(known)}" if known else ""
    means = "it means" if len(unknown) == 1 else "they mean"
    raise UserError(
        f"{called}: column {column} holds {listed_labels(unknown)}{known_ones}, "
        f"and nothing declares what {means}{at}; {_what_to_declare(fields, column, unknown)}"
        + (f"; {_as_models(named)}" if named and named.column == column else "")
    )


def _row_with(fields: Fields, column: str, labels: Iterable[str]) -> LeftOut:
    """What tells a row that is left out as a column holds one of some labels that are not declared."""
    shown = {label[:40] for label in labels}
    if any(column in answer.score_columns for answer in fields.answers):
        # The column stands before it where a score is of several.
        return lambda reason, detail: reason == UNKNOWN_SCORE and detail.removeprefix(f"{column}: ") in shown
    return lambda reason, detail: reason == UNKNOWN and any(repr(label) in detail for label in shown)


def _names_of_models(named: ModelColumns, counts: LabelCounts) -> str:
    held = Counter[str]()
    for one, rows in counts.items():
        if one.column == named.column:
            held[one.label] += rows
    return (
        f"column {named.column} holds {listed_labels(held)}, and columns {named.one[:60]!r} and {named.other[:60]!r} "
        "hold the same, what is declared for one answer now in the one, now in the other: these are names of models "
        f"whose answers change places, and none names the first answer or the second; {_as_models(named)}; or write "
        "Verdict(..., names_models=False) (--by-place with polypref build pairs) where they name "
        "the places of the answers all the same"
    )


def _as_models(named: ModelColumns) -> str:
    return (
        f"where it names the model of the better answer, as columns {named.one[:60]!r} and {named.other[:60]!r} do, "
        "declare Verdict(..., names_models=True) (--model-a and --model-b with polypref build pairs, without --first "
        "and --second), and which of these columns is each answer's model_column"
    )


def _check_sides(called: str, fields: Fields, counts: LabelCounts) -> None:
    """Sees that some row prefers each answer that a label is declared for: else the labels may be another file's."""
    verdict = fields.verdict
    if verdict is None or not (judged := {one: rows for one, rows in counts.items() if one.meaning in _SIDES}):
        return
    for side, field in verdict.expected.items():
        if not any(one.meaning == side for one in judged):
            columns = list(dict.fromkeys(one.column for one in judged))
            held = Counter[str]()
            for one, rows in judged.items():
                # Where nobody has a column alone, the label says nothing without its column.
                held[one.label if verdict.columns else f"{one.column}: {one.label}"] += rows
            holds = f"column {columns[0]} holds" if len(columns) == 1 else f"columns {' and '.join(columns)} hold"
            raise UserError(
                f"{called}: no row prefers the {_ANSWERS[side]} answer, for which {type(verdict).__name__}"
                f"({verdict.rater!r}, {field}={getattr(verdict, field)!r}) declares a value; {holds} "
                f"{listed_labels(held)}: put each value in its place, or say that none prefers it "
                f"({verdict.to_declare_never(field)})"
            )


def _what_to_declare(fields: Fields, column: str, unknown: Iterable[str]) -> str:
    for answer in fields.answers:
        if column in answer.score_columns:
            unknown = list(unknown)
            hint = label_hint(unknown, map(label_of, answer.score_labels))
            in_script = (
                f"give each its number in Answer({answer.text!r}, ..., score_labels={{LABEL: NUMBER}}), None where it "
                "rates nothing"
            )
            if len(fields.answers) > 1:
                return f"{hint}{in_script}"
            scores = _LIKE_SCORES if all(map(_is_number, unknown)) else ""
            return f"{hint}{scores}{in_script}; polypref build pairs --label takes them by --good and --bad"
    return fields.verdict.to_declare(unknown) if fields.verdict else "write each value in its place"


def _is_number(label: str) -> bool:
    """Whether a label is a number in any digits, with a point or a comma before the decimals."""
    for mark in _MARKS:
        try:
            return math.isfinite(number_in(label, mark))
        except ValueError:
            continue
    return label == _OTHERS


def _shortened(label: str) -> str:
    """A label in quotes; one that is cut says so, as nobody can write out what is not shown."""
    return repr(label) if len(label) <= _LONGEST else f"{label[:_LONGEST]!r}..."


def listed_labels(counts: Counter[str]) -> str:
    """Labels and how often they are there, for a sentence.

    Args:
        counts: of each label.

    Returns:
        the commonest, each in quotes.
    """
    ranked = sorted(counts.items(), key=lambda one: (one[0] == _OTHERS, -one[1]))
    more = ", ..." if len(ranked) > _LISTED else ""
    return ", ".join(f"{_shortened(label)} ({rows:,})" for label, rows in ranked[:_LISTED]) + more
