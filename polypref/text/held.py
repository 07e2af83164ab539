"""Sentences that code and JSON hold: comments and texts in quotation marks."""

import re
from collections.abc import Iterator

from .running import running_text

# A text in quotation marks that is no key: nothing follows that would give it a value.
_TEXT = re.compile(r"(?<!\\)\"((?:[^\"\\\n]|\\.){8,4000})\"(?!\s*:)")
# What begins a comment, looked for line by line.
_COMMENT = re.compile(r"(?:(?<!\S)(?:#+|//+|--|/\*+)|^\s*\*)\s")
_LEAST, _MOST = 8, 2000
# Neither may hold its own beginning: of many that nothing closes each would be read to the end.
_DOCUMENTING = re.compile(
    r"\"{3}([^\"]{8,4000})\"{3}|/\*+([^*]{8,4000})\*/|<!--((?:[^<-]|<(?!!--)|-(?!->)){8,4000})-->"
)


def sentences_in_code(text: str) -> str:
    """The running text in comments, and in texts between quotation marks, of code and JSON.

    Args:
        text: any text.

    Returns:
        it, a piece a line.

    Example:
        >>> sentences_in_code('{"title": "Rain", "text": "It has rained for three days."}')
        'It has rained for three days.'
    """
    documenting = ("".join(one) for one in _DOCUMENTING.findall(text))
    pieces = [*_TEXT.findall(text), *_comments(text), *documenting]
    plain = "\n".join(" ".join(piece.replace("\\n", " ").split()) for piece in dict.fromkeys(pieces))
    return running_text(plain, plain)


def _comments(text: str) -> Iterator[str]:
    """What stands in each line behind the sign of a comment."""
    for line in text.split("\n"):
        if begin := _COMMENT.search(line):
            comment = line[begin.end() :].rstrip().removesuffix("*/").rstrip()
            if _LEAST <= len(comment) <= _MOST:
                yield comment
