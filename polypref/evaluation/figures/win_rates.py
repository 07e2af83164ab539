"""Win-rates by language and over languages, with what they rest on."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal, TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import UserError
from ...files.records import OMIT_DEFAULT, Count
from . import averages as av
from . import statistics as st
from .statistics import Floats, number

Reading = Literal["tie", "mean", "sign"]
Missing = Literal["exclude", "one_order", "tie"]


@dataclass(frozen=True)
class Battles:
    """One model against another on n prompts; arrays of length n.

    Attributes:
        languages: the prompts' languages.
        groups: the same name for the same prompt in all its languages.
        orders: (n, k) the model's score in each order asked: 1 won, 0.5 tie, 0 lost, or a preference between; NaN where
            the judge's answer is missing or cannot be read. k is 2, or 1 where one order was asked.
        lengths: (n, 2) characters of the model's and the other's answer; NaN where unknown.
    """

    languages: NDArray[np.str_]
    groups: NDArray[np.str_]
    orders: Floats
    lengths: Floats | None = None

    def __post_init__(self) -> None:
        n = len(self.languages)
        if self.orders.ndim != 2 or self.orders.shape[1] not in (1, 2):
            raise UserError(
                f"scores of battles have the shape {self.orders.shape}; give one row a prompt and one "
                "column for each of one or two orders"
            )
        if len(self.orders) != n or len(self.groups) != n or (self.lengths is not None and len(self.lengths) != n):
            raise UserError(
                "battles: languages, groups, scores and lengths differ in length; give one of each a prompt"
            )
        with np.errstate(invalid="ignore"):
            if ((self.orders < 0) | (self.orders > 1)).any():
                raise UserError("a battle's score lies outside 0 to 1; give 1 for won, 0.5 for a tie, 0 for lost")


def select_battles(battles: Battles, keep: ArrayLike) -> Battles:
    """Some of the battles, such as those with both answers in the right language.

    Args:
        battles: n battles.
        keep: (n,) which of them.

    Returns:
        These, in the same order.
    """
    mask = np.asarray(keep, bool)
    lengths = None if battles.lengths is None else battles.lengths[mask]
    return Battles(battles.languages[mask], battles.groups[mask], battles.orders[mask], lengths)


def prompt_scores(orders: ArrayLike, reading: Reading = "tie", missing: Missing = "exclude") -> Floats:
    """(n,) one score a prompt from those of its orders.

    Args:
        orders: (n, k); see Battles.
        reading: of two orders that differ: `tie` makes them 0.5 whatever they say (Zheng et al. 2023, arXiv 2306.05685,
            section 3.4), `mean` averages them, `sign` averages them and makes what is above one half 1, under it 0.
        missing: a prompt of which an order has no verdict: `exclude`, `one_order` (the other counts alone), or `tie`.

    Returns:
        NaN for a prompt without a score.
    """
    score = np.asarray(orders, float)
    gaps = np.isnan(score).any(1)
    there = ~np.isnan(score)
    mean = np.where(there, score, 0).sum(1) / np.maximum(there.sum(1), 1)
    if reading == "tie" and score.shape[1] > 1:
        differ = ~gaps & (score.max(1) != score.min(1))
        mean = np.where(differ, 0.5, mean)
    if reading == "sign":
        mean = (np.sign(mean - 0.5) + 1) / 2
    if missing == "tie":
        return np.where(gaps, 0.5, mean)
    if missing == "one_order":
        return np.where(there.any(1), mean, np.nan)
    return np.where(gaps, np.nan, mean)


@dataclass(frozen=True)
class LanguageRow:
    """What is known of one language; None where nothing can be said.

    Attributes:
        language: its tag.
        prompts: battles, with or without a verdict.
        scored: of these, those with a score; all figures below but `unparsed` rest on them.
        groups: independent groups among those; below 20 an interval covers less often than it says.
        wins, losses, ties: prompts with a score above, below and at one half.
        unparsed: prompts without a score, or with an order that has none.
        disagreements: share of prompts with two read orders whose orders differ in who wins.
        win_rate: mean score.
        low, high: interval at the level asked for.
        joint_low, joint_high: the same, holding for all languages at once.
        lowest, highest: win-rate if every prompt without a score were lost, or won.
        p, p_holm: sign-flip test of one half, and corrected over languages.
        delta: wins less losses, as a share of the scored (the paper's win minus loss).
        length_difference: mean of the model's length less the other's, in characters.
        error: standard error of the win-rate, clustered by group; None with fewer than two groups, and before 0.3.
    """

    language: str
    prompts: Count
    scored: Count
    groups: Count
    wins: Count
    losses: Count
    ties: Count
    unparsed: Count
    disagreements: float | None
    win_rate: float | None
    low: float | None
    high: float | None
    joint_low: float | None
    joint_high: float | None
    lowest: float | None
    highest: float | None
    p: float | None
    p_holm: float | None
    delta: float | None
    length_difference: float | None
    error: float | None = field(default=None, metadata=OMIT_DEFAULT)


@dataclass(frozen=True)
class Average:
    """Means over languages, each counting the same.

    Attributes:
        languages: those with a score.
        groups: independent groups in any of them.
        win_rate, low, high, p: macro average, interval (averages.mean_of) and sign-flip test over whole groups.
        boot_low, boot_high: percentiles of the bootstrap of whole groups, as a check on the interval; None where a
            language has fewer than 20 groups, for drawing the same few again and again shows too little spread.
        delta: mean of wins less losses.
        error: standard error of the average, clustered by group; None with fewer than two groups, and before 0.3.
    """

    languages: tuple[str, ...]
    groups: Count
    win_rate: float | None
    low: float | None
    high: float | None
    p: float | None
    boot_low: float | None
    boot_high: float | None
    delta: float | None
    error: float | None = field(default=None, metadata=OMIT_DEFAULT)


@dataclass(frozen=True)
class Contrast:
    """Macro average of languages of the training mixture less that of the others, with an interval for it."""

    seen: Average
    unseen: Average
    difference: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Summary:
    """Win-rates by language (in the order of their tags) and over them.

    Attributes:
        rows: one for each language.
        average: over all of them.
        thin: languages with a score, but from fewer than four groups; they make the average's interval wide.
        without_thin: the average over the other languages; None where there are no thin ones, or only those.
        below_half: languages with a win-rate under one half.
        surely_below, surely_above: those whose corrected p-value is under 1 - level.
        few_groups: languages with fewer than 20 independent prompts.
        contrast: seen and unseen languages, where those were named.
        level: of all intervals.
    """

    rows: tuple[LanguageRow, ...]
    average: Average
    thin: tuple[str, ...]
    without_thin: Average | None
    below_half: tuple[str, ...]
    surely_below: tuple[str, ...]
    surely_above: tuple[str, ...]
    few_groups: tuple[str, ...]
    contrast: Contrast | None
    level: float


def summarise_battles(
    battles: Battles,
    *,
    reading: Reading = "tie",
    missing: Missing = "exclude",
    seen: Collection[str] | None = None,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> Summary:
    """All win-rates of one model against another.

    Args:
        battles: of one pair of models.
        reading, missing: see `prompt_scores`.
        seen: languages of the training mixture, to set against the others.
        level: of the intervals.
        resamples, seed: of the bootstrap of whole groups.

    Returns:
        All figures; those that cannot be had are None.

    Raises:
        UserError: no battles.
    """
    if not len(battles.languages):
        raise UserError("there are no battles to score; check that both models answered the same prompts")
    scores = prompt_scores(battles.orders, reading, missing)
    sums = st.sums(scores, battles.groups, battles.languages)
    drawn = st.resamples(len(sums.scores), resamples, seed)
    rows = _rows(battles, scores, sums, drawn, level, seed)
    tags = np.array([row.language for row in rows])
    deltas = np.array([np.nan if row.delta is None else row.delta for row in rows])

    def average(use: NDArray[np.bool_]) -> Average:
        return _average(tags, sums, drawn, deltas, use, level, seed)

    members = st.members(sums)
    thin = (members > 0) & (members < av.LEAST_GROUPS)
    contrast = None
    if seen is not None:
        inside = np.isin(tags, list(seen))
        contrast = _contrast(average(inside), average(~inside), sums, inside, level)
    sure = [row for row in rows if row.p_holm is not None and row.p_holm < 1 - level]
    return Summary(
        rows,
        average(np.ones(len(tags), bool)),
        tuple(str(tag) for tag in tags[thin]),
        average(~thin) if thin.any() and (members >= av.LEAST_GROUPS).any() else None,
        tuple(row.language for row in rows if row.win_rate is not None and row.win_rate < 0.5),
        tuple(row.language for row in sure if (row.win_rate or 0) < 0.5),
        tuple(row.language for row in sure if (row.win_rate or 0) > 0.5),
        tuple(row.language for row in rows if row.groups < st.FEW_GROUPS),
        contrast,
        level,
    )


def _rows(
    battles: Battles, scores: Floats, sums: st.Sums, drawn: Floats, level: float, seed: int
) -> tuple[LanguageRow, ...]:
    mean, groups = st.means(sums), st.members(sums)
    low, high = st.column_interval(sums, level)
    joint = st.column_interval(sums, st.simultaneous_level(sums, drawn, level))
    error = np.sqrt(st.variance(st.contributions(sums), groups))
    p = st.sign_flip(sums, seed=seed)
    adjusted = st.holm(p)
    names, which = np.unique(battles.languages, return_inverse=True)
    longer = np.full(len(scores), np.nan) if battles.lengths is None else battles.lengths @ np.array([1.0, -1.0])
    rows = []
    for at, language in enumerate(names):
        own = which == at
        counts = _counts(battles.orders[own], scores[own], longer[own])
        rest = (counts["prompts"] - counts["scored"]) / counts["prompts"]
        floor = np.nan_to_num(mean[at]) * (1 - rest)
        rows.append(
            LanguageRow(
                language=str(language),
                groups=int(groups[at]),
                win_rate=number(mean[at]),
                low=number(low[at]),
                high=number(high[at]),
                joint_low=number(joint[0][at]),
                joint_high=number(joint[1][at]),
                lowest=number(floor),
                highest=number(floor + rest),
                p=number(p[at]),
                p_holm=number(adjusted[at]),
                error=number(error[at]),
                **counts,
            )
        )
    return tuple(rows)


class _Counted(TypedDict):
    """What is counted of a language."""

    prompts: int
    scored: int
    wins: int
    losses: int
    ties: int
    unparsed: int
    disagreements: float | None
    delta: float | None
    length_difference: float | None


def _counts(orders: Floats, scores: Floats, longer: Floats) -> _Counted:
    known = ~np.isnan(scores)
    wins, losses = int((scores > 0.5).sum()), int((scores < 0.5).sum())
    read = ~np.isnan(orders).any(1) if orders.shape[1] > 1 else np.zeros(len(orders), bool)
    # Two preferences of one direction and other degrees, .8 and .6, are no disagreement.
    sides = np.sign(orders - 0.5)
    measured = longer[known & ~np.isnan(longer)]
    return {
        "prompts": len(scores),
        "scored": int(known.sum()),
        "wins": wins,
        "losses": losses,
        "ties": int(known.sum()) - wins - losses,
        "unparsed": int(np.isnan(orders).any(1).sum()),
        "disagreements": float((sides[read].max(1) != sides[read].min(1)).mean()) if read.any() else None,
        "delta": (wins - losses) / int(known.sum()) if known.any() else None,
        "length_difference": float(measured.mean()) if len(measured) else None,
    }


def _average(
    tags: NDArray[np.str_],
    sums: st.Sums,
    drawn: Floats,
    deltas: Floats,
    use: NDArray[np.bool_],
    level: float,
    seed: int,
) -> Average:
    use = use & (sums.weights.sum(0) > 0)
    names = tuple(str(tag) for tag in tags[use])
    if not names:
        return Average(names, 0, None, None, None, None, None, None, None)
    own = _columns(sums, use)
    mean = av.mean_of(own, level)
    ends = np.full(2, np.nan)
    if len(drawn) and (st.members(own) >= st.FEW_GROUPS).all():
        ends = np.nanquantile(st.bootstrap_means(own, drawn).mean(1), [0.5 - level / 2, 0.5 + level / 2])
    # The test knows no scale: where all languages have as many scores, no division keeps it exact (`flip_excess`).
    scored = own.weights.sum(0)
    excess = ((own.scores - 0.5 * own.weights) * (scored.max() / scored)).sum(1, keepdims=True)
    return Average(
        names,
        mean.groups,
        mean.value,
        number(mean.low),
        number(mean.high),
        float(st.flip_excess(excess, seed=seed)[0]),
        number(ends[0]),
        number(ends[1]),
        float(deltas[use].mean()),
        number(mean.error),
    )


def _columns(sums: st.Sums, use: NDArray[np.bool_]) -> st.Sums:
    return st.Sums(sums.scores[:, use], sums.weights[:, use])


def _contrast(seen: Average, unseen: Average, sums: st.Sums, inside: NDArray[np.bool_], level: float) -> Contrast:
    """Both sides may hold the same prompts, so the difference's interval counts how they move together."""
    if seen.win_rate is None or unseen.win_rate is None:
        return Contrast(seen, unseen, None, None, None)
    known = sums.weights.sum(0) > 0
    sides = [av.mean_of(_columns(sums, side & known), level) for side in (inside, ~inside)]
    low, high = av.difference(*sides)
    return Contrast(seen, unseen, sides[0].value - sides[1].value, number(low), number(high))
