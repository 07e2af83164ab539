"""Occasions of a build with several sources: what two of them say of one prompt stays apart.

An occasion is then the source's name, a line's end, and what the source itself calls the occasion (nothing where it
names none). A build with sources of one name has the occasions of these alone. A row whose scores are compared with
each other only has an occasion of its own, which names nobody.
"""

import json
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from .. import schema
from ..files import sql
from .tables import Item

# No name of a source holds one.
_END = "\n"

#: SQL: whether the source of a row of ratings names no occasion.
UNNAMED = "(occasion IS NULL OR suffix(occasion, chr(10)))"
#: SQL: the occasion of a row of ratings where it is a row of a source; null for all others.
OCCASION_OF_ROW = (
    f"""CASE WHEN starts_with(split_part(occasion, chr(10), -1), {sql.quote(schema.ROW)}) THEN occasion END"""
)
#: SQL: of which source a row of ratings is; empty where a build has sources of one name, and of who is asked.
SOURCE_OF = "CASE WHEN contains(occasion, chr(10)) THEN split_part(occasion, chr(10), 1) ELSE '' END"


def add_row_occasion(item: Item, annotator: str = "") -> None:
    """Says of the ratings and verdicts of a row that they are of no other.

    The occasion is a digest of them: it does not depend on where the row stands, and of rows that are equal in them
    each says of two answers what the others say.

    Args:
        item: what the row became.
        annotator: pseudonym of who scored; empty where nobody is named.
    """
    scores = sorted((one["completion_id"], one["rater"], one["score"]) for one in item.ratings)
    verdicts = sorted((one["completion_a"], one["completion_b"], one["preferred"]) for one in item.verdicts)
    digest = schema.make_id("row", item.prompt["prompt_id"], annotator, json.dumps([scores, verdicts]))
    for one in (*item.ratings, *item.verdicts):
        one["occasion"] = f"{schema.ROW}{digest[:16]}"


def add_source(item: Item, source: str) -> None:
    """Says of the ratings and verdicts of a row, and of who gave them, of which source they are.

    Args:
        item: what the row became.
        source: the source's name.
    """
    for rating in item.ratings:
        rating["occasion"] = f"{source}{_END}{rating['occasion'] or ''}"
    for verdict in item.verdicts:
        verdict["occasion"] = f"{source}{_END}{verdict['occasion'] or ''}"
    for person in item.people:
        person["occasion"] = f"{source}{_END}{person['occasion'] or ''}"


def given_by(table: pa.Table, sources: Sequence[str]) -> pa.Table:
    """Ratings or verdicts without those that other sources gave.

    Args:
        table: schema.RATINGS or schema.VERDICTS.
        sources: names of the sources whose own are kept.

    Returns:
        the rest, among it all that no source gave.
    """
    if not table.num_rows:
        return table
    source = pc.replace_substring_regex(table["occasion"], f"{_END}.*", "")
    own = pc.is_in(source, pa.array(sources, pa.string()))
    return table.filter(pc.or_(pc.is_null(table["occasion"]), own))


def of_sources_only(ratings: str, sources: Sequence[str] | None) -> str:
    """The same for SQL.

    Args:
        ratings: a table expression of schema.RATINGS.
        sources: names of the sources; None for all.

    Returns:
        A table expression.
    """
    if sources is None:
        return ratings
    names = ", ".join(map(sql.quote, sources))
    return f"(SELECT * FROM {ratings} WHERE occasion IS NULL OR split_part(occasion, chr(10), 1) IN ({names}))"
