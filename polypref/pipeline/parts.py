"""What the row-wise stages do with one bucket, and what they count: the functions that an engine runs."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from ..files import sql
from ..files.atomic import write_table
from ..files.store import Stage
from ..layouts.occasions import of_sources_only
from ..layouts.readings import Join
from ..raters.contract import CombiningRater, Rater, checked_ratings
from ..review.applying import apply_decisions
from ..review.decisions import Decided
from ..scripting.own_code import own_code
from ..stages import pool
from ..stages.asking import Logged, Rehearsal, collected
from ..stages.contract import Asking
from ..stages.counts import Funnel, FunnelRow, funnel_rows
from ..stages.equation import LEFT_OUT
from ..stages.pair import PairRule, make_pairs
from ..stages.pool import Rows
from ..stages.usable import Buckets, of_usable_prompts
from ..stages.verdict_pairs import NO_VERDICT, NONE_OF_VERDICTS, verdict_outcome
from .closing import closing
from .group_pools import points_of

#: Pairs that the filters see at once: as many as keep their texts, as Python holds them, to some tens of megabytes.
PAIRS_AT_ONCE = 2_000

#: Why a verdict is in no pair: it is of another rater than the one that pairs are made by, or they are made by scores.
NOT_ASKED_FOR = "not_asked_for"


class _Rating(Rater, Protocol):
    """A rater without a model, whether or not it was fitted."""

    rate: Callable[..., object]


def rate_part(stage: Stage, buckets: Buckets, rater: _Rating, fitted: object, number: int) -> int:
    """Rates the answers of one bucket.

    Args:
        stage: the stage's folder, into which parts are written.
        buckets: gives the answers.
        rater: has `rate`.
        fitted: what its `fit` gave, by language; None for a rater without.
        number: of the bucket.

    Returns:
        How many ratings there are.
    """
    bucket = buckets.load(number)
    more = [fitted] if fitted is not None else []
    with own_code(rater, f"rater '{rater.name}'"):
        rated = rater.rate(bucket.prompts, bucket.completions, *more)
    ratings = checked_ratings(rater, rated, bucket.completions)
    write_table(stage.part("ratings", number), ratings)
    return int(ratings.num_rows)


def collect_part(stage: Stage, buckets: Buckets, asking: Asking, log: Logged | Rehearsal, number: int) -> int:
    """Writes down what came of the answers to one bucket's requests.

    Args:
        stage: the stage's folder, into which parts are written.
        buckets: gives what they are about.
        asking: whose requests they are.
        log: answers them.
        number: of the bucket.

    Returns:
        How many prompts the bucket has.
    """
    bucket = buckets.load(number)
    _write_all(stage, number, collected(asking, bucket, log))
    return int(bucket.prompts.num_rows)


def rated_buckets(rows: Rows, buckets: int, sources: Sequence[str] | None = None) -> Iterator[tuple[str, str]]:
    """Where the ratings of every bucket are that has any, for SQL.

    Args:
        rows: the stages whose prompts, answers and ratings make up the buckets.
        buckets: how many there are.
        sources: names of the sources whose prompts there are, with no ratings that others gave; None for all.

    Yields:
        Ratings and prompts of a bucket, as table expressions.
    """
    for number in range(buckets):
        ratings, prompts = (pool.row_files(rows, name, number) for name in ("ratings", "prompts"))
        if ratings:
            yield of_sources_only(sql.parquet(*ratings), sources), prompts_of(prompts, sources)


def prompts_of(parts: Sequence[Path], sources: Sequence[str] | None) -> str:
    """The rows of prompts that sources have, for SQL.

    Args:
        parts: files with prompts, a row for each time that one was read or made.
        sources: names of the sources; None for all.

    Returns:
        A table expression.
    """
    prompts = sql.parquet(*parts)
    if sources is None:
        return prompts
    names = ", ".join(map(sql.quote, sources))
    return f"(SELECT * FROM {prompts} WHERE list_has_any(list_transform(sources, lambda s: s.name), [{names}]))"


def combine_part(stage: Stage, buckets: Buckets, rater: CombiningRater, spreads: pa.Table, number: int) -> int:
    """Combines what several raters said of the answers of one bucket.

    Args:
        stage: the stage's folder, into which parts are written.
        buckets: gives the answers and their ratings.
        rater: the combined one.
        spreads: mean and standard deviation of each rater's scores by language (`raters.combined.scales`).
        number: of the bucket.

    Returns:
        How many prompts the bucket has.
    """
    bucket = buckets.load(number)
    _write_all(stage, number, rater.combine(spreads, bucket))
    return int(bucket.prompts.num_rows)


def _write_all(stage: Stage, number: int, tables: Mapping[str, pa.Table]) -> None:
    """Writes the tables of a bucket; `rejected` last, as it tells that the others are there."""
    for name in sorted(tables, key=lambda name: (name == "rejected", name)):
        write_table(stage.part(name, number), tables[name], compact=False)


def collect_funnel(stage: Stage, index: Stage) -> Funnel:
    """Counts the answers that came of a stage in which models answer, and why the rest did not.

    Args:
        stage: a stage that asked models, with all its parts.
        index: the stage index.

    Returns:
        (language, outcome, reason) -> how many answers.
    """
    con, funnel = sql.connect(reads=[stage.path, index.path]), Funnel()
    kept, prompts = sql.parquet(stage.path / "completions-*.parquet"), sql.parquet(index.path / "index-*.parquet")
    query = f"SELECT language, count(*) FROM {kept} JOIN {prompts} USING (prompt_id) GROUP BY ALL"
    for language, count in con.execute(query).fetchall():
        funnel[language, "in", ""] = funnel[language, "kept", ""] = count
    rejected = sql.parquet(stage.path / "rejected-*.parquet")
    for language, reason, count in con.execute(
        f"SELECT language, reason, count(*) FROM {rejected} GROUP BY ALL"
    ).fetchall():
        funnel[language, "in", ""] += count
        funnel[language, "rejected", reason] += count
    return funnel


def pair_part(
    stage: Stage,
    rows: Rows,
    index: Stage,
    check: Stage,
    rule: PairRule,
    rater: str,
    join: Join,
    units: pa.Table | None,
    number: int,
) -> int:
    """Chooses the pairs of one bucket.

    Args:
        stage: the stage's folder, into which parts are written.
        rows: the stages whose prompts, answers and ratings make up the buckets.
        index: the stage index.
        check: the stage that checked prompts and answers.
        rule: how.
        rater: name of the rater whose scores or verdicts count.
        join: how several verdicts on the same two answers are one.
        units: columns language and unit, for margins in standard deviations; None for margins in scores.
        number: of the bucket.

    Returns:
        How many prompts the bucket has.
    """
    findings = pq.read_table(check.part("findings", number))
    bucket = of_usable_prompts(pool.load_bucket(rows, index, number), findings)
    tables = (bucket.prompts, bucket.completions, bucket.ratings, bucket.verdicts)
    points = points_of(stage, rule, 0, bucket.prompts)
    paired = make_pairs(rule, rater, *tables, units, findings, join, points)
    write_table(stage.part("rejected", number), paired.rejected)
    write_table(stage.part("counts", number), paired.counts)
    write_table(stage.part("pairs", number), paired.pairs)
    return int(bucket.prompts.num_rows)


def pair_funnel(stage: Stage, index: Stage, check: Stage, rows: Rows, rule: PairRule, rater: str) -> list[FunnelRow]:
    """Counts what the pair stage made and left out, as rows of the funnel.

    Of `given` the unit is the verdict, after a step `verdicts` of the prompts that have a pair of their verdicts.

    Args:
        stage: the stage pair, with all its parts.
        index: the stage index.
        check: the stage that checked prompts and answers.
        rows: the stages whose prompts, answers and ratings make up the buckets.
        rule: the pair rule.
        rater: name of the rater.

    Returns:
        Rows of the funnel.
    """
    verdicts, of_prompts = (pool.row_files(rows, name) for name in ("verdicts", "prompts"))
    con, prompts = sql.connect(reads=[stage.path, index.path, check.path, *verdicts, *of_prompts]), Funnel()
    index_parts, pairs = sql.parquet(index.path / "index-*.parquet"), sql.parquet(stage.path / "pairs-*.parquet")
    lost = f"""(SELECT prompt_id FROM {sql.parquet(check.path / "findings-*.parquet")}
                WHERE outcome = 'reject' AND completion_id IS NULL)"""
    checked = f"SELECT language, count(*) FROM {index_parts} WHERE prompt_id NOT IN {lost} GROUP BY ALL"
    for language, count in con.execute(checked).fetchall():
        prompts[language, "in", ""] = count
    counts = f"SELECT language, count(DISTINCT prompt_id), count(*) FROM {pairs} GROUP BY ALL"
    pairs_kept = con.execute(counts).fetchall()
    rejected = con.execute(
        f"SELECT language, reason, count(*) FROM {sql.parquet(stage.path / 'rejected-*.parquet')} GROUP BY ALL"
    ).fetchall()
    answers = funnel_rows("pair", "answers", answers_in_pairs(con, pairs, closing(check).funnel))
    there = f"(SELECT prompt_id FROM {index_parts} WHERE prompt_id NOT IN {lost})"
    given = sql.quote(rater) if rule.rule == "given" else "NULL"
    pair, judged = verdicts_in(con, verdicts, of_prompts, there, given)
    if rule.rule != "given":
        for language, count, pairs_made in pairs_kept:
            prompts[language, "kept", ""] = count
            prompts[language, "pairs_made", ""] = pairs_made
        for language, reason, count in rejected:
            prompts[language, "rejected", reason] = count
        possible = funnel_rows("pair", "possible pairs", _possible_pairs(con, stage, prompts))
        return [*funnel_rows("pair", "prompts", prompts), *answers, *funnel_rows("pair", "verdicts", pair), *possible]
    for language, count in judged.items():
        prompts[language, "rejected", NONE_OF_VERDICTS] = count
    for language, count, pairs_made in pairs_kept:
        prompts[language, "kept", ""] = prompts[language, "with_a_pair", ""] = count
        prompts[language, "rejected", NONE_OF_VERDICTS] -= count
        pair[language, "kept", ""] = pair[language, "pairs_made", ""] = pairs_made
    for language, reason, count in rejected:
        (prompts if reason == NO_VERDICT else pair)[language, verdict_outcome(reason), reason] = count
    return [*funnel_rows("verdicts", "prompts", +prompts), *answers, *funnel_rows("pair", "verdicts", pair)]


def verdicts_in(
    con: sql.Connection, verdicts: Sequence[Path], prompts: Sequence[Path], there: str, rater: str
) -> tuple[Funnel, Counter[str]]:
    """Counts the verdicts that come to the stage pair, and those that no pair is made by.

    Args:
        con: a connection that may read them.
        verdicts, prompts: the parts of these tables.
        there: SQL: the ids of the prompts that may have a pair.
        rater: SQL: the rater whose verdicts count; NULL where none do.

    Returns:
        (language, outcome, reason) -> how many verdicts came in, and how many are of prompts that were left out or not
        asked for; language -> how many prompts have one that counts.
    """
    funnel, judged = Funnel(), Counter[str]()
    if verdicts:
        query = f"""SELECT language, CASE WHEN rater IS DISTINCT FROM {rater} THEN '{NOT_ASKED_FOR}'
                                WHEN prompt_id NOT IN {there} THEN 'prompt_left_out' END AS why,
                           count(*), count(DISTINCT prompt_id)
                    FROM {sql.parquet(*verdicts)}
                    JOIN (SELECT DISTINCT prompt_id, language FROM {sql.parquet(*prompts)}) USING (prompt_id)
                    GROUP BY ALL"""
        for language, why, count, of_prompts in con.execute(query).fetchall():
            funnel[language, "in", ""] += count
            if why:
                funnel[language, "unused", why] = count
            else:
                judged[language] = of_prompts
    return funnel, judged


def answers_in_pairs(con: sql.Connection, pairs: str, checked: Iterable[FunnelRow]) -> Funnel:
    """Counts the answers that are in a pair, of all that might have been; the others are in no pair.

    Args:
        con: a connection that may read the pairs.
        pairs: a table expression of them.
        checked: what the stage check counted.

    Returns:
        (language, outcome, reason) -> how many answers.
    """
    funnel = Funnel()
    for row in checked:
        if (row.unit, row.outcome) == ("answers", "kept"):
            funnel[row.language, "in", ""] = funnel[row.language, "unused", "in_no_pair"] = row.rows
    query = f"""SELECT language, count(DISTINCT id) FROM (
                  SELECT language, unnest([chosen_id, rejected_id]) AS id FROM {pairs}) GROUP BY ALL"""
    for language, count in con.execute(query).fetchall():
        funnel[language, "kept", ""] = count
        funnel[language, "unused", "in_no_pair"] -= count
    return +funnel


def _possible_pairs(con: sql.Connection, stage: Stage, prompts: Funnel) -> Funnel:
    """Counts the pairs that could be made, of which prompts have those asked for; adds what is told of prompts."""
    possible = Funnel()
    query = f"""SELECT language, unit, outcome, reason, sum(rows)::BIGINT
                FROM {sql.parquet(stage.path / "counts-*.parquet")} GROUP BY ALL"""
    for language, unit, outcome, reason, count in con.execute(query).fetchall():
        if unit == "prompts":
            prompts[language, outcome, reason] = count
            continue
        possible[language, outcome, reason] = count
    for language in {language for language, *_ in possible}:
        kept = possible[language, "kept", ""] = prompts[language, "pairs_made", ""]
        left_out = sum(rows for (tag, outcome, _), rows in possible.items() if tag == language and outcome in LEFT_OUT)
        possible[language, "unused", "beyond_per_prompt"] = possible[language, "in", ""] - kept - left_out
    return +possible


def review_part(stage: Stage, pair: Stage, decisions: Mapping[str, Decided], number: int) -> int:
    """Carries out people's decisions on the pairs of one bucket.

    Args:
        stage: the stage's folder, into which parts are written.
        pair: the stage pair.
        decisions: by pair_id.
        number: of the bucket.

    Returns:
        How many pairs there were.
    """
    pairs, removed = apply_decisions(pq.read_table(pair.part("pairs", number)), decisions)
    write_table(stage.part("removed", number), removed)
    write_table(stage.part("pairs", number), pairs)
    return int(pairs.num_rows + removed.num_rows)


def review_funnel(stage: Stage) -> Funnel:
    """Counts what people removed; what else they said flags pairs where these are checked.

    Args:
        stage: the stage review, with all its parts.

    Returns:
        (language, outcome, reason) -> how many pairs.
    """
    con, funnel = sql.connect(reads=[stage.path]), Funnel()
    kept, removed = (sql.parquet(stage.path / f"{name}-*.parquet") for name in ("pairs", "removed"))
    for language, review, count in con.execute(
        f"SELECT language, review, count(*) FROM {kept} GROUP BY ALL UNION ALL "
        f"SELECT language, 'removed', count(*) FROM {removed} GROUP BY ALL"
    ).fetchall():
        funnel[language, "in", ""] += count
        if review == "removed":
            funnel[language, "rejected", "removed_by_reviewers"] = count
        else:
            funnel[language, "kept", ""] += count
    return funnel


def rows_of_bucket(stage: Stage, table: str, number: int) -> int:
    """How many rows a stage's table has in one bucket, from the files' footers.

    Args:
        stage: the stage.
        table: its name, as parts' names begin.
        number: of the bucket.

    Returns:
        Rows of all its parts.
    """
    return sum(pq.read_metadata(path).num_rows for path in stage.path.glob(f"{table}-{number:05d}*.parquet"))
