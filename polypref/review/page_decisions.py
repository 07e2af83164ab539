"""Decisions that somebody made on the page of a dataset, and the file into which the page writes them.

The page marks which answer is chosen, so whoever decides there does not judge blindly, as a sheet would have it. What
they decide counts like a sheet's verdicts, and is counted apart wherever a review is spoken of.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final, Literal

from ..files.json_types import Json
from ..files.records import OMIT_DEFAULT, Tag, Text, decode
from .answers import Answer, Meaning
from .sheet_reading import word_in

FORMAT: Final = "polypref-page-review/1"

Given = Literal["keep", "flip", "drop", "tie"]
#: What is decided on the page -> what it says of the pair's two answers.
MEANINGS: Final[Mapping[Given, Meaning]] = {"keep": "chosen", "flip": "rejected", "drop": "both_bad", "tie": "tie"}

_Id = Annotated[str, re.compile("[0-9a-f]{32}")]
_ADVICE = "give the file as the page wrote it (its button Export)"


@dataclass(frozen=True)
class PageDecision:
    """What somebody decided of one pair.

    Attributes:
        pair_id, language: of the pair.
        chosen, rejected: ids of the answers that the page showed as the two sides.
        decision: the label stays, is turned round, the pair is taken out, or its answers are equally good.
        note: what was written beside it.
    """

    pair_id: _Id
    language: Tag
    chosen: _Id
    rejected: _Id
    decision: Given
    note: Text = field(default="", metadata=OMIT_DEFAULT)

    def __post_init__(self) -> None:
        if self.chosen == self.rejected:
            raise ValueError("both sides are one answer")


@dataclass(frozen=True)
class PageReview:
    """The file of a page.

    Attributes:
        format: the schema.
        dataset: name and version of the dataset that the page shows.
        reviewer: who decided; empty where the field stayed empty. It goes no further than the file.
        decisions: one for each pair.
    """

    format: Literal["polypref-page-review/1"]
    dataset: Text
    reviewer: Text
    decisions: list[PageDecision]


def is_page_review(text: str) -> bool:
    """Whether a text is a page's file, whole or damaged; no sheet begins like one.

    Args:
        text: the content of a file.

    Returns:
        True where it is a JSON object that says so.
    """
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(values, dict) and str(values.get("format")).startswith(FORMAT.rpartition("/")[0])


def read_page_review(path: Path, values: Json) -> tuple[str, list[Answer]]:
    """What a page's file says, as the verdicts of one reviewer.

    Args:
        path: the file, for sentences; its name stands for a reviewer who gave none.
        values: its content.

    Returns:
        Name and version of the dataset, and an answer for each decision; none of them is blind.

    Raises:
        UserError: a field is none that the page writes.
    """
    review = decode(PageReview, values, f"{path} does not hold the decisions of a page", _ADVICE)
    return review.dataset, [
        Answer(
            pair_id=one.pair_id,
            language=one.language,
            reviewer=word_in(review.reviewer) or word_in(path.stem),
            meaning=MEANINGS[one.decision],
            comment=one.note,
            chosen=one.chosen,
            rejected=one.rejected,
            blind=False,
            place=f"{path} decision {number}",
            unnamed=not word_in(review.reviewer),
        )
        for number, one in enumerate(review.decisions, 1)
    ]
