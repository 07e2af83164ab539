"""The stages that make prompts of prompts: translation, and prompts to be answered in another language."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from ..console import progress
from ..files import sql
from ..files.atomic import write_table
from ..files.store import Stage, fingerprints
from ..inference import Known, Request, Served
from ..layouts.tables import Item
from ..stages import asking, pool
from ..stages.contract import Asking
from ..stages.counts import Funnel
from ..stages.pool import Bucket, Rows
from ..stages.translate import Translate
from ..stages.usable import of_sources
from .context import RunContext
from .parts import prompts_of


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

    load = partial(_prompts_in, rows, translate.sources)
    asked: Asking = translate
    inputs = (fingerprints(rows), run.builder.split.seed, run.limit)
    if run.limit is not None:
        others = [tag for tag in translate.into if tag != translate.source]
        asked = _Limited(translate, {tag: _within_limit(run, rows, translate, tag) for tag in others})
    stage = run.answered("translate", asked, inputs, lambda: map(load, range(buckets)))
    _make_prompts(run, "translate", stage, asked, buckets, load)
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
    _make_prompts(run, "cross", stage, cross, buckets, partial(_prompts_in, rows, cross.sources))
    return (*rows, run.finished(stage))


@dataclass(frozen=True)
class _Limited:
    """A translation of some prompts only, other ones into each language."""

    translate: Translate
    wanted: Mapping[str, pa.Array] = field(metadata={"settings": False})

    @property
    def version(self) -> int:
        return self.translate.version

    @property
    def models(self) -> tuple[Served, ...]:
        return self.translate.models

    def requests(self, bucket: Bucket, known: Known) -> Iterator[Request]:
        for translate, some in self._parts(bucket):
            yield from translate.requests(some, known)

    def collect(self, bucket: Bucket, known: Known) -> dict[str, pa.Table]:
        tables = [translate.collect(some, known) for translate, some in self._parts(bucket)]
        return {name: pa.concat_tables([one[name] for one in tables]) for name in tables[0]}

    def _parts(self, bucket: Bucket) -> Iterator[tuple[Translate, Bucket]]:
        for tag, wanted in self.wanted.items():
            some = bucket.prompts.filter(pc.is_in(bucket.prompts["prompt_id"], wanted))
            yield replace(self.translate, into=(tag,)), _only(some)


def _within_limit(run: RunContext, rows: Rows, translate: Translate, target: str) -> pa.Array:
    """The prompts whose translations into a language --limit leaves, as the index will choose them.

    The index takes the language's prompts group by group: those that are there already, and the translations. Prompts
    to be answered in another language are counted apart.
    """
    key = sql.order_key(run.builder.split.seed, "group_id")
    files = pool.row_files(rows, "prompts")
    wanted = f"SELECT DISTINCT prompt_id FROM {prompts_of(files, translate.sources)}"
    chosen = sql.connect(run.scratch, reads=[run.store.root]).execute(
        f"""SELECT prompt_id FROM (
              SELECT *, row_number() OVER (ORDER BY {key}, language = $2, prompt_id) AS place
              FROM (SELECT prompt_id, any_value(language) AS language, min(group_id) AS group_id,
                           any_value(language = response_language) AS own, bool_or(origin = 'native') AS native
                    FROM {sql.parquet(*files)} GROUP BY prompt_id)
              WHERE own AND (language = $2 OR language = $1 AND native AND prompt_id IN ({wanted})))
            WHERE language = $1 AND place <= {sql.number(run.limit or 0)}""",
        [translate.source, target],
    )
    return pa.array([prompt for (prompt,) in chosen.fetchall()], pa.string())


def _prompts_in(rows: Rows, sources: Sequence[str] | None, number: int) -> Bucket:
    """The prompts of one bucket, those of some sources alone where these are named."""
    bucket = _only(pool.load_prompts(rows, number))
    return bucket if sources is None else of_sources(bucket, sources)


def _make_prompts(
    run: RunContext, name: str, stage: Stage, asking_stage: Asking, buckets: int, load: Callable[[int], Bucket]
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
            tables = asking.collected(asking_stage, load(number), run.answers)
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
