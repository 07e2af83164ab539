"""What a prompt asks to be said several times: "Write ten times: I will be on time". An answer of that is no loop.

The prompt has a number before a word for times, or words for again and again, and holds what is said again: between
quotation marks, behind a colon, on a line of its own, or a few words from there.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise

from ...languages.counts import Request, repetition_requests
from ...languages.phrases import normal
from ...text.letters import is_letter, letter_class

# Of units on end so many must occur so often for the distance between them to be that of what is said again.
_WORDS, _CHARACTERS, _TIMES = 3, 6, 3
# The longest that is looked for, in units, and how many different ones an answer may repeat.
_LONGEST, _SENTENCES = 200, 4
# So far from the words that ask for it, in units, what is to be repeated stands without signs around it.
_NEAR, _NEAR_CHARACTERS = 4, 10
# An answer goes on up to so many times as long as it was asked to; where no number is said, up to so many rounds.
_MOST, _MOST_ROUNDS = 2, 100
# The longest particle that is written onto a word of the prompt.
_PARTICLE = 2
_REQUEST = "\ue000"
# A mark that nothing closes is followed up to the next one alone.
_QUOTED = re.compile(
    '(?:[“”"„«»]([^“”"„«»」』’›]+)|[「『‘‹]([^“”"„«»「」『』‘’‹›]+))[”“"»«」』’›]'
    r"|(?<!\w)'((?:[^'\n]|(?<=\w)'(?=\w))+)'(?!\w)"
)
_REST = re.compile(r"[:：]\s*(\S.*)", re.DOTALL)


def without_asked_repetition(text: str, prompt: str, spaces: bool, prompt_tag: str) -> str:
    """Leaves out of a text what its prompt asks to be said again and again.

    Args:
        text: an answer.
        prompt: what was asked.
        spaces: whether the answer's words are separated by spaces; if not, each letter counts as a word.
        prompt_tag: the prompt's language.

    Returns:
        the rest, in lower case and without points; the text as it is where the prompt asks for nothing of it, and where
        it says it far more often than it was asked to.

    Example:
        >>> without_asked_repetition("Sure: " + "be good! " * 5, "Write 'Be good' 5 times.", True, "en")
        'sure'
        >>> without_asked_repetition("be good! " * 5, "How can I be good?", True, "en")
        'be good! be good! be good! be good! be good! '
    """
    whole = normal(prompt)
    requests = repetition_requests(whole, prompt_tag)
    if not requests:
        return text
    asked = _Asked.of(prompt, whole, requests, spaces)
    units, rounds = _units(normal(text), spaces), 0
    for _ in range(_SENTENCES):
        repeated = _repeated(units, spaces)
        if not (form := asked.form_of(repeated)):
            break
        units, times = _without(units, form)
        rounds = max(rounds, times)
    if not rounds or rounds > asked.most:
        return text
    return (" " if spaces else "").join(units)


class _Asked:
    """What a prompt may want to be said again: what stands between signs, and the words near the request."""

    def __init__(self, pieces: frozenset[tuple[str, ...]], words: Sequence[str], near: int, most: int) -> None:
        self.pieces, self.words, self.near, self.most = pieces, words, near, most

    @classmethod
    def of(cls, prompt: str, whole: str, requests: Sequence[Request], spaces: bool) -> "_Asked":
        marked, at = "", 0
        for one in sorted(requests, key=lambda one: (one.start, -one.end)):
            if one.start >= at:
                marked, at = f"{marked}{whole[at : one.start]} {_REQUEST} ", one.end
        words = _units(marked + whole[at:], spaces)
        pieces = frozenset(filter(None, (tuple(_units(normal(piece), spaces)) for piece in _pieces(prompt))))
        numbers = [one.times for one in requests if one.times is not None]
        most = _MOST * max(numbers) if numbers else _MOST_ROUNDS
        return cls(pieces, words, _NEAR if spaces else _NEAR_CHARACTERS, most)

    def form_of(self, repeated: Sequence[str]) -> tuple[str, ...]:
        """What is repeated, begun where the prompt begins it; empty where the prompt does not ask for it."""
        for start in range(len(repeated)):
            form = (*repeated[start:], *repeated[:start])
            if self._is_of_pieces(form) or self._is_near(form):
                return form
        return ()

    def _is_of_pieces(self, form: tuple[str, ...]) -> bool:
        """Whether these words are one piece, or several in turns."""
        ends = {0}
        for at in range(len(form)):
            if at in ends:
                ends.update(at + len(piece) for piece in self.pieces if form[at : at + len(piece)] == piece)
        return len(form) in ends

    def _is_near(self, form: tuple[str, ...]) -> bool:
        length = len(form)
        for at in range(len(self.words) - length + 1):
            # The first word before all: at most places it is another.
            if self.words[at].startswith(form[0]) and _is_form(self.words[at : at + length], form):
                around = (*self.words[max(0, at - self.near - 1) : at], *self.words[at + length :][: self.near + 1])
                if _REQUEST in around:
                    return True
        return False


def _is_form(words: Sequence[str], form: Sequence[str]) -> bool:
    """Whether words are these; a particle may be written onto the last."""
    last, given = form[-1], words[-1]
    onto = given.startswith(last) and len(given) - len(last) <= _PARTICLE
    return onto and words[0].startswith(form[0]) and tuple(words[:-1]) == tuple(form[:-1])


def _pieces(prompt: str) -> Iterator[str]:
    for match in _QUOTED.finditer(prompt):
        yield next(filter(None, match.groups()))
    for line in prompt.split("\n"):
        yield line
        if colon := _REST.search(line):
            yield colon[1]
    if rest := _REST.search(prompt):
        yield rest[1]


@cache
def _word_pattern() -> re.Pattern[str]:
    return re.compile(rf"[{letter_class()}]+|{_REQUEST}")


def _units(text: str, spaces: bool) -> list[str]:
    """The words, or letters, of a text in normal form, without numbers, which only count."""
    text = unicodedata.normalize("NFC", text)
    if spaces:
        return [word for word in _word_pattern().findall(text) if not word.isdecimal()]
    return [sign for sign in text if is_letter(sign) or sign == _REQUEST]


def _repeated(units: Sequence[str], spaces: bool) -> Sequence[str]:
    """What is said again and again in a text, begun anywhere; nothing where nothing is."""
    width = _WORDS if spaces else _CHARACTERS
    places: dict[tuple[str, ...], list[int]] = {}
    for at in range(len(units) - width + 1):
        places.setdefault(tuple(units[at : at + width]), []).append(at)
    often = max(places.values(), key=len, default=[])
    if len(often) < _TIMES:
        return ()
    distances = Counter(after - before for before, after in pairwise(often))
    distance = min(distances, key=lambda one: (-distances[one], one))
    if distance > _LONGEST:
        return ()
    start = next(before for before, after in pairwise(often) if after - before == distance)
    return units[start : start + distance]


def _without(units: Sequence[str], form: tuple[str, ...]) -> tuple[list[str], int]:
    """The units without a form of words, and how often it stood there."""
    kept: list[str] = []
    at = times = 0
    while at < len(units):
        if units[at] == form[0] and tuple(units[at : at + len(form)]) == form:
            at, times = at + len(form), times + 1
        else:
            kept.append(units[at])
            at += 1
    return kept, times
