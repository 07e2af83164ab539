"""Pairs of several ways to rate and pair, as those of one build: the same pair once, and none that two ways turn round.

A prompt that stands in several sources is rated and paired once for each way that these go. Pairs are the same when
their texts are, whoever wrote them.
"""

from collections.abc import Sequence
from typing import NamedTuple

import pyarrow as pa

from .. import schema
from ..files import sql
from .pair import BARE, SAME

#: Why a pair is not counted again: another way of the build has it already.
AGAIN = "same_pair_of_another_source"
#: Why two pairs are left out: what one prefers, the other rejects.
TURNED = "disagreement_between_sources"

# `way` is the place of a way among those of the build: the first that has a pair keeps it. Where each of several
# verdicts counts, one way may have a pair both ways round, which is meant.
_OF_WAYS = """
CREATE TEMP TABLE of_ways AS
SELECT p.*, c.same AS won, r.same AS lost
FROM pairs p JOIN texts c ON c.completion_id = p.chosen_id JOIN texts r ON r.completion_id = p.rejected_id
"""

_JUDGED = """
CREATE TEMP TABLE judged AS
SELECT *, CASE WHEN count(DISTINCT won) OVER sides > 1 AND count(DISTINCT way) OVER sides > 1 THEN 'turned'
               WHEN way > min(way) OVER (PARTITION BY prompt_id, won, lost) THEN 'again' ELSE 'kept' END AS outcome
FROM of_ways WINDOW sides AS (PARTITION BY prompt_id, least(won, lost), greatest(won, lost))
"""


class Joined(NamedTuple):
    """What became of the pairs of several ways.

    Attributes:
        pairs: schema.PAIRS, each of one way alone, sorted by prompt_id and the ids of answers and pair.
        rejected: schema.REJECTED, a row for each pair that another way turns round.
        again: language -> how many pairs another way has already.
    """

    pairs: pa.Table
    rejected: pa.Table
    again: dict[str, int]


def join_pairs(of_ways: Sequence[pa.Table], completions: pa.Table) -> Joined:
    """Joins the pairs of several ways.

    Args:
        of_ways: schema.PAIRS of each way, the way that goes first before others.
        completions: their answers (schema.COMPLETIONS).

    Returns:
        what is left of them, and what is not.
    """
    tables = [table.append_column("way", pa.array([way] * len(table), pa.int64())) for way, table in enumerate(of_ways)]
    with sql.in_memory() as con:
        con.register("pairs", pa.concat_tables(tables))
        con.register("completions", completions.select(["completion_id", "text"]))
        con.execute(
            f"""CREATE TEMP TABLE texts AS SELECT completion_id, {SAME} AS same
                FROM (SELECT completion_id, {BARE} AS bare FROM completions)"""
        )
        con.execute(_OF_WAYS)
        con.execute(_JUDGED)
        kept = con.sql(
            "FROM judged WHERE outcome = 'kept' ORDER BY prompt_id, chosen_id, rejected_id, pair_id"
        ).to_arrow_table()
        rejected = con.sql(
            f"""SELECT language, prompt_id AS "where", {sql.quote(TURNED)} AS reason,
                       concat(chosen_id, ' ', rejected_id) AS detail
                FROM judged WHERE outcome = 'turned' ORDER BY ALL"""
        ).to_arrow_table()
        again = con.execute("SELECT language, count(*) FROM judged WHERE outcome = 'again' GROUP BY ALL ORDER BY ALL")
        return Joined(
            kept.select(schema.PAIRS.names).cast(schema.PAIRS), rejected.cast(schema.REJECTED), dict(again.fetchall())
        )
