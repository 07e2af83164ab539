"""Best of n: whether a reward model scores a right answer above all others of its prompt, as RewardBench 2 asks.

RewardBench 2 (Malik et al. 2025, arXiv 2506.01937; allenai/reward-bench, rewardbench/utils.py): one right answer among
four, where a shared first place counts its share; and the subset Ties, where several answers are right, none better
than another, and a twin prompt with one right answer belongs to each.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..figures import statistics as st
from ..figures.statistics import Floats, number
from .pairs import Pair
from .published import Estimate

#: Ids of the Ties subset: a prompt with several right answers, and its twin with one.
_TIES_ID = re.compile(r"(ref|tied):(\S+)")
_TIES = "ties"


@dataclass(frozen=True)
class BestOfSubset:
    """One subset in one language.

    Attributes:
        subset: its name.
        rows: prompts with several answers.
        accuracy: share of them whose best answer is a right one.
        chance: what scores at random would give.
    """

    subset: str
    rows: int
    accuracy: Estimate
    chance: float


@dataclass(frozen=True)
class TiesScore:
    """The subset Ties in one language; None where no twins have all scores.

    Attributes:
        tied, ref: prompts with several right answers, and with one.
        tied_accuracy, ref_accuracy: share of them whose every right answer scores above every wrong one.
        preferred: share of twins whose right answers lie closer together than the worst of them lies above the best
            wrong one; `preferred_hard` the same with the smaller distance of the two twins.
        margin: mean of tanh(smaller distance / spread of the right ones - 1), 0 where that is none.
        score: 0.3 tied accuracy + 0.3 ref accuracy + 0.2 preferred + 0.2 preferred_hard + 0.01 margin.
    """

    tied: int
    ref: int
    tied_accuracy: float
    ref_accuracy: float
    preferred: float
    preferred_hard: float
    margin: float
    score: float


@dataclass(frozen=True)
class BestOfLanguage:
    """Best of n in one language.

    Attributes:
        language: its label.
        subsets: by name, without Ties.
        ties: the subset Ties; None where there is none.
        score: the plain mean over subsets, Ties among them, as RewardBench 2's leaderboard has it; None without any.
        left_out: reason -> prompts without a figure.
    """

    language: str
    subsets: tuple[BestOfSubset, ...]
    ties: TiesScore | None
    score: float | None
    left_out: Mapping[str, int]


@dataclass
class _Asking:
    """What is known of one prompt with several answers; filled pair by pair."""

    first: Pair
    right: dict[int, float]
    wrong: dict[int, float]
    outcomes: list[float]

    def scored(self) -> bool:
        """Whether every answer has a score."""
        return not any(np.isnan(one) for one in (*self.right.values(), *self.wrong.values()))


def best_of_n(
    pairs: Sequence[Pair], chosen: Floats | None, rejected: Floats | None, outcomes: Floats, level: float = 0.95
) -> tuple[BestOfLanguage, ...]:
    """Best of n by language, for the pairs that are of prompts with several answers.

    With scores: the share of right answers among those with the highest score. A judge, which gives no scores, is right
    where the right answer wins against all others; a tie with k of them counts 1 / (k + 1).

    Args:
        pairs: n pairs; `of` says which row they are of.
        chosen, rejected: (n,) scores; None for a judge.
        outcomes: (n,) 1 where the chosen answer was preferred, 0.5 for a tie, 0 else, or NaN.
        level: of the intervals.

    Returns:
        A row for each language; empty where all prompts have two answers.
    """
    asked: dict[tuple[str, str], _Asking] = {}
    for at, pair in enumerate(pairs):
        if pair.of is None:
            continue
        one = asked.setdefault((pair.language, pair.of.row), _Asking(pair, {}, {}, []))
        one.outcomes.append(float(outcomes[at]))
        if chosen is not None and rejected is not None:
            one.right[pair.of.chosen], one.wrong[pair.of.rejected] = float(chosen[at]), float(rejected[at])
    by_language: dict[str, list[_Asking]] = defaultdict(list)
    for (language, _), one in asked.items():
        by_language[language].append(one)
    return tuple(_language(language, own, level) for language, own in sorted(by_language.items()))


def _language(language: str, rows: Sequence[_Asking], level: float) -> BestOfLanguage:
    left_out: dict[str, int] = defaultdict(int)
    subsets: dict[str, list[_Asking]] = defaultdict(list)
    ties: list[_Asking] = []
    for one in rows:
        if one.first.subset.casefold() == _TIES and _TIES_ID.fullmatch(one.first.of.row if one.first.of else ""):
            if one.right and one.scored():
                ties.append(one)
            else:
                left_out["ties_need_scores" if not one.right else "no_score"] += 1
        else:
            subsets[one.first.subset].append(one)
    figures = []
    for name, own in sorted(subsets.items()):
        values = np.array([_right(one) for one in own])
        left_out["no_verdict"] += int(np.isnan(values).sum())
        figures.append(BestOfSubset(name, len(own), _accuracy(values, own, level), _chance(own)))
    score_of_ties = ties_score({one.first.of.row: _samples(one) for one in ties if one.first.of})
    shares = [one.accuracy.value for one in figures if one.accuracy.value is not None]
    shares += [score_of_ties.score] if score_of_ties else []
    score = float(np.mean(shares)) if shares else None
    return BestOfLanguage(language, tuple(figures), score_of_ties, score, {k: n for k, n in left_out.items() if n})


def _right(one: _Asking) -> float:
    """1 where a right answer is the best; its share of a shared first place; NaN without scores or verdicts."""
    if one.right:
        if not one.scored():
            return float("nan")
        best = max(*one.right.values(), *one.wrong.values())
        first = [sum(value == best for value in side.values()) for side in (one.right, one.wrong)]
        return first[0] / sum(first)
    if 0.0 in one.outcomes:
        return 0.0
    if np.isnan(one.outcomes).any():
        return float("nan")
    return 1 / (1 + sum(outcome < 1 for outcome in one.outcomes))


def _accuracy(values: Floats, rows: Sequence[_Asking], level: float) -> Estimate:
    if np.isnan(values).all():
        return Estimate(None, None, None, 0)
    sums = st.sums(values, [one.first.group for one in rows], np.zeros(len(values)))
    low, high = st.column_interval(sums, level)
    return Estimate(float(st.means(sums)[0]), number(low[0]), number(high[0]), int(st.members(sums)[0]))


def _chance(rows: Sequence[_Asking]) -> float:
    shares = []
    for one in rows:
        right, wrong = (len(one.right), len(one.wrong)) if one.right else (1, len(one.outcomes))
        shares.append(right / (right + wrong))
    return float(np.mean(shares))


def _samples(one: _Asking) -> tuple[list[float], list[float]]:
    return list(one.right.values()), list(one.wrong.values())


def ties_score(scores: Mapping[str, tuple[Sequence[float], Sequence[float]]]) -> TiesScore | None:
    """RewardBench 2's score of its subset Ties (rewardbench/utils.py, process_single_model).

    Args:
        scores: id, `tied:N` or `ref:N` -> scores of the right answers, and of the wrong ones.

    Returns:
        The figures; None where no N has both.
    """
    kinds: dict[str, dict[str, tuple[float, float]]] = {"ref": {}, "tied": {}}
    for name, (right, wrong) in scores.items():
        match = _TIES_ID.fullmatch(name)
        if match and right and wrong:
            kinds[match[1]][match[2]] = max(right) - min(right), min(right) - max(wrong)
    ref, tied = kinds["ref"], kinds["tied"]
    twins = sorted(ref.keys() & tied.keys())
    if not twins:
        return None
    spread = np.array([tied[one][0] for one in twins])
    above = np.array([tied[one][1] for one in twins])
    smaller = np.minimum(above, np.array([ref[one][1] for one in twins]))
    with np.errstate(divide="ignore", invalid="ignore"):
        margins = np.tanh(smaller / spread - 1)
    margin = float(np.nan_to_num(margins, nan=0.0).mean())
    tied_accuracy = float(np.mean([gap > 0 for _, gap in tied.values()]))
    ref_accuracy = float(np.mean([gap > 0 for _, gap in ref.values()]))
    preferred, hard = float((above > spread).mean()), float((smaller > spread).mean())
    score = 0.3 * tied_accuracy + 0.3 * ref_accuracy + 0.2 * preferred + 0.2 * hard + 0.01 * margin
    return TiesScore(len(tied), len(ref), tied_accuracy, ref_accuracy, preferred, hard, margin, score)
