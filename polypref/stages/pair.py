"""Pair rules: which answers of a prompt become chosen and rejected (labels that are kept unpaired: unpaired.py).

A pair's two scores are of one rater, one prompt and one occasion (one person comparing answers at one time), strictly
ordered; empty and equal texts never make a pair. What a check rejects is not chosen, or not rejected, or neither, as
the check has it: the next best answer is. A prompt without a pair is counted once, with what stopped those two of its
answers that came furthest on the way to a pair. The rule `given` counts verdicts instead: each becomes a pair, or is
left out with its reason. An answer with a thought and one without are no pair: it would teach whether to think.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import ClassVar, Literal, NamedTuple

import pyarrow as pa

from .. import schema
from ..console.escaping import as_written
from ..errors import UserError
from ..files import sql
from ..files.records import OMIT_DEFAULT
from ..layouts.readings import Join
from ..scripting.declared import check_fields, checked_call
from ..scripting.spelling import closest_name
from .targets import NEAREST, SCORES_OF_GROUPS, TARGETS, add_targets
from .usable import uses_of
from .verdict_pairs import VERDICT_REASONS, pair_by_verdicts

RuleName = Literal[
    "best_vs_worst",
    "best_vs_random",
    "mean_minus_2sd",
    "first_quartile",
    "top_two",
    "all_pairs",
    "model_a_vs_model_b",
    "given",
    "unpaired",
]

# Between a model's name and the route of its answers.
_AT_ROUTE = "@route:"


@checked_call
@dataclass(frozen=True)
class PairRule:
    """How pairs are chosen.

    Attributes:
        rule: best_vs_worst; best_vs_random (the best against a seeded random lower one, as Zephyr's binarised
            UltraFeedback); mean_minus_2sd, first_quartile (the best against the answer whose score is nearest to the
            mean of the prompt's scores less two population standard deviations, or to their first quartile, as in
            CroCo; each different text counts once, and of two as near the lower is taken); top_two (the two best
            texts); all_pairs (every ordered pair, seeded order);
            model_a_vs_model_b (two named models or routes, the rating decides which is chosen, as in Dang et al.);
            given (a verdict of the source names the side; every verdict makes a pair or is counted with its reason);
            unpaired (no pairs: each answer that the source labels good, 1, or bad, 0, is a row of its own).
        model_a, model_b: for model_a_vs_model_b: a model's name, `route:translated`, or both where one model answers by
            several routes, as in `org/model@route:direct` and `org/model@route:translated`.
        min_margin: least difference of the two scores; a margin of 0 still asks for a strict order. Not with given: a
            verdict has no scores.
        margin_unit: score (as the rater gives it) or sd (standard deviations of the rater's scores in the language).
        per_prompt: at most so many pairs a prompt, or a prompt on each occasion where the source names these; left out,
            1, and with given as many as there are verdicts.
        seed: of the random choices.
        may_be_rejected: checks whose answers may be the rejected ones though the check says neither: by name, or one
            reason of it, as in `truncated_answers: answer_cut`. Those of a name run over prompts have no say here.
        prefer_rejected: checks whose answers are the rejected ones before all others, whatever their scores: such a
            pair has its rater's scores, and no margin where they contradict it. Not with given.
        join: with unpaired, how several labels of one answer are one: unanimous (all say the same; the default), or
            majority (more than half of the people do).
        pool: with mean_minus_2sd and first_quartile, whose scores the point is of: prompt (its own), or group (those
            of the prompt in all its languages, which share a group_id); the pair stays in its own language.

    """

    rule: RuleName = "best_vs_worst"
    model_a: str | None = None
    model_b: str | None = None
    min_margin: float = 0.0
    margin_unit: Literal["score", "sd"] = "score"
    per_prompt: int | None = None
    seed: int = 0
    may_be_rejected: tuple[str, ...] = ()
    prefer_rejected: tuple[str, ...] = ()
    join: Literal["unanimous", "majority"] | None = field(default=None, metadata=OMIT_DEFAULT)
    pool: Literal["prompt", "group"] = field(default="prompt", metadata=OMIT_DEFAULT)
    version: ClassVar[int] = 3

    def __post_init__(self) -> None:
        check_fields(self)
        if self.per_prompt is None and self.rule not in ("given", "unpaired"):
            object.__setattr__(self, "per_prompt", 1)
        named = [name for name in (self.model_a, self.model_b) if name]
        if len(set(named)) != (2 if self.rule == "model_a_vs_model_b" else 0) or len(named) > len(set(named)):
            raise UserError(
                f"pair rule {self.rule}: two different models go with model_a_vs_model_b, none with others; two routes "
                "of one model are NAME@route:direct and NAME@route:translated"
            )
        if not 0 <= self.min_margin < float("inf") or (self.per_prompt or 1) < 1 or self.per_prompt == 0:
            raise UserError("a pair rule needs min_margin of at least 0 and per_prompt of at least 1")
        if self.rule == "given" and self.min_margin:
            raise UserError("pair rule given: a verdict has no scores to differ; leave min_margin at 0")
        if self.rule == "given" and self.prefer_rejected:
            raise UserError("pair rule given: a verdict names its sides; leave prefer_rejected empty")
        if self.rule == "unpaired" and (self.min_margin or self.per_prompt or self.prefer_rejected):
            raise UserError("pair rule unpaired: leave min_margin, per_prompt and prefer_rejected out")
        if self.join is not None and self.rule != "unpaired":
            raise UserError("PairRule(join=...) speaks of labels kept unpaired; verdicts have Verdict(join=...)")
        if self.pool == "group" and self.rule not in TARGETS:
            raise UserError(
                f"pair rule {self.rule}: a pool of scores belongs to {' and '.join(TARGETS)}; leave pool out"
            )

    def check_routes(self, routes: Collection[str]) -> None:
        """Sees that the routes that the rule names are ways by which answers come.

        Args:
            routes: those of the builder: of its sources' answers, and of the models that answer.

        Raises:
            UserError: one is not, or what names it is misspelt, and every prompt would lack an answer.
        """
        for setting in ("model_a", "model_b"):
            whole = getattr(self, setting)
            model, at, route = (whole or "").rpartition(_AT_ROUTE)
            written = f"route:{route}" if at and model else whole
            prefix, colon, route = (written or "").partition(":")
            meant = route.strip() in routes and closest_name(prefix.strip().lower(), ["route"])
            if (
                not colon
                or written in {f"route:{one}" for one in routes}
                or not (prefix.strip().lower() == "route" or meant)
            ):
                continue
            near = closest_name(route.strip(), routes)
            raise UserError(
                f"PairRule({setting}={as_written(whole)[:60]}): "
                + (f"did you mean 'route:{near}'? " if near else "no answer comes by such a route. ")
                + f"There are {', '.join(f'route:{one}' for one in sorted(routes)) or 'none'}"
            )

    @property
    def unpaired(self) -> bool:
        """Whether it makes rows of single labelled answers, and no pairs."""
        return self.rule == "unpaired"

    @property
    def negatives(self) -> tuple[str, ...]:
        """The checks, and reasons of checks, whose answers may be rejected though the check says neither."""
        return (*self.may_be_rejected, *self.prefer_rejected)


# What counts as empty, and what is left out at both ends before texts are compared. DuckDB's own trim leaves line
# breaks standing; zero-width characters and direction marks show nothing.
_BLANK = sql.quote(
    "".join(chr(i) for i in range(0x3001) if chr(i).isspace()) + "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
)
#: SQL for a column `text` without what is blank at both ends. DuckDB's trim takes a text character by character: only
#: those that begin or end in a blank are given to it.
BARE = f"""CASE WHEN contains({_BLANK}, left(text, 1)) OR contains({_BLANK}, right(text, 1))
           THEN trim(text, {_BLANK}) ELSE text END"""

#: From here on a number is no score: the squares of some would overflow.
BEYOND_SCORES = 1e100

# Marks that programs write into a letter or beside it, where nobody sees the difference: accents of Latin, Greek and
# Cyrillic, of Arabic, the nukta of Hindi, parts of Korean syllables, Japanese voicing. Few texts hold any, and
# composing all would take longer than all else here.
_APART = sql.quote("[\u0300-\u036f\u0653-\u0655\u093c\u0958-\u095f\u1100-\u11ff\u3099\u309a]")
#: SQL for a column `bare`: what tells a text from another, whichever of Unicode's forms its letters have.
SAME = f"md5(CASE WHEN regexp_matches(bare, {_APART}) THEN nfc_normalize(bare) ELSE bare END)"

# Several scores of one rater for one answer count as their median, whatever order they come in. What is no finite
# number is none, and neither is one beyond 1e100 (as in calibration): differences and squares must be finite too.
# Scores of two occasions never meet; a source that names none has one.
_SCORES = """
CREATE TEMP TABLE scores AS
SELECT completion_id AS id, coalesce(occasion, '') AS occasion, median(score) FILTER (abs(score) < 1e100) AS score,
       bool_or(NOT abs(score) < 1e100) AS broken
FROM ratings WHERE rater = {rater} GROUP BY ALL
"""

# Every answer once: what it may be, and its score where it has one on one occasion only.
_ANSWERS = """
CREATE TEMP TABLE answers AS
SELECT c.prompt_id, c.completion_id AS id, p.language, CASE WHEN r.occasions = 1 THEN r.score END AS score,
       CASE WHEN r.occasions = 1 THEN r.occasion END AS occasion, c.bare = '' AS empty,
       concat({same}, CASE WHEN c.thought THEN ' thought' END) AS same,
       c.thought, {key} AS place, {side} AS side, r.occasions > 0 AS rated,
       r.occasions = 0 AND r.broken AS broken, u.not_chosen, u.not_rejected, u.worse
FROM (SELECT *, {bare} AS bare, coalesce(json_exists(message, '$.thinking'), false) AS thought FROM completions) c
JOIN prompts p USING (prompt_id)
LEFT JOIN (SELECT id, count(score) AS occasions, min(score) AS score, bool_or(broken) AS broken,
                  min(occasion) FILTER (score IS NOT NULL) AS occasion
           FROM scores GROUP BY id) r
  ON r.id = c.completion_id
LEFT JOIN uses u ON u.completion_id = c.completion_id
WHERE c.route <> 'reference'
"""

# On every occasion: equal texts are one answer, that which may be more and is better rated: else a text could be
# preferred to itself by way of a third, and the second best would be a copy of the best. What is better than all that
# may be chosen is of no use. What a check says is the worse one needs no score.
_USABLE = """
CREATE TEMP TABLE usable AS
WITH scored AS (
  SELECT a.* EXCLUDE (score, occasion), s.occasion, s.score
  FROM answers a JOIN scores s ON s.id = a.id WHERE s.score IS NOT NULL),
there AS (
  FROM scored UNION ALL BY NAME
  SELECT a.* EXCLUDE (score, occasion), o.occasion, NULL::DOUBLE AS score
  FROM answers a JOIN (SELECT DISTINCT prompt_id, occasion FROM scored) o ON o.prompt_id = a.prompt_id
  LEFT JOIN scored s ON s.id = a.id AND s.occasion = o.occasion WHERE a.worse IS NOT NULL AND s.id IS NULL)
FROM (FROM (FROM there WHERE NOT empty AND {asked} AND (not_chosen IS NULL OR not_rejected IS NULL)
            QUALIFY row_number() OVER (PARTITION BY prompt_id, occasion, side, same
                    ORDER BY not_chosen IS NOT NULL, not_rejected IS NOT NULL, score DESC NULLS LAST, place) = 1)
      QUALIFY worse IS NOT NULL
              OR score <= max(score) FILTER (not_chosen IS NULL) OVER (PARTITION BY prompt_id, occasion)
                 AND {next_below})
QUALIFY row_number() OVER (PARTITION BY prompt_id, occasion, worse IS NULL
        ORDER BY score DESC NULLS LAST, not_chosen IS NOT NULL, place) <= {most}
"""

# Of two best: below the best that may be chosen only what may be rejected counts.
_NEXT_BELOW = """(not_rejected IS NULL OR row_number() OVER (PARTITION BY prompt_id, occasion
                 ORDER BY not_chosen IS NOT NULL, score DESC NULLS LAST, place) = 1)"""

# One row for every way to order two usable answers of a prompt on one occasion; of two with equal scores there is one.
# Why it makes no pair, where it makes none, and by how much the scores differ; the margin gives way by 1e-9 of itself,
# so that a difference of 0.3 - 0.1 is the 0.2 it was meant to be.
_POSSIBLE = """
CREATE TEMP TABLE possible AS
SELECT x.prompt_id, x.language, x.occasion, x.id AS chosen_id, y.id AS rejected_id, x.same AS chosen_text,
       y.same AS rejected_text, x.score AS chosen_score, y.score AS rejected_score,
       CASE WHEN x.score > y.score THEN x.score - y.score END AS score_margin, u.unit,
       x.place AS chosen_place, y.place AS rejected_place, {rater} AS rater, y.worse AS by_check,
       CASE WHEN x.thought <> y.thought THEN 'thought_on_one_side' WHEN y.worse IS NOT NULL THEN NULL
            WHEN x.score = y.score THEN 'tie'
            WHEN x.score - y.score < {margin} * u.unit * (1 - 1e-9) THEN 'below_margin' END AS unused
FROM usable x JOIN usable y ON x.prompt_id = y.prompt_id AND x.occasion = y.occasion AND x.same <> y.same AND {sides}
     AND x.not_chosen IS NULL AND y.not_rejected IS NULL AND x.score IS NOT NULL
     AND (x.score > y.score OR y.worse IS NOT NULL
          OR x.score = y.score AND (x.id < y.id OR y.not_chosen IS NOT NULL OR x.not_rejected IS NOT NULL))
JOIN units u ON u.language = x.language
"""

# Those that are wide enough, and whether another occasion orders the same two texts the other way.
_CANDIDATES = """
CREATE TEMP TABLE candidates AS
SELECT *, count(DISTINCT chosen_text)
          OVER (PARTITION BY prompt_id, least(chosen_text, rejected_text), greatest(chosen_text, rejected_text)) > 1
          AS contradicted
FROM possible WHERE unused IS NULL
"""

# Of each occasion so many as are asked for; what two of them choose alike is one pair, with the wider of its margins.
_PAIRS = """
CREATE TEMP TABLE chosen AS
SELECT *, row_number() OVER (PARTITION BY prompt_id, chosen_text, rejected_text
                             ORDER BY score_margin DESC NULLS LAST, chosen_score DESC, {order}) > 1 AS again
FROM (FROM candidates WHERE NOT contradicted
      QUALIFY row_number() OVER (PARTITION BY prompt_id, occasion ORDER BY by_check IS NULL, {order}) <= {per_prompt})
"""
_ONCE = """
CREATE TEMP TABLE pairs AS
SELECT * REPLACE (nullif(occasion, '') AS occasion), NULL AS annotator, NULL::BIGINT AS vote_number,
       NULL::BIGINT AS further, NULL::VARCHAR AS rationale
FROM chosen WHERE NOT again
"""

_ORDER = {
    "best_vs_worst": "chosen_score DESC, rejected_score, chosen_place, rejected_place",
    "best_vs_random": "chosen_score DESC, chosen_place, rejected_place",
    **dict.fromkeys(TARGETS, NEAREST),
    "top_two": "chosen_score DESC, rejected_score DESC, chosen_place, rejected_place",
    "all_pairs": "md5(concat(chosen_place, rejected_place))",
    "model_a_vs_model_b": "chosen_score DESC, rejected_score, chosen_place, rejected_place",
}

# For every prompt without a pair the obstacle that stopped those two of its answers that came furthest, on the occasion
# on which they did. Where only the two best may be a pair (`top_two`) and these two are there, no others count. The
# detail of what is below the margin is the widest difference of scores that there is, as margins count it.
_REASONS = """
WITH lone AS (FROM prompts WHERE prompt_id NOT IN (SELECT prompt_id FROM pairs)),
of_lone AS (FROM answers WHERE prompt_id IN (SELECT prompt_id FROM lone)),
met AS (
  SELECT sx.id AS x, sy.id AS y, sx.score AS x_score, sy.score AS y_score, ux.id IS NULL OR uy.id IS NULL AS unusable,
         {two_best} AND (SELECT count(*) FROM usable u WHERE u.prompt_id = a.prompt_id AND u.occasion = sx.occasion) > 1
         AS two_best
  FROM of_lone a JOIN scores sx ON sx.id = a.id
  JOIN of_lone b ON b.prompt_id = a.prompt_id AND a.id < b.id
  JOIN scores sy ON sy.id = b.id AND sy.occasion = sx.occasion
  LEFT JOIN usable ux ON ux.id = sx.id AND ux.occasion = sx.occasion
  LEFT JOIN usable uy ON uy.id = sy.id AND uy.occasion = sy.occasion
  WHERE sx.score IS NOT NULL AND sy.score IS NOT NULL),
furthest AS (
  SELECT x.prompt_id, max(CASE
    WHEN ({sides}) IS NOT TRUE THEN 1 WHEN x.empty OR y.empty THEN 2 WHEN x.same = y.same THEN 3
    WHEN x.thought <> y.thought THEN 3.5
    WHEN (x.not_chosen IS NOT NULL OR y.not_rejected IS NOT NULL)
         AND (y.not_chosen IS NOT NULL OR x.not_rejected IS NOT NULL) THEN 4
    WHEN x.broken OR y.broken THEN 6
    WHEN x.rated IS NOT TRUE OR y.rated IS NOT TRUE THEN 5
    WHEN m.x IS NULL THEN 7
    WHEN unusable AND two_best THEN 5
    WHEN x_score > y_score AND (x.not_chosen IS NOT NULL OR y.not_rejected IS NOT NULL) THEN 9
    WHEN y_score > x_score AND (y.not_chosen IS NOT NULL OR x.not_rejected IS NOT NULL) THEN 9
    WHEN unusable THEN 5
    WHEN x_score = y_score THEN 8 ELSE 10 END) AS step
  FROM of_lone x JOIN of_lone y ON x.prompt_id = y.prompt_id AND x.id < y.id
  LEFT JOIN met m ON m.x = x.id AND m.y = y.id GROUP BY ALL),
checked AS (
  SELECT prompt_id, string_agg(DISTINCT why, ', ' ORDER BY why) AS why
  FROM (SELECT prompt_id, unnest([not_chosen, not_rejected]) AS why FROM answers) GROUP BY ALL),
widest AS (SELECT prompt_id, max(score_margin / unit) AS margin FROM possible GROUP BY ALL)
SELECT language, prompt_id AS "where",
       CASE WHEN prompt_id IN (SELECT prompt_id FROM candidates) THEN 'disagreement' ELSE
       CASE coalesce(step, 0) WHEN 0 THEN 'fewer_than_two_answers' WHEN 1 THEN 'model_missing'
            WHEN 2 THEN 'empty_answer' WHEN 3 THEN 'identical_texts' WHEN 3.5 THEN 'thought_on_one_side'
            WHEN 4 THEN 'too_few_usable_answers'
            WHEN 5 THEN 'unrated' WHEN 6 THEN 'score_not_finite' WHEN 7 THEN 'no_common_occasion' WHEN 8 THEN 'tie'
            WHEN 9 THEN 'preferred_answer_not_usable' ELSE 'below_margin' END END AS reason,
       CASE WHEN step IN (4, 9) THEN why
            WHEN step = 10 AND prompt_id NOT IN (SELECT prompt_id FROM candidates) THEN CAST(margin AS VARCHAR)
            END AS detail
FROM lone LEFT JOIN furthest USING (prompt_id) LEFT JOIN checked USING (prompt_id) LEFT JOIN widest USING (prompt_id)
ORDER BY prompt_id
"""

# What there could have been, and what the rater likes best before anything is left out, of the answers that the rule
# asks for; of equals what may be chosen.
_COUNTS = """
WITH best AS (
  SELECT a.prompt_id, a.language, a.not_chosen
  FROM (SELECT * REPLACE (coalesce(not_chosen, CASE WHEN empty THEN 'empty_answer' END) AS not_chosen) FROM answers) a
  JOIN scores s ON s.id = a.id WHERE {asked} AND s.score IS NOT NULL
  QUALIFY row_number() OVER (PARTITION BY a.prompt_id, s.occasion
                             ORDER BY s.score DESC, not_chosen IS NOT NULL, place) = 1),
prompts AS (SELECT prompt_id, language, min(not_chosen) AS not_chosen FROM best GROUP BY ALL)
SELECT language, 'prompts' AS unit, 'first_choice' AS outcome, '' AS reason, count(*) AS rows FROM prompts GROUP BY ALL
UNION ALL SELECT language, 'prompts', 'first_choice_fell', not_chosen, count(*) FROM prompts
          WHERE not_chosen IS NOT NULL GROUP BY ALL
ORDER BY ALL
"""
_COUNTS_OF_POSSIBLE = """
SELECT language, 'possible pairs' AS unit, 'in' AS outcome, '' AS reason, count(*) AS rows FROM possible GROUP BY ALL
UNION ALL SELECT language, 'possible pairs', 'unused', unused, count(*) FROM possible
          WHERE unused IS NOT NULL GROUP BY ALL
UNION ALL SELECT language, 'possible pairs', 'rejected', 'disagreement', count(*) FROM candidates
          WHERE contradicted GROUP BY ALL
UNION ALL SELECT language, 'possible pairs', 'joined', 'same_pair_on_another_occasion', count(*) FROM chosen
          WHERE again GROUP BY ALL
ORDER BY ALL
"""
COUNTS = pa.schema([*((name, pa.string()) for name in ("language", "unit", "outcome", "reason")), ("rows", pa.int64())])


class Paired(NamedTuple):
    """What became of some prompts.

    Attributes:
        pairs: schema.PAIRS.
        rejected: schema.REJECTED, a row for each prompt without a pair; with given for each verdict that makes none and
            for each prompt without a verdict.
        counts: language, unit, outcome, reason and rows, as in a funnel: possible pairs (of two scored answers, one of
            which may be chosen and the other rejected), those whose scores tie or are too near, and those that two
            occasions order both ways or choose alike; prompts with a scored answer
            (`first_choice`) and those of them where the best one may not be chosen (`first_choice_fell`, by reason).
    """

    pairs: pa.Table
    rejected: pa.Table
    counts: pa.Table


def make_pairs(
    rule: PairRule,
    rater: str,
    prompts: pa.Table,
    completions: pa.Table,
    ratings: pa.Table,
    verdicts: pa.Table,
    units: pa.Table | None = None,
    findings: pa.Table | None = None,
    join: Join = "unanimous",
    points: pa.Table | None = None,
) -> Paired:
    """Chooses the pairs of some prompts.

    Args:
        rule: how.
        rater: whose scores or verdicts count.
        prompts, completions, ratings, verdicts: all rows of these prompts.
        units: language and the score difference that counts as 1 there; None for 1 everywhere.
        findings: what checks say of these answers (schema.FINDINGS); None where nothing was checked.
        join: how several verdicts on the same two answers are one.
        points: of a pool of groups, the point of each (targets.POINTS); None where all of their languages are here.

    Returns:
        the pairs, what makes none, and counts.
    """
    con = _opened(rule, prompts, completions, ratings, findings)
    con.register("verdicts", verdicts)
    if units is None:
        con.execute("CREATE TEMP TABLE units AS SELECT DISTINCT language, 1.0 AS unit FROM prompts")
    else:
        con.register("units", units)
    asked, sides = _add_answers(con, rule, rater)
    if rule.rule == "given":
        pair_by_verdicts(con, rater, rule.per_prompt, join)
        reasons = VERDICT_REASONS
    else:
        how = {
            "rater": sql.quote(rater),
            "order": _ORDER[rule.rule],
            "per_prompt": sql.number(rule.per_prompt or 2**62),
        }
        con.execute(_POSSIBLE.format(margin=sql.number(rule.min_margin), sides=sides, **how))
        con.execute(_CANDIDATES)
        add_targets(con, rule.rule, rule.pool, points)
        con.execute(_PAIRS.format(**how))
        con.execute(_ONCE)
        reasons = _REASONS.format(sides=sides, two_best="true" if rule.rule == "top_two" else "false")
    pairs = con.sql("FROM pairs ORDER BY prompt_id, chosen_id, rejected_id, further NULLS FIRST").to_arrow_table()
    rejected = con.sql(reasons).to_arrow_table().cast(schema.REJECTED)
    counts = con.sql(_COUNTS.format(asked=asked)).to_arrow_table().cast(COUNTS)
    if rule.rule != "given":
        counts = pa.concat_tables([counts, con.sql(_COUNTS_OF_POSSIBLE).to_arrow_table().cast(COUNTS)])
    con.close()
    ids = zip(*(pairs[c].to_pylist() for c in ("prompt_id", "chosen_id", "rejected_id", "further")), strict=True)
    pairs = pairs.append_column("pair_id", pa.array([schema.pair_id(*one) for one in ids], pa.string()))
    pairs = pairs.append_column("review", pa.nulls(pairs.num_rows, pa.string()))
    return Paired(pairs.select(schema.PAIRS.names).cast(schema.PAIRS), rejected, counts)


def pooled_scores(
    rule: PairRule, rater: str, prompts: pa.Table, completions: pa.Table, ratings: pa.Table, findings: pa.Table | None
) -> pa.Table:
    """The scores of some prompts that count for the points of their groups.

    Args:
        rule, rater, prompts, completions, ratings, findings: as of `make_pairs`.

    Returns:
        columns group_id, occasion, score: a row for each different text of a prompt that may be in a pair.
    """
    con = _opened(rule, prompts, completions, ratings, findings)
    _add_answers(con, rule, rater)
    scores = con.sql(SCORES_OF_GROUPS).to_arrow_table()
    con.close()
    return scores


def _opened(
    rule: PairRule, prompts: pa.Table, completions: pa.Table, ratings: pa.Table, findings: pa.Table | None
) -> sql.Connection:
    """A connection with the tables of some prompts."""
    con = sql.in_memory()
    con.register("prompts", prompts.select(["prompt_id", "language"]))
    con.register("groups", prompts.select(["prompt_id", "group_id"]))
    con.register("completions", completions.select(["prompt_id", "completion_id", "model", "route", "text", "message"]))
    con.register("ratings", ratings.select(["completion_id", "rater", "score", "occasion"]))
    con.register("uses", uses_of(findings, rule.prefer_rejected))
    return con


def _add_answers(con: sql.Connection, rule: PairRule, rater: str) -> tuple[str, str]:
    """Adds scores, answers and, where scores pair, usable; gives SQL: which answers are asked for, which may meet."""
    # Without two named models there are no sides: all answers may meet.
    side, asked, sides = "NULL", "true", "true"
    if rule.rule == "model_a_vs_model_b":
        a, b = written_by(str(rule.model_a)), written_by(str(rule.model_b))
        side = f"CASE WHEN {a} THEN 'a' WHEN {b} THEN 'b' END"
        asked, sides = "side IS NOT NULL", "x.side <> y.side"
    key = sql.order_key(rule.seed, "c.prompt_id", "c.completion_id")
    con.execute(_SCORES.format(rater=sql.quote(rater)))
    con.execute(_ANSWERS.format(key=key, side=side, bare=BARE, same=SAME))
    if rule.rule != "given":
        below = _NEXT_BELOW if rule.rule == "top_two" else "true"
        most = sql.number(2 if rule.rule == "top_two" else 2**62)
        con.execute(_USABLE.format(asked=asked, most=most, next_below=below))
    return asked, sides


def written_by(name: str) -> str:
    """Whether an answer is one that a rule of two models names.

    Args:
        name: a model's name, `route:translated`, or both as `org/model@route:translated`.

    Returns:
        SQL, of the columns model and route.
    """
    model, at, route = name.rpartition(_AT_ROUTE)
    if at and model:
        return f"model = {sql.quote(model)} AND route = {sql.quote(route)}"
    if name.startswith("route:"):
        return f"route = {sql.quote(name.removeprefix('route:'))}"
    return f"model = {sql.quote(name)}"
