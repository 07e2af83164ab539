"""Judgements that others made, as the battles of one pair of models."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import UserError
from ...files.cells import Cell
from ...layouts.contract import Game
from ..figures.statistics import Floats
from ..figures.win_rates import Battles


@dataclass(frozen=True)
class Judged:
    """Battles of one pair of models, from games; arrays are in the order of the first game of each battle.

    Attributes:
        model, other: whose scores these are, and against whom.
        prompts: names of the prompts.
        battles: see Battles; column 0 is the order that shows `model` first, unless all games are of one order.
        weights: (n,) how often each counts.
        reasons: games without a verdict, by reason.
        why: the same by prompt and order; empty where there is a verdict.
        texts: the model's and the other's answer, by prompt; empty where unknown.
        labels: by prompt and order what is written where nothing says what it means; empty elsewhere.
        turns: by prompt what was asked, role and content of each turn; empty where that is unknown.
        stated: by prompt what its first row holds in columns that were asked for.
        joined: battles of which several verdicts are one, their mean.
        several: prompts with several battles, where different answers are battles of their own.
    """

    model: str
    other: str
    prompts: tuple[str, ...]
    battles: Battles
    weights: Floats
    reasons: Mapping[str, int]
    why: tuple[tuple[str, ...], ...] = ()
    texts: tuple[tuple[str, str], ...] = ()
    labels: tuple[tuple[str, ...], ...] = ()
    turns: tuple[tuple[tuple[str, str], ...], ...] = ()
    stated: tuple[Mapping[str, Cell], ...] = ()
    joined: int = 0
    several: int = 0


_Battle = tuple[str, str, tuple[str, str]]
"""Language and prompt, and the two answers where different ones are battles of their own."""


def judged(games: Sequence[Game], model: str, other: str, keep: str = "error", apart: bool = False) -> Judged:
    """The games of one model against another, a row for each prompt; other games are left alone.

    Args:
        games: what was judged, of any models.
        model: the one asked about.
        other: the one it is compared with.
        keep: which of several games of a prompt and order counts: `first`, `last`, their `mean`, or `error` to refuse
            them.
        apart: a row for each two answers to a prompt that are not the same, as of models that were sampled twice;
            games whose texts are not known are of one. Without it all games of a prompt are one row.

    Returns:
        The battles, in the order of the first game of each.

    Raises:
        UserError: no such games, or two of the same answers in the same order and `keep` is `error`.
    """
    slots: dict[_Battle, tuple[list[Game], list[Game]]] = {}
    for game in games:
        if set(game.shown) == {model, other} and model != other:
            swapped = game.shown[0] != model
            answers = (game.texts[::-1] if swapped else game.texts) if apart else ("", "")
            slots.setdefault((game.language, game.prompt, answers), ([], []))[swapped].append(game)
    if not slots:
        named = ", ".join(sorted({name for game in games for name in game.shown})[:8])
        raise UserError(f"there is no game of {model} against {other}; the file has {named}")
    scores, weights = np.full((len(slots), 2), np.nan), np.full((len(slots), 2), np.nan)
    lengths, reasons = np.full((len(slots), 2), np.nan), Counter[str]()
    asked, why = np.zeros((len(slots), 2), bool), [["order_missing", "order_missing"] for _ in slots]
    texts, labels = [("", "")] * len(slots), [["", ""] for _ in slots]
    joined: set[int] = set()
    for at, (key, both) in enumerate(slots.items()):
        for order, own_games in enumerate(both):
            if own_games:
                if len(own_games) > 1 and keep == "error":
                    raise UserError(
                        f"prompt {key[1]} has {len(own_games)} judgements of {own_games[0].shown[0]} shown before "
                        f"{own_games[0].shown[1]}; say which counts, by `--keep mean`, `first` or `last`, or by the "
                        "key `keep` of the layout"
                    )
                chosen = own_games[-1:] if keep == "last" else own_games if keep == "mean" else own_games[:1]
                own = [game.score if order == 0 else 1 - game.score for game in chosen if not math.isnan(game.score)]
                reasons.update(game.reason for game in chosen if game.reason)
                asked[at, order], weights[at, order] = True, np.mean([game.weight for game in chosen])
                scores[at, order] = np.mean(own) if own else np.nan
                if len(own) > 1:
                    joined.add(at)
                why[at][order] = "" if own else chosen[0].reason
                labels[at][order] = "" if own else chosen[0].label
                texts[at] = chosen[0].texts if order == 0 else chosen[0].texts[::-1]
                lengths[at] = chosen[0].lengths if order == 0 else chosen[0].lengths[::-1]
    if not (asked.all(1)).any():
        # One order a prompt, whichever it was.
        scores = np.where(asked[:, 0], scores[:, 0], scores[:, 1])[:, None]
        why, labels = (
            [[one[0] if there[0] else one[1]] for one, there in zip(given, asked, strict=True)]
            for given in (why, labels)
        )
    else:
        reasons["order_missing"] += int((~asked.all(1)).sum())
    first = [(both[0] or both[1])[0] for both in slots.values()]
    battles = Battles(
        np.array([game.language for game in first]), np.array([game.group for game in first]), scores, lengths
    )
    return Judged(
        model,
        other,
        tuple(game.prompt for game in first),
        battles,
        np.nanmean(weights, 1),
        +reasons,
        tuple(map(tuple, why)),
        tuple(texts),
        tuple(map(tuple, labels)),
        tuple(game.turns for game in first),
        tuple(game.stated for game in first),
        len(joined),
        sum(number > 1 for number in Counter(key[:2] for key in slots).values()),
    )
