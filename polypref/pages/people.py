"""What `polypref inspect` prints of who judged: how far they agree, and whom the rows tell apart."""

from collections.abc import Iterable, Iterator

from rich.table import Table

from ..console.terminal import safe
from ..release.facts import PeopleFacts
from ..release.provenance import Provenance
from ..stages.vote_agreement import VoteAgreement


def people_tables(record: Provenance) -> Iterator[Table]:
    """What a dataset says of who judged.

    Args:
        record: its provenance.

    Yields:
        A table of how far they agree, and one of whom the rows tell apart; neither where nothing is known.
    """
    if record.agreement:
        yield agreement_table(record.agreement)
    if record.facts.people:
        yield annotators_table(record.facts.people)


def agreement_table(rows: Iterable[VoteAgreement]) -> Table:
    """Per language: how far those agree who judged the same answers in the sources.

    Args:
        rows: of a provenance.

    Returns:
        A row for each rater and language; a cell is empty where nothing is known.
    """
    table = Table("language", "rater", title="agreement of those who judged")
    for name in ("people", "pairs", "votes", "unanimous", "alpha", "ties"):
        table.add_column(name, justify="right")
    for row in rows:
        alpha = "" if row.alpha is None else f"{row.alpha:z.2f}"
        agreed, ties = ("" if share is None else f"{share:.0%}" for share in (row.agreed, row.tied))
        counts = (row.people, f"{row.pairs:,}", f"{row.votes:,}")
        table.add_row(*map(safe, (row.language, row.rater, *counts, agreed, alpha, ties)))
    return table


def annotators_table(rows: Iterable[PeopleFacts]) -> Table:
    """Per language: whom the rows tell apart, and on how many occasions answers were compared.

    Args:
        rows: of a provenance's facts.

    Returns:
        A row a language.
    """
    table = Table("language", title="who judged, in the rows")
    for name in ("annotators", "rows of others", "occasions", "prompts with several"):
        table.add_column(name, justify="right")
    for row in rows:
        counts = (row.annotators, row.others, row.occasions, row.compared_again)
        table.add_row(safe(row.language), *(f"{count:,}" for count in counts))
    return table
