"""Texts of a sheet as spreadsheet programs leave them: no formulas, and the same text again after they were saved."""

import unicodedata
from collections.abc import Iterable, Sequence
from hashlib import md5
from typing import Final

from ..schema import Message

# A cell whose first visible character is one of these is taken for a formula by spreadsheet programs.
_SIGNS = frozenset("=+-@\u2212")
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")  # letters by their category, which show nothing
# Of a cell, what a digest is made of: programs cut cells after 32,767 characters.
_COUNTED: Final = 1_000
# A cell with more words than these, or longer ones, is taken for no number and no date ("3 mars 2024", "10:30 pm").
_WORDS_OF_A_DATE: Final = 2
_LETTERS_OF_A_DATE: Final = 24
_WORDS_FOR_TRUTH: Final = frozenset(("true", "false"))
# A mark that shows nothing: a line that begins with a role in Latin letters would be taken for one from left to right.
_RIGHT_TO_LEFT = "\u200f"


def safe_cell(text: str) -> str:
    """A text that no spreadsheet program takes for a formula: an apostrophe goes before what could begin one.

    What shows nothing (blanks, marks of direction, zero-width characters) does not hide the sign after it, and signs
    of full width count: programs drop the one and read the other. `plain_cell` turns it back.

    Args:
        text: a text of the data.

    Returns:
        The cell.

    Example:
        >>> safe_cell("=1+1"), safe_cell("1+1")
        ("'=1+1", '1+1')
    """
    first = next((one for one in text if not _unseen(one)), "")
    sign = unicodedata.normalize("NFKC", first) in _SIGNS or text.lstrip(" ").startswith(("\t", "\r", "\n"))
    return "'" + text if sign or text.startswith("'") else text


def plain_cell(cell: str) -> str:
    """The text that `safe_cell` made a cell of; what somebody typed stays as it is.

    Args:
        cell: a cell of a sheet that came back.

    Returns:
        The text.
    """
    return cell[1:] if cell.startswith("'") and safe_cell(cell[1:]) == cell else cell


def _unseen(one: str) -> bool:
    return unicodedata.category(one)[0] in "CZ" or unicodedata.category(one) in ("Mn", "Me") or one in _FILLERS


def visible_text(text: str) -> str:
    """A text as an eye has it, on one line: composed, without signs that show nothing and blanks around it.

    Args:
        text: of a cell.

    Returns:
        The text; marks of direction, which programs add and drop, are left out.
    """
    return " ".join(_visible(unicodedata.normalize("NFC", text)).split())


def steady_text(text: str) -> str:
    """A text without what spreadsheet programs change: line ends, and blanks around it.

    Args:
        text: of a cell.

    Returns:
        The text, with a line feed at each line's end but the last.
    """
    return "\n".join(text.splitlines()).strip()


def digest_of_cells(texts: Iterable[str]) -> str:
    """A short digest of cells, by which a row is known whose cells were moved or written over.

    What programs change by themselves does not count: blanks, composed letters, and cells that one may read as a
    number, a date or a truth value and write in another form.

    Args:
        texts: of the cells, as `plain_cell` gives them.

    Returns:
        8 hexadecimal digits.

    Example:
        >>> digest_of_cells(["A wren.", "1/2"]) == digest_of_cells([" A  wren.", "01.02.2026"])
        True
        >>> digest_of_cells(["A wren."]) == digest_of_cells(["A fish."])
        False
    """
    counted = [visible_text(one)[:_COUNTED] for one in texts]
    steady = ["" if _may_be_converted(one) else one for one in counted]
    return md5("\0".join(steady).encode("utf-8", "replace"), usedforsecurity=False).hexdigest()[:8]


def _visible(text: str) -> str:
    # Programs drop control characters and marks of direction.
    return "".join(one for one in text if one.isspace() or unicodedata.category(one)[0] != "C")


def _may_be_converted(text: str) -> bool:
    if text.lower() in _WORDS_FOR_TRUTH:
        return True
    words = "".join(one if one.isalpha() else " " for one in text).split()
    few = len(words) <= _WORDS_OF_A_DATE and sum(map(len, words)) <= _LETTERS_OF_A_DATE
    return few and any(map(str.isdigit, text))


def asked_text(prompt: Sequence[Message]) -> str:
    """A prompt as people read it in a cell.

    Args:
        prompt: its turns.

    Returns:
        The text of the one turn, or all turns with their roles.
    """
    return "\n\n".join(m["content"] if len(prompt) == 1 else _labelled(m) for m in prompt)


def _labelled(turn: Message) -> str:
    """A turn behind its role; where it is written from right to left, so is the whole line, which begins with Latin."""
    strong = (unicodedata.bidirectional(one) for one in turn["content"])
    first = next((kind for kind in strong if kind in ("L", "R", "AL")), "L")
    return f"{_RIGHT_TO_LEFT if first != 'L' else ''}[{turn['role']}] {turn['content']}"
