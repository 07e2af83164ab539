"""Flips: pairs of the same two answers to the same turns, of which one criterion prefers the one and another the other.

The criterion stands in the prompt's system message, or in the column `criterion`. Whoever trains on one side of a flip
alone learns that its answer is the better one, not what makes it so: the sides of a flip are in one split, and a
mixture has all of them or none.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from ..files import sql
from .pair import BARE, SAME
from .prompts.near_duplicates import components

#: The outcome by which a build counts the pairs of flips that are in a mixture or in test.
FLIPPED = "flipped_by_criterion"

# Pairs of prompts that differ in their system message, or in what they are judged by, alone.
_ASKED_AGAIN = """
CREATE TEMP TABLE asked_again AS
WITH asked AS (SELECT k.pair_id, k.prompt_id, k.language, k.test, i.spoken
               FROM kept k JOIN {index} i ON i.prompt_id = k.prompt_id),
several AS (SELECT language, spoken FROM asked GROUP BY ALL HAVING count(DISTINCT prompt_id) > 1)
SELECT a.*, p.chosen_id, p.rejected_id
FROM asked a JOIN several USING (language, spoken) JOIN {pairs} p ON p.pair_id = a.pair_id
"""
_TEXTS = """
CREATE TEMP TABLE flip_texts AS
SELECT completion_id, any_value({same}) AS same FROM (
  SELECT completion_id, {bare} AS bare FROM {completions} WHERE completion_id IN (
    SELECT chosen_id FROM asked_again UNION SELECT rejected_id FROM asked_again)) GROUP BY completion_id
"""
_UNITS = """
CREATE TEMP TABLE flip_units AS
WITH sided AS (
  SELECT a.*, coalesce(c.same, '') AS won, coalesce(r.same, '') AS lost
  FROM asked_again a LEFT JOIN flip_texts c ON c.completion_id = a.chosen_id
  LEFT JOIN flip_texts r ON r.completion_id = a.rejected_id)
SELECT pair_id, md5(concat_ws(chr(10), language, test, spoken, least(won, lost), greatest(won, lost))) AS unit
FROM sided WINDOW answers AS (PARTITION BY language, test, spoken, least(won, lost), greatest(won, lost))
QUALIFY count(DISTINCT prompt_id) OVER answers > 1 AND count(DISTINCT won) OVER answers > 1
"""


def mark_flips(con: sql.Connection, pairs: str, index: str, completions: Sequence[Path]) -> None:
    """Gives the pairs of the table `kept` that are sides of one flip the same `unit`, and their groups the same name.

    Args:
        con: a connection with that table, in which every pair's unit is its own pair_id, which may read the others.
        pairs: a table expression of schema.PAIRS.
        index: one of the stage index.
        completions: files with the answers.
    """
    if not completions:
        return
    con.execute(_ASKED_AGAIN.format(index=index, pairs=pairs))
    con.execute(_TEXTS.format(same=SAME, bare=BARE, completions=sql.parquet(*completions)))
    con.execute(_UNITS)
    con.execute(
        """CREATE OR REPLACE TEMP TABLE kept AS
           SELECT k.* REPLACE (coalesce(u.unit, k.unit) AS unit) FROM kept k LEFT JOIN flip_units u USING (pair_id)"""
    )
    for name in ("asked_again", "flip_texts", "flip_units"):
        con.execute(f"DROP TABLE {sql.name(name)}")
    _join_groups(con)


def _join_groups(con: sql.Connection) -> None:
    """Has the sides of a flip belong to one group, in all languages, as a mixture of distinct prompts takes groups."""
    edges = con.execute(
        """SELECT DISTINCT least_group, group_id FROM (
             SELECT group_id, min(group_id) OVER (PARTITION BY unit) AS least_group FROM kept WHERE unit <> pair_id)
           WHERE least_group <> group_id ORDER BY ALL"""
    ).fetchall()
    if not edges:
        return
    roots = components(edges)
    con.register("flip_groups", pa.table({"group_id": list(roots), "root": list(roots.values())}))
    con.execute(
        """CREATE OR REPLACE TEMP TABLE kept AS
           SELECT k.* REPLACE (coalesce(g.root, k.group_id) AS group_id)
           FROM kept k LEFT JOIN flip_groups g ON g.group_id = k.group_id"""
    )
    con.unregister("flip_groups")


def settle_quotas(con: sql.Connection, quotas: Mapping[str, Collection[int]]) -> dict[tuple[str, int], int]:
    """Moves training pairs of the table `ranked` so that no quota ends between the sides of a flip.

    The flip goes behind the quota's end, and the next pairs that are of no flip come into its place.

    Args:
        con: a connection with that table; the sides of a flip have places one after the other, in one tier.
        quotas: language -> how many of its first pairs the mixtures take.

    Returns:
        (language, quota) -> how many pairs it has: fewer than it asks for where no other pair can take the place.
    """
    flipped = con.execute("SELECT DISTINCT language FROM ranked WHERE NOT test AND unit <> pair_id").fetchall()
    return {
        (tag, number): _settle_quota(con, tag, number)
        for (tag,) in sorted(flipped)
        for number in sorted(set(quotas.get(tag, ())))
    }


def _settle_quota(con: sql.Connection, language: str, number: int) -> int:
    """Moves the flip in which a quota ends; gives how many pairs come before its new place."""
    torn = con.execute(
        """SELECT min(place), max(place), any_value(tier) FROM ranked
           WHERE language = $1 AND NOT test AND unit <> pair_id GROUP BY unit
           HAVING min(place) <= $2 AND max(place) > $2""",
        [language, number],
    ).fetchall()
    if not torn:
        return number
    ((first, last, tier),) = torn
    others = con.execute(
        """SELECT pair_id FROM ranked WHERE language = $1 AND NOT test AND unit = pair_id AND place > $2 AND tier = $3
           ORDER BY place LIMIT $4""",
        [language, last, tier, number - first + 1],
    ).fetchall()
    con.register("coming", pa.table({"pair_id": pa.array([one for (one,) in others], pa.string())}))
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE ranked AS
            SELECT r.* REPLACE (row_number() OVER (PARTITION BY r.language, r.test
                                                   ORDER BY CASE WHEN c.pair_id IS NULL THEN r.place
                                                                 ELSE {sql.number(first)} - 0.5 END, r.place) AS place)
            FROM ranked r LEFT JOIN coming c ON c.pair_id = r.pair_id AND NOT r.test"""
    )
    con.unregister("coming")
    return int(first) - 1 + len(others)


def leave_torn(con: sql.Connection, mixture: int) -> None:
    """Takes out of the table `taken` the sides of flips of which a mixture of a later version has not all.

    Args:
        con: a connection with the tables `taken` and `ranked`.
        mixture: number of the mixture.
    """
    con.execute(
        f"""DELETE FROM taken WHERE mixture = {sql.number(mixture)} AND pair_id IN (
              SELECT r.pair_id FROM ranked r
              WHERE NOT r.test AND r.unit IN (
                SELECT unit FROM ranked r LEFT JOIN taken n
                  ON n.pair_id = r.pair_id AND n.mixture = {sql.number(mixture)}
                WHERE NOT r.test AND r.unit <> r.pair_id
                GROUP BY unit HAVING count(n.pair_id) < count(*)))"""
    )


def flips_in(con: sql.Connection, placed: str) -> dict[str, int]:
    """How many pairs of flips are in a mixture or in test.

    Args:
        con: a connection with the table `ranked`.
        placed: a query of the pairs that are.

    Returns:
        Language -> the number, where there are any.
    """
    counts = con.execute(
        f"""SELECT r.language, count(*) FROM ranked r JOIN ({placed}) USING (pair_id)
            WHERE r.unit <> r.pair_id GROUP BY ALL ORDER BY ALL"""
    )
    return dict(counts.fetchall())
