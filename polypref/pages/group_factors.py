"""What page and terminal show of what chosen answers have more of by groups of people."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.table import Table

from ..console.escaping import without_overrides
from ..console.terminal import safe, safe_text
from ..release.factor_results import FactorWeight, with_ends
from ..release.group_factor_results import FactorDifference, GroupFactors, LanguageValues, ValueWeights
from ..release.group_factor_words import group_factors_head
from ..release.provenance import Provenance
from .factors import FactorsPart, factors_part, p_cell
from .plots import Interval, Scale, linear

# Languages that are open when a page opens.
_OPEN = 4
# Intervals that go further end in an arrow in the plot, as those of factors are; a difference is of two weights.
_WIDEST = 4.0
#: Differences that a language shows at most, those that hold first: of many values there are thousands.
MOST_DIFFERENCES = 100


@dataclass(frozen=True)
class PlottedInterval:
    """A weight or a difference in a plot.

    Attributes:
        at: where its interval stands.
        value: what was estimated; its sign says the side.
        holds: whether it differs from 0 after the correction.
        interval, p: as text.
    """

    at: Interval
    value: float
    holds: bool
    interval: str
    p: str


@dataclass(frozen=True)
class ValueLine:
    """The weight of a factor in the pairs of one value; `more` and `less` are pairs whose chosen answer has so."""

    value: str
    plotted: PlottedInterval
    more: int
    less: int


@dataclass(frozen=True)
class FactorLines:
    """A factor of a language with its weights by value."""

    words: str
    rows: list[ValueLine]


@dataclass(frozen=True)
class DifferenceLine:
    """How a factor's weights differ between two values."""

    words: str
    first: str
    second: str
    plotted: PlottedInterval


@dataclass(frozen=True)
class ValuesPart:
    """What is shown of one language; `is_open` where the page shows it at once.

    Attributes:
        tag, pairs: of the language.
        held, compared: how many differences hold, and how many there are.
        differences: the first MOST_DIFFERENCES of them.
        unshown: how many there are besides.
        factors: the weights.
        is_open: whether the page shows it at once.
    """

    tag: str
    pairs: int
    held: int
    compared: int
    differences: list[DifferenceLine]
    unshown: int
    factors: list[FactorLines]
    is_open: bool


@dataclass(frozen=True)
class GroupFactorsPart:
    """A section of the page: words above, ticks of the axis and its zero, languages, and what is left out."""

    group: str
    head: str
    marks: list[tuple[float, str]]
    zero: float
    parts: list[ValuesPart]
    notes: list[str]


def factor_sections(record: Provenance) -> dict[str, FactorsPart | list[GroupFactorsPart] | None]:
    """The page's sections of factors, as its template names them.

    Args:
        record: a dataset's provenance.

    Returns:
        `factors` and `group_factors`; nothing in them where nobody asked.
    """
    return {
        "factors": factors_part(record.factors) if record.factors else None,
        "group_factors": [group_factors_part(one) for one in record.group_factors],
    }


def group_factors_part(factors: GroupFactors) -> GroupFactorsPart:
    """What the page shows of one group.

    Args:
        factors: its weights and differences.

    Returns:
        Its section, one axis for all languages.
    """
    scale = _axis_of(factors)
    parts = []
    for number, row in enumerate(factors.languages):
        differences = [
            DifferenceLine(
                one.words, without_overrides(one.first), without_overrides(one.second), _plotted_difference(one, scale)
            )
            for one in row.compared()[:MOST_DIFFERENCES]
        ]
        held = sum(one.holds for one in row.differences)
        is_open = number < _OPEN
        compared = len(row.differences)
        unshown, lines = compared - len(differences), _lines(row, scale)
        parts.append(ValuesPart(row.language, row.pairs, held, compared, differences, unshown, lines, is_open))
    head = group_factors_head(factors)
    group = without_overrides(factors.group)
    return GroupFactorsPart(group, head, scale.marks(), scale.at(0.0), parts, factors.notes())


def _axis_of(factors: GroupFactors) -> Scale:
    weights = (end for row in factors.languages for one in row.values for w in one.weights for end in (w.low, w.high))
    differences = (end for row in factors.languages for one in row.differences for end in (one.low, one.high))
    furthest = max((abs(end) for end in (*weights, *differences) if end is not None), default=1.0)
    return linear(-min(_WIDEST, furthest), min(_WIDEST, furthest))


def _lines(row: LanguageValues, scale: Scale) -> list[FactorLines]:
    """The weights of a language, factor by factor, in each value by value."""
    lines: dict[str, FactorLines] = {}
    for one in row.values:
        for weight in one.weights:
            if (plotted := _plotted_weight(weight, scale)) is not None:
                of = lines.setdefault(weight.factor, FactorLines(weight.words, []))
                of.rows.append(ValueLine(without_overrides(one.value), plotted, weight.more, weight.less))
    return list(lines.values())


def _plotted_weight(row: FactorWeight, scale: Scale) -> PlottedInterval | None:
    if row.weight is None or row.low is None or row.high is None:
        return None
    return _plotted(scale, (row.low, row.weight, row.high), row.holds, row.p_holm)


def _plotted_difference(row: FactorDifference, scale: Scale) -> PlottedInterval:
    return _plotted(scale, (row.low, row.difference, row.high), row.holds, row.p_holm)


def _plotted(scale: Scale, ends: tuple[float, float, float], holds: bool, p_holm: float | None) -> PlottedInterval:
    return PlottedInterval(scale.interval(*ends), ends[1], holds, with_ends(ends[1], ends[0], ends[2]), p_cell(p_holm))


def group_factor_tables(record: Provenance) -> Iterator[Table]:
    """What `polypref inspect` shows of the factors by groups of people.

    Args:
        record: a dataset's provenance.

    Yields:
        For each group a table of the differences that hold, and one of the weights; none where nobody asked.
    """
    for one in record.group_factors:
        title = f"differences by {one.group} that hold (after Holm, over {one.difference_tests:,} differences)"
        yield differences_table(one.held_differences(), title)
        title = f"what chosen answers have more of, by {one.group} (after Holm, over {one.tests:,} weights)"
        yield weights_table(one.held(), title)


def all_tables(factors: GroupFactors) -> Iterator[Table]:
    """What `polypref factors --by` prints.

    Args:
        factors: by one group.

    Yields:
        A table of all weights, and one of differences where there are any, of each language MOST_DIFFERENCES at most.
    """
    weights = [(row, one, weight) for row in factors.languages for one in row.values for weight in one.weighed()]
    yield weights_table(weights, f"what chosen answers have more of, by {factors.group}")
    if differences := [(row, one) for row in factors.languages for one in row.compared()[:MOST_DIFFERENCES]]:
        table = differences_table(differences, f"differences by {factors.group}")
        if unshown := sum(len(row.differences) for row in factors.languages) - len(differences):
            table.caption = f"{unshown:,} more are in what --out FILE writes; those that hold stand first"
        yield table


def weights_table(rows: Iterable[tuple[LanguageValues, ValueWeights, FactorWeight]], title: str) -> Table:
    """Weights of factors by value.

    Args:
        rows: those to be shown, with their language and value.
        title: of the table.

    Returns:
        A row a weight.
    """
    table = Table("language", "value", "factor", title=safe_text(title))
    _add_numbers(table, ("chosen has more", "less", "weight", "p"))
    for row, one, weight in rows:
        interval = with_ends(weight.weight, weight.low, weight.high)
        numbers = (f"{weight.more:,}", f"{weight.less:,}", interval, p_cell(weight.p_holm))
        table.add_row(safe(row.language), safe_text(one.value), *map(safe, (weight.words, *numbers)))
    return table


def differences_table(rows: Iterable[tuple[LanguageValues, FactorDifference]], title: str) -> Table:
    """Differences between values.

    Args:
        rows: those to be shown, with their language.
        title: of the table.

    Returns:
        A row a difference.
    """
    table = Table("language", "factor", "first", "second", title=safe_text(title))
    _add_numbers(table, ("weight of the first", "of the second", "difference", "p"))
    for row, one in rows:
        weights = (f"{one.first_weight:+z.2f}", f"{one.second_weight:+z.2f}")
        numbers = (*weights, with_ends(one.difference, one.low, one.high), p_cell(one.p_holm))
        values = map(safe_text, (one.first, one.second))
        table.add_row(safe(row.language), safe(one.words), *values, *map(safe, numbers))
    return table


def _add_numbers(table: Table, names: Sequence[str]) -> None:
    for name in names:
        table.add_column(name, justify="right")
