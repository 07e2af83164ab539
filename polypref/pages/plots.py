"""Numbers for the page's plots: scales with readable ticks, spreads by language, a histogram.

Positions are per cent of a plot's width, so that a plot fits a phone and a wide screen with letters of one size.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..files import sql
from ..files.turns import rows_with_texts

#: Quantiles of a spread: the whisker's ends, the box's ends, the line in it.
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_BINS = 30


@dataclass(frozen=True)
class Spread:
    """Quantiles (QUANTILES) of one language's rows.

    Attributes:
        language: the language.
        rows: how many.
        chosen, rejected: of the answers' characters.
        margin: of the score margin; None where no pair has one.
    """

    language: str
    rows: int
    chosen: list[float]
    rejected: list[float]
    margin: list[float] | None


@dataclass(frozen=True)
class Box:
    """Where a spread stands on a scale: the whisker's ends, the box's ends, the line in it."""

    low: float
    start: float
    middle: float
    end: float
    high: float


@dataclass(frozen=True)
class Interval:
    """Where an estimate and the ends of its interval stand on a scale.

    Attributes:
        low, middle, high: places, those beyond the axis at its ends.
        beyond: the ends of the axis, 0 and 100, that the interval goes beyond.
        is_shown: whether the estimate itself stands on the axis.
    """

    low: float
    middle: float
    high: float
    beyond: tuple[int, ...]
    is_shown: bool


@dataclass(frozen=True)
class Bar:
    """A bar of a histogram: place and size in per cent, the range it stands for, and how many rows are in it."""

    x: float
    width: float
    height: float
    label: str
    rows: int


@dataclass(frozen=True)
class Histogram:
    """Bars, ticks of the x axis, the most rows of a bar, and the rows of all."""

    bars: list[Bar]
    marks: list[tuple[float, str]]
    most: int
    rows: int


@dataclass(frozen=True)
class Scale:
    """An axis from `low` to `high`, linear or logarithmic; `ticks` are the values that it names."""

    low: float
    high: float
    ticks: tuple[float, ...]
    log: bool = False

    def at(self, value: float) -> float:
        """Where a value stands: 0 (left end) to 100 (right end), cut off beyond.

        Args:
            value: a value of the axis.

        Returns:
            Per cent of the plot's width.
        """
        low, high, value = (math.log10(max(v, 1e-9)) if self.log else v for v in (self.low, self.high, value))
        return round(min(100.0, max(0.0, 100 * (value - low) / (high - low))), 2)

    def interval(self, low: float, middle: float, high: float) -> Interval:
        """Where an interval stands, and whether it goes beyond the axis.

        Args:
            low: its lower end.
            middle: the estimate.
            high: its upper end.

        Returns:
            Its places.
        """
        beyond = (*((0,) if low < self.low else ()), *((100,) if high > self.high else ()))
        return Interval(self.at(low), self.at(middle), self.at(high), beyond, is_shown=self.low <= middle <= self.high)

    def marks(self) -> list[tuple[float, str]]:
        """The ticks: where each stands, and its label.

        Returns:
            (per cent, label) from left to right.
        """
        return [(self.at(tick), label(tick)) for tick in self.ticks]


def label(value: float) -> str:
    """A number as an axis names it: 0.25, 40, 2k.

    Args:
        value: the number.

    Returns:
        The label.
    """
    if abs(value) >= 1_000:
        return f"{value / 1_000:g}k"
    return f"{value:g}"


def linear(low: float, high: float, most: int = 4) -> Scale:
    """A linear scale over all values, ending at ticks that are 1, 2 or 5 times a power of ten.

    Args:
        low: the least value.
        high: the greatest value.
        most: about how many steps there are at most between the ends.

    Returns:
        The scale; it may begin below `low` and end beyond `high`.

    Example:
        >>> linear(0.0, 0.93).ticks
        (0.0, 0.5, 1.0)
    """
    # A range that rounding alone makes has no ticks of its own.
    if not high - low > 1e-6:
        low, high = min(low, 0.0), max(high, low + 1.0)
    step = _step_between((high - low) / most)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(round(i * step, 10) for i in range(first, last + 1))
    return Scale(ticks[0], ticks[-1], ticks)


def logarithmic(low: float, high: float) -> Scale:
    """A logarithmic scale over all values (at least 1), ticks at 1, 10, 100 or, over a short range, 1, 2, 5, 10.

    Args:
        low: the least value.
        high: the greatest value.

    Returns:
        The scale, a little wider than the values.
    """
    low, high = max(1.0, low / 1.1), max(2.0, high * 1.1)
    steps = (1.0,) if high / low >= 100 else (1.0, 2.0, 5.0)
    grid = sorted(step * 10.0**power for power in range(10) for step in steps)
    return Scale(low, high, tuple(tick for tick in grid if low <= tick <= high), log=True)


def _step_between(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least * (1 - 1e-9))


def spreads(files: Sequence[Path]) -> list[Spread]:
    """Quantiles by language of what is published, sorted.

    Args:
        files: data files of a dataset.

    Returns:
        A spread a language, by tag.
    """
    if not files:
        return []
    levels = f"[{', '.join(map(sql.number, QUANTILES))}]"
    none = "[0.0, 0.0, 0.0, 0.0, 0.0]"  # of single answers one label may lack
    quantiles = sql.connect(reads=files).sql(
        f"""SELECT language, count(*) AS rows,
                   coalesce(quantile_cont(length(chosen[-1].content), {levels}), {none}) AS chosen,
                   coalesce(quantile_cont(length(rejected[-1].content), {levels}), {none}) AS rejected,
                   quantile_cont(score_margin, {levels}) FILTER (isfinite(score_margin)) AS margin
            FROM {rows_with_texts(*files)} GROUP BY language ORDER BY language"""
    )
    return sql.records(quantiles, Spread)


def box(quantiles: Sequence[float], scale: Scale) -> Box:
    """Where five quantiles stand on a scale.

    Args:
        quantiles: at QUANTILES, in that order.
        scale: the axis.

    Returns:
        Per cent of the plot's width.
    """
    return Box(*map(scale.at, quantiles))


def histogram(files: Sequence[Path]) -> Histogram | None:
    """How often score margins of which size come.

    The axis holds the inner 99% of the margins; the bars at its ends hold what lies beyond as well.

    Args:
        files: data files of a dataset.

    Returns:
        None where no pair has a margin.
    """
    if not files:
        return None
    con = sql.connect(reads=files)
    table = f"(SELECT score_margin AS margin FROM {rows_with_texts(*files)} WHERE isfinite(score_margin))"
    rows, inner = con.execute(f"SELECT count(*), quantile_cont(margin, [0.005, 0.995]) FROM {table}").fetchall()[0]
    if not rows:
        return None
    scale = linear(min(0.0, inner[0]), inner[1])
    width = _step_between((scale.high - scale.low) / _BINS)
    last = max(0, round((scale.high - scale.low) / width) - 1)
    bar = f"floor((margin - {sql.number(scale.low)}) / {sql.number(width)})::BIGINT"
    counts: Mapping[int, int] = dict(
        con.execute(
            f"""SELECT greatest(0, least({sql.number(last)}, {bar})) AS bin, count(*)
                FROM {table} GROUP BY bin ORDER BY bin"""
        ).fetchall()
    )
    most = max(counts.values())
    bars = []
    for number, count in counts.items():
        low = scale.low + number * width
        start, end = scale.at(low), scale.at(low + width)
        height = round(100 * count / most, 2)
        bars.append(Bar(start, round(end - start, 2), height, f"{low:g} to {low + width:g}", count))
    return Histogram(bars, scale.marks(), most, rows)
