"""How a judge is shown the criterion by which it is to judge: a text before what any judge's prompt asks.

The text is polypref/data/judges/criteria/NAME.txt; a released one is never edited.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from ..files.packaged import packaged_text

#: The text that is shown.
CRITERION_PROMPT = "criterion-1"
_SECTION, _SLOT = "=== before ===\n", "{{criterion}}"


class CriterionText(NamedTuple):
    """What stands before a judge's prompt.

    Attributes:
        name: of the file.
        sha256: of its text, in hexadecimal.
        before: the text, with a slot for the criterion.
    """

    name: str
    sha256: str
    before: str

    @property
    def revision(self) -> str:
        """Name and content in short, for the rows that a judge writes."""
        return f"{self.name}-{self.sha256[:8]}"


@lru_cache(maxsize=1)
def criterion_text() -> CriterionText:
    """Reads the text.

    Returns:
        The same object where it is asked for again.
    """
    text = packaged_text("judges", "criteria", f"{CRITERION_PROMPT}.txt")
    return CriterionText(CRITERION_PROMPT, hashlib.sha256(text.encode()).hexdigest(), text.partition(_SECTION)[2])


def asked_by_criterion(messages: Sequence[tuple[str, str]], marked: str) -> tuple[tuple[str, str], ...]:
    """A judge's prompt that asks for a verdict by a criterion.

    Args:
        messages: (role, content) of the prompt's turns, the user's last.
        marked: the criterion between markers that it cannot imitate.

    Returns:
        The turns, with the criterion at the beginning of the last.
    """
    *before, (role, content) = messages
    # What is filled in is not looked through for slots again.
    one, two = criterion_text().before.split(_SLOT)
    return (*before, (role, f"{one}{marked}{two}{content}"))
