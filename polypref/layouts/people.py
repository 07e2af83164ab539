"""Who judged the answers of a row, by a pseudonym, and the groups that the row states of them."""

import re
import unicodedata

from ..files.cells import Bad, Row, look_up_or_none, name_of
from ..text.cleaning import is_label
from ..text.personal_data import find_pii
from .fields import OF_ROW, Fields
from .occasions import add_row_occasion
from .tables import Item, StatedGroup
from .votes import pseudonym

#: The longest value of a group; what is longer is no group that several people share, nor is somebody's address.
LONGEST_VALUE = 60
# Marks of direction and what else shows nothing would make two groups of what reads as one. Joiners spell words.
_UNSEEN = re.compile("[\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]+")


def add_people(item: Item, row: Row, fields: Fields, source: str, salt: str) -> None:
    """Adds who judged the answers of a row to what it becomes, where its verdict or scores can be used.

    Args:
        item: what the row becomes, with its verdicts, ratings and their occasion.
        row: the row as read.
        fields: what is declared of its columns; `annotator` or groups among them, or there is nothing to add.
        source: name of the source.
        salt: of the pseudonyms.
    """
    if fields.verdict is not None:
        annotator = next((one["annotator"] for one in item.verdicts if one["annotator"]), None)
        person, occasion = annotator, None
    else:
        annotator, scored = None, any(one["occasion"] for one in item.ratings)
        person = _who_scored(item, row, fields, source, salt) if scored else None
        if person and fields.occasion == OF_ROW:
            add_row_occasion(item, person)  # two people may say the same of the same answers
        occasion = next((one["occasion"] for one in item.ratings), None)
    if person is None:
        return
    groups = [_stated(item, row, name, column) for name, column in (fields.annotator_groups or {}).items()]
    item.people.append(
        {
            "prompt_id": item.prompt["prompt_id"],
            "person": person,
            "groups": groups,
            "annotator": annotator,
            "occasion": occasion,
        }
    )


def _who_scored(item: Item, row: Row, fields: Fields, source: str, salt: str) -> str | None:
    """The pseudonym of who scored; None where the row names nobody."""
    try:
        return pseudonym(salt, source, name_of(look_up_or_none(row, fields.annotator))) or None
    except Bad as bad:
        item.unreadable = True
        item.problems.append((f"annotator_{bad.reason}", bad.detail))
        return None


def _stated(item: Item, row: Row, name: str, column: str) -> StatedGroup:
    """One group as the row states it; what cannot be read is counted, and states nothing."""
    try:
        value = _UNSEEN.sub("", unicodedata.normalize("NFC", name_of(look_up_or_none(row, column))))
        value = " ".join(value.split())
        if value and (len(value) > LONGEST_VALUE or not is_label(value) or find_pii(value)):
            raise Bad("group_no_label", name)
    except Bad as bad:
        item.unreadable = True
        item.problems.append((f"annotator_{bad.reason}", name))
        return {"group": name, "value": None}
    return {"group": name, "value": value or None}
