"""Pairs whose answers are the same, or nearly: a model trains on them without learning anything."""

import functools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from ... import languages
from ...languages.tasks import asks_for_correction
from ...scripting.bounds import Share
from ...scripting.declared import checked_call
from ...text.cleaning import BLANK
from ...text.unstyled import same_letters, unstyled
from .common import Action, Role, outcome
from .contract import Batch, Flag, Outcome

# What can stand inside a text and not be seen: zero-width characters, marks of direction, soft hyphens; and the Arabic
# tatweel, which only stretches a word.
_UNSEEN = "".join(sign for sign in BLANK if not sign.isspace()) + "\u00ad\u034f\u061c\u0640"
_WITHOUT_UNSEEN = dict.fromkeys(map(ord, _UNSEEN))
_PROBES, _PROBE_WIDTH, _MIN_PROBES = 8, 12, 4
# Shingles of so many characters; of fewer where one character is a syllable or a word.
_SHINGLE, _DENSE_SHINGLE = 5, 2
# Of answers of so many words and characters capitals may be the whole difference: \d and \D, Essen and essen.
_WORDS_OF_A_NAME, _LENGTH_OF_A_NAME = 4, 40
_ENDS = (".", "!", "?", "\u2026")
# Below so many characters one of them may be the whole difference: 42 against 43.
_SHORT = 60


#: The flag of a pair whose chosen answer is the rejected one as a person corrected it, in no more than style.
SMALL_EDIT = "small_edit"
# Commas of all scripts; with spaces they are what may make a whole edit.
_COMMAS = ",\u055d\u060c\u07f8\u1363\u1802\u1808\u3001\ua4fe\ua60d\ufe10\ufe50\uff0c\uff64"
_SPACES_AND_COMMAS = re.compile(rf"[\s{_COMMAS}]+")


@functools.lru_cache(2)
def _as_seen(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The texts without what cannot be seen, accents and their letters as one character; both checks ask for them."""
    return tuple(
        unicodedata.normalize("NFC", text.translate(_WITHOUT_UNSEEN) if any(sign in text for sign in _UNSEEN) else text)
        for text in texts
    )


def may_be_alike(one: str, other: str) -> bool:
    """Whether two texts can be near-identical: both short, or of like lengths with half of 8 short stretches in common.

    Args:
        one: a text.
        other: another.

    Returns:
        False only where they are not near-identical.
    """
    if max(len(one), len(other)) < _SHORT:  # a full stop is much of the length of two letters
        return True
    if min(len(one), len(other)) < 0.7 * max(len(one), len(other)):
        return False
    if len(one) < _SHORT:
        return True
    missing = 0
    for at in range(0, len(one) - _PROBE_WIDTH + 1, max(1, (len(one) - _PROBE_WIDTH) // (_PROBES - 1))):
        missing += one[at : at + _PROBE_WIDTH] not in other
        if missing > _PROBES - _MIN_PROBES:
            return False
    return True


def similarity(one: str, other: str, dense: bool = False) -> float:
    """The Jaccard similarity of the character shingles of two texts.

    Args:
        one: a text.
        other: another.
        dense: take shingles of 2 characters instead of 5, for scripts where a character is a syllable or a word.

    Returns:
        0 to 1.
    """
    n = _DENSE_SHINGLE if dense else _SHINGLE
    a, b = ({text[i : i + n] for i in range(max(1, len(text) - n + 1))} for text in (one, other))
    return len(a & b) / len(a | b)


@checked_call
@dataclass(frozen=True)
class IdenticalAnswers:
    """Pairs whose answers are the same but for case, spaces, emphasis, the points and commas at the ends of words and
    what cannot be seen: the loss of such a pair is 0.693 for ever (DPO), and whichever side is chosen is chance.

    Where the prompt asks for points, capitals or spelling, or for a correction, these count; so do capitals that make
    another sign (pH, mW, -V) and the brackets of an interval. Two answers of up to four words, and no sentences, that
    differ in capitals alone are two answers: True and true, MAX_SIZE and max_size. Vowel signs always make another, as
    they make other words: pointed Hebrew is not the same as unpointed.

    Where a person corrected the rejected answer (route `edited`) the pair stays, as they meant the difference, with the
    flag `small_edit`; so does one whose answers differ in spaces and commas alone, wherever these stand.
    """

    name: ClassVar[str] = "identical_answers"
    version: ClassVar[int] = 10
    summary: ClassVar[str] = "chosen and rejected the same but for case, spaces, emphasis and points and commas"
    thresholds: ClassVar[dict[str, str]] = {}

    roles: ClassVar[tuple[Role, ...]] = ("chosen", "rejected")
    action: Action = "reject"

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        """Reads prompt, chosen, rejected and chosen_route; yields `identical_answers`, or the flag `small_edit`."""
        edited = {row for row, route in enumerate(batch.column("chosen_route")) if route == "edited"}
        alike = []
        for row, (chosen, rejected) in enumerate(zip(*_sides(batch, self.roles), strict=True)):
            same = chosen == rejected or (
                _same_start(chosen, rejected) and may_be_alike(chosen, rejected) and _same_content(chosen, rejected)
            )
            if row in edited and chosen != rejected:
                if same or _differ_in_spaces_and_commas(chosen, rejected):
                    yield row, Flag(SMALL_EDIT)
            elif same:
                alike.append(row)
        if not alike:
            return
        prompts, tags = batch.texts("prompt"), batch.column("language")
        sides = [batch.texts(role) for role in self.roles]
        for row in alike:
            one, other = (" ".join(texts[row].split()) for texts in sides)
            if one == other or not (_differ_in_capitals(one, other) or asks_for_correction(prompts[row], tags[row])):
                yield row, outcome(self.action, "identical_answers")


def _differ_in_spaces_and_commas(one: str, other: str) -> bool:
    return _SPACES_AND_COMMAS.sub("", one) == _SPACES_AND_COMMAS.sub("", other)


def _sides(batch: Batch, roles: tuple[Role, ...]) -> list[tuple[str, ...]]:
    return [_as_seen(tuple(batch.texts(role))) for role in roles]


def _same_start(one: str, other: str) -> bool:
    """Returns whether two texts can be the same but for marks, from a look at their first letters and digits."""
    first, second = ("".join(filter(str.isalnum, text[:20].casefold()))[:2] for text in (one, other))
    return first.startswith(second) or second.startswith(first)


def _differ_in_capitals(one: str, other: str) -> bool:
    """Whether two different answers are a word or an expression, and the same but for capitals."""
    words = one.split()
    is_sentence = len(words) > 1 and one.endswith(_ENDS)
    is_short = len(words) <= _WORDS_OF_A_NAME and len(one) <= _LENGTH_OF_A_NAME and not is_sentence
    return is_short and one.casefold() == other.casefold()


def _same_content(one: str, other: str) -> bool:
    if not same_letters(one, other):
        return False
    # Answers of points alone ("...", "?") have none; they are compared as they stand.
    content = unstyled(one)
    return bool(content) and content == unstyled(other)


@checked_call
@dataclass(frozen=True)
class NearIdenticalAnswers:
    """Pairs whose answers share nearly all their text.

    Flags by default: an answer beside itself with one fact changed is a pair some data sets are made of.
    """

    name: ClassVar[str] = "near_identical_answers"
    version: ClassVar[int] = 2
    summary: ClassVar[str] = "chosen and rejected share nearly all their text"
    thresholds: ClassVar[dict[str, str]] = {
        "minimum": "0.8: answers of two models reach 0.74 (9,800 pairs); 99% of copies with 2% of words changed 0.8",
    }

    roles: ClassVar[tuple[Role, ...]] = ("chosen", "rejected")
    action: Action = "flag"
    minimum: Share = 0.8

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        """Reads chosen and rejected; yields `near_identical_answers` with the similarity."""
        tags = batch.column("response_language")
        for row, (chosen, rejected, tag) in enumerate(zip(*_sides(batch, self.roles), tags, strict=True)):
            if len(chosen) >= _SHORT and may_be_alike(chosen, rejected):
                dense = languages.get(tag).dense
                alike = similarity(chosen, rejected, dense)
                if alike >= self.minimum:
                    yield row, outcome(self.action, "near_identical_answers", f"{alike:.2f}")
