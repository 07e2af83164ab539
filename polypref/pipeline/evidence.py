"""What a build can say of itself where nothing is left: looked up in its stages only then."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..files import sql
from ..files.store import Stage
from ..layouts.source import Source
from ..raters.contract import is_given
from ..stages import pool
from ..stages.counts import Funnel, FunnelRow, funnel_rows
from ..stages.cures import cure_of, more_prompts, what_was_lost, why_nothing
from ..stages.losses import Case, Evidence, Example, Loss
from ..stages.pair import BARE, written_by
from ..stages.pool import Rows
from ..stages.unpaired import ROWS
from .context import RunContext
from .ways import SourceWay


@dataclass(frozen=True)
class Stages:
    """The stages that a run has come to; those that it has not are None."""

    rows: Rows
    index: Stage | None = None
    check: Stage | None = None
    pair: Stage | None = None
    filtered: Stage | None = None


def explain_nothing(run: RunContext, stages: Stages, tags: Sequence[str] | None, tested: int, balanced: Funnel) -> str:
    """Why some languages have no training pair, and what to do; where all their pairs are in test, how to get more.

    Args:
        run: the run.
        stages: those that it has come to.
        tags: the languages; None for all.
        tested: how many pairs they have, all of them in test; 0 otherwise.
        balanced: what was left out when pairs were shared out.

    Returns:
        Part of a sentence, without a full stop.
    """
    funnel = _with_balance(run, balanced)
    evidence = evidence_of(run, stages)
    if tested:
        return more_prompts([row for row in funnel if tags is None or row.language in tags], evidence)
    return why_nothing(funnel, evidence, tags)


def explain_shortage(run: RunContext, tag: str, balanced: Funnel) -> str:
    """For what reasons rows of a language were left out that has fewer pairs than a mixture asks for.

    Args:
        run: the run.
        tag: the language.
        balanced: what was left out when pairs were shared out.

    Returns:
        Part of a sentence, without a full stop.
    """
    return what_was_lost(_with_balance(run, balanced), tag)


def _with_balance(run: RunContext, balanced: Funnel) -> list[FunnelRow]:
    """What all stages counted, with what was left out when pairs were shared out."""
    return [*run.funnel, *funnel_rows("balance", ROWS if run.builder.unpaired else "pairs", balanced)]


def explain_unrated(run: RunContext, stages: Stages) -> str:
    """Why a rater gave no score at all, and what to do.

    Args:
        run: the run.
        stages: those that it has come to.

    Returns:
        Part of a sentence, without a full stop.
    """
    loss = Loss("pair", "prompts", "unrated", 0)
    return cure_of(Case(loss, run.funnel, evidence_of(run, stages)))


def evidence_of(run: RunContext, stages: Stages) -> Evidence:
    """What is known of a build.

    Args:
        run: the run.
        stages: those that it has come to.

    Returns:
        The evidence; what lies in stages that the run has not come to is left empty.
    """
    builder, root = run.builder, run.store.root
    # One thread, so that the first row is the first.
    con = sql.connect(run.scratch, threads=1, reads=[root])
    scores = _scores(con, stages.rows)
    prompts, referenced = _prompts(con, stages)
    answers, routes, empty = _answers(con, stages)
    way = _way_to_look_at(con, stages, builder.ways)
    of_way = [source for source in builder.sources if source.name in way.sources]
    asked = _asked_for(con, stages, way)
    evidence = Evidence(
        rater=way.rater.name,
        given=is_given(way.rater),
        unrated=way.unrated(of_way),
        rule=way.pairs,
        scores=scores,
        answers=answers,
        routes=routes,
        empty=empty,
        prompts=prompts,
        referenced=referenced,
        alike=_alike_prompts(con, stages),
        largest=_largest(con, stages, way),
        checked=_checked(con, stages, asked),
        constant=_constant(con, stages, way),
        torn=_torn(con, stages, way),
        columns=_shared_column(of_way, way.rater.name),
        examples=_examples(con, stages, asked),
        checks={one.name: one.summary for one in builder.filters},
        previous=builder.split.previous or "",
        review=builder.review or "",
        retracted=builder.retracted or "",
        limit=run.limit,
        folder=str(root.parent) if root.name == ".polypref" else "",
    )
    con.close()
    return evidence


def _way_to_look_at(con: sql.Connection, stages: Stages, ways: Sequence[SourceWay]) -> SourceWay:
    """The way to rate and pair by which most prompts of a build came to nothing."""
    rejected = stages.pair.parts("rejected") if stages.pair else []
    prompts = _files(stages, "prompts")
    if len(ways) == 1 or not rejected or not prompts:
        return ways[0]
    query = f"""SELECT count(*) FROM {sql.parquet(*rejected)} WHERE "where" IN (
                  SELECT prompt_id FROM {sql.parquet(*prompts)}
                  WHERE list_has_any(list_transform(sources, lambda s: s.name), ?))"""
    counts = [con.execute(query, [list(way.sources)]).fetchall()[0][0] for way in ways]
    return ways[max(range(len(ways)), key=lambda place: counts[place])]


def _files(stages: Stages, table: str) -> list[Path]:
    return pool.row_files(stages.rows, table)


def _indexed(stages: Stages) -> str:
    """SQL: whether a row's prompt is in the index; true before there is one."""
    if stages.index is None:
        return "true"
    return f"prompt_id IN (SELECT prompt_id FROM {sql.parquet(stages.index.path / 'index-*.parquet')})"


def _scores(con: sql.Connection, rows: Rows) -> dict[str, int]:
    if not (files := pool.row_files(rows, "ratings")):
        return {}
    counts = f"SELECT rater, count(DISTINCT completion_id) FROM {sql.parquet(*files)} GROUP BY ALL"
    return dict(con.execute(counts).fetchall())


def _prompts(con: sql.Connection, stages: Stages) -> tuple[int, int]:
    if not (files := _files(stages, "prompts")):
        return 0, 0
    prompts, referenced = con.execute(
        f"""SELECT count(DISTINCT prompt_id), count(DISTINCT prompt_id) FILTER (reference IS NOT NULL)
            FROM {sql.parquet(*files)} WHERE {_indexed(stages)}"""
    ).fetchall()[0]
    return prompts, referenced


def _alike_prompts(con: sql.Connection, stages: Stages) -> int:
    """How many prompts are, as people see them, one that is there already: blanks, marks that show nothing, accents."""
    if not (files := _files(stages, "prompts")):
        return 0
    seen = r"trim(regexp_replace(regexp_replace(nfc_normalize(m.content), '\p{Cf}', '', 'g'), '[\s\p{Z}]+', ' ', 'g'))"
    ((alike,),) = con.execute(
        f"""SELECT count(DISTINCT prompt_id) - count(DISTINCT md5(concat_ws(chr(31), language, answered_in, turns)))
            FROM (SELECT prompt_id, language, response_language AS answered_in,
                         list_transform(prompt, lambda m: concat(m.role, ' ', {seen}))::VARCHAR AS turns
                  FROM {sql.parquet(*files)} WHERE {_indexed(stages)})"""
    ).fetchall()
    return int(alike)


def _answers(con: sql.Connection, stages: Stages) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """Answers by model and by route, and empty ones by model."""
    models, routes, empty = Counter[str](), Counter[str](), Counter[str]()
    if files := _files(stages, "completions"):
        counts = con.execute(
            f"""SELECT model, route, count(*), count(*) FILTER (bare = '')
                FROM (SELECT model, route, {BARE} AS bare FROM {sql.parquet(*files)}
                      WHERE route <> 'reference' AND {_indexed(stages)}) GROUP BY ALL"""
        )
        for model, route, number, blank in counts.fetchall():
            models[model] += number
            routes[route] += number
            if blank:
                empty[model] += blank
    return dict(models), dict(routes), dict(empty)


def _constant(con: sql.Connection, stages: Stages, way: SourceWay) -> float | None:
    """The one score that the rater gave; None where it gave several, or none."""
    if not (files := _files(stages, "ratings")):
        return None
    finite = f"FROM {sql.parquet(*files)} WHERE rater = {sql.quote(way.rater.name)} AND abs(score) < 1e100"
    least, most = con.execute(f"SELECT min(score), max(score) {finite}").fetchall()[0]
    constant: float | None = least if least == most else None
    return constant


def _largest(con: sql.Connection, stages: Stages, way: SourceWay) -> float | None:
    """The largest difference of two scores below the margin, in units of the margin; None where there is none."""
    if stages.pair is None or not (parts := stages.pair.parts("rejected")):
        return None
    query = f"""SELECT max(CAST(detail AS DOUBLE)) FROM {sql.parquet(*parts)}
                WHERE reason = 'below_margin' AND "where" IN (
                  SELECT prompt_id FROM {sql.parquet(*_files(stages, "prompts"))}
                  WHERE list_has_any(list_transform(sources, lambda s: s.name), ?))"""
    largest: float | None = con.execute(query, [list(way.sources)]).fetchall()[0][0]
    return largest


def _torn(con: sql.Connection, stages: Stages, way: SourceWay) -> int:
    """How often one person said different things of the same two answers."""
    if way.pairs.rule != "given" or not (files := _files(stages, "verdicts")):
        return 0
    query = f"""SELECT count(*) FROM (
                  SELECT count(DISTINCT CASE preferred WHEN 'a' THEN completion_a WHEN 'b' THEN completion_b
                                        ELSE preferred END) AS sides
                  FROM {sql.parquet(*files)} WHERE rater = ? AND annotator IS NOT NULL
                  GROUP BY prompt_id, annotator, least(completion_a, completion_b),
                           greatest(completion_a, completion_b))
                WHERE sides > 1"""
    torn: int = con.execute(query, [way.rater.name]).fetchall()[0][0]
    return torn


def _shared_column(sources: Sequence[Source], rater: str) -> str:
    """The column of scores that several answers of a row have; empty where none is shared."""
    for source in sources:
        columns = Counter(one.score_columns for one in source.fields.answers if one.rater == rater)
        if shared := [names for names, times in columns.items() if names and times > 1]:
            return ", ".join(shared[0])
    return ""


def _asked_for(con: sql.Connection, stages: Stages, way: SourceWay) -> str:
    """SQL: the answers that a rule of two models asks for, as a query of their ids; empty where it asks for all."""
    files = _files(stages, "completions")
    names = [name for name in (way.pairs.model_a, way.pairs.model_b) if name]
    if not files or not names:
        return ""
    return f"SELECT completion_id FROM {sql.parquet(*files)} WHERE {' OR '.join(written_by(name) for name in names)}"


def _checked(con: sql.Connection, stages: Stages, asked: str) -> dict[str, int] | None:
    """Why answers that the rule asks for are left out, as the stage check counts them; None where it asks for all."""
    if not asked or stages.check is None or not (parts := stages.check.parts("findings")):
        return None
    query = f"""WITH reasons AS (SELECT completion_id, rejected, concat("check", ': ', reason) AS why,
                                        row_number() OVER () AS place
                                 FROM {sql.parquet(*parts)} WHERE outcome = 'reject' AND completion_id IN ({asked})),
                     first AS (SELECT coalesce(arg_min(why, place) FILTER (rejected), arg_min(why, place)) AS why
                               FROM reasons GROUP BY completion_id)
                SELECT why, count(*) FROM first GROUP BY ALL"""
    return dict(con.execute(query).fetchall())


def _examples(con: sql.Connection, stages: Stages, asked: str) -> dict[tuple[str, str], Example]:
    """A row for each stage and reason: the first place, and the commonest detail; of answers only those asked for."""
    examples: dict[tuple[str, str], Example] = {}
    for stage in (*stages.rows, *([stages.pair] if stages.pair else [])):
        if parts := stage.parts("rejected"):
            placed = '"where"' if stage.path.name.startswith("read-") else "''"
            examples |= _example_rows(
                con, stage, f"SELECT reason, {placed} AS place, detail FROM {sql.parquet(*parts)}"
            )
    if stages.check and (parts := stages.check.parts("findings")):
        of_answers = f"AND (completion_id IS NULL OR completion_id IN ({asked}))" if asked else ""
        query = f"""SELECT concat("check", ': ', reason) AS reason, '' AS place, detail FROM {sql.parquet(*parts)}
                    WHERE outcome = 'reject' {of_answers}"""
        examples |= _example_rows(con, stages.check, query)
    if stages.filtered and (parts := stages.filtered.parts("filtered")):
        query = f"""SELECT concat("filter", ': ', reason) AS reason, '' AS place, detail FROM {sql.parquet(*parts)}
                    WHERE reason IS NOT NULL"""
        examples |= _example_rows(con, stages.filtered, query)
    return examples


def _example_rows(con: sql.Connection, stage: Stage, query: str) -> Iterable[tuple[tuple[str, str], Example]]:
    name = stage.path.name.rpartition("-")[0]
    rows = con.execute(
        f"""WITH lost AS (SELECT *, row_number() OVER () AS number FROM ({query})),
                 details AS (SELECT reason, coalesce(detail, '') AS detail, count(*) AS alike, min(number) AS first
                             FROM lost GROUP BY ALL),
                 commonest AS (FROM details QUALIFY row_number() OVER (PARTITION BY reason
                                                                       ORDER BY alike DESC, first) = 1)
            SELECT c.reason, l.place, c.detail, c.alike FROM commonest c JOIN lost l ON l.number = c.first"""
    ).fetchall()
    return [((name, reason), Example(place, detail, alike)) for reason, place, detail, alike in rows]
