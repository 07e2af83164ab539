"""Where things stand in the plots of a report: per cent of a plot's width (see page_plots)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ...pages.plots import Scale, linear, logarithmic
from ..results import Comparison, Controlled, LanguageFigures, MeanFigures, Ranked
from .formats import known


def around_half(comparison: Comparison) -> Scale:
    """A scale of win-rates with one half in its middle that holds every interval of a comparison.

    Args:
        comparison: its figures.

    Returns:
        Reaching as far on both sides, at least 0.1 and at most 0.5, with marks at round win-rates.
    """
    values = [0.5]
    rows: list[LanguageFigures | MeanFigures] = [*comparison.rows, comparison.average]
    for one in (*rows, *(row.length_controlled for row in rows)):
        values += _ends(one).values()
    reach = max(abs(value - 0.5) for value in values)
    half = min(0.5, max(0.1, math.ceil(reach * 20 - 1e-9) / 20))
    low, high = round(0.5 - half, 2), round(0.5 + half, 2)
    step = 0.05 if half <= 0.1 else 0.1 if half <= 0.25 else 0.25 if half > 0.4 else 0.2
    beside = [0.5 + sign * step * n for n in range(1, 11) for sign in (-1, 1)]
    ticks = sorted(round(tick, 2) for tick in [0.5, *beside] if low - 1e-9 <= tick <= high + 1e-9)
    return Scale(low, high, tuple(ticks))


def _ends(of: LanguageFigures | MeanFigures | Controlled | None) -> dict[str, float]:
    """What is known of a win-rate and its intervals."""
    if of is None:
        return {}
    values = {"at": of.win_rate, "low": of.low, "high": of.high}
    if isinstance(of, LanguageFigures):
        values |= {"joint_low": of.joint_low, "joint_high": of.joint_high}
    return {name: value for name, value in values.items() if known(value)}


def point(of: LanguageFigures | MeanFigures | Controlled | None, scale: Scale) -> dict[str, float] | None:
    """Where a win-rate and the ends of its intervals stand; None without one.

    Args:
        of: figures with a win-rate and intervals.
        scale: of win-rates.

    Returns:
        `at`, and `low`, `high`, `joint_low`, `joint_high` where they are known, in per cent of the width; None without
        a win-rate.
    """
    ends = _ends(of)
    return {name: scale.at(value) for name, value in ends.items()} if "at" in ends else None


@dataclass(frozen=True)
class Line:
    """A language's line of a forest plot.

    Attributes:
        row: its figures.
        tag: the language.
        at: where its win-rate and intervals stand; None without one.
        few: whether it has too few groups for the intervals to hold.
        sure: `over` or `under` where it is surely so of one half, else empty.
        below: whether its win-rate is under one half.
        controlled: where its length-controlled win-rate stands.
    """

    row: LanguageFigures
    tag: str
    at: dict[str, float] | None
    few: bool
    sure: str
    below: bool
    controlled: dict[str, float] | None


def forest(comparison: Comparison, scale: Scale) -> list[Line]:
    """What a forest plot shows of each language, the highest win-rate first, those without one last.

    Args:
        comparison: its figures.
        scale: of win-rates.

    Returns:
        A line for each language.
    """
    sure = dict.fromkeys(comparison.surely_below, "under") | dict.fromkeys(comparison.surely_above, "over")
    ranked = sorted(comparison.rows, key=lambda row: (-row.win_rate if known(row.win_rate) else 1, row.language))
    return [
        Line(
            row=row,
            tag=row.language,
            at=point(row, scale),
            few=row.language in comparison.few_groups,
            sure=sure.get(row.language, ""),
            below=known(row.win_rate) and row.win_rate < 0.5,
            controlled=point(row.length_controlled, scale),
        )
        for row in ranked
    ]


def diamond(mean: MeanFigures, scale: Scale) -> dict[str, float] | None:
    """The average's diamond.

    Args:
        mean: the average.
        scale: of win-rates.

    Returns:
        `low` (its left end) and `width` in per cent of the plot, `middle` (0 to 100, where in it the point is), and
        `at`; None without an interval.
    """
    at = point(mean, scale)
    if at is None or "low" not in at or "high" not in at:
        return None
    width = max(0.5, at["high"] - at["low"])
    middle = round(100 * (at["at"] - at["low"]) / width, 2)
    return {"low": at["low"], "width": round(width, 2), "middle": middle, "at": at["at"]}


def outcomes(row: LanguageFigures) -> list[tuple[str, float, float]]:
    """The parts of a bar of all prompts.

    Args:
        row: figures of a language.

    Returns:
        Kind (chosen: won, tie, rejected: lost), start and width in per cent.
    """
    parts, start = [], 0.0
    for kind, number in (("chosen", row.wins), ("tie", row.ties), ("rejected", row.losses)):
        width = 100 * number / row.prompts if row.prompts else 0.0
        parts.append((kind, round(start, 2), round(width, 2)))
        start += width
    return parts


def lengths(rows: Sequence[LanguageFigures]) -> tuple[Scale, dict[str, tuple[float | None, float | None]]]:
    """A logarithmic scale of median lengths, and where the model's and the other's stand, by language.

    Args:
        rows: figures of languages.

    Returns:
        The scale; and tag -> places of the model and the other in per cent, None for one without answers.
    """
    ends = [value for row in rows for value in (row.length, row.other_length) if known(value)]
    scale = logarithmic(min(ends, default=1.0), max(ends, default=10.0))

    def place(value: float | None) -> float | None:
        return scale.at(value) if known(value) else None

    return scale, {row.language: (place(row.length), place(row.other_length)) for row in rows}


def rates(comparison: Comparison) -> tuple[Scale, dict[str, dict[str, float]]]:
    """A scale of pass rates that begins near the lowest, and where those of both models stand, by language.

    Args:
        comparison: its figures.

    Returns:
        The scale; and tag -> `lines` and `other_lines`, the model's and the other's place in per cent, where known.
    """
    shares: dict[str, dict[str, float]] = {}
    for row in comparison.rows:
        sides = {"lines": row.fidelity.lines, "other_lines": row.other_fidelity.lines}
        shares[row.language] = {name: float(value) for name, value in sides.items() if known(value)}
    lowest = min((value for own in shares.values() for value in own.values()), default=0.0)
    low = max(0.0, math.floor(lowest * 10 - 1e-9) / 10)
    full = linear(low, 1.0)
    scale = Scale(low, 1.0, tuple(tick for tick in full.ticks if low <= tick <= 1.0))
    return scale, {tag: {name: scale.at(value) for name, value in own.items()} for tag, own in shares.items()}


def strengths(models: Sequence[Ranked]) -> Scale:
    """A linear scale that holds every model's interval of strength.

    Args:
        models: of a leaderboard.

    Returns:
        From about the lowest end to about the highest.
    """
    values = [value for one in models for value in (one.strength, one.low, one.high) if known(value)]
    return linear(min(values, default=-1.0), max(values, default=1.0))
