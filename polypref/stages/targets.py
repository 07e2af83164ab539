"""Pair rules whose rejected answer is nearest to a point among the prompt's own scores (CroCo, arXiv 2605.26293).

The worst of many answers is often broken, and teaches little; one that is merely much worse than the mean teaches more.
"""

from collections.abc import Mapping

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


def add_targets(con: sql.Connection, rule: str) -> None:
    """Gives the table `candidates` a column `target`, where a rule has such a point.

    Args:
        con: a connection with the tables usable and candidates, as in stages.pair.
        rule: the rule's name.
    """
    if rule in TARGETS:
        con.execute(_AIMED.format(target=TARGETS[rule]))
        con.execute("DROP TABLE candidates")
        con.execute("CREATE TEMP TABLE candidates AS FROM aimed")
