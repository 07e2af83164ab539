"""Pairs by verdicts: each verdict on two answers of a prompt is in a pair, or is left out with its reason.

Several verdicts on the same two answers are joined as their source declares: all must say the same (`unanimous`), more
than half must (`majority`, where ties are votes, and all verdicts of one person are one vote), or each is a pair of its
own (`each`).

Where each counts, a pair is a vote: what one person says of two texts is one vote, or none where it contradicts itself,
and a row that is equal to another in every column is that row again, unless it names who judged.
"""

from collections.abc import Mapping

from ..files import sql
from ..layouts.readings import Join

#: The reason of a prompt on which the rater gave no verdict; all others are of verdicts.
NO_VERDICT = "no_verdict"
#: Why a prompt has no pair though there are verdicts on its answers; each of these is counted with its own reason.
NONE_OF_VERDICTS = "no_pair_of_its_verdicts"
#: The reasons of verdicts that are in a pair with others: those that say the same, and those that most others outvote.
_JOINED = ("merged_same_verdict_again", "outvoted", "repeated_row")

#: SQL, of schema.VERDICTS: whose a verdict is. One of nobody by name is a person of its own; where rows hold the votes
#: of several, one at the same place of an equal row is the same.
VOTER = """coalesce(v.annotator, CASE WHEN contains(v.vote, ' ') THEN v.vote END,
                    concat('row ', row_number() OVER ()))"""
_VOTER: Mapping[Join, str] = {
    "unanimous": VOTER,
    "majority": VOTER,
    "each": "coalesce(v.annotator, v.vote, concat('row ', v.turn))",
}

# What every verdict says of two texts, and whose it is. `turn`: its place among the verdicts of the bucket.
_VOTES = """
CREATE TEMP TABLE votes AS
SELECT v.prompt_id, p.language, v.completion_a, v.completion_b, least(v.completion_a, v.completion_b) AS low,
       greatest(v.completion_a, v.completion_b) AS high, a.id IS NULL OR b.id IS NULL AS missing,
       a.empty OR b.empty AS empty, a.same AS same_a, b.same AS same_b, a.thought <> b.thought AS unlike,
       CASE v.preferred WHEN 'a' THEN a.same WHEN 'b' THEN b.same ELSE v.preferred END AS best,
       {voter} AS voter, v.annotator, v.vote, v.turn, coalesce(v.occasion, '') AS occasion, v.rationale
FROM (SELECT *, row_number() OVER () AS turn FROM verdicts) v JOIN prompts p USING (prompt_id)
LEFT JOIN answers a ON a.id = v.completion_a LEFT JOIN answers b ON b.id = v.completion_b WHERE v.rater = {rater}
"""

# What the verdicts on two answers come to: what all say, or what more than half of the people say.
_DECIDED: Mapping[Join, str] = {
    "unanimous": """
CREATE TEMP TABLE decided AS
SELECT prompt_id, low, high, CASE WHEN count(DISTINCT best) = 1 THEN min(best) END AS best FROM votes GROUP BY ALL
""",
    "majority": """
CREATE TEMP TABLE decided AS
WITH ballots AS (
  SELECT prompt_id, low, high, voter, CASE WHEN count(DISTINCT best) = 1 THEN min(best) ELSE 'disagreement' END AS best
  FROM votes GROUP BY ALL),
tally AS (SELECT prompt_id, low, high, best, count(*) AS people FROM ballots GROUP BY ALL),
shares AS (SELECT *, sum(people) OVER (PARTITION BY prompt_id, low, high) AS everybody FROM tally)
SELECT prompt_id, low, high, max(best) FILTER (2 * people > everybody AND best <> 'disagreement') AS best
FROM shares GROUP BY ALL
""",
    "each": """
CREATE TEMP TABLE decided AS
SELECT DISTINCT prompt_id, low, high, NULL::VARCHAR AS best FROM votes
""",
}

# What a verdict counts as: with a majority, as what that says.
_SAYS: Mapping[Join, str] = {"unanimous": "v.best", "majority": "d.best", "each": "v.best"}

# Why a verdict makes no pair, by what the verdicts on its two answers come to. Those on the same two texts, whoever
# wrote them, must not prefer one to the other and the other to the one.
_REASON: Mapping[Join, str] = {
    "unanimous": """WHEN joined IS NULL OR says = 'disagreement' THEN 'disagreement' WHEN says = 'tie' THEN 'tie'
              WHEN preferred_texts > 1 THEN 'disagreement'""",
    "majority": """WHEN joined IS NULL THEN 'no_majority' WHEN says = 'tie' THEN 'tie'
              WHEN preferred_texts > 1 THEN 'disagreement'""",
    "each": """WHEN says = 'disagreement' OR voter_texts > 1 AND says IN (same_a, same_b) THEN 'disagreement'
              WHEN says = 'tie' THEN 'tie'""",
}

# Verdicts that say the same of the same two answers make their pair once; where each counts, those of one person do.
_COPIES: Mapping[Join, str] = {
    "unanimous": "prompt_id, reason, chosen_id, rejected_id",
    "majority": "prompt_id, reason, chosen_id, rejected_id",
    "each": "prompt_id, reason, chosen_id, rejected_id, voter",
}
_AGAIN: Mapping[Join, str] = {
    "unanimous": "'merged_same_verdict_again'",
    "majority": "'merged_same_verdict_again'",
    "each": "CASE WHEN vote IS NULL THEN 'merged_same_verdict_again' ELSE 'repeated_row' END",
}

_JUDGED = """
CREATE TEMP TABLE judged AS
WITH joint AS (SELECT v.*, d.best AS joined, {says} AS says FROM votes v JOIN decided d USING (prompt_id, low, high)),
sided AS (
  SELECT *, count(DISTINCT CASE WHEN says IN (same_a, same_b) THEN says END)
            OVER (PARTITION BY prompt_id, least(same_a, same_b), greatest(same_a, same_b)) AS preferred_texts,
         count(DISTINCT CASE WHEN says IN (same_a, same_b) THEN says END)
            OVER (PARTITION BY prompt_id, least(same_a, same_b), greatest(same_a, same_b), voter) AS voter_texts
  FROM joint),
reasoned AS (
  SELECT prompt_id, language, completion_a, completion_b, voter, annotator, vote, turn, occasion,
         rationale, best <> says AS outvoted,
         CASE WHEN missing THEN 'answer_missing' WHEN empty THEN 'empty_answer'
              WHEN same_a = same_b THEN 'identical_texts' WHEN unlike THEN 'thought_on_one_side' {reason}
              WHEN says NOT IN (same_a, same_b) THEN 'unknown_verdict' END AS reason,
         CASE WHEN says = same_b THEN completion_b ELSE completion_a END AS chosen_id,
         CASE WHEN says = same_b THEN completion_a ELSE completion_b END AS rejected_id
  FROM sided),
once AS (
  SELECT n.* REPLACE (coalesce(n.reason, replace(w.not_chosen, ': answer_', ': chosen_'),
                               replace(l.not_rejected, ': answer_', ': rejected_')) AS reason),
         CASE WHEN l.occasion IS NULL OR l.occasion = w.occasion THEN w.score END AS chosen_score,
         CASE WHEN w.occasion IS NULL OR w.occasion = l.occasion THEN l.score END AS rejected_score,
         md5(concat(w.place, l.place)) AS place
  FROM reasoned n LEFT JOIN answers w ON w.id = chosen_id LEFT JOIN answers l ON l.id = rejected_id),
counted AS (
  SELECT *, CASE WHEN reason IS NOT NULL THEN reason WHEN outvoted THEN 'outvoted'
                 WHEN row_number() OVER (PARTITION BY {copies} ORDER BY outvoted, completion_a, turn) > 1
                 THEN {again} END AS why FROM once),
placed AS (SELECT *, {number} AS number FROM counted)
SELECT *, CASE WHEN why IS NULL AND {first} > {per_prompt} THEN 'beyond_per_prompt' ELSE why END AS left_out FROM placed
"""

# Which pair of its prompt a verdict's is, on its occasion; a pair counts as the first that it is on any.
_OF_OCCASION = """dense_rank() OVER (PARTITION BY prompt_id, occasion, reason IS NULL
                                      ORDER BY place, chosen_id, rejected_id)"""
_FIRST = "min(number) OVER (PARTITION BY prompt_id, chosen_id, rejected_id, reason IS NULL)"
_NUMBER: Mapping[Join, str] = {
    "unanimous": _OF_OCCASION,
    "majority": _OF_OCCASION,
    "each": "row_number() OVER (PARTITION BY prompt_id, occasion, why IS NULL ORDER BY place, chosen_id, turn)",
}
_BY_JOIN: Mapping[Join, str] = {"unanimous": _FIRST, "majority": _FIRST, "each": "number"}

# Where each verdict counts, a pair is of its annotator and occasion, and has a number among those on its answers; else
# it is of the occasion of all that are joined in it.
_PEOPLE: Mapping[Join, str] = {
    **dict.fromkeys(
        ("unanimous", "majority"),
        """NULL AS annotator, CASE WHEN min(occasion) OVER same = max(occasion) OVER same
                                    THEN nullif(occasion, '') END AS occasion, NULL::BIGINT AS vote_number""",
    ),
    "each": """annotator, nullif(occasion, '') AS occasion,
              row_number() OVER (PARTITION BY prompt_id, least(chosen_id, rejected_id),
                                 greatest(chosen_id, rejected_id), left_out IS NULL ORDER BY turn) AS vote_number""",
}

# The words of the first verdict that has any, of those that say the same as the pair; where each counts, its own.
_RATIONALE: Mapping[Join, str] = {
    **dict.fromkeys(("unanimous", "majority"), "arg_min(rationale, turn) FILTER (NOT outvoted) OVER same AS rationale"),
    "each": "rationale",
}

# Where each verdict counts, several pairs may be of the same two answers: all but the first are told apart by a number.
_PAIRS = """
CREATE TEMP TABLE pairs AS
SELECT prompt_id, language, chosen_id, rejected_id, chosen_score, rejected_score,
       chosen_score - rejected_score AS score_margin, {rater} AS rater, NULL AS by_check,
       CASE WHEN row_number() OVER (PARTITION BY prompt_id, least(chosen_id, rejected_id),
                                    greatest(chosen_id, rejected_id) ORDER BY chosen_id, turn) > 1
            THEN row_number() OVER (PARTITION BY prompt_id, chosen_id, rejected_id ORDER BY turn) END AS further,
       annotator, occasion, vote_number, rationale
FROM (SELECT * EXCLUDE (annotator, occasion, rationale), {people}, {rationale} FROM judged
      WINDOW same AS (PARTITION BY prompt_id, chosen_id, rejected_id)) WHERE left_out IS NULL
"""

#: Query: what became of every verdict that makes no pair, and the prompts without a verdict.
VERDICT_REASONS = """
SELECT language, prompt_id AS "where", left_out AS reason, concat(completion_a, ' ', completion_b) AS detail
FROM judged WHERE left_out IS NOT NULL
UNION ALL
SELECT language, prompt_id, 'no_verdict', NULL FROM prompts WHERE prompt_id NOT IN (SELECT prompt_id FROM judged)
ORDER BY ALL
"""


def verdict_outcome(reason: str) -> str:
    """How a verdict that makes no pair of its own is counted.

    Args:
        reason: why it makes none.

    Returns:
        joined, where it is in a pair with others; unused, where nobody asked for its pair; else rejected.

    Example:
        >>> [verdict_outcome(reason) for reason in ("outvoted", "beyond_per_prompt", "tie")]
        ['joined', 'unused', 'rejected']
    """
    return "joined" if reason in _JOINED else "unused" if reason == "beyond_per_prompt" else "rejected"


def pair_by_verdicts(con: sql.Connection, rater: str, per_prompt: int | None, join: Join) -> None:
    """Makes the tables `judged`, with what became of every verdict, and `pairs`.

    Args:
        con: a connection with the tables prompts, answers (as in stages.pair) and verdicts.
        rater: whose verdicts count.
        per_prompt: at most so many pairs a prompt and occasion; None for all.
        join: how several verdicts on the same two answers are one.
    """
    quoted = sql.quote(rater)
    con.execute(_VOTES.format(rater=quoted, voter=_VOTER[join]))
    con.execute(_DECIDED[join])
    con.execute(
        _JUDGED.format(
            says=_SAYS[join],
            reason=_REASON[join],
            copies=_COPIES[join],
            again=_AGAIN[join],
            number=_NUMBER[join],
            first=_BY_JOIN[join],
            per_prompt=sql.number(per_prompt or 2**62),
        )
    )
    con.execute(_PAIRS.format(rater=quoted, people=_PEOPLE[join], rationale=_RATIONALE[join]))
