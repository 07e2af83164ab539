"""Labels of single answers, kept unpaired: each answer that is labelled good or bad is a row of its own.

Several labels of one text to one prompt, whoever wrote it, are one, as the pair rule joins them: all must say the same
(`unanimous`), or more than half of the people must (`majority`). People are told apart by the occasion that the source
names; a label of nobody by name is a person's of its own.

A row is here a pair (schema.PAIRS) of which one side is missing: a good answer is chosen, a bad one rejected, and the
id of the other side is empty. An answer that a check keeps from being chosen may be a bad one only.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import pyarrow as pa

from .. import schema
from ..errors import UserError
from ..files import sql
from ..layouts.occasions import UNNAMED
from .pair import BARE, COUNTS, SAME, Paired
from .usable import uses_of

#: What labels are counted as, the rows that are made of them, and the step that counts prompts.
LABELS, ROWS, STEP = "labels", "rows", "labels"
#: Why a prompt has no row: none of its answers is labelled, or each label is left out with its own reason.
NO_LABEL, NONE_OF_LABELS = "no_label", "no_row_of_its_labels"
#: The reasons of labels that are in a row with others.
_JOINED = ("merged_same_label_again", "outvoted")

LabelJoin = Literal["unanimous", "majority"]

_LABELS = """
CREATE TEMP TABLE labels AS
SELECT r.prompt_id, p.language, r.rater, r.completion_id AS id, r.score = 1 AS label, a.same, a.bare = '' AS empty,
       a.id IS NULL AS missing, CASE WHEN r.score = 1 THEN u.not_chosen ELSE u.not_rejected END AS unusable,
       nullif(r.occasion, '') AS occasion, r.turn,
       CASE WHEN {unnamed} THEN concat('row ', r.turn) ELSE r.occasion END AS voter
FROM (SELECT *, row_number() OVER () AS turn FROM ratings) r JOIN prompts p USING (prompt_id)
LEFT JOIN (SELECT completion_id AS id, bare, concat({same}, message) AS same
           FROM (SELECT completion_id, message, {bare} AS bare FROM completions)) a ON a.id = r.completion_id
LEFT JOIN uses u ON u.completion_id = r.completion_id
"""

# What the labels of one text come to; one person who says both is of no mind.
_DECIDED: Mapping[LabelJoin, str] = {
    "unanimous": """
CREATE TEMP TABLE decided AS
SELECT prompt_id, same, CASE WHEN count(DISTINCT label) = 1 THEN any_value(label) END AS decided
FROM labels WHERE NOT missing GROUP BY ALL
""",
    "majority": """
CREATE TEMP TABLE decided AS
WITH ballots AS (SELECT prompt_id, same, voter, CASE WHEN count(DISTINCT label) = 1 THEN any_value(label) END AS label
                 FROM labels WHERE NOT missing GROUP BY ALL)
SELECT prompt_id, same, CASE WHEN 2 * count(*) FILTER (label) > count(*) THEN true
                             WHEN 2 * count(*) FILTER (NOT label) > count(*) THEN false END AS decided
FROM ballots GROUP BY ALL
""",
}

# Of answers with one text the first that may stand with the label stands for all.
_JUDGED = """
CREATE TEMP TABLE judged AS
WITH joint AS (
  SELECT l.*, d.decided, count(DISTINCT occasion) OVER same = 1 AND count(occasion) OVER same = count(*) OVER same
              AS of_one,
         row_number() OVER (PARTITION BY l.prompt_id, l.same, l.missing
                            ORDER BY label IS DISTINCT FROM d.decided, unusable IS NOT NULL, l.id, turn) AS place
  FROM labels l LEFT JOIN decided d ON d.prompt_id = l.prompt_id AND d.same = l.same
  WINDOW same AS (PARTITION BY l.prompt_id, l.same)),
stands AS (SELECT *, first_value(unusable) OVER (PARTITION BY prompt_id, same, missing ORDER BY place) AS unusable_row
           FROM joint)
SELECT * EXCLUDE (occasion), CASE WHEN of_one THEN occasion END AS occasion,
       CASE WHEN missing THEN 'answer_missing' WHEN empty THEN 'empty_answer'
            WHEN decided IS NULL THEN {torn} WHEN unusable_row IS NOT NULL THEN unusable_row
            WHEN label <> decided THEN 'outvoted' WHEN place > 1 THEN 'merged_same_label_again' END AS left_out
FROM stands
"""
_TORN: Mapping[LabelJoin, str] = {"unanimous": "'disagreement'", "majority": "'no_majority'"}

_ROWS = """
SELECT id AS pair_id, prompt_id, CASE WHEN label THEN id ELSE '' END AS chosen_id,
       CASE WHEN label THEN '' ELSE id END AS rejected_id, language, rater,
       NULL::DOUBLE AS chosen_score, NULL::DOUBLE AS rejected_score, NULL::DOUBLE AS score_margin,
       NULL::VARCHAR AS review, NULL::VARCHAR AS by_check, NULL::VARCHAR AS annotator, occasion,
       NULL::BIGINT AS vote_number, NULL::VARCHAR AS rationale
FROM judged WHERE left_out IS NULL ORDER BY prompt_id, id
"""
_REASONS = """
SELECT language, prompt_id AS "where", left_out AS reason, id AS detail FROM judged WHERE left_out IS NOT NULL
UNION ALL
SELECT language, prompt_id, 'no_label', NULL FROM prompts WHERE prompt_id NOT IN (SELECT prompt_id FROM judged)
ORDER BY ALL
"""
_NO_THUMBS = """
SELECT score, count(*) FROM {ratings} WHERE rater = {rater} AND score NOT IN (0, 1) GROUP BY ALL ORDER BY ALL
"""
# Numbers that a sentence lists.
_MOST_SHOWN = 5


def label_outcome(reason: str) -> str:
    """How a label that makes no row of its own is counted.

    Args:
        reason: why it makes none.

    Returns:
        joined, where it is in a row with others; else rejected.
    """
    return "joined" if reason in _JOINED else "rejected"


def label_rows(
    join: LabelJoin,
    prompts: pa.Table,
    completions: pa.Table,
    ratings: pa.Table,
    findings: pa.Table | None = None,
) -> Paired:
    """Makes the rows of some prompts' labels.

    Args:
        join: how several labels of one text are one.
        prompts, completions: all rows of these prompts.
        ratings: the labels that count, 1 for a good answer and 0 for a bad one.
        findings: what checks say of these answers (schema.FINDINGS); None where nothing was checked.

    Returns:
        the rows as pairs with an empty side, what makes none (for each label, and each prompt without one), and no
        counts: each label is a row or has its reason.
    """
    con = sql.in_memory()
    con.register("prompts", prompts.select(["prompt_id", "language"]))
    con.register("completions", completions.select(["completion_id", "text", "message"]))
    con.register("ratings", ratings.select(["prompt_id", "completion_id", "rater", "score", "occasion"]))
    con.register("uses", uses_of(findings))
    con.execute(_LABELS.format(bare=BARE, same=SAME, unnamed=UNNAMED))
    con.execute(_DECIDED[join])
    con.execute(_JUDGED.format(torn=_TORN[join]))
    rows = con.sql(_ROWS).to_arrow_table().select(schema.PAIRS.names).cast(schema.PAIRS)
    rejected = con.sql(_REASONS).to_arrow_table().cast(schema.REJECTED)
    con.close()
    return Paired(rows, rejected, COUNTS.empty_table())


def check_thumbs(con: sql.Connection, ratings: Sequence[Path], rater: str) -> None:
    """Sees that all scores of a rater are labels: 1 for a good answer, 0 for a bad one.

    Args:
        con: a connection that may read the ratings.
        ratings: files of ratings (schema.RATINGS).
        rater: whose labels count.

    Raises:
        UserError: one is another number, and nothing says whether it is good.
    """
    if not ratings:
        return
    others = con.execute(_NO_THUMBS.format(ratings=sql.parquet(*ratings), rater=sql.quote(rater))).fetchall()
    if not others:
        return
    listed = ", ".join(f"{score:g} ({count:,})" for score, count in others[:_MOST_SHOWN])
    labels = ", ".join(f"{score:g}: GOOD" for score, _ in others[:_MOST_SHOWN])
    raise UserError(
        f"PairRule('unpaired') takes labels, 1 for a good answer and 0 for a bad one, and the scores by '{rater}' hold "
        f"{listed}{', ...' if others[_MOST_SHOWN:] else ''}; say what each stands for in Answer(..., score_labels="
        f"{{{labels}}}), with 1, 0 or None (says nothing) in place of GOOD"
    )
