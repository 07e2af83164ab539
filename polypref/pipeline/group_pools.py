"""Points of groups of prompts, for pair rules that pool the scores of a prompt in all its languages.

A bucket holds whole prompts, and the languages of one prompt lie in several: the scores that count are written bucket
by bucket, and the points made of all of them before any pair is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ..files import sql
from ..files.atomic import write_table
from ..files.store import Stage
from ..stages import pool
from ..stages.pair import PairRule, pooled_scores
from ..stages.pool import Rows
from ..stages.targets import group_points
from ..stages.usable import of_sources, of_usable_prompts

#: Scores by bucket, a table in the folder of the stage pair.
SCORES = "pools"
_POINTS = "points"


@dataclass(frozen=True)
class Pooling:
    """A way whose rule pools the scores of groups.

    Attributes:
        way: its number among the ways of the build.
        rule: the pair rule.
        rater: name of the rater whose scores count.
        sources: names of the sources whose prompts go this way; None for all.
    """

    way: int
    rule: PairRule
    rater: str
    sources: tuple[str, ...] | None


def write_points(stage: Stage, poolings: Sequence[Pooling], con: sql.Connection) -> None:
    """Writes the points of all groups, when the scores of all buckets are written.

    Args:
        stage: the stage pair.
        poolings: the ways whose rules pool scores.
        con: a connection that may read the stage's folder.
    """
    for one in poolings:
        parts = sql.parquet(stage.path / f"{SCORES}-*.parquet")
        scores = f"(SELECT group_id, occasion, score FROM {parts} WHERE way = {sql.number(one.way)})"
        write_table(stage.part(_POINTS, one.way), group_points(con, one.rule.rule, scores))


def pooled_part(stage: Stage, rows: Rows, index: Stage, check: Stage, poolings: Sequence[Pooling], number: int) -> int:
    """Writes the scores of one bucket that count for the points of groups.

    Args:
        stage: the stage pair, into whose folder parts are written.
        rows: the stages whose prompts, answers and ratings make up the buckets.
        index: the stage index.
        check: the stage that checked prompts and answers.
        poolings: the ways whose rules pool scores.
        number: of the bucket.

    Returns:
        How many prompts the bucket has.
    """
    findings = pq.read_table(check.part("findings", number))
    usable = of_usable_prompts(pool.load_bucket(rows, index, number), findings)
    tables = []
    for one in poolings:
        some = usable if one.sources is None else of_sources(usable, one.sources)
        scores = pooled_scores(one.rule, one.rater, some.prompts, some.completions, some.ratings, findings)
        tables.append(scores.append_column("way", pa.array([one.way] * scores.num_rows, pa.int64())))
    write_table(stage.part(SCORES, number), pa.concat_tables(tables))
    return int(usable.prompts.num_rows)


def points_of(stage: Stage, rule: PairRule, way: int, prompts: pa.Table) -> pa.Table | None:
    """The points of the groups of some prompts.

    Args:
        stage: the stage pair, in whose folder they are.
        rule: the pair rule.
        way: its number.
        prompts: the prompts.

    Returns:
        targets.POINTS; None where the rule pools nothing.
    """
    if rule.pool != "group":
        return None
    points = pq.read_table(stage.part(_POINTS, way))
    return points.filter(pc.is_in(points["group_id"], prompts["group_id"].combine_chunks()))
