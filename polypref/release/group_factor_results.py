"""What chosen answers have more of by groups of people, as `polypref factors --by` weighs it, with the differences."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..console.escaping import one_text
from ..files.records import Count, Tag, Text
from ..people.groups import FEWEST, OTHER
from .factor_results import (
    MOST_PLACES,
    FactorName,
    FactorWeight,
    holds_after,
    strongest_first,
    with_ends,
    without_weight,
    words_of,
)

Written = Callable[[str], str]
"""How a value of a group, or its name, is written where somebody reads it: escaped, and told from the words around."""


def in_quotes(value: str) -> str:
    """A value as a line of a terminal or a page has it.

    Args:
        value: any text.

    Returns:
        One line between quotation marks; what is written from right to left turns nothing around it.

    Example:
        >>> in_quotes("town")
        "'town'"
    """
    return f"'{one_text(value)}'"


@dataclass(frozen=True)
class ValueWeights:
    """What is weighed of the pairs of one value of a group, in one language.

    Attributes:
        value: the value; OTHER for those of whom nothing else is published.
        pairs: whose people have it.
        prompts: they are of.
        people: who are told apart.
        weights: of each factor, in order, whose spread is that of all values together; nothing where the prompts are
            too few for any.
    """

    value: Text
    pairs: Count
    prompts: Count
    people: Count
    weights: list[FactorWeight]

    @property
    def is_compared(self) -> bool:
        """Whether the value is compared with others: it is one, of enough people who are told apart, with a weight."""
        return self.value != OTHER and self.people >= FEWEST and any(one.weight is not None for one in self.weights)

    def weighed(self) -> list[FactorWeight]:
        """The factors that have a weight.

        Returns:
            Those that hold first, the largest weight first; then the others.
        """
        return strongest_first(self.weights)


@dataclass(frozen=True)
class FactorDifference:
    """How a factor's weights differ between two values of a group, in one language.

    Attributes:
        factor: one of factor_results.WORDS.
        first, second: the values.
        first_weight, second_weight: of the factor, in a model of the factors that have a weight in both.
        difference: the first less the second.
        low, high: its interval.
        p, p_holm: of the difference being 0; corrected over all factors, pairs of values and languages.
    """

    factor: FactorName
    first: Text
    second: Text
    first_weight: float
    second_weight: float
    difference: float
    low: float
    high: float
    p: float
    p_holm: float | None = None

    @property
    def holds(self) -> bool:
        """Whether the difference is other than 0 after the correction."""
        return holds_after(self.p_holm)

    @property
    def words(self) -> str:
        """What the factor is called."""
        return words_of(self.factor)


@dataclass(frozen=True)
class LanguageValues:
    """What is weighed by the values of a group in one language.

    Attributes:
        language: the tag.
        pairs: that state the group.
        unstated: pairs that do not.
        values: that the people have, those of most pairs first, OTHER last.
        differences: of every two values that are compared, and every factor that has a weight in both.
    """

    language: Tag
    pairs: Count
    unstated: Count
    values: list[ValueWeights]
    differences: list[FactorDifference]

    def compared(self) -> list[FactorDifference]:
        """The differences between values.

        Returns:
            Those that hold first, the largest first; then the others.
        """
        return sorted(self.differences, key=lambda one: (not one.holds, -abs(one.difference)))


@dataclass(frozen=True)
class GroupFactors:
    """What chosen answers have more of by the values of one group of people, language by language.

    Attributes:
        group: its name, as in `age`.
        version: of how it is counted.
        level: of the intervals.
        tests: how many weights the correction of weights is over.
        difference_tests: how many differences that of differences is over.
        least_prompts: of a value, under which it has no weight.
        languages: that were looked at.
        unreviewed: languages whose phrases of hedging, apology and register no speaker confirmed.
    """

    group: Text
    version: Count
    level: float
    tests: Count
    difference_tests: Count
    least_prompts: Count
    languages: list[LanguageValues]
    unreviewed: list[Tag]

    def held(self) -> list[tuple[LanguageValues, ValueWeights, FactorWeight]]:
        """The weights that hold.

        Returns:
            By language and value, the largest weight first.
        """
        return [
            (row, one, weight)
            for row in self.languages
            for one in row.values
            for weight in one.weighed()
            if weight.holds
        ]

    def held_differences(self) -> list[tuple[LanguageValues, FactorDifference]]:
        """The differences that hold.

        Returns:
            By language, the largest first.
        """
        return [(row, one) for row in self.languages for one in row.compared() if one.holds]

    def sentences(self) -> list[str]:
        """What chosen answers have more and less of, value by value, and between which values that differs.

        Returns:
            A line for each language and value, and one of the differences for each language.
        """
        return [line for row in self.languages for line in (*_value_lines(row), *_difference_line(row))]

    def notes(self, written: Written = in_quotes) -> list[str]:
        """Which pairs, values and factors are left out, with their numbers.

        Args:
            written: how values and the group's name are written.

        Returns:
            A line each.
        """
        return [
            *(line for row in self.languages for line in self._left_out(row, written)),
            *without_weight(self._by_place(written)),
        ]

    def _left_out(self, row: LanguageValues, written: Written) -> Iterator[str]:
        """Of one language: pairs that state nothing, values of too few prompts or people, and that none is compared."""
        if row.unstated:
            every = row.pairs + row.unstated
            yield f"{row.language}: {row.unstated:,} of {every:,} pairs state no {written(self.group)}"
        few_of = list(self._values_of_few(row, written))
        yield from few_of[:MOST_PLACES]
        if unlisted := len(few_of[MOST_PLACES:]):
            yield f"{row.language}: {unlisted:,} more values have too few prompts or people"
        compared = sum(one.is_compared for one in row.values)
        if row.pairs and compared < 2:
            yield f"{row.language}: no two values can be compared"

    def _values_of_few(self, row: LanguageValues, written: Written) -> Iterator[str]:
        for one in row.values:
            if not one.weights:
                few = f"{one.pairs:,} pairs of {one.prompts:,} prompts"
                yield (
                    f"{row.language}: {written(one.value)} has too few prompts for a weight: {few}, and "
                    f"{self.least_prompts} are needed"
                )
            elif one.value != OTHER and one.people < FEWEST:
                yield (
                    f"{row.language}: {written(one.value)} is compared with no other value: {one.people:,} of its "
                    f"people are told apart, and {FEWEST} are needed"
                )

    def _by_place(self, written: Written) -> Iterator[tuple[FactorWeight, str]]:
        """The factors of each language and value, and where that is; phrases are a language's, all else a value's."""
        for row in self.languages:
            for value in row.values:
                for one in value.weights:
                    yield one, row.language if one.left_out == "no_cues" else f"{row.language} {written(value.value)}"


def _value_lines(row: LanguageValues) -> Iterator[str]:
    for one in row.values:
        held = [weight.sentence_part() for weight in one.weighed() if weight.holds]
        counts = f"{one.pairs:,} pairs of {one.prompts:,} prompts, {one.people:,} people told apart"
        text = ", ".join(held) or ("nothing that holds" if one.weights else "too few prompts")
        yield f"{row.language}, {in_quotes(one.value)} ({counts}): {text}"


def _difference_line(row: LanguageValues) -> Iterator[str]:
    """Which values differ in what; nothing where none were compared."""
    if not row.differences:
        return
    held = [
        f"{one.words}: {in_quotes(one.first)} {one.first_weight:+z.2f}, "
        f"{in_quotes(one.second)} {one.second_weight:+z.2f} (difference {with_ends(one.difference, one.low, one.high)})"
        for one in row.compared()
        if one.holds
    ]
    text = "; ".join(held) or "nothing that holds"
    yield f"{row.language}, differences ({len(held):,} of {len(row.differences):,} hold): {text}"
