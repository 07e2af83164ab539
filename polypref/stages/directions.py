"""What scores need be told of: which end is the better one, and which of them may be compared; nothing is guessed."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from ..console.escaping import one_line
from ..errors import UserError
from ..files import sql
from ..layouts.occasions import UNNAMED
from ..layouts.score_checks import LEAST_PLACES, in_prompts, may_be_of_rows, mostly_places
from ..layouts.source import Source

# Of the answers of one prompt, scored on one occasion: whether their scores are 0, 1, 2 ... or 1, 2, 3 ..., each once.
_PLACES = """
WITH scored AS (
  SELECT prompt_id, occasion, completion_id, median(score) AS score FROM {ratings}
  WHERE rater = {rater} GROUP BY ALL),
prompts AS (
  SELECT count(DISTINCT score) = count(*) AND bool_and(score = floor(score))
         AND min(score) IN (0, 1) AND max(score) - min(score) = count(*) - 1 AS places
  FROM scored GROUP BY prompt_id, occasion HAVING count(*) >= {least})
SELECT count(*), count(*) FILTER (places) FROM prompts
"""

# Prompts that stand under several groups of one source, and whose answers are scored on no occasion of their own.
_SEVERAL_GROUPS = """
WITH grouped AS (
  SELECT prompt_id, any_value(prompt) AS prompt FROM {prompts} WHERE sources[1].name IN {names}
  GROUP BY prompt_id, sources[1].name HAVING count(DISTINCT group_id) > 1),
scored AS (
  SELECT prompt_id FROM {ratings} WHERE rater = {rater} AND {unnamed}
  GROUP BY prompt_id HAVING count(DISTINCT completion_id) > 1)
SELECT count(*), arg_min(prompt[len(prompt)].content, prompt_id) FROM grouped JOIN scored USING (prompt_id)
"""


def check_direction(con: sql.Connection, ratings: Sequence[Path], sources: Iterable[Source], rater: str) -> None:
    """Sees that scores which are places in most prompts have a direction that is declared.

    Args:
        con: a connection that may read the ratings.
        ratings: files of ratings (schema.RATINGS).
        sources: of the build.
        rater: whose scores count.

    Raises:
        UserError: they are, and nothing says whether the lower place is the better.
    """
    columns = {
        f"column {answer.score} of {source.name}": (answer, source)
        for source in sources
        for answer in source.fields.answers
        if isinstance(answer.score, str) and answer.rater == rater
        if answer.lower_is_better is None and not answer.score_labels
    }
    if not columns or not ratings:
        return
    query = _PLACES.format(ratings=sql.parquet(*ratings), rater=sql.quote(rater), least=sql.number(LEAST_PLACES))
    prompts, places = con.execute(query).fetchall()[0]
    if mostly_places(places, prompts):
        answer, source = next(iter(columns.values()))
        raise UserError(
            f"the scores by '{rater}' ({', '.join(columns)}) are places, from 0 or 1 on and each once, in "
            f"{in_prompts(places, prompts)}, and nothing says which end is the better one; write "
            f"Answer({answer.text!r}, score={answer.score!r}, lower_is_better=True), or False where the highest is the "
            "best" + ", and Fields(occasion='=row') where they are places within a row" * may_be_of_rows(source.fields)
        )


def check_occasions(
    con: sql.Connection, prompts: Sequence[Path], ratings: Sequence[Path], sources: Iterable[Source], rater: str
) -> None:
    """Sees that scores of one prompt in several places of a source may be compared.

    Args:
        con: a connection that may read the files.
        prompts: files of prompts (schema.PROMPTS), as the sources were read.
        ratings: files of ratings (schema.RATINGS).
        sources: of the build.
        rater: whose scores count.

    Raises:
        UserError: a prompt stands under several values of `group` in rows of one answer each, and nothing says which
            of its scores belong together.
    """
    grouped = {
        source.name: source.fields.group
        for source in sources
        if source.fields.group and source.fields.occasion is None and source.fields.one_answer_a_row
        if any(answer.score and answer.rater == rater for answer in source.fields.answers)
    }
    if not grouped or not ratings or not prompts:
        return
    names = f"({', '.join(map(sql.quote, grouped))})"
    query = _SEVERAL_GROUPS.format(
        prompts=sql.parquet(*prompts),
        ratings=sql.parquet(*ratings),
        names=names,
        rater=sql.quote(rater),
        unnamed=UNNAMED,
    )
    number, text = con.execute(query).fetchall()[0]
    if number:
        columns = ", ".join(f"{column} of {name}" for name, column in grouped.items())
        raise UserError(
            f"{number:,} {'prompt stands' if number == 1 else 'prompts stand'} under several values of group "
            f"({columns}), as {one_line(text)[:60]!r} does, and the scores by '{rater}' would be compared across them; "
            "name the column that says who scored or when (the person, conversation or session) in "
            "Fields(occasion=...), or write occasion='=all' where all scores may be compared"
        )
