"""Reads judgements that others made, from files whose columns a config names.

A judgement file holds a row for each game (two answers to a prompt, shown in one order), or one row with both orders.
What it says is in one of five forms: a winner's label, a mark in the judge's text, two scores, a ranking, or a
preference on a line between the two. All become the same: the score of one model against another, in up to two orders.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ..errors import UserError
from ..readers import Row
from ..text import has_lone_surrogate
from .files import read_rows, value_at
from .outcomes import UNKNOWN_LABEL, Unread, label_of, outcome
from .win_rates import Battles

Form = Literal["winner", "text", "scores", "ranking", "preference"]


@dataclass(frozen=True)
class Layout:
    """Which column says what. A column may be a path into nested records and lists: `games.0.score`.

    Attributes:
        form: of the judgement: `winner` (a label), `text` (the judge's reply, whose marks must all agree), `scores`
            (two numbers, the higher wins), `ranking` (models or labels, the best first), `preference` (one number).
        columns: where it is: one column; for `scores` two, or one text that `pattern` finds two numbers in.
        prompt: columns that together name the prompt.
        model_a, model_b: columns that name the models of the answers shown first and second, or `=NAME` for all rows.
        swapped: as `columns`, for the same two answers in the other order, where a row holds both.
        swapped_names: what labels, scores and rankings of `swapped` go by: `places` (A, or the first score, is the
            answer shown first, which is model_b's), or `models` (they still mean model_a and model_b).
        language: a column, or `=TAG`.
        group: columns that name the prompt across languages; those of `prompt` when left out.
        labels: what is written -> `a`, `b` or `tie` (or a number from 0 to 1: the first one's score); 1, 1.0 and "1"
            are one label. A label means nothing by itself: beside those named here only the models' names are known.
        pattern: regular expression; of its matches in the text the last one's group 1 is the label (groups 1 and 2 are
            the scores, of the first match). Empty: the marks [[A]], [[B]], [[C]] of the first, the second, neither.
        tie_within: scores that differ by no more are a tie.
        range: of a preference, which needs it: the value that says the first answer is better, and that which says the
            second is.
        draws: values of a preference that mean a draw and lie outside of the range.
        answer_a, answer_b: columns of the answers, for their lengths.
        weights: label -> how often a game counts, such as {"A>>B": 3}; 1 for others.
        where: column -> the value that a row must have.
        records: path to the list of rows, in a JSON file that is not itself a list.
        keep: of several judgements of the same answers in the same order: `error`, `first`, `last` or `mean`.
    """

    form: Form
    columns: tuple[str, ...]
    prompt: tuple[str, ...]
    model_a: str
    model_b: str
    swapped: tuple[str, ...] = ()
    swapped_names: Literal["places", "models"] = "places"
    language: str = "=und"
    group: tuple[str, ...] = ()
    labels: Mapping[str, str | float] = field(default_factory=dict)
    pattern: str = ""
    tie_within: float = 0.0
    range: tuple[float, float] | None = None
    draws: tuple[float, ...] = ()
    answer_a: str = ""
    answer_b: str = ""
    weights: Mapping[str, float] = field(default_factory=dict)
    where: Mapping[str, Any] = field(default_factory=dict)
    records: str = ""
    keep: Literal["error", "first", "last", "mean"] = "error"

    def __post_init__(self) -> None:
        allowed = (1, 2) if self.form == "scores" else (1,)
        for name, columns in (("columns", self.columns), ("swapped", self.swapped)):
            if len(columns) not in allowed and (columns or name == "columns"):
                raise UserError(
                    f"layout: {name} of the form {self.form} names {len(columns)} columns; name "
                    f"{' or '.join(map(str, allowed))}"
                )
        if self.form == "scores" and not self.pattern and 1 in (len(self.columns), len(self.swapped)):
            raise UserError("layout: two scores in one column need a pattern with two groups")
        if not self.prompt or not self.model_a or not self.model_b:
            raise UserError("layout: name the columns of prompt, model_a and model_b")
        try:
            groups = re.compile(self.pattern).groups
        except re.error as error:
            raise UserError(f"layout: pattern is no regular expression: {error}") from None
        if self.form == "text" and self.pattern and not self.labels:
            raise UserError(
                "layout: what the pattern finds means nothing by itself; say which labels name the first answer, the "
                "second, neither, as in labels: {LABEL: a, LABEL: b, LABEL: tie}"
            )
        if self.pattern and groups < (2 if self.form == "scores" else 1):
            raise UserError("layout: pattern has too few groups; put what is to be read in brackets")
        if self.form == "preference" and self.range is None:
            raise UserError(
                "layout: a preference needs its range: the value that says the first answer is better, and that which "
                "says the second is, as in range: [1, 2]"
            )
        if self.range is not None and self.range[0] == self.range[1]:
            raise UserError("layout: both ends of the range of a preference are the same")
        if len(self.meanings) < len(self.labels):
            raise UserError(f"layout: a label is named twice in {list(self.labels)}; 1, 1.0 and '1' are one label")

    @cached_property
    def meanings(self) -> Mapping[str, str | float]:
        """What each label means, as it is compared."""
        return {label_of(name): meant for name, meant in self.labels.items()}


@dataclass(frozen=True)
class Game:
    """One judgement, as its row says it.

    Attributes:
        prompt, group, language: what was asked.
        shown: the models, the answer shown first before the other.
        score: of the one shown first; NaN where there is no verdict.
        weight: how often it counts.
        reason: why there is no verdict; a word fit for counting.
        lengths: characters of the two answers, in the order shown; NaN where unknown.
        texts: the two answers, in the order shown; empty where unknown.
        label: what is written, where nothing says what it means.
    """

    prompt: str
    group: str
    language: str
    shown: tuple[str, str]
    score: float
    weight: float
    reason: str
    lengths: tuple[float, float]
    texts: tuple[str, str] = ("", "")
    label: str = ""


@dataclass(frozen=True)
class Judged:
    """Battles of one pair of models, from games; arrays are in the order of the first game of each prompt.

    Attributes:
        model, other: whose scores these are, and against whom.
        prompts: names of the prompts.
        battles: see Battles; column 0 is the order that shows `model` first, unless all games are of one order.
        weights: (n,) how often each counts.
        reasons: games without a verdict, by reason.
        why: the same by prompt and order; empty where there is a verdict.
        texts: the model's and the other's answer, by prompt; empty where unknown.
    """

    model: str
    other: str
    prompts: tuple[str, ...]
    battles: Battles
    weights: np.ndarray[Any, np.dtype[np.float64]]
    reasons: Mapping[str, int]
    why: tuple[tuple[str, ...], ...] = ()
    texts: tuple[tuple[str, str], ...] = ()


def layout(config: Mapping[str, Any]) -> Layout:
    """A Layout from a config's mapping; a single string stands for a list of one.

    Raises:
        UserError: an unknown or missing key, or a value of the wrong kind.
    """
    several = {"columns", "prompt", "swapped", "group", "draws", "range"}
    known = set(Layout.__dataclass_fields__)
    if unknown := sorted(set(config) - known):
        raise UserError(f"layout: unknown key {unknown[0]}; known are {', '.join(sorted(known))}")
    if missing := sorted({"form", "columns", "prompt", "model_a", "model_b"} - set(config)):
        raise UserError(f"layout: {missing[0]} is missing")
    if config["form"] not in ("winner", "text", "scores", "ranking", "preference"):
        raise UserError(f"layout: unknown form {config['form']}; one of winner, text, scores, ranking, preference")
    values = dict(config)
    for key in several & set(values):
        values[key] = tuple(values[key]) if isinstance(values[key], list | tuple) else (values[key],)
    for key in {"columns", "prompt", "swapped", "group"} & set(values):
        values[key] = tuple(map(str, values[key]))
    for key in {"labels", "weights", "where"} & set(values):
        if not isinstance(values[key], Mapping):
            raise UserError(f"layout: {key} is a mapping, not {values[key]!r}")
    if values.get("keep", "error") not in ("error", "first", "last", "mean"):
        raise UserError(f"layout: keep is error, first, last or mean, not {values['keep']}")
    if values.get("swapped_names", "places") not in ("places", "models"):
        raise UserError(f"layout: swapped_names is places or models, not {values['swapped_names']}")
    if len(values.get("range") or (1, 2)) != 2:
        raise UserError("layout: range names two values, that of the first answer and that of the second")
    try:
        return Layout(**values)
    except TypeError as error:
        raise UserError(f"layout: {error}") from None


def read_games(path: Path, how: Layout) -> list[Game]:
    """All games of a file: .jsonl, .json, .csv, .tsv or .parquet.

    Raises:
        UserError: a file that cannot be read, or a column that a row lacks.
    """
    games: list[Game] = []
    for number, row in enumerate(read_rows(path, how.records), 1):
        try:
            if all(value_at(row, name) == value for name, value in how.where.items()):
                games += _games(row, how)
        except (KeyError, IndexError, TypeError) as error:
            raise UserError(f"{path}, row {number}: no column {error.args[0]!r}; name it as the file does") from None
        except UserError as error:
            raise UserError(f"{path}, row {number}: {error}") from None
    if not how.labels and (unknown := Counter(game.label for game in games if game.label)):
        seen = ", ".join(f"{label[:30]!r} ({n:,})" for label, n in unknown.most_common(8))
        raise UserError(
            f"{path}: labels mean nothing by themselves, and those of column {' and '.join(how.columns + how.swapped)} "
            f"({seen}{', ...' if len(unknown) > 8 else ''}) are not declared; say in the layout which names the first "
            "answer, the second, neither, as in labels: {LABEL: a, LABEL: b, LABEL: tie}"
        )
    if not games:
        raise UserError(f"{path}: no row has what `where` asks for, or the file is empty")
    return games


def judged(games: Sequence[Game], model: str, other: str, keep: str = "error") -> Judged:
    """The games of one model against another, a row for each prompt; other games are left alone.

    Raises:
        UserError: no such games, or two of the same answers in the same order and `keep` is `error`.
    """
    slots: dict[tuple[str, str], tuple[list[Game], list[Game]]] = {}
    for game in games:
        if set(game.shown) == {model, other} and model != other:
            both = slots.setdefault((game.language, game.prompt), ([], []))
            both[game.shown[0] != model].append(game)
    if not slots:
        named = ", ".join(sorted({name for game in games for name in game.shown})[:8])
        raise UserError(f"there is no game of {model} against {other}; the file has {named}")
    scores, weights = np.full((len(slots), 2), np.nan), np.full((len(slots), 2), np.nan)
    lengths, reasons = np.full((len(slots), 2), np.nan), Counter[str]()
    asked, why = np.zeros((len(slots), 2), bool), [["order_missing", "order_missing"] for _ in slots]
    texts = [("", "")] * len(slots)
    for at, (key, both) in enumerate(slots.items()):
        for order, found in enumerate(both):
            if found:
                if len(found) > 1 and keep == "error":
                    raise UserError(
                        f"prompt {key[1]} has {len(found)} judgements of {found[0].shown[0]} shown before "
                        f"{found[0].shown[1]}; set keep to first, last or mean"
                    )
                chosen = found[-1:] if keep == "last" else found if keep == "mean" else found[:1]
                own = [game.score if order == 0 else 1 - game.score for game in chosen if not math.isnan(game.score)]
                reasons.update(game.reason for game in chosen if game.reason)
                asked[at, order], weights[at, order] = True, np.mean([game.weight for game in chosen])
                scores[at, order] = np.mean(own) if own else np.nan
                why[at][order] = "" if own else chosen[0].reason
                texts[at] = chosen[0].texts if order == 0 else chosen[0].texts[::-1]
                lengths[at] = chosen[0].lengths if order == 0 else chosen[0].lengths[::-1]
    if not (asked.all(1)).any():
        # One order a prompt, whichever it was.
        scores = np.where(asked[:, 0], scores[:, 0], scores[:, 1])[:, None]
        why = [[one[0] if there[0] else one[1]] for one, there in zip(why, asked, strict=True)]
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
    )


def _games(row: Row, how: Layout) -> Iterator[Game]:
    models = tuple(_name(row, column) for column in (how.model_a, how.model_b))
    prompt = _joined(row, how.prompt)
    group = _joined(row, how.group) if how.group else prompt
    language = _name(row, how.language)
    answers = [value_at(row, column) if column else None for column in (how.answer_a, how.answer_b)]
    lengths = tuple(float(len(one)) if isinstance(one, str) else math.nan for one in answers)
    # For showing only: half a character becomes a question mark.
    texts = tuple(one.encode("utf-8", "replace").decode() if isinstance(one, str) else "" for one in answers)
    for columns, swapped in ((how.columns, False), (how.swapped, True)):
        if columns:
            places = swapped and how.swapped_names == "places"
            shown = models[::-1] if places else models
            said = [value_at(row, column) for column in columns]
            score, weight, reason = outcome(said, shown, how)
            if swapped and not places:
                shown, score = shown[::-1], 1 - score
            yield Game(
                prompt,
                group,
                language,
                (shown[0], shown[1]),
                score,
                weight,
                reason,
                (lengths[1], lengths[0]) if swapped else (lengths[0], lengths[1]),
                (texts[1], texts[0]) if swapped else (texts[0], texts[1]),
                label_of(said[0]) if reason == UNKNOWN_LABEL and how.form == "winner" else "",
            )


def _name(row: Row, column: str) -> str:
    return column[1:] if column.startswith("=") else _said(row, column)


def _joined(row: Row, columns: tuple[str, ...]) -> str:
    return "/".join(_said(row, column) for column in columns)


def _said(row: Row, column: str) -> str:
    said = str(value_at(row, column))
    if has_lone_surrogate(said):
        raise UserError(f"column {column} holds half a character, which no file can hold; mend the row")
    return said


__all__ = ["Game", "Judged", "Layout", "Unread", "judged", "layout", "read_games"]
