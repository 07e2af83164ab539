"""What a review sheet may show of a dataset: pairs, two answers once, however many voted on them; or single answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..files import published, sql
from ..files.turns import rows_with_texts
from ..schema import Message


@dataclass(frozen=True)
class SheetRow:
    """A pair that a sheet may show.

    Attributes:
        pair_id, prompt, chosen, rejected, chosen_id, rejected_id: of the pair; the last turns of its answers.
        rater, score_margin, flags: of the pair.
        votes: rows on the same two answers, of which each is somebody's vote.
        against: those of them that prefer the other one.
    """

    pair_id: str
    prompt: list[Message]
    chosen: str
    rejected: str
    chosen_id: str
    rejected_id: str
    rater: str
    score_margin: float | None
    flags: list[str]
    votes: int
    against: int


@dataclass(frozen=True)
class AnswerRow:
    """A single answer that a sheet may show.

    Attributes:
        completion_id, prompt, text, label: of the answer; its label says whether it is good.
    """

    completion_id: str
    prompt: list[Message]
    text: str
    label: bool


def answer_rows(paths: Sequence[Path], seed: int, most: int) -> list[AnswerRow]:
    """The single answers of one language that a sheet may show, in an order that the seed draws.

    Args:
        paths: the language's data files, whose rows are single answers.
        seed: of the order, by md5 of seed and id.
        most: at most so many.

    Returns:
        The first of them.

    Raises:
        UserError: a data file is not as a release has it.
    """
    published.check_rows(paths)
    order = sql.order_key(seed, "'review'", "completion_id") + ", completion_id"
    drawn = sql.connect(reads=paths).sql(
        f"""SELECT completion_id, prompt, coalesce(chosen[-1].content, rejected[-1].content) AS text, label
            FROM {rows_with_texts(*paths)} ORDER BY {order} LIMIT {sql.number(most)}"""
    )
    return list(sql.records(drawn, AnswerRow))


def sheet_rows(paths: Sequence[Path], seed: int, most: int) -> list[SheetRow]:
    """The pairs of one language that a sheet may show, in an order that the seed draws.

    Args:
        paths: the language's data files.
        seed: of the order, by md5 of seed and id.
        most: at most so many.

    Returns:
        The first of them.

    Raises:
        UserError: a data file is not as a release has it.
    """
    published.check_rows(paths)
    con = sql.connect(reads=paths)
    order = sql.order_key(seed, "'review'", "pair_id") + ", pair_id"
    same = """PARTITION BY prompt, list_sort([chosen_id, rejected_id]),
                           list_sort([chosen[-1].content, rejected[-1].content])"""
    drawn = con.sql(
        f"""SELECT pair_id, prompt, chosen[-1].content AS chosen, rejected[-1].content AS rejected, chosen_id,
                   rejected_id, rater, score_margin, flags, count(*) OVER same AS votes,
                   count(*) OVER same - count(*) OVER ({same}, chosen_id, chosen[-1].content) AS against
            FROM {rows_with_texts(*paths)}
            WINDOW same AS ({same})
            QUALIFY row_number() OVER ({same} ORDER BY {order}) = 1
            ORDER BY {order} LIMIT {sql.number(most)}"""
    )
    return list(sql.records(drawn, SheetRow))
