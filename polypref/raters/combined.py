"""Several raters as one: the mean of their z-scores per language, or only what all of them agree on.

How a caller goes about it: let each of its raters rate and write the ratings and verdicts as parts, under the raters'
own names; then `scales` once over all parts, and `combine` for every bucket. The rows that `combine` makes are under
the combined name, beside the raw ones. After `agree` the pair rule is `given`: the verdicts decide, and carry the mean
z-scores.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import pyarrow as pa

from .. import schema
from ..errors import UserError
from ..files import sql
from ..inference import Served
from ..layouts.occasions import OCCASION_OF_ROW, SOURCE_OF
from ..scripting.declared import check_fields, checked_call
from ..stages.pool import Bucket
from .contract import Rater, is_asking, way_of

_SCALES = pa.schema(
    {"language": pa.string(), "rater": pa.string(), "rated": pa.int64(), "mean": pa.float64(), "sd": pa.float64()}
)
_TABLES = {"ratings": schema.RATINGS, "verdicts": schema.VERDICTS, "rejected": schema.REJECTED}


@checked_call
@dataclass(frozen=True)
class Combined:
    """Several raters that count as one.

    Attributes:
        raters: at least two, with different names.
        how: mean_z: an answer's score is the mean over the raters of (score - mean) / sd, with mean and population sd
            of that rater's scores in the prompt's language; a rater whose scores are all equal there counts as 0. An
            answer that one of the raters did not score has no score. Scores that are compared within a row of a source
            only (`occasion="=row"`) make a mean in each row, which is compared there. agree: that, and a verdict on
            every two answers on which all raters have a say: who is preferred by all, a tie that all see, else
            `disagreement`. Pairwise judges have verdicts and no scores: they go with agree only.
        name: the combined rater's name.
        versions: of the raters; filled in.
    """

    raters: tuple[Rater, ...]
    how: Literal["mean_z", "agree"] = "mean_z"
    name: str = "combined"
    versions: tuple[int, ...] = field(init=False)
    version: ClassVar[int] = 1

    @property
    def table(self) -> str:
        """What decides: `ratings`, or `verdicts` with agree."""
        return "verdicts" if self.how == "agree" else "ratings"

    def __post_init__(self) -> None:
        check_fields(self)
        if nested := [rater.name for rater in self.raters if way_of(rater) == "combine"]:
            raise UserError(f"{self.name}: '{nested[0]}' is combined itself; name its raters here instead")
        names = [rater.name for rater in self.raters]
        if len(names) < 2 or len({*names, self.name}) < len(names) + 1:
            raise UserError(f"{self.name}: combining takes at least two raters, with different names; not {names}")
        if self.how == "mean_z" and len(self.scorers) < len(names):
            raise UserError(
                f"{self.name}: a rater of verdicts (a pairwise judge) gives no scores to take a mean of; combine with "
                "how='agree'"
            )
        object.__setattr__(self, "versions", tuple(rater.version for rater in self.raters))

    @property
    def scorers(self) -> tuple[str, ...]:
        """Names of the raters that give scores."""
        return tuple(rater.name for rater in self.raters if getattr(rater, "table", "") != "verdicts")

    @property
    def caution(self) -> str:
        """What the raters' cautions say, each once."""
        return " ".join(dict.fromkeys(rater.caution for rater in self.raters if rater.caution))

    @property
    def models(self) -> tuple[Served, ...]:
        """The models of all raters."""
        asking = (rater for rater in self.raters if is_asking(rater))
        return tuple(served for rater in asking for served in rater.models)

    def combine(self, scales: pa.Table, bucket: Bucket) -> dict[str, pa.Table]:
        """Combines what the raters said of the answers of one bucket.

        Args:
            scales: what the function `scales` returned, over all buckets.
            bucket: with the ratings and verdicts of all raters.

        Returns:
            As `combine_ratings`.
        """
        return combine_ratings(self, scales, bucket.prompts, bucket.completions, bucket.ratings, bucket.verdicts)


# Several scores of one rater for one answer count as their median, and none beyond 1e100, as when pairs are chosen.
# Those of two rows of a source, where they are compared within one only, are two.
_PER_ANSWER = """
SELECT r.prompt_id, r.completion_id, r.rater, {row} AS occasion, median(r.score) AS score FROM {ratings} r
WHERE list_contains({raters}, r.rater) AND abs(r.score) < 1e100 GROUP BY ALL
"""

# Of a prompt that a rater scored in several sources the scores of one of them are combined: those of two never meet.
_OF_ONE_SOURCE = """
(FROM ratings QUALIFY {source} = min({source}) OVER (PARTITION BY prompt_id, rater))
"""

_ANSWERS = """
INSERT INTO scales_answers
SELECT language, rater, score FROM ({per_answer}) JOIN (SELECT DISTINCT prompt_id, language FROM {prompts})
USING (prompt_id)
"""

# Sums of sorted values: the last digits do not depend on how the work was shared out.
_SCALE = """
SELECT language, rater, count(*) AS rated, list_aggregate(list(score ORDER BY score), 'avg') AS mean,
       list_aggregate(list(score ORDER BY score), 'stddev_pop') AS sd
FROM scales_answers WHERE language = ? AND rater = ? GROUP BY ALL
"""

_SCORED = """
CREATE TEMP TABLE scored AS
WITH answers AS ({per_answer})
SELECT c.prompt_id, c.completion_id, p.language, a.rater, a.score, a.occasion,
       CASE WHEN s.sd > 0 THEN (a.score - s.mean) / s.sd ELSE 0 END AS z
FROM completions c JOIN prompts p ON p.prompt_id = c.prompt_id
JOIN answers a ON a.completion_id = c.completion_id
JOIN scales s ON s.language = p.language AND s.rater = a.rater
WHERE c.route <> 'reference'
"""

# What a rater said of no row goes with what others said of any; where one said some of rows, the rest is by itself.
_MET = """
CREATE TEMP TABLE met AS
WITH said AS (
  SELECT *, CASE WHEN occasion IS NULL THEN bool_or(occasion IS NOT NULL) OVER (PARTITION BY prompt_id, rater) END
            AS apart FROM scored),
rows_of AS (SELECT DISTINCT prompt_id, occasion FROM said WHERE apart IS NULL
            UNION SELECT DISTINCT prompt_id, NULL FROM said WHERE apart
            UNION SELECT prompt_id, NULL FROM said GROUP BY prompt_id HAVING bool_and(apart IS NOT DISTINCT FROM false))
SELECT s.* REPLACE (o.occasion AS occasion) FROM said s JOIN rows_of o ON o.prompt_id = s.prompt_id
     AND (s.occasion IS NOT DISTINCT FROM o.occasion OR s.apart = false)
"""

_RATINGS = """
SELECT prompt_id, completion_id, {name} AS rater, {revision} AS rater_revision,
       list_aggregate(list(z ORDER BY rater), 'avg') AS score,
       map(list(rater ORDER BY rater), list(z ORDER BY rater)) AS aspects, NULL::VARCHAR AS rationale,
       occasion
FROM met GROUP BY prompt_id, completion_id, occasion HAVING count(*) = {scorers}
ORDER BY prompt_id, completion_id, occasion
"""

_REJECTED = """
WITH given AS (
  SELECT completion_id, list(rater) AS raters FROM met GROUP BY completion_id, occasion
  QUALIFY row_number() OVER (PARTITION BY completion_id ORDER BY count(*) DESC, occasion) = 1)
SELECT p.language, c.completion_id AS "where", 'missing_score' AS reason,
       array_to_string(list_filter({raters}, lambda name: NOT list_contains(coalesce(g.raters, []), name)), ', ')
         AS detail
FROM completions c JOIN prompts p ON p.prompt_id = c.prompt_id LEFT JOIN given g ON g.completion_id = c.completion_id
WHERE c.route <> 'reference' AND coalesce(len(g.raters), 0) < len({raters}) ORDER BY c.completion_id
"""

# A judge's several verdicts on one pair are several votes, so they must agree as well; so are what several rows of a
# source say. Where it is one row, it is the row of the verdict, whose scores are then those of that row.
_VERDICTS = """
WITH votes AS (
  SELECT x.prompt_id, x.completion_id AS one, y.completion_id AS two, x.rater, x.occasion,
         CASE WHEN x.score > y.score THEN 'a' WHEN x.score < y.score THEN 'b' ELSE 'tie' END AS said
  FROM scored x JOIN scored y
    ON x.prompt_id = y.prompt_id AND x.rater = y.rater AND x.completion_id < y.completion_id
       AND x.occasion IS NOT DISTINCT FROM y.occasion
  UNION ALL
  SELECT v.prompt_id, least(completion_a, completion_b), greatest(completion_a, completion_b), v.rater, NULL,
         CASE WHEN completion_a < completion_b OR preferred NOT IN ('a', 'b') THEN preferred
              WHEN preferred = 'a' THEN 'b' ELSE 'a' END
  FROM verdicts v JOIN prompts p ON p.prompt_id = v.prompt_id
  WHERE list_contains({judges}, v.rater) AND completion_a <> completion_b)
SELECT prompt_id, one AS completion_a, two AS completion_b,
       CASE WHEN count(DISTINCT said) = 1 THEN min(said) ELSE 'disagreement' END AS preferred, {name} AS rater,
       CASE WHEN count(DISTINCT occasion) = 1 THEN min(occasion) END AS occasion,
       NULL::VARCHAR AS annotator, NULL::VARCHAR AS vote, NULL::VARCHAR AS rationale
FROM votes GROUP BY prompt_id, one, two HAVING count(DISTINCT rater) = {all} ORDER BY prompt_id, one, two
"""


def scales(con: sql.Connection, buckets: Iterable[tuple[str, str]], raters: Sequence[str]) -> pa.Table:
    """Mean and standard deviation of every rater's scores in every language, over all buckets.

    Args:
        con: a connection that may read the buckets; a temporary table of all scores is made in it and dropped.
        buckets: ratings and prompts of each bucket of whole prompts, as table expressions (sql.parquet); of prompts,
            prompt_id and language are read.
        raters: names of the raters that give scores (Combined.scorers).

    Returns:
        Columns language, rater, rated (answers), mean, sd (population); sorted, the same for the same scores.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE scales_answers (language TEXT, rater TEXT, score DOUBLE)")
    # The medians of all answers at once would not fit into memory, nor all scores sorted at once.
    for ratings, prompts in buckets:
        per_answer = _PER_ANSWER.format(ratings=ratings, raters=_names(raters), row=OCCASION_OF_ROW)
        con.execute(_ANSWERS.format(per_answer=per_answer, prompts=prompts))
    keys = con.execute("SELECT DISTINCT language, rater FROM scales_answers ORDER BY ALL").fetchall()
    rows = [row for key in keys for row in con.execute(_SCALE, list(key)).fetchall()]
    con.execute("DROP TABLE scales_answers")
    return pa.Table.from_pylist([dict(zip(_SCALES.names, row, strict=True)) for row in rows], _SCALES)


def combine_ratings(
    rater: Combined,
    scales: pa.Table,
    prompts: pa.Table,
    completions: pa.Table,
    ratings: pa.Table,
    verdicts: pa.Table,
) -> dict[str, pa.Table]:
    """Combines what the raters said of the answers of one bucket.

    Args:
        rater: which raters, and how.
        scales: what `scales` returned.
        prompts, completions: all rows of the bucket.
        ratings, verdicts: at least the rows of the combined raters.

    Returns:
        Tables `ratings` (schema.RATINGS; aspects are the raters' z-scores), `verdicts` (schema.VERDICTS; none with
        mean_z) and `rejected` (schema.REJECTED): `missing_score` for every answer that one of the scoring raters did
        not score.
    """
    with sql.in_memory() as con:
        con.register("prompts", prompts.select(["prompt_id", "language"]))
        con.register("completions", completions.select(["prompt_id", "completion_id", "route"]))
        con.register("ratings", ratings.select(["prompt_id", "completion_id", "rater", "score", "occasion"]))
        con.register("verdicts", verdicts)
        con.register("scales", scales)
        names = _names(rater.scorers)
        of_one = _OF_ONE_SOURCE.format(source=SOURCE_OF)
        per_answer = _PER_ANSWER.format(ratings=of_one, raters=names, row=OCCASION_OF_ROW)
        con.execute(_SCORED.format(per_answer=per_answer))
        con.execute(_MET)
        values = {
            "name": sql.quote(rater.name),
            "revision": sql.quote(f"{rater.how}-{rater.version}"),
            "raters": names,
            "scorers": sql.number(len(rater.scorers)),
            "judges": _names([one.name for one in rater.raters if one.name not in rater.scorers]),
            "all": sql.number(len(rater.raters)),
        }
        queries = {"ratings": _RATINGS, "rejected": _REJECTED} | (
            {"verdicts": _VERDICTS} if rater.how == "agree" else {}
        )
        tables = {name: con.sql(query.format(**values)).to_arrow_table() for name, query in queries.items()}
    return {name: tables[name].cast(form) if name in tables else form.empty_table() for name, form in _TABLES.items()}


def _names(names: Sequence[str]) -> str:
    return f"[{', '.join(map(sql.quote, names))}]::VARCHAR[]"
