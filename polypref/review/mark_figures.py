"""How far a model that read turns of conversations agrees with people who marked some of them, by language.

Sheets hold more of the turns in which the model saw dissatisfaction than there are, or few would. So each share is
counted among those turns and among the others, and the two are weighed by how many turns of each the model read.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..files.records import Count
from .sheet_reading import refuse_namesakes
from .turn_sheets import Mark, PersonsMark, Turn

#: Draws of the intervals, and their seed.
_DRAWS, _SEED = 20_000, 0
_ENDS: Final = (0.025, 0.975)
_Shares: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Figure:
    """A figure with the ends of its 95% interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class MarkFigures:
    """How far the model and people agree on the turns of one language.

    Attributes:
        turns: how many the model read.
        dissatisfied: in how many of them it saw dissatisfaction.
        marked: how many of them people marked, and agreed on where several did.
        unreadable: those that nobody marked who could read them (`not my language`).
        split: those on which people are of two minds.
        both, model_only, people_only, neither: of the marked ones, who saw dissatisfaction.
        accuracy: share of all turns on which model and people say the same of dissatisfaction; None where nothing of
            one kind was marked, as the figures below.
        kappa: Cohen's; None too where chance alone explains all.
        precision: share of the turns in which the model saw dissatisfaction in which people see it.
        recall: share of the turns in which people see it in which the model did; None too where they see none.
    """

    turns: Count
    dissatisfied: Count
    marked: Count
    unreadable: Count
    split: Count
    both: Count
    model_only: Count
    people_only: Count
    neither: Count
    accuracy: Figure | None
    kappa: Figure | None
    precision: Figure | None
    recall: Figure | None


def marks_of_people(marks: Iterable[PersonsMark]) -> dict[str, list[Mark]]:
    """What people said of each turn.

    Args:
        marks: of all sheets.

    Returns:
        turn_id -> what each said who could read it; an empty list where nobody could.

    Raises:
        UserError: one person marked a turn twice, and differently; or two sheets of one file name mark one turn, and
            neither says who it was.
    """
    of_person: dict[tuple[str, str], PersonsMark] = {}
    for one in marks:
        before = of_person.setdefault((one.turn_id, one.marker), one)
        refuse_namesakes((before.place, one.place), before.unnamed and one.unnamed, "marker")
        if before.mark != one.mark:
            raise UserError(
                f"{before.place} and {one.place} mark one turn differently, by one person; keep one of them"
            )
    by_turn: dict[str, list[Mark]] = {}
    for one in of_person.values():
        by_turn.setdefault(one.turn_id, []).extend([one.mark] if one.mark else [])
    return by_turn


def agreed_mark(marks: Sequence[Mark]) -> bool | None:
    """Whether people see dissatisfaction in a turn.

    Args:
        marks: what each of them said.

    Returns:
        What most say; None where as many say the one as the other, or nobody says anything.
    """
    complaints = sum(one == "dissatisfied" for one in marks)
    return None if 2 * complaints == len(marks) else 2 * complaints > len(marks)


def figures_of_marks(turns: Mapping[str, Turn], marks: Mapping[str, Sequence[Mark]]) -> dict[str, MarkFigures]:
    """How far the model and people agree, language by language.

    Args:
        turns: turn_id -> all turns that the model read.
        marks: turn_id -> what people said.

    Returns:
        A row for each language with a turn that somebody looked at, in order.
    """
    tags = sorted({turns[one].language for one in marks})
    return {tag: _figures([one for one in turns.values() if one.language == tag], marks) for tag in tags}


def _figures(turns: Sequence[Turn], marks: Mapping[str, Sequence[Mark]]) -> MarkFigures:
    looked_at = [one for one in turns if one.turn_id in marks]
    cells: Counter[tuple[bool, bool]] = Counter()
    unreadable = split = 0
    for one in looked_at:
        seen = agreed_mark(marks[one.turn_id])
        if seen is not None:
            cells[one.mark == "dissatisfied", seen] += 1
        elif marks[one.turn_id]:
            split += 1
        else:
            unreadable += 1
    complaints = sum(one.mark == "dissatisfied" for one in turns)
    return MarkFigures(
        turns=len(turns),
        dissatisfied=complaints,
        marked=cells.total(),
        unreadable=unreadable,
        split=split,
        both=cells[True, True],
        model_only=cells[True, False],
        people_only=cells[False, True],
        neither=cells[False, False],
        **_weighed(complaints, len(turns) - complaints, cells),
    )


def _weighed(complaints: int, others: int, cells: Counter[tuple[bool, bool]]) -> dict[str, Figure | None]:
    """The figures over all turns, of the shares among those that the model took for complaints and among the others."""
    marked = [cells[mark, True] + cells[mark, False] for mark in (True, False)]
    names = ("accuracy", "kappa", "precision", "recall")
    if any(number and not seen for number, seen in zip((complaints, others), marked, strict=True)):
        return dict.fromkeys(names)
    random = np.random.default_rng(_SEED)
    shares, draws = [], []
    for hits, seen in zip((cells[True, True], cells[False, True]), marked, strict=True):
        shares.append(hits / seen if seen else 0.0)
        # Jeffreys' interval (Brown, Cai and DasGupta 2001, Statistical Science 16, 101-133), drawn from.
        drawn = random.beta(hits + 0.5, seen - hits + 0.5, _DRAWS) if seen else np.zeros(_DRAWS)
        draws.append(drawn)
    weight = complaints / (complaints + others)
    values = _figures_at(weight, *(np.array([one]) for one in shares))
    ends = _figures_at(weight, *draws)
    return {name: _figure(float(values[name][0]), ends[name]) for name in names}


def _figures_at(weight: float, right: _Shares, missed: _Shares) -> dict[str, _Shares]:
    """The figures at shares of dissatisfied people: of the model's complaints (right) and of the others (missed)."""
    both, lost = weight * right, (1 - weight) * missed
    accuracy = both + (1 - weight) * (1 - missed)
    people = both + lost
    chance = weight * people + (1 - weight) * (1 - people)
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "accuracy": accuracy,
            "kappa": (accuracy - chance) / (1 - chance),
            "precision": right if weight else np.full_like(right, np.nan),
            "recall": both / people,
        }


def _figure(value: float, drawn: _Shares) -> Figure | None:
    finite = drawn[np.isfinite(drawn)]
    if not np.isfinite(value) or not len(finite):
        return None
    low, high = np.quantile(finite, _ENDS)
    return Figure(value, min(float(low), value), max(float(high), value))
