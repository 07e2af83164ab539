"""What a finished build left out, in a line: how many rows, prompts, answers and pairs, and for which reasons."""

from collections import Counter
from collections.abc import Iterable

from .counts import FunnelRow, whole_unit

#: Outcomes of which something is said, and what is said of them.
_OUTCOMES = {
    "rejected": "left out",
    "rejected_only": "never chosen",
    "part_rejected": "kept without a part",
    "skipped": "not asked for",
}
_MOST_REASONS = 4
#: What is said where there is no such outcome.
NOTHING = "nothing was left out"


def rejections_sentence(funnel: Iterable[FunnelRow]) -> str:
    """What a build left out.

    Args:
        funnel: what its stages counted.

    Returns:
        A line without a full stop: what was rejected, which answers may only be the rejected ones of pairs, what was
        kept without a part of it, and what nobody asked for, in each unit with its most frequent reasons; that nothing
        was left out where that is so. Repeats and what goes another way with something else (joined, unused) are in
        the funnel alone.

    Example:
        >>> rejections_sentence([FunnelRow("read", "rows", "", "rejected", "not_json", 2)])
        'left out: 2 rows (not_json 2)'
    """
    counts: dict[str, dict[str, Counter[str]]] = {outcome: {} for outcome in _OUTCOMES}
    for row in funnel:
        if row.outcome in counts and row.rows:
            of_unit = counts[row.outcome].setdefault(row.unit, Counter())
            of_unit[row.reason.rpartition(": ")[2]] += row.rows
    parts = [
        f"{_OUTCOMES[outcome]}: {', '.join(_counted(unit, reasons) for unit, reasons in units.items())}"
        for outcome, units in counts.items()
        if units
    ]
    return "; ".join(parts) or NOTHING


def _counted(unit: str, reasons: Counter[str]) -> str:
    total, most = reasons.total(), reasons.most_common(_MOST_REASONS)
    listed = [f"{reason} {rows:,}" for reason, rows in most]
    if len(reasons) > len(most):
        listed.append(f"other reasons {total - sum(rows for _, rows in most):,}")
    plural = whole_unit(unit)
    name = (plural[:-1] if total == 1 else plural) + unit.removeprefix(plural)
    return f"{total:,} {name} ({', '.join(listed)})"
