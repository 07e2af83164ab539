"""Words that somebody writes and that are published as they are: names, licences, who judged, why rows were taken back.

They stand in cards, records and pages. Where they are shown they are escaped; what no escaping mends is refused where
it is declared: several lines, marks that turn the words around them, signs that nobody sees, texts as long as a page,
and what must not be published at all.
"""

import re
from collections.abc import Collection
from typing import Final

from ..errors import UserError
from .cleaning import is_label
from .personal_data import find_pii

#: Characters of a name, a licence or a revision, and of a sentence, at most.
LONGEST_NAME: Final = 300
LONGEST_SENTENCE: Final = 2_000
#: What is looked for in a name: numbers of versions look like telephones.
IN_NAMES: Final = ("email", "secret")
# Embeddings, overrides and isolates; letters of tags, which are not seen at all.
_TURNING: Final = re.compile("[\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
_NO_LINE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def problem_of_words(
    text: str, longest: int = LONGEST_NAME, kinds: Collection[str] = IN_NAMES, several_lines: bool = False
) -> str:
    """Why a text may not stand in what is published.

    Args:
        text: the words.
        longest: characters, at most.
        kinds: of personal data that is looked for, as in `personal_data.KINDS`.
        several_lines: whether it may have lines.

    Returns:
        What is wrong, as the end of a sentence; empty where nothing is. The words themselves are not in it.

    Example:
        >>> problem_of_words("two native speakers"), problem_of_words("ask ada@" + "lovelace.org")
        ('', 'holds what must not be published (email); write it without')
    """
    plain = re.sub("[\r\n\t]", " ", text) if several_lines else text
    if sign := _NO_LINE.search(plain) or _TURNING.search(plain):
        return f"holds a sign that is no part of a text (U+{ord(sign.group()):04X}); write it without, on one line"
    if not is_label(plain):
        return "is empty, or holds half a character; write a word or a few"
    if len(text) > longest:
        return f"has {len(text):,} characters; write at most {longest:,}"
    if kinds_in_text := sorted({one.kind for one in find_pii(text, kinds)}):
        return f"holds what must not be published ({', '.join(kinds_in_text)}); write it without"
    return ""


def check_words(
    what: str,
    text: str,
    longest: int = LONGEST_NAME,
    kinds: Collection[str] = IN_NAMES,
    several_lines: bool = False,
) -> None:
    """Sees that a text may stand in what is published.

    Args:
        what: how a message calls it.
        text: the words.
        longest, kinds, several_lines: as for `problem_of_words`.

    Raises:
        UserError: it may not.
    """
    if problem := problem_of_words(text, longest, kinds, several_lines):
        raise UserError(f"{what} stands in what is published and {problem}")
