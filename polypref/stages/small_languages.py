"""Languages with so few leak groups that the hash may send none of them to test: from ten on, one is there.

- A language takes the group with the lowest hash of those that it has: the one that a larger share would send to test
  first. A group goes with all its pairs, in all its languages. What an earlier version released stays where it is.
- A group may serve several languages. They take turns by the hash of the group that each would take, the highest first,
  and a language that has a test pair by then takes none. A group that is taken later has a lower hash, so it cannot be
  of a language that took before: each of the groups is the only one in test of the language that took it, and none
  could stay in train.
- The last group that a language has in train stays there, or a build would end for the sake of its test split.
"""

from ..files import sql
from .counts import NotDrawn

#: From how many leak groups on a language has a test pair.
LEAST_GROUPS = 10

_NOT_DRAWN = """
CREATE TEMP TABLE not_drawn AS
SELECT language FROM kept GROUP BY language HAVING NOT bool_or(drawn AND test)
"""
# With the other languages of these groups: what is moved for one is there for all.
_GROUPS = """
CREATE TEMP TABLE small_groups AS
SELECT language, leak_group, {key} AS key, bool_or(test) AS test, {free} AS free FROM kept
WHERE leak_group IN (SELECT leak_group FROM kept JOIN not_drawn USING (language)) GROUP BY language, leak_group
"""
_NEXT = """
WITH untested AS (
  SELECT language FROM small_groups JOIN not_drawn USING (language) GROUP BY language
  HAVING count(*) >= {least} AND NOT bool_or(test)),
last AS (
  SELECT min(leak_group) AS leak_group FROM kept
  WHERE NOT test AND language IN (SELECT language FROM small_groups) GROUP BY language
  HAVING min(leak_group) = max(leak_group)),
lowest AS (
  SELECT arg_min(leak_group, (key, leak_group)) AS leak_group, min((key, leak_group)) AS place
  FROM small_groups JOIN untested USING (language)
  WHERE free AND leak_group NOT IN (SELECT leak_group FROM last) GROUP BY language)
SELECT leak_group FROM lowest ORDER BY place DESC LIMIT 1
"""


def give_test_groups(con: sql.Connection, seed: int, later: bool) -> list[NotDrawn]:
    """Moves groups of the table `kept` to test, so that every language has a test pair that has ten of them.

    Args:
        con: a connection with that table; `drawn` says whether the hash alone sends a pair to test, `test` whether it
            is there.
        seed: of the split.
        later: whether there is an earlier version, and the table `assigned` of the groups that it released.

    Returns:
        Languages of which no group is in test by the hash, in order; what they have in test after the moves.
    """
    con.execute(_NOT_DRAWN)
    free = "leak_group NOT IN (SELECT leak_group FROM assigned)" if later else "true"
    con.execute(_GROUPS.format(key=sql.order_key(seed, "'split'", "leak_group"), free=free))
    while moved := con.execute(_NEXT.format(least=sql.number(LEAST_GROUPS))).fetchone():
        for table in ("kept", "small_groups"):
            con.execute(f"UPDATE {sql.name(table)} SET test = true WHERE leak_group = ?", [*moved])
    counts = con.execute(
        """SELECT language, count(*), count(*) FILTER (test), count(*) FILTER (free AND NOT test)
           FROM small_groups JOIN not_drawn USING (language) GROUP BY language ORDER BY language"""
    ).fetchall()
    for table in ("not_drawn", "small_groups"):
        con.execute(f"DROP TABLE {sql.name(table)}")
    return [NotDrawn(*row) for row in counts]
