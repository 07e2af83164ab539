"""What the report of a judge's check says in sentences; plain text, who shows it escapes it."""

from collections.abc import Iterator, Mapping, Sequence

from ..figures.agreement import Agreement, Share
from ..report import formats
from .known_winners import KINDS
from .results import Checks, JudgeCheck, State

STATES: Mapping[State, str] = {
    "passes": "passes",
    "below": "UNDER THE BAR",
    "too_few": "too few prompts",
    "not_known": formats.DASH,
}
#: From how far off a liking for a place or for length is named.
_PLACE, _LENGTH = 0.05, 0.1


def headline(results: JudgeCheck) -> str:
    """What is to be known first: where a judge is under the bar.

    Args:
        results: as in judge_check.json.

    Returns:
        A sentence.
    """
    bar = f"{results.settings.bar:g}"
    asked = [row.language for row in results.languages if row.state != "not_known"]
    if not asked:
        return "No winner was known beforehand, so nothing is said of a bar; what people preferred is below."
    few = f" In {len(results.too_few)} there are too few prompts to say." if results.too_few else ""
    if results.below:
        those = formats.language_names(results.below)
        return (
            f"Do not rely on {results.judge.name} in {len(results.below)} of {len(asked)} "
            f"language{'s' * (len(asked) != 1)}, where it is under the bar of {bar}: {those}.{few}"
        )
    if results.too_few:
        return f"{results.judge.name} is under the bar of {bar} in no language that has enough prompts.{few}"
    return f"{results.judge.name} reaches the bar of {bar} in {_all(asked)}."


def _all(tags: Sequence[str]) -> str:
    return f"all {len(tags)} languages" if len(tags) > 1 else formats.language_name(tags[0])


def sentences(results: JudgeCheck) -> Iterator[str]:
    """What is to be known next.

    Args:
        results: as in judge_check.json.

    Yields:
        a sentence each.
    """
    every, level = results.every, f"{results.settings.level:.0%}"
    if every.known.share is not None:
        yield (
            f"The bar: where the winner is known, the lower end of the {level} interval of the share in which the "
            f"judge prefers the better answer must be at least {results.settings.bar:g}. A tie, orders that differ and "
            f"a verdict that is missing count half. Over all languages it is {estimate(every.known)}."
        )
    if results.too_few:
        yield (
            "Too few prompts to reach the bar even if all were right: "
            f"{formats.language_names(results.too_few)}; give more good answers."
        )
    if every.people.share is not None:
        yield f"It agrees with people in {estimate(every.people)}{_beyond_chance(every.people_kappa)}."
    yield from _likings(results)
    yield _spread(results)
    between = results.between_languages
    if between.kappa is not None:
        ends = "" if between.low is None else f" ({formats.ends(between.low, between.high)})"
        yield (
            f"Of {between.units:,} comparisons in up to {between.raters} languages it says the same in all of them "
            f"with a Fleiss kappa of {formats.rate_words(between.kappa, 2)}{ends}; about 0.3 is what judges have that "
            "are in use (arXiv 2505.12201)."
        )
    if every.unread:
        yield f"{every.unread:,} of {every.replies:,} replies could not be read ({every.unread / every.replies:.1%})."
    if every.failed:
        yield f"{every.failed:,} verdicts are missing for another reason than an unreadable reply."


def _likings(results: JudgeCheck) -> Iterator[str]:
    place = [row for row in results.languages if _apart(row.first, 0.5, _PLACE)]
    if place:
        named = ", ".join(f"{row.language} {formats.share(row.first.share)}" for row in place)
        yield f"It likes a place: of its verdicts that are no tie, this share is for the answer shown first: {named}."
    length = [
        row for row in results.languages
        if row.length.low is not None and row.length.high is not None
        and (row.length.low > _LENGTH or row.length.high < -_LENGTH)
    ]  # fmt: skip
    if length:
        named = ", ".join(f"{row.language} {formats.signed(row.length.difference, 2)}" for row in length)
        yield (
            "Length sways it: its share of right verdicts where the better answer is the longer one, less that where "
            f"it is the shorter one: {named}."
        )


def _apart(of: Share, value: float, least: float) -> bool:
    return of.low is not None and of.high is not None and (of.low > value + least or of.high < value - least)


def _spread(results: JudgeCheck) -> str:
    again = results.every.again
    if again.share is None:
        why = "its replies are not drawn" if results.greedy is None else "no comparison was put to it twice"
        return f"From run to run: not measured, {why}."
    greedy = " It is greedy, so this is its server's rounding." if results.greedy else ""
    beyond = _beyond_chance(results.every.again_kappa)
    return f"From run to run it gives the same verdict in {estimate(again)}{beyond}.{greedy}"


def _beyond_chance(of: Agreement) -> str:
    return "" if of.kappa is None else f", kappa {formats.kappa(of)}"


def estimate(of: Share) -> str:
    """A share with its interval and what it rests on.

    Args:
        of: the share.

    Returns:
        As in 81.0% (75.0% to 86.0%) of 200; a dash without one.
    """
    if of.share is None:
        return formats.DASH
    ends = f" ({formats.share(of.low)} to {formats.share(of.high)})" if of.low is not None else ""
    return f"{formats.share(of.share)}{ends} of {of.n:,}"


HEADS = (
    "language", "prompts", "winner known", "interval", "bar", "people", "kappa", "again", "orders", "translations",
    "kappa", "first place", "length", "unread", "tokens", "cost",
)  # fmt: skip


def cells(row: Checks) -> tuple[str, ...]:
    """A language's figures as a table shows them.

    Args:
        row: the figures.

    Returns:
        A text for each of HEADS.
    """
    return (
        formats.language_name(row.language) if row.language else "all",
        f"{row.prompts:,}",
        formats.share(row.known.share),
        span(row.known),
        STATES[row.state] if row.language else "",
        formats.share(row.people.share),
        kappa(row.people_kappa),
        formats.share(row.again.share),
        formats.share(row.orders.share),
        formats.share(row.translations.share),
        kappa(row.translations_kappa),
        formats.share(row.first.share),
        formats.signed(row.length.difference, 2),
        f"{row.unread:,} of {row.replies:,}",
        " + ".join(formats.count_words(counted(row, tokens)) for tokens in (row.prompt_tokens, row.completion_tokens))
        + (f" ({row.uncounted:,} not counted)" * bool(row.uncounted)),
        formats.DASH if row.cost is None else f"{row.cost:,.2f}",
    )


def counted(row: Checks, tokens: int) -> int | None:
    """Tokens, as far as a server counted any.

    Args:
        row: a language's figures.
        tokens: of its prompts, or of its replies.

    Returns:
        The tokens; None where no server counted, which is not 0.
    """
    return None if row.uncounted and not tokens else tokens


def span(of: Share) -> str:
    """An interval of a share in per cent.

    Args:
        of: the share.

    Returns:
        As in 75.0% to 86.0%; a dash without one.
    """
    return formats.DASH if of.low is None else f"{formats.share(of.low)} to {formats.share(of.high)}"


def kappa(of: Agreement) -> str:
    """Kappa without its error.

    Args:
        of: an agreement.

    Returns:
        As in 0.61; a dash without one.
    """
    return formats.rate_words(of.kappa, 2)


MEANINGS = (
    "winner known: share in which the judge prefers the better answer, where that was made by code from good answers",
    "people: the same for what people preferred; kappa: Cohen's, with their ties",
    "again: share of verdicts that are the same when it is asked again",
    "orders: share of comparisons on which both orders say the same",
    "translations: of a comparison's other languages, the share that get the same verdict; kappa: Cohen's with them",
    "first place: share of verdicts, of those that are no tie, for the answer shown first; 50% is no liking",
    "length: share right where the better answer is the longer one, less that where it is the shorter one; 0 is no "
    "liking",
)


def kinds_of(results: JudgeCheck) -> list[str]:
    """The kinds of comparisons whose winner is known, in their order.

    Args:
        results: as in judge_check.json.

    Returns:
        Names of kinds.
    """
    return [kind for kind in KINDS if kind in results.every.kinds]


def not_made_lines(results: JudgeCheck) -> list[str]:
    """Good answers of which comparisons were not made, and rows that were left out.

    Args:
        results: as in judge_check.json.

    Returns:
        A line a language.
    """
    lines = []
    for tag, reasons in results.not_made.items():
        lines.append(f"{formats.language_name(tag)}: no comparison made, " + _counted(reasons))
    for source in results.sources:
        for tag, reasons in source.left_out.items():
            lines.append(f"{formats.language_name(tag)}: rows of {source.name} left out, " + _counted(reasons))
    return lines


def _counted(reasons: Mapping[str, int]) -> str:
    return ", ".join(f"{formats.words(reason)} {number:,}" for reason, number in reasons.items())


def asked(results: JudgeCheck) -> Iterator[str]:
    """Of what a judge was asked.

    Args:
        results: as in judge_check.json.

    Yields:
        a line each.
    """
    for one in results.sources:
        what = "good answers" if one.what == "answers" else "comparisons by people"
        yield f"{sum(one.languages.values()):,} {what} of {one.name} in {_languages(len(one.languages))}"
    settings = results.settings
    limit = "all prompts" if settings.limit is None else f"at most {settings.limit:,} prompts a language"
    yield (
        f"seed {settings.seed}, {limit}, {settings.repeat_share:.0%} of the comparisons asked twice, known winners of "
        f"version {settings.known_winners}"
    )


def _languages(number: int) -> str:
    return f"{number} language{'s' * (number != 1)}"
