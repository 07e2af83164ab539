"""What one judgement says: the score of the answer shown first, however it is written down."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ..files import cells
from ..files.cells import Bad, Cell
from ..judging.verdicts import SCORES, Side, Unusable, read_verdict
from .rankings import literal_in

UNKNOWN_LABEL = "unknown_label"
Form = Literal["winner", "text", "scores", "ranking", "preference"]


@dataclass(frozen=True)
class Meaning:
    """What a layout says of how judgements are written down; see `layout.DeclaredLayout` for what each field means.

    Attributes:
        form: of the judgement.
        pattern: that finds it in a text.
        labels: what is written, by `label_of`, -> what it means.
        weights: label -> how often a game counts.
        tie_within: scores that differ by no more are a tie.
        range, draws: of a preference.
    """

    form: Form
    pattern: str
    labels: Mapping[str, str | float]
    weights: Mapping[str, float]
    tie_within: float
    range: tuple[float, float] | None
    draws: tuple[float, ...]


class Unread(Exception):
    """A judgement that says nothing; `reason` is a word fit for counting."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def outcome(values: Sequence[Cell], shown: Sequence[str], how: Meaning) -> tuple[float, float, str]:
    """Reads one judgement.

    Args:
        values: those of the layout's columns.
        shown: the models, that of the answer shown first before the other.
        how: how judgements are written down.

    Returns:
        score of the answer shown first, 0 to 1; weight; and "". Where nothing is said: NaN, 1, and the reason.
    """
    if any(value is None or value == "" for value in values):
        return math.nan, 1.0, "null"
    if any(isinstance(value, float) and math.isnan(value) for value in values):
        return math.nan, 1.0, "nan"
    try:
        score, weight = _FORMS[how.form](values, shown, how)
    except Unread as error:
        return math.nan, 1.0, error.reason
    return score, weight, ""


def label_of(value: Cell) -> str:
    """Writes a label as it is compared.

    Args:
        value: what a cell holds.

    Returns:
        the label as `cells.label_of` writes it; what is none is written out, to be counted as unknown.
    """
    try:
        return cells.label_of(value)
    except Bad:
        return str(value).strip()


def _label(value: Cell, shown: Sequence[str], how: Meaning) -> tuple[float, float]:
    """A label's score: by the layout, else the models' own names; nothing else is known of a label."""
    text = label_of(value)
    meant = how.labels.get(text)
    if meant is None and text in shown:
        meant = "ab"[list(shown).index(text)]
    if meant is None:
        raise Unread(UNKNOWN_LABEL)
    score = SCORES.get(meant, math.nan) if isinstance(meant, str) else float(meant)
    if not 0 <= score <= 1:
        raise Unread(UNKNOWN_LABEL)
    return score, how.weights.get(text, 1.0)


def _winner(values: Sequence[Cell], shown: Sequence[str], how: Meaning) -> tuple[float, float]:
    return _label(values[0], shown, how)


def _text(values: Sequence[Cell], shown: Sequence[str], how: Meaning) -> tuple[float, float]:
    text = str(values[0])
    return _label(mark_in(text, how.pattern), shown, how) if how.pattern else (SCORES[side_in(text)], 1.0)


def mark_in(text: str, pattern: str) -> str:
    """The label that a text bears.

    Args:
        text: a judge's reply, or another text.
        pattern: regular expression with a group.

    Returns:
        group 1 of the last match.

    Raises:
        Unread: `no_mark`.
    """
    marks = list(re.finditer(pattern, text))
    if not marks or marks[-1].group(1) is None:
        raise Unread("no_mark")
    return str(marks[-1].group(1))


def side_in(text: str) -> Side:
    """The answer that a judge's reply prefers, by the marks [[A]], [[B]], [[C]] and the other forms that are known.

    Args:
        text: the reply; all that it holds of these forms must agree.

    Returns:
        `a`, `b` or `tie`.

    Raises:
        Unread: `no_mark`, or as `judging.verdicts.read_verdict`.
    """
    try:
        return read_verdict(text)
    except Unusable as error:
        raise Unread("no_mark" if error.reason == "judge_unparsable" else error.reason) from None


def scores_in(text: str, pattern: str) -> tuple[float, float]:
    """The two scores that a text bears.

    Args:
        text: a judge's reply, or another text.
        pattern: regular expression with two groups.

    Returns:
        groups 1 and 2 of the first match.

    Raises:
        Unread: `no_scores`, `not_a_number` or `nan`.
    """
    numbers = re.search(pattern, text)
    if not numbers:
        raise Unread("no_scores")
    one, two = numbers.groups()[:2]
    return _number(one), _number(two)


def _scores(values: Sequence[Cell], shown: Sequence[str], how: Meaning) -> tuple[float, float]:
    if len(values) == 1:
        one, two = scores_in(str(values[0]), how.pattern)
    else:
        one, two = (_number(value) for value in values)
    if abs(one - two) <= how.tie_within:
        return 0.5, 1.0
    return float(one > two), 1.0


def _preference(values: Sequence[Cell], shown: Sequence[str], how: Meaning) -> tuple[float, float]:
    value = _number(values[0])
    assert how.range is not None  # a layout of this form has one
    if value in how.draws:
        return 0.5, 1.0
    first, second = how.range
    score = (second - value) / (second - first)
    if not 0 <= score <= 1:
        raise Unread("outside_range")
    return score, 1.0


def _ranking(values: Sequence[Cell], shown: Sequence[str], how: Meaning) -> tuple[float, float]:
    ranks: dict[str, float] = {}
    for name, rank in _ranks(values[0]):
        for side in (0, 1):
            if name == shown[side] or how.labels.get(label_of(name)) == "ab"[side]:
                if "ab"[side] in ranks:
                    raise Unread("ranked_twice")
                ranks["ab"[side]] = rank
    if len(ranks) < 2:
        raise Unread("not_ranked")
    return (0.5 if ranks["a"] == ranks["b"] else float(ranks["a"] < ranks["b"])), 1.0


def _ranks(value: Cell) -> list[tuple[str, float]]:
    """(name, rank) of a list with the best first, a list of {model, rank}, or a mapping of name to rank."""
    if isinstance(value, str):
        try:
            value = literal_in(value)
        except Bad as bad:
            raise Unread(bad.reason) from None
    if isinstance(value, Mapping):
        return [(str(name), _number(rank)) for name, rank in value.items()]
    if not isinstance(value, Sequence):
        raise Unread("not_a_ranking")
    rows = [one for one in value if isinstance(one, Mapping) and {"model", "rank"} <= set(one)]
    if len(rows) == len(value):
        return [(str(row["model"]), _number(row["rank"])) for row in rows]
    # A list inside the list holds equals.
    places = [(one if isinstance(one, list | tuple) else [one], at) for at, one in enumerate(value)]
    return [(str(name), float(at)) for names, at in places for name in names]


def _number(value: Cell) -> float:
    try:
        number = cells.number_in(value)
    except (ValueError, OverflowError):
        raise Unread("not_a_number") from None
    if not math.isfinite(number):
        raise Unread("nan" if math.isnan(number) else "not_a_number")
    return number


_FORMS = {"winner": _winner, "text": _text, "scores": _scores, "ranking": _ranking, "preference": _preference}
