"""The funnel on a page: what became of the rows in each stage."""

from collections import Counter
from dataclasses import dataclass

from ..stages.equation import LEFT_OUT
from ..stages.reason_words import meaning_of
from .parts import Counted
from .rows import Sample


@dataclass(frozen=True)
class Line:
    """What became of rows in a stage: an outcome and reason, what it means, and the languages that have most of them.

    `jump` is the filter that shows the rows in the page; empty when the page holds none.
    """

    outcome: str
    reason: str
    rows: int
    share: float
    most: list[tuple[str, int]]
    languages: int
    jump: str
    meaning: str
    of_kept: bool  # counted among the kept ones, so that it is no part of the sum


#: Outcomes of what is kept all the same.
_OF_KEPT = ("part_rejected", "cleaned", "flagged", "rejected_only", "chosen_only")


@dataclass(frozen=True)
class StageLines:
    """A stage of the funnel: how many rows came in, and what became of them."""

    stage: str
    unit: str
    came: int
    lines: list[Line]


def funnel(record: Counted, sample: Sample) -> list[StageLines]:
    """The stages in order: unit, rows that came in, and every outcome and reason with its rows, share and languages.

    Args:
        record: the dataset's provenance, or what else has a funnel.
        sample: the rows of the page, to which lines lead.

    Returns:
        The stages in order; shares are of the rows that came in.
    """
    held: Counter[tuple[str, str]] = Counter()
    for (_, stage, reason, _), count in sample.held.items():
        held[stage, reason] += count
    by_stage: dict[tuple[str, str], dict[tuple[str, str], Counter[str]]] = {}
    for row in record.funnel:
        outcomes = by_stage.setdefault((row.stage, row.unit), {})
        outcomes.setdefault((row.outcome, row.reason), Counter())[row.language or "und"] += row.rows
    stages = []
    for (stage, unit), outcomes in by_stage.items():
        ways = ("kept", *LEFT_OUT)
        came = outcomes.get(("in", ""), Counter()).total() or sum(
            c.total() for (outcome, _), c in outcomes.items() if outcome in ways
        )
        lines = [
            Line(
                outcome=outcome.replace("_", " "),
                reason=reason,
                rows=counts.total(),
                share=counts.total() / came if came else 0.0,
                most=counts.most_common(5),
                languages=len(counts),
                jump=f"{stage} · {reason}" if held[stage, reason] and stage else "",
                meaning=meaning_of(stage, reason) if reason else "",
                of_kept=outcome in _OF_KEPT,
            )
            for (outcome, reason), counts in sorted(outcomes.items(), key=lambda item: _order(item[0], item[1]))
            if outcome not in ("in", "first_choice")
        ]
        stages.append(StageLines(stage, unit, came, lines))
    return stages


def _order(key: tuple[str, str], counts: Counter[str]) -> tuple[int, int, str]:
    outcomes = (
        "kept",
        "pairs_made",
        "with_a_pair",
        *LEFT_OUT,
        "part_rejected",
        "rejected_only",
        "chosen_only",
        "flagged",
    )
    return outcomes.index(key[0]) if key[0] in outcomes else len(outcomes), -counts.total(), key[1]
