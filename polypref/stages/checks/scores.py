"""Scores that cannot carry a preference: not a number, the wrong way round, too near, or disputed among raters."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...scripting.bounds import AtLeastZero
from ...scripting.declared import checked_call
from .common import Action, outcome
from .contract import Batch, Outcome


def spread(scores: Sequence[float]) -> float:
    """The largest score minus the smallest.

    Args:
        scores: numbers.

    Returns:
        0 for one score or none; NaN where a score is not a number.
    """
    if any(math.isnan(score) for score in scores):
        return math.nan
    return max(scores) - min(scores) if scores else 0.0


@checked_call
@dataclass(frozen=True)
class ScoreSanity:
    """Pairs with a score that is not a finite number, or whose rejected answer has the higher score.

    Pairs without scores (labels from people, verdicts) are kept, and so are those that reviewers relabelled and those
    whose rejected answer a check makes the worse one (PairRule.prefer_rejected): there the scores do not count.
    """

    name: ClassVar[str] = "score_sanity"
    version: ClassVar[int] = 1
    summary: ClassVar[str] = "scores that are not finite numbers, or the wrong way round"
    thresholds: ClassVar[dict[str, str]] = {}

    roles: ClassVar[tuple[str, ...]] = ("scores",)
    action: Action = "reject"

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        """Reads chosen_score, rejected_score and score_margin; yields `score_not_finite` or `scores_reversed`."""
        names = ("chosen_score", "rejected_score", "score_margin", "review", "by_check")
        for row, (chosen, rejected, margin, review, by_check) in enumerate(zip(*map(batch.column, names), strict=True)):
            known = [score for score in (chosen, rejected, margin) if score is not None]
            if not all(map(math.isfinite, known)):
                yield row, outcome(self.action, "score_not_finite", str(known))
            elif review == "relabelled" or by_check is not None:
                continue
            elif (margin is not None and margin < 0) or (None not in (chosen, rejected) and chosen < rejected):
                yield row, outcome(self.action, "scores_reversed", str(known))


@checked_call
@dataclass(frozen=True)
class SmallMargin:
    """Pairs whose scores are nearer than a threshold in the rater's own units.

    The default rejects ties only: what counts as a clear margin depends on the rater, and must be set with it.
    """

    name: ClassVar[str] = "small_margin"
    version: ClassVar[int] = 1
    summary: ClassVar[str] = "scores nearer than a threshold; ties by default"
    thresholds: ClassVar[dict[str, str]] = {
        "minimum": "0 (more than a tie): scales of raters differ, so no other margin holds for all of them (all of 920 "
        "planted ties found, none of 3,874 other pairs)",
    }

    roles: ClassVar[tuple[str, ...]] = ("scores",)
    action: Action = "reject"
    minimum: AtLeastZero = 0.0

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        """Reads score_margin; yields `score_tie`, or `small_margin` with the margin."""
        for row, (margin, by_check) in enumerate(zip(*map(batch.column, ("score_margin", "by_check")), strict=True)):
            if by_check is not None or margin is None or not math.isfinite(margin) or margin < 0:
                continue
            if margin == 0:
                yield row, outcome(self.action, "score_tie")
            elif margin < self.minimum:
                yield row, outcome(self.action, "small_margin", f"{margin:g}")


@checked_call
@dataclass(frozen=True)
class RaterSpread:
    """Pairs on whose answers the raters differ by more than the answers do.

    Says nothing where the scores do not count (see ScoreSanity).

    Reads chosen_scores and rejected_scores: all the scores that each answer got from the pair's rater on the pair's
    occasion, when a source holds several (several people, say); says nothing where there is one.
    """

    name: ClassVar[str] = "rater_spread"
    version: ClassVar[int] = 3
    summary: ClassVar[str] = "raters differ by more than the answers do"
    thresholds: ClassVar[dict[str, str]] = {
        "maximum": "1: a spread over the margin leaves open which answer is better; a ratio, so it holds on any scale ("
        "all of 920 planted disputes found, none of 3,874 pairs without one)",
    }

    roles: ClassVar[tuple[str, ...]] = ("scores",)
    action: Action = "flag"
    maximum: AtLeastZero = 1.0

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        """Yields `rater_spread` with spread and margin of the mean scores."""
        names = ("chosen_scores", "rejected_scores", "review", "by_check")
        for row, (chosen, rejected, review, by_check) in enumerate(zip(*map(batch.column, names), strict=True)):
            if by_check is not None or review == "relabelled":
                continue
            if not chosen or not rejected or max(len(chosen), len(rejected)) < 2:
                continue
            widest = max(spread(chosen), spread(rejected))
            margin = abs(sum(chosen) / len(chosen) - sum(rejected) / len(rejected))
            if not widest <= self.maximum * margin:
                yield row, outcome(self.action, "rater_spread", f"{widest:g} against {margin:g}")
