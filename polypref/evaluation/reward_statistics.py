"""How often a reward model or judge prefers the chosen answer: accuracies, both published averages, gaps, calibration.

NumPy alone. A group is a prompt in all its languages and pairs; intervals rest on groups, not on pairs.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import UserError
from . import statistics as st
from .reward_figures import (
    Average,
    Calibration,
    Category,
    Estimate,
    Gap,
    Judged,
    LanguageRow,
    Missing,
    Summary,
)
from .statistics import Floats, number


def outcomes(chosen: ArrayLike, rejected: ArrayLike) -> Floats:
    """(n,) 1 where the chosen answer scores higher, 0.5 where both score the same, 0 else; NaN without both scores."""
    difference = np.asarray(chosen, float) - np.asarray(rejected, float)
    return np.where(np.isnan(difference), np.nan, (np.sign(difference) + 1) / 2)


def calibration(margins: ArrayLike, bins: int = 10) -> Calibration | None:
    """Expected calibration error of the probability that score differences stand for.

    Reward models are trained with P(one answer beats the other) = sigmoid(difference of scores) (Bradley-Terry;
    Ouyang et al. 2022, arXiv 2203.02155, equation 1). The model's choice is the answer with the higher score, its
    confidence sigmoid(|difference|), from 0.5 to 1; the error is the sum over equally wide bins of confidence of
    |accuracy - mean confidence|, weighted by their shares of pairs (Naeini et al. 2015, AAAI; Guo et al. 2017, arXiv
    1706.04599, equation 3). Half a point where the scores are the same. With few pairs in a bin the error is too large
    rather than too small. For models trained otherwise (regression, ranks) it says how far scores can be read as such.

    Args:
        margins: (n,) score of the chosen answer less that of the rejected one; NaN is left out.
        bins: number of bins between 0.5 and 1, open below.

    Returns:
        None without any margin.
    """
    margin = np.asarray(margins, float)
    margin = margin[~np.isnan(margin)]
    if not len(margin):
        return None
    sure = 1 / (1 + np.exp(-np.abs(margin)))
    right = (np.sign(margin) + 1) / 2
    place = np.clip(np.ceil((sure - 0.5) * 2 * bins).astype(int) - 1, 0, bins - 1)
    count = np.bincount(place, minlength=bins)
    size = np.maximum(count, 1)
    confidence, accuracy = np.bincount(place, sure, bins) / size, np.bincount(place, right, bins) / size
    error = float((count / len(margin) * np.abs(accuracy - confidence)).sum())
    edges = 0.5 + np.arange(bins + 1) / (2 * bins)
    table = tuple(
        (float(edges[i]), float(edges[i + 1]), int(count[i]), float(confidence[i]), float(accuracy[i]))
        for i in np.flatnonzero(count)
    )
    return Calibration(error, float(sure.mean()), float(right.mean()), table, len(margin))


@dataclass(frozen=True)
class _Coded:
    """Judged pairs with their names numbered, outcomes as they are read, and each pair's published weight."""

    judged: Judged
    y: Floats
    weight: Floats
    languages: list[str]
    language: NDArray[np.int64]
    categories: list[str]
    category: NDArray[np.int64]
    group: NDArray[np.int64]
    groups: int


@dataclass(frozen=True)
class _Means:
    """Estimates by column with each group's contribution to them."""

    value: Floats
    parts: Floats
    members: NDArray[np.int64]


def summarise(
    judged: Judged,
    *,
    weights: Mapping[str, float] | None = None,
    missing: Missing = "exclude",
    against: str = "en",
    level: float = 0.95,
    bins: int = 10,
) -> Summary:
    """All accuracies of one reward model or judge.

    Args:
        judged: what became of the pairs.
        weights: published weight of each subset inside its category; others weigh as many pairs as they have.
        missing: what becomes of pairs without a verdict.
        against: the language that gaps are measured against.
        level: of the intervals.
        bins: of the calibration error.

    Raises:
        UserError: there are no pairs.
    """
    if not len(judged.languages):
        raise UserError("there are no pairs to score; check the data's languages and columns")
    coded = _coded(judged, weights or {}, missing)
    plain, weighted, cells = _plain(coded, coded.y), _weighted(coded, coded.y), _cells(coded, coded.y)
    flat = _cells(coded, coded.y, published=False)
    gaps = _gaps(coded, against)
    rows = tuple(
        _row(coded, at, _one(plain, at, level), _one(weighted, at, level), cells, flat, gaps.get(at), level, bins)
        for at in range(len(coded.languages))
    )
    return Summary(
        rows,
        _average(coded, rows, plain, weighted, cells, gaps, against, level),
        tuple(row.language for row in rows if row.groups < st.FEW_GROUPS),
        tuple(row.language for row in rows if (row.by_prompts.low or 0) > 0.5),
        level,
    )


def _coded(judged: Judged, weights: Mapping[str, float], missing: Missing) -> _Coded:
    y = np.where(np.isnan(judged.outcomes), 0.5, judged.outcomes) if missing == "half" else judged.outcomes
    languages, language = np.unique(judged.languages, return_inverse=True)
    categories, category = np.unique(judged.categories, return_inverse=True)
    subsets, subset = np.unique(judged.subsets, return_inverse=True)
    names, group = np.unique(judged.groups, return_inverse=True)
    # A subset's weight is shared by its scored pairs, so that it counts as much with gaps as without.
    place = language * len(subsets) + subset
    scored = np.bincount(place[~np.isnan(y)], minlength=len(languages) * len(subsets))
    published = np.array([weights.get(str(name), np.nan) for name in subsets])
    share = published[subset] / np.maximum(scored[place], 1)
    weight = np.where(np.isnan(share), 1.0, share)
    return _Coded(
        judged, y, weight, languages.tolist(), language, categories.tolist(), category, group, len(names)
    )  # fmt: skip


def _sums(coded: _Coded, y: Floats, column: NDArray[np.int64], columns: int, weight: Floats) -> st.Sums:
    """As statistics.sums, with all groups and columns, so that different calls can be taken together."""
    known = ~np.isnan(y)
    place, size = (coded.group * columns + column)[known], coded.groups * columns
    total = np.bincount(place, (weight * np.nan_to_num(y))[known], size).astype(float)
    count = np.bincount(place, weight[known], size).astype(float)
    return st.Sums(total.reshape(-1, columns), count.reshape(-1, columns))


def _means(found: st.Sums) -> _Means:
    return _Means(st.means(found), st.contributions(found), st.members(found))


def _plain(coded: _Coded, y: Floats) -> _Means:
    """By language, each pair counting the same."""
    return _means(_sums(coded, y, coded.language, len(coded.languages), np.ones(len(y))))


def _cells(coded: _Coded, y: Floats, published: bool = True) -> _Means:
    """By language and category (language first), each subset with its published weight."""
    width = len(coded.categories)
    weight = coded.weight if published else np.ones(len(y))
    return _means(_sums(coded, y, coded.language * width + coded.category, width * len(coded.languages), weight))


def _weighted(coded: _Coded, y: Floats) -> _Means:
    """By language, the plain mean of its categories."""
    cells, width = _cells(coded, y), len(coded.categories)
    value, parts, members = [], [], []
    for at in range(len(coded.languages)):
        own = slice(at * width, (at + 1) * width)
        there = cells.members[own] > 0
        value.append(cells.value[own][there].mean() if there.any() else np.nan)
        parts.append(cells.parts[:, own][:, there].sum(1) / max(int(there.sum()), 1))
        mask = (coded.language == at) & ~np.isnan(y)
        members.append(len(np.unique(coded.group[mask])))
    return _Means(np.array(value), np.stack(parts, axis=1), np.array(members))


def _one(found: _Means, at: int, level: float) -> Estimate:
    return _estimate(float(found.value[at]), found.parts[:, at], int(found.members[at]), level)


def _estimate(value: float, parts: Floats, groups: int, level: float) -> Estimate:
    if np.isnan(value):
        return Estimate(None, None, None, 0)
    low, high = st.interval(value, parts, groups, level)
    return Estimate(value, number(low), number(high), groups)


def _difference(value: float, parts: Floats, groups: int, level: float) -> Estimate:
    """A difference of shares with Student's interval; both sides may hold the same groups."""
    if np.isnan(value):
        return Estimate(None, None, None, 0)
    if groups < 2:
        return Estimate(value, None, None, groups)
    half = float(st.t_quantile(0.5 + level / 2, groups - 1) * np.sqrt(st.variance(parts, groups)))
    return Estimate(value, max(-1.0, value - half), min(1.0, value + half), groups)


@dataclass(frozen=True)
class _Gaps:
    """Differences under both averages: values, contributions by group, groups; and the pairs that both sides have."""

    pairs: int
    values: tuple[float, float]
    parts: tuple[Floats, Floats]
    groups: int


def _gaps(coded: _Coded, against: str) -> dict[int, _Gaps]:
    if against not in coded.languages:
        return {}
    base = coded.languages.index(against)
    scored = ~np.isnan(coded.y)
    found = {}
    for at in range(len(coded.languages)):
        if at == base:
            continue
        sides = [scored & (coded.language == one) for one in (base, at)]
        shared = np.intersect1d(*(coded.judged.ids[side] for side in sides))
        use = (sides[0] | sides[1]) & (np.isin(coded.judged.ids, shared) if len(shared) else True)
        y = np.where(use, coded.y, np.nan)
        both = [_plain(coded, y), _weighted(coded, y)]
        groups = len(np.unique(coded.group[use]))
        values = [float(one.value[base] - one.value[at]) for one in both]
        parts = [one.parts[:, base] - one.parts[:, at] for one in both]
        found[at] = _Gaps(len(shared), (values[0], values[1]), (parts[0], parts[1]), groups)
    return found


def _gap(found: _Gaps, level: float) -> Gap:
    one, two = (
        _difference(value, parts, found.groups, level) for value, parts in zip(found.values, found.parts, strict=True)
    )
    return Gap(found.pairs, one, two)


def _row(
    coded: _Coded,
    at: int,
    plain: Estimate,
    weighted: Estimate,
    cells: _Means,
    flat: _Means,
    gaps: _Gaps | None,
    level: float,
    bins: int,
) -> LanguageRow:
    own = coded.language == at
    y, judged, width = coded.y[own], coded.judged, len(coded.categories)
    categories = {}
    for number_, name in enumerate(coded.categories):
        inside = own & (coded.category == number_)
        if inside.any():
            place = at * width + number_
            counts = _counts(coded.y[inside], judged.outcomes[inside])
            categories[name] = Category(*counts, _one(flat, place, level), _one(cells, place, level))
    subsets = {}
    for name in np.unique(judged.subsets[own]).tolist():
        part = coded.y[own & (judged.subsets == name)]
        subsets[name] = float(np.nanmean(part)) if not np.isnan(part).all() else None
    pairs, scored, ties, unparsed = _counts(y, judged.outcomes[own])
    differ = None if judged.disagreements is None else judged.disagreements[own]
    return LanguageRow(
        coded.languages[at],
        pairs,
        scored,
        plain.groups,
        int((y == 1).sum()),
        ties,
        unparsed,
        None if differ is None or np.isnan(differ).all() else float(np.nanmean(differ)),
        plain,
        weighted,
        categories,
        subsets,
        None if gaps is None else _gap(gaps, level),
        None if judged.margins is None else calibration(judged.margins[own], bins),
    )


def _counts(y: Floats, said: Floats) -> tuple[int, int, int, int]:
    """Pairs, scored, ties (those that a model or judge said) and unparsed."""
    return len(y), int((~np.isnan(y)).sum()), int((said == 0.5).sum()), int(np.isnan(said).sum())


def _average(
    coded: _Coded,
    rows: tuple[LanguageRow, ...],
    plain: _Means,
    weighted: _Means,
    cells: _Means,
    gaps: Mapping[int, _Gaps],
    against: str,
    level: float,
) -> Average:
    scored = [at for at, row in enumerate(rows) if row.scored]
    use = [at for at in scored if coded.languages[at] != against] or scored
    width = len(coded.categories)
    categories = {
        name: _over(coded, cells, [at * width + i for at in use if cells.members[at * width + i]], use, i, level)
        for i, name in enumerate(coded.categories)
        if any(cells.members[at * width + i] for at in use)
    }
    errors = [row.calibration.error for at, row in enumerate(rows) if at in use and row.calibration]
    own = [gaps[at] for at in use if at in gaps]
    return Average(
        tuple(coded.languages[at] for at in use),
        _over(coded, plain, use, use, None, level),
        _over(coded, weighted, use, use, None, level),
        categories,
        _mean_gap(own, level) if own else None,
        float(np.mean(errors)) if errors else None,
    )


def _over(
    coded: _Coded, found: _Means, columns: list[int], use: list[int], category: int | None, level: float
) -> Estimate:
    """Mean of columns, with the groups that have a score in any of them."""
    if not columns:
        return Estimate(None, None, None, 0)
    mask = np.isin(coded.language, use) & ~np.isnan(coded.y)
    if category is not None:
        mask &= coded.category == category
    groups = np.unique(coded.group[mask])
    return _estimate(float(found.value[columns].mean()), found.parts[groups][:, columns].mean(1), len(groups), level)


def _mean_gap(own: list[_Gaps], level: float) -> Gap:
    estimates = [
        _difference(
            float(np.mean([gap.values[way] for gap in own])),
            np.mean([gap.parts[way] for gap in own], axis=0),
            max(gap.groups for gap in own),
            level,
        )
        for way in (0, 1)
    ]
    return Gap(max(gap.pairs for gap in own), estimates[0], estimates[1])
