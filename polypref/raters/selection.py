"""Which two answers of a prompt are worth a judge's time, by cheap scores of all of them."""

from collections.abc import Mapping, Sequence
from math import fsum, sqrt
from typing import Literal

from ..stages.asking import drawn

#: best_vs_worst: the highest and the lowest mean score. uncertainty: the two whose difference two scorers see most
#: differently. random: any two, as control.
Select = Literal["best_vs_worst", "uncertainty", "random"]


def standardised(scores: Sequence[float]) -> list[float]:
    """Scores as z-scores: differences from their mean, in population standard deviations.

    Args:
        scores: of one scorer, for the answers of one prompt.

    Returns:
        The z-scores; all 0 where the scores are equal.

    Example:
        >>> standardised([1.0, 3.0])
        [-1.0, 1.0]
    """
    if min(scores) == max(scores):  # of equal numbers the mean may be rounded to another
        return [0.0] * len(scores)
    mean = fsum(scores) / len(scores)
    spread = sqrt(fsum((score - mean) ** 2 for score in scores) / len(scores))
    return [(score - mean) / spread if spread > 0 else 0.0 for score in scores]


def mean_scores(scores: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """The mean z-score of each answer of a prompt.

    Args:
        scores: answer -> its score by each scorer.

    Returns:
        Answer -> the mean over the scorers.
    """
    return {answer: fsum(by_scorer) / len(by_scorer) for answer, by_scorer in _standardised(scores).items()}


def select_two(scores: Mapping[str, Sequence[float]], select: Select, seed: int, prompt: str) -> tuple[str, str] | None:
    """The two answers of a prompt that are to be judged.

    Args:
        scores: answer -> its score by each scorer, a finite number; with `uncertainty` there are two scorers.
        select: by which rule.
        seed: of the order in which equals stand, and of the random choice.
        prompt: the prompt's id.

    Returns:
        Two different answers, in the order of their ids; None where there are fewer.
    """
    if len(scores) < 2:
        return None
    place = {answer: drawn(seed, prompt, answer) for answer in scores}
    if select == "random":
        one, two = sorted(scores, key=place.__getitem__)[:2]
        return min(one, two), max(one, two)
    by_scorer = _standardised(scores)
    if select == "uncertainty":
        # Two scorers see the difference of two answers most differently where the differences of their scores of each
        # lie furthest apart.
        worth = {answer: one - other for answer, (one, other) in by_scorer.items()}
    else:
        worth = mean_scores(scores)
    best = min(scores, key=lambda answer: (-worth[answer], place[answer]))
    rest = [answer for answer in scores if answer != best]
    worst = min(rest, key=lambda answer: (worth[answer], place[answer]))
    return min(best, worst), max(best, worst)


def _standardised(scores: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    columns = [standardised(column) for column in zip(*scores.values(), strict=True)]
    return {answer: list(row) for answer, row in zip(scores, zip(*columns, strict=True), strict=True)}
