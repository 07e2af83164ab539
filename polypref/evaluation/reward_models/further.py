"""What a reward model's report says beside pairs: best of n, and flips by criterion."""

from collections.abc import Iterator, Mapping

from ..report import formats
from ..report.part import Part
from .best_of_n import BestOfLanguage
from .flips import CriterionFlips
from .followed import BY_CHANCE, FollowedFlips
from .published import Estimate
from .results import RewardResults


def further_parts(results: RewardResults) -> Iterator[Part]:
    """Tables beside those of pairs.

    Args:
        results: as in reward_results.json.

    Yields:
        Best of n, its subset Ties, flips that the model follows, and flips by criterion, where there are such figures.
    """
    if results.best_of_n:
        yield _best_of_n(results.best_of_n)
    if any(one.ties for one in results.best_of_n):
        yield _ties(results.best_of_n)
    if results.followed:
        yield _followed(results.followed)
    if results.flips:
        yield _flips(results.flips, results.without_flips)


def _ends(one: Estimate) -> str:
    return formats.ends(one.low, one.high)


def _best_of_n(known: tuple[BestOfLanguage, ...]) -> Part:
    rows = []
    for one in known:
        name = formats.language_name(one.language)
        for own in one.subsets:
            counts = (name, own.subset, formats.count_words(own.rows), formats.rate_words(own.accuracy.value))
            rows.append((*counts, _ends(own.accuracy), formats.rate_words(own.chance)))
        if one.ties:
            prompts = formats.count_words(one.ties.tied + one.ties.ref)
            rows.append((name, "Ties", prompts, formats.rate_words(one.ties.score), formats.DASH, formats.DASH))
        rows.append((name, "mean of subsets", "", formats.rate_words(one.score), "", ""))
    left = {reason: 0 for one in known for reason in one.left_out}
    for one in known:
        for reason, number in one.left_out.items():
            left[reason] += number
    what = [
        "Of prompts with several answers: how often the best one is a right one. A shared first place counts its "
        "share; the mean over subsets is plain, as on RewardBench 2's leaderboard."
    ]
    if left:
        reasons = ", ".join(f"{formats.words(reason)} {number:,}" for reason, number in sorted(left.items()))
        what.append(f"Without a figure: {reasons}.")
    heads = ("language", "subset", "prompts", "best is right", "interval", "by chance")
    return Part("Best of n", tuple(what), heads, tuple(rows), 2)


def _ties(known: tuple[BestOfLanguage, ...]) -> Part:
    rows = tuple(
        (
            formats.language_name(one.language),
            *(formats.count_words(number) for number in (one.ties.tied, one.ties.ref)),
            *(formats.rate_words(value) for value in (one.ties.tied_accuracy, one.ties.ref_accuracy)),
            *(formats.rate_words(value) for value in (one.ties.preferred, one.ties.preferred_hard)),
            formats.signed(one.ties.margin),
            formats.rate_words(one.ties.score),
        )
        for one in known
        if one.ties
    )
    what = (
        "Prompts with several right answers, and their twins with one: whether all right ones score above all wrong "
        "ones (accuracy), and whether right ones lie closer together than above the wrong ones (preferred; hard: by "
        "the smaller distance of both twins). Score: 0.3 of each accuracy, 0.2 of each preferred, 0.01 of the margin."
    )
    heads = ("language", "tied", "ref", "accuracy, tied", "accuracy, ref", "preferred", "hard", "margin", "score")
    return Part("Ties", (what,), heads, rows)


def _followed(known: tuple[FollowedFlips, ...]) -> Part:
    rows = tuple(
        (
            formats.language_name(one.language),
            formats.count_words(one.flips),
            formats.rate_words(one.followed.value),
            _ends(one.followed),
            formats.rate_words(one.changed.value),
            _ends(one.changed),
        )
        for one in known
    )
    what = (
        "The same two answers, of which people prefer one by one criterion (or system message) and the other by "
        "another. Followed: the model names the right one by both. Changed: its verdict changes with the criterion, "
        f"the right way or the wrong way. A coin follows {BY_CHANCE[0]:.2f} and changes {BY_CHANCE[1]:.2f}; a model "
        "that does not see the criterion, or does not mind it, has 0 of both. Of a judge that is asked in both orders, "
        "orders that differ are a tie, which follows nothing."
    )
    heads = ("language", "flips", "followed", "interval", "changed", "interval")
    return Part("Flips that the model follows", (what,), heads, rows, 1)


# Rows of two criteria that a report shows; results have all of them.
_SHOWN = 40


def _flips(known: tuple[CriterionFlips, ...], without: Mapping[str, Mapping[str, int]]) -> Part:
    rows = tuple(
        (
            formats.language_name(one.language),
            one.one,
            one.other,
            formats.count_words(one.flipped),
            formats.rate_words(one.followed.value),
            _ends(one.followed),
            formats.count_words(one.same),
            formats.rate_words(one.same_right.value),
        )
        for one in sorted(sorted(known, key=lambda one: -one.flipped)[:_SHOWN], key=known.index)
    )
    what = (
        "The same two answers by two criteria. Flipped: people prefer one by the one and the other by the other; "
        "followed is the share that the model gets right by both, 0 for one that does not see the criterion."
    )
    lines = [what]
    if len(known) > _SHOWN:
        lines.append(
            f"Shown are the {_SHOWN} rows with the most flips, of {len(known):,}; reward_results.json has them all."
        )
    if without:
        counted = "; ".join(
            f"{formats.language_name(language)}: {', '.join(f'{reason} {count:,}' for reason, count in counts.items())}"
            for language, counts in without.items()
        )
        lines.append(f"Pairs with a criterion that are in no row: {counted}.")
    heads = ("language", "criterion", "and", "flipped", "followed", "interval", "same way", "right by both")
    return Part("Flips by criterion", tuple(lines), heads, rows, 3)
