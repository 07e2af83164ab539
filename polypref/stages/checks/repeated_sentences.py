"""How much of a text is whole sentences that stood in it before, where shared turns of phrase count for nothing."""

import re
from collections.abc import Sequence

# After the sign that ends a sentence, or a line; a point between digits or letters (3.5, e.g.) ends none.
_BREAK = re.compile(r"(?<=[!?؟।。！？；;])|(?<=[.…])(?=\s)|\n")
# Before the words of an item: bullets, headings, cells of a table, a number.
_MARK = re.compile(r"[\s\-–—*•·+#>|]*(?:\(?\d{1,4}[.)、:：]\s*)?[\s\-–—*•·|]*")
_DIGITS = re.compile(r"\d+")
_SIGNS = " .,;:!?؟।。、，！？；：…\"'“”„«»「」*_`()|"
# Sentences of so many words, or characters, are the same where only so many on end differ.
_LEAST_WORDS, _OTHER_WORDS = 4, 1
_LEAST_CHARACTERS, _OTHER_CHARACTERS = 14, 3
# A stretch of signs and digits alone counts as said before from this length on.
_SIGNS_ALONE = 20
# With so many of the sentences before that differ from one another each is compared.
_COMPARED = 200


def repeated_sentences(text: str, spaces: bool = True) -> float:
    """Looks for sentences and lines that are the same as one before, or differ from it in one word.

    Numbers and marks of lists count as equal. The first of several equal sentences is none that stood there before.

    Args:
        text: any text.
        spaces: whether words are separated by spaces; if not, sentences that differ in three characters on end are the
            same.

    Returns:
        the share of its characters, 0 to 1.

    Example:
        >>> repeated_sentences("Row your boat.\\nDown the stream.\\nRow your boat.\\nDown the stream.")
        0.5
    """
    least, other = (_LEAST_WORDS, _OTHER_WORDS) if spaces else (_LEAST_CHARACTERS, _OTHER_CHARACTERS)
    seen: set[Sequence[str]] = set()
    different: list[Sequence[str]] = []
    repeated = whole = 0
    for sentence in filter(None, map(str.strip, _BREAK.split(text))):
        whole += len(sentence)
        units = _units(sentence, spaces)
        if not units:
            repeated += len(sentence) if len(sentence) >= _SIGNS_ALONE else 0
        elif units in seen or (
            len(units) >= least and any(_alike(units, one, other) for one in different[-_COMPARED:])
        ):
            repeated += len(sentence)
        else:
            different.append(units)
        seen.add(units)
    return repeated / whole if whole else 0.0


def _units(sentence: str, spaces: bool) -> Sequence[str]:
    """The words, or the characters, of a sentence without what stands around them."""
    plain = _DIGITS.sub("0", _MARK.sub("", sentence, count=1)).casefold()
    if not spaces:
        return "".join(plain.split()).strip(_SIGNS)
    return tuple(filter(None, (word.strip(_SIGNS) for word in plain.split())))


def _alike(one: Sequence[str], two: Sequence[str], other: int) -> bool:
    """Whether two sequences differ in so many units on end at most."""
    longer, shorter = max(len(one), len(two)), min(len(one), len(two))
    if longer - shorter > other:
        return False
    begin = 0
    while begin < shorter and one[begin] == two[begin]:
        begin += 1
    end = 0
    while end < shorter - begin and one[-1 - end] == two[-1 - end]:
        end += 1
    return begin + end >= longer - other
