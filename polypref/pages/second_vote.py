"""What `polypref inspect` prints of a second language detector's votes."""

from rich.table import Table

from ..console.terminal import safe
from ..release.provenance import Provenance
from ..release.second_vote import disagreement_by_language, voting_detector


def second_vote_tables(record: Provenance) -> list[Table]:
    """Per language: rows on whose texts a second detector disagrees.

    Args:
        record: a dataset's provenance.

    Returns:
        One table with a row a language; none where no second detector was asked.
    """
    rows = disagreement_by_language(record)
    if not rows:
        return []
    title = safe(f"second detector ({voting_detector(record)}) disagrees")
    table = Table("language", "rows", "prompts", "chosen", "rejected", title=title)
    for row in rows:
        counts = zip((row.prompts, row.chosen, row.rejected), row.shares(), strict=True)
        table.add_row(safe(row.language), f"{row.rows:,}", *(f"{count:,} ({share})" for count, share in counts))
    for column in table.columns[1:]:
        column.justify = "right"
    return [table]
