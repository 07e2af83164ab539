"""What page and terminal show of what chosen answers have more of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.table import Table

from ..console.terminal import safe
from ..release.factor_results import Factors, FactorWeight, with_ends
from ..release.factor_words import factors_head
from ..release.principle_results import Principles, share_with_interval
from ..release.provenance import Provenance
from .plots import Interval, Scale, linear

# Languages whose table is open when a page opens.
_OPEN = 4
#: Intervals that go further end in an arrow in the plot; the numbers stand beside it.
_WIDEST = 2.0


@dataclass(frozen=True)
class FactorLine:
    """A factor of a language as the page shows it.

    Attributes:
        words, unit: what it is called, and what its odds are for.
        weight: log odds for a usual difference.
        holds: whether it differs from 0 after the correction.
        at: where its interval stands.
        interval, odds, p: as text.
        more, less: pairs whose chosen answer has more of it, or less.
    """

    words: str
    unit: str
    weight: float
    holds: bool
    at: Interval
    interval: str
    odds: str
    p: str
    more: int
    less: int


@dataclass(frozen=True)
class LanguagePart:
    """The factors of one language; `is_open` where the page shows them at once."""

    tag: str
    pairs: int
    held: int
    rows: list[FactorLine]
    is_open: bool


@dataclass(frozen=True)
class FactorsPart:
    """The section of the page: words above, ticks of the axis and its zero, languages, and what has no weight."""

    head: str
    marks: list[tuple[float, str]]
    zero: float
    parts: list[LanguagePart]
    left_out: list[str]


def factors_part(factors: Factors) -> FactorsPart:
    """What the page shows.

    Args:
        factors: the weights of a dataset.

    Returns:
        Its section, one axis for all languages.
    """
    scale = _axis_of(factors)
    parts = []
    for number, row in enumerate(factors.languages):
        weights = factors.of_language(row.language)
        lines = [line for one in weights if (line := _line_of(one, scale)) is not None]
        parts.append(LanguagePart(row.language, row.pairs, sum(one.holds for one in weights), lines, number < _OPEN))
    return FactorsPart(factors_head(factors), scale.marks(), scale.at(0.0), parts, factors.left_out_sentences())


def _axis_of(factors: Factors) -> Scale:
    ends = [end for one in factors.weights for end in (one.low, one.high) if end is not None]
    furthest = min(_WIDEST, max((abs(end) for end in ends), default=1.0))
    return linear(-furthest, furthest)


def _line_of(row: FactorWeight, scale: Scale) -> FactorLine | None:
    if row.weight is None or row.low is None or row.high is None:
        return None
    interval, odds, p = _numbers_of(row)
    at = scale.interval(row.low, row.weight, row.high)
    return FactorLine(row.words, row.unit, row.weight, row.holds, at, interval, odds, p, row.more, row.less)


def _numbers_of(row: FactorWeight) -> tuple[str, str, str]:
    """The weight and its interval, the odds, and p, as text."""
    odds = "" if row.odds is None else f"×{row.odds:.3g}"
    return with_ends(row.weight, row.low, row.high), odds, p_cell(row.p_holm)


def p_cell(p: float | None) -> str:
    """A p-value in a cell.

    Args:
        p: corrected; None for none.

    Returns:
        Three digits; empty for none.

    Example:
        >>> p_cell(0.0123), p_cell(0.0002), p_cell(None)
        ('0.012', '<0.001', '')
    """
    return "" if p is None else "<0.001" if p < 0.001 else f"{p:.3f}"


def factor_tables(record: Provenance) -> Iterator[Table]:
    """What `polypref inspect` shows of the factors.

    Args:
        record: a dataset's provenance.

    Yields:
        A table of principles and one of the factors that hold; neither where nobody asked.
    """
    if record.principles:
        yield principles_table(record.principles)
    if record.factors:
        yield factors_table(
            record.factors.held(), f"what chosen answers have more of (after Holm, {_of_tests(record)})"
        )


def _of_tests(record: Provenance) -> str:
    tests = record.factors.tests if record.factors else 0
    return f"over {tests:,} weights"


def factors_table(rows: Sequence[FactorWeight], title: str) -> Table:
    """Weights of factors.

    Args:
        rows: those to be shown.
        title: of the table.

    Returns:
        A row a weight.
    """
    table = Table("language", "factor", title=safe(title))
    for name in ("chosen has more", "less", "weight", "odds"):
        table.add_column(name, justify="right")
    table.add_column("for")
    table.add_column("p", justify="right")
    for row in rows:
        interval, odds, p = _numbers_of(row)
        numbers = (f"{row.more:,}", f"{row.less:,}", interval, odds)
        table.add_row(*map(safe, (row.language, row.words, *numbers, row.unit, p)))
    return table


def principles_table(principles: Principles) -> Table:
    """Principles and what votes say of them.

    Args:
        principles: of a dataset.

    Returns:
        A row a principle.
    """
    table = Table("language", "principle", title="principles behind what was chosen")
    for name in ("accuracy", "agree", "against", "undecided"):
        table.add_column(name, justify="right")
    table.add_column("votes say")
    for row in principles.principles:
        numbers = (share_with_interval(row), str(row.agree), str(row.against), str(row.undecided + row.unread))
        table.add_row(*map(safe, (row.language, row.text, *numbers, row.verdict)))
    return table
