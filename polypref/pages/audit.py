"""What `polypref audit` and `polypref inspect` print of an audit, and the words of the page's section."""

from collections.abc import Callable
from dataclasses import dataclass

from rich.table import Table

from ..console.terminal import safe, safe_text
from ..release.audit_results import Audit, ClusteredShare, TriadFacts
from ..release.audit_words import (
    ABOUT_MODELS,
    ABOUT_SIDES,
    ABOUT_TRIADS,
    ANSWERS_OF,
    share_with_ends,
    triad_sentence,
)

#: Characters of an opening or sentence in a terminal.
_LONGEST = 48


@dataclass(frozen=True)
class AuditWords:
    """What the page says of an audit's tables, and how it writes shares and triads."""

    answers_of: str
    about_models: str = ABOUT_MODELS
    about_sides: str = ABOUT_SIDES
    about_triads: str = ABOUT_TRIADS
    share: Callable[[ClusteredShare | None], str] = share_with_ends
    triad: Callable[[TriadFacts], str] = triad_sentence


def audit_words(audit: Audit | None) -> AuditWords | None:
    """The words of an audit's section of the page.

    Args:
        audit: of a dataset.

    Returns:
        the words; None where nobody asked for an audit.
    """
    return AuditWords(ANSWERS_OF[audit.answers_of]) if audit else None


def audit_tables(audit: Audit | None) -> list[Table]:
    """An audit as tables: of models, of what tells chosen from rejected, of cyclic preferences.

    Args:
        audit: of a dataset; None where nobody asked.

    Returns:
        those that have rows.
    """
    if audit is None:
        return []
    return [table for table in (_models(audit), _sides(audit), _triads(audit)) if table.row_count]


def _models(audit: Audit) -> Table:
    heads = ("language", "model", "answers", "opening", "share", "others", "distinct-1/2/3", "EAD", "near-copies")
    table = Table(*heads, "boilerplate", "sentence, prompts", title="what answers have in common")
    for row in audit.models:
        first = row.openings[0] if row.openings else None
        sentence = row.sentences[0] if row.sentences else None
        table.add_row(
            safe(row.language),
            safe(row.model),
            f"{row.answers:,}",
            safe_text(first.text, _LONGEST) if first else "",
            share_with_ends(first.share) if first else "",
            "" if first is None or first.others is None else f"{first.others:.2f}",
            " ".join(f"{one:.2f}" for one in row.variety.distinct),
            "" if row.variety.ead is None else f"{row.variety.ead:.2f}",
            _percent(row.copied),
            _percent(row.boilerplate),
            f"{safe_text(sentence.text, _LONGEST)} {sentence.prompts:,}" if sentence else "",
        )
    return table


def _percent(share: ClusteredShare) -> str:
    return "" if share.share is None else f"{share.share:.0%}"


def _sides(audit: Audit) -> Table:
    table = Table("language", "pairs", "by opening", "by words", "openings, chosen / rejected", title="told apart")
    for row in audit.sides:
        uneven = "; ".join(f"{safe_text(one.text, _LONGEST)} {one.chosen:,} / {one.rejected:,}" for one in row.openings)
        shares = share_with_ends(row.by_opening), share_with_ends(row.by_text)
        table.add_row(safe(row.language), f"{row.pairs:,}", *shares, uneven)
    return table


def _triads(audit: Audit) -> Table:
    heads = ("language", "rater", "prompts", "triads", "cyclic", "noise", "error", "tied", "consistence", "")
    table = Table(*heads, title="cyclic preferences (coins: 0.25)")
    for row in audit.triads:
        known = ["" if one is None else f"{one:.2f}" for one in (row.noise, row.error)]
        whole = "" if row.consistence is None else f"{row.consistence:.2f}"
        counts = [f"{row.prompts:,}", f"{row.cyclic.of:,}", share_with_ends(row.cyclic), *known, f"{row.tied:,}", whole]
        table.add_row(safe(row.language), safe(row.rater), *counts, triad_sentence(row))
    return table
