"""Builds of labels that are kept unpaired: the stages in which pairs would be made and checked, and what they count."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from .. import schema
from ..files import sql
from ..files.atomic import write_table
from ..files.records import encode
from ..files.store import Stage, fingerprints
from ..stages import pool
from ..stages.checks.contract import SIDES, Side
from ..stages.checks.findings import flags_of
from ..stages.counts import Funnel, FunnelRow, funnel_rows
from ..stages.equation import LEFT_OUT
from ..stages.pool import Rows
from ..stages.unpaired import (
    LABELS,
    NO_LABEL,
    NONE_OF_LABELS,
    ROWS,
    STEP,
    LabelJoin,
    check_thumbs,
    label_outcome,
    label_rows,
)
from ..stages.usable import of_sources, of_usable_prompts, uses_of
from .checking import filter_funnel
from .closing import Closing, closing
from .context import RunContext
from .parts import NOT_ASKED_FOR
from .ways import SourceWay


def make_labels(
    run: RunContext, ways: Sequence[SourceWay], rows: Rows, index: Stage, check: Stage, buckets: int
) -> Stage:
    """The stage pair of a build whose labels are kept unpaired: a row for each labelled answer.

    Args:
        run: the run.
        ways: whose labels count, of which sources.
        rows: the stages whose prompts, answers and ratings make up the buckets.
        index: the stage index.
        check: the stage that checked prompts and answers.
        buckets: how many there are.

    Returns:
        The stage.

    Raises:
        UserError: a score is no label.
    """
    settings = [(way.pairs, way.pairs.version, way.rater.name, way.sources) for way in ways]
    stage = run.open_stage("pair", settings, [*fingerprints(rows), index.fingerprint, check.fingerprint])
    if stage.done is None:
        con = sql.connect(run.scratch, reads=[run.store.root])
        for way in ways:
            check_thumbs(con, pool.row_files(rows, "ratings"), way.rater.name)
        raters = [(way.rater.name, way.sources) for way in ways]
        join: LabelJoin = ways[0].pairs.join or "unanimous"
        jobs = [(stage, rows, index, check, raters, join, number) for number in range(buckets)]
        run.make_parts("pair", stage, "pairs", label_part, jobs, (index, "index"))
        stage.finish(encode(Closing(label_funnel(stage, rows, index, check))))
    return run.finished(stage)


def label_part(
    stage: Stage,
    rows: Rows,
    index: Stage,
    check: Stage,
    raters: Sequence[tuple[str, Sequence[str]]],
    join: LabelJoin,
    number: int,
) -> int:
    """Makes the rows of one bucket's labels.

    Args:
        stage: the stage's folder, into which parts are written.
        rows: the stages whose prompts, answers and ratings make up the buckets.
        index: the stage index.
        check: the stage that checked prompts and answers.
        raters: whose labels count, and the names of the sources of whose prompts.
        join: how several labels of one answer are one.
        number: of the bucket.

    Returns:
        How many prompts the bucket has.
    """
    findings = pq.read_table(check.part("findings", number))
    bucket = of_usable_prompts(pool.load_bucket(rows, index, number), findings)
    own = [bucket.ratings if len(raters) == 1 else of_sources(bucket, sources).ratings for _, sources in raters]
    labels = [table.filter(pc.equal(table["rater"], rater)) for table, (rater, _) in zip(own, raters, strict=True)]
    kept = label_rows(join, bucket.prompts, bucket.completions, pa.concat_tables(labels), findings)
    write_table(stage.part("rejected", number), kept.rejected)
    write_table(stage.part("pairs", number), kept.pairs)
    return int(bucket.prompts.num_rows)


def label_funnel(stage: Stage, rows: Rows, index: Stage, check: Stage) -> list[FunnelRow]:
    """Counts what became of prompts, answers and labels.

    Args:
        stage: the stage pair, with all its parts.
        rows: the stages whose labels there are.
        index: the stage index.
        check: the stage that checked prompts and answers.

    Returns:
        Rows of the funnel.
    """
    ratings, of_prompts = (pool.row_files(rows, name) for name in ("ratings", "prompts"))
    con = sql.connect(reads=[stage.path, index.path, check.path, *ratings, *of_prompts])
    prompts, answers, labels = Funnel(), Funnel(), Funnel()
    for row in closing(check).funnel:
        if row.outcome == "kept":
            (prompts if row.unit == "prompts" else answers)[row.language, "in", ""] += row.rows
    kept = sql.parquet(stage.path / "pairs-*.parquet")
    counts = f"SELECT language, count(DISTINCT prompt_id), count(*) FROM {kept} GROUP BY ALL"
    for language, of_language, row_count in con.execute(counts).fetchall():
        prompts[language, "kept", ""] = of_language
        answers[language, "kept", ""] = labels[language, "kept", ""] = row_count
    rejected = sql.parquet(stage.path / "rejected-*.parquet")
    query = f"SELECT language, reason, count(*) FROM {rejected} GROUP BY ALL"
    for language, reason, count in con.execute(query).fetchall():
        outcome = label_outcome(reason)
        (prompts if reason == NO_LABEL else labels)[language, outcome, reason] = count
    _add_unused(con, ratings, of_prompts, kept, rejected, labels)
    for funnel, outcome, reason in ((prompts, "rejected", NONE_OF_LABELS), (answers, "unused", "in_no_row")):
        for language in {language for language, *_ in funnel}:
            rest = funnel[language, "in", ""] - funnel[language, "kept", ""] - funnel[language, "rejected", NO_LABEL]
            funnel[language, outcome, reason] = rest
    con.close()
    of_units = ((STEP, "prompts", prompts), (STEP, "answers", answers), ("pair", LABELS, labels))
    return [row for name, unit, funnel in of_units for row in funnel_rows(name, unit, +funnel)]


def _add_unused(
    con: sql.Connection, ratings: Sequence[Path], prompts: Sequence[Path], kept: str, rejected: str, labels: Funnel
) -> None:
    """Adds all labels that came, and those that nobody asked for or whose prompt was left out."""
    if not ratings:
        return
    there = f"""(SELECT prompt_id FROM {kept} UNION SELECT "where" FROM {rejected})"""
    query = f"""SELECT language, prompt_id IN {there}, count(*) FROM {sql.parquet(*ratings)}
                JOIN (SELECT DISTINCT prompt_id, language FROM {sql.parquet(*prompts)}) USING (prompt_id)
                GROUP BY ALL"""
    for language, used, count in con.execute(query).fetchall():
        labels[language, "in", ""] += count
        if not used:
            labels[language, "unused", "prompt_left_out"] = count
            continue
        known = sum(
            rows for (tag, outcome, _), rows in labels.items() if tag == language and outcome in ("kept", *LEFT_OUT)
        )
        labels[language, "unused", NOT_ASKED_FOR] = count - known + labels[language, "unused", "prompt_left_out"]


def flag_rows(run: RunContext, check: Stage, pair: Stage, buckets: int) -> Stage:
    """The stage filter of a build without pairs: rows take the flags of their prompt and answer, and of a review.

    None falls but one whose label people turned round, where a check keeps the answer from having that label.

    Args:
        run: the run.
        check: the stage that checked prompts and answers.
        pair: the stage with the rows.
        buckets: how many there are.

    Returns:
        The stage.
    """
    stage = run.open_stage("filter", "unpaired", [check.fingerprint, pair.fingerprint])
    if stage.done is None:
        jobs = [(stage, check, pair, number) for number in range(buckets)]
        run.make_parts("filter", stage, "filtered", flag_part, jobs, (pair, "pairs"))
        run.close(stage, "filter", ROWS, filter_funnel(stage))
    return run.finished(stage)


def flag_part(stage: Stage, check: Stage, pair: Stage, number: int) -> int:
    """Gives the rows of one bucket the flags of their prompts and answers, and of what people decided on them.

    Args:
        stage: the stage's folder, into which parts are written.
        check: the stage that checked prompts and answers.
        pair: the stage with the rows: pair, or review.
        number: of the bucket.

    Returns:
        How many rows there were.
    """
    rows, findings = pq.read_table(pair.part("pairs", number)), pq.read_table(check.part("findings", number))
    flags, uses = flags_of(findings), {row["completion_id"]: row for row in uses_of(findings).to_pylist()}
    flagged = []
    for row in rows.select(["pair_id", "language", "prompt_id", "chosen_id", "rejected_id", "review"]).to_pylist():
        own = set(flags.get((row["prompt_id"], None), ()))
        own |= {f"review_{row['review']}"} if row["review"] else set()
        why = None
        for side in SIDES:
            own |= {_of_answer(flag, side) for flag in flags.get((row[f"{side}_id"], side), ())}
            why = why or uses.get(row[f"{side}_id"], {}).get(f"not_{side}")
        filtered = {"pair_id": row["pair_id"], "language": row["language"], "flags": sorted(own)}
        flagged.append(filtered | (dict(zip(("filter", "reason"), why.split(": ", 1), strict=True)) if why else {}))
    write_table(stage.part("filtered", number), pa.Table.from_pylist(flagged, schema.FILTERED))
    return len(flagged)


def _of_answer(flag: str, side: Side) -> str:
    """A flag without what it says of the side: `chosen_cut` is `answer_cut`."""
    return f"answer_{flag.removeprefix(f'{side}_')}" if flag.startswith(f"{side}_") else flag
