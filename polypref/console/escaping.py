"""Text from data made harmless where it is shown: in a terminal, in Markdown."""

import re
import unicodedata
from pathlib import Path
from typing import TypeAlias

from .redaction import redact_text

Printable: TypeAlias = str | int | float | Path | BaseException | None
# C0, DEL and C1 begin the sequences that a terminal obeys; overrides and isolates turn the words after them around.
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_OVERRIDE = re.compile("[\u202a-\u202e]")
_TURN = re.compile("[\u202a-\u202e\u2066-\u2069]")
_ISOLATE, _END = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
_OPENING = f"\u2066\u2067{_ISOLATE}"
# Printable by Python's word, and empty to an eye: fillers, variation selectors, the blank of Braille.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_LITERAL = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_LONGEST = 100


def lines(value: Printable) -> str:
    """The value as lines that a terminal shows and does not obey.

    A control character becomes U+FFFD, a tab a space, and a mark that turns the direction its own name. The two marks
    with which `one_text` isolates a text turn nothing outside it and stay, where they are a pair on one line.

    Args:
        value: text from data, or what is shown as text.

    Returns:
        The lines, with LF between them.
    """
    text = _CONTROL.sub("\ufffd", str(value).replace("\r\n", "\n").replace("\t", " "))
    if _ISOLATE not in text:
        return _named_turns(text)
    return "\n".join(map(_with_isolates, text.split("\n")))


def _named_turns(text: str) -> str:
    return _TURN.sub(lambda mark: f"U+{ord(mark.group()):04X}", text)


def _with_isolates(line: str) -> str:
    """A line with the names of marks that turn the direction, but for pairs that isolate what they enclose."""
    opened: list[int] = []
    pairs: set[int] = set()
    for mark in _TURN.finditer(line):
        if mark.group() in _OPENING:
            opened.append(mark.start())
        elif mark.group() == _END and opened and line[(start := opened.pop())] == _ISOLATE:
            pairs |= {start, mark.start()}
    return _TURN.sub(lambda mark: mark.group() if mark.start() in pairs else f"U+{ord(mark.group()):04X}", line)


def without_overrides(text: str) -> str:
    """A text in which no mark embeds or overrides a direction, for a page: isolates end with the element they stand in.

    Args:
        text: any text.

    Returns:
        It, with the name of each such mark in its place.

    Example:
        >>> without_overrides("abc\u202egnp")
        'abcU+202Egnp'
    """
    return _OVERRIDE.sub(lambda mark: f"U+{ord(mark.group()):04X}", text)


def one_line(value: Printable) -> str:
    """As `lines`, with all white space as one space.

    Args:
        value: as in `lines`.

    Returns:
        One line.
    """
    return lines(re.sub(r"\s+", " ", str(value)))


def one_text(value: Printable, longest: int = 0) -> str:
    """As `one_line`, for a text that stands beside others: one from right to left does not turn them around.

    Args:
        value: as in `lines`.
        longest: characters after which it is cut, with an ellipsis; 0 for all.

    Returns:
        One line, between marks that isolate it where it has letters written from right to left.
    """
    text = str(value)
    # Marks of the text's own are named: it cannot end the isolation that it stands in.
    line = one_line(_named_turns(text[: 4 * longest] if longest else text))
    if longest and (len(line) > longest or len(text) > 4 * longest):
        line = line[:longest] + "\N{HORIZONTAL ELLIPSIS}"
    turned = any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in line)
    return f"{_ISOLATE}{line}{_END}" if turned else line


def short_text(value: Printable) -> str:
    """As `one_text`, of as many characters as a message says of a value that may be of any length.

    Args:
        value: as in `lines`.

    Returns:
        One line.
    """
    return one_text(value, _LONGEST)


def as_written(value: object) -> str:
    """A value as Python writes it, on one line; its type, where somebody's own `__repr__` raises.

    Args:
        value: anything.

    Returns:
        One line.
    """
    try:
        return one_line(repr(value))
    except (KeyboardInterrupt, MemoryError):
        raise
    except BaseException as error:
        return f"<{type(value).__name__}, whose __repr__ raises {type(error).__name__}>"


def as_literal(text: str) -> str:
    """A text as Python's source writes it, so that whoever reads it sees every character.

    What cannot be seen (a zero-width non-joiner, a no-break space, a variation selector) is written by its number, and
    letters of any script as they are.

    Args:
        text: any text.

    Returns:
        A literal in double quotes, on one line.

    Example:
        >>> print(as_literal('say "می\u200cشود"'))
        "say \\"می\\u200cشود\\""
    """
    return '"' + "".join(_LITERAL.get(letter) or _seen(letter) for letter in text) + '"'


def _seen(letter: str) -> str:
    if letter.isprintable() and not _UNSEEN.match(letter):
        return letter
    code = ord(letter)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def unseen_letters(text: str) -> list[str]:
    """The characters of a text that an eye cannot see, or takes for a blank.

    Args:
        text: any text.

    Returns:
        The name and number of each, once, in the order of the text.

    Example:
        >>> unseen_letters("می\u200cشود")
        ['Zero Width Non-Joiner (U+200C)']
    """
    unseen = dict.fromkeys(letter for letter in text if _seen(letter) != letter)
    return [f"{unicodedata.name(letter, 'a control character').title()} (U+{ord(letter):04X})" for letter in unseen]


def markdown(value: Printable) -> str:
    """Text from data made harmless in Markdown and HTML: one line, every special character escaped.

    Args:
        value: as in `lines`.

    Returns:
        One line of Markdown that shows the text as it is.
    """
    text = one_line(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_{}\[\]()#+!|~$])", r"\\\1", text)


def print_safely(text: str) -> None:
    """Prints lines that a terminal shows and does not obey, without secrets.

    Args:
        text: one line or several.
    """
    print(lines(redact_text(text)))
