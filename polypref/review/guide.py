"""The row below the head of a sheet, which whoever fills it in reads first: in the sheet's language, English otherwise.

What is to be written, `A` or `both bad`, is the same in every language; the row says beside it what it means.
"""

from collections.abc import Mapping
from functools import cache
from typing import Final

from .. import languages
from ..languages import Language, SheetWords
from .cells import plain_cell, safe_cell, visible_text

#: What stands there where a language has no words of its own for it.
ENGLISH: Final = SheetWords("polypref")


def guide_row(words: Mapping[str, str], tag: str) -> dict[str, str]:
    """The row that says what to write.

    Args:
        words: column -> which of a language's words stand below its name, as in columns.py.
        tag: the language of the sheet.

    Returns:
        Column -> its cell.

    Example:
        >>> guide_row({"comment": "comment"}, "de")
        {'comment': 'wenn Sie mögen: warum'}
    """
    language = languages.find(tag)
    own = language.review_sheet if language and language.review_sheet else ENGLISH
    # A dataset may bring words of its own along, of which nobody knows what they are.
    return {column: safe_cell(" ".join(getattr(own, word).split())) for column, word in words.items()}


def is_guide(cell: str) -> bool:
    """Whether a row is the one that says what to write, in whatever language.

    Args:
        cell: the row's id.

    Returns:
        False for a row of a pair, an answer or a turn.
    """
    return _steady(cell) in _written("how", languages.known())


def is_as_exported(cell: str, *words: str) -> bool:
    """Whether a cell of that row holds what it held.

    Args:
        cell: the cell.
        *words: which of a language's words may stand there.

    Returns:
        False where somebody wrote into it; an empty cell is as good as the words.
    """
    seen = _steady(cell)
    return not seen or any(seen in _written(word, languages.known()) for word in words)


def _steady(cell: str) -> str:
    return visible_text(plain_cell(cell)).casefold()


@cache
def _written(word: str, known: tuple[Language, ...]) -> frozenset[str]:
    """What stands in a cell by any language that is known."""
    texts = [getattr(one, word) for one in (ENGLISH, *(one.review_sheet for one in known if one.review_sheet))]
    return frozenset(visible_text(text).casefold() for text in texts if text.strip())
