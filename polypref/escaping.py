"""Text from data made harmless where it is shown: in a terminal, in Markdown."""

import re
from typing import Any

# C0, DEL and C1 begin the sequences that a terminal obeys; overrides and isolates turn the words after them around.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_TURN = re.compile("[\u202a-\u202e\u2066-\u2069]")


def one_line(value: Any) -> str:
    """The value as one line that a terminal shows and does not obey.

    White space becomes one space, a control character U+FFFD, and a mark that turns the direction its own name.
    """
    text = _CONTROL.sub("\ufffd", re.sub(r"\s+", " ", str(value)))
    return _TURN.sub(lambda found: f"U+{ord(found.group()):04X}", text)


def markdown(value: Any) -> str:
    """Text from data made harmless in Markdown and HTML: one line, every special character escaped."""
    text = one_line(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_{}\[\]()#+!|~$])", r"\\\1", text)
