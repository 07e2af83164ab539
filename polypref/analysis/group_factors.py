"""What chosen answers have more of by groups of people: weights for each value of a group, and how they differ.

For each language and value the pairs of the people who have it go through what `factors` does with all pairs of a
language. All values have one spread for a factor, that of the pairs of all of them, so that a weight is for the same
difference everywhere. Errors are clustered by prompt and by person (`two_way_errors`), since what one person says again
and again is one thing; who is not told apart counts as one more person. Where nobody of a value is told apart, they
are clustered by prompt alone.

Two values are compared in one model in which every factor has an interaction with the value, of the factors that have a
weight in both: its likelihood, Firth's penalty included, is the product of theirs, so that its weights are those of
two fits, and its covariance, clustered over both, holds what the same prompts give them in common. A difference has
Student's interval with the degrees of freedom that prompts and people give, whichever are fewer. The tests of all
weights are one family for Holm's correction, those of all differences another.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np

from .. import languages, schema
from ..evaluation.figures.statistics import Floats, holm
from ..people.two_ways import Numbers
from ..release.factor_results import FactorWeight
from ..release.group_factor_results import FactorDifference, GroupFactors, LanguageValues, ValueWeights
from .answer_pairs import AnswerPairs
from .conditional_logit import fit_pairs
from .factors import (
    LEAST_PROMPTS,
    LEVEL,
    interval_and_p,
    number_groups,
    pair_differences,
    pick_factors,
    with_weight,
)
from .features import FACTORS
from .two_way_errors import Estimate, two_way_errors

#: Raised when the same pairs come to other weights or differences.
VERSION = 1


@dataclass(frozen=True)
class _Side:
    """The pairs of one value of a group.

    Attributes:
        differences: factor -> (n,) the chosen answers' less the rejected ones', in spreads of the language.
        prompts, people: (n,) numbers; those of prompts are the same for all values.
        fits: of factors that were fitted before: a value is compared with many.
    """

    differences: Mapping[str, Floats]
    prompts: Numbers
    people: Numbers
    fits: dict[tuple[str, ...], tuple[Floats, Estimate]] = field(default_factory=dict)

    def fitted(self, names: Sequence[str]) -> tuple[Floats, Estimate]:
        """The weights of some factors, and what their errors are made of."""
        key = tuple(names)
        if key not in self.fits:
            x = np.column_stack([self.differences[name] for name in names])
            fit = fit_pairs(x, np.unique(self.prompts, return_inverse=True)[1].ravel())
            self.fits[key] = fit.weights, Estimate(fit.influence, fit.model, self.prompts, self.people)
        return self.fits[key]


def weigh_groups(group: str, pairs: Iterable[AnswerPairs]) -> GroupFactors:
    """Weighs what chosen answers have more of by the values of a group, and compares these.

    Args:
        group: its name.
        pairs: of each language, one after the other, with `values` and `people`.

    Returns:
        For each language the weights of each value, or why there are none, and the differences between values.
    """
    rows = _corrected([weigh_values(one) for one in pairs])
    cued = ((one.language, languages.get(one.language).style_cues) for one in rows)
    return GroupFactors(
        group=group,
        version=VERSION,
        level=LEVEL,
        tests=sum(weight.p is not None for row in rows for one in row.values for weight in one.weights),
        difference_tests=sum(len(row.differences) for row in rows),
        least_prompts=LEAST_PROMPTS,
        languages=rows,
        unreviewed=[tag for tag, cues in cued if cues is not None and not cues.reviewer],
    )


def weigh_values(pairs: AnswerPairs) -> LanguageValues:
    """The weights by value of one language, and their differences, not corrected yet.

    Args:
        pairs: of the language, with `values` and `people`.

    Returns:
        The figures.
    """
    stated = [at for at, value in enumerate(pairs.values) if value is not None]
    columns = (pairs.chosen, pairs.rejected, pairs.groups)
    chosen, rejected, groups = ([column[at] for at in stated] for column in columns)
    values, people = [pairs.values[at] or schema.OTHER for at in stated], [pairs.people[at] for at in stated]
    differences = pair_differences(AnswerPairs(pairs.language, chosen, rejected, groups))
    return compare_values(pairs.language, differences, groups, values, people, len(pairs.values) - len(stated))


def compare_values(
    language: str,
    differences: Mapping[str, Floats],
    groups: Sequence[str],
    values: Sequence[str],
    people: Sequence[str],
    unstated: int = 0,
) -> LanguageValues:
    """As `weigh_values`, of differences that were counted already.

    Args:
        language: the tag.
        differences: factor -> (n,) the chosen answers' less the rejected ones'.
        groups: (n,) the same name for pairs of one prompt.
        values: (n,) of the people.
        people: (n,) whose pair it is, OTHER for all who are not told apart.
        unstated: pairs that state no value, to be counted beside.

    Returns:
        The figures.
    """
    spreads = {name: float(np.sqrt(np.square(one).mean())) if len(one) else 0.0 for name, one in differences.items()}
    prompts, persons, value = (number_groups(names) for names in (groups, people, values))
    names = list(dict.fromkeys(values))
    sides: dict[str, _Side] = {}
    rows: dict[str, ValueWeights] = {}
    for number, name in enumerate(names):
        at = value == number
        own = {factor: one[at] / (spreads[factor] or 1.0) for factor, one in differences.items()}
        side = sides[name] = _Side(own, prompts[at], persons[at])
        apart = {one for one, of in zip(people, values, strict=True) if of == name} - {schema.OTHER}
        counts = (int(at.sum()), len(np.unique(side.prompts)), len(apart))
        weights = _weights(language, side, spreads) if counts[1] >= LEAST_PROMPTS else []
        rows[name] = ValueWeights(name, *counts, weights)
    ordered = sorted(rows.values(), key=lambda one: (one.value == schema.OTHER, -one.pairs, one.value))
    compared = [one for one in ordered if one.is_compared]
    between = [
        difference
        for one, other in combinations(compared, 2)
        for difference in _differences(one, other, sides[one.value], sides[other.value])
    ]
    return LanguageValues(language, len(groups), unstated, ordered, between)


def _weights(language: str, side: _Side, spreads: Mapping[str, float]) -> list[FactorWeight]:
    """The weights of one value, one for each of FACTORS."""
    rows, kept = pick_factors(language, side.differences, side.prompts)
    rows = {name: replace(row, spread=spreads.get(name, 0.0)) for name, row in rows.items()}
    if kept:
        weights, estimate = side.fitted(kept)
        errors, df = two_way_errors([estimate])
        for at, name in enumerate(kept):
            fewest = min(rows[name].prompts - 1, float(df[at]))
            rows[name] = with_weight(rows[name], float(weights[at]), float(errors[at]), fewest)
    return [rows[name] for name in FACTORS]


def _differences(one: ValueWeights, other: ValueWeights, first: _Side, second: _Side) -> list[FactorDifference]:
    """How the weights of two values differ, of the factors that have one in both."""
    prompts = {
        weight.factor: min(weight.prompts, beside.prompts)
        for weight, beside in zip(one.weights, other.weights, strict=True)
        if weight.weight is not None and beside.weight is not None
    }
    if not prompts:
        return []
    names = list(prompts)
    (weights, estimate), (against, subtracted) = first.fitted(names), second.fitted(names)
    errors, df = two_way_errors([estimate, subtracted.subtracted()])
    rows = []
    for at, name in enumerate(names):
        lead, behind = float(weights[at]), float(against[at])
        low, high, p = interval_and_p(lead - behind, float(errors[at]), min(prompts[name] - 1, float(df[at])))
        rows.append(FactorDifference(name, one.value, other.value, lead, behind, lead - behind, low, high, p))
    return rows


def _corrected(rows: Sequence[LanguageValues]) -> list[LanguageValues]:
    """The figures with the p-values of weights and of differences corrected, each over all languages."""
    every = [weight for row in rows for one in row.values for weight in one.weights]
    of_weights = iter(holm([math.nan if one.p is None else one.p for one in every]).tolist())
    of_differences = iter(holm([one.p for row in rows for one in row.differences]).tolist())

    def weighed(one: FactorWeight) -> FactorWeight:
        p = next(of_weights)
        return one if one.p is None else replace(one, p_holm=p)

    return [
        replace(
            row,
            values=[replace(one, weights=[weighed(weight) for weight in one.weights]) for one in row.values],
            differences=[replace(one, p_holm=next(of_differences)) for one in row.differences],
        )
        for row in rows
    ]
