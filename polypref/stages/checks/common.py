"""What several filters share: the outcome of a setting, the text outside code, and which texts hold rare characters."""

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Literal

from .contract import SIDES, Flag, Reject, Subject

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Action = Literal["reject", "flag"]
Role = Literal["prompt", "chosen", "rejected"]


class OfTexts:
    """A check that reads every text by itself: of prompts and of answers, each once, before pairs are made of them.

    `roles` says which: `prompt`; `chosen` and `rejected`: an answer that it rejects may not be that.
    """

    roles: tuple[Role, ...]

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """What it is shown: prompts, answers or both, as `roles` says."""
        answers: tuple[Subject, ...] = () if set(SIDES).isdisjoint(self.roles) else ("answer",)
        return ("prompt", *answers) if "prompt" in self.roles else answers


_CODE = re.compile(
    r"(?ms)^[ \t]*(?P<fence>`{3,}|~{3,}).*?(?:^[ \t]*(?P=fence)[`~]*[ \t]*$|\Z)|```.*?(?:```|\Z)|"
    r"(?P<tick>`{1,2})[^`\n]+(?P=tick)"
)
_CODE_SIGN = re.compile("`|~~~")
_MATHS = re.compile(r"(?s)\$\$.*?\$\$|\\\[.*?\\\]|\\\(.*?\\\)|\$[^$\n]{1,200}\$|\\begin\{.*?\\end\{[^}]*\}")


def outcome(action: Action, reason: str, detail: str | None = None) -> Reject | Flag:
    """The rejection or the flag for a reason, as a check's `action` has it.

    Args:
        action: a check's setting.
        reason: a few words fit for counting, with underscores.
        detail: what a reader is told beside it; a flag has none.

    Returns:
        the outcome for the row.
    """
    return Reject(reason, detail) if action == "reject" else Flag(reason)


def snippet(text: str, start: int, end: int, around: int = 12) -> str:
    """A stretch of a text with a little of what is around it, for a reader.

    Args:
        text: any text.
        start: where the stretch begins, in characters.
        end: where it ends; of a longer one only 60 characters count.
        around: how many characters before and after it are shown.

    Returns:
        one line, runs of white space as one space.
    """
    return " ".join(text[max(0, start - around) : min(end, start + 60) + around].split())


def without_code(text: str) -> str:
    """The text without fenced code (closed or not) and without `inline code`.

    Args:
        text: any text.

    Returns:
        the text, a space for each piece of code.
    """
    if "`" not in text and "~~~" not in text:
        return text
    parts, end = [], 0
    # What _CODE.sub does, which tries every place of a text: here only its signs, and the blanks before a fence.
    sign = _CODE_SIGN.search(text)
    while sign:
        at = start = sign.start()
        while start > end and text[start - 1] in " \t":
            start -= 1
        code = _CODE.match(text, start) or _CODE.match(text, at)
        if code:
            parts.append(text[end : code.start()])
            end = code.end()
        sign = _CODE_SIGN.search(text, end if code else at + 1)
    return " ".join([*parts, text[end:]]) if parts else text


def without_maths(text: str) -> str:
    r"""The text without LaTeX: $...$, $$...$$, \(...\), \[...\] and \begin{}...\end{}.

    Args:
        text: any text.

    Returns:
        the text, a space for each formula.
    """
    return _MATHS.sub(" ", text) if "$" in text or "\\" in text else text


def holding(texts: Sequence[str], classes: tuple[str, ...]) -> "npt.NDArray[np.uint8]":
    """Which texts hold a character of which class; all texts are read at once.

    A regular expression reads about 30 million characters a second, this about 200 million: checks look for the rare
    characters of a kind of damage first, and read closely only the texts that hold one.

    Args:
        texts: the texts.
        classes: up to eight strings, each the characters of one class, all below U+10000.

    Returns:
        for every text a number whose bit i says that the text holds a character of class i.
    """
    import numpy as np

    held = np.zeros(len(texts), dtype=np.uint8)
    if not texts:
        return held
    # A space after each text, so that no text is empty to reduceat.
    units = np.frombuffer(" ".join([*texts, ""]).encode("utf-16-le", "surrogatepass"), dtype="<u2")
    if len(units) == sum(map(len, texts)) + len(texts):
        starts = np.cumsum([0, *(len(text) + 1 for text in texts[:-1])])
    else:
        starts = np.cumsum([0, *(len(text.encode("utf-16-le", "surrogatepass")) // 2 + 1 for text in texts[:-1])])
    return np.asarray(np.bitwise_or.reduceat(_table(classes)[units], starts), dtype=np.uint8)


@cache
def _table(classes: tuple[str, ...]) -> "npt.NDArray[np.uint8]":
    import numpy as np

    table = np.zeros(0x10000, dtype=np.uint8)
    for bit, characters in enumerate(classes):
        for character in set(characters):
            if character != " ":
                table[ord(character)] |= 1 << bit
    return table
