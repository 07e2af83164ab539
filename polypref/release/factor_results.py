"""What chosen answers of a dataset have more of, as `polypref factors` weighs it: for provenance, card and page."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from ..files.records import Count, Tag

#: A p-value under this one, after the correction, holds.
ALPHA: Final = 0.05
#: Factor -> what it is called, and what its raw odds are for.
WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "length": ("length", "twice as long"),
    "list_items": ("items of lists", "twice as many"),
    "headings": ("headings", "twice as many"),
    "bold": ("bold passages", "twice as many"),
    "code": ("code", "any"),
    "digits": ("numbers in digits", "twice as many"),
    "exclamations": ("exclamation marks", "twice as many"),
    "emoji": ("emoji", "twice as many"),
    "question_back": ("a question back", "any"),
    "foreign_words": ("foreign words", "twice as many"),
    "hedging": ("hedging", "twice as many"),
    "apology": ("apology", "any"),
    "formal_address": ("formal address", "formal, not mixed"),
}
#: Why a factor has no weight, in words.
LEFT_OUT: Final[Mapping[str, str]] = {
    "no_cues": "the language file has no phrases for it",
    "seldom": "answers differ in it in too few prompts",
    "few_prompts": "too few prompts for so many factors",
    "same": "it says the same as others",
}
#: Places that a line lists at most: languages, or values of a group, of which there may be hundreds.
MOST_PLACES: Final = 30
#: A key of WORDS, or of LEFT_OUT; a later version may have others. It is shown as it is, so it is nothing but a name.
FactorName = Annotated[str, re.compile("[a-z][a-z_]{0,39}")]
Reason = Annotated[str, re.compile("[a-z_]{0,40}")]


def holds_after(p_holm: float | None) -> bool:
    """Whether what was tested differs from 0 after the correction.

    Args:
        p_holm: the corrected p-value; None where nothing was tested.

    Returns:
        False for what was not tested.

    Example:
        >>> holds_after(0.049), holds_after(0.05), holds_after(None)
        (True, False, False)
    """
    return p_holm is not None and p_holm < ALPHA


def words_of(factor: str) -> str:
    """What a factor is called.

    Args:
        factor: one of WORDS, or of a later version.

    Returns:
        Its words, or its name.

    Example:
        >>> words_of("list_items"), words_of("rhyme")
        ('items of lists', 'rhyme')
    """
    return WORDS.get(factor, (factor, ""))[0]


def with_ends(estimate: float | None, low: float | None, high: float | None) -> str:
    """A weight or a difference with its interval, as text.

    Args:
        estimate: the weight; None for none.
        low, high: the interval's ends.

    Returns:
        As in `-0.80 [-1.10, -0.50]`; empty for none.

    Example:
        >>> with_ends(-0.8, -1.1, -0.5)
        '-0.80 [-1.10, -0.50]'
    """
    return "" if estimate is None else f"{estimate:+z.2f} [{low:+z.2f}, {high:+z.2f}]"


@dataclass(frozen=True)
class FactorWeight:
    """What a factor does in one language.

    Attributes:
        language: the tag.
        factor: one of WORDS.
        more, less: pairs whose chosen answer has more of it, or less.
        prompts: prompts with a pair that differs in it.
        spread: root mean square of the difference in the language's pairs, in the factor's units: what the weight is
            for.
        weight: log odds of being chosen for a difference of one spread, all other factors held equal; None where it has
            none.
        low, high: its interval.
        odds, odds_low, odds_high: the odds, times so much, for one unit of the factor.
        p, p_holm: of the weight being 0; corrected over all factors and languages of the dataset.
        left_out: why there is no weight, one of LEFT_OUT.
    """

    language: Tag
    factor: FactorName
    more: Count
    less: Count
    prompts: Count
    spread: float
    weight: float | None = None
    low: float | None = None
    high: float | None = None
    odds: float | None = None
    odds_low: float | None = None
    odds_high: float | None = None
    p: float | None = None
    p_holm: float | None = None
    left_out: Reason = ""

    def __post_init__(self) -> None:
        known = (self.weight, self.low, self.high, self.odds, self.odds_low, self.odds_high, self.p)
        if len({one is None for one in known}) > 1:
            raise ValueError("a weight without its interval, its odds or its test")

    @property
    def holds(self) -> bool:
        """Whether the weight differs from 0 after the correction."""
        return holds_after(self.p_holm)

    @property
    def words(self) -> str:
        """What the factor is called."""
        return words_of(self.factor)

    @property
    def unit(self) -> str:
        """What the raw odds are for."""
        return WORDS.get(self.factor, ("", ""))[1]

    def sentence_part(self) -> str:
        """What chosen answers have more or less of, by how much.

        Returns:
            As in `more length (+2.00 [+1.24, +2.76])`; of a factor that has a weight.
        """
        side = "more" if (self.weight or 0.0) > 0 else "less"
        return f"{side} {self.words} ({with_ends(self.weight, self.low, self.high)})"


def strongest_first(weights: Iterable[FactorWeight]) -> list[FactorWeight]:
    """The factors that have a weight.

    Args:
        weights: of the factors.

    Returns:
        Those that hold first, the largest weight first; then the others.
    """
    rows = [one for one in weights if one.weight is not None]
    return sorted(rows, key=lambda one: (not one.holds, -abs(one.weight or 0.0), one.factor))


def without_weight(weights: Iterable[tuple[FactorWeight, str]]) -> list[str]:
    """What has no weight, why, and where.

    Args:
        weights: factors, each with where it was weighed: in which language, or of which people.

    Returns:
        A line for each reason; of each factor MOST_PLACES places, and how many there are besides.
    """
    reasons: dict[str, dict[str, dict[str, None]]] = {}
    for one, where in weights:
        if one.left_out:
            reasons.setdefault(one.left_out, {}).setdefault(one.words, {})[where] = None
    return [
        f"no weight, as {LEFT_OUT.get(reason, reason)}: "
        + "; ".join(f"{words} ({_listed(list(places))})" for words, places in factors.items())
        for reason, factors in reasons.items()
    ]


def _listed(places: Sequence[str]) -> str:
    unlisted = len(places) - MOST_PLACES
    return ", ".join([*places[:MOST_PLACES], *([f"and {unlisted:,} more"] if unlisted > 0 else [])])


@dataclass(frozen=True)
class LanguagePairs:
    """Pairs of one language that were weighed, and how many prompts they are of."""

    language: Tag
    pairs: Count
    prompts: Count


@dataclass(frozen=True)
class Factors:
    """What chosen answers have more of, by language.

    Attributes:
        version: of how it is counted.
        level: of the intervals.
        tests: how many weights the correction is over.
        languages: that were looked at.
        weights: of each language and factor, in order.
        unreviewed: languages whose phrases of hedging, apology and register no speaker confirmed.
    """

    version: Count
    level: float
    tests: Count
    languages: list[LanguagePairs]
    weights: list[FactorWeight]
    unreviewed: list[Tag]

    def of_language(self, tag: str) -> list[FactorWeight]:
        """The factors of a language that have a weight.

        Args:
            tag: the language.

        Returns:
            Those that hold first, the largest weight first; then the others.
        """
        return strongest_first(one for one in self.weights if one.language == tag)

    def held(self) -> list[FactorWeight]:
        """The factors that hold.

        Returns:
            By language, the largest weight first.
        """
        return [one for row in self.languages for one in self.of_language(row.language) if one.holds]

    def left_out_sentences(self) -> list[str]:
        """What has no weight, and why.

        Returns:
            A line for each reason.
        """
        return without_weight((one, one.language) for one in self.weights)

    def sentences(self) -> list[str]:
        """What chosen answers have more and less of.

        Returns:
            A line for each language.
        """
        lines = []
        for row in self.languages:
            held = [one.sentence_part() for one in self.of_language(row.language) if one.holds]
            text = ", ".join(held) or "nothing that holds"
            lines.append(f"{row.language} ({row.pairs:,} pairs of {row.prompts:,} prompts): {text}")
        return lines
