"""The stages of one run, each made only where it is not made yet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from ..console import progress
from ..engines.contract import Engine
from ..engines.running import here_of, run_jobs, serving_of
from ..errors import UserError
from ..files import sql
from ..files.atomic import fingerprint, read_json, write_json, write_table
from ..files.records import decode, encode
from ..files.store import Stage, Store
from ..inference.log import ResponseLog
from ..layouts.rows import Item
from ..raters.combined import scales
from ..raters.contract import FittedRater, Rater, is_asking, is_combining, is_fitted, is_given
from ..review import decisions as reviewing
from ..scripting.own_code import is_own, of_class, own_code
from ..scripting.sending import check_sendable
from ..stages import asking, pool, released
from ..stages import balance as balancing
from ..stages.checks.retracted import not_retracted
from ..stages.contract import Asking
from ..stages.counts import Funnel, FunnelRow, Mixtures, funnel_rows, no_prompt, why_lost
from ..stages.pair import PairRule
from ..stages.pool import Bucket, Rows
from ..stages.prompts.index import build_index
from ..stages.unknown_languages import unknown_languages
from . import parts
from .builder import Builder, portable, text_growth
from .closing import Closing, Noted, closing
from .parts import rated_buckets

#: Raised when what a stage computes changes.
VERSIONS = {
    **{"read": 5, "translate": 1, "cross": 1, "index": 1, "complete": 1, "rate": 2, "combine": 2},
    **{"pair": 3, "review": 1, "filter": 3, "balance": 1},
}
_PROMPTS_FOR_WEIGHTS = 1_000


@dataclass(frozen=True)
class Asked:
    """How models are asked.

    Attributes:
        log: the response log; None: in the store.
        again: ask once more for what failed before.
        rehearsal: counts what would be asked, and answers in the models' place; None to ask them.

    """

    log: Path | None = None
    again: bool = False
    rehearsal: asking.Rehearsal | None = None


class BuildRun:
    """The stages of one run, each a method; what they share is the builder, the store and the funnel so far."""

    def __init__(
        self, builder: Builder, store: Store, engine: Engine, limit: int | None, quiet: bool, asked: Asked
    ) -> None:
        self.builder, self.store, self.engine, self.limit, self.quiet = builder, store, engine, limit, quiet
        self.again = asked.again
        self.log = asked.log or store.root / "responses.sqlite"
        self.rehearsal = asked.rehearsal
        self.answers = asked.rehearsal or asking.Logged(self.log)
        self.funnel: list[FunnelRow] = []
        self.scratch = store.root / "scratch"
        self.served: dict[str, set[str]] = {}

    def settings(self) -> dict[str, object]:
        """What steered the run.

        Returns:
            The builder, the limit and the stages' versions.
        """
        return {"builder": self.builder, "limit": self.limit, "versions": VERSIONS}

    def _stage(self, name: str, settings: object, inputs: object) -> Stage:
        return self.store.stage(name, VERSIONS[name], portable(settings), portable(inputs))

    def _close(self, stage: Stage, name: str, unit: str, funnel: Funnel, mixtures: Mixtures | None = None) -> None:
        stage.finish(encode(Closing(funnel_rows(name, unit, funnel), mixtures)))

    def _done(self, stage: Stage) -> Stage:
        self.funnel += closing(stage).funnel
        return stage

    def _parts(
        self,
        name: str,
        stage: Stage,
        table: str,
        function: Callable[..., int],
        jobs: Sequence[tuple[*tuple[object, ...], int]],
        reads: tuple[Stage, str],
        runs: Sequence[object] = (),
        engine: Engine | None = None,
    ) -> None:
        """Runs the jobs whose part is missing; the progress bar counts the rows of `reads`; code of `runs` runs."""
        todo = [job for job in jobs if not stage.part(table, job[-1]).exists()]
        total = sum(parts.rows_of_bucket(*reads, job[-1]) for job in todo)
        with progress.stage(name, total, quiet=self.quiet) as advance:
            part_of = lambda job: stage.part(table, job[-1])  # noqa: E731
            for rows in run_jobs(engine if engine is not None else self.engine, name, function, todo, part_of, runs):
                advance(rows)

    def rated(self) -> tuple[Stage, Rows, Stage, int]:
        """Runs all that asks models.

        Returns:
            The stage of the sources, rows with answers and ratings, the index, the number of buckets.
        """
        read, buckets = self.read()
        rows = self.cross_lingual(self.translate((read,), buckets), buckets)
        index = self.index(rows, buckets)
        return read, self.rate(self.complete(rows, index, buckets), index, buckets), index, buckets

    def read(self) -> tuple[Stage, int]:
        """Reads the sources into buckets.

        Returns:
            The stage, and how many buckets there are.
        """
        jobs = pool.read_jobs(self.builder.sources, self.store)
        buckets = pool.bucket_count(jobs, text_growth(self.builder))
        wanted = None if self.builder.languages is None else frozenset(self.builder.languages)
        if wanted is not None and self.builder.translate:
            wanted |= {self.builder.translate.source}
        inputs = [(pool.described(job.source), [p.name for p in job.files], job.digest) for job in jobs]
        stage = self._stage("read", (buckets, None if wanted is None else sorted(wanted)), inputs)
        if stage.done is None:
            every = [(stage, number, job, buckets, wanted, self.builder.max_bad) for number, job in enumerate(jobs)]
            todo = [job for job in every if not pool.job_record(stage, job[1]).exists()]
            with progress.stage("read", None, quiet=self.quiet) as advance:
                record_of = lambda job: pool.job_record(stage, job[1])  # noqa: E731
                for rows in run_jobs(self.engine, "read", pool.read_job, todo, record_of, self.builder.sources):
                    advance(rows)
            funnel = pool.check_bad_share(stage, jobs, self.builder.max_bad)
            rows_read = funnel_rows("read", "rows", funnel)
            stage.finish(encode(Closing(rows_read, unknown_languages=unknown_languages(stage, funnel))))
        elif self.builder.max_bad < 1:
            pool.check_bad_share(stage, jobs, self.builder.max_bad)
        return self._done(stage), buckets

    def translate(self, rows: Rows, buckets: int) -> Rows:
        """Translates prompts, where the builder asks for it.

        Args:
            rows: the stages so far.
            buckets: how many there are.

        Returns:
            The stages so far, and this one where it was asked for.
        """
        translate = self.builder.translate
        if translate is None:
            return rows
        if self.builder.languages is not None:
            into = tuple(tag for tag in translate.into if tag in self.builder.languages)
            if not into:
                return rows
            translate = replace(translate, into=into)
        wanted = self._within_limit(rows, translate.source)

        def load(number: int) -> Bucket:
            prompts = pool.load_prompts(rows, number)
            if wanted is not None:
                prompts = prompts.filter(pc.is_in(prompts["prompt_id"], wanted))
            return _only(prompts)

        inputs = (_fingerprints(rows), self.builder.split.seed, self.limit)
        stage = self._answered("translate", translate, inputs, lambda: map(load, range(buckets)))
        self._make_prompts("translate", stage, translate, buckets, load)
        return (*rows, self._done(stage))

    def cross_lingual(self, rows: Rows, buckets: int) -> Rows:
        """Asks prompts once more, to be answered in another language, where the builder asks for it.

        Args:
            rows: the stages so far.
            buckets: how many there are.

        Returns:
            As `translate`.
        """
        cross = self.builder.cross_lingual
        if cross is None:
            return rows
        stage = self._stage("cross", (cross, cross.version), _fingerprints(rows))
        self._make_prompts("cross", stage, cross, buckets, lambda number: _only(pool.load_prompts(rows, number)))
        return (*rows, self._done(stage))

    def _within_limit(self, rows: Rows, language: str) -> pa.Array | None:
        """The prompts of a language that --limit leaves, as the index will choose them; None for all."""
        if self.limit is None:
            return None
        chosen = sql.connect(self.scratch, reads=[self.store.root]).execute(
            f"""SELECT prompt_id FROM (SELECT prompt_id, min(group_id) AS group_id
                FROM {sql.parquet(*pool.row_files(rows, "prompts"))} WHERE language = ? GROUP BY prompt_id)
                ORDER BY {sql.order_key(self.builder.split.seed, "group_id")}, prompt_id
                LIMIT {sql.number(self.limit)}""",
            [language],
        )
        return pa.array([prompt for (prompt,) in chosen.fetchall()], pa.string())

    def _make_prompts(
        self, name: str, stage: Stage, made_by: Asking, buckets: int, load: Callable[[int], Bucket]
    ) -> None:
        """Sends the prompts that come of a stage to the buckets that their ids name."""
        if stage.done is not None:
            return
        funnel, rejected = Funnel(), []
        with (
            pool.Writer(stage, 0, buckets) as writer,
            progress.stage(name, None, quiet=self.quiet) as advance,
        ):
            for number in range(buckets):
                tables = asking.collected(made_by, load(number), self.answers)
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
        self._close(stage, name, "prompts", funnel)

    def complete(self, rows: Rows, index: Stage, buckets: int) -> Rows:
        """Has models answer, where the builder asks for it.

        Args:
            rows: the stages so far.
            index: the stage index.
            buckets: how many there are.

        Returns:
            As `translate`.
        """
        complete = self.builder.complete
        return self._asked("complete", complete, rows, index, buckets, "completions") if complete else rows

    def _asked(self, name: str, asked: Asking, rows: Rows, index: Stage, buckets: int, table: str) -> Rows:
        """The rows, and those that models made of them bucket by bucket."""
        inputs = [*_fingerprints(rows), index.fingerprint]
        loaded = lambda: (pool.load_bucket(rows, index, number) for number in range(buckets))  # noqa: E731
        stage = self._answered(name, asked, inputs, loaded)
        if self.rehearsal is not None and name == "rate":
            # Nothing is asked about ratings, and a rater need not be able to read made-up answers.
            return rows
        if stage.done is None:
            jobs = [(stage, rows, index, asked, self.answers, number) for number in range(buckets)]
            self._parts(
                name, stage, "rejected", parts.collect_part, jobs, (index, "index"), (asked,), here_of(self.engine)
            )
            self._close(stage, name, "answers", parts.collect_funnel(stage, index, table))
        return (*rows, self._done(stage))

    def _answered(self, name: str, asked: Asking, inputs: object, buckets: asking.Buckets) -> Stage:
        """The folder of a stage, when all that it asks is answered; the answers are part of its name."""
        settings = (getattr(asked, "name", ""), asked.version, asked)
        if self.rehearsal is not None:
            self.rehearsal.count(name, asked, buckets)
            return self._stage(name, settings, [inputs, "rehearsed"])
        note = self.store.root / f"{name}-{fingerprint(name, VERSIONS[name], portable(settings), inputs)}.asked.json"
        if self.again or read_json(note) is None:
            with ResponseLog(self.log) as log:
                again, quiet, serving = self.again, self.quiet, serving_of(self.engine)
                asking.ask_models(name, asked, buckets, log, again=again, quiet=quiet, serving=serving)
                answers = asking.digest(asked, buckets, log)
                write_json(note, {"answers": answers, "served": log.served_names()})
        noted = decode(Noted, read_json(note), f"{note} is damaged", "delete it and build again")
        for model, names in noted.served.items():
            self.served.setdefault(model, set()).update(names)
        return self._stage(name, settings, [inputs, noted.answers])

    def index(self, rows: Rows, buckets: int) -> Stage:
        """Finds near-copies and prompts of evaluation sets.

        Args:
            rows: the stages so far.
            buckets: how many there are.

        Returns:
            The stage.

        Raises:
            UserError: no source has a usable prompt in the languages of the build.
        """
        prompts = self.builder.prompts
        wanted = self.builder.languages if self.builder.translate else None
        settings = (self.builder.split.seed, self.limit, prompts, prompts.version, wanted)
        stage = self._stage("index", settings, [*_fingerprints(rows), *prompts.digests(self.store)])
        if stage.done is None:
            if not pool.row_files(rows, "prompts"):
                raise UserError(no_prompt(self.builder.languages or (), self.funnel))
            with progress.stage("index", None, quiet=self.quiet) as advance:
                seed = self.builder.split.seed
                funnel = build_index(stage, rows, buckets, seed, self.limit, prompts, self.scratch, wanted)
                advance(sum(rows for (_, outcome, _), rows in funnel.items() if outcome == "in"))
            self._close(stage, "index", "prompts", funnel)
        return self._done(stage)

    def rate(self, rows: Rows, index: Stage, buckets: int) -> Rows:
        """Has the answers rated, by each of a combined rater's raters too.

        Args:
            rows: the stages so far.
            index: the stage index.
            buckets: how many there are.

        Returns:
            The stages so far, and those with ratings or verdicts.
        """
        rater = self.builder.rater
        if not is_combining(rater):
            return self._rated(rater, rows, index, buckets)
        if rater.models:
            rows = self._asked("rate", rater, rows, index, buckets, "ratings")
        if self.rehearsal is not None:
            return rows
        for one in rater.raters:
            if not is_asking(one):
                rows = self._rated(one, rows, index, buckets)
        settings = [(one.name, one.version, one) for one in rater.raters], rater, rater.version
        stage = self._stage("combine", settings, [*_fingerprints(rows), index.fingerprint])
        if stage.done is None:
            con = sql.connect(self.scratch, reads=[self.store.root])
            spreads = scales(con, rated_buckets(rows, buckets), rater.scorers)
            jobs = [(stage, rows, index, rater, spreads, number) for number in range(buckets)]
            self._parts("combine", stage, "rejected", parts.combine_part, jobs, (index, "index"))
            self._close(stage, "combine", "answers", parts.collect_funnel(stage, index, rater.table))
        return (*rows, self._done(stage))

    def _rated(self, rater: Rater, rows: Rows, index: Stage, buckets: int) -> Rows:
        if is_given(rater):
            return rows
        if is_asking(rater):
            return self._asked("rate", rater, rows, index, buckets, rater.table)
        stage = self._stage("rate", (rater.name, rater.version, rater), [*_fingerprints(rows), index.fingerprint])
        if stage.done is None:
            fitted = self._fitted(rater, rows) if is_fitted(rater) else None
            jobs = [(stage, rows, index, rater, fitted, number) for number in range(buckets)]
            self._parts("rate", stage, "ratings", parts.rate_part, jobs, (index, "index"), (rater,))
            self._close(stage, "rate", "answers", parts.rate_funnel(stage, index))
        # What one of several raters did not score is counted where they are combined.
        return (*rows, self._done(stage) if rater is self.builder.rater else stage)

    def _fitted(self, rater: FittedRater[object], rows: Rows) -> dict[str, object]:
        """Language -> what a rater learns from its prompts."""
        con = sql.connect(self.scratch, reads=[self.store.root])
        prompts = con.execute(
            f"""SELECT language, list_aggregate(list_transform(prompt, lambda m: m.content), 'string_agg', ' ')
                FROM {sql.parquet(*pool.row_files(rows, "prompts"))}
                QUALIFY row_number() OVER (PARTITION BY language ORDER BY prompt_id)
                        <= {sql.number(_PROMPTS_FOR_WEIGHTS)}"""
        ).fetchall()
        texts: dict[str, list[str]] = {}
        for language, text in prompts:
            texts.setdefault(language, []).append(text)
        with own_code(rater, f"rater '{rater.name}'"):
            fitted = {language: rater.fit(of_language) for language, of_language in texts.items()}
        for language, learnt in fitted.items() if is_own(rater) else ():
            check_sendable(learnt, f"rater '{rater.name}'{of_class(rater)}: what fit() returned for {language}")
        return fitted

    def pair(self, rows: Rows, index: Stage, buckets: int) -> Stage:
        """Chooses chosen and rejected.

        Args:
            rows: the stages so far.
            index: the stage index.
            buckets: how many there are.

        Returns:
            The stage.
        """
        rule, rater = self.builder.pairs, self.builder.rater.name
        inputs = [*_fingerprints(rows), index.fingerprint]
        stage = self._stage("pair", (rule, rule.version, rater), inputs)
        if stage.done is None:
            units = self._units(rule, rater, rows, buckets)
            jobs = [(stage, rows, index, rule, rater, units, number) for number in range(buckets)]
            self._parts("pair", stage, "pairs", parts.pair_part, jobs, (index, "index"))
            stage.finish(encode(Closing(parts.pair_funnel(stage, index, rows, rule, rater))))
        return self._done(stage)

    def _units(self, rule: PairRule, rater: str, rows: Rows, buckets: int) -> pa.Table | None:
        """The standard deviation of the rater's scores in every language (columns language, unit)."""
        if rule.margin_unit == "score":
            return None
        if not pool.row_files(rows, "ratings"):
            raise UserError(f"a margin in standard deviations needs scores, and rater '{rater}' gave none")
        spreads = scales(sql.connect(self.scratch, reads=[self.store.root]), rated_buckets(rows, buckets), [rater])
        return spreads.select(["language", "sd"]).rename_columns(["language", "unit"])

    def review(self, pair: Stage, buckets: int) -> Stage:
        """Carries out people's decisions.

        Args:
            pair: the stage pair.
            buckets: how many there are.

        Returns:
            The stage; the stage pair itself where there are no decisions.

        Raises:
            UserError: none of the decisions is about a pair of this build.
        """
        if self.builder.review is None:
            return pair
        path = Path(self.builder.review)
        decisions = reviewing.read_decisions(path).decisions
        stage = self._stage("review", (), [pair.fingerprint, self.store.digest(path)])
        if stage.done is None:
            if not reviewing.count_known(decisions, pair.parts("pairs")):
                raise UserError(f"no pair of {path} is in this build; give the decisions of a review of this dataset")
            jobs = [(stage, pair, decisions, number) for number in range(buckets)]
            self._parts("review", stage, "pairs", parts.review_part, jobs, (pair, "pairs"))
            self._close(stage, "review", "pairs", parts.review_funnel(stage))
        return self._done(stage)

    def filter(self, rows: Rows, index: Stage, pair: Stage, buckets: int) -> Stage:
        """Checks the pairs.

        Args:
            rows: the stages so far.
            index: the stage index.
            pair: the stage with the pairs.
            buckets: how many there are.

        Returns:
            The stage.
        """
        filters = (*not_retracted(self.builder.retracted, self.builder.split.previous), *self.builder.filters)
        settings = [(one.name, one.version, one) for one in filters], parts.detectors_of(filters, self.store.digest)
        stage = self._stage("filter", settings, [*_fingerprints(rows), index.fingerprint, pair.fingerprint])
        if stage.done is None:
            jobs = [(stage, rows, index, pair, filters, number) for number in range(buckets)]
            self._parts("filter", stage, "filtered", parts.filter_part, jobs, (pair, "pairs"), filters)
            self._close(stage, "filter", "pairs", parts.filter_funnel(stage))
        return self._done(stage)

    def balance(self, index: Stage, pair: Stage, filtered: Stage, buckets: int) -> tuple[Stage, Mixtures]:
        """Splits and ranks the pairs, and fills the mixtures.

        Args:
            index: the stage index.
            pair: the stage with the pairs.
            filtered: the stage filter.
            buckets: how many there are.

        Returns:
            The stage, and the builder's mixtures in their order: name -> language -> quota.
        """
        builder = self.builder
        earlier = released.files_of(Path(builder.split.previous)) if builder.split.previous else []
        settings = (builder.mixtures, builder.split, builder.split.version)
        inputs = [index.fingerprint, pair.fingerprint, filtered.fingerprint]
        inputs += [self.store.digest(path) for path in earlier]
        stage = self._stage("balance", settings, inputs)
        if stage.done is None:
            with progress.stage("balance", None, quiet=self.quiet) as advance:
                mixtures, funnel = balancing.balance_pairs(
                    stage,
                    builder.mixtures,
                    builder.split,
                    sql.parquet(pair.path / "pairs-*.parquet"),
                    sql.parquet(filtered.path / "filtered-*.parquet"),
                    sql.parquet(index.path / "index-*.parquet"),
                    buckets,
                    released.assignment(earlier) if earlier else None,
                    self.scratch,
                    "; ".join(filter(None, (why_lost(self.funnel), builder.unrated()))),
                )
                advance(sum(rows for (_, outcome, _), rows in funnel.items() if outcome == "in"))
            self._close(stage, "balance", "pairs", funnel, mixtures)
        quotas = closing(stage).mixtures or {}
        return self._done(stage), {mixture.name: quotas[mixture.name] for mixture in builder.mixtures}


def _only(prompts: pa.Table) -> Bucket:
    """A bucket of prompts and nothing else."""
    return Bucket(prompts, *(form.empty_table() for form in list(pool.TABLES.values())[1:]))


def _fingerprints(rows: Rows) -> list[str]:
    return [stage.fingerprint for stage in rows]
