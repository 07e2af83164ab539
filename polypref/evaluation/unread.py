"""Replies of a judge that could not be read, and whose answer stood in their way.

An answer that holds a verdict, or a mark of a thought, can make a judge's reply unreadable: the judge quotes it. Left
out of the win-rate, such battles would help the model that wrote them, so they are lost by it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

from ..judging.verdicts import holds_verdict
from .inputs.tables import BattleRow, Order

By = Literal["model", "other", "both", "neither"]
#: The share that a verdict counts for the model which its unreadable reply is laid to.
_SCORES: Mapping[By, float | None] = {"model": 0.0, "other": 1.0, "both": None, "neither": None}


def scores(row: BattleRow) -> list[float | None]:
    """The model's score in each order: the verdict; where a reply could not be read, lost by the one that caused it.

    Args:
        row: of `tables.BATTLES`; `answer`, `other_answer` and `orders` are enough.

    Returns:
        A score for each order; None without one.
    """
    orders = row["orders"] or ()
    lost = _SCORES[caused_by(row)] if any(map(is_unread, orders)) else None
    return [lost if is_unread(order) else _known(order["score"]) for order in orders]


def _known(score: float | None) -> float | None:
    return None if score is None or score != score else score


def is_unread(order: Order) -> bool:
    """Whether a judge replied and it could not be read; a server that failed is something else.

    Args:
        order: of `tables.BATTLES`.

    Returns:
        Whether there is no score, for a reason that lies in the reply.
    """
    reason = order["reason"] or ""
    return _known(order["score"]) is None and (reason.startswith("judge_") or reason == "no_mark")


def caused_by(row: BattleRow) -> By:
    """Which of the two answers holds something that a judge's reply could be taken for.

    Args:
        row: of `tables.BATTLES`; `answer` and `other_answer` are enough.

    Returns:
        `model`, `other`, `both` or `neither`.
    """
    own, other = (holds_verdict(row[name] or "") for name in ("answer", "other_answer"))
    return "both" if own and other else "model" if own else "other" if other else "neither"


def counted(rows: Sequence[BattleRow]) -> dict[By, dict[str, int]]:
    """Replies that could not be read, by whose answer caused it and by reason.

    Args:
        rows: of `tables.BATTLES`.

    Returns:
        Who caused it -> reason -> how many replies, the most frequent reason first.
    """
    counts: dict[By, Counter[str]] = {}
    for row in rows:
        if unread := [order["reason"] for order in row["orders"] or () if is_unread(order)]:
            counts.setdefault(caused_by(row), Counter()).update(unread)
    return {by: dict(counts[by].most_common()) for by in _SCORES if by in counts}
