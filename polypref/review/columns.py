"""The columns of a sheet, and the row below their names that says what to write."""

from collections.abc import Mapping
from typing import Final

COLUMNS: Final = (
    *("id", "language", "prompt", "answer A", "answer B"),
    *("verdict", "edited", "comment", "reviewer"),
)
#: What may stand between the columns of a sheet: of programs set to another language than English, the semicolon.
SEPARATORS: Final = (",", ";", "\t")
#: The id of the row that says what to write.
GUIDE_ID: Final = "how to fill this in"
#: What stands below the names of the columns, which whoever fills in the sheet reads first.
GUIDE: Mapping[str, str] = {
    "id": GUIDE_ID,
    "language": "leave as it is",
    "prompt": "leave as it is: what was asked",
    "answer A": "leave as it is: one answer",
    "answer B": "leave as it is: the other answer",
    "verdict": "write A or B for the better answer, tie, both bad, or not my language; leave empty what you skip",
    "edited": "if you like: the better answer as it should read, corrected by you",
    "comment": "if you like: why",
    "reviewer": "your name, or any word for you; it goes no further than this sheet",
}
