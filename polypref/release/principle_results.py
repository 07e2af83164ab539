"""Principles that an LLM proposed for what chosen answers have in common, and what votes on other pairs say of them."""

from dataclasses import dataclass

from ..files.records import Count, Tag, Text
from .factor_results import ALPHA, holds_after


@dataclass(frozen=True)
class Principle:
    """A principle in one language, tested on pairs of prompts that it was not proposed from.

    Attributes:
        language: the tag.
        text: the principle.
        proposed: how many pairs it was proposed for.
        agree, against: held-out pairs in which it prefers the chosen answer, or the rejected one, in both orders.
        undecided: pairs in which it prefers neither, does not apply, or another answer in the other order.
        unread: pairs of which a vote could not be read, or never came.
        accuracy: share of `agree` among these two; None where there are none.
        low, high: its 95% Wilson interval.
        p, p_holm: exact, of one half; corrected over all principles and languages.
    """

    language: Tag
    text: Text
    proposed: Count
    agree: Count
    against: Count
    undecided: Count
    unread: Count
    accuracy: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    p_holm: float | None = None

    def __post_init__(self) -> None:
        if len({one is None for one in (self.accuracy, self.low, self.high)}) > 1:
            raise ValueError("an accuracy without its interval")

    @property
    def holds(self) -> bool:
        """Whether chosen answers follow it more often than not, after the correction."""
        return holds_after(self.p_holm) and self.agree > self.against

    @property
    def verdict(self) -> str:
        """What the votes say, in words."""
        if self.holds:
            return "holds"
        known = holds_after(self.p_holm)
        return "chosen answers go against it" if known else "not shown"


@dataclass(frozen=True)
class LanguagePrinciples:
    """What was asked in one language.

    Attributes:
        language: the tag.
        shown: pairs that principles were proposed from.
        unread: of these, pairs of which no reply could be read.
        held_out: pairs of other prompts that were voted on.
    """

    language: Tag
    shown: Count
    unread: Count
    held_out: Count


@dataclass(frozen=True)
class Principles:
    """What was proposed, and what holds.

    Attributes:
        model, revision: who proposed and voted.
        prompts: names and digests of the two prompts.
        seed: of what was drawn.
        tests: how many principles the correction is over.
        languages: that were asked about.
        principles: by language, the most accurate first.
    """

    model: Text
    revision: Text
    prompts: list[Text]
    seed: int
    tests: Count
    languages: list[LanguagePrinciples]
    principles: list[Principle]

    def __post_init__(self) -> None:
        if len(self.prompts) != 2:
            raise ValueError("prompts are not the two that were asked with")

    @property
    def head(self) -> str:
        """How they came about, and how to read them."""
        held = sum(one.holds for one in self.principles)
        return (
            f"{self.model} was shown pairs with their labels and proposed principles ({self.prompts[0]}). On pairs of "
            "other prompts, without labels and in both orders, it then said which answer each principle prefers "
            f"({self.prompts[1]}). Accuracy is the share of chosen answers where both orders agree, with a 95% Wilson "
            f"interval. {held} of {len(self.principles)} principles hold at {ALPHA:g} after Holm's correction over all "
            "of them; of the others nothing is claimed. They are the words and votes of a model: they say what goes "
            "with being chosen, not why."
        )

    def sentences(self) -> list[str]:
        """The principles with what the votes say.

        Returns:
            A line each.
        """
        return [
            f"{one.language}: {one.text} [{share_with_interval(one)} of {one.agree + one.against}, "
            f"{one.undecided} undecided; {one.verdict}]"
            for one in self.principles
        ]


def share_with_interval(one: Principle) -> str:
    """A principle's accuracy as text.

    Args:
        one: the principle.

    Returns:
        As in `0.84 [0.71, 0.92]`; a dash where no vote is decided.
    """
    return "-" if one.accuracy is None else f"{one.accuracy:.2f} [{one.low:.2f}, {one.high:.2f}]"
