"""What `polypref inspect` prints of flips: rows of the same answers that two criteria turn round."""

from collections.abc import Iterable, Iterator

from rich.table import Table

from ..console.terminal import safe
from ..release.flip_facts import FlipFacts
from ..release.provenance import Provenance


def flips_tables(record: Provenance) -> Iterator[Table]:
    """What a dataset says of its flips.

    Args:
        record: its provenance.

    Yields:
        A table, where there are some.
    """
    if record.facts.flips:
        yield flips_table(record.facts.flips)


def flips_table(rows: Iterable[FlipFacts]) -> Table:
    """Per language: how many flips, and how many rows they have.

    Args:
        rows: of a provenance's facts.

    Returns:
        A row a language.
    """
    table = Table("language", title="flips by criterion, in the rows")
    for name in ("flips", "rows", "rows whose prompts are alike"):
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(safe(row.language), *(f"{count:,}" for count in (row.flips, row.rows, row.alike)))
    return table
