"""Pair rules whose rejected answer is nearest to a point among the prompt's own scores (CroCo, arXiv 2605.26293).

The worst of many answers is often broken, and teaches little; one that is merely much worse than the mean teaches more.
The point may be that of a pool: the scores of the prompt in all its languages, in which a group_id joins it. Scores of
two occasions never meet there either. Chosen and rejected are answers to one prompt all the same.
"""

from collections.abc import Mapping
from typing import Literal

import pyarrow as pa

from ..files import sql

# Sums of sorted values: the last digits do not depend on how the work was shared out.
_SORTED = "list(score ORDER BY score)"
#: Rule -> SQL of its point, of the scores of one prompt on one occasion, each different text once.
TARGETS: Mapping[str, str] = {
    "mean_minus_2sd": f"list_aggregate({_SORTED}, 'avg') - 2 * list_aggregate({_SORTED}, 'stddev_pop')",
    "first_quartile": "quantile_cont(score, 0.25)",
}
#: The order of a prompt's pairs: the best first, against the answer nearest to the point; of two as near the lower.
#: As near is what differs by no more than the point's own last digits may.
NEAREST = "chosen_score DESC, round(abs(rejected_score - target), 9), rejected_score, chosen_place, rejected_place"

_AIMED = """
CREATE TEMP TABLE aimed AS
WITH targets AS (
  SELECT prompt_id, occasion, {target} AS target FROM usable WHERE score IS NOT NULL GROUP BY prompt_id, occasion)
SELECT c.*, t.target FROM candidates c JOIN targets t ON t.prompt_id = c.prompt_id AND t.occasion = c.occasion
"""


#: The scores of all prompts of a group, for a connection with the tables usable and groups.
SCORES_OF_GROUPS = """SELECT group_id, occasion, score FROM usable JOIN groups USING (prompt_id)
                      WHERE score IS NOT NULL"""
_AIMED_AT_GROUPS = """
CREATE TEMP TABLE aimed AS
SELECT c.*, t.target FROM candidates c JOIN groups g ON g.prompt_id = c.prompt_id
JOIN points t ON t.group_id = g.group_id AND t.occasion = c.occasion
"""
#: The point of each group, on each of its occasions ('' where a source names none).
POINTS = pa.schema([("group_id", pa.string()), ("occasion", pa.string()), ("target", pa.float64())])


def add_targets(
    con: sql.Connection, rule: str, pool: Literal["prompt", "group"] = "prompt", points: pa.Table | None = None
) -> None:
    """Gives the table `candidates` a column `target`, where a rule has such a point.

    Args:
        con: a connection with the tables usable, groups (prompt_id, group_id) and candidates, as in stages.pair.
        rule: the rule's name.
        pool: whose scores the point is of.
        points: of a pool of groups, the point of each (POINTS); None where the scores of all are in usable.
    """
    if rule not in TARGETS:
        return
    if pool == "group":
        con.register("points", points if points is not None else group_points(con, rule, f"({SCORES_OF_GROUPS})"))
        con.execute(_AIMED_AT_GROUPS)
    else:
        con.execute(_AIMED.format(target=TARGETS[rule]))
    con.execute("DROP TABLE candidates")
    con.execute("CREATE TEMP TABLE candidates AS FROM aimed")


def group_points(con: sql.Connection, rule: str, scores: str) -> pa.Table:
    """The points of groups.

    Args:
        con: a connection that may read the scores.
        rule: the rule's name.
        scores: a table expression with the columns group_id, occasion and score.

    Returns:
        POINTS, in the order of groups and occasions.
    """
    query = f"""SELECT group_id, occasion, {TARGETS[rule]} AS target FROM {scores}
                GROUP BY group_id, occasion ORDER BY group_id, occasion"""
    return con.sql(query).to_arrow_table().cast(POINTS)
