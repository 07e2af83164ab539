"""Labels that rows hold, counted, and whether the declaration of their columns knows them."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from ..errors import UserError
from ..files.cells import number_advice
from .fields import Fields, Marks, OneHot, Ranking, Scale, Verdict
from .labels import UNDECLARED, SeenLabel
from .readings import NO_SIDE, UNKNOWN

#: Reasons of what a row says by a label that is not declared.
UNDECLARED_REASONS = (UNKNOWN, "unknown_score_label")

LabelCounts = Counter[SeenLabel]
"""How many times the rows hold each label."""

#: Different labels that are counted one by one, and what all others are counted as.
_MOST_LABELS, _OTHERS = 1_000, "..."
#: Labels that a sentence lists.
_LISTED = 8
#: What a label of a verdict may mean, and the answer that is one of these sides.
_SIDES, _ANSWERS = ("a", "b", "tie", NO_SIDE), {"a": "first", "b": "second"}
#: Kind of verdict -> what to write for a value that is not declared, and for a side that never occurs.
_WRITE: Mapping[type, str] = {
    Verdict: "write each into first, second or tie of Verdict(...), or into unjudged where it says nothing",
    Scale: "give layouts.Scale(...) the ends at which the first and the second answer are the better ones, and put "
    "values that mean a tie into draws",
    Marks: "write each label into first, second or tie of layouts.Marks(...), or into unjudged where it says nothing",
    OneHot: "name columns in layouts.OneHot(...) that hold 1 or 0, true or false",
    Ranking: "say what stands in the list, as in layouts.Ranking(..., names=('A', 'B')), 'models', 'from_0' or "
    "'from_1' (whether the first is 0 or 1), or write it into unjudged where it says that none is the best",
}
_NEVER: Mapping[type, str] = {Verdict: "{}=()", Marks: "{}=()", Scale: "never='{}'", OneHot: "{}=None"}


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


def check_labels(called: str, fields: Fields, counts: LabelCounts, first_unknown: Callable[[], str] = str) -> None:
    """Sees that every label of a source's rows is declared, and that every side that is declared occurs.

    Args:
        called: how messages call what they are read of, as in `source 'mine'`.
        fields: what is declared of its columns.
        counts: the labels of its rows.
        first_unknown: gives the place of the first row that holds one that is not declared; asked for only where there
            is one.

    Raises:
        UserError: a label is not declared, or a side does not occur; the labels there are, with their counts.
    """
    undeclared = [one for one in counts if one.meaning == UNDECLARED]
    if not undeclared:
        _check_sides(called, fields, counts)
        return
    column = min(undeclared, key=lambda one: (-counts[one], one)).column
    unknown, known = Counter[str](), Counter[str]()
    for one, rows in counts.items():
        if one.column == column:
            (unknown if one.meaning == UNDECLARED else known)[one.label] += rows
    first = first_unknown()
    at = f" (first at {first})" if first else ""
    known_ones = f", beside {listed_labels(known)}" if known else ""
    means = "it means" if len(unknown) == 1 else "they mean"
    raise UserError(
        f"{called}: column {column} holds {listed_labels(unknown)}{known_ones}, "
        f"and nothing declares what {means}{at}; {_what_to_declare(fields, column, unknown)}"
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
                held[f"{one.column}: {one.label}" if isinstance(verdict, OneHot) else one.label] += rows
            holds = f"column {columns[0]} holds" if len(columns) == 1 else f"columns {' and '.join(columns)} hold"
            raise UserError(
                f"{called}: no row prefers the {_ANSWERS[side]} answer, for which {type(verdict).__name__}"
                f"({verdict.rater!r}, {field}={getattr(verdict, field)!r}) declares a value; {holds} "
                f"{listed_labels(held)}: put each value in its place, or say that none prefers it "
                f"({_NEVER[type(verdict)].format(field)})"
            )


def _what_to_declare(fields: Fields, column: str, unknown: Iterable[str]) -> str:
    for answer in fields.answers:
        if column in answer.score_columns:
            return (
                f"give each its number in Answer({answer.text!r}, ..., score_labels={{LABEL: NUMBER}}), None where it "
                "rates nothing"
            )
    if isinstance(fields.verdict, Scale) and (written := next(filter(None, map(number_advice, unknown)), "")):
        return f"{written} in layouts.Scale(...)" if written.endswith("decimal=','") else written
    if isinstance(fields.verdict, Verdict) and fields.verdict.names_models:
        return (
            "names_models says that it holds the name of an answer's model, letter by letter as in its row: mend the "
            "names, or write what means a tie into tie, and what says nothing into unjudged"
        )
    return _WRITE.get(type(fields.verdict), "write each value in its place")


def listed_labels(counts: Counter[str]) -> str:
    """Labels and how often they are there, for a sentence.

    Args:
        counts: of each label.

    Returns:
        the commonest, each in quotes.
    """
    ranked = sorted(counts.items(), key=lambda one: (one[0] == _OTHERS, -one[1]))
    more = ", ..." if len(ranked) > _LISTED else ""
    return ", ".join(f"{label[:30]!r} ({rows:,})" for label, rows in ranked[:_LISTED]) + more
