"""The stages that make prompts of prompts: translation, and prompts to be answered in another language."""

from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from ..console import progress
from ..files import sql
from ..files.atomic import write_table
from ..files.store import Stage, fingerprints
from ..layouts.tables import Item
from ..stages import asking, pool
from ..stages.contract import Asking
from ..stages.counts import Funnel
from ..stages.pool import Bucket, Rows
from .context import RunContext


def translate_prompts(run: RunContext, rows: Rows, buckets: int) -> Rows:
    """Translates prompts, where the builder asks for it.

    Args:
        run: the run.
        rows: the stages so far.
        buckets: how many there are.

    Returns:
        The stages so far, and this one where it was asked for.
    """
    translate = run.builder.translate
    if translate is None:
        return rows
    if run.builder.languages is not None:
        into = tuple(tag for tag in translate.into if tag in run.builder.languages)
        if not into:
            return rows
        translate = replace(translate, into=into)
    wanted = _within_limit(run, rows, translate.source)

    def load(number: int) -> Bucket:
        prompts = pool.load_prompts(rows, number)
        if wanted is not None:
            prompts = prompts.filter(pc.is_in(prompts["prompt_id"], wanted))
        return _only(prompts)

    inputs = (fingerprints(rows), run.builder.split.seed, run.limit)
    stage = run.answered("translate", translate, inputs, lambda: map(load, range(buckets)))
    _make_prompts(run, "translate", stage, translate, buckets, load)
    return (*rows, run.finished(stage))


def ask_cross_lingually(run: RunContext, rows: Rows, buckets: int) -> Rows:
    """Asks prompts once more, to be answered in another language, where the builder asks for it.

    Args:
        run: the run.
        rows: the stages so far.
        buckets: how many there are.

    Returns:
        As `translate_prompts`.
    """
    cross = run.builder.cross_lingual
    if cross is None:
        return rows
    stage = run.open_stage("cross", (cross, cross.version), fingerprints(rows))
    _make_prompts(run, "cross", stage, cross, buckets, lambda number: _only(pool.load_prompts(rows, number)))
    return (*rows, run.finished(stage))


def _within_limit(run: RunContext, rows: Rows, language: str) -> pa.Array | None:
    """The prompts of a language that --limit leaves, as the index will choose them; None for all."""
    if run.limit is None:
        return None
    chosen = sql.connect(run.scratch, reads=[run.store.root]).execute(
        f"""SELECT prompt_id FROM (SELECT prompt_id, min(group_id) AS group_id
            FROM {sql.parquet(*pool.row_files(rows, "prompts"))} WHERE language = ? GROUP BY prompt_id)
            ORDER BY {sql.order_key(run.builder.split.seed, "group_id")}, prompt_id
            LIMIT {sql.number(run.limit)}""",
        [language],
    )
    return pa.array([prompt for (prompt,) in chosen.fetchall()], pa.string())


def _make_prompts(
    run: RunContext, name: str, stage: Stage, made_by: Asking, buckets: int, load: Callable[[int], Bucket]
) -> None:
    """Sends the prompts that come of a stage to the buckets that their ids name."""
    if stage.done is not None:
        return
    funnel, rejected = Funnel(), []
    with (
        pool.Writer(stage, 0, buckets) as writer,
        progress.stage(name, None, quiet=run.quiet) as advance,
    ):
        for number in range(buckets):
            tables = asking.collected(made_by, load(number), run.answers)
            for row in tables["prompts"].to_pylist():
                funnel[row["language"], "in", ""] += 1
                funnel[row["language"], "kept", ""] += 1
                writer.add(Item(row, [], [], [], []))
            for row in tables["rejected"].to_pylist():
                funnel[row["language"], "in", ""] += 1
                funnel[row["language"], "rejected", row["reason"]] += 1
            rejected.append(tables["rejected"])
            advance(tables["prompts"].num_rows)
    write_table(stage.part("rejected", 0), pa.concat_tables(rejected))
    run.close(stage, name, "prompts", funnel)


def _only(prompts: pa.Table) -> Bucket:
    """A bucket of prompts and nothing else."""
    return Bucket(prompts, *(form.empty_table() for form in list(pool.TABLES.values())[1:]))
