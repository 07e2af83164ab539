"""Which answers have several scores that nothing tells apart, so that they count as one."""

from collections.abc import Sequence
from pathlib import Path

from ..files import sql
from ..layouts.source import Source

_SEVERAL = """
SELECT count(*), coalesce(sum(scores), 0)::BIGINT FROM (
  SELECT count(*) AS scores FROM {ratings} GROUP BY completion_id, rater HAVING count(DISTINCT score) > 1)
"""


def joins_scores(source: Source) -> bool:
    """Whether several scores of one answer count as one.

    Args:
        source: with or without scores.

    Returns:
        whether its rows hold an answer and a score each, and no occasion is declared.
    """
    fields = source.fields
    return any(answer.score for answer in fields.answers) and fields.occasion is None and fields.one_answer_a_row


def joined_scores(con: sql.Connection, source: Source, ratings: Sequence[Path]) -> str:
    """What to say where answers of a source have different scores, and nothing says whose they are.

    Args:
        con: a connection that may read the ratings.
        source: whose rows were read; one that `joins_scores`.
        ratings: files of its ratings (schema.RATINGS).

    Returns:
        a sentence without a full stop; empty where there are none.
    """
    if not ratings:
        return ""
    answers, scores = con.execute(_SEVERAL.format(ratings=sql.parquet(*ratings))).fetchall()[0]
    if not answers:
        return ""
    have = "answer has" if answers == 1 else "answers have"
    return (
        f"{source.name}: {answers:,} {have} several scores that differ ({scores:,} in all), of which the median "
        "counts, whoever gave them; where they are several people's, name the column that says whose in "
        "Fields(occasion=...) (--annotator of answer_pool), and only scores of one person are compared"
    )
