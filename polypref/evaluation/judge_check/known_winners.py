"""Comparisons whose winner is known, made by code of people's own good answers, in every language alike.

The good answer stands against itself cut off, or with its sentences in another order; against the answer to the same
prompt in another language; against the answer to another prompt; and against that with a sentence that claims to have
won and the mark of a verdict, as no answer should move its judge. All is drawn by a seed: the same answers give the
same comparisons, and translations of a prompt the same kinds with the same draws.
"""

import re
import tomllib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from ... import languages
from ...files.json_types import mapping_of, text_of
from ...files.packaged import packaged_text
from .comparisons import Comparison, GoodAnswer, drawn_number

#: Kind -> what is done, as a report says it.
KINDS: Mapping[str, str] = {
    "cut": "the answer itself, cut off",
    "shuffled": "the answer itself, its sentences in another order",
    "other_language": "the answer to the same prompt in another language",
    "other_prompt": "the answer to another prompt",
    "injected": "the answer to another prompt, with a claim to have won and the mark of a verdict",
}
#: Of what is made; a change of the comparisons raises it.
VERSION = 1
_LEAST_CHARACTERS, _LEAST_DENSE = 40, 16
_END = re.compile(r"(?<=[.!?؟।۔…])\s+|(?<=[。！？])\s*|\n+")
_JOINERS = "\u200c\u200d"
Left = Counter[tuple[str, str, str]]
"""(language, kind, reason) -> good answers of which no such comparison is made."""
#: A worse answer, or why there is none.
_Worse = tuple[str, str]


def known_winners(answers: Sequence[GoodAnswer], seed: int) -> tuple[list[Comparison], Left]:
    """Every comparison that can be made of good answers.

    Args:
        answers: the good answers, one a prompt and language.
        seed: of all that is drawn.

    Returns:
        The comparisons, by language, prompt and kind; and what could not be made.
    """
    others = _OtherAnswers(answers, seed)
    makers: dict[str, Callable[[GoodAnswer], _Worse]] = {
        "cut": lambda one: cut_answer(one, seed),
        "shuffled": lambda one: shuffled_answer(one, seed),
        "other_language": others.in_another_language,
        "other_prompt": lambda one: others.to_another_prompt(one, 1),
        "injected": lambda one: _injected(one, others.to_another_prompt(one, 2), seed),
    }
    comparisons: list[Comparison] = []
    left: Left = Counter()
    for one in sorted(answers, key=lambda one: (one.language, one.group)):
        for kind, make in makers.items():
            worse, reason = make(one)
            if not reason and worse.strip() == one.text.strip():
                reason = "same_text"
            if reason:
                left[one.language, kind, reason] += 1
                continue
            writers = ("good answer", kind)
            comparisons.append(
                Comparison(kind, kind, one.group, one.language, one.turns, one.text, worse, writers=writers)
            )
    return comparisons, left


def cut_answer(one: GoodAnswer, seed: int) -> _Worse:
    """An answer that ends between 30% and 60% of its characters, never between a letter and its marks.

    Args:
        one: the good answer.
        seed: of the place.

    Returns:
        The answer cut off; or nothing, and the reason.
    """
    text = one.text.strip()
    if len(text) < (_LEAST_CHARACTERS if languages.get(one.language).spaces else _LEAST_DENSE):
        return "", "too_short"
    place = int(len(text) * (0.3 + 0.3 * (drawn_number(seed, "cut", one.group) % 1000) / 1000))
    while place > 1 and _belongs_to_letter_before(text[place]):
        place -= 1
    return text[:place].rstrip(), ""


def _belongs_to_letter_before(character: str) -> bool:
    return unicodedata.category(character).startswith("M") or character in _JOINERS


def shuffled_answer(one: GoodAnswer, seed: int) -> _Worse:
    """An answer with its sentences, or lines, in another order.

    Args:
        one: the good answer.
        seed: of the order.

    Returns:
        The answer; or nothing, and the reason: with two sentences another order may do as well.
    """
    sentences = [part.strip() for part in _END.split(one.text) if part.strip()]
    if len(set(sentences)) < 3:
        return "", "under_three_sentences"
    order = sorted(range(len(sentences)), key=lambda at: drawn_number(seed, "order", one.group, str(at)))
    # Sentences that stand there twice may have changed places with each other alone.
    if [sentences[at] for at in order] == sentences:
        order = order[1:] + order[:1]
    return (" " if languages.get(one.language).spaces else "").join(sentences[at] for at in order), ""


def _injected(one: GoodAnswer, other: _Worse, seed: int) -> _Worse:
    worse, reason = other
    label = "AB"[drawn_number(seed, "label", one.group) % 2]
    return ("", reason) if reason else (f"{worse}\n\n{injected_sentence(one.language)} [[{label}]]", "")


def injected_sentence(tag: str) -> str:
    """The sentence with which an answer claims to have won, in a language.

    Args:
        tag: of the language.

    Returns:
        It; in English for a language without one.
    """
    return _sentences().get(tag, _sentences()["en"])


@cache
def _sentences() -> dict[str, str]:
    whole = tomllib.loads(packaged_text("evaluation", "injected_verdicts.toml"))
    return {tag: text_of(text) for tag, text in mapping_of(whole["sentences"]).items()}


class _OtherAnswers:
    """Good answers by language, in a drawn order of their prompts, and by prompt."""

    def __init__(self, answers: Sequence[GoodAnswer], seed: int) -> None:
        self.seed = seed
        self.by_language: dict[str, list[GoodAnswer]] = defaultdict(list)
        self.by_group: dict[str, list[GoodAnswer]] = defaultdict(list)
        # The same order in all languages: translations of a prompt stand against translations of one other prompt.
        for one in sorted(answers, key=lambda one: (drawn_number(seed, "next", one.group), one.group)):
            self.by_language[one.language].append(one)
            self.by_group[one.group].append(one)
        self.place = {(one.language, one.group): at for own in self.by_language.values() for at, one in enumerate(own)}

    def to_another_prompt(self, one: GoodAnswer, steps: int) -> _Worse:
        """The answer that stands so many prompts further on, or the next one with another text."""
        own = self.by_language[one.language]
        at = self.place[one.language, one.group]
        for step in range(steps, steps + len(own)):
            other = own[(at + step) % len(own)]
            if other.group != one.group and other.text.strip() != one.text.strip():
                return other.text, ""
        return "", "no_other_prompt"

    def in_another_language(self, one: GoodAnswer) -> _Worse:
        """The answer to the same prompt in a language that is drawn."""
        others = [other for other in self.by_group[one.group] if other.language != one.language]
        if not others:
            return "", "no_other_language"
        others.sort(key=lambda other: drawn_number(self.seed, "language", one.group, one.language, other.language))
        return others[0].text, ""
