r"""What a letter is, in every script: `\w` leaves out combining marks and joiners, which words of most scripts need.

Hindi दिन (day) and दीन (poor) differ in a mark alone, as pointed Hebrew and Arabic words do.
"""

import functools
import re
import unicodedata

#: Zero-width non-joiner and joiner: they part and join letters within a word (Persian, Hindi, Sinhala).
JOINERS = "\u200c\u200d"
# Marks that came after Unicode 14, which is all that Python 3.11 knows.
_LATER_MARKS = "\u0897\u0ece\u1acf-\u1ae6"
_MARKS_END = 0x1E950


@functools.cache
def letter_class() -> str:
    r"""What stands between the brackets of a regular expression to mean letters, digits, marks, joiners and `_`.

    Returns:
        `\w` and the ranges of the combining marks of all scripts, with the two joiners.
    """
    ranges: list[list[int]] = []
    for code in range(0x300, _MARKS_END):
        if unicodedata.category(chr(code))[0] == "M":
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    marks = "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)
    return rf"\w{marks}{_LATER_MARKS}{JOINERS}"


@functools.cache
def word_pattern() -> re.Pattern[str]:
    """A regular expression for words, with their marks and joiners.

    Returns:
        the pattern: one match a word of a language that separates them, a run of letters in the others.

    Example:
        >>> word_pattern().findall("दिन, दीन!")
        ['दिन', 'दीन']
    """
    return re.compile(f"[{letter_class()}]+")


def is_letter(character: str) -> bool:
    """Whether a character is a letter, a combining mark of one, or a joiner between two.

    Args:
        character: one character.

    Returns:
        False for digits, signs and white space.

    Example:
        >>> [is_letter(one) for one in "aक\u093f\u200c7-"]
        [True, True, True, True, False, False]
    """
    return unicodedata.category(character)[0] in "LM" or character in JOINERS
