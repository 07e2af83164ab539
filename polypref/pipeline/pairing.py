"""Pairs of a build whose sources are rated and paired in several ways: each way by itself, then joined, and counted.

A prompt is counted once, whatever ways it goes: it has a pair, or the reason of the first of its ways. Verdicts and
possible pairs are counted in their own units, and lead to pairs, of which those that another way has too are joined.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from .. import schema
from ..files import sql
from ..files.atomic import write_table
from ..files.store import Stage
from ..layouts.readings import Join
from ..stages import pool
from ..stages.counts import Funnel, FunnelRow, funnel_rows
from ..stages.joined_pairs import AGAIN, TURNED, Joined, join_pairs
from ..stages.pair import COUNTS, Paired, PairRule, make_pairs
from ..stages.pool import Bucket, Rows
from ..stages.usable import of_sources, of_usable_prompts
from ..stages.verdict_pairs import NO_VERDICT, NONE_OF_VERDICTS, verdict_outcome
from .closing import closing
from .group_pools import points_of
from .parts import NOT_ASKED_FOR, answers_in_pairs, verdicts_in

_Counts = Counter[tuple[str, str, str, str]]
"""Counts by language, unit, outcome and reason."""


@dataclass(frozen=True)
class Pairing:
    """One way to make pairs.

    Attributes:
        rule: how.
        rater: name of the rater whose scores or verdicts count.
        sources: names of the sources whose prompts go this way.
        join: how several verdicts on the same two answers are one.
        units: columns language and unit, for margins in standard deviations; None for margins in scores.
    """

    rule: PairRule
    rater: str
    sources: tuple[str, ...]
    join: Join
    units: pa.Table | None


@dataclass(frozen=True)
class _Way:
    """What a way made of one bucket: of the prompts that it may use, of all of which `whole` has those of the way."""

    pairing: Pairing
    usable: Bucket
    whole: Bucket
    paired: Paired

    @property
    def given(self) -> bool:
        return self.pairing.rule.rule == "given"


def pair_ways_part(stage: Stage, rows: Rows, index: Stage, check: Stage, ways: Sequence[Pairing], number: int) -> int:
    """Chooses the pairs of one bucket in several ways, and joins them.

    Args:
        stage: the stage's folder, into which parts are written.
        rows: the stages whose prompts, answers and ratings make up the buckets.
        index: the stage index.
        check: the stage that checked prompts and answers.
        ways: the ways; of pairs that two of them have, the first keeps its own.
        number: of the bucket.

    Returns:
        How many prompts the bucket has.
    """
    findings = pq.read_table(check.part("findings", number))
    whole = pool.load_bucket(rows, index, number)
    usable = of_usable_prompts(whole, findings)
    points = [points_of(stage, way.rule, at, usable.prompts) for at, way in enumerate(ways)]
    done = [_paired(way, usable, whole, findings, one) for way, one in zip(ways, points, strict=True)]
    joined = join_pairs([way.paired.pairs for way in done], usable.completions)
    lost = _without_pair(done, usable, joined)
    counts = _counted(done, usable, joined, lost)
    shown = lost.filter(pc.invert(pc.is_in(lost["reason"], pa.array([NONE_OF_VERDICTS, TURNED]))))
    verdicts = [way.paired.rejected.filter(_of_verdicts(way.paired.rejected)) for way in done if way.given]
    write_table(stage.part("rejected", number), pa.concat_tables([shown, *verdicts, joined.rejected]))
    write_table(stage.part("counts", number), counts)
    write_table(stage.part("pairs", number), joined.pairs)
    return int(whole.prompts.num_rows)


def _paired(way: Pairing, usable: Bucket, whole: Bucket, findings: pa.Table, points: pa.Table | None) -> _Way:
    some = of_sources(usable, way.sources)
    tables = (some.prompts, some.completions, some.ratings, some.verdicts)
    paired = make_pairs(way.rule, way.rater, *tables, way.units, findings, way.join, points)
    return _Way(way, some, of_sources(whole, way.sources), paired)


def _of_verdicts(rejected: pa.Table) -> pa.ChunkedArray:
    return pc.not_equal(rejected["reason"], NO_VERDICT)


def _without_pair(done: Sequence[_Way], usable: Bucket, joined: Joined) -> pa.Table:
    """The prompts without a pair (schema.REJECTED), each with one reason."""
    paired = {prompt for way in done for prompt in way.paired.pairs["prompt_id"].to_pylist()}
    reasons: dict[str, tuple[str, str | None]] = dict.fromkeys(paired, (TURNED, None))
    for way in done:
        rejected = (way.paired.rejected[name].to_pylist() for name in ("where", "reason", "detail"))
        of_prompts = {
            prompt: (reason, detail)
            for prompt, reason, detail in zip(*rejected, strict=True)
            if not way.given or reason == NO_VERDICT
        }
        for prompt in way.usable.prompts["prompt_id"].to_pylist():
            reasons.setdefault(prompt, of_prompts.get(prompt, (NONE_OF_VERDICTS, None)))
    kept = set(joined.pairs["prompt_id"].to_pylist())
    prompts = zip(*(usable.prompts[name].to_pylist() for name in ("language", "prompt_id")), strict=True)
    rows = [(language, prompt, *reasons[prompt]) for language, prompt in prompts if prompt not in kept]
    names = schema.REJECTED.names
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows], schema.REJECTED)


def _counted(done: Sequence[_Way], usable: Bucket, joined: Joined, lost: pa.Table) -> pa.Table:
    """What became of the prompts, verdicts, possible pairs and pairs of a bucket (COUNTS)."""
    counts: _Counts = Counter()
    for way in done:
        for row in way.paired.counts.to_pylist():
            counts[row["language"], row["unit"], row["outcome"], row["reason"]] += row["rows"]
        (_count_verdicts if way.given else _count_possible)(counts, way)
        _count_rows(counts, way.paired.pairs, "pairs", "in")
    _count_rows(counts, usable.prompts, "prompts", "in")
    _count_rows(counts, lost, "prompts", "rejected", lost["reason"].to_pylist())
    _count_rows(counts, joined.pairs, "pairs", "kept")
    _count_rows(counts, joined.pairs, "prompts", "pairs_made")
    _count_rows(counts, joined.rejected, "pairs", "rejected", joined.rejected["reason"].to_pylist())
    counts.update({(language, "pairs", "joined", AGAIN): rows for language, rows in joined.again.items()})
    languages = dict(zip(*(joined.pairs[name].to_pylist() for name in ("prompt_id", "language")), strict=True))
    counts.update((language, "prompts", "kept", "") for language in languages.values())
    rows = [dict(zip(COUNTS.names, (*key, rows), strict=True)) for key, rows in sorted(counts.items()) if rows]
    return pa.Table.from_pylist(rows, COUNTS)


def _count_rows(counts: _Counts, rows: pa.Table, unit: str, outcome: str, reasons: Sequence[str] | None = None) -> None:
    languages = rows["language"].to_pylist()
    keys = zip(languages, reasons if reasons is not None else [""] * len(languages), strict=True)
    counts.update((language, unit, outcome, reason) for language, reason in keys)


def _count_possible(counts: _Counts, way: _Way) -> None:
    """Counts which of the pairs that could be made are beyond those asked for."""
    _count_rows(counts, way.paired.pairs, "possible pairs", "kept")
    beyond = Counter[str]()
    for row in way.paired.counts.to_pylist():
        if row["unit"] == "possible pairs":
            beyond[row["language"]] += row["rows"] * (1 if row["outcome"] == "in" else -1)
    beyond.subtract(way.paired.pairs["language"].to_pylist())
    counts.update({(language, "possible pairs", "unused", "beyond_per_prompt"): n for language, n in beyond.items()})


def _count_verdicts(counts: _Counts, way: _Way) -> None:
    """Counts the verdicts of a rater, with those on prompts that a check left out."""
    languages = dict(zip(*(way.whole.prompts[name].to_pylist() for name in ("prompt_id", "language")), strict=True))
    usable = set(way.usable.prompts["prompt_id"].to_pylist())
    verdicts = way.whole.verdicts
    for prompt in verdicts.filter(pc.equal(verdicts["rater"], way.pairing.rater))["prompt_id"].to_pylist():
        counts[languages[prompt], "verdicts", "in", ""] += 1
        if prompt not in usable:
            counts[languages[prompt], "verdicts", "unused", "prompt_left_out"] += 1
    _count_rows(counts, way.paired.pairs, "verdicts", "kept")
    for row in way.paired.rejected.filter(_of_verdicts(way.paired.rejected)).to_pylist():
        counts[row["language"], "verdicts", verdict_outcome(row["reason"]), row["reason"]] += 1


def pair_ways_funnel(stage: Stage, check: Stage, rows: Rows, index: Stage) -> list[FunnelRow]:
    """Counts what the pair stage made and left out in several ways, as rows of the funnel.

    Args:
        stage: the stage pair, with all its parts.
        check: the stage that checked prompts and answers.
        rows: the stages whose verdicts there are.
        index: the stage index.

    Returns:
        Rows of the funnel: of prompts, answers, verdicts, possible pairs, and pairs.
    """
    verdicts, of_prompts = (pool.row_files(rows, name) for name in ("verdicts", "prompts"))
    con = sql.connect(reads=[stage.path, index.path, *verdicts, *of_prompts])
    units: dict[str, Funnel] = {unit: Funnel() for unit in ("prompts", "verdicts", "possible pairs", "pairs")}
    query = f"""SELECT unit, language, outcome, reason, sum(rows)::BIGINT
                FROM {sql.parquet(stage.path / "counts-*.parquet")} GROUP BY ALL"""
    for unit, language, outcome, reason, count in con.execute(query).fetchall():
        units[unit][language, outcome, reason] = count
    answers = answers_in_pairs(con, sql.parquet(stage.path / "pairs-*.parquet"), closing(check).funnel)
    there = f"(SELECT prompt_id FROM {sql.parquet(index.path / 'index-*.parquet')})"
    _add_other_verdicts(units["verdicts"], verdicts_in(con, verdicts, of_prompts, there, "rater")[0])
    con.close()
    prompts, *others = (funnel_rows("pair", unit, funnel) for unit, funnel in units.items())
    return [*prompts, *funnel_rows("pair", "answers", answers), *(row for rows in others for row in rows)]


def _add_other_verdicts(counted: Funnel, everything: Funnel) -> None:
    """Adds to the verdicts that a way counted those that none did: of prompts that are not there, of other raters."""
    for language in {language for language, *_ in everything}:
        came, beyond = everything[language, "in", ""], everything[language, "unused", "prompt_left_out"]
        others = came - beyond - counted[language, "in", ""]
        counted[language, "unused", "prompt_left_out"] += beyond
        counted[language, "unused", NOT_ASKED_FOR] += others
        counted[language, "in", ""] = came
    for key in [key for key, rows in counted.items() if not rows]:
        del counted[key]
