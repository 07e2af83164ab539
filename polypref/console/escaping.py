"""Text from data made harmless where it is shown: in a terminal, in Markdown."""

import re
from typing import Any

from .redaction import redact

# C0, DEL and C1 begin the sequences that a terminal obeys; overrides and isolates turn the words after them around.
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_TURN = re.compile("[\u202a-\u202e\u2066-\u2069]")


def lines(value: Any) -> str:
    """The value as lines that a terminal shows and does not obey.

    A control character becomes U+FFFD, a tab a space, and a mark that turns the direction its own name.
    """
    text = _CONTROL.sub("\ufffd", str(value).replace("\r\n", "\n").replace("\t", " "))
    return _TURN.sub(lambda found: f"U+{ord(found.group()):04X}", text)


def one_line(value: Any) -> str:
    """As `lines`, with all white space as one space."""
    return lines(re.sub(r"\s+", " ", str(value)))


def markdown(value: Any) -> str:
    """Text from data made harmless in Markdown and HTML: one line, every special character escaped."""
    text = one_line(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_{}\[\]()#+!|~$])", r"\\\1", text)


def say(text: str) -> None:
    """Prints lines that a terminal shows and does not obey, without secrets."""
    print(lines(redact(text)))
