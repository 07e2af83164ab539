"""Pairs by verdicts: each verdict on two answers of a prompt is a pair, or is left out with its reason."""

from ..files import sql

#: The reason of a prompt on which the rater gave no verdict; all others are of verdicts.
NO_VERDICT = "no_verdict"

# Every verdict on two answers, with why it makes no pair. Those on the same two answers must agree, and make their pair
# once; those on the same two texts, whoever wrote them, must not prefer one to the other and the other to the one.
_JUDGED = """
CREATE TEMP TABLE judged AS
WITH said AS (
  SELECT v.prompt_id, p.language, v.completion_a, v.completion_b, a.id IS NULL OR b.id IS NULL AS missing,
         a.empty OR b.empty AS empty, a.same AS same_a, b.same AS same_b,
         CASE v.preferred WHEN 'a' THEN a.same WHEN 'b' THEN b.same ELSE v.preferred END AS best
  FROM verdicts v JOIN prompts p USING (prompt_id) LEFT JOIN answers a ON a.id = v.completion_a
  LEFT JOIN answers b ON b.id = v.completion_b WHERE v.rater = {rater}),
sided AS (
  SELECT *, best = same_b AS turned, count(DISTINCT best) OVER pair AS views,
         count(DISTINCT CASE WHEN best IN (same_a, same_b) THEN best END) OVER texts AS preferred_texts
  FROM said WINDOW
    pair AS (PARTITION BY prompt_id, least(completion_a, completion_b), greatest(completion_a, completion_b)),
    texts AS (PARTITION BY prompt_id, least(same_a, same_b), greatest(same_a, same_b))),
named AS (
  SELECT prompt_id, language, completion_a, completion_b,
         CASE WHEN missing THEN 'answer_missing' WHEN empty THEN 'empty_answer'
              WHEN same_a = same_b THEN 'identical_texts' WHEN views > 1 OR best = 'disagreement' THEN 'disagreement'
              WHEN best = 'tie' THEN 'tie' WHEN preferred_texts > 1 THEN 'disagreement'
              WHEN best NOT IN (same_a, same_b) THEN 'unknown_verdict' END AS reason,
         CASE WHEN turned THEN completion_b ELSE completion_a END AS chosen_id,
         CASE WHEN turned THEN completion_a ELSE completion_b END AS rejected_id
  FROM sided),
once AS (
  SELECT n.* REPLACE (coalesce(n.reason, replace(w.not_chosen, ': answer_', ': chosen_'),
                               replace(l.not_rejected, ': answer_', ': rejected_')) AS reason),
         w.score AS chosen_score, l.score AS rejected_score, w.place AS chosen_place, l.place AS rejected_place,
         row_number() OVER (PARTITION BY n.prompt_id, n.reason, chosen_id, rejected_id) AS copy
  FROM named n LEFT JOIN answers w ON w.id = chosen_id LEFT JOIN answers l ON l.id = rejected_id),
counted AS (
  SELECT *, CASE WHEN reason IS NULL AND copy > 1 THEN 'merged_same_verdict_again' ELSE reason END AS why FROM once)
SELECT *, CASE WHEN why IS NULL AND row_number() OVER places > {per_prompt} THEN 'beyond_per_prompt'
       ELSE why END AS left_out
FROM counted WINDOW places AS (PARTITION BY prompt_id, why IS NULL ORDER BY md5(concat(chosen_place, rejected_place)))
"""

_PAIRS = """
CREATE TEMP TABLE pairs AS
SELECT prompt_id, language, chosen_id, rejected_id, chosen_score, rejected_score,
       chosen_score - rejected_score AS score_margin, {rater} AS rater, NULL AS by_check
FROM judged WHERE left_out IS NULL
"""

#: Query: what became of every verdict that makes no pair, and the prompts without a verdict.
VERDICT_REASONS = """
SELECT language, prompt_id AS "where", left_out AS reason, concat(completion_a, ' ', completion_b) AS detail
FROM judged WHERE left_out IS NOT NULL
UNION ALL
SELECT language, prompt_id, 'no_verdict', NULL FROM prompts WHERE prompt_id NOT IN (SELECT prompt_id FROM judged)
ORDER BY ALL
"""


def pair_by_verdicts(con: sql.Connection, rater: str, per_prompt: int | None) -> None:
    """Makes the tables `judged`, with what became of every verdict, and `pairs`.

    Args:
        con: a connection with the tables prompts, answers (as in stages.pair) and verdicts.
        rater: whose verdicts count.
        per_prompt: at most so many pairs a prompt; None for all.
    """
    con.execute(_JUDGED.format(rater=sql.quote(rater), per_prompt=sql.number(per_prompt or 2**62)))
    con.execute(_PAIRS.format(rater=sql.quote(rater)))
