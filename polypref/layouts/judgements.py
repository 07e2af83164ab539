"""Reads judgements that others made, from files whose columns a config names.

A judgement file holds a row for each game (two answers to a prompt, shown in one order), or one row with both orders.
What it says is in one of five forms: a winner's label, a mark in the judge's text, two scores, a ranking, or a
preference on a line between the two. All become the same: the score of one model against another, in up to two orders.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import UserError
from ..files.cells import Row
from ..text.cleaning import has_lone_surrogate
from .layout import Layout
from .outcomes import UNKNOWN_LABEL, label_of, outcome
from .strict_rows import read_rows, value_at


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
