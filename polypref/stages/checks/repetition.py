"""Loops: answers in which a model says the same again and again, as it does when it never finds its end."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from ... import languages
from ...languages.tasks import may_repeat
from ...scripting.bounds import Count, Natural, Share
from ...scripting.declared import checked_call
from .asked_repetition import without_asked_repetition
from .common import Action, OfTexts, Role, outcome, snippet, without_code
from .contract import Batch, Outcome
from .framed_lists import without_framed_lists
from .repeated_sentences import repeated_sentences

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_DIGITS = re.compile(r"\d+")
_LETTER = re.compile(r"[^\W\d_]")
# Length of the n-grams that count as said again: words, or characters where words are not separated by spaces.
_WORDS, _CHARACTERS = 5, 15
_TIMES = 3
_BASE = 0x9E3779B97F4A7C15
# The first look: so many stretches, of which so many must occur again.
_PROBES, _MIN_PROBES, _MIN_PROBES_CODE = 12, 3, 7
_TAIL, _TAIL_WINDOW = 20, 800
# What a form leaves to be filled in.
_BLANK = re.compile(r"\[[^\]\n]{2,60}\]|_{3,}|\.{4,}|…{2,}")
# Where repeating is meant, a loop at the end has so many characters (two fifths of that where words are not separated
# by spaces), or more than this of the text is sentences that stood in it before: of real songs with refrains 31 to 61%,
# of those that never found their end 73% and more. A refrain twice at the end is shorter than the last number.
_MEANT_TAIL, _MEANT_SENTENCES, _REFRAIN_TWICE = 400, 0.7, 600
# Where a new verse stands before its last refrain too, a song may be so much refrain: seven rounds with short verses.
_VERSES_TO_THE_END = 0.85
# Lines that are alike but for two numbers or more, and none of them twice, are a table: so many on end, and no more.
_LEAST_ROWS, _MOST_ROWS = 3, 20
# The number of an item of a list is none of its row.
_ITEM_NUMBER = re.compile(r"^\s*\(?\d{1,4}[.)、:：\-]\s*")
# Sentences in this script end in set phrases of 15 characters and more (することができます): a loop is a text of which
# more than the first share is said again, or more than the second is whole sentences again.
_LONG_ENDINGS = "Jpan"
_ENDINGS_SHARE, _ENDINGS_SENTENCES = 0.8, 0.35
# A word or tag on its own, which a short text may end in (#party #party #party), is a loop from so many rounds on.
_ROUNDS_OF_A_WORD = 6
# An answer that says its points again, or a long name, and goes on: nothing more often than `_TIMES`, no more of it
# than the first share, whole sentences again no more than the second, and so much of its last quarter is new. Of 170
# real loops that two readers called loops none is like that (benchmarks/quality).
_RESTATED_SHARE, _RESTATED_SENTENCES = 0.8, 0.5
_LEAST_NEW, _LAST_PART = 0.1, 4
# Code with fewer letters than this is a grid, a matrix or a drawing, which repeats its lines and is no loop.
_LEAST_LETTERS = 0.1


def recurring(text: str, spaces: bool, probes: int, least: int) -> bool:
    """Whether some short stretches of a text, taken at even distances, occur again anywhere in it.

    A cheap first look, about a microsecond a stretch and thousand characters. Asked for 4 of 16, texts of whose words
    more than half are repeated three times nearly all pass, and 3% of 4,154 sound texts.

    Args:
        text: the text.
        spaces: whether words are separated by spaces: the stretches are 24 characters then, else 12.
        probes: how many stretches are taken.
        least: how many of them must occur again.

    Returns:
        whether so many do; False for a text of under two stretches.
    """
    width = 24 if spaces else 12
    room = len(text) - width
    if room < width:
        return False
    for i in range(probes):
        at = i * room // (probes - 1)
        stretch = text[at : at + width]
        if text.find(stretch, at + 1) >= 0 or text.find(stretch, 0, at + width - 1) >= 0:
            least -= 1
            if least == 0:
                return True
        elif probes - i <= least:
            return False
    return False


def repeated_share(text: str, spaces: bool = True, code: bool = False) -> float:
    """The share of a text that lies in word 5-grams said three times or more.

    Numbers count as equal, so that a list which only counts on is a loop.

    Args:
        text: the text.
        spaces: whether words are separated by spaces; if not, 15-grams of characters are taken.
        code: whether code counts; sound code repeats itself more than sound prose.

    Returns:
        0 to 1.
    """
    import numpy as np

    units, keys = _ngrams(text if code else without_code(text), spaces)
    if len(keys) < _TIMES:
        return 0.0
    _, gram, count = np.unique(keys, return_inverse=True, return_counts=True)
    often = count[gram] >= _TIMES
    # Units inside an n-gram: more of them have begun than have ended.
    steps = np.zeros(units + 1, dtype=np.int64)
    steps[: len(keys)] += often
    steps[units - len(keys) + 1 :] -= often
    return float((np.cumsum(steps[:-1]) > 0).mean())


def _ngrams(text: str, spaces: bool) -> "tuple[int, npt.NDArray[np.uint64]]":
    """How many words or characters a text has, and a number for each n-gram of them, in their order."""
    import numpy as np

    words = _DIGITS.sub("0", text).split()
    n = _WORDS if spaces else _CHARACTERS
    if spaces:
        numbers = {word: i for i, word in enumerate(dict.fromkeys(words))}
        units = np.fromiter(map(numbers.__getitem__, words), dtype=np.uint64, count=len(words))
    else:
        units = np.frombuffer("".join(words).encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
    grams = max(0, len(units) - n + 1)
    # A polynomial in the units modulo 2**64.
    keys = np.zeros(grams, dtype=np.uint64)
    for i in range(n):
        keys = keys * _BASE + units[i : i + grams]
    return len(units), keys


def _restates(text: str, spaces: bool) -> bool:
    """Whether a text says nothing more often than a loop has to, and something new in its last part."""
    import numpy as np

    _, keys = _ngrams(text, spaces)
    _, count = np.unique(keys, return_counts=True)
    return bool(count.max() <= _TIMES) and _ends_in_new(text, spaces)


def _ends_in_new(text: str, spaces: bool) -> bool:
    """Whether something in the last part of a text has not been said before."""
    import numpy as np

    _, keys = _ngrams(text, spaces)
    _, first = np.unique(keys, return_index=True)
    last = len(keys) // _LAST_PART
    return bool((first >= len(keys) - last).sum() >= _LEAST_NEW * last)


def tail_loop(text: str) -> tuple[int, int]:
    """The loop at the end of a text.

    The text's last characters are looked for before themselves; the distance is the period, and the loop reaches back
    as far as each character equals the one a period on. It counts from two full periods, with letters in them.
    Numbers count as equal; no more than the last 800 characters are read.

    Args:
        text: any text.

    Returns:
        (period, length) in characters; (0, 0) where there is none.

    Example:
        >>> tail_loop("So: " + "and again it is said, " * 4)
        (22, 88)
    """
    text = text[-_TAIL_WINDOW:].rstrip()
    if _DIGITS.search(text[-4 * _TAIL :]):
        text = _DIGITS.sub("0", text)
    n = len(text)
    before = text.rfind(text[-_TAIL:], 0, n - 1) if n > 2 * _TAIL else -1
    if before < 0:
        return 0, 0
    period = n - _TAIL - before
    length = period
    while length < n and text[n - 1 - length] == text[n - 1 - length + period]:
        length += 1
    if length < 2 * period or not _LETTER.search(text[-period:]):
        return 0, 0
    return period, length


def without_tables(text: str) -> str:
    """Leaves out lines that are sums or rows of a table: alike but for two numbers or more, and no two the same.

    A list that only counts on has one such number beside that of its items.

    Args:
        text: any text.

    Returns:
        the text without stretches of 3 to 20 such lines.

    Example:
        >>> without_tables("Here:\\n2 x 1 = 2\\n2 x 2 = 4\\n2 x 3 = 6\\nDone.")
        'Here:\\nDone.'
    """
    kept: list[str] = []
    for _, stretch in groupby(text.split("\n"), lambda line: _DIGITS.sub("0", line.strip())):
        lines = list(stretch)
        kept += [] if _are_rows(lines) else lines
    return "\n".join(kept)


def _are_rows(lines: list[str]) -> bool:
    """Whether lines that are alike but for their numbers are rows of a table."""
    if not _LEAST_ROWS <= len(lines) <= _MOST_ROWS:
        return False
    rows = [tuple(_DIGITS.findall(_ITEM_NUMBER.sub("", line, count=1))) for line in lines]
    varying = sum(len(set(column)) > 1 for column in zip(*rows, strict=True))
    return varying >= 2 and len(set(rows)) == len(rows)


@checked_call
@dataclass(frozen=True)
class RepetitionLoops(OfTexts):
    """Texts that end in a loop, or most of which is the same few words again and again.

    Neither a chosen nor a rejected answer may be one by default: of such a pair a model learns the loop. Tables of sums
    of up to 20 lines, lists whose items differ in a word of their own, what the prompt holds and asks to be said so
    many times, refrains of a song, and rewrites that the prompt asks for, forms to be filled in, Japanese sentences
    that end alike, and answers that say their points up to three times and go on are none, as long as they come to an
    end; nor is a short text where the prompt asks for a song.
    """

    name: ClassVar[str] = "repetition_loops"
    version: ClassVar[int] = 7
    answer_reasons: ClassVar[tuple[str, ...]] = ("answer_loop",)
    summary: ClassVar[str] = "answers that say the same again and again"
    thresholds: ClassVar[dict[str, str]] = {
        "max_repeated": "0.5: 1 of 3,874 sound texts repeats more (.64), and 126 of 160 Arabic okapi answers; 7 of 560 "
        "Japanese answers of six models repeat more (.50 to .78) in sentences that only end alike, and 3 of 5 songs",
        "max_repeated_with_code": "0.75: sound texts reach .64 with their code, 12 loops in code .77 to .98",
        "tail_loops": "3: 1 of 3,874 sound texts ends in a loop of two rounds, none of three, 443 of 2,880 weak ones",
        "tail_characters": "60: three equal short words are no loop; of 443 real loops of three rounds 2 are shorter",
    }

    roles: tuple[Role, ...] = ("chosen", "rejected")
    action: Action = "reject"
    max_repeated: Share = 0.5
    max_repeated_with_code: Share = 0.75
    tail_loops: Count = 3
    tail_characters: Natural = 60

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        """Reads the texts of `roles`, and the prompts; yields `<role>_loop` with the repeated words or their share."""
        for role in batch.roles_of(self.roles):
            tags = zip(batch.tags(role), batch.column("language"), strict=True)
            for row, (text, (tag, prompt_tag)) in enumerate(zip(batch.texts(role), tags, strict=True)):
                prompt = "" if role == "prompt" else batch.prompts[row]
                loop = self._examine(text, tag, prompt, prompt_tag)
                if loop and (rest := without_framed_lists(without_tables(text), languages.get(tag).spaces)) != text:
                    loop = self._examine(rest, tag, prompt, prompt_tag)
                if loop and prompt:
                    rest = without_asked_repetition(text, prompt, languages.get(tag).spaces, prompt_tag)
                    loop = loop if rest == text else self._examine(rest, tag, prompt, prompt_tag)
                if loop and not is_short_refrain(text, tag, prompt, prompt_tag):
                    yield row, outcome(self.action, f"{role}_loop", loop)

    def _examine(self, text: str, tag: str, prompt: str = "", prompt_tag: str = "en") -> str | None:
        language = languages.get(tag)
        period, length = tail_loop(text)
        if length >= max(self.tail_characters, self.tail_loops * period, 1):
            words = text[len(text) - period :]
            short = length < _MEANT_TAIL * (1 if language.spaces else 0.4)
            if short and _BLANK.search(words):
                return None
            few = short and language.spaces and _is_a_word_said_again(text[-2 * period :], length // period)
            if not few and not (short and may_repeat(prompt, prompt_tag)):
                return snippet(words, 0, period, 0)
        if not recurring(text, language.spaces, _PROBES, _MIN_PROBES):
            return None
        plain = without_code(text)
        if plain is text or recurring(plain, language.spaces, _PROBES, _MIN_PROBES):
            share = repeated_share(plain, language.spaces, code=True)
            if share > self.max_repeated and not _goes_on(
                plain, share, language, length < _REFRAIN_TWICE and may_repeat(prompt, prompt_tag)
            ):
                return f"{share:.0%}"
        if plain is not text and recurring(text, language.spaces, _PROBES, _MIN_PROBES_CODE):
            share = repeated_share(text, language.spaces, code=True)
            if share > self.max_repeated_with_code and not _is_grid(text, plain):
                return f"{share:.0%} with code"
        return None


def is_short_refrain(text: str, tag: str, prompt: str, prompt_tag: str) -> bool:
    """Whether a text is no longer than a chorus, and its prompt asks for what repeats itself.

    Args:
        text: the text.
        tag: its language.
        prompt: what was asked.
        prompt_tag: the language of that.

    Returns:
        false for all texts of 400 characters and more (160 in languages without spaces).
    """
    short = len(text.strip()) < _MEANT_TAIL * (1 if languages.get(tag).spaces else 0.4)
    return short and may_repeat(prompt, prompt_tag)


def _is_a_word_said_again(two_rounds: str, rounds: int) -> bool:
    """Whether what a text ends in is one word, on one line and too few times for a loop."""
    words = two_rounds[len(two_rounds) // 2 :].split()
    return rounds < _ROUNDS_OF_A_WORD and len(words) == 1 and "\n" not in two_rounds


def _is_grid(text: str, plain: str) -> bool:
    """Whether what a text has beside its prose, its code, has hardly any letters."""
    letters = sum(map(str.isalpha, text)) - sum(map(str.isalpha, plain))
    return letters < _LEAST_LETTERS * (len(text) - len(plain))


def _goes_on(text: str, share: float, language: languages.Language, meant: bool) -> bool:
    """Whether a text of which much is said again says something else all the same.

    Args:
        text: the text without its code.
        share: how much of it is said again.
        language: its language.
        meant: whether its prompt asks for what repeats itself.
    """
    most = 0.0
    if meant:
        most = _VERSES_TO_THE_END if _ends_in_new(text, language.spaces) else _MEANT_SENTENCES
    if language.scripts[:1] == (_LONG_ENDINGS,) and share <= _ENDINGS_SHARE:
        most = max(most, _ENDINGS_SENTENCES)
    if not meant and share <= _RESTATED_SHARE and _restates(text, language.spaces):
        most = max(most, _RESTATED_SENTENCES)
    return most > 0 and repeated_sentences(text, language.spaces) <= most
