"""Shares of the sources in the pairs of a build: in which order they take their turns, and how many pairs one may have.

Within a language and split the pairs of a source keep their order among themselves, and the sources take turns: the
k-th pair of a source with weight w comes at (k - 1/2) / w, after Webster (Balinski and Young 1982, Fair
Representation). So every prefix, which is every quota of every mixture, has the shares as nearly as whole pairs can, a
larger quota contains the smaller ones, and a source that is used up leaves its place to the others. Pairs that an
earlier version released stand first, as they stood; they count when the new ones take turns behind them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import pyarrow as pa

from ..console.escaping import as_written
from ..errors import UserError
from ..files import sql
from ..scripting.declared import check_fields, checked_call, nearest
from .counts import Funnel

#: Why a pair is left out: its source has as many in the language as it may.
BEYOND = "beyond_at_most_of_its_source"


@checked_call
@dataclass(frozen=True)
class SourceShares:
    """How the sources share the pairs of every language.

    Give `weights` or `alpha` or neither, and `at_most` beside them or alone.

    Attributes:
        weights: source -> its weight (any positive numbers), for every source of the builder.
        alpha: weights of (pairs available in the language and split)^alpha: 1 natural, 0 equal.
        at_most: source -> so many pairs of each language at most, train and test together; the others are left out and
            counted. A source that is not named may have all of its pairs.

    """

    weights: Mapping[str, float] | None = None
    alpha: float | None = None
    at_most: Mapping[str, int] = field(default_factory=dict)
    version: ClassVar[int] = 1

    def __post_init__(self) -> None:
        check_fields(self)
        if self.weights is not None and self.alpha is not None:
            raise UserError("SourceShares: give weights or alpha, not both")
        if self.weights is None and self.alpha is None and not self.at_most:
            raise UserError("SourceShares(): it shares nothing out; give weights, alpha or at_most")
        for name, weight in (self.weights or {}).items():
            if not 0 < weight < float("inf"):
                raise UserError(f"SourceShares: the weight of {as_written(name)} is {weight}; give a number above 0")
        if self.alpha is not None and not 0 <= self.alpha < float("inf"):
            raise UserError(f"SourceShares: alpha is {self.alpha}; give a number of at least 0")
        for name, most in self.at_most.items():
            if most < 1:
                raise UserError(
                    f"SourceShares: at_most of {as_written(name)} is {most}; give 1 or more, or leave the source out "
                    "of the builder"
                )

    def check_sources(self, names: Sequence[str]) -> None:
        """Sees that the shares are of the sources that there are.

        Args:
            names: of the builder's sources.

        Raises:
            UserError: one is not among them, or has no weight where others have.
        """
        for setting in ("weights", "at_most"):
            for name in getattr(self, setting) or ():
                if name not in names:
                    raise UserError(
                        f"SourceShares({setting}=...) names {as_written(name)}, and no source is called so; "
                        f"{nearest(name, names)}"
                    )
        if self.weights is not None and (missing := [name for name in names if name not in self.weights]):
            raise UserError(f"SourceShares(weights=...) lacks {', '.join(missing)}; give every source a weight")


@dataclass(frozen=True)
class SharedOut:
    """The shares of a build, and what tells which source a pair is of.

    Attributes:
        shares: the shares.
        prompts: files with prompts, a row for each time that one was read or made.
        raters: source -> who rates its prompts, in the order of the builder's sources. A pair is of the first source of
            its prompt whose rater it has.
    """

    shares: SourceShares
    prompts: Sequence[Path]
    raters: Mapping[str, str]


def mark_sources(con: sql.Connection, shared: SharedOut, pairs: str) -> None:
    """Gives every pair of the table `kept` the source that it is of, as column `source`.

    Args:
        con: a connection with that table, which may read the pairs and prompts.
        shared: the shares of the build.
        pairs: a table expression of schema.PAIRS.
    """
    names, raters = list(shared.raters), list(shared.raters.values())
    con.register("declared", pa.table({"source": names, "rater": raters, "turn": range(len(names))}))
    con.execute(
        f"""CREATE TEMP TABLE pair_sources AS
            SELECT p.pair_id, arg_min(d.source, d.turn) AS source
            FROM {pairs} p JOIN (SELECT DISTINCT prompt_id, unnest(sources).name AS source
                                 FROM {sql.parquet(*shared.prompts)}) s USING (prompt_id)
            JOIN declared d ON d.source = s.source AND d.rater = p.rater GROUP BY p.pair_id"""
    )
    con.execute("CREATE OR REPLACE TEMP TABLE kept AS SELECT k.*, source FROM kept k JOIN pair_sources USING (pair_id)")
    con.execute("DROP TABLE pair_sources")


def cap_sources(con: sql.Connection, shares: SourceShares, order: str, funnel: Funnel) -> None:
    """Leaves out of the table `kept` what a source has beyond what it may, by the order of the ranks.

    The sides of a flip are left out together.

    Args:
        con: a connection with that table.
        shares: the shares.
        order: an expression by which the pairs of a source are ordered.
        funnel: to which is added what was left out.
    """
    if not shares.at_most:
        return
    most = pa.array(shares.at_most.values(), pa.int64())
    con.register("caps", pa.table({"source": list(shares.at_most), "most": most}))
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE kept AS
            WITH counted AS (
              SELECT k.*, coalesce(row_number() OVER (PARTITION BY language, source ORDER BY {order}, pair_id) > most,
                                   false) AS beyond
              FROM kept k LEFT JOIN caps USING (source))
            SELECT * EXCLUDE (beyond), bool_or(beyond) OVER (PARTITION BY unit) AS lost FROM counted"""
    )
    for tag, count in con.execute("SELECT language, count(*) FROM kept WHERE lost GROUP BY ALL").fetchall():
        funnel[tag, "in", ""] += count
        funnel[tag, "skipped", BEYOND] = count
    con.execute("CREATE OR REPLACE TEMP TABLE kept AS SELECT * EXCLUDE (lost) FROM kept WHERE NOT lost")


def interleave_sources(con: sql.Connection, shares: SourceShares, parallel: bool) -> None:
    """Has the sources take turns in the table `ranked`: gives its rows other places within language, split and tier.

    Args:
        con: a connection with that table, whose places are the order of a source's pairs among themselves.
        shares: the shares.
        parallel: whether a mixture wants the same prompts in all its languages: then the order of turns is the same in
            all of them.
    """
    if shares.weights is None and shares.alpha is None:
        return
    weights = shares.weights or {}
    con.register(
        "source_weights", pa.table({"source": list(weights), "weight": pa.array(weights.values(), pa.float64())})
    )
    weight = "w.weight"
    if shares.alpha is not None:
        # Of the pairs that there are, as parts of the most that a source has.
        where = "test" if parallel else "language, test"
        available = f"count(*) OVER (PARTITION BY {where}, r.source)"
        weight = (
            f"greatest(pow({available} / count(*) OVER (PARTITION BY {where}), {sql.number(shares.alpha)}), 1e-300)"
        )
    source = "min(source) OVER (PARTITION BY group_id)" if parallel else "source"
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE ranked AS
            WITH named AS (SELECT * REPLACE ({source} AS source) FROM ranked),
            weighed AS (SELECT r.*, {weight} AS weight FROM named r LEFT JOIN source_weights w USING (source)),
            turns AS (SELECT *, (row_number() OVER (PARTITION BY language, test, source ORDER BY place) - 0.5) / weight
                                AS turn FROM weighed),
            units AS (SELECT *, min(turn) OVER one AS of_unit, min(source) OVER one AS named,
                             min(place) OVER one AS begins
                      FROM turns WINDOW one AS (PARTITION BY unit))
            SELECT * EXCLUDE (weight, turn, of_unit, named, begins)
                   REPLACE (row_number() OVER (PARTITION BY language, test
                                               ORDER BY old_rank NULLS LAST, tier, of_unit, named, begins, place)
                            AS place)
            FROM units"""
    )
