"""The columns of a sheet, and which of a language's words stand below their names."""

from collections.abc import Mapping
from typing import Final

#: Column -> the words below its name, as an attribute of `languages.SheetWords`: of a sheet of pairs.
PAIR_WORDS: Final[Mapping[str, str]] = {
    "id": "how",
    "language": "leave",
    "prompt": "prompt",
    "answer A": "answer_a",
    "answer B": "answer_b",
    "verdict": "better",
    "edited": "edited",
    "comment": "comment",
    "reviewer": "name",
}
#: The same of a sheet of single answers, each of which has a label.
ANSWER_WORDS: Final[Mapping[str, str]] = {
    "id": "how",
    "language": "leave",
    "prompt": "prompt",
    "answer": "answer",
    "verdict": "good",
    "comment": "comment",
    "reviewer": "name",
}
COLUMNS: Final = tuple(PAIR_WORDS)
#: What may stand between the columns of a sheet: of programs set to another language than English, the semicolon.
SEPARATORS: Final = (",", ";", "\t")
