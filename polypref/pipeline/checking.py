"""Checks in a build: of prompts and answers before pairs are made, of pairs after; bucket by bucket, and the counts."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from .. import schema
from ..files import sql
from ..files.atomic import write_table
from ..files.store import Stage
from ..languages.detectors import Detector, identity
from ..stages import pool
from ..stages.checks.contract import SIDES, Batch, Check, Side, Subject, run_chain
from ..stages.checks.findings import checks_of, flags_of, in_a_pair, run_checks
from ..stages.checks.length import LengthBounds, LengthRatio
from ..stages.checks.refusals import Refusals
from ..stages.counts import Funnel
from ..stages.equation import LEFT_OUT
from ..stages.pool import Rows
from ..stages.texts import answers_with_texts, prompts_with_texts, with_scores, with_texts
from ..stages.usable import of_usable_prompts, uses_of, with_answers

#: Prompts, answers or pairs that checks see at once: as many as keep their texts, as Python holds them, to some tens of
#: megabytes.
ROWS_AT_ONCE = 2_000

Negatives = Mapping[str | None, tuple[str, ...]]
"""Source -> checks, and reasons of checks, whose answers may be rejected (PairRule.negatives); None for all sources."""


def detectors_and_files(filters: Sequence[Check], digest: Callable[[Path], str]) -> list[list[str]]:
    """What checks read beside their settings: detectors with their versions, and digests of files.

    Args:
        filters: the chain.
        digest: gives the digest of a file.

    Returns:
        A list for each setting that is an identifier: its detector's name with version, and the model file's digest or
        an empty text; py3langid's where there is another, as it is asked about languages that the other does not know;
        and one for each list of phrases or tokenizer's file: its name and digest.
    """
    asked = [value for one in filters for value in _settings_of(one) if isinstance(value, _Identifies)]
    detectors = [
        [identity(one.detector), digest(Path(one.model)) if one.model and Path(one.model).is_file() else ""]
        for one in asked
    ]
    if any(one.detector != "py3langid" for one in asked):
        detectors.append([identity("py3langid"), ""])
    return [*detectors, *([path.name, digest(path)] for path in _files_of(filters))]


@runtime_checkable
class _Identifies(Protocol):
    """A setting that asks a detector."""

    @property
    def detector(self) -> Detector: ...

    @property
    def model(self) -> str | None: ...


def _settings_of(check: Check) -> Iterator[object]:
    names: list[str] = [field.name for field in fields(check)] if is_dataclass(check) else []
    yield from (getattr(check, name, None) for name in dict.fromkeys((*names, "identifier")))


def _files_of(filters: Sequence[Check]) -> Iterator[Path]:
    """The files that polypref's checks are told to read: lists of refusals, a tokenizer.json."""
    for one in filters:
        if isinstance(one, Refusals) and one.folder:
            yield from sorted(Path(one.folder).glob("*.tsv"))
        if isinstance(one, LengthBounds | LengthRatio) and one.tokenizer and Path(one.tokenizer).is_file():
            yield Path(one.tokenizer)


def check_part(
    stage: Stage, rows: Rows, index: Stage, checks: Sequence[Check], negatives: Negatives, least: int, number: int
) -> int:
    """Checks the prompts and answers of one bucket.

    Answers to a prompt that is rejected are left alone, and prompts to which there are not two answers: those make no
    pair, and are counted where pairs are chosen.

    Args:
        stage: the stage's folder, into which parts are written.
        rows: the stages whose prompts and answers make up the buckets.
        index: the stage index.
        checks: a chain; those of pairs have no part in it.
        negatives: which answers may be rejected whatever a check says.
        least: to how many answers a prompt need have; 1 where labels are kept unpaired.
        number: of the bucket.

    Returns:
        How many prompts there were.
    """
    bucket = pool.load_bucket(rows, index, number)
    prompts = prompts_with_texts(with_answers(bucket, least))
    of_prompts = pa.concat_tables([_findings(checks, some, "prompt") for some in whole_prompts(prompts, ROWS_AT_ONCE)])
    answers = with_answers(of_usable_prompts(bucket, of_prompts), least).completions
    answers = answers.filter(pc.not_equal(answers["route"], "reference"))
    of_answers = [
        _findings(checks, answers_with_texts(bucket, some), "answer", names)
        for names, group in _by_negatives(bucket.prompts, answers, negatives)
        for some in whole_prompts(group, ROWS_AT_ONCE)
    ]
    write_table(stage.part("findings", number), pa.concat_tables([of_prompts, *of_answers]).combine_chunks())
    return int(bucket.prompts.num_rows)


def _by_negatives(
    prompts: pa.Table, answers: pa.Table, negatives: Negatives
) -> Iterator[tuple[tuple[str, ...], pa.Table]]:
    """The answers, apart by the checks whose answers may be rejected: of a prompt in several sources, those of each."""
    if None in negatives:
        yield negatives[None], answers
        return
    names = {
        row["prompt_id"]: tuple(dict.fromkeys(name for one in row["sources"] for name in negatives[one["name"]]))
        for row in prompts.select(["prompt_id", "sources"]).to_pylist()
    }
    of_answer = pa.array(["\n".join(names[prompt]) for prompt in answers["prompt_id"].to_pylist()], pa.string())
    for group in sorted(set(of_answer.to_pylist())):
        yield tuple(filter(None, group.split("\n"))), answers.filter(pc.equal(of_answer, group))


def _findings(
    checks: Sequence[Check], table: pa.Table, subject: Subject, may_be_rejected: tuple[str, ...] = ()
) -> pa.Table:
    if not checks_of(checks, subject) or not table.num_rows:
        return schema.FINDINGS.empty_table()
    return run_checks(checks, Batch(table, subject=subject), may_be_rejected)


def check_funnels(stage: Stage, rows: Rows, index: Stage, least: int) -> tuple[Funnel, Funnel]:
    """Counts what checks say of prompts, and of answers.

    An answer that may be neither chosen nor rejected is rejected, and counted by why it may not be rejected; one that
    may be one of both is kept, and counted once more under that outcome. The one answer of a prompt is not checked, and
    is not used. Flags are counted with the pairs.

    Args:
        stage: the stage check, with all its parts.
        rows: the stages whose prompts and answers make up the buckets.
        index: the stage index.
        least: as in `check_part`.

    Returns:
        (language, outcome, reason) -> how many prompts; the same of answers.
    """
    prompts, answers = Funnel(), Funnel()
    completions = pool.row_files(rows, "completions")
    prompt_files = pool.row_files(rows, "prompts")
    con = sql.connect(reads=[index.path, *completions, *prompt_files])
    parts = sql.parquet(index.path / "index-*.parquet")
    for language, count in con.execute(f"SELECT language, count(*) FROM {parts} GROUP BY ALL").fetchall():
        prompts[language, "in", ""] = count
    if completions:
        query = f"""SELECT language, CASE WHEN prompt_id NOT IN (SELECT prompt_id FROM {parts}) THEN 'prompt_left_out'
                                WHEN route = 'reference' THEN 'reference' ELSE '' END AS why,
                           count(*), count(DISTINCT completion_id)
                    FROM {sql.parquet(*completions)} JOIN (SELECT DISTINCT prompt_id, language
                                                           FROM {sql.parquet(*prompt_files)}) USING (prompt_id)
                    GROUP BY ALL"""
        for language, why, count, different in con.execute(query).fetchall():
            answers[language, "in", ""] += count
            if why:
                answers[language, "unused", why] += count
            elif count > different:
                answers[language, "joined", "repeated_answer"] += count - different
        unchecked = f"""SELECT language, sum(answers)::BIGINT FROM (
                          SELECT prompt_id, count(DISTINCT completion_id) AS answers
                          FROM {sql.parquet(*completions)} WHERE route <> 'reference' GROUP BY ALL
                          HAVING answers < {sql.number(least)})
                        JOIN {parts} USING (prompt_id) GROUP BY ALL"""
        for language, count in con.execute(unchecked).fetchall():
            answers[language, "unused", "not_checked"] = count
    con.close()
    _count_findings(stage, completions, prompts, answers)
    for funnel in (prompts, answers):
        lost = Counter[str]()
        for (language, outcome, _), count in funnel.items():
            lost[language] += count * (outcome in LEFT_OUT)
        for language, outcome, _ in list(funnel):
            if outcome == "in" and (kept := funnel[language, "in", ""] - lost[language]):
                funnel[language, "kept", ""] = kept
    return prompts, answers


def _count_findings(stage: Stage, completions: Sequence[Path], prompts: Funnel, answers: Funnel) -> None:
    con = sql.connect(reads=[stage.path, *completions])
    con.execute(
        f"""CREATE TEMP TABLE findings AS SELECT *, concat("check", ': ', reason) AS why, row_number() OVER () AS place
            FROM {sql.parquet(stage.path / "findings-*.parquet")}"""
    )
    con.execute(
        """CREATE TEMP TABLE lost AS SELECT prompt_id, any_value(language) AS language, arg_min(why, place) AS why
           FROM findings WHERE outcome = 'reject' AND completion_id IS NULL GROUP BY prompt_id"""
    )
    for language, why, count in con.execute("SELECT language, why, count(*) FROM lost GROUP BY ALL").fetchall():
        prompts[language, "rejected", why] = count
    if completions:
        query = f"""SELECT language, count(DISTINCT completion_id) FROM {sql.parquet(*completions)} JOIN lost
                    USING (prompt_id) WHERE route <> 'reference' GROUP BY ALL"""
        for language, count in con.execute(query).fetchall():
            answers[language, "unused", "prompt_left_out"] += count
    uses = """SELECT language, outcome, why, count(*) FROM (
                SELECT any_value(language) AS language,
                       CASE WHEN bool_or(chosen) AND bool_or(rejected) THEN 'rejected'
                            WHEN bool_or(chosen) THEN 'rejected_only' ELSE 'chosen_only' END AS outcome,
                       coalesce(arg_min(why, place) FILTER (rejected), arg_min(why, place)) AS why
                FROM findings WHERE outcome = 'reject' AND completion_id IS NOT NULL GROUP BY completion_id)
              GROUP BY ALL"""
    for language, outcome, why, count in con.execute(uses).fetchall():
        answers[language, outcome, why] = count
    con.close()


def filter_part(
    stage: Stage, rows: Rows, index: Stage, check: Stage, pair: Stage, filters: Sequence[Check], number: int
) -> int:
    """Runs the checks of pairs over the pairs of one bucket, and gives pairs the flags of their prompt and answers.

    Args:
        stage: the stage's folder, into which parts are written.
        rows: the stages whose prompts, answers and ratings make up the buckets.
        index: the stage index.
        check: the stage that checked prompts and answers.
        pair: the stage with the pairs: pair, or review.
        filters: the chain; those of prompts and answers have no part in it.
        number: of the bucket.

    Returns:
        How many pairs there were.
    """
    bucket = pool.load_bucket(rows, index, number)
    pairs = pq.read_table(pair.part("pairs", number))
    chain, texts = checks_of(filters, "pair"), with_scores(pairs, bucket)
    batches = (with_texts(some, bucket) for some in whole_prompts(texts, ROWS_AT_ONCE))
    filtered = pa.concat_tables([run_chain(chain, Batch(batch)) for batch in batches])
    filtered = _with_findings(filtered, pairs, pq.read_table(check.part("findings", number)))
    write_table(stage.part("filtered", number), filtered.combine_chunks())
    return int(pairs.num_rows)


def _with_findings(filtered: pa.Table, pairs: pa.Table, findings: pa.Table) -> pa.Table:
    """Adds the flags of prompts and answers; a pair whose sides people turned falls where its answers may not be so."""
    flags, uses = flags_of(findings), {row["completion_id"]: row for row in uses_of(findings).to_pylist()}
    rows = filtered.to_pylist()
    for row, pair in zip(rows, pairs.select(["prompt_id", "chosen_id", "rejected_id"]).to_pylist(), strict=True):
        keys: list[tuple[str, Side | None]] = [(pair["prompt_id"], None)]
        keys += [(pair[f"{side}_id"], side) for side in SIDES]
        row["flags"] = sorted({*row["flags"], *(flag for key in keys for flag in flags.get(key, ()))})
        for side in SIDES:
            why = uses.get(pair[f"{side}_id"], {}).get(f"not_{side}")
            if why is not None and row["reason"] is None:
                row["filter"], _, reason = why.partition(": ")
                row["reason"] = in_a_pair(reason, side)
    return pa.Table.from_pylist(rows, schema.FILTERED)


def whole_prompts(rows: pa.Table, most: int) -> Iterator[pa.Table]:
    """Cuts prompts, answers or pairs, sorted by prompt, into tables of about so many rows: whole prompts.

    Args:
        rows: a table with prompt_id.
        most: rows of a table, where no prompt has more.

    Yields:
        The tables, one at least.
    """
    prompts = rows["prompt_id"].combine_chunks()
    begin = 0
    while begin == 0 or begin < len(rows):
        end = begin + most
        while 0 < end < len(rows) and prompts[end] == prompts[end - 1]:
            end += 1
        yield rows.slice(begin, end - begin)
        begin = end


def filter_funnel(stage: Stage) -> Funnel:
    """Counts what the filters kept, rejected and flagged.

    Args:
        stage: the stage filter, with all its parts.

    Returns:
        (language, outcome, reason) -> how many pairs; a reason begins with the check's name.
    """
    con, funnel = sql.connect(reads=[stage.path]), Funnel()
    filtered = sql.parquet(stage.path / "filtered-*.parquet")
    for language, name, reason, count in con.execute(
        f'SELECT language, "filter", reason, count(*) FROM {filtered} GROUP BY ALL'
    ).fetchall():
        funnel[language, "in", ""] += count
        funnel[language, "kept" if reason is None else "rejected", "" if reason is None else f"{name}: {reason}"] += (
            count
        )
    flags = f"""SELECT language, flag, count(*) FROM (SELECT language, unnest(flags) AS flag FROM {filtered}
                WHERE reason IS NULL) GROUP BY ALL"""
    for language, flag, count in con.execute(flags).fetchall():
        funnel[language, "flagged", flag] = count
    return funnel
