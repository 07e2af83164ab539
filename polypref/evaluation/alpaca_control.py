"""AlpacaEval's own length control of verdicts that others gave, where its tables are there."""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from ..errors import UserError
from .breakdowns import AlpacaEvalOf
from .figures.alpaca_eval import alpaca_controlled
from .given_judgements import Judgements
from .inputs.alpaca_tables import alpaca_tables
from .inputs.tables import BattleRow


def alpaca_figures(given: Judgements, battles: pa.Table) -> Iterator[AlpacaEvalOf]:
    """AlpacaEval's length-controlled win-rates.

    Args:
        given: the judgements; without AlpacaEval's tables there are no figures.
        battles: `tables.BATTLES` of these, in the order of the file.

    Yields:
        the figures of each pair of models.

    Raises:
        UserError: a table cannot be read, or does not fit the verdicts.
    """
    if given.gamed is None:
        return
    tables = alpaca_tables(given.gamed, given.difficulty)
    pairs: dict[tuple[str, str], list[BattleRow]] = defaultdict(list)
    for row in battles.to_pylist():
        pairs[row["model"], row["other"]].append(row)
    for (model, other), rows in pairs.items():
        if lacking := [place for place in range(len(rows)) if place not in tables.difficulty]:
            raise UserError(
                f"{given.difficulty or given.gamed} has no difficulty of prompt {lacking[0]} (counted from 0) of "
                f"{given.path}, which has {len(rows):,}: difficulties go by the place of a prompt in AlpacaEval's file"
            )
        if len(rows) < len(tables.difficulty):
            raise UserError(
                f"{given.path} has {len(rows):,} prompts of {model} against {other}, and "
                f"{given.difficulty or given.gamed} difficulties of {len(tables.difficulty):,}: they go by the place "
                "of a prompt in AlpacaEval's file, so that verdicts on all of its prompts are needed, in its order"
            )
        if any(len(row["orders"]) > 1 for row in rows):
            raise UserError(f"{given.path} has verdicts in both orders; AlpacaEval's length control is of one order")
        scores = np.array([np.nan if row["orders"][0]["score"] is None else row["orders"][0]["score"] for row in rows])
        texts = [(row["answer"], row["other_answer"]) for row in rows]
        lengths = np.array([[len(text) if text else np.nan for text in both] for both in texts], float)
        hard = [tables.difficulty[place] for place in range(len(rows))]
        figures = alpaca_controlled(scores, lengths, hard, tables.gamed)
        yield AlpacaEvalOf(set=given.name, model=model, other=other, figures=figures)
