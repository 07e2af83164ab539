"""How many rows of a dataset are sides of a flip: the same answers, and what they are judged by turns them round."""

from dataclasses import dataclass

from .. import schema
from ..files import sql
from ..files.records import Count, Tag
from ..stages.pair import BARE, SAME


@dataclass(frozen=True)
class FlipFacts:
    """Flips of one language.

    Attributes:
        language: the language.
        flips: two answers each, of which one criterion or system message prefers the one and another the other.
        rows: that they have.
        alike: rows of those flips whose prompts do not say the criterion, so that they are the same in every turn.
    """

    language: Tag
    flips: Count
    rows: Count
    alike: Count


_ASKED = """
CREATE TEMP TABLE asked AS
SELECT language, split, prompt_id, md5(prompt::VARCHAR) AS turns, coalesce(chosen[-1].content, '') AS won,
       md5(list_filter(prompt, lambda turn: turn.role <> 'system')::VARCHAR) AS spoken,
       coalesce(rejected[-1].content, '') AS lost
FROM rows QUALIFY count(DISTINCT prompt_id) OVER (PARTITION BY language, split, spoken) > 1
"""
_TEXTS = """
CREATE TEMP TABLE asked_texts AS
SELECT text, {same} AS same FROM (
  SELECT text, {bare} AS bare FROM (SELECT won AS text FROM asked UNION SELECT lost FROM asked))
"""
_FLIPS = """
WITH sided AS (
  SELECT a.language, a.split, a.prompt_id, a.spoken, a.turns, c.same AS won, r.same AS lost
  FROM asked a JOIN asked_texts c ON c.text = a.won JOIN asked_texts r ON r.text = a.lost),
units AS (
  SELECT language, count(*) AS rows, count(DISTINCT turns) = 1 AS alike
  FROM sided GROUP BY language, split, spoken, least(won, lost), greatest(won, lost)
  HAVING count(DISTINCT prompt_id) > 1 AND count(DISTINCT won) > 1)
SELECT language, count(*) AS flips, sum(rows)::BIGINT AS rows, coalesce(sum(rows) FILTER (alike), 0)::BIGINT AS alike
FROM units GROUP BY language ORDER BY language
"""


def measure_flips(con: sql.Connection) -> list[FlipFacts]:
    """Counts the flips of a dataset.

    Args:
        con: a connection with the view `rows` of its rows.

    Returns:
        A row for each language that has some; none where no prompt has a system message and no row a criterion.
    """
    if schema.CRITERION not in con.sql("FROM rows LIMIT 0").columns:
        ((some,),) = con.execute(
            "SELECT count(*) FROM (SELECT 1 FROM rows WHERE prompt[1].role = 'system' LIMIT 1)"
        ).fetchall()
        if not some:
            return []
    con.execute(_ASKED)
    con.execute(_TEXTS.format(same=SAME, bare=BARE))
    return sql.records(con.sql(_FLIPS), FlipFacts)
