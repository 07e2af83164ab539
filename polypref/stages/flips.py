"""Flips: pairs of the same two answers to the same turns, of which one criterion prefers the one and another the other.

The criterion stands in the prompt's system message, or in the column `criterion`. Whoever trains on one side of a flip
alone learns that its answer is the better one, not what makes it so: the sides of a flip are in one split, and a
mixture has all of them or none.
"""

from collections.abc import Iterable, Mapping, Sequence
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


def settle_quotas(con: sql.Connection, quotas: Mapping[str, Mapping[int, int]]) -> dict[tuple[str, int], int]:
    """Moves training pairs of the table `ranked` so that no quota ends between the sides of a flip.

    The flip goes behind the quota's end, and the next pairs and whole flips that have room come into its place.

    Args:
        con: a connection with that table; the sides of a flip have places one after the other, in one tier.
        quotas: language -> how many of its first pairs mixtures take -> the last tier of which all take pairs that
            take so many or more.

    Returns:
        (language, quota) -> how many pairs it has: fewer than it asks for where only flips that are larger than the
        room left could take the place.
    """
    flipped = con.execute("SELECT DISTINCT language FROM ranked WHERE NOT test AND unit <> pair_id").fetchall()
    return {
        (tag, number): _settle_quota(con, tag, number, last_tier)
        for (tag,) in sorted(flipped)
        for number, last_tier in sorted(quotas.get(tag, {}).items())
    }


def _settle_quota(con: sql.Connection, language: str, number: int, last_tier: int) -> int:
    """Moves the flip in which a quota ends; gives how many pairs come before its new place."""
    torn = con.execute(
        """SELECT min(place), max(place) FROM ranked
           WHERE language = $1 AND NOT test AND unit <> pair_id GROUP BY unit
           HAVING min(place) <= $2 AND max(place) > $2""",
        [language, number],
    ).fetchall()
    if not torn:
        return number
    ((first, last),) = torn
    behind = con.execute(
        """SELECT unit, count(*) FROM ranked WHERE language = $1 AND NOT test AND place > $2 AND tier <= $3
           GROUP BY unit ORDER BY min(place)""",
        [language, last, last_tier],
    ).fetchall()
    coming, room = units_that_fit(behind, number - int(first) + 1)
    con.register("coming", pa.table({"unit": pa.array(coming, pa.string())}))
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE ranked AS
            SELECT r.* REPLACE (row_number() OVER (PARTITION BY r.language, r.test
                                                   ORDER BY CASE WHEN c.unit IS NULL THEN r.place
                                                                 ELSE {sql.number(first)} - 0.5 END, r.place) AS place)
            FROM ranked r LEFT JOIN coming c ON c.unit = r.unit AND NOT r.test"""
    )
    con.unregister("coming")
    return number - room


def units_that_fit(units: Iterable[tuple[str, int]], room: int) -> tuple[list[str], int]:
    """Takes units in their order while there is room; one that is larger than the room left is passed over.

    Args:
        units: name and number of pairs of each.
        room: how many pairs there may be.

    Returns:
        The names, and the room left.

    Example:
        >>> units_that_fit([("a", 2), ("b", 3), ("c", 1), ("d", 1)], 4)
        (['a', 'c', 'd'], 0)
    """
    taken: list[str] = []
    for name, pairs in units:
        if not room:
            break
        if pairs <= room:
            taken.append(name)
            room -= pairs
    return taken, room


def take_whole_flips(con: sql.Connection, mixture: int, last_tier: int, order: Sequence[str]) -> None:
    """Has a mixture of a later version take pairs anew in languages with flips: all sides of each, or none.

    First come pairs and flips that it had whole, then flips of which it had some sides, then others. So no pair has to
    leave it for a side that is new to it but the sides of flips for which there is no room.

    Args:
        con: a connection with the tables `taken`, `ranked`, `takings` and `held_files`.
        mixture: number of the mixture.
        last_tier: the last tier that it takes pairs of.
        order: expressions of a row `r` of `ranked` by which pairs of one kind are taken; of a flip its least counts.
    """
    number = sql.number(mixture)
    flipped = "(SELECT language FROM ranked WHERE NOT test AND unit <> pair_id)"
    offered = f"""ranked r JOIN takings t ON t.language = r.language AND t.mixture = {number}
                  LEFT JOIN held_files h ON h.file = r.old_file AND h.mixture = t.mixture
                  WHERE NOT r.test AND r.tier <= {sql.number(last_tier)} AND r.language IN {flipped}"""
    units: dict[tuple[str, int], list[tuple[str, int]]] = {}
    for tag, most, unit, sides in con.execute(
        f"""SELECT r.language, t.most, r.unit, count(*) FROM {offered} GROUP BY ALL
            ORDER BY r.language, CASE count(h.file) WHEN count(*) THEN 0 WHEN 0 THEN 2 ELSE 1 END,
                     {", ".join(f"min({key})" for key in order)}"""
    ).fetchall():
        units.setdefault((tag, most), []).append((unit, sides))
    if not units:
        return
    fitting = [unit for (_, most), own in units.items() for unit in units_that_fit(own, most)[0]]
    con.register("fitting", pa.table({"unit": pa.array(fitting, pa.string())}))
    con.execute(
        f"""DELETE FROM taken WHERE mixture = {number}
            AND pair_id IN (SELECT pair_id FROM ranked WHERE NOT test AND language IN {flipped})"""
    )
    con.execute(
        f"""INSERT INTO taken
            SELECT r.pair_id, {number}, h.file IS NOT NULL, h.file IS NULL AND r.old_rank IS NOT NULL FROM {offered}
            AND r.unit IN (SELECT unit FROM fitting)"""
    )
    con.unregister("fitting")


#: Why a pair is left out that the earlier version had: other sides of its flip have come, and no quota has room for
#: all of them.
LEFT_WITH_FLIP = "left_with_its_flip"


def count_left(con: sql.Connection) -> dict[str, int]:
    """How many training pairs of the earlier version are in no mixture any more since their flip is in none.

    Args:
        con: a connection with the tables `ranked` and `placed` of a later version.

    Returns:
        Language -> the number, where there are any.
    """
    counts = con.execute(
        """SELECT r.language, count(*) FROM ranked r ANTI JOIN placed p USING (pair_id)
           WHERE NOT r.test AND r.unit <> r.pair_id AND r.old_rank IS NOT NULL GROUP BY ALL ORDER BY ALL"""
    )
    return dict(counts.fetchall())


def notes_of_left(con: sql.Connection, names: Sequence[str]) -> list[str]:
    """A sentence for each mixture that had sides of flips and has not, as its quota has no room for all sides.

    Args:
        con: a connection with the tables `taken`, `ranked` and `held_files`.
        names: of the mixtures, by their numbers.

    Returns:
        The sentences.
    """
    rows = con.execute(
        """SELECT h.mixture, r.language, count(*) FROM ranked r JOIN held_files h ON h.file = r.old_file
           ANTI JOIN taken n ON n.pair_id = r.pair_id AND n.mixture = h.mixture
           WHERE NOT r.test AND r.unit <> r.pair_id GROUP BY ALL ORDER BY ALL"""
    ).fetchall()
    left: dict[int, list[str]] = {}
    for number, tag, count in rows:
        left.setdefault(number, []).append(f"{tag} {count:,}")
    return [
        f"mixture '{names[number]}' no longer has rows of the earlier version that a criterion turns round, as it has "
        f"no room for all sides: {', '.join(parts)}; ask for more of each language to keep them"
        for number, parts in left.items()
    ]


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
