"""The index: every prompt once, with its leak_group and whether an evaluation set knows it, over all sources.

A leak_group is a connected component of groups. Two groups are joined when the same turns stand in both, in whatever
language and after whatever system message, or when a prompt of one is a near-copy of a prompt of the other; so no
near-copy of a test prompt is ever in train.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import pyarrow as pa

from ... import schema
from ...engines.contract import Engine
from ...files import sql
from ...files.hub_reader import hub_revision
from ...files.store import Stage, Store
from ...scripting.declared import check_fields, checked_call
from ..counts import Funnel
from ..pool import Rows, row_files
from .evaluation_overlap import EvaluationPrompts, Index, Overlap
from .known_sets import KNOWN_SETS, check_known, known_index
from .near_duplicates import components, near_duplicate_edges
from .signatures import NearDuplicates

# What was asked, whatever the system message says: prompts that differ in that alone are never in two splits.
_SPOKEN = "md5(list_filter(prompt, lambda turn: turn.role <> 'system')::VARCHAR)"
_PAIRS = pa.schema([("node", pa.string()), ("value", pa.string())])


@checked_call
@dataclass(frozen=True)
class Prompts:
    """What is found out about prompts before anything else.

    Attributes:
        near_duplicates: how near-copies are found; None joins only equal texts.
        evaluation: evaluation prompts that no training prompt may hold.
        overlap: when a prompt counts as holding one.
        known_sets: evaluation sets that polypref knows by samples of their n-grams, and that no training prompt may
            hold either; () for none. They are not looked for in what is an evaluation set itself.

    """

    near_duplicates: NearDuplicates | None = field(default_factory=NearDuplicates)
    evaluation: tuple[EvaluationPrompts, ...] = ()
    overlap: Overlap = field(default_factory=Overlap)
    known_sets: tuple[str, ...] = KNOWN_SETS
    version: ClassVar[int] = 7

    def __post_init__(self) -> None:
        check_fields(self)
        check_known(self.known_sets)

    def digests(self, store: Store) -> list[str]:
        """Fingerprints of the evaluation sets' content: of the file, or the Hub's commit.

        Args:
            store: keeps the digests of files between runs.

        Returns:
            one a set, in their order.

        Raises:
            UserError: a file or a dataset cannot be found.
        """
        return [
            store.digest(Path(one.path)) if one.path else hub_revision(str(one.repo), one.revision)
            for one in self.evaluation
        ]


def build_index(
    stage: Stage,
    rows: Rows,
    buckets: int,
    seed: int,
    limit: int | None,
    settings: Prompts,
    scratch: Path,
    languages: Sequence[str] | None = None,
    engine: Engine | None = None,
) -> Funnel:
    """Writes an index part for every bucket: prompt_id, language, group_id, leak_group, contaminated_by, spoken.

    `spoken` is the same for prompts that differ in their system message, or in what they are judged by, alone.

    Args:
        stage: where to write.
        rows: the stages that have the prompts.
        buckets: how many there are.
        seed: of the choice that `limit` makes.
        limit: at most so many prompts a language, chosen by group so that languages share them, and so many that are to
            be answered in another language; None for all.
        settings: how near-copies and contaminated prompts are found.
        scratch: folder for what does not fit in memory.
        languages: only prompts of these; None for all.
        engine: whose workers compare the prompts, on this machine; None for this process alone.

    Returns:
        counts by language: in, kept, skipped, and flagged where a prompt's group was joined to another.

    Raises:
        UserError: an evaluation set cannot be read or holds no prompt.
    """
    parts = row_files(rows, "prompts")
    con = sql.connect(scratch, reads=parts)
    con.execute(
        f"""CREATE TEMP TABLE raw AS SELECT prompt_id, language, group_id, {_SPOKEN} AS content,
                   language = response_language AS own
            FROM {sql.parquet(*parts)}"""
    )
    near = settings.near_duplicates
    copies = None if near is None else near_duplicate_edges(con, parts, near, engine, stage.path)
    leaks = components(_edges(con, copies))
    _register(con, "leaks", leaks.items())
    _register(con, "contaminated", _contaminated(con, parts, settings))
    con.execute(
        """CREATE TEMP TABLE prompts AS
           SELECT prompt_id, any_value(language) AS language, min(group_id) AS group_id, any_value(own) AS own,
                  any_value(content) AS spoken
           FROM raw GROUP BY prompt_id"""
    )
    funnel = Funnel()
    if languages is not None:
        # Prompts that are only there to be translated.
        other = "FROM prompts WHERE NOT list_contains(?, language)"
        for language, count in con.execute(f"SELECT language, count(*) {other} GROUP BY ALL", [languages]).fetchall():
            funnel[language, "skipped", "language_not_asked_for"] = count
        con.execute(f"DELETE {other}", [languages])
    chosen = con.sql(
        f"""SELECT prompt_id, language, group_id, coalesce(l.value, group_id) AS leak_group, c.value AS contaminated_by,
                   spoken,
                   {sql.bucket("prompt_id", buckets)} AS bucket
            FROM (SELECT *, row_number() OVER (PARTITION BY language, own
                         ORDER BY {sql.order_key(seed, "group_id")}, prompt_id) AS place FROM prompts)
            LEFT JOIN leaks l ON l.node = group_id LEFT JOIN contaminated c ON c.node = group_id
            WHERE place <= {sql.number(limit or 2**62)} ORDER BY bucket, prompt_id"""
    ).to_arrow_reader(100_000)
    sql.write_by_bucket(chosen, stage, "index", buckets)
    for language, _, count in con.execute("SELECT language, own, count(*) FROM prompts GROUP BY ALL").fetchall():
        kept = min(count, limit or count)
        funnel[language, "in", ""] += count
        funnel[language, "kept", ""] += kept
        if kept < count:
            funnel[language, "skipped", "beyond_limit"] += count - kept
    joined = con.execute(
        """SELECT language, count(*) FROM prompts JOIN leaks ON node = group_id
           WHERE value <> group_id GROUP BY language"""
    )
    for language, count in joined.fetchall():
        funnel[language, "flagged", "joined_to_another_group"] = count
    con.close()
    return funnel


def joined_prompts(parts: Sequence[Path]) -> Funnel:
    """Counts the rows that brought a prompt, and those of them that repeat one.

    Args:
        parts: all parts of the table of prompts, a row for each time that a prompt was read or made.

    Returns:
        (language, outcome, reason) -> how many rows; kept are as many as there are prompts.
    """
    con, funnel = sql.connect(reads=parts), Funnel()
    query = f"SELECT language, count(*), count(DISTINCT prompt_id) FROM {sql.parquet(*parts)} GROUP BY ALL"
    for language, count, prompts in con.execute(query).fetchall():
        funnel[language, "in", ""], funnel[language, "kept", ""] = count, prompts
        if count > prompts:
            funnel[language, "joined", "repeated_prompt"] = count - prompts
    con.close()
    return funnel


def _edges(con: sql.Connection, copies: pa.Table | None) -> list[tuple[str, str]]:
    """Pairs of groups in which the same was asked, or near-copies of it."""
    query = """SELECT DISTINCT least_group, group_id FROM
               (SELECT group_id, min(group_id) OVER (PARTITION BY content) AS least_group FROM raw)
               WHERE least_group <> group_id"""
    edges: list[tuple[str, str]] = con.execute(query).fetchall()
    # The same prompt text in two rows may carry two groups: prompt_id is the same, so near-copies name one of them.
    if copies is not None:
        con.register("near", copies)
        edges += con.execute(
            """SELECT DISTINCT a.group_id, b.group_id FROM near JOIN raw a ON a.prompt_id = prompt_id_a
               JOIN raw b ON b.prompt_id = prompt_id_b WHERE a.group_id <> b.group_id"""
        ).fetchall()
        con.unregister("near")
    return edges


def _contaminated(con: sql.Connection, parts: Sequence[Path], settings: Prompts) -> Iterator[tuple[str, str]]:
    """Groups with a contaminated prompt in any language, and the evaluation set it was found in."""
    indices = [Index.build(settings.evaluation, settings.overlap)] if settings.evaluation else []
    indices += [known_index(settings.known_sets, settings.overlap)] if settings.known_sets else []
    if not indices:
        return
    set_of_group: dict[str, str] = {}
    reader = con.sql(f"SELECT group_id, language, prompt FROM {sql.parquet(*parts)}").to_arrow_reader(5_000)
    for batch in reader:
        groups, tags = batch.column("group_id").to_pylist(), batch.column("language").to_pylist()
        texts = [schema.prompt_text(messages) for messages in batch.column("prompt").to_pylist()]
        for index in indices:
            for group, name in zip(groups, index.find(texts, tags), strict=True):
                if name is not None:
                    set_of_group[group] = min(set_of_group.get(group, name), name)
    yield from set_of_group.items()


def _register(con: sql.Connection, name: str, rows: Iterable[tuple[str, str]]) -> None:
    pairs = list(rows)
    columns = zip(*pairs, strict=True) if pairs else ([], [])
    con.register(name, pa.table([pa.array(column, pa.string()) for column in columns], schema=_PAIRS))
