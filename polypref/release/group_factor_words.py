"""Weights of factors by groups of people in words: what stands above them, their cells, and the card's section."""

from collections.abc import Iterable, Sequence

from ..people.groups import FEWEST
from .audit_words import isolated
from .factor_results import ALPHA, FactorWeight, with_ends
from .group_factor_results import FactorDifference, GroupFactors, LanguageValues, ValueWeights, Written, in_quotes

_WEIGHTS = ("language", "value", "factor", "chosen has more", "less", "weight", "odds", "for", "p")
_DIFFERENCES = ("language", "factor", "first", "weight", "second", "weight", "difference", "p")


def group_factors_head(factors: GroupFactors, written: Written = in_quotes) -> str:
    """How the weights and differences came about, and how to read them.

    Args:
        factors: the weights.
        written: how the group's name is written.

    Returns:
        Sentences.
    """
    counted = sum(row.pairs for row in factors.languages)
    held, differ = len(factors.held()), len(factors.held_differences())
    cues = (
        f" Hedging, apology and address are known by phrases that nobody confirmed ({', '.join(factors.unreviewed)})."
        if factors.unreviewed
        else ""
    )
    return (
        f"Of {counted:,} pairs whose people state {written(factors.group)}: in each language and for each value a "
        "conditional logit of which answer is chosen, on the differences of all factors at once. A weight is the log "
        "odds for a difference as large as they usually are in that language (its root mean square over all values), "
        f"with a {factors.level:.0%} interval clustered by prompt and by person. {held:,} of {factors.tests:,} weights "
        f"differ from 0 at {ALPHA:g} after Holm's correction over all of them. Groups differ in a factor only where "
        "the interval of the difference of their weights says so, not where one weight differs from 0 and the other "
        f"does not: {differ:,} of {factors.difference_tests:,} differences do, after a correction of their own. Values "
        f"with {FEWEST} people or more who are told apart are compared, and never those of 'other'. That groups differ "
        f"does not say why: where people chose their own questions, they also differ by what they asked.{cues}"
    )


def group_factors_sections(groups: Iterable[GroupFactors]) -> str:
    """The card's sections about weights by groups of people.

    Args:
        groups: of a provenance.

    Returns:
        Markdown without its last line end; empty where nobody asked.
    """
    return "\n\n".join(map(_section, groups))


def _section(factors: GroupFactors) -> str:
    parts = [
        f"### What chosen answers have more of, by {isolated(factors.group)}\n\n"
        + group_factors_head(factors, _in_card)
    ]
    if differences := factors.held_differences():
        parts.append("Differences that hold:\n\n" + _table(_DIFFERENCES, [_of_difference(*one) for one in differences]))
    if weights := factors.held():
        parts.append("Weights that hold:\n\n" + _table(_WEIGHTS, [_of_weight(*one) for one in weights]))
    if notes := factors.notes(_in_card):
        parts.append("\n".join(f"- {one}." for one in notes))
    return "\n\n".join(parts)


def _in_card(value: str) -> str:
    return f"'{isolated(value)}'"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    texts = {"language", "factor", "first", "second", "value", "for"}
    rule = "|".join("---" if name in texts else "---:" for name in heads)
    return "\n".join([f"| {' | '.join(heads)} |", f"|{rule}|", *(f"| {' | '.join(row)} |" for row in rows)])


def _of_difference(row: LanguageValues, one: FactorDifference) -> list[str]:
    sides = (isolated(one.first), f"{one.first_weight:+z.2f}", isolated(one.second), f"{one.second_weight:+z.2f}")
    p = "" if one.p_holm is None else f"{one.p_holm:.2g}"
    return [row.language, one.words, *sides, with_ends(one.difference, one.low, one.high), p]


def _of_weight(row: LanguageValues, value: ValueWeights, one: FactorWeight) -> list[str]:
    odds = "" if one.odds is None else f"{one.odds:.3g} [{one.odds_low:.3g}, {one.odds_high:.3g}]"
    p = "" if one.p_holm is None else f"{one.p_holm:.2g}"
    counts = (f"{one.more:,}", f"{one.less:,}", with_ends(one.weight, one.low, one.high))
    return [row.language, isolated(value.value), one.words, *counts, odds, one.unit, p]
