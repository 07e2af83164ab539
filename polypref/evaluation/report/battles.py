"""The battles that a report's page holds: a seeded sample of each comparison, language and outcome."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pyarrow as pa

from ...files.json_types import JsonObject
from ...pages.parts import cut_text, script_json, within
from .. import unread
from ..inputs.tables import BattleRow, Order
from ..results import Comparison, Who

SEED = 0
#: The most battles of one comparison, language and outcome.
PER_GROUP = 10
#: Bytes of battles in a page.
BUDGET = 12_000_000
OUTCOMES = ("won", "lost", "tie", "disagreement", "unparsed")

Total = tuple[int, str, str]
"""What battles are counted by: comparison (its place), language, outcome."""


@dataclass(frozen=True)
class Drawn:
    """What a page holds.

    Attributes:
        comparisons: who met whom in each.
        rows: one JSON object each, safe inside a script element.
        held: how many battles the page holds, by comparison, language and outcome.
        totals: how many there are, by the same.
    """

    comparisons: list[Who]
    rows: list[str]
    held: Counter[Total]
    totals: Counter[Total]


def outcome(row: BattleRow) -> str:
    """What became of a battle for the model: in a disagreement two orders differ, unparsed lacks a verdict.

    Args:
        row: of `tables.BATTLES`; `answer`, `other_answer` and `orders` are enough.

    Returns:
        One of OUTCOMES.
    """
    given = unread.scores(row)
    scores = [score for score in given if score is not None]
    if not scores or len(scores) < len(given):
        return "unparsed"
    if max(scores) != min(scores):
        return "disagreement"
    return "won" if scores[0] > 0.5 else "lost" if scores[0] < 0.5 else "tie"


def draw_battles(battles: pa.Table, comparisons: Sequence[Comparison], per_group: int = PER_GROUP) -> Drawn:
    """Draws the battles of a page, in the order in which they are shown: of each group its first in md5 order, in turn.

    Args:
        battles: tables.BATTLES.
        comparisons: in the report's order; one that only the battles have comes last.
        per_group: the most of one comparison, language and outcome.

    Returns:
        The drawn battles, as many as the budget of bytes has room for.
    """
    columns = (battles[name].to_pylist() for name in (*Who._fields, "language", "prompt_id"))
    keys, met = [], Counter[tuple[Who, str, str]]()
    for *who, language, prompt in zip(*columns, strict=True):
        own = Who(*who), language, prompt
        keys.append(_Key(*own, met[own]))
        met[own] += 1
    order = list(dict.fromkeys([*(one.who for one in comparisons), *(key.who for key in keys)]))
    place = {who: at for at, who in enumerate(order)}
    outcomes = [outcome(row) for row in battles.select(["answer", "other_answer", "orders"]).to_pylist()]
    groups: dict[Total, list[tuple[str, int]]] = defaultdict(list)
    for at, (key, became) in enumerate(zip(keys, outcomes, strict=True)):
        groups[place[key.who], key.language, became].append((key.digest(SEED), at))
    totals = Counter({group: len(every) for group, every in groups.items()})
    chosen = [
        (turn, group, at)
        for group, every in groups.items()
        for turn, (_, at) in enumerate(sorted(every)[: max(0, per_group)])
    ]
    chosen.sort(key=lambda one: (one[0], one[1][0], one[1][1], OUTCOMES.index(one[1][2])))
    texts = battles.take(pa.array([at for *_, at in chosen], pa.int64())).to_pylist()
    rows = [script_json(_row(group, keys[at].digest(), row)) for (_, group, at), row in zip(chosen, texts, strict=True)]
    fit = within([len(row.encode("utf-8", "replace")) + 2 for row in rows], BUDGET)
    held = Counter(group for _, group, _ in chosen[:fit])
    return Drawn(order, rows[:fit], held, totals)


class _Key(NamedTuple):
    """What tells a battle from others."""

    who: Who
    language: str
    prompt_id: str
    number: int = 0  # of several battles on a prompt, whose answers are not the same

    def digest(self, *before: int) -> str:
        parts = [*map(str, before), *self.who, self.language, self.prompt_id, *[str(self.number)] * (self.number > 0)]
        return hashlib.md5("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _row(group: Total, name: str, row: BattleRow) -> JsonObject:
    comparison, language, became = group
    return {
        "id": name,
        "comparison": comparison,
        "language": language,
        "outcome": became,
        "prompt_id": row["prompt_id"],
        "group": row["group_id"],
        "prompt": [[turn["role"], *cut_text(turn["content"])] for turn in row["prompt"] or ()],
        "answers": [
            _answer_of(row["answer"], row["answer_failure"], row["fidelity"], row["word_fidelity"]),
            _answer_of(row["other_answer"], row["other_failure"], row["other_fidelity"], row["other_word_fidelity"]),
        ],
        "orders": [_order(order) for order in row["orders"] or ()],
    }


def _answer_of(text: str | None, failure: str | None, lines: str | None, words: str | None) -> JsonObject:
    shown, *whole = cut_text(text or "")
    parts: JsonObject = {
        "text": shown,
        "failure": failure,
        "lines": lines,
        "words": words,
        "characters": whole[0] if whole else None,
    }
    return {key: value for key, value in parts.items() if value or key == "text"}


def _order(order: Order) -> JsonObject:
    shown, *whole = cut_text(order["said"] or "")
    score = order["score"] if order["score"] == order["score"] else None
    parts: JsonObject = {"first": order["first"], "score": score, "reason": order["reason"], "said": shown}
    parts["characters"] = whole[0] if whole else None
    return {key: value for key, value in parts.items() if value not in (None, "")}
