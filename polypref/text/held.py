"""Sentences that code and JSON hold: comments and texts in quotation marks."""

import re

from .running import running_text

# A text in quotation marks that is no key: nothing follows that would give it a value.
_TEXT = re.compile(r"\"((?:[^\"\\\n]|\\.){8,4000})\"(?!\s*:)")
_COMMENT = re.compile(r"(?m)(?:^|\s)(?:#+|//+|--|/\*+|^\s*\*)\s(.{8,2000}?)(?:\*/)?\s*$")
_DOCUMENTING = re.compile(r"\"{3}([^\"]{8,4000})\"{3}|/\*+([^*]{8,4000})\*/|<!--(.{8,4000}?)-->", re.DOTALL)


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
    pieces = [*_TEXT.findall(text), *_COMMENT.findall(text), *("".join(one) for one in _DOCUMENTING.findall(text))]
    plain = "\n".join(" ".join(piece.replace("\\n", " ").split()) for piece in dict.fromkeys(pieces))
    return running_text(plain, plain)
