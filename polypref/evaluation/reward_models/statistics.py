"""How often a reward model or judge prefers the chosen answer: accuracies, both published averages, gaps, calibration.

A group is a prompt in all its languages and pairs; intervals rest on groups, not on pairs.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import UserError
from ..figures import averages as av
from ..figures import statistics as st
from ..figures.statistics import Floats, number
from .published import Average, Calibration, Category, Estimate, Gap, Judged, LanguageRow, Missing, Summary, Ties


def outcomes(chosen: ArrayLike, rejected: ArrayLike) -> Floats:
    """Whether chosen answers score higher than rejected ones.

    Args:
        chosen: (n,) scores; NaN for none.
        rejected: (n,) scores.

    Returns:
        (n,) 1 where the chosen answer scores higher, 0.5 where both score the same, 0 else; NaN without both scores.

    >>> outcomes([2.0, 1.0, float("nan")], [1.0, 1.0, 0.0]).tolist()
    [1.0, 0.5, nan]
    """
    difference = np.asarray(chosen, float) - np.asarray(rejected, float)
    return np.where(np.isnan(difference), np.nan, (np.sign(difference) + 1) / 2)


def settled(judged: Judged, ties: Ties) -> Floats:
    """Outcomes with ties read as asked: `half` a point, `lost`, or by `chance`, drawn by the pair's id.

    Half a point is what chance gives on average; a draw is there for figures that were made so.

    Args:
        judged: what became of the pairs.
        ties: how they are read.

    Returns:
        (n,) outcomes; NaN without a verdict.
    """
    if ties == "half":
        return judged.outcomes
    tied = judged.outcomes == 0.5
    if ties == "lost":
        return np.where(tied, 0.0, judged.outcomes)
    ids = [one.encode("utf-8", "surrogatepass") for one in judged.ids.tolist()]
    drawn = [hashlib.md5(one, usedforsecurity=False).digest()[0] % 2 for one in ids]
    return np.where(tied, np.array(drawn, float), judged.outcomes)


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
class _Part:
    """Some columns of sums, and their weights in an average."""

    sums: st.Sums
    shares: Floats

    def mean(self, level: float) -> av.Mean | None:
        """Their average; None without columns."""
        return av.mean_of(self.sums, level, self.shares) if len(self.shares) else None


def summarise_comparisons(
    judged: Judged,
    *,
    weights: Mapping[str, float] | None = None,
    missing: Missing = "exclude",
    ties: Ties = "half",
    against: str = "en",
    level: float = 0.95,
    bins: int = 10,
) -> Summary:
    """All accuracies of one reward model or judge.

    Args:
        judged: what became of the pairs.
        weights: published weight of each subset inside its category; others weigh as many pairs as they have.
        missing: what becomes of pairs without a verdict.
        ties: what equal scores, or a judge's tie, count; see `settled`.
        against: the language that gaps are measured against.
        level: of the intervals.
        bins: of the calibration error.

    Returns:
        Accuracies by language and category, their averages, gaps and calibration.

    Raises:
        UserError: there are no pairs.
    """
    if not len(judged.languages):
        raise UserError("there are no pairs to score; check the data's languages and columns")
    coded = _coded(judged, weights or {}, missing, ties)
    gaps = _gaps(coded, against)
    rows = tuple(_row(coded, at, gaps.get(at), level, bins) for at in range(len(coded.languages)))
    return Summary(
        rows,
        _average(coded, rows, gaps, against, level),
        tuple(row.language for row in rows if row.groups < st.FEW_GROUPS),
        tuple(row.language for row in rows if (row.by_prompts.low or 0) > 0.5),
        level,
    )


def _coded(judged: Judged, weights: Mapping[str, float], missing: Missing, ties: Ties) -> _Coded:
    y = settled(judged, ties)
    y = np.where(np.isnan(y), 0.5, y) if missing == "half" else y
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


def _plain(coded: _Coded, y: Floats) -> st.Sums:
    """By language, each pair counting the same."""
    return _sums(coded, y, coded.language, len(coded.languages), np.ones(len(y)))


def _cells(coded: _Coded, y: Floats, published: bool = True) -> st.Sums:
    """By language and category (language first), each subset with its published weight."""
    width = len(coded.categories)
    weight = coded.weight if published else np.ones(len(y))
    return _sums(coded, y, coded.language * width + coded.category, width * len(coded.languages), weight)


def _part_of(sums: st.Sums, columns: Sequence[Sequence[int]]) -> _Part:
    """Columns in bundles: each bundle counts the same, and each column that has a score the same inside its bundle."""
    there = sums.weights.sum(0) > 0
    bundles = [own for own in ([one for one in bundle if there[one]] for bundle in columns) if own]
    flat = [one for own in bundles for one in own]
    shares = np.array([1 / len(bundles) / len(own) for own in bundles for _ in own])
    return _Part(st.Sums(sums.scores[:, flat], sums.weights[:, flat]), shares)


def _both(coded: _Coded, y: Floats, use: Sequence[int]) -> tuple[_Part, _Part]:
    """Some languages under both averages: by prompts, and by categories."""
    width = len(coded.categories)
    by_categories = [range(at * width, (at + 1) * width) for at in use]
    return _part_of(_plain(coded, y), [[at] for at in use]), _part_of(_cells(coded, y), by_categories)


def _estimate(part: _Part, level: float) -> Estimate:
    mean = part.mean(level)
    if mean is None:
        return Estimate(None, None, None, 0)
    return Estimate(mean.value, number(mean.low), number(mean.high), mean.groups)


@dataclass(frozen=True)
class _Gaps:
    """The language compared with and another, under both averages, and the pairs that both have."""

    pairs: int
    base: tuple[_Part, _Part]
    own: tuple[_Part, _Part]
    groups: int


def _gaps(coded: _Coded, against: str) -> dict[int, _Gaps]:
    if against not in coded.languages:
        return {}
    base = coded.languages.index(against)
    scored = ~np.isnan(coded.y)
    gaps = {}
    for at in range(len(coded.languages)):
        if at == base:
            continue
        sides = [scored & (coded.language == one) for one in (base, at)]
        shared = np.intersect1d(*(coded.judged.ids[side] for side in sides))
        use = (sides[0] | sides[1]) & (np.isin(coded.judged.ids, shared) if len(shared) else True)
        y = np.where(use, coded.y, np.nan)
        groups = len(np.unique(coded.group[use]))
        gaps[at] = _Gaps(len(shared), _both(coded, y, [base]), _both(coded, y, [at]), groups)
    return gaps


def _gap(gaps: Sequence[_Gaps], level: float) -> Gap:
    """The mean of some gaps: one average of several languages less another, with an interval for the difference."""
    estimates = []
    for way in (0, 1):
        sides = [
            _joined([side[way] for side in each]).mean(level)
            for each in zip(*((g.base, g.own) for g in gaps), strict=True)
        ]
        base, own = sides
        if base is None or own is None:
            estimates.append(Estimate(None, None, None, 0))
            continue
        low, high = av.difference(base, own)
        most = max(gap.groups for gap in gaps)
        estimates.append(Estimate(base.value - own.value, number(low), number(high), most))
    return Gap(max(gap.pairs for gap in gaps), estimates[0], estimates[1])


def _joined(parts: Sequence[_Part]) -> _Part:
    """Parts side by side, each counting the same; nothing where one has no column."""
    if any(not len(part.shares) for part in parts):
        parts = ()
    if not parts:
        return _Part(st.Sums(np.empty((0, 0)), np.empty((0, 0))), np.empty(0))
    sums = st.Sums(
        np.concatenate([part.sums.scores for part in parts], axis=1),
        np.concatenate([part.sums.weights for part in parts], axis=1),
    )
    return _Part(sums, np.concatenate([part.shares for part in parts]) / len(parts))


def _row(coded: _Coded, at: int, gaps: _Gaps | None, level: float, bins: int) -> LanguageRow:
    own = coded.language == at
    y, judged, width = coded.y[own], coded.judged, len(coded.categories)
    plain, weighted = (_estimate(part, level) for part in _both(coded, coded.y, [at]))
    ways = [_cells(coded, coded.y, published) for published in (False, True)]
    categories = {}
    for number_, name in enumerate(coded.categories):
        inside = own & (coded.category == number_)
        if inside.any():
            counts = _counts(coded.y[inside], judged.outcomes[inside])
            flat, published = (_estimate(_part_of(way, [[at * width + number_]]), level) for way in ways)
            categories[name] = Category(*counts, flat, published)
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
        None if gaps is None else _gap([gaps], level),
        None if judged.margins is None else calibration(judged.margins[own], bins),
    )


def _counts(y: Floats, stated: Floats) -> tuple[int, int, int, int]:
    """Pairs, scored, ties (those that a model or judge said) and unparsed."""
    return len(y), int((~np.isnan(y)).sum()), int((stated == 0.5).sum()), int(np.isnan(stated).sum())


def _average(
    coded: _Coded, rows: tuple[LanguageRow, ...], gaps: Mapping[int, _Gaps], against: str, level: float
) -> Average:
    scored = [at for at, row in enumerate(rows) if row.scored]
    use = [at for at in scored if coded.languages[at] != against] or scored
    width, cells = len(coded.categories), _cells(coded, coded.y)
    there = cells.weights.sum(0) > 0
    categories = {
        name: _estimate(_part_of(cells, [[at * width + i] for at in use]), level)
        for i, name in enumerate(coded.categories)
        if any(there[at * width + i] for at in use)
    }
    errors = [row.calibration.error for at, row in enumerate(rows) if at in use and row.calibration]
    own = [gaps[at] for at in use if at in gaps]
    by_prompts, by_categories = (_estimate(part, level) for part in _both(coded, coded.y, use))
    return Average(
        tuple(coded.languages[at] for at in use),
        by_prompts,
        by_categories,
        categories,
        _gap(own, level) if own else None,
        float(np.mean(errors)) if errors else None,
    )
