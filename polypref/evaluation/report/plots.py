"""Where things stand in the plots of a report: per cent of a plot's width (see page_plots)."""

import math
from collections.abc import Sequence
from typing import Any

from ...pages.plots import Scale, linear, logarithmic
from .words import Figures, known


def around_half(comparison: Figures) -> Scale:
    """A scale of win-rates with one half in its middle that holds every interval of a comparison."""
    values = [0.5]
    for row in [*comparison["rows"], comparison["average"]]:
        for found in (row, row.get("length_controlled") or {}):
            names = ("win_rate", "low", "high", "joint_low", "joint_high")
            values += [found[name] for name in names if known(found.get(name))]
    reach = max(abs(value - 0.5) for value in values)
    half = min(0.5, max(0.1, math.ceil(reach * 20 - 1e-9) / 20))
    low, high = round(0.5 - half, 2), round(0.5 + half, 2)
    step = 0.05 if half <= 0.1 else 0.1 if half <= 0.25 else 0.25 if half > 0.4 else 0.2
    beside = [0.5 + sign * step * n for n in range(1, 11) for sign in (-1, 1)]
    ticks = sorted(round(tick, 2) for tick in [0.5, *beside] if low - 1e-9 <= tick <= high + 1e-9)
    return Scale(low, high, tuple(ticks))


def point(found: Figures | None, scale: Scale) -> dict[str, float] | None:
    """Where a win-rate and the ends of its intervals stand; None without one."""
    if found is None or not known(found.get("win_rate")):
        return None
    names = {"at": "win_rate", "low": "low", "high": "high", "joint_low": "joint_low", "joint_high": "joint_high"}
    return {name: scale.at(found[key]) for name, key in names.items() if known(found.get(key))}


def forest(comparison: Figures, scale: Scale) -> list[dict[str, Any]]:
    """What a forest plot shows of each language, the highest win-rate first, those without one last."""
    few, over, under = (set(comparison[name]) for name in ("few_groups", "surely_above", "surely_below"))
    ranked = sorted(
        comparison["rows"], key=lambda row: (-row["win_rate"] if known(row["win_rate"]) else 1, row["language"])
    )
    return [
        {
            "row": row,
            "tag": row["language"],
            "at": point(row, scale),
            "few": row["language"] in few,
            "sure": "over" if row["language"] in over else "under" if row["language"] in under else "",
            "below": known(row["win_rate"]) and row["win_rate"] < 0.5,
            "controlled": point(row.get("length_controlled"), scale),
        }
        for row in ranked
    ]


def diamond(mean: Figures, scale: Scale) -> dict[str, float] | None:
    """The average's diamond: left end, width, and where in it (0 to 100) the point is; None without an interval."""
    found = point(mean, scale)
    if found is None or "low" not in found or "high" not in found:
        return None
    width = max(0.5, found["high"] - found["low"])
    return {
        "low": found["low"],
        "width": round(width, 2),
        "middle": round(100 * (found["at"] - found["low"]) / width, 2),
        "at": found["at"],
    }


def outcomes(row: Figures) -> list[tuple[str, float, float]]:
    """The parts of a bar of all prompts: kind (chosen: won, tie, rejected: lost), start, width."""
    found, start = [], 0.0
    for kind, number in (("chosen", row["wins"]), ("tie", row["ties"]), ("rejected", row["losses"])):
        width = 100 * number / row["prompts"] if row["prompts"] else 0.0
        found.append((kind, round(start, 2), round(width, 2)))
        start += width
    return found


def lengths(rows: Sequence[Figures]) -> tuple[Scale, dict[str, tuple[float | None, float | None]]]:
    """A logarithmic scale of median lengths, and where the model's and the other's stand, by language."""
    ends = [row[name] for row in rows for name in ("length", "other_length") if known(row.get(name))]
    scale = logarithmic(min(ends, default=1.0), max(ends, default=10.0))
    at = {
        row["language"]: tuple(scale.at(row[n]) if known(row.get(n)) else None for n in ("length", "other_length"))
        for row in rows
    }
    return scale, {tag: (one, two) for tag, (one, two) in at.items()}


def rates(comparison: Figures) -> tuple[Scale, dict[str, dict[str, float]]]:
    """A scale of pass rates that begins near the lowest, and where those of both models stand, by language."""
    sides = {"lines": ("fidelity", "lines"), "other_lines": ("other_fidelity", "lines")}
    found: dict[str, dict[str, float]] = {}
    for row in comparison["rows"]:
        got = {name: (row.get(side) or {}).get(unit) for name, (side, unit) in sides.items()}
        found[row["language"]] = {
            name: float(value) for name, value in got.items() if value is not None and known(value)
        }
    lowest = min((value for own in found.values() for value in own.values()), default=0.0)
    low = max(0.0, math.floor(lowest * 10 - 1e-9) / 10)
    full = linear(low, 1.0)
    scale = Scale(low, 1.0, tuple(tick for tick in full.ticks if low <= tick <= 1.0))
    return scale, {tag: {name: scale.at(value) for name, value in own.items()} for tag, own in found.items()}


def strengths(models: Sequence[Figures]) -> Scale:
    """A linear scale that holds every model's interval of strength."""
    values = [one[name] for one in models for name in ("strength", "low", "high") if known(one[name])]
    return linear(min(values, default=-1.0), max(values, default=1.0))
