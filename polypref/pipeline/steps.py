"""The stages of one run, each made only where it is not made yet."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pyarrow as pa

from ..console import progress
from ..console.escaping import lines
from ..console.redaction import redact_text
from ..engines.running import here_of, run_jobs
from ..errors import UserError
from ..files import sql
from ..files.records import encode
from ..files.store import Stage, fingerprints
from ..languages import own
from ..raters.combined import scales
from ..review.applying import decided_pairs
from ..review.decisions import read_decisions
from ..stages import balance as balancing
from ..stages import pool, released
from ..stages.checks.contract import Check, Subject
from ..stages.checks.findings import subjects_of
from ..stages.checks.retracted import not_retracted
from ..stages.counts import Mixtures, funnel_rows
from ..stages.joined_scores import joined_scores, joins_scores
from ..stages.no_prompts import no_prompt
from ..stages.pool import Rows
from ..stages.prompts.index import build_index, joined_prompts
from ..stages.prompts.signatures import signed_by
from ..stages.shares import SharedOut
from ..stages.typed_twins import typed_twins
from ..stages.unknown_languages import left_out_by_name, unknown_languages
from ..stages.unpaired import ROWS
from ..stages.usable import Buckets
from ..stages.vote_agreement import VoteAgreement, several_judge, vote_agreement
from . import parts
from .builder import text_growth
from .checking import Negatives, check_funnels, check_part, detectors_and_files, filter_funnel, filter_part
from .closing import Closing, closing
from .context import VERSIONS, RunContext
from .evidence import Stages, explain_nothing, explain_shortage, explain_unrated
from .group_pools import SCORES, Pooling, pooled_part, write_points
from .pairing import Pairing, pair_ways_funnel, pair_ways_part
from .parts import rated_buckets
from .prompting import ask_cross_lingually, translate_prompts
from .rating import Rating, asked_rows, check_scores
from .unpaired import flag_rows, make_labels
from .ways import SourceWay, raters_by_source


class BuildRun:
    """The stages of one run, each a method; what they share is in `run`."""

    def __init__(self, run: RunContext) -> None:
        self.run, self.builder, self.ways = run, run.builder, run.builder.ways
        self.rating = Rating(run)

    def settings(self) -> dict[str, object]:
        """What steered the run.

        Returns:
            The builder, the limit and the stages' versions; and how each source is rated and paired, where it is in
            another way than the builder's.
        """
        steered: dict[str, object] = {"builder": self.builder, "limit": self.run.limit, "versions": VERSIONS}
        own = all((way.rater, way.pairs) == (self.builder.rater, self.builder.pairs) for way in self.ways)
        return steered if own else steered | {"ways": self.ways}

    def rated(self) -> tuple[Stage, Rows, Stage, Stage, int]:
        """Runs all that asks models, and the checks of prompts and answers between answering and rating.

        Returns:
            The stage of the sources, rows with answers and ratings, the index, the stage check, the number of buckets.
        """
        read, buckets = self.read()
        rows = ask_cross_lingually(self.run, translate_prompts(self.run, (read,), buckets), buckets)
        index = self.index(rows, buckets)
        rows = self.complete(rows, index, buckets)
        check = self.check(rows, index, buckets)
        rated = self.rating.rate(rows, index, check, buckets)
        if self.run.rehearsal is None and not self.builder.unpaired:
            self.rating.count(rated, index, check, buckets)
        return read, rated, index, check, buckets

    def read(self) -> tuple[Stage, int]:
        """Reads the sources into buckets.

        Returns:
            The stage, and how many buckets there are.
        """
        jobs = pool.read_jobs(self.builder.sources, self.run.store)
        buckets = pool.bucket_count(jobs, text_growth(self.builder))
        wanted = None if self.builder.languages is None else frozenset(self.builder.languages)
        if wanted is not None and self.builder.translate:
            wanted |= {self.builder.translate.source}
        inputs = [(pool.described(job.source), [p.name for p in job.files], job.digest) for job in jobs]
        settings: list[object] = [buckets, None if wanted is None else sorted(wanted)]
        if registered := own.as_record():
            settings.append(registered)  # rows in them were left out before, or checked by another description
        stage = self.run.open_stage("read", settings, inputs)
        if stage.done is None:
            every = [(stage, number, job, buckets, wanted, self.builder.max_bad) for number, job in enumerate(jobs)]
            todo = [job for job in every if not pool.job_record(stage, job[1]).exists()]
            with progress.stage("read", None, quiet=self.run.quiet) as advance:
                record_of = lambda job: pool.job_record(stage, job[1])  # noqa: E731
                for rows in run_jobs(self.run.engine, "read", pool.read_job, todo, record_of, self.builder.sources):
                    advance(rows)
            counts = pool.check_bad_share(stage, jobs, self.builder.max_bad)
            unknown, notes = unknown_languages(stage, counts.rows), pool.notes_of_jobs(stage, jobs)
            notes += [left_out_by_name(unknown)] if unknown else []
            notes += self._joined_scores(stage, jobs)
            con = sql.connect(self.run.scratch, reads=[self.run.store.root])
            notes += [one.sentence() for one in typed_twins(con, stage, jobs)]
            by_source = pool.counted_by_source(stage, jobs)
            stage.finish(encode(Closing(counts.funnel(), unknown_languages=unknown, notes=notes, by_source=by_source)))
        elif self.builder.max_bad < 1:
            pool.check_bad_share(stage, jobs, self.builder.max_bad)
        for note in closing(stage).notes:
            print(lines(redact_text(note)), file=sys.stderr)
        return self.run.finished(stage), buckets

    def _joined_scores(self, stage: Stage, jobs: Sequence[pool.ReadJob]) -> list[str]:
        """What to say of sources of whose answers some have several scores that count as one."""
        sources = {job.source.name: job.source for job in jobs if joins_scores(job.source)}
        if not sources:
            return []
        con, sentences = sql.connect(self.run.scratch, reads=[self.run.store.root]), list[str]()
        for name, source in sources.items():
            numbers = [number for number, job in enumerate(jobs) if job.source.name == name]
            files = [path for number in numbers for path in sorted(stage.path.glob(f"ratings-*-{number:05d}.parquet"))]
            sentences.append(joined_scores(con, source, files))
        return list(filter(None, sentences))

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
        if complete is None:
            return rows
        return asked_rows(self.run, "complete", complete, Buckets(rows, index, None, complete.sources), buckets)

    def check(self, rows: Rows, index: Stage, buckets: int) -> Stage:
        """Checks prompts and answers.

        Args:
            rows: the stages so far.
            index: the stage index.
            buckets: how many there are.

        Returns:
            The stage. A rehearsal in which models answer checks nothing: their answers are not there.
        """
        without_answers = self.run.rehearsal is not None and self.builder.complete is not None
        checks = () if without_answers else self._chain("prompt", "answer")
        settings = [(one.name, one.version, one) for one in checks], detectors_and_files(checks, self.run.store.digest)
        negatives = self._negatives
        named = negatives[None] if None in negatives else sorted(negatives.items(), key=str)
        least, alone = (1, ["unpaired"]) if self.builder.unpaired else (2, [])
        stage = self.run.open_stage("check", settings, [*fingerprints(rows), index.fingerprint, named, *alone])
        if stage.done is None:
            jobs = [(stage, rows, index, checks, negatives, least, number) for number in range(buckets)]
            self.run.make_parts("check", stage, "findings", check_part, jobs, (index, "index"), checks)
            prompts, answers = check_funnels(stage, rows, index, least)
            funnel = [*funnel_rows("check", "prompts", prompts), *funnel_rows("check", "answers", answers)]
            stage.finish(encode(Closing(funnel)))
        return self.run.finished(stage)

    @property
    def _negatives(self) -> Negatives:
        """Source -> the checks whose answers may be rejected; None stands for all sources, where they are the same."""
        if len({way.pairs.negatives for way in self.ways}) == 1:
            return {None: self.ways[0].pairs.negatives}
        return {name: way.pairs.negatives for way in self.ways for name in way.sources}

    def _chain(self, *subjects: Subject) -> tuple[Check, ...]:
        """The builder's checks of these; what was taken back from earlier releases first."""
        chain = (*not_retracted(self.builder.retracted, self.run.previous), *self.builder.filters)
        return tuple(one for one in chain if not set(subjects).isdisjoint(subjects_of(one)))

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
        if self.builder.evaluation_set:
            # What is built from a set holds its prompts, and what is never trained on may.
            prompts = replace(prompts, known_sets=())
        wanted = self.builder.languages if self.builder.translate else None
        # A limit counts what is to be answered in another language apart.
        limit = None if self.run.limit is None else [self.run.limit, "of each kind"]
        settings = (self.builder.split.seed, limit, prompts, prompts.version, wanted, signed_by())
        stage = self.run.open_stage("index", settings, [*fingerprints(rows), *prompts.digests(self.run.store)])
        if stage.done is None:
            if not pool.row_files(rows, "prompts"):
                raise UserError(no_prompt(self.builder.languages or (), self.run.funnel, self.builder.sources))
            with progress.stage("index", None, quiet=self.run.quiet) as advance:
                seed = self.builder.split.seed
                here = here_of(self.run.engine)
                given = rows, buckets, seed, self.run.limit, prompts, self.run.scratch, wanted, here
                funnel = build_index(stage, *given)
                advance(sum(rows for (_, outcome, _), rows in funnel.items() if outcome == "in"))
            joined = funnel_rows("index", "rows", joined_prompts(pool.row_files(rows, "prompts")))
            stage.finish(encode(Closing([*joined, *funnel_rows("index", "prompts", funnel)])))
        return self.run.finished(stage)

    def pair(self, rows: Rows, index: Stage, check: Stage, buckets: int) -> Stage:
        """Chooses chosen and rejected.

        Args:
            rows: the stages so far.
            index: the stage index.
            check: the stage that checked prompts and answers.
            buckets: how many there are.

        Returns:
            The stage.
        """
        if self.builder.unpaired:
            return make_labels(self.run, self.ways, rows, index, check, buckets)
        inputs = [*fingerprints(rows), index.fingerprint, check.fingerprint]
        if len(self.ways) > 1:
            return self._pair_ways(rows, index, check, buckets, inputs)
        rule, rater, join = self.ways[0].pairs, self.ways[0].rater.name, self.ways[0].join
        stage = self.run.open_stage("pair", (rule, rule.version, rater, join), inputs)
        if stage.done is None:
            self._make_points(stage, rows, index, check, buckets, [Pooling(0, rule, rater, None)])
            units = self._units(self.ways[0], None, rows, buckets)
            jobs = [(stage, rows, index, check, rule, rater, join, units, number) for number in range(buckets)]
            self.run.make_parts("pair", stage, "pairs", parts.pair_part, jobs, (index, "index"))
            funnel = parts.pair_funnel(stage, index, check, rows, rule, rater)
            stage.finish(encode(Closing(funnel, agreement=self._agreement(rows, index))))
        return self.run.finished(stage)

    def _pair_ways(self, rows: Rows, index: Stage, check: Stage, buckets: int, inputs: list[str]) -> Stage:
        """Chooses pairs in each way of the build, and joins them."""
        settings = [(way.pairs, way.pairs.version, way.rater.name, way.sources, way.join) for way in self.ways]
        stage = self.run.open_stage("pair", settings, inputs)
        if stage.done is None:
            pairings = [
                Pairing(way.pairs, way.rater.name, way.sources, way.join, self._units(way, way.sources, rows, buckets))
                for way in self.ways
            ]
            poolings = [Pooling(at, way.rule, way.rater, way.sources) for at, way in enumerate(pairings)]
            self._make_points(stage, rows, index, check, buckets, poolings)
            jobs = [(stage, rows, index, check, pairings, number) for number in range(buckets)]
            self.run.make_parts("pair", stage, "pairs", pair_ways_part, jobs, (index, "index"))
            funnel = pair_ways_funnel(stage, check, rows, index)
            stage.finish(encode(Closing(funnel, agreement=self._agreement(rows, index))))
        return self.run.finished(stage)

    def _make_points(
        self, stage: Stage, rows: Rows, index: Stage, check: Stage, buckets: int, poolings: Sequence[Pooling]
    ) -> None:
        """Makes the points of groups, for the rules that pool scores; nothing where none does."""
        pooled = [one for one in poolings if one.rule.pool == "group"]
        if pooled:
            jobs = [(stage, rows, index, check, pooled, number) for number in range(buckets)]
            self.run.make_parts("pair", stage, SCORES, pooled_part, jobs, (index, "index"))
            con = sql.connect(self.run.scratch, reads=[stage.path])
            write_points(stage, pooled, con)
            con.close()

    def _agreement(self, rows: Rows, index: Stage) -> list[VoteAgreement]:
        """How far those agree who judged the same answers, of every rater of the build that is several people."""
        declared = [source.fields for source in self.builder.sources]
        raters = [way.rater.name for way in self.ways if way.pairs.rule == "given"]
        con = sql.connect(self.run.scratch, reads=[self.run.store.root])
        verdicts = pool.row_files(rows, "verdicts")
        return [
            row
            for rater in dict.fromkeys(raters)
            if several_judge(declared, rater)
            for row in vote_agreement(con, verdicts, index.path / "index-*.parquet", rater)
        ]

    def _units(self, way: SourceWay, sources: tuple[str, ...] | None, rows: Rows, buckets: int) -> pa.Table | None:
        """The standard deviation of a rater's scores in every language (columns language, unit)."""
        if way.pairs.rule != "given":
            check_scores(self.run, [way.rater], sources, rows)
        if way.pairs.margin_unit == "score":
            return None
        if not pool.row_files(rows, "ratings"):
            raise UserError(f"a margin in standard deviations needs scores: {explain_unrated(self.run, Stages(rows))}")
        con = sql.connect(self.run.scratch, reads=[self.run.store.root])
        spreads = scales(con, rated_buckets(rows, buckets, sources), [way.rater.name])
        return spreads.select(["language", "sd"]).rename_columns(["language", "unit"])

    def review(self, pair: Stage, buckets: int) -> Stage:
        """Carries out people's decisions.

        Args:
            pair: the stage pair.
            buckets: how many there are.

        Returns:
            The stage; the stage pair itself where there are no decisions.

        Raises:
            UserError: none of the decisions is about a pair of this build, or one names an answer that is not in its
                pair.
        """
        if self.builder.review is None:
            return pair
        path = Path(self.builder.review)
        decisions = read_decisions(path).decisions
        stage = self.run.open_stage("review", (), [pair.fingerprint, self.run.store.digest(path)])
        if stage.done is None:
            if not decided_pairs(decisions, pair.parts("pairs"), str(path)):
                thing = "row" if self.builder.unpaired else "pair"
                raise UserError(
                    f"no {thing} of {path} is in this build; give the decisions of a review of this dataset"
                )
            jobs = [(stage, pair, decisions, number) for number in range(buckets)]
            self.run.make_parts("review", stage, "pairs", parts.review_part, jobs, (pair, "pairs"))
            things = ROWS if self.builder.unpaired else "pairs"
            self.run.close(stage, "review", things, parts.review_funnel(stage))
        return self.run.finished(stage)

    def filter(self, rows: Rows, index: Stage, check: Stage, pair: Stage, buckets: int) -> Stage:
        """Checks the pairs.

        Args:
            rows: the stages so far.
            index: the stage index.
            check: the stage that checked prompts and answers.
            pair: the stage with the pairs.
            buckets: how many there are.

        Returns:
            The stage.
        """
        if self.builder.unpaired:
            return flag_rows(self.run, check, pair, buckets)
        filters = self._chain("pair")
        settings = (
            [(one.name, one.version, one) for one in filters],
            detectors_and_files(filters, self.run.store.digest),
        )
        inputs = [*fingerprints(rows), *(one.fingerprint for one in (index, check, pair))]
        stage = self.run.open_stage("filter", settings, inputs)
        if stage.done is None:
            jobs = [(stage, rows, index, check, pair, filters, number) for number in range(buckets)]
            self.run.make_parts("filter", stage, "filtered", filter_part, jobs, (pair, "pairs"), filters)
            self.run.close(stage, "filter", "pairs", filter_funnel(stage))
        return self.run.finished(stage)

    def balance(
        self, rows: Rows, index: Stage, check: Stage, pair: Stage, filtered: Stage, buckets: int
    ) -> tuple[Stage, Mixtures]:
        """Splits and ranks the pairs, and fills the mixtures.

        Args:
            rows: the stages whose prompts, answers and ratings make up the buckets.
            index: the stage index.
            check: the stage that checked prompts and answers.
            pair: the stage with the pairs.
            filtered: the stage filter.
            buckets: how many there are.

        Returns:
            The stage, and the builder's mixtures in their order: name -> language -> quota.
        """
        builder, run = self.builder, self.run
        earlier = released.files_of(run.previous) if run.previous else []
        mixtures_then = released.mixtures_of(run.previous, earlier) if run.previous else {}
        settings: tuple[object, ...] = (builder.mixtures, builder.split, builder.split.version)
        shared = None
        if builder.shares is not None:
            raters = raters_by_source(self.ways, builder.sources)
            shared = SharedOut(builder.shares, pool.row_files(rows, "prompts"), raters)
            settings = (*settings, builder.shares, builder.shares.version, list(raters.items()))
        inputs: list[object] = [index.fingerprint, pair.fingerprint, filtered.fingerprint]
        inputs += [self.run.store.digest(path) for path in earlier]
        if earlier:
            inputs.append({"order": released.ORDER_VERSION, "mixtures": mixtures_then})
        stage = self.run.open_stage("balance", settings, inputs)
        if stage.done is None:
            with progress.stage("balance", None, quiet=self.run.quiet) as advance:
                balanced = balancing.balance_pairs(
                    stage,
                    builder.mixtures,
                    builder.split,
                    sql.parquet(pair.path / "pairs-*.parquet"),
                    sql.parquet(filtered.path / "filtered-*.parquet"),
                    sql.parquet(index.path / "index-*.parquet"),
                    buckets,
                    released.assignment(earlier) if earlier else None,
                    self.run.scratch,
                    partial(explain_nothing, self.run, Stages(rows, index, check, pair, filtered)),
                    partial(explain_shortage, self.run),
                    shared,
                    "row" if builder.unpaired else "pair",
                    released.released_rows(earlier, mixtures_then) if earlier else None,
                    pool.row_files(rows, "completions"),
                )
                advance(sum(rows for (_, outcome, _), rows in balanced.funnel.items() if outcome == "in"))
            unit = ROWS if builder.unpaired else "pairs"
            funnel = funnel_rows("balance", unit, balanced.funnel)
            closed = Closing(funnel, balanced.mixtures, notes=balanced.notes, ranges=balanced.ranges)
            stage.finish(encode(replace(closed, not_drawn=balanced.not_drawn)))
        for note in closing(stage).notes:
            print(lines(redact_text(note)), file=sys.stderr)
        quotas = closing(stage).mixtures or {}
        return self.run.finished(stage), {mixture.name: quotas[mixture.name] for mixture in builder.mixtures}
