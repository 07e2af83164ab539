"""What a row says of how good an answer is: a number, a rank, a label that stands for a number, or several weighed."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from ..files.cells import Bad, Cell, is_missing, label_of, look_up_or_none, number_in
from .fields import Answer
from .labels import UNDECLARED, SeenLabel
from .tables import Item
from .turns import shown

#: The reason of a score whose label nothing declares.
UNKNOWN_SCORE = "unknown_score_label"


class Score(NamedTuple):
    """What a row says of one answer.

    Attributes:
        value: the higher, the better; None where the row does not say.
        aspects: each column and its number as the row has it, where several are weighed; None otherwise.
        problem: the reason why there is no value, and what was seen; None where there is one, or nobody rated.
        unreadable: whether something is there that cannot be read.
        labels: those that the row holds, where labels stand for numbers.
    """

    value: float | None
    aspects: list[tuple[str, float]] | None = None
    problem: tuple[str, str] | None = None
    unreadable: bool = False
    labels: tuple[SeenLabel, ...] = ()


def score_in(row: Cell, part: Answer) -> Score:
    """What a row says of how good an answer is.

    Args:
        row: the row, or the item of it, in which the answer's columns stand.
        part: what is declared of the answer; it has a column of scores.

    Returns:
        the score: a weighted sum where several columns are weighed, and its negative where the lower is the better.
    """
    seen: list[SeenLabel] = []
    numbers: list[tuple[str, float]] = []
    for column in part.score_columns:
        try:
            value = look_up_or_none(row, column)
        except Bad as bad:
            return Score(None, None, (f"score_{bad.reason}", bad.detail), True, tuple(seen))
        number = _number_of(value, part, column, seen)
        if not isinstance(number, float):
            problem, unreadable = number
            named = f"{column}: {problem[1]}".rstrip(": ") if isinstance(part.score, Mapping) else problem[1]
            return Score(None, None, (problem[0], named), unreadable, tuple(seen))
        numbers.append((column, number))
    if isinstance(part.score, Mapping):
        weights = part.score
        total = math.fsum(weights[column] * number for column, number in numbers)
    else:
        total = numbers[0][1]
    value = -total if part.lower_is_better else total
    return Score(value + 0.0, numbers if isinstance(part.score, Mapping) else None, labels=tuple(seen))


def _number_of(value: Cell, part: Answer, column: str, seen: list[SeenLabel]) -> float | tuple[tuple[str, str], bool]:
    """The number that a cell says; else why it says none, and whether it is there and cannot be read."""
    by_label = part.numbers_of_labels
    if not by_label:
        if is_missing(value) or (isinstance(value, str) and not value.strip()):
            return ("not_rated", ""), False
        try:
            number = number_in(value, part.decimal)
            if not math.isfinite(number) or isinstance(value, bool):
                raise ValueError
        except (ValueError, OverflowError):
            return ("score_not_a_number", shown(value)), True
        return number
    try:
        label = label_of(value)
    except Bad:
        return (UNKNOWN_SCORE, shown(value)), True
    if not label and label not in by_label:
        return ("not_rated", shown(value)), False
    known = label in by_label
    of_label = by_label.get(label)
    seen.append(SeenLabel(column, label, UNDECLARED if not known else "none" if of_label is None else f"{of_label:g}"))
    if of_label is None:
        return ("not_rated" if known else UNKNOWN_SCORE, shown(label)), not known
    return of_label


def add_rating(item: Item, part: Answer, row: Cell, completion: str) -> None:
    """Adds what a row says of how good an answer is to what the row becomes, or why it says nothing.

    Args:
        item: what the row becomes.
        part: what is declared of the answer; it has a column of scores.
        row: where its columns stand.
        completion: the answer's id.
    """
    score = score_in(row, part)
    item.labels += score.labels
    item.unreadable = item.unreadable or score.unreadable
    if score.problem:
        item.problems.append(score.problem)
    if score.value is not None:
        item.ratings.append(
            {
                "prompt_id": item.prompt["prompt_id"],
                "completion_id": completion,
                "rater": part.rater,
                "rater_revision": "",
                "score": score.value,
                "aspects": score.aspects,
                "rationale": None,
                "occasion": None,
            }
        )
