"""Rows that an evaluation was given and did not use: by reason and language, as its report and the terminal say it."""

from collections import Counter
from collections.abc import Iterable, Mapping

from ..layouts.tools import NOT_READ, OFFERS_TOOLS
from .results import ModelFacts, SetFacts

#: Reasons of their own: a row's language is not among those asked for, or no known language goes by its name.
NOT_ASKED_FOR = "language_not_asked_for"
UNKNOWN = "unknown_language"
#: Stored answers that belong to none of the prompts.
TO_NO_PROMPT = "to_no_prompt_asked"
#: Prompts of more than texts: models are asked them in builds, and not in evaluations.
OF_TOOLS = (OFFERS_TOOLS, NOT_READ)
#: The most languages that a line in the terminal names.
_NAMED = 8

Tally = list[tuple[str, Counter[str]]]
"""Reason, and how often by language; the most frequent first."""


def by_reason(counts: Mapping[str, Mapping[str, int]]) -> Tally:
    """Turns counts by language and reason into counts by reason and language.

    Args:
        counts: tag -> reason -> how often.

    Returns:
        Each reason with its counts by tag, the most frequent first.

    >>> by_reason({"gl": {"empty_prompt": 1, "no_group": 4}, "de": {"empty_prompt": 2}})
    [('no_group', Counter({'gl': 4})), ('empty_prompt', Counter({'de': 2, 'gl': 1}))]
    """
    reasons: dict[str, Counter[str]] = {}
    for tag, own in counts.items():
        for reason, number in own.items():
            reasons.setdefault(reason, Counter())[tag] += number
    return sorted(reasons.items(), key=lambda item: (-item[1].total(), item[0]))


def of_set(facts: SetFacts) -> Tally:
    """Rows of a set that became no prompt.

    Args:
        facts: of the set.

    Returns:
        Each reason with its counts by tag; for `unknown_language`, by what the rows call their language.
    """
    unknown = [(UNKNOWN, Counter(facts.unknown_languages))] if facts.unknown_languages else []
    return [*by_reason(facts.left_out), *unknown]


def of_model(facts: ModelFacts) -> Tally:
    """Stored answers of a model that were not used.

    Args:
        facts: of the model.

    Returns:
        Each reason with its counts by tag; the tag is empty where the language is not known.
    """
    tally = [(reason, Counter({"": number})) for reason, number in (facts.left_out or {}).items()]
    return [*tally, *([(TO_NO_PROMPT, Counter(facts.unmatched))] if facts.unmatched else [])]


def words(tally: Tally, most: int | None = None) -> str:
    """A tally as a sentence's end.

    Args:
        tally: reasons with their counts.
        most: how many languages are named for a reason; None for all.

    Returns:
        As in `no group 4 (gl 4); empty prompt 3 (de 2, gl 1)`; empty for an empty tally.

    >>> words([("no_group", Counter(gl=4, de=1)), ("no_key", Counter({"": 2}))], most=1)
    'no group 5 (gl 4 and 1 more languages); no key 2'
    """
    return "; ".join(f"{reason.replace('_', ' ')} {own.total():,}{_languages(own, most)}" for reason, own in tally)


def _languages(counts: Counter[str], most: int | None) -> str:
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    named = [f"{tag or 'not told'} {number:,}" for tag, number in ranked[:most]]
    if not any(counts.keys()):
        return ""
    rest = len(ranked) - len(named)
    return f" ({', '.join(named)}{f' and {rest} more languages' if rest else ''})"


def lines(sets: Iterable[SetFacts]) -> list[str]:
    """What the terminal says of rows in none of the languages of an evaluation, and of its languages without a row.

    Args:
        sets: what is known of each set.

    Returns:
        Up to three lines a set.
    """
    kinds, sentences = (NOT_ASKED_FOR, UNKNOWN), list[str]()
    for one in sets:
        if tally := [part for part in of_set(one) if part[0] in kinds]:
            sentences.append(
                f"set {one.name}: rows left out: {words(tally, _NAMED)}; languages chooses others, own_languages "
                "(--language-name) adds unknown ones"
            )
        if tally := [part for part in of_set(one) if part[0] in OF_TOOLS]:
            sentences.append(
                f"set {one.name}: prompts left out: {words(tally, _NAMED)}; evaluations ask models about texts alone, "
                "without tools and their calls"
            )
        if one.not_in_set:
            sentences.append(f"set {one.name}: no row in {', '.join(one.not_in_set)} (asked for by languages)")
    return sentences
