"""What to say where the sources give no prompt at all."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from ..files.cells import Bad, look_up_or_none
from ..layouts.rows import UNKNOWN_LANGUAGE
from ..layouts.source import Source
from ..layouts.where import held_in_words, left_out_by, several, shown_label
from .counts import FunnelRow
from .reading import files_of, lines_of

# Languages or reasons that a sentence lists.
_NAMES = 6
# Rows of a source that are looked at for their values, and columns that are listed.
_ROWS, _COLUMNS = 10_000, 4


def no_prompt(languages: Iterable[str], funnel: Iterable[FunnelRow], sources: Iterable[Source] = ()) -> str:
    """What to say where the sources give no prompt at all: whether `where` took the rows, or their languages did.

    Args:
        languages: tags of those that were asked for; none for all.
        funnel: the rows counted so far.
        sources: of the build; those are read again whose `where` left rows out.

    Returns:
        A sentence without a full stop.
    """
    rows_in = 0
    by_where, by_language, by_reason = Counter[str](), Counter[str](), Counter[str]()
    for row in funnel:
        if (row.stage, row.unit, row.outcome) == ("read", "rows", "in"):
            rows_in += row.rows
        elif row.reason.startswith("where_"):
            by_where[row.reason.removeprefix("where_")] += row.rows
        elif row.reason == "language_not_asked_for":
            by_language[row.language] += row.rows
        elif row.outcome == "rejected" or row.reason == UNKNOWN_LANGUAGE:
            by_reason[f"{row.stage} {row.reason}"] += row.rows
    parts = [f"no source has a usable prompt in {', '.join(languages) or 'any language'}"]
    if by_where:
        parts.append(_where_left_out(by_where, rows_in, sources))
    if by_language:
        there = ", ".join(f"{tag} {rows:,}" for tag, rows in by_language.most_common(_NAMES))
        parts.append(f"rows are in {there}{' ...' * (len(by_language) > _NAMES)}: ask for one of these (--languages)")
    if by_reason:
        lost = ", ".join(f"{reason} {rows:,}" for reason, rows in by_reason.most_common(_NAMES))
        parts.append(f"rows cannot be used ({lost}): mend them or the columns that are declared")
    return "; ".join([*parts, *([] if parts[1:] else ["check languages (--languages) and the language columns"])])


def _where_left_out(left_out: Mapping[str, int], rows: int, sources: Iterable[Source]) -> str:
    """Which values of which columns left rows out, and which may be."""
    there = {column: Counter[str]() for column in left_out}
    allowed: dict[str, list[object]] = {column: [] for column in left_out}
    for source in sources:
        columns = [column for column in source.where if column in left_out]
        for column in columns:
            allowed[column] += several(source.where[column])
        if columns:
            for column, value in _values(source):
                there[column][value] += 1
    total = sum(left_out.values())
    ordered = sorted(left_out, key=lambda column: -left_out[column])
    parts = [held_in_words(column, there[column], allowed[column]) for column in ordered[:_COLUMNS]]
    number = f"all {rows:,} rows" if total >= rows > 1 else f"{total:,} of {rows:,} rows"
    more = f"; and {len(ordered) - _COLUMNS} more columns" if len(ordered) > _COLUMNS else ""
    return f"`where` left out {number}: {'; '.join(parts)}{more}: check the values that it allows"


def _values(source: Source) -> Iterator[tuple[str, str]]:
    """For each row that is left out the column that does it, and what it holds there."""
    for line in islice(lines_of(source, files_of(source)), _ROWS):
        try:
            column = None if isinstance(line.row, Bad) else left_out_by(line.row, source.where)
            if column is not None:
                yield column, shown_label(look_up_or_none(line.row, column))
        except Bad:
            continue
