"""Mean ranks of several answers to one prompt, from the games between them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ...files.records import Count
from .scaled_means import ScaledMeans, means_on_scale


@dataclass(frozen=True, kw_only=True)
class RankedModel:
    """A model's mean ranks: 1 is the best."""

    model: str
    ranks: ScaledMeans


@dataclass(frozen=True, kw_only=True)
class MeanRanks:
    """Ranks of models on the prompts that all of them answered and all games are decided of.

    Attributes:
        models: the best first, by the average over languages.
        left_out: prompts where a game is missing, or without a verdict.
    """

    models: tuple[RankedModel, ...]
    left_out: Count


def mean_ranks(games: Iterable[tuple[str, str, str, str, str, float]], level: float = 0.95) -> MeanRanks | None:
    """Mean ranks from games of every two models.

    A model's rank on a prompt is 1, plus 1 for each model that beats it, plus 1/2 for each that it ties with: of
    answers ranked by scores the mid-rank of ties (Kendall 1945, Biometrika 33, 239-251).

    Args:
        games: language, prompt, group, model, other and score of the model (0 to 1; NaN without a verdict); of several
            of two models on a prompt, whose answers are not the same, the mean score counts.
        level: of the intervals.

    Returns:
        The ranks; None with fewer than three models, or where no prompt has all games.
    """
    of_games: dict[tuple[str, str, str], dict[tuple[str, str], list[float]]] = defaultdict(lambda: defaultdict(list))
    names: set[str] = set()
    for language, prompt, group, model, other, score in games:
        names |= {model, other}
        of_games[language, prompt, group][model, other].append(score)
    by_prompt = {key: {pair: _mean(own) for pair, own in played.items()} for key, played in of_games.items()}
    models = sorted(names)
    if len(models) < 3:
        return None
    rows: list[tuple[str, str, list[float]]] = []
    pairs = len(models) * (len(models) - 1) // 2
    for (language, _, group), played in by_prompt.items():
        # In an arena of many models, where each prompt has one game, nothing is to be counted.
        if len(played) < pairs:
            continue
        lost = {one: [_lost(played, one, other) for other in models if other != one] for one in models}
        ranks = [1 + sum(lost[one]) for one in models]
        if not np.isnan(ranks).any():
            rows.append((language, group, ranks))
    if not rows:
        return None
    tags, groups, ranks_of = zip(*rows, strict=True)
    table = np.array(ranks_of)
    means = [means_on_scale(table[:, at], groups, tags, 1, len(models), level) for at in range(len(models))]
    ranked = [RankedModel(model=model, ranks=of) for model, of in zip(models, means, strict=True)]
    ranked.sort(key=lambda one: (one.ranks.average.mean if one.ranks.average else None) or 0)
    return MeanRanks(models=tuple(ranked), left_out=len(by_prompt) - len(rows))


def _mean(scores: list[float]) -> float:
    """The mean of the scores that are known; NaN where none is."""
    known = [score for score in scores if not np.isnan(score)]
    return sum(known) / len(known) if known else float("nan")


def _lost(played: dict[tuple[str, str], float], one: str, other: str) -> float:
    """What a model lost of its game against another; NaN where there is none, or it has no verdict."""
    if (one, other) in played:
        return 1 - played[one, other]
    return played.get((other, one), float("nan"))
