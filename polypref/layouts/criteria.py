"""By what the answers of a row were judged, read from a column as a build and a benchmark of reward models read it."""

from ..files.cells import Bad, Row, is_missing, look_up_or_none
from ..text.cleaning import BLANK
from ..text.criteria import MOST_OF_A_CRITERION, criterion_key
from .conversations import clean_cell

#: Why a row is left out whose criterion is longer than `text.criteria.MOST_OF_A_CRITERION`.
TOO_LONG = "criterion_too_long"
#: Why one is whose criterion has nothing to see: controls and zero-width characters.
NOTHING_TO_SEE = "criterion_nothing_to_see"


def criterion_of(row: Row, column: str | None) -> str | None:
    """The criterion of a row, cleaned at the door.

    Args:
        row: the row as read.
        column: where it stands; None for nowhere.

    Returns:
        The text; None where there is none.

    Raises:
        Bad: it cannot be read, or is too long. Its row is then none: a verdict is nothing without what it goes by.
    """
    try:
        value = look_up_or_none(row, column)
        criterion = "" if is_missing(value) else clean_cell(value).strip(BLANK)
    except Bad as bad:
        raise Bad(f"criterion_{bad.reason}", bad.detail) from None
    if isinstance(value, str) and value.strip() and not criterion_key(criterion):
        raise Bad(NOTHING_TO_SEE, f"{len(value):,} characters")
    if len(criterion) > MOST_OF_A_CRITERION:
        raise Bad(TOO_LONG, f"{len(criterion):,} characters, at most {MOST_OF_A_CRITERION:,}")
    return criterion or None
