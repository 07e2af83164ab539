"""What a finished build left out, in a line: how many rows, prompts, answers and pairs, and for which reasons."""

from collections import Counter
from collections.abc import Iterable

from ..layouts.corrections import REPLACED
from .counts import FunnelRow, whole_unit

#: Outcomes of which something is said, and what is said of them.
_OUTCOMES = {
    "rejected": "left out",
    "rejected_only": "never chosen",
    "part_rejected": "kept without a part",
    "replaced": "replaced by corrections",
    "skipped": "not asked for",
}
_MOST_REASONS = 4
#: What is said where there is no such outcome.
NOTHING = "nothing was left out"
#: Why a pair that could be made was not.
_BEYOND = "beyond_per_prompt"
#: What is joined on the way to pairs, and with what.
_JOINED = {
    "verdicts": "joined with another verdict on the same two answers",
    "labels": "joined with another label of the same answer",
    "pairs": "joined with the same pair of another source",
}


def rejections_sentence(funnel: Iterable[FunnelRow]) -> str:
    """What a build left out.

    Args:
        funnel: what its stages counted.

    Returns:
        A line without a full stop: what was rejected, which answers may only be the rejected ones of pairs, what was
        kept without a part of it, and what nobody asked for, in each unit with its most frequent reasons; that nothing
        was left out where that is so. A part that is counted as a unit of its own (an answer, a verdict) is not told
        again of its row. Repeats and what goes another way with something else (joined, unused) are in the funnel
        alone; of verdicts in one pair `joined_sentence` speaks, of pairs beyond those asked for `beyond_sentence`.

    Example:
        >>> rejections_sentence([FunnelRow("read", "rows", "", "rejected", "not_json", 2)])
        'left out: 2 rows (not_json 2)'
    """
    rows = [row for row in funnel if row.rows]
    of_parts = {_key(row) for row in rows if row.outcome == "rejected" and row.unit != "rows"}
    counts: dict[str, dict[str, Counter[str]]] = {outcome: {} for outcome in _OUTCOMES}
    for row in rows:
        if row.outcome in counts and not (row.outcome == "part_rejected" and _key(row) in of_parts):
            outcome = "replaced" if row.reason == REPLACED else row.outcome
            of_unit = counts[outcome].setdefault(row.unit, Counter())
            of_unit[row.reason.rpartition(": ")[2]] += row.rows
    parts = [
        f"{_OUTCOMES[outcome]}: {', '.join(_counted(unit, reasons) for unit, reasons in units.items())}"
        for outcome, units in counts.items()
        if units
    ]
    return "; ".join(parts) or NOTHING


def beyond_sentence(funnel: Iterable[FunnelRow]) -> str:
    """How many pairs could be made beyond those that were asked for, and what takes more of them.

    Args:
        funnel: what the stages of a build counted.

    Returns:
        A line without a full stop; empty where there are none.

    Example:
        >>> beyond_sentence([FunnelRow("pair", "verdicts", "de", "unused", "beyond_per_prompt", 2)]).partition(" (")[0]
        'not taken, as per_prompt asks for fewer of each prompt: 2 verdicts'
    """
    counts = Counter[str]()
    for row in funnel:
        if row.reason == _BEYOND and row.rows:
            counts[row.unit] += row.rows
    if not counts:
        return ""
    listed = ", ".join(f"{rows:,} {_unit_of(rows, unit)}" for unit, rows in counts.items())
    return (
        f"not taken, as per_prompt asks for fewer of each prompt: {listed} ({_BEYOND}); more are with --per-prompt N, "
        "of polypref build pairs and answer_pool, or PairRule(per_prompt=N) in a script of your own"
    )


def joined_sentence(funnel: Iterable[FunnelRow]) -> str:
    """How many verdicts, labels and pairs are in something that was kept with others: without them a sum is short.

    Args:
        funnel: what the stages of a build counted.

    Returns:
        A line without a full stop; empty where there are none.

    Example:
        >>> joined_sentence([FunnelRow("pair", "verdicts", "am", "joined", "outvoted", 1)])
        'joined with another verdict on the same two answers: 1 verdict (outvoted 1)'
    """
    counts: dict[str, Counter[str]] = {}
    for row in funnel:
        if row.outcome == "joined" and row.rows and whole_unit(row.unit) in _JOINED:
            counts.setdefault(row.unit, Counter())[row.reason] += row.rows
    parts = [f"{_JOINED[whole_unit(unit)]}: {_counted(unit, reasons)}" for unit, reasons in counts.items()]
    return "; ".join(parts)


def _key(row: FunnelRow) -> tuple[str, str, str]:
    return row.stage, row.language, row.reason


def _unit_of(rows: int, unit: str) -> str:
    plural = whole_unit(unit)
    return (plural[:-1] if rows == 1 else plural) + unit.removeprefix(plural)


def _counted(unit: str, reasons: Counter[str]) -> str:
    total, most = reasons.total(), reasons.most_common(_MOST_REASONS)
    listed = [f"{reason} {rows:,}" for reason, rows in most]
    if len(reasons) > len(most):
        listed.append(f"other reasons {total - sum(rows for _, rows in most):,}")
    return f"{total:,} {_unit_of(total, unit)} ({', '.join(listed)})"
