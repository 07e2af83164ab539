"""What translation must leave as it is: held back behind placeholders, put back after, and checked.

Held are code, addresses, LaTeX, HTML tags and template slots (see `spans`). Numbers and Markdown marks stay in the
text, as their place and form depend on the language; `verify` checks them.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from .spans import TAG_NAME, Held, Kind, spans


class Broken(Exception):
    """A translation that cannot be put together again; the message is the reason, a word fit for counting."""


@dataclass(frozen=True)
class Masked:
    """A text with placeholders; placeholder n, counted from 1, stands for `held[n - 1]`.

    Attributes:
        text: what a translator gets.
        held: the spans held back, in order.
        mark: the letters with which this text's placeholders begin.
    """

    text: str
    held: tuple[Held, ...]
    mark: str


def mask_text(text: str) -> Masked:
    """Puts what must not be translated behind placeholders.

    Args:
        text: any text.

    Returns:
        the text for a translator, with what was held back.
    """
    mark = _free_mark(text)
    pieces, spans_held, last = [], [], 0
    for start, end, held in spans(text):
        spans_held.append(held)
        pieces += [text[last:start], placeholder(mark, len(spans_held))]
        last = end
    return Masked("".join([*pieces, text[last:]]), tuple(spans_held), mark)


def restore_text(masked: Masked, translated: str) -> str:
    """Puts the held spans back in their places.

    Inline spans may stand in another order than in the source: grammar asks for it. Not so blocks, slots without a name
    (`%s`), and tags that were nested and no longer are. Lower case, spaces inside a placeholder, fullwidth letters and
    digits of other scripts are forgiven.

    Args:
        masked: what `mask_text` made of the source.
        translated: the translation of its text.

    Returns:
        the translation.

    Raises:
        Broken: `placeholder_unknown`, `placeholder_lost`, `placeholder_doubled`, `placeholder_reordered`, or
            `placeholder_moved` (a block that no longer has its lines to itself).
    """
    pattern = placeholders(masked.mark)
    order = [int(match.group(1)) for match in pattern.finditer(translated)]
    if any(not 1 <= number <= len(masked.held) for number in order):
        raise Broken("placeholder_unknown")
    if len(set(order)) < len(masked.held):
        raise Broken("placeholder_lost")
    if len(order) > len(masked.held):
        raise Broken("placeholder_doubled")
    held = [masked.held[number - 1] for number in order]
    for group in ("block", "fixed"):
        numbers = [number for number, span in zip(order, held, strict=True) if getattr(span, group)]
        if numbers != sorted(numbers):
            raise Broken("placeholder_reordered")
    if _nested(masked.held) and not _nested(held):
        raise Broken("placeholder_reordered")
    blocks = (m for m, span in zip(pattern.finditer(translated), held, strict=True) if span.block)
    if not all(_alone(translated, m.start(), m.end()) for m in blocks):
        raise Broken("placeholder_moved")
    return pattern.sub(lambda match: masked.held[int(match.group(1)) - 1].text, translated)


# A placeholder is one Latin word, as XQ7Z: letters that seem to stand for a name or a part number are what translation
# models copy. Signs like ⟦7⟧ are unknown to NLLB's vocabulary and vanish, <x7/> and {7} come back torn apart or with
# their signs replaced by those of the language. XQ and Z begin and end no common word of a language; the Z tells 1 from
# 11 where a suffix is glued on ("XQ1Z'de", "XQ1Z에서"). Not tried on every model: what a model does break is seen and
# rejected, not passed on.
_MARKS = "XQZJVWK"
_LAST = "Z"
_WIDE = {ord("a") + i: chr(ord("A") + i) for i in range(26)}
_WIDE |= {0xFF21 + i: chr(ord("A") + i) for i in range(26)} | {0xFF41 + i: chr(ord("A") + i) for i in range(26)}


def placeholder(mark: str, number: int) -> str:
    """Writes a placeholder.

    Args:
        mark: the letters with which this text's placeholders begin.
        number: its number, from 1.

    Returns:
        as in XQ7Z.
    """
    return f"{mark}{number}{_LAST}"


@cache
def placeholders(mark: str) -> re.Pattern[str]:
    """Makes the pattern of placeholders, also as translators distort them.

    Args:
        mark: the letters with which they begin.

    Returns:
        the pattern, with the number as group 1.
    """

    def any_form(letter: str) -> str:
        code = ord(letter) - ord("A")
        return f"[{letter}{letter.lower()}{chr(0xFF21 + code)}{chr(0xFF41 + code)}]"

    return re.compile(rf"{''.join(map(any_form, mark))}[ \u00a0]?(\d{{1,9}})[ \u00a0]?{any_form(_LAST)}")


def _free_mark(text: str) -> str:
    """Returns letters that stand nowhere in the text before a digit, in no form that `placeholders` would take."""
    folded = text.translate(_WIDE)
    for length in range(2, 64):
        used = set(re.findall(rf"(?=([{_MARKS}]{{{length}}})[ \u00a0]?\d)", folded))
        for number in range(len(_MARKS) ** length if used else 1):
            mark = _word(number, length)
            if mark not in used:
                return mark
    raise AssertionError("a text of finite length leaves a mark free")


def _word(number: int, length: int) -> str:
    letters = []
    # From 1, so that the first mark of each length is XQ, XXQ, ...: doubled letters alone are less of a word.
    number += 1
    for _ in range(length):
        number, digit = divmod(number, len(_MARKS))
        letters.append(_MARKS[digit])
    return "".join(reversed(letters))


_VOID = re.compile("(?i:area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr)")


def _nested(held: Sequence[Held]) -> bool:
    """Whether every opening tag among the spans is closed in turn."""
    stack: list[str] = []
    for span in held:
        tag = TAG_NAME.match(span.text) if span.kind == "tag" else None
        if tag is None or _VOID.fullmatch(tag.group(2)) or span.text.endswith("/>"):
            continue
        if not tag.group(1):
            stack.append(tag.group(2))
        elif not stack or stack.pop() != tag.group(2):
            return False
    return not stack


def _alone(text: str, start: int, end: int) -> bool:
    """Whether a span has its lines to itself, but for quote marks, a list mark and space before it."""
    line, stop = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    before, after = text[line:start], text[end : len(text) if stop < 0 else stop]
    return not after.strip() and PREFIX.fullmatch(before) is not None


# What stands before the content of a Markdown line: quote marks, heading marks, list marks, in any digits.
PREFIX = re.compile(
    r"(?:[ \t]*(?:>|#{1,6}(?=[ \t])|[-*+•–](?=[ \t])|\[[ xX]\](?=[ \t])|"
    r"(?:\d{1,3}|(?<![^\W\d_])[A-Za-z](?=\)))[.)、．](?=[ \t])))*[ \t]*"
)

_NUMBER = re.compile(r"\d+(?:[.,\u060c\u066b\u066c'\u2019\u00a0\u202f]\d+)*")
_OTHER_DIGIT = re.compile(r"[^\D0-9]")
_SEPARATOR = re.compile(r"(?<=\d)[\s.,'\u2019\u060c\u066b\u066c](?=\d)")
# Smaller numbers are often written as words.
_MIN_NUMBER = 13


def numbers(text: str) -> Counter[str]:
    """Counts the numbers of 13 and more in a text, by their significant digits.

    Digits of other scripts, separators and trailing zeros make no difference: 1,000,000 and 1.000.000, 3.5 and the
    same with Arabic digits, 20,000 and 2 followed by the Chinese for 10,000 count as equal; a wrong power of ten is
    not seen.

    Args:
        text: any text.

    Returns:
        digits in ASCII -> how often.

    >>> numbers("In 1,500 of 20.000 cases, or 7")
    Counter({'15': 1, '2': 1})
    """
    counts: Counter[str] = Counter()
    for match in _NUMBER.finditer(text):
        digits = "".join(str(unicodedata.decimal(c)) for c in match.group() if c.isdecimal())
        # By length first: Python refuses to read thousands of digits as one number.
        if len(digits.lstrip("0")) > 2 or int(digits[-9:]) >= _MIN_NUMBER:
            counts[digits.strip("0")] += 1
    return counts


def missing_numbers(source: str, translation: str) -> tuple[list[str], int]:
    """Looks for numbers of the source that a translation lacks.

    Args:
        source: the source.
        translation: its translation.

    Returns:
        those numbers, as `numbers` writes them, and how many different ones the source has.
    """
    wanted = numbers(source)
    if not wanted:
        return [], 0
    digits = _OTHER_DIGIT.sub(lambda digit: str(unicodedata.decimal(digit.group())), translation)
    # A small number counts here too (2 in "2\u4e07" for 20,000), and thousands may stand apart (22 338 618).
    present = {re.sub(r"\D", "", number).strip("0") for number in _NUMBER.findall(digits)}
    absent = [number for number in wanted if number not in present]
    joined = _SEPARATOR.sub("", digits) if absent else ""
    return [number for number in absent if number not in joined], len(wanted)


def verify_placeholders(source: str, translated: str) -> list[str]:
    """Compares a translation with its source in what it must not change.

    Held spans may stand in another order. Numbers may have other digits and separators (see `numbers`); small ones may
    be words. Where grammar begins a line with an ordinal ("12. Mai"), that is no list mark too many.

    Args:
        source: the source.
        translated: its translation, with the held spans back in their places.

    Returns:
        what it changed, as words fit for counting; nothing if it is sound: `code_lost`, `code_added` (also url_,
        email_, latex_, tag_, slot_), `numbers`, `line_breaks`, `headings`, `list_marks`, `quote_marks`,
        `table_bars`, `emphasis`, `links`.
    """
    if source == translated:
        return []
    before, after = _shadow(source), _shadow(translated)
    reasons = list(_changed_spans(source, before[1], translated, after[1]))
    if missing_numbers(before[0], translated)[0]:
        reasons.append("numbers")
    return reasons + _changed_marks(before[0], after[0])


def _shadow(text: str) -> tuple[str, Counter[tuple[Kind, str]]]:
    """Returns the text with a sign in place of every held span, and the spans."""
    pieces, last = [], 0
    held_spans: Counter[tuple[Kind, str]] = Counter()
    for start, end, held in spans(text):
        pieces += [text[last:start], "\ufffc"]
        held_spans[held.kind, held.text] += 1
        last = end
    return "".join([*pieces, text[last:]]), held_spans


def _changed_spans(
    source: str, before: Counter[tuple[Kind, str]], translated: str, after: Counter[tuple[Kind, str]]
) -> Iterator[str]:
    # What is no span in the other language's surroundings may be there all the same: $5 in one, 5 $ in the other.
    for name, more, less, text in (("lost", before, after, translated), ("added", after, before, source)):
        seen: set[Kind] = set()
        for (kind, span), count in (more - less).items():
            if kind not in seen and text.count(span) < less[kind, span] + count:
                seen.add(kind)
                yield f"{kind}_{name}"


def _changed_marks(source: str, translated: str) -> list[str]:
    reasons = []
    if source.count("\n") != translated.count("\n"):
        reasons.append("line_breaks")
    before, after = _marks(source), _marks(translated)
    for name in ("headings", "list_marks", "quote_marks", "table_bars"):
        if before[name] != after[name]:
            reasons.append(name)
    rest = iter(after["ordered"])
    if "list_marks" not in reasons and not all(mark in rest for mark in before["ordered"]):
        reasons.append("list_marks")
    for name, mark in (("emphasis", "**"), ("links", "](")):
        if source.count(mark) != translated.count(mark):
            reasons.append(name)
    return reasons


def _marks(text: str) -> dict[str, list[str]]:
    """Returns the Markdown marks at the beginning of lines, and the bars of every line with two and more."""
    marks: dict[str, list[str]] = {
        name: [] for name in ("headings", "list_marks", "ordered", "quote_marks", "table_bars")
    }
    for line in text.split("\n"):
        prefix = PREFIX.match(line)
        for mark in prefix.group().split() if prefix else ():
            if mark[0] == "#":
                marks["headings"].append(mark)
            elif mark[0] == ">":
                marks["quote_marks"].append(mark)
            elif mark[0].isdecimal():
                marks["ordered"].append(str(int(mark.rstrip(".)、．"))))
            elif mark[0] in "-*+•–":
                marks["list_marks"].append(mark)
        if (bars := line.count("|")) > 1:
            marks["table_bars"].append("|" * bars)
    return marks
