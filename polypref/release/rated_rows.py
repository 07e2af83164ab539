"""The rows of the config of ratings, bucket by bucket: which scores and verdicts are published, and which are not.

A row is what one rater says of one answer: a score, or how it did in a verdict on it and another answer. So a verdict
is two rows.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from .. import schema
from ..files import sql
from ..stages.counts import Funnel
from ..stages.pair import BARE
from ..stages.pool import Bucket
from ..stages.texts import answers_with_texts
from ..stages.usable import uses_of
from .rows import Form, sources_and_licences, texts_as_turns, whole_turns
from .writers import Model, Writers

#: What is counted.
SCORES, VERDICTS = "scores", "verdicts"
#: Why scores and verdicts are left out: no pair of their prompt is released, or the licence of who wrote an answer.
NOT_RELEASED, OTHER_LICENCE = "prompt_not_released", "licence_of_no_pair"

_RELEASED = """
CREATE TEMP TABLE released AS
SELECT p.prompt_id, any_value(r.split) AS split, min(r.rank) AS rank
FROM pairs p JOIN ranked r USING (pair_id) GROUP BY p.prompt_id
"""
_WRITERS = """
SELECT DISTINCT c.model, c.model_revision, c.model_licence, c.translator
FROM completions c JOIN released r ON r.prompt_id = c.prompt_id WHERE c.route <> 'reference' ORDER BY ALL
"""
_ANSWERS = """
CREATE TEMP TABLE rated_answers AS
SELECT c.completion_id, u.not_chosen, u.not_rejected,
       CASE WHEN c.route = 'reference' THEN 'reference' WHEN c.bare = '' THEN 'empty_answer'
            WHEN u.not_chosen IS NOT NULL AND u.not_rejected IS NOT NULL THEN 'answer_not_usable'
            WHEN EXISTS (FROM others o WHERE o.model = c.model AND o.revision = c.model_revision
                         AND o.licence = c.model_licence AND o.translator IS NOT DISTINCT FROM c.translator)
            THEN {other_licence} END AS left_out
FROM (SELECT *, {bare} AS bare FROM completions) c LEFT JOIN uses u ON u.completion_id = c.completion_id
"""
# A verdict is a row of each of its answers: side 1 of the first, side 2 of the second. `turn`: its place in its table.
_GIVEN = """
CREATE TEMP TABLE given AS
SELECT turn, 0 AS side, prompt_id, completion_id, NULL::VARCHAR AS compared_with, NULL::VARCHAR AS verdict,
       CASE WHEN abs(score) < 1e100 THEN NULL ELSE 'score_not_finite' END AS wrong FROM ratings
UNION ALL
SELECT turn, 1, prompt_id, completion_a, completion_b,
       CASE preferred WHEN 'a' THEN 'better' WHEN 'b' THEN 'worse' ELSE preferred END, wrong FROM compared
UNION ALL
SELECT turn, 2, prompt_id, completion_b, completion_a,
       CASE preferred WHEN 'b' THEN 'better' WHEN 'a' THEN 'worse' ELSE preferred END, wrong FROM compared
"""
_COMPARED = """
CREATE TEMP TABLE compared AS
SELECT *, CASE WHEN preferred NOT IN ('a', 'b', 'tie', 'disagreement') THEN 'unknown_verdict'
               WHEN completion_a = completion_b THEN 'same_answer' END AS wrong FROM verdicts
"""
_JUDGED = """
CREATE TEMP TABLE judged AS
SELECT g.*, p.language, r.split, r.rank, a.not_chosen, a.not_rejected,
       CASE WHEN r.prompt_id IS NULL THEN {not_released}
            WHEN a.completion_id IS NULL OR g.side > 0 AND b.completion_id IS NULL THEN 'answer_missing'
            ELSE coalesce(a.left_out, b.left_out, g.wrong) END AS left_out
FROM given g JOIN prompts p ON p.prompt_id = g.prompt_id LEFT JOIN released r ON r.prompt_id = g.prompt_id
LEFT JOIN rated_answers a ON a.completion_id = g.completion_id
LEFT JOIN rated_answers b ON b.completion_id = g.compared_with
"""
_COUNTS = """
SELECT language, side, coalesce(left_out, ''), count(*) FROM judged WHERE side < 2 GROUP BY ALL ORDER BY ALL
"""
_KEPT = """
SELECT completion_id, split, rank, side, turn, verdict, compared_with, not_chosen, not_rejected FROM judged
WHERE left_out IS NULL ORDER BY rank, completion_id, side > 0, turn, side
"""
_OTHERS = pa.schema([(name, pa.string()) for name in ("model", "revision", "licence", "translator")])


class Rated:
    """What of all buckets so far is published, and what is not.

    Attributes:
        funnels: of scores and of verdicts, what became of them.
        models: those whose answers are among the rows.
        translators: name of who translated answers -> rows.
    """

    def __init__(self) -> None:
        """Begins with none."""
        self.funnels = {SCORES: Funnel(), VERDICTS: Funnel()}
        self.models = set[Model]()
        self.translators = Counter[str]()


def published_form(form: Form) -> pa.Schema:
    """The columns of the config of ratings.

    Args:
        form: of the rows of pairs.

    Returns:
        One of published.SCHEMAS_OF_RATINGS.
    """
    base = schema.RELEASED_RATINGS_WITH_TURNS if form.whole else schema.RELEASED_RATINGS
    return schema.with_people(base, set(form.beside).intersection((*schema.PEOPLE, schema.CRITERION)))


def rated_rows(
    bucket: Bucket, pairs: pa.Table, ranked: pa.Table, findings: pa.Table, form: Form, writers: Writers, rated: Rated
) -> pa.Table:
    """The published rows of one bucket.

    Args:
        bucket: prompts with their answers, ratings and verdicts.
        pairs: pair_id and prompt_id of its pairs.
        ranked: pair_id, split and rank of those that are released.
        findings: what checks say of its answers (schema.FINDINGS).
        form: of the rows of pairs.
        writers: whose answers may be published.
        rated: what is counted is added to it.

    Returns:
        The columns of `published_form`, and `split`, `rank` (of the first pair of the prompt) and `place`, in which
        order rows of one rank stand.
    """
    kept = _kept_rows(bucket, pairs, ranked, findings, writers, rated)
    at = pc.index_in(kept["completion_id"].combine_chunks(), bucket.completions["completion_id"].combine_chunks())
    table = answers_with_texts(bucket, bucket.completions.take(at))
    models = zip(*(table[f"answer_{name}"].to_pylist() for name in _MODEL), strict=True)
    rated.models.update((name, revision, licence) for name, revision, licence in models)
    rated.translators.update(name for name in table["answer_translator"].to_pylist() if name is not None)
    for name, values in _ratings_of(kept, bucket).items():
        table = table.append_column(name, values)
    rows = _published_rows(table, form)
    for name in ("split", "rank"):
        rows = rows.append_column(name, kept[name])
    return rows.append_column("place", pa.array(range(len(rows)), pa.int64()))


_MODEL = ("model", "model_revision", "model_licence")


def _kept_rows(
    bucket: Bucket, pairs: pa.Table, ranked: pa.Table, findings: pa.Table, writers: Writers, rated: Rated
) -> pa.Table:
    """Which score or verdict, by its place in its table, is a row of which answer; counts all of them."""
    with sql.in_memory() as con:
        con.register("pairs", pairs.select(["pair_id", "prompt_id"]))
        con.register("ranked", ranked.select(["pair_id", "split", "rank"]))
        con.register("prompts", bucket.prompts.select(["prompt_id", "language"]))
        answers = ["prompt_id", "completion_id", "route", "text", *_MODEL, "translator"]
        con.register("completions", bucket.completions.select(answers))
        con.register("ratings", _numbered(bucket.ratings.select(["prompt_id", "completion_id", "score"])))
        sides = ["prompt_id", "completion_a", "completion_b", "preferred"]
        con.register("verdicts", _numbered(bucket.verdicts.select(sides)))
        con.register("uses", uses_of(findings))
        con.execute(_RELEASED)
        con.register("others", _others(con.execute(_WRITERS).fetchall(), writers))
        con.execute(_ANSWERS.format(bare=BARE, other_licence=sql.quote(OTHER_LICENCE)))
        con.execute(_COMPARED)
        con.execute(_GIVEN)
        con.execute(_JUDGED.format(not_released=sql.quote(NOT_RELEASED)))
        for language, side, reason, count in con.execute(_COUNTS).fetchall():
            funnel = rated.funnels[VERDICTS if side else SCORES]
            outcome = "kept" if not reason else "unused" if reason == NOT_RELEASED else "rejected"
            funnel[language, "in", ""] += count
            funnel[language, outcome, reason] += count
        return con.sql(_KEPT).to_arrow_table()


def _numbered(table: pa.Table) -> pa.Table:
    return table.append_column("turn", pa.array(range(len(table)), pa.int64()))


def _others(there: Iterable[tuple[str, str, str, str | None]], writers: Writers) -> pa.Table:
    """Those whose answers are not published."""
    rows = [one for one in there if not writers.may_be_published(one[:3], one[3])]
    return pa.Table.from_pylist([dict(zip(_OTHERS.names, row, strict=True)) for row in rows], _OTHERS)


def _ratings_of(kept: pa.Table, bucket: Bucket) -> dict[str, pa.ChunkedArray]:
    """What raters gave, row by row."""
    scored = pc.equal(kept["side"], 0)
    nothing = pa.scalar(None, pa.int64())
    by_score, by_verdict = pc.if_else(scored, kept["turn"], nothing), pc.if_else(scored, nothing, kept["turn"])
    ratings, verdicts = bucket.ratings, bucket.verdicts
    columns = {name: ratings[name].take(by_score) for name in ("rater_revision", "score", "aspects")}
    for name in ("rater", "rationale", "occasion"):
        columns[name] = pc.coalesce(ratings[name].take(by_score), verdicts[name].take(by_verdict))
    columns["annotator"] = verdicts["annotator"].take(by_verdict)
    columns["aspects"] = columns["aspects"].cast(schema.RELEASED_RATINGS.field("aspects").type)
    names = ("verdict", "compared_with", "not_chosen", "not_rejected")
    return columns | {name: kept[name] for name in names}


def _published_rows(table: pa.Table, form: Form) -> pa.Table:
    """The columns as they are published."""
    columns = published_form(form)
    people = replace(form.people, columns=(*set(form.people.columns).intersection(schema.PEOPLE), schema.RATIONALE))
    own = {"answer": "completion", "answer_message": "completion_message"}
    own |= {"answer_model": "model", "answer_route": "route"}
    table = table.rename_columns([own.get(name, name) for name in table.column_names])
    values = {name: table[name] for name in columns.names if name in table.column_names} | people.values(table)
    values |= whole_turns(table, ("completion",)) if form.whole else texts_as_turns(table, ("completion",))
    values |= sources_and_licences(table)
    return pa.table([values[name] for name in columns.names], names=columns.names).cast(columns)
