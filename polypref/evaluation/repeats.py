"""Run-to-run spread: a share of the comparisons is put to a judge again, and how often it says the same is counted.

A judge whose replies are drawn has `repeated(number)`, which gives the same judge with replies drawn anew, under
requests of their own in the response log. One that is asked for the likeliest reply (temperature 0) differs from run to
run only as its server's rounding does, so an evaluation asks it again only where that is wished for.
"""

import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeGuard

import numpy as np

from ..errors import UserError
from ..files.json_types import Json, JsonObject
from ..files.records import Count, encode
from ..inference.log import ResponseLog
from .contract import Battle, Judge, Verdict, judge_traits, settled
from .figures.agreement import Agreement, Share, cohens_kappa, share_of

#: Of the comparisons, for judges whose replies are drawn.
DEFAULT_SHARE = 0.05
#: Between the seeds of a judge and of its repeats; attempts at one reply take the seeds next to its own.
_SEEDS_APART = 1_000_003
_LABELS = {1.0: "won", 0.5: "tie", 0.0: "lost"}


class Repeatable(Protocol):
    """A judge that can be asked again."""

    def repeated(self, number: int) -> Judge:
        """The same judge, whose replies are drawn anew.

        Args:
            number: 1 for the first time that it is asked again.

        Returns:
            A judge whose requests are others to the response log.
        """
        ...


def is_repeatable(judge: Judge | Repeatable) -> TypeGuard[Repeatable]:
    """Whether a judge can be asked again.

    Args:
        judge: the judge.

    Returns:
        Whether it has `repeated`.
    """
    return callable(getattr(judge, "repeated", None))


def seed_of_repeat(seed: int, number: int) -> int:
    """The seed with which a judge is asked again.

    Args:
        seed: of its first replies.
        number: 1 for the first time that it is asked again.

    Returns:
        Another seed.
    """
    return seed + _SEEDS_APART * number


@dataclass(frozen=True, kw_only=True)
class Spread:
    """What came of asking a judge again.

    Attributes:
        comparisons: that were put to it twice.
        unread: verdicts of them that lack one of the two times.
        same: share of verdicts, order by order, that are the same both times, clustered by prompt.
        kappa: Cohen's kappa of both times: won, tie or lost.
        win_rate, again: of the model in these comparisons, the first and the second time.
    """

    comparisons: Count
    unread: Count
    same: Share
    kappa: Agreement
    win_rate: float | None
    again: float | None


def read_repeat_share(value: Json) -> float | None:
    """The share of comparisons that a config has put to judges twice.

    Args:
        value: what the config says; None for nothing.

    Returns:
        The share; None where the config says nothing.

    Raises:
        UserError: it is no share.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise UserError(
            f"repeat_share (--repeat-share): {value!r:.40} is no share between 0 and 1; write it as in 0.05"
        )
    return float(value)


def check_repeat_share(judges: Sequence[Judge], wanted: float | None) -> None:
    """Sees that somebody can be asked again, where a config asks for it.

    Args:
        judges: who judges.
        wanted: the share that the evaluation asks for; None for what is usual.

    Raises:
        UserError: none of them can.
    """
    if wanted and not any(map(is_repeatable, judges)):
        raise UserError(
            f"repeat_share (--repeat-share): {wanted:g} of the comparisons are to be put to judges twice, and none "
            f"of these can be asked again (there is {', '.join(one.kind for one in judges)}); leave it out"
        )


def share_asked_again(judge: Judge, wanted: float | None) -> float:
    """The share of comparisons that a judge is asked again.

    Args:
        judge: the judge.
        wanted: the share that the evaluation asks for; None for what is usual.

    Returns:
        0 for a judge that cannot be asked again; usually `DEFAULT_SHARE` where replies are drawn, else 0.
    """
    sampling = judge_traits(judge).sampling
    if not is_repeatable(judge):
        return 0.0
    usual = DEFAULT_SHARE if sampling and sampling.temperature > 0 else 0.0
    return usual if wanted is None else wanted


def places_asked_again(
    battles: Sequence[Battle], share: float, seed: int = 0, names: Sequence[str] | None = None
) -> list[int]:
    """Which comparisons are put to a judge again: so many of each language, at least one, drawn by name.

    Args:
        battles: all comparisons.
        share: of those of each language that need a judge.
        seed: of the draw.
        names: what each goes by, the same for its translations; by prompt and models where left out.

    Returns:
        Their places, in order.
    """
    by_language: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for at, battle in enumerate(battles):
        if share > 0 and settled(battle, ("",)) is None:
            # Not by language, so that translations of a comparison are asked again together.
            own = (
                [battle.group_id or battle.prompt_id, battle.model, battle.other_model] if names is None else names[at]
            )
            text = json.dumps([seed, own])
            drawn = hashlib.md5(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
            by_language[battle.language].append((drawn, at))
    numbers = ((own, math.ceil(share * len(own) - 1e-9)) for own in by_language.values())
    return sorted(at for own, number in numbers for _, at in sorted(own)[:number])


def ask_again(
    judge: Judge,
    battles: Sequence[Battle],
    verdicts: Sequence[Sequence[Verdict]],
    share: float,
    log: ResponseLog,
    again: bool = False,
    quiet: bool = False,
    seed: int = 0,
) -> Spread | None:
    """Puts a share of the comparisons to a judge a second time.

    Args:
        judge: the judge.
        battles: all comparisons.
        verdicts: on each, those of the first time.
        share: of the comparisons.
        log: where replies go at once.
        again: ask once more for what failed before.
        quiet: show no progress.
        seed: of the draw of comparisons.

    Returns:
        How often it says the same; None where nothing was asked again.

    Raises:
        UserError: the judge cannot be reached; what it said so far is kept.
    """
    places = places_asked_again(battles, share, seed)
    if not places or not is_repeatable(judge):
        return None
    own = [battles[at] for at in places]
    second = judge.repeated(1).judge(own, log, again, quiet)
    return spread([verdicts[at] for at in places], second, [one.group_id or one.prompt_id for one in own])


def spread(
    first: Sequence[Sequence[Verdict]], second: Sequence[Sequence[Verdict]], groups: Sequence[str], level: float = 0.95
) -> Spread:
    """How often two runs of a judge say the same of the same comparisons.

    Args:
        first, second: (n, orders) verdicts of both runs.
        groups: (n,) of the comparisons.
        level: of the interval.

    Returns:
        Figures over all orders.
    """
    pairs = [
        (_number(a), _number(b), group)
        for one, two, group in zip(first, second, groups, strict=True)
        for a, b in zip(one, two, strict=True)
    ]
    scores = np.array([pair[:2] for pair in pairs], float).reshape(-1, 2)
    read = ~np.isnan(scores).any(1)
    same = np.where(read, (scores[:, 0] == scores[:, 1]).astype(float), np.nan)
    labels = [[_label(score) for score in column] for column in scores.T]
    means = [float(value) for value in scores[read].mean(0)] if read.any() else [None, None]
    return Spread(
        comparisons=len(first),
        unread=int((~read).sum()),
        same=share_of(same, np.array([pair[2] for pair in pairs], dtype=str), level),
        kappa=cohens_kappa(labels[0], labels[1]),
        win_rate=means[0],
        again=means[1],
    )


def _number(verdict: Verdict) -> float:
    return math.nan if verdict.score is None else float(verdict.score)


def _label(score: float) -> str | None:
    return None if math.isnan(score) else _LABELS.get(score, "won" if score > 0.5 else "lost")


def spread_facts(judge: Judge, spreads: Sequence[Spread | None]) -> JsonObject:
    """What an evaluation notes of a judge's run-to-run spread, with one entry for each pair of models.

    Args:
        judge: the judge.
        spreads: of each pair of models; None where nothing was asked again.

    Returns:
        `repeats`, a list of figures; nothing for a judge that is never drawn.
    """
    if not is_repeatable(judge):
        return {}
    return {"repeats": [encode(one) for one in spreads if one is not None]}
