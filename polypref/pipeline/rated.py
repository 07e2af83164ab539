"""What became of the answers that pass the checks where they are rated, counted for each rater of a build by itself.

Every such answer comes in for every rater, and has its score (or is in its verdicts), or is left out for one reason: it
can be in no pair, so that nobody is asked; the sources' own or another rater rates its prompt; the rater failed, or
said nothing of it. A judge's verdicts are counted besides, with the pairs of answers of which none came.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ..files import sql
from ..files.atomic import write_table
from ..files.store import Stage
from ..layouts.occasions import given_by
from ..stages import pool
from ..stages.counts import FunnelRow, unit_of_rater
from ..stages.equation import BEYOND_USE, NO_SCORE, NO_VERDICT
from ..stages.pair import BEYOND_SCORES
from ..stages.pool import Rows
from ..stages.usable import rejected_prompts, uses_of

#: Why an answer is not rated: other sources' prompts are this rater's; fewer than two answers to its prompt may be in a
#: pair, or none of them may be chosen; what the rater gave is no number.
OTHER_RATER, ONE_USABLE, NONE_TO_CHOOSE = "for_another_rater", "only_usable_answer", "no_answer_may_be_chosen"
NO_NUMBER = "score_not_finite"

_COUNTS = pa.schema(
    [*((name, pa.string()) for name in ("stage", "unit", "language", "outcome", "reason")), ("rows", pa.int64())]
)
_Counts = Counter[tuple[str, str, str, str, str]]
_ID = re.compile(r"\b[0-9a-f]{32}\b")


@dataclass(frozen=True)
class RatedBy:
    """One rater of a build, and what came of it.

    Attributes:
        name: the rater's name.
        tables: what of it counts: ratings, verdicts, or both where it came with sources of several kinds.
        stage: rate, or combine where it makes its own of what others gave.
        sources: names of the sources whose prompts it rates; None for all.
        stages: those in which it rated; none where its ratings came with the sources.
        alone: whether no other rater is counted in the same stage.
        every: whether it rated all answers, also those that can be in no pair.
    """

    name: str
    tables: frozenset[str]
    stage: str
    sources: tuple[str, ...] | None = None
    stages: tuple[Stage, ...] = ()
    alone: bool = True
    every: bool = False


@dataclass(frozen=True)
class _Prompt:
    """A prompt with its answers.

    Attributes:
        language: its tag.
        sources: names of the sources in which it stands.
        answers: all of them, each once; references are none.
        passed: those that pass the checks; none where the prompt does not, or has one answer, which is not checked.
        unused: why none of those that passed can be in a pair; empty where they can.
    """

    language: str
    sources: frozenset[str]
    answers: tuple[str, ...]
    passed: tuple[str, ...]
    unused: str


def rated_part(stage: Stage, rows: Rows, index: Stage, check: Stage, raters: Sequence[RatedBy], number: int) -> int:
    """Counts what became of one bucket's answers.

    Args:
        stage: the stage's folder, into which parts are written.
        rows: the stages whose prompts, answers, ratings and verdicts there are.
        index: the stage index.
        check: the stage that checked prompts and answers.
        raters: who rates.
        number: of the bucket.

    Returns:
        How many prompts the bucket has.
    """
    prompts = _prompts(rows, index, check, number)
    counts: _Counts = Counter()
    for rater in raters:
        _Rating(rater, rows, number).count(counts, prompts)
    counted = [dict(zip(_COUNTS.names, (*key, count), strict=True)) for key, count in sorted(counts.items()) if count]
    write_table(stage.part("counts", number), pa.Table.from_pylist(counted, _COUNTS))
    return len(prompts)


def rated_funnel(stage: Stage) -> list[FunnelRow]:
    """What all parts counted, as rows of the funnel.

    Args:
        stage: the stage, with all its parts.

    Returns:
        Rows of the stages rate and combine, in this order.
    """
    counted = sql.connect(reads=[stage.path]).execute(
        f"""SELECT stage, unit, language, outcome, reason, sum(rows)::BIGINT
            FROM {sql.parquet(stage.path / "counts-*.parquet")} GROUP BY ALL
            ORDER BY stage DESC, unit, language, outcome, reason"""
    )
    return [FunnelRow(*row) for row in counted.fetchall()]


def _columns_of(rows: Rows, table: str, columns: Sequence[str], number: int) -> pa.Table:
    parts = [pq.read_table(path, columns=list(columns)) for path in pool.row_files(rows, table, number)]
    return pa.concat_tables(parts) if parts else pool.TABLES[table].empty_table().select(columns)


def _prompts(rows: Rows, index: Stage, check: Stage, number: int) -> dict[str, _Prompt]:
    """The prompts of a bucket by id, as the stage check counts their answers."""
    there = pq.read_table(index.part("index", number), columns=["prompt_id", "language"])
    findings = pq.read_table(check.part("findings", number))
    lost = set(rejected_prompts(findings).to_pylist())
    uses = {row["completion_id"]: (row["not_chosen"], row["not_rejected"]) for row in uses_of(findings).to_pylist()}
    answers, sources, prompts = _answers(rows, number), _sources(rows, number), dict[str, _Prompt]()
    for key, language in zip(*(there[name].to_pylist() for name in ("prompt_id", "language")), strict=True):
        ids = tuple(answers.get(key, ()))
        looked_at = () if key in lost or len(ids) < 2 else ids
        passed = tuple(one for one in looked_at if None in uses.get(one, (None,)))
        may_be_chosen = any(uses.get(one, (None,))[0] is None for one in passed)
        unused = ONE_USABLE if len(passed) < 2 else "" if may_be_chosen else NONE_TO_CHOOSE
        prompts[key] = _Prompt(language, frozenset(sources[key]), ids, passed, unused)
    return prompts


def _answers(rows: Rows, number: int) -> dict[str, dict[str, None]]:
    """Prompt -> its different answers; references are none."""
    table = _columns_of(rows, "completions", ("prompt_id", "completion_id", "route"), number)
    table = table.filter(pc.not_equal(table["route"], "reference"))
    answers: dict[str, dict[str, None]] = {}
    for prompt, answer in zip(table["prompt_id"].to_pylist(), table["completion_id"].to_pylist(), strict=True):
        answers.setdefault(prompt, {})[answer] = None
    return answers


def _sources(rows: Rows, number: int) -> dict[str, set[str]]:
    """Prompt -> names of the sources in which it stands."""
    names: dict[str, set[str]] = {}
    table = _columns_of(rows, "prompts", ("prompt_id", "sources"), number)
    for prompt, sources in zip(table["prompt_id"].to_pylist(), table["sources"].to_pylist(), strict=True):
        names.setdefault(prompt, set()).update(one["name"] for one in sources)
    return names


class _Rating:
    """What one rater said of the answers of a bucket."""

    def __init__(self, rater: RatedBy, rows: Rows, number: int) -> None:
        self.rater = rater
        self.scored, self.broken = set[str](), set[str]()
        self.verdicts = list[tuple[str, str, str]]()
        if "ratings" in rater.tables:
            table = self._own(_columns_of(rows, "ratings", ("completion_id", "rater", "score", "occasion"), number))
            finite = pc.less(pc.abs(table["score"]), BEYOND_SCORES)
            self.scored = set(table.filter(finite)["completion_id"].to_pylist())
            self.broken = set(table["completion_id"].to_pylist()) - self.scored
        if "verdicts" in rater.tables:
            columns = ("prompt_id", "completion_a", "completion_b", "rater", "occasion")
            table = self._own(_columns_of(rows, "verdicts", columns, number))
            self.verdicts = list(zip(*(table[name].to_pylist() for name in columns[:3]), strict=True))
            self.scored |= {one for _, *both in self.verdicts for one in both}
        self.lost = [row for one in rater.stages for row in _rejected(one, number)]

    def _own(self, table: pa.Table) -> pa.Table:
        table = table.filter(pc.equal(table["rater"], self.rater.name))
        return table if self.rater.sources is None else given_by(table, self.rater.sources)

    def count(self, counts: _Counts, prompts: Mapping[str, _Prompt]) -> None:
        """Adds what became of the answers, and of the verdicts.

        Args:
            counts: to which is added.
            prompts: of the bucket, by id.
        """
        reasons = {where: reason for where, reason, _ in reversed(self.lost)}
        for key, prompt in prompts.items():
            mine = self.rater.sources is None or not prompt.sources.isdisjoint(self.rater.sources)
            unused = prompt.unused if mine else OTHER_RATER
            for answer in prompt.passed:
                outcome = ("unused", unused) if unused else self._outcome(answer, key, reasons)
                self._add(counts, "answers", prompt.language, *outcome)
            if mine and self.rater.every:
                beyond = self.scored.intersection(prompt.answers).difference(() if unused else prompt.passed)
                counts[self.rater.stage, self._unit("answers"), prompt.language, BEYOND_USE, ""] += len(beyond)
        if "verdicts" in self.rater.tables and self.rater.stages:
            self._count_verdicts(counts, prompts)

    def _outcome(self, answer: str, prompt: str, reasons: Mapping[str, str]) -> tuple[str, str]:
        if answer in self.scored:
            return "kept", ""
        nothing = NO_SCORE if "ratings" in self.rater.tables else NO_VERDICT
        return "rejected", NO_NUMBER if answer in self.broken else reasons.get(answer, reasons.get(prompt, nothing))

    def _count_verdicts(self, counts: _Counts, prompts: Mapping[str, _Prompt]) -> None:
        """Counts the verdicts, and the pairs of answers of which none came; with those that can be in no pair."""
        judged = {frozenset(both) for _, *both in self.verdicts}
        for key, *both in self.verdicts:
            if prompt := prompts.get(key):
                self._add(counts, "verdicts", prompt.language, "kept", "")
                beyond = self.rater.every and (prompt.unused or not set(prompt.passed).issuperset(both))
                counts[self.rater.stage, self._unit("verdicts"), prompt.language, BEYOND_USE, ""] += bool(beyond)
        for key, reason, detail in self.lost:
            named = frozenset(_ID.findall(detail or ""))
            if (prompt := prompts.get(key)) and len(named) == 2 and named not in judged:
                judged.add(named)
                self._add(counts, "verdicts", prompt.language, "rejected", reason)

    def _unit(self, unit: str) -> str:
        return unit if self.rater.alone else unit_of_rater(unit, self.rater.name)

    def _add(self, counts: _Counts, unit: str, language: str, outcome: str, reason: str) -> None:
        counts[self.rater.stage, self._unit(unit), language, "in", ""] += 1
        counts[self.rater.stage, self._unit(unit), language, outcome, reason] += 1


def _rejected(stage: Stage, number: int) -> list[tuple[str, str, str | None]]:
    """Where, reason and detail of what a stage left out of a bucket."""
    columns = ("where", "reason", "detail")
    tables = [pq.read_table(path, columns=list(columns)) for path in _parts(stage, number)]
    return [row for table in tables for row in zip(*(table[name].to_pylist() for name in columns), strict=True)]


def _parts(stage: Stage, number: int) -> list[Path]:
    return sorted(stage.path.glob(f"rejected-{number:05d}*.parquet"))
