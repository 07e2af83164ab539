"""Who rates in a build: each rater bucket by bucket, then those that are combined, and what became of the answers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from ..engines.running import here_of
from ..files import sql
from ..files.records import encode
from ..files.store import Stage, fingerprints
from ..raters.combined import scales
from ..raters.contract import CombiningRater, FittedRater, Rater, is_asking, is_combining, is_fitted, is_given
from ..scripting.own_code import is_own, of_class, own_code
from ..scripting.sending import check_sendable
from ..stages import pool
from ..stages.contract import Asking
from ..stages.counts import funnel_rows
from ..stages.directions import check_direction, check_occasions
from ..stages.pool import Rows
from ..stages.usable import Buckets
from . import parts
from .closing import Closing
from .context import RunContext
from .parts import prompts_of, rated_buckets
from .rated import RatedBy, rated_funnel, rated_part
from .ways import raters_of

_PROMPTS_FOR_WEIGHTS = 1_000


class Rating:
    """The raters of one run, and in which stages each of them rated."""

    def __init__(self, run: RunContext) -> None:
        """Begins with none that has rated.

        Args:
            run: the run.
        """
        self.run = run
        self._stages_by: dict[tuple[str, str], list[Stage]] = {}

    def rate(self, rows: Rows, index: Stage, check: Stage, buckets: int) -> Rows:
        """Has the answers rated that can come to be in a pair, by each rater, and by each of a combined rater's raters.

        Args:
            rows: the stages so far.
            index: the stage index.
            check: the stage that checked prompts and answers.
            buckets: how many there are.

        Returns:
            The stages so far, and those with ratings or verdicts.
        """
        usable, rated = None if self.run.builder.rate_every_answer else check, rows
        for rater, sources in self._raters:
            # Each of the rows alone: another rater's settings change nothing of what it is asked about.
            loaded = Buckets(rows, index, usable, sources)
            one = self._combined(rater, loaded, buckets) if is_combining(rater) else self._rated(rater, loaded, buckets)
            if len(one) > len(rows):
                rated = (*rated, *one[len(rows) :])
        return rated

    @property
    def _raters(self) -> list[tuple[Rater, tuple[str, ...] | None]]:
        """Who rates, and which sources' prompts; None for all where there is one way."""
        if len(self.run.builder.ways) == 1:
            return [(self.run.builder.ways[0].rater, None)]
        return list(raters_of(self.run.builder.ways))

    def count(self, rows: Rows, index: Stage, check: Stage, buckets: int) -> Stage:
        """Counts what became of the answers that pass the checks where they are rated, for each rater.

        Args:
            rows: the stages so far, with those that rated.
            index: the stage index.
            check: the stage that checked prompts and answers.
            buckets: how many there are.

        Returns:
            The stage: one of its own, as what was rated may stay where the checks change (`rate_every_answer`).
        """
        raters = self._rated_by()
        settings = [(one.name, sorted(one.tables), one.stage, one.sources, one.alone, one.every) for one in raters]
        stage = self.run.open_stage("rated", settings, [*fingerprints(rows), index.fingerprint, check.fingerprint])
        if stage.done is None:
            jobs = [(stage, rows, index, check, raters, number) for number in range(buckets)]
            self.run.make_parts("rated", stage, "counts", rated_part, jobs, (index, "index"))
            stage.finish(encode(Closing(rated_funnel(stage))))
        return self.run.finished(stage)

    def _rated_by(self) -> list[RatedBy]:
        """All who rate: each of a combined rater's raters by itself too."""
        by_key: dict[tuple[str, str], RatedBy] = {}
        for way in self.run.builder.ways:
            sources = None if len(self.run.builder.ways) == 1 else way.sources
            given = "verdicts" if way.pairs.rule == "given" else "ratings"
            for rater in (way.rater, *(way.rater.raters if is_combining(way.rater) else ())):
                stage = "combine" if is_combining(rater) else "rate"
                # Of a combined rater's raters those that came with the sources give scores.
                table = given if is_given(rater) and rater is way.rater else "ratings"
                # What somebody's own rater without a model calls `table` is a matter of its own.
                if is_asking(rater) or is_combining(rater):
                    table = rater.table
                before = by_key.get((stage, rater.name))
                both = sources and before and before.sources and (*before.sources, *sources)
                by_key[stage, rater.name] = RatedBy(
                    rater.name,
                    frozenset({table} | (before.tables if before else set())),
                    stage,
                    tuple(dict.fromkeys(both)) if both else sources,
                    tuple(self._stages_by.get((stage, rater.name), ())),
                    every=self.run.builder.rate_every_answer and not is_given(rater),
                )
        several = Counter(stage for stage, _ in by_key)
        return [replace(one, alone=several[one.stage] == 1) for one in by_key.values()]

    def _combined(self, rater: CombiningRater, loaded: Buckets, buckets: int) -> Rows:
        """The rows, those that a combined rater's raters made of them, and what it made of these."""
        rows, index = loaded.rows, loaded.index
        for one in rater.raters:
            # In a rehearsal what a rater without a model would rate is not there.
            if self.run.rehearsal is None or is_asking(one):
                rows = (*rows, *self._rated(one, loaded, buckets)[len(loaded.rows) :])
        if self.run.rehearsal is not None:
            return loaded.rows
        settings = [(one.name, one.version, one) for one in rater.raters], rater, rater.version
        loaded = replace(loaded, rows=rows)
        stage = self.run.open_stage("combine", settings, loaded.fingerprints)
        if stage.done is None:
            con = sql.connect(self.run.scratch, reads=[self.run.store.root])
            check_scores(self.run, rater.raters, loaded.sources, rows)
            spreads = scales(con, rated_buckets(rows, buckets, loaded.sources), rater.scorers)
            jobs = [(stage, loaded, rater, spreads, number) for number in range(buckets)]
            self.run.make_parts("combine", stage, "rejected", parts.combine_part, jobs, (index, "index"))
            stage.finish(encode(Closing([])))
        self._note_stage("combine", rater, stage)
        return (*rows, self.run.finished(stage))

    def _rated(self, rater: Rater, loaded: Buckets, buckets: int) -> Rows:
        rows, index = loaded.rows, loaded.index
        if is_given(rater):
            return rows
        if is_asking(rater):
            rated = asked_rows(self.run, "rate", rater, loaded, buckets)
        else:
            stage = self.run.open_stage("rate", (rater.name, rater.version, rater), loaded.fingerprints)
            if stage.done is None:
                fitted = self._fitted(rater, loaded) if is_fitted(rater) else None
                jobs = [(stage, loaded, rater, fitted, number) for number in range(buckets)]
                self.run.make_parts("rate", stage, "ratings", parts.rate_part, jobs, (index, "index"), (rater,))
                stage.finish(encode(Closing([])))
            rated = (*rows, self.run.finished(stage))
        for stage in rated[len(rows) :]:
            self._note_stage("rate", rater, stage)
        return rated

    def _note_stage(self, name: str, rater: Rater, stage: Stage) -> None:
        """Keeps in which stages a rater rated: of one that rates in two ways there may be two."""
        stages = self._stages_by.setdefault((name, rater.name), [])
        if stage.path not in [one.path for one in stages]:
            stages.append(stage)

    def _fitted(self, rater: FittedRater[object], loaded: Buckets) -> dict[str, object]:
        """Language -> what a rater learns from its prompts."""
        con = sql.connect(self.run.scratch, reads=[self.run.store.root])
        prompts = con.execute(
            f"""SELECT language, list_aggregate(list_transform(prompt, lambda m: m.content), 'string_agg', ' ')
                FROM (FROM {prompts_of(pool.row_files(loaded.rows, "prompts"), loaded.sources)}
                      QUALIFY row_number() OVER (PARTITION BY prompt_id) = 1)
                QUALIFY row_number() OVER (PARTITION BY language ORDER BY prompt_id)
                        <= {sql.number(_PROMPTS_FOR_WEIGHTS)}
                ORDER BY language, prompt_id"""
        ).fetchall()
        texts: dict[str, list[str]] = {}
        for language, text in prompts:
            texts.setdefault(language, []).append(text)
        with own_code(rater, f"rater '{rater.name}'"):
            fitted = {language: rater.fit(of_language) for language, of_language in texts.items()}
        for language, learnt in fitted.items() if is_own(rater) else ():
            check_sendable(learnt, f"rater '{rater.name}'{of_class(rater)}: what fit() returned for {language}")
        return fitted


def asked_rows(run: RunContext, name: str, asked: Asking, loaded: Buckets, buckets: int) -> Rows:
    """The rows, and those that models made of them bucket by bucket.

    Args:
        run: the run.
        name: of the stage.
        asked: what asks.
        loaded: gives the buckets.
        buckets: how many there are.

    Returns:
        The stages so far, and the one with what came of the answers; in a rehearsal not where it would rate.
    """
    rows, index = loaded.rows, loaded.index
    stage = run.answered(name, asked, loaded.fingerprints, lambda: map(loaded.load, range(buckets)))
    if run.rehearsal is not None and name == "rate":
        # Nothing is asked about ratings, and a rater need not be able to read made-up answers.
        return rows
    if stage.done is None:
        jobs = [(stage, loaded, asked, run.answers, number) for number in range(buckets)]
        run.make_parts(
            name, stage, "rejected", parts.collect_part, jobs, (index, "index"), (asked,), here_of(run.engine)
        )
        # What raters made of answers is counted when all have rated.
        answers = [] if name == "rate" else funnel_rows(name, "answers", parts.collect_funnel(stage, index))
        stage.finish(encode(Closing(answers)))
    return (*rows, run.finished(stage))


def check_scores(run: RunContext, raters: Sequence[Rater], names: Sequence[str] | None, rows: Rows) -> None:
    """Sees that scores of some sources have a direction, and may be compared within a prompt.

    Args:
        run: the run.
        raters: those whose scores came with the sources count.
        names: of the sources; None for all.
        rows: the stages whose prompts and ratings there are.

    Raises:
        UserError: they have none, or may not be.
    """
    con = sql.connect(run.scratch, reads=[run.store.root])
    prompts, ratings = (pool.row_files(rows, name) for name in ("prompts", "ratings"))
    sources = [source for source in run.builder.sources if names is None or source.name in names]
    for rater in raters:
        if is_given(rater):
            check_direction(con, ratings, sources, rater.name)
            check_occasions(con, prompts, ratings, sources, rater.name)
