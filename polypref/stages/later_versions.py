"""What a later version of a dataset keeps of an earlier one: splits, the order of its rows, and what mixtures had.

- A row's rank is (the first version that released it, md5 of seed and pair_id): within language and split the rows of
  the earlier version stand first, as they stood there, and new ones behind them. A version before ranks were kept is
  taken as it stands.
- A mixture keeps the pairs that it had, as far as they are still there and its quota allows, and takes others for what
  is free. It has the first ranks no longer in every case: which ranks it has is said.
- A pair moves only where it joins a mixture of distinct or parallel prompts out of the midst of others: it goes behind
  those that stay, or every such pair would be a file of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from ..errors import UserError
from ..files import sql
from .counts import Funnel, RankRange
from .flips import notes_of_left, take_whole_flips
from .released import ReleasedRows

#: From how many rows on a file of the earlier version stays as it is: below, it is written anew with what follows it.
WHOLE_FILE = 2_000


@dataclass(frozen=True)
class Taking:
    """What a mixture takes.

    Attributes:
        name: the mixture.
        top: the last tier that it takes pairs of.
        prompts: any | distinct | parallel.
        given: language -> how many training pairs it gets.
    """

    name: str
    top: int
    prompts: str
    given: Mapping[str, int]


@dataclass(frozen=True)
class Growth:
    """Where the pairs of a later version stand.

    Attributes:
        ranges: the ranks, and which mixtures have them.
        training: language -> how many training pairs are in a mixture.
        given: (number of the mixture, language) -> how many training pairs it has.
        notes: what took the places of rows that are gone, and which had to leave, a sentence a mixture.
    """

    ranges: list[RankRange]
    training: dict[str, int]
    given: dict[tuple[int, str], int]
    notes: list[str] = field(default_factory=list)


def keep_assignment(con: sql.Connection, previous: pa.Table, index: str, funnel: Funnel) -> None:
    """Gives leak_groups the split that any of their prompts was released with, were that prompt kept again or not.

    Where prompts of both splits have come together, those that were released stay where they are and new ones go: new
    are those whose prompt_id is not in `previous`, or whose group_id is not where it names no prompts.

    Args:
        con: a connection with the table `kept`.
        previous: released assignment (group_id, split, and prompt_id where known).
        index: a table expression of the stage index.
        funnel: to which is added what was left out.
    """
    con.register("previous", previous)
    known = "prompt_id" if "prompt_id" in previous.column_names else "group_id"
    # A prompt may have come to another group since, a group to another leak_group.
    released_splits = " UNION ALL ".join(
        f"SELECT leak_group, split = 'test' AS test FROM {index} JOIN previous USING ({key})"
        for key in dict.fromkeys((known, "group_id"))
    )
    con.execute(
        f"""CREATE TEMP TABLE assigned AS
            SELECT leak_group, bool_or(test) AS test, bool_or(test) AND NOT bool_and(test) AS torn
            FROM ({released_splits}) GROUP BY leak_group"""
    )
    con.execute(
        f"""CREATE TEMP TABLE settled AS
            SELECT {known}, bool_or(split = 'test') AS test FROM previous GROUP BY {known}"""
    )
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE kept AS
            SELECT k.* REPLACE (coalesce(s.test, a.test, k.test) AS test),
                   coalesce(a.torn, false) AND s.{known} IS NULL AS lost
            FROM kept k LEFT JOIN assigned a USING (leak_group) LEFT JOIN settled s USING ({known})"""
    )
    for tag, count in con.execute("SELECT language, count(*) FROM kept WHERE lost GROUP BY ALL").fetchall():
        funnel[tag, "in", ""] += count
        funnel[tag, "rejected", "joins_groups_of_different_splits"] = count
    con.execute("CREATE OR REPLACE TEMP TABLE kept AS SELECT * EXCLUDE (lost) FROM kept WHERE NOT lost")


def mark_released(con: sql.Connection, released: ReleasedRows | None) -> None:
    """Gives every pair of the table `kept` its rank and file of the earlier version, as `old_rank` and `old_file`.

    Args:
        con: a connection with that table.
        released: the rows of the earlier version; None where there is none: then both are null.

    Raises:
        UserError: two rows of the earlier version have one id.
    """
    none = pa.table({name: pa.array([], kind) for name, kind in _COLUMNS.items()})
    con.register("released", none if released is None else released.rows)
    ((again,),) = con.execute("SELECT count(*) - count(DISTINCT pair_id) FROM released").fetchall()
    if again:
        raise UserError(
            f"the earlier version has {again:,} rows whose id another has; get it again, or name another in "
            "Split(previous=...)"
        )
    con.execute(
        """CREATE OR REPLACE TEMP TABLE kept AS
           SELECT k.*, r.rank AS old_rank, r.file AS old_file FROM kept k LEFT JOIN released r
           ON r.pair_id = k.pair_id AND r.language = k.language AND r.test = k.test"""
    )


_COLUMNS = {
    **{"pair_id": pa.string(), "language": pa.string(), "test": pa.bool_()},
    **{"rank": pa.int64(), "file": pa.int32()},
}


def mark_tiers(con: sql.Connection, released: ReleasedRows | None, tops: Mapping[str, int]) -> None:
    """Makes the table `held_tiers`: the first tier whose mixtures had the pairs of a file of the earlier version.

    Args:
        con: a connection.
        released: the rows of the earlier version, or None.
        tops: mixtures of distinct or parallel prompts -> their tier.
    """
    tiers: dict[int, int] = {}
    for name, top in tops.items():
        for file in released.mixtures.get(name, ()) if released else ():
            tiers[file] = min(top, tiers.get(file, top))
    con.register(
        "held_tiers",
        pa.table({"file": pa.array(tiers, pa.int32()), "tier": pa.array(tiers.values(), pa.int32())}),
    )


def held_pairs(
    con: sql.Connection, released: ReleasedRows, mixture: str, tags: Sequence[str], top: int
) -> dict[str, int]:
    """How many pairs a mixture had in the earlier version and may have again.

    Args:
        con: a connection with the table `ranked`.
        released: the rows of the earlier version.
        mixture: the mixture's name.
        tags: its languages.
        top: the last tier that it takes pairs of.

    Returns:
        Language -> the number; those that have none may lack.
    """
    files = list(released.mixtures.get(mixture, ()))
    counts = con.execute(
        f"""SELECT language, count(*) FROM ranked
            WHERE NOT test AND tier <= {sql.number(top)} AND list_contains(?::INTEGER[], old_file) GROUP BY ALL""",
        [files],
    ).fetchall()
    return {tag: count for tag, count in counts if tag in tags}


def place_pairs(con: sql.Connection, released: ReleasedRows, takings: Sequence[Taking], seed: int) -> Growth:
    """Says which pairs each mixture has and where all pairs stand: makes the table `placed`.

    Args:
        con: a connection with the table `ranked`, whose places are those of released pairs first.
        released: the rows of the earlier version.
        takings: what each mixture takes.
        seed: of all ranks.

    Returns:
        The ranges of ranks; `placed` has a row for each pair that is in a mixture or in test, with its place from 1.
    """
    _register_takings(con, released, takings)
    con.execute("CREATE TEMP TABLE taken (pair_id VARCHAR, mixture INTEGER, held BOOLEAN, joins BOOLEAN)")
    for number, taking in enumerate(takings):
        if taking.prompts != "any":
            _take_pairs(con, number, taking, seed)
    _move_pairs(con)
    for number, taking in enumerate(takings):
        if taking.prompts == "any":
            _take_pairs(con, number, taking, seed)
    con.execute(
        f"""CREATE TEMP TABLE placed AS
            WITH names AS (SELECT pair_id, string_agg(mixture, ',' ORDER BY mixture) AS mixtures
                           FROM taken GROUP BY ALL),
            tested AS (SELECT language, string_agg(mixture, ',' ORDER BY mixture) AS mixtures
                       FROM takings GROUP BY ALL)
            SELECT r.pair_id, r.prompt_id, r.language, r.test, coalesce(n.mixtures, t.mixtures) AS mixtures,
                   row_number() OVER (PARTITION BY r.language, r.test ORDER BY r.place) AS place,
                   CASE WHEN count(r.stays_in) OVER (PARTITION BY r.language, r.test, r.stays_in)
                             >= {sql.number(WHOLE_FILE)} THEN r.stays_in END AS file
            FROM ranked r LEFT JOIN names n ON NOT r.test AND n.pair_id = r.pair_id
            LEFT JOIN tested t ON r.test AND t.language = r.language
            WHERE coalesce(n.mixtures, t.mixtures) IS NOT NULL"""
    )
    training = dict(con.execute("SELECT language, count(*) FROM placed WHERE NOT test GROUP BY ALL").fetchall())
    counts = con.execute(
        """SELECT mixture, language, count(*) FROM taken JOIN (SELECT pair_id, language FROM ranked WHERE NOT test)
           USING (pair_id) GROUP BY ALL"""
    ).fetchall()
    given = {(number, tag): count for number, tag, count in counts}
    notes = [*_replacements(con, takings), *notes_of_left(con, [one.name for one in takings])]
    return Growth(_ranges(con, takings), training, given, notes)


def _register_takings(con: sql.Connection, released: ReleasedRows, takings: Sequence[Taking]) -> None:
    """Registers what each mixture gets of each language, and which files of the earlier version were its."""
    rows = [(number, tag, most) for number, one in enumerate(takings) for tag, most in one.given.items()]
    names = ("mixture", "language", "most")
    kinds = (pa.int32(), pa.string(), pa.int64())
    columns = zip(names, kinds, zip(*rows, strict=True), strict=True)
    con.register("takings", pa.table({name: pa.array(values, kind) for name, kind, values in columns}))
    held = [(number, file) for number, one in enumerate(takings) for file in released.mixtures.get(one.name, ())]
    con.register(
        "held_files",
        pa.table(
            {
                "mixture": pa.array([number for number, _ in held], pa.int32()),
                "file": pa.array([file for _, file in held], pa.int32()),
            }
        ),
    )


def _take_pairs(con: sql.Connection, number: int, taking: Taking, seed: int) -> None:
    """Adds a mixture's pairs to `taken`: first those that it had, then others for what is free; flips whole or not."""
    order = ["r.place"]
    if taking.prompts == "parallel":
        # The same prompts in every language, whichever version they came with there.
        order = ["r.tier", sql.order_key(seed, "r.group_id"), "r.place"]
    con.execute(
        f"""INSERT INTO taken
            SELECT pair_id, {sql.number(number)}, held, NOT held AND old_rank IS NOT NULL FROM (
              SELECT r.pair_id, r.old_rank, t.most, h.file IS NOT NULL AS held,
                     row_number() OVER (PARTITION BY r.language ORDER BY h.file IS NULL, {", ".join(order)}) AS turn
              FROM ranked r JOIN takings t ON t.language = r.language AND t.mixture = {sql.number(number)}
              LEFT JOIN held_files h ON h.file = r.old_file AND h.mixture = t.mixture
              WHERE NOT r.test AND r.tier <= {sql.number(taking.top)})
            WHERE turn <= most"""
    )
    take_whole_flips(con, number, taking.top, order)


def _move_pairs(con: sql.Connection) -> None:
    """Gives pairs that join a mixture from several places of the earlier version a place behind those that stay."""
    con.execute(
        """CREATE TEMP TABLE moved AS
           WITH every AS (SELECT r.pair_id, t.mixture, r.language, coalesce(n.joins, false) AS joins,
                                 row_number() OVER (PARTITION BY t.mixture, r.language ORDER BY r.old_rank) AS turn
                          FROM ranked r JOIN takings t ON t.language = r.language
                          LEFT JOIN taken n ON n.pair_id = r.pair_id AND n.mixture = t.mixture
                          WHERE NOT r.test AND r.old_rank IS NOT NULL
                                AND t.mixture IN (SELECT mixture FROM taken WHERE joins)),
           joining AS (SELECT *, turn - row_number() OVER (PARTITION BY mixture, language ORDER BY turn) AS stretch
                       FROM every WHERE joins)
           SELECT DISTINCT pair_id FROM joining
           WHERE (mixture, language) IN (SELECT (mixture, language) FROM joining GROUP BY mixture, language
                                         HAVING count(DISTINCT stretch) > 1)"""
    )
    con.execute(
        """CREATE OR REPLACE TEMP TABLE ranked AS
           WITH had AS (SELECT file, string_agg(mixture, ',' ORDER BY mixture) AS mixtures
                        FROM held_files GROUP BY ALL),
           own AS (SELECT r.*, CASE WHEN m.pair_id IS NULL THEN r.old_file END AS stays_in, h.mixtures AS had,
                          CASE WHEN m.pair_id IS NULL THEN r.old_rank END AS stays
                   FROM ranked r LEFT JOIN moved m ON NOT r.test AND m.pair_id = r.pair_id
                   LEFT JOIN had h ON h.file = r.old_file)
           SELECT * EXCLUDE (had, stays)
                  REPLACE (row_number() OVER (PARTITION BY language, test
                                              ORDER BY stays NULLS LAST, tier, had NULLS LAST, place) AS place)
           FROM own"""
    )


def _ranges(con: sql.Connection, takings: Sequence[Taking]) -> list[RankRange]:
    """The ranks of `placed` that are one after the other in the same mixtures and in one file."""
    rows = con.execute(
        """WITH marked AS (SELECT *, (mixtures, file) IS DISTINCT FROM lag((mixtures, file)) OVER before AS begins
                           FROM placed WINDOW before AS (PARTITION BY language, test ORDER BY place)),
           numbered AS (SELECT *, count(*) FILTER (begins) OVER (PARTITION BY language, test ORDER BY place) AS stretch
                        FROM marked)
           SELECT language, test, min(place) - 1, max(place) - 1, any_value(mixtures) FROM numbered
           GROUP BY language, test, stretch ORDER BY language, test DESC, 3"""
    ).fetchall()
    return [
        RankRange(
            language, "test" if test else "train", first, last, [takings[int(n)].name for n in mixtures.split(",")]
        )
        for language, test, first, last, mixtures in rows
    ]


def _replacements(con: sql.Connection, takings: Sequence[Taking]) -> list[str]:
    """A sentence for each mixture that lost pairs since the earlier version and has others in their places."""
    rows = con.execute(
        """WITH had AS (SELECT h.mixture, r.language, count(*) AS pairs FROM released r JOIN held_files h USING (file)
                        WHERE NOT r.test GROUP BY ALL),
           has AS (SELECT n.mixture, r.language, count(*) FILTER (n.held) AS held,
                          count(*) FILTER (n.joins) AS joined, count(*) FILTER (NOT n.held AND NOT n.joins) AS new
                   FROM taken n JOIN ranked r ON r.pair_id = n.pair_id AND NOT r.test GROUP BY ALL)
           SELECT mixture, language, had.pairs - held, joined, new FROM had JOIN has USING (mixture, language)
           WHERE had.pairs > held AND joined + new > 0 ORDER BY mixture, language"""
    ).fetchall()
    filled: dict[int, list[str]] = {}
    for number, tag, gone, joined, new in rows:
        filled.setdefault(number, []).append(f"{tag} {gone:,} gone, {joined:,} in from other mixtures, {new:,} new")
    return [
        f"mixture '{takings[number].name}' has other rows in the places of those that are gone since the earlier "
        f"version: {'; '.join(parts)}"
        for number, parts in filled.items()
    ]
