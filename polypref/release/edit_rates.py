"""How often people corrected answers, by language: what the card says of edits."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from ..shares import wilson
from ..stages.checks.near_identical import SMALL_EDIT
from ..stages.job_counts import LEFT_AS_IT_WAS
from .provenance import Provenance

_READ: Final = ("read", "edits")


@dataclass(frozen=True)
class EditRate:
    """How many answers of one language people corrected.

    Attributes:
        language: the tag.
        shown: answers that could have been edited, and can be read.
        edited: those of them that came back changed.
        small: published rows whose edit is of spaces or commas, or of no more than style.
        share: edited ones among those shown; None where the sources hold edited answers alone, as a file of edits does.
        low, high: its 95% Wilson interval.
    """

    language: str
    shown: int
    edited: int
    small: int
    share: float | None = None
    low: float | None = None
    high: float | None = None


def edit_rates(record: Provenance) -> list[EditRate]:
    """How often people corrected answers, in the rows of the sources that say so.

    Args:
        record: a dataset's provenance.

    Returns:
        a row for each language with such answers, in order.
    """
    small = Counter({one.language: one.rows for one in record.facts.flags if one.flag == SMALL_EDIT})
    shown, edited = Counter[str](), Counter[str]()
    for row in record.funnel:
        if (row.stage, row.unit) != _READ:
            continue
        if row.outcome == "kept":
            edited[row.language] += row.rows
        if row.outcome == "kept" or row.reason in LEFT_AS_IT_WAS:
            shown[row.language] += row.rows
    counts = [(tag, number, edited[tag], small[tag]) for tag, number in sorted(shown.items())]
    if shown == edited:
        return [EditRate(*one) for one in counts]
    return [EditRate(*one, one[2] / one[1], *wilson(one[2], one[1])) for one in counts]
