"""What is known of a reward model: judged pairs, and the figures that come of them, by language and over languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...errors import UserError
from ..figures.statistics import Floats

#: What becomes of a pair without a verdict: left out, or half a point, as M-RewardBench's code gives a judge's reply
#: that it cannot read (scripts/run_generative.py).
Missing = Literal["exclude", "half"]

#: What a pair with equal scores counts, or one that a judge calls a tie: `lost` in the codes of RewardBench,
#: M-RewardBench and JudgeBench, which ask for chosen > rejected; `half` a point; or by `chance`.
Ties = Literal["half", "lost", "chance"]

#: What a tie counts, for sentences.
TIES: Mapping[str, str] = {
    "lost": "count as lost",
    "half": "count half a point",
    "chance": "are settled by chance",
}

#: The two published ways of averaging, and who states which.
READINGS: Mapping[str, str] = {
    "by_prompts": (
        "every pair counts the same: the mean over categories weighted by their numbers of pairs (text of the "
        "M-RewardBench paper, arXiv 2410.15522)"
    ),
    "by_categories": (
        "every category counts the same, and inside a category each subset by its published weight (code of "
        "M-RewardBench, analysis/plot_utils.py; RewardBench's leaderboard, arXiv 2403.13787, without its prior sets)"
    ),
}


@dataclass(frozen=True)
class Judged:
    """What became of n pairs; arrays of length n.

    Attributes:
        languages, subsets, categories: of the pairs.
        ids: the same name for the same pair in all its languages.
        groups: the same name for all pairs of a prompt, in all its languages.
        outcomes: 1 the chosen answer was preferred, 0.5 tie, 0 the rejected one; NaN without a verdict.
        margins: score of the chosen answer less that of the rejected one; None for a judge that gives no scores.
        disagreements: 1 where a judge's two orders differ, 0 where not, NaN where they cannot be compared; or None.
    """

    languages: NDArray[np.str_]
    subsets: NDArray[np.str_]
    categories: NDArray[np.str_]
    ids: NDArray[np.str_]
    groups: NDArray[np.str_]
    outcomes: Floats
    margins: Floats | None = None
    disagreements: Floats | None = None

    def __post_init__(self) -> None:
        arrays = (self.subsets, self.categories, self.ids, self.groups, self.outcomes, self.margins, self.disagreements)
        if any(one is not None and len(one) != len(self.languages) for one in arrays):
            raise UserError("judged pairs: the columns differ in length; give one value of each a pair")
        with np.errstate(invalid="ignore"):
            if ((self.outcomes < 0) | (self.outcomes > 1)).any():
                raise UserError("an outcome lies outside 0 to 1; give 1 for the chosen answer, 0.5 for a tie, 0 else")


@dataclass(frozen=True)
class Estimate:
    """A share, its interval over groups, and how many groups it rests on; None where nothing can be said."""

    value: float | None
    low: float | None
    high: float | None
    groups: int


@dataclass(frozen=True)
class Category:
    """One category in one language.

    Attributes:
        pairs, scored: with or without a verdict; with one.
        ties, unparsed: outcomes of one half; pairs without a verdict.
        by_prompts: share of the chosen answers, each pair counting the same.
        weighted: the same with each subset's published weight.
    """

    pairs: int
    scored: int
    ties: int
    unparsed: int
    by_prompts: Estimate
    weighted: Estimate


@dataclass(frozen=True)
class Gap:
    """Accuracy in the language compared with, less that in this one, on the pairs that both have.

    Attributes:
        pairs: pairs that both have; 0 where they share none, and then all pairs of both count.
        by_prompts, by_categories: the difference under both averages.
    """

    pairs: int
    by_prompts: Estimate
    by_categories: Estimate


@dataclass(frozen=True)
class Calibration:
    """Whether score differences mean what a Bradley-Terry model says they do; see `calibration`.

    Attributes:
        error: expected calibration error.
        confidence, accuracy: their means; a model with more confidence than accuracy is too sure.
        bins: (lowest confidence, highest, pairs, mean confidence, accuracy) of bins with pairs.
        pairs: with two scores.
    """

    error: float
    confidence: float
    accuracy: float
    bins: tuple[tuple[float, float, int, float, float], ...]
    pairs: int


@dataclass(frozen=True)
class LanguageRow:
    """One language.

    Attributes:
        language: its label.
        pairs, scored, groups: pairs, those with an outcome, independent prompts among these.
        correct, ties, unparsed: outcomes of 1; of one half, whatever that counts; pairs without a verdict.
        disagreements: share of pairs whose two orders differ; None where no judge was asked in two orders.
        by_prompts, by_categories: accuracy under both averages (READINGS).
        categories: by name.
        subsets: accuracy by subset; None without a verdict.
        gap: to the language compared with; None for itself, or where it is not there.
        calibration: None without scores.
    """

    language: str
    pairs: int
    scored: int
    groups: int
    correct: int
    ties: int
    unparsed: int
    disagreements: float | None
    by_prompts: Estimate
    by_categories: Estimate
    categories: Mapping[str, Category]
    subsets: Mapping[str, float | None]
    gap: Gap | None
    calibration: Calibration | None


@dataclass(frozen=True)
class Average:
    """Plain means over languages, each counting the same; the language compared with is left out where others are.

    Attributes:
        languages: their labels.
        by_prompts, by_categories: accuracy under both averages.
        categories: weighted accuracy by category, over the languages that have it.
        gap: mean of the gaps; None without a language to compare with.
        calibration_error: mean of the languages' errors.
    """

    languages: tuple[str, ...]
    by_prompts: Estimate
    by_categories: Estimate
    categories: Mapping[str, Estimate]
    gap: Gap | None
    calibration_error: float | None


@dataclass(frozen=True)
class Summary:
    """All accuracies; see the classes.

    Attributes:
        rows: one for each language, in the order of their labels.
        average: over them.
        few_groups: languages with fewer than 20 prompts, whose intervals cover less often than they say.
        surely_above_chance: languages whose interval by prompts lies above one half.
        level: of all intervals.
    """

    rows: tuple[LanguageRow, ...]
    average: Average
    few_groups: tuple[str, ...]
    surely_above_chance: tuple[str, ...]
    level: float
