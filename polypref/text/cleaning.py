"""Cleaning of text that comes from outside, once, at the door; and what of a text counts as prose."""

import re
from contextvars import ContextVar

# Control characters that carry no text (C0 but tab and what ends a line, DEL, C1). Zero-width joiners and direction
# marks stay: Persian, Hindi and Hebrew need them.
_CONTROLS = r"\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff"
# What else ends a line: vertical tabs (Word, PowerPoint), page breaks (PDF), separators of files, groups and records,
# next line, Unicode's separators of lines and paragraphs. Deleted they would glue words together.
_BREAKS = r"\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029"

_CONTROL, _BREAK = re.compile(f"[{_CONTROLS}]"), re.compile(rf"\r\n|[{_BREAKS}]")

_SURROGATE = re.compile(r"[\ud800-\udfff]")
# One look for all that is rare: nearly every text needs no more.
_RARE = re.compile(rf"[{_BREAKS}{_CONTROLS}\ud800-\udfff]")
# Tokens with which chat templates mark turns; a text that holds one would be read as a turn of its own in training.
_TEMPLATE = (
    r"<\|[A-Za-z][A-Za-z0-9_ -]{1,40}\|>|<(?:start|end)_of_(?:turn|text)>|\[/?INST\]|<</?SYS>>|"
    r"<\uff5c[^\uff5c<>]{1,40}\uff5c>|</?s>"
)

_TEMPLATE_TOKEN = re.compile(_TEMPLATE.removesuffix("|</?s>"))

_END_TOKEN, _LONGEST_TOKEN = re.compile(rf"(?:{_TEMPLATE})\Z"), 48

_LEADING_TOKENS = re.compile(r"\A\s*(?:<\|(?:begin_of_text|BOS_TOKEN|endoftext)\|>\s*)+")

#: What shows nothing at the ends of a text: blanks, zero-width characters, marks of direction.
BLANK = "".join(chr(i) for i in range(0x3001) if chr(i).isspace()) + "".join(
    map(chr, (*range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x206A), 0xFEFF))
)


_NO_LABEL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def is_label(text: str) -> bool:
    """Whether a text can be a name or a reason: something to see, on one line, without controls or half characters.

    Args:
        text: any text.

    Returns:
        true where it can.

    Example:
        >>> is_label("too long"), is_label("too\\nlong"), is_label(" ")
        (True, False, False)
    """
    return bool(text.strip(BLANK)) and not _NO_LABEL.search(text)


_CHANGED: ContextVar[int] = ContextVar("texts that clean_text changed", default=0)


def texts_changed() -> int:
    """How many texts `clean_text` changed so far, for whoever counts those of a row.

    Returns:
        a number that only grows, of this process or task.
    """
    return _CHANGED.get()


class Uncleanable(Exception):
    """A text that cannot be cleaned; the message is the reason, a word fit for counting."""


def clean_text(text: str, *, trim_end_tokens: bool = False) -> str:
    """Removes control characters from a text and makes every line end in one line feed; the rest stays as it came.

    Page breaks, vertical tabs and Unicode's separators of lines and paragraphs are line ends too.

    Args:
        text: the text as read.
        trim_end_tokens: for answers of models: also removes chat-template tokens that a generation left at its end or
            start (`<|im_end|>`, `</s>`).

    Returns:
        the text.

    Raises:
        Uncleanable: `lone_surrogate` (half a character is lost) or `chat_template_token` (a turn marker inside the
            text; removing it would glue two turns together).
    """
    as_read = text
    if _RARE.search(text):
        if has_lone_surrogate(text):
            raise Uncleanable("lone_surrogate")
        text = _CONTROL.sub("", _BREAK.sub("\n", text))
    if "<" in text or "[" in text:
        if trim_end_tokens:
            text = _without_end_tokens(_LEADING_TOKENS.sub("", text))
        if _TEMPLATE_TOKEN.search(text):
            raise Uncleanable("chat_template_token")
    if text != as_read:
        _CHANGED.set(_CHANGED.get() + 1)
    return text


def template_token(text: str) -> str | None:
    """Looks for a token with which chat templates mark turns, as `clean_text` refuses them.

    Args:
        text: any text.

    Returns:
        the first one; None without one.
    """
    hit = _TEMPLATE_TOKEN.search(text) if "<" in text or "[" in text else None
    return hit.group() if hit else None


def has_lone_surrogate(text: str) -> bool:
    """Whether the text holds half a character, which no file can hold.

    Args:
        text: any text.

    Returns:
        true where it does.
    """
    return _SURROGATE.search(text) is not None


def _without_end_tokens(text: str) -> str:
    # By index from the end: one regular expression with \s* would take quadratic time over a long run of spaces.
    end, struck, closed = len(text), text.count("<s>"), text.count("</s>")
    while True:
        last = end
        while last and text[last - 1].isspace():
            last -= 1
        token = _END_TOKEN.search(text, max(0, last - _LONGEST_TOKEN), last)
        # A closing </s> with its opening <s> is HTML strike-through, not an end token.
        if token is None or (token.group() == "</s>" and closed <= struck):
            return text if end == len(text) else text[:last]
        closed -= token.group() == "</s>"
        struck -= token.group() == "<s>"
        end = token.start()
