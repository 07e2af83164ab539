"""How sure a reward is of the pairs that it orders, and how often it is right where it is so sure (SPA)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import UserError
from ..inference import Failure, Served, messages
from ..judging.scores import read_score, score_request
from ..shares import Z_95, wilson_ends

if TYPE_CHECKING:
    from datasets import Dataset

#: Columns that `with_confidence` adds.
MARGIN, CONFIDENCE = "reward_margin", "confidence"


def with_confidence(rows: "Dataset", reward: Served) -> "Dataset":
    """Pairs with what a reward thinks of them, in two columns more.

    `reward_margin` is the reward of the chosen answer less that of the rejected one: below 0 where the reward orders
    them the other way. `confidence` is 1 / (1 + exp(-|reward_margin|)), from .5 to 1: how sure it is of its own order.
    That is a probability for rewards in nats, such as `polypref.models.implicit_reward`. Both are null where an answer
    has no score.

    Args:
        rows: pairs with `prompt`, `chosen` and `rejected` as lists of turns.
        reward: the reward model; nothing is kept in a response log.

    Returns:
        The same rows in the same order.

    Raises:
        UserError: a turn is more than a role and a text, or the model cannot be asked.
    """
    requests = [
        [score_request(reward.model, messages(row["prompt"]), _answer(row[side])) for side in ("chosen", "rejected")]
        for row in rows
    ]
    results = dict(reward.backend.run(dict.fromkeys(request for pair in requests for request in pair)))
    margins: list[float | None] = []
    for pair in requests:
        chosen, rejected = (read_score(results.get(request)) for request in pair)
        if isinstance(chosen, Failure) or isinstance(rejected, Failure):
            margins.append(None)
        else:
            margins.append(chosen - rejected)
    sure = [None if margin is None else 1 / (1 + math.exp(-abs(margin))) for margin in margins]
    return rows.add_column(MARGIN, margins).add_column(CONFIDENCE, sure)


def _answer(turns: Sequence[object]) -> str:
    turn = turns[0] if len(turns) == 1 else None
    if not isinstance(turn, dict) or not isinstance(turn.get("content"), str):
        raise UserError("an answer is no single turn with a text; implicit rewards are of plain answers")
    return str(turn["content"])


@dataclass(frozen=True)
class Part:
    """Pairs of which a reward is about as sure.

    Attributes:
        pairs: how many they are.
        confidence: their mean.
        accuracy: share that the reward orders as the label does; a margin of 0 is half right.
        low, high: its 95% Wilson interval.
    """

    pairs: int
    confidence: float
    accuracy: float
    low: float
    high: float


def accuracy_by_confidence(rows: "Dataset", parts: int = 4) -> list[Part]:
    """How often a reward is right, from the pairs that it is least sure of to those that it is surest of.

    Args:
        rows: labelled pairs that it was not trained on, from `with_confidence`; those without a margin are left out.
        parts: of about as many pairs each.

    Returns:
        The parts, by rising confidence.

    Raises:
        UserError: there are fewer pairs with a margin than parts, or no part.
    """
    known = [float(margin) for margin in rows[MARGIN] if margin is not None]
    if parts < 1 or len(known) < parts:
        raise UserError(f"{len(known)} pairs with a {MARGIN} make no {parts} parts; give fewer parts, or more pairs")
    margins = np.asarray(known)
    order = np.argsort(np.abs(margins), kind="stable")
    return [_part(margins[some]) for some in np.array_split(order, parts)]


def _part(margins: np.ndarray) -> Part:
    right = float((margins > 0).sum() + (margins == 0).sum() / 2)
    low, high = wilson_ends(right / len(margins), len(margins), Z_95)  # halves of ties with it
    sure = float(np.mean(1 / (1 + np.exp(-np.abs(margins)))))
    return Part(len(margins), sure, right / len(margins), float(low), float(high))
