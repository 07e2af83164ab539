"""Lists whose items share a frame and differ in a word: plans of a week, words in ten languages, forms of a verb.

They say the same words again and again and are no loops: each item has a word of its own, always in the same place. A
loop that drifts changes now this word and now that, and one that counts on has no word of its own but its number.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

# Items are paragraphs, lines, sentences, or what stands between commas.
_PARAGRAPHS = re.compile(r"\n[ \t]*\n\s*")
_LINES = re.compile(r"\n\s*")
_SENTENCES = re.compile(r"(?<=[;.!?؟।؛。！？；|])\s*")
_PIECES = re.compile(r"(?<=[,;.!?؟।،؛。！？，；、|])\s*")
# What a line begins with before its words: bullets, numbers, marks of headings and quotations.
_MARK = re.compile(r"^[\s\-–—*•·+#>|]*(?:\(?\d{1,4}[.)、:：]\s*)?")
_DIGITS = re.compile(r"\d+")
_SIGNS = " .,;:!?؟।،؛。、，！？；：…\"'“”„«»「」*_`()|[]-–—="
_ENDS = ".!?؟।。！？…)\"'”»」*`:"
# A list has so many items: with a word of its own each, and with two; the longest is so many times the shortest.
_LEAST, _MOST, _MOST_WITH_TWO, _LONGER = 3, 12, 60, 2.0
# Items after one another are of one frame where they have so much in common; so many of them have a word of their own.
_COMMON, _OTHER = 0.5, 0.8
# Longer items are no frames.
_LONGEST = 400


def without_framed_lists(text: str, spaces: bool = True) -> str:
    """Leaves out lists whose items share a frame, but for the first item of each.

    Args:
        text: any text.
        spaces: whether words are separated by spaces; if not, each character counts as a word.

    Returns:
        the text without them; the same text where there are none.

    Example:
        >>> without_framed_lists("To do:\\nOn Monday we sweep the hall.\\nOn Tuesday we sweep the hall.\\n"
        ...     "On Friday we sweep the hall.")
        'To do:\\nOn Monday we sweep the hall.'
        >>> without_framed_lists("We sweep. We sweep. We sweep.")
        'We sweep. We sweep. We sweep.'
    """
    for breaks in (_PARAGRAPHS, _LINES, _SENTENCES, _PIECES):
        text = _without_lists(text, breaks, spaces)
    return text


def _without_lists(text: str, breaks: re.Pattern[str], spaces: bool) -> str:
    """The text without the lists that these breaks make; breaks are kept as they are."""
    starts = [0, *(one.end() for one in breaks.finditer(text) if one.end() < len(text))]
    if len(starts) < _LEAST:
        return text
    pieces = [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
    # A sentence that runs over lines is a verse and no item.
    of_a_line = breaks in (_SENTENCES, _PIECES)
    # Of a loop each piece is there many times.
    units = {
        piece: () if of_a_line and "\n" in piece.strip() else _units(piece, spaces) for piece in dict.fromkeys(pieces)
    }
    items = [units[piece] for piece in pieces]
    left_out: set[int] = set()
    for start, end in _stretches(items):
        listed = items[start:end]
        if not _is_list(listed, spaces):
            continue
        if _is_whole(listed, "".join(pieces[end:]).strip(), len(pieces[start])):
            left_out.update(range(start + 1, end))
        # Here, as all that follows is read for each list.
        if len(left_out) >= _MOST_WITH_TWO:
            return text
    if not left_out:
        return text
    kept = "".join(piece for place, piece in enumerate(pieces) if place not in left_out)
    return kept.rstrip() if len(pieces) - 1 in left_out else kept


def _units(item: str, spaces: bool) -> Sequence[str]:
    """The words, or the characters, of an item, where numbers are all alike."""
    if len(item) > _LONGEST:
        return ()
    plain = _DIGITS.sub("0", _MARK.sub("", item, count=1)).casefold()
    if not spaces:
        return "".join(sign for sign in plain if not sign.isspace() and sign not in _SIGNS)
    return tuple(filter(None, (word.strip(_SIGNS) for word in plain.split())))


def _stretches(items: Sequence[Sequence[str]]) -> Iterator[tuple[int, int]]:
    """Where items after one another have much in common, and each is there once: from, and up to.

    A stretch in which something is said again, there or elsewhere, is no list but a loop.
    """
    times = Counter(items)
    for is_again, run in groupby(range(len(items)), lambda place: times[items[place]] > 1):
        places = list(run)
        if is_again or len(places) < _LEAST:
            continue
        # With what is said again before and behind them, the first stretch and the last may be one.
        start = places[0]
        is_list = not (start and _have_a_frame(items[start - 1], items[start]))
        for place in range(start + 1, places[-1] + 2):
            if place < len(items) and _have_a_frame(items[place - 1], items[place]):
                continue
            if is_list and place - start >= _LEAST:
                yield start, place
            start, is_list = place, True


def _have_a_frame(one: Sequence[str], other: Sequence[str]) -> bool:
    shorter, longer = sorted((len(one), len(other)))
    if not shorter or shorter < _COMMON * longer:
        return False
    common = (Counter(one) & Counter(other)).total()
    return common >= _COMMON * longer


def _is_whole(items: Sequence[Sequence[str]], rest: str, length: int) -> bool:
    """Whether a list ends as its items do, if these end alike, and no part of a next one follows: a loop is cut off."""
    if rest:
        return rest[-1] in _ENDS or 2 * len(rest) > length
    endings = {item[-1] for item in items[:-1]}
    return len(endings) > 1 or items[-1][-1] in endings


def _is_list(items: Sequence[Sequence[str]], spaces: bool) -> bool:
    """Whether items have a word of their own each in one place, and, where they are many, in two."""
    lengths = [len(item) for item in items]
    if len(items) > _MOST_WITH_TWO or max(lengths) > _LONGER * min(lengths):
        return False
    shortest = min(lengths)
    # A character is no word: it may stand in other items, in another place.
    known = Counter(word for item in items for word in set(item)) if spaces else Counter[str]()
    places = [place for place in range(shortest) if _differ([item[place] for item in items], known)]
    from_the_end = [place for place in range(-shortest, 0) if _differ([item[place] for item in items], known)]
    if len(items) <= _MOST:
        return bool(places or from_the_end)
    # The frame goes on between two words.
    if any(places[-1:][0] - one > 1 and one + 1 not in places for one in places[:1]):
        return True
    if any(from_the_end[-1:][0] - one > 1 and one + 1 not in from_the_end for one in from_the_end[:1]):
        return True
    return any(all(one + 1 < len(item) + other for item in items) for one in places[:1] for other in from_the_end[-1:])


def _differ(words: Sequence[str], known: Counter[str]) -> bool:
    """Whether nearly all of these are different words, each in its own item alone; numbers are none."""
    return len({word for word in words if word.strip("0") and known[word] <= 1}) >= _OTHER * len(words)
