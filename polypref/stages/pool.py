"""The pool: every source read once, its rows kept in buckets.

A bucket holds whole prompts: everything that belongs to a prompt is in the bucket that its id names. So the stages
after (rate, pair, filter, the join at the end) go bucket by bucket, in any order, with memory bounded by a bucket.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from .. import schema
from ..console.escaping import as_written
from ..errors import UserError
from ..files import sql
from ..files.atomic import abandon_part, open_parquet, sync_rename, temporary, write_json, write_table
from ..files.cells import Bad
from ..files.store import Stage, Store
from ..layouts.occasions import add_source
from ..layouts.rows import interpret_row, unused_line
from ..layouts.source import Source, without_way
from ..layouts.tables import Item, NotAsked, PromptRow, TableRow
from .job_records import check_bad_share as check_bad_share
from .job_records import counted_by_source as counted_by_source
from .job_records import job_record as job_record
from .job_records import notes_of_jobs as notes_of_jobs
from .job_records import stopped_record
from .reading import files_of, read_with, resolved_source
from .row_counts import RowCounts
from .seen_labels import refuse_undeclared
from .source_notes import SourceNotes
from .wrong_columns import ColumnWatch

#: Bytes of source text that one bucket holds, and the most buckets there are.
BUCKET_BYTES, MAX_BUCKETS = 8 << 20, 128
#: Bytes of the answers to one prompt, which are all in memory at once, several times over.
MOST_OF_A_PROMPT = 256 << 20
#: Bytes of source files read in one job, and characters of text gathered before they are written.
JOB_BYTES, CHUNK = 256 << 20, 32 << 20

TABLES = {
    "prompts": schema.PROMPTS,
    "completions": schema.COMPLETIONS,
    "ratings": schema.RATINGS,
    "verdicts": schema.VERDICTS,
}
#: What sources state of people, whose table is there only where one does; see `schema.PEOPLE_OF_PROMPTS`.
PEOPLE = "people"
_WRITTEN = {**TABLES, PEOPLE: schema.PEOPLE_OF_PROMPTS}


@dataclass(frozen=True)
class ReadJob:
    """Some files of one source (none where it is no files), read in one go.

    `stamps` are sizes and times of inputs; `salt` is that of the pseudonyms of people, where the source names any;
    `apart` says that the build has sources of other names, with which what this one says of a prompt does not mix.
    """

    source: Source
    files: tuple[Path, ...]
    size: int
    digest: str
    stamps: tuple[tuple[int, int], ...] = ()
    salt: str = ""
    apart: bool = False


def read_jobs(sources: Iterable[Source], store: Store) -> list[ReadJob]:
    """Splits the sources into jobs by file and size; each carries a digest of its content.

    Args:
        sources: what is read.
        store: keeps the digests of files between runs.

    Returns:
        jobs in the order of the sources and their files; a source without files is one job without a digest.

    Raises:
        UserError: a file or dataset cannot be found, or nothing says what a source's labels mean.
    """
    sources, jobs = list(sources), list[ReadJob]()
    apart = len({source.name for source in sources}) > 1
    for source in sources:
        refuse_undeclared(source)
        salt = store.salt() if source.fields.names_people else ""
        source, paths = without_way(resolved_source(source)), files_of(source)
        if not paths:
            jobs.append(ReadJob(source, (), BUCKET_BYTES * 32, "", salt=salt, apart=apart))
            continue
        files, size = [], 0
        for path in paths:
            files.append(path)
            size += sum(map(_unpacked_size, read_with(source, [path])))
            if size >= JOB_BYTES:
                jobs.append(_job(source, files, store, salt, apart))
                files, size = [], 0
        if files:
            jobs.append(_job(source, files, store, salt, apart))
    return jobs


def described(source: Source) -> dict[str, object]:
    """What a source says of itself, whether a field of it or not: other values, other rows.

    Args:
        source: any source.

    Returns:
        the source and its members by name, for a fingerprint.
    """
    names = ("name", "revision", "licence", "fields", "language", "where")
    return {"source": source, **{name: getattr(source, name) for name in names}}


def _job(source: Source, files: list[Path], store: Store, salt: str, apart: bool) -> ReadJob:
    inputs = read_with(source, files)
    stamps = tuple(map(_stamp, inputs))
    digest = "".join(map(store.digest, inputs))
    return ReadJob(source, tuple(files), sum(map(_unpacked_size, inputs)), digest, stamps, salt, apart)


def _stamp(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}; check that the file is there") from None
    return stat.st_size, stat.st_mtime_ns


def _unpacked_size(path: Path) -> int:
    size = _stamp(path)[0]
    return size * 4 if path.suffix.lower() in (".gz", ".zst", ".parquet") else size


def bucket_count(jobs: Iterable[ReadJob], times: int = 1) -> int:
    """How many buckets the sources' text needs, when models make so many times as much of it.

    Args:
        jobs: all jobs of the build.
        times: how many texts models make of each.

    Returns:
        1 to MAX_BUCKETS.
    """
    return max(1, min(MAX_BUCKETS, -(-sum(job.size for job in jobs) * times // BUCKET_BYTES)))


class Writer:
    """Sorts rows into buckets, a file for each table and bucket; the files get their names when all is written."""

    def __init__(self, stage: Stage, job: int, buckets: int) -> None:
        self.stage, self.job, self.buckets = stage, job, buckets
        self.rows: dict[str, list[TableRow]] = {name: [] for name in _WRITTEN}
        self.files: dict[Path, tuple[Path, pq.ParquetWriter]] = {}
        self.size = 0

    def add(self, item: Item) -> None:
        """Takes a row's prompt and what belongs to it.

        Args:
            item: what a row of a source became.
        """
        own: Sequence[TableRow] = item.people
        rows: tuple[Sequence[TableRow], ...] = ([item.prompt], item.completions, item.ratings, item.verdicts, own)
        for name, more in zip(_WRITTEN, rows, strict=True):
            self.rows[name] += more
        self.size += sum(len(m["content"]) for m in item.prompt["prompt"]) + sum(
            len(c["text"]) for c in item.completions
        )
        if self.size >= CHUNK:
            self.flush()

    def flush(self) -> None:
        """Writes what was gathered."""
        for name, rows in self.rows.items():
            if not rows:
                continue
            table = pa.Table.from_pylist(rows, _WRITTEN[name])
            buckets = np.fromiter((int(r["prompt_id"][:8], 16) % self.buckets for r in rows), np.int64, len(rows))
            order = np.argsort(buckets, kind="stable")
            table = table.take(pa.array(order))
            for number, begin, end in runs(buckets[order]):
                self._file(name, number).write_table(table.slice(begin, end - begin))
            rows.clear()
        self.size = 0

    def _file(self, name: str, bucket: int) -> pq.ParquetWriter:
        path = self.stage.path / f"{name}-{bucket:05d}-{self.job:05d}.parquet"
        if path not in self.files:
            part = temporary(path)
            self.files[path] = part, open_parquet(part, _WRITTEN[name], compact=False)
        return self.files[path][1]

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> Literal[False]:
        try:
            if kind is None:
                self.flush()
                for path, (part, writer) in self.files.items():
                    writer.close()
                    sync_rename(part, path)
        finally:
            for part, writer in self.files.values():
                abandon_part(writer, part)
        return False


def runs(values: np.ndarray) -> list[tuple[int, int, int]]:
    """Runs of equal values.

    Args:
        values: whole numbers, shape (n,).

    Returns:
        (value, begin, end) of every run, in order; nothing for no values.

    Example:
        >>> runs(np.array([3, 3, 1]))
        [(3, 0, 2), (1, 2, 3)]
    """
    cuts = [0, *(np.flatnonzero(np.diff(values)) + 1).tolist(), len(values)]
    return [(int(values[a]), a, b) for a, b in pairwise(cuts) if b > a]


def read_job(
    stage: Stage, number: int, job: ReadJob, buckets: int, wanted: frozenset[str] | None, max_bad: float
) -> int:
    """Reads one job's rows into the stage's buckets and writes down what was left out and why.

    Where it stops on its way, what was counted until then, and what was left out, is written down all the same.

    Args:
        stage: where to write.
        number: of the job; its files carry it.
        job: what to read.
        buckets: how many there are.
        wanted: tags of the languages that are kept; None for all.
        max_bad: share of the rows that may be bad, 0 to 1.

    Returns:
        how many rows were read.

    Raises:
        UserError: a file cannot be read or changed meanwhile, or so many rows are bad that reading on is no use: more
            than 1,000, and more than half and four times `max_bad` of them.
    """
    columns, notes = ColumnWatch(job.source, stop=max_bad < 1), SourceNotes(job.source)
    counts = RowCounts(job.source, wanted, max_bad)

    def write_down(record: Path) -> None:
        write_table(stage.part("rejected", number), counts.left_out())
        counted = {"source": job.source.name, **counts.record()}
        write_json(record, {**counted, "columns": columns.record(), "notes": notes.record()})

    try:
        with sql.disk_errors(stage.path), Writer(stage, number, buckets) as writer:
            _read_rows(job, wanted, columns, counts, notes, writer)
    except UserError:
        if counts.rows:
            with suppress(UserError, OSError):  # a disk that is full may be what stopped it
                write_down(stopped_record(stage, number))
        raise
    write_down(job_record(stage, number))
    stopped_record(stage, number).unlink(missing_ok=True)
    return counts.rows


def _read_rows(
    job: ReadJob,
    wanted: frozenset[str] | None,
    columns: ColumnWatch,
    counts: RowCounts,
    notes: SourceNotes,
    writer: Writer,
) -> None:
    """Reads all rows of a job into buckets, and counts them."""
    for line in columns.lines(job.files):
        try:
            if isinstance(line.row, Bad):
                raise unused_line(line.row, job.source, wanted)
            item = interpret_row(line.row, job.source, wanted, job.salt)
        except NotAsked as why:
            columns.left_out = why.reason.startswith("where_")
            counts.add_unwanted(line, why)
            continue
        except Bad as why:
            counts.add_bad(line, why)
            continue
        if job.apart:
            add_source(item, job.source.name)
        counts.add_item(line.where, item)
        notes.add(line.row, item)
        writer.add(item)
    if job.stamps != tuple(map(_stamp, read_with(job.source, job.files))):
        raise UserError(f"a file of source '{job.source.name}' changed while it was read; run the same command again")


@dataclass(frozen=True)
class Bucket:
    """The rows of one bucket: prompts sorted by prompt_id (with their leak_group), the rest by prompt_id and id."""

    prompts: pa.Table
    completions: pa.Table
    ratings: pa.Table
    verdicts: pa.Table


Rows = tuple[Stage, ...]
"""The stages whose prompts, completions, ratings and verdicts together make up the buckets."""


def row_files(rows: Rows, table: str, number: int | None = None) -> list[Path]:
    """The parts of a table in all these stages.

    Args:
        rows: the stages that have the table.
        table: its name, as in TABLES.
        number: of a bucket; None for all.

    Returns:
        paths in the order of the stages, those of a stage sorted.
    """
    name = f"{table}-*.parquet" if number is None else f"{table}-{number:05d}*.parquet"
    return [part for stage in rows for part in sorted(stage.path.glob(name))]


def load_prompts(stages: Rows, number: int) -> pa.Table:
    """Reads the prompts of one bucket, each once, before there is an index.

    Args:
        stages: the stages that have prompts.
        number: of the bucket.

    Returns:
        a table with schema.PROMPTS, sorted by prompt_id.
    """
    parts = row_files(stages, "prompts", number)
    if not parts:
        return schema.PROMPTS.empty_table()
    return _merge_prompts(pa.concat_tables([pq.read_table(part, schema=schema.PROMPTS) for part in parts]))


def load_bucket(stages: Rows, index: Stage, number: int) -> Bucket:
    """Reads one bucket: the index's prompts, each once, and what belongs to them, each once.

    Args:
        stages: the stages that have its rows.
        index: says which prompts are in it, and gives them group_id, leak_group and contaminated_by.
        number: of the bucket.

    Returns:
        the bucket.

    Raises:
        UserError: the answers to one prompt are more than `MOST_OF_A_PROMPT`.
    """
    wanted = pq.read_table(index.part("index", number))
    ids = wanted["prompt_id"].combine_chunks()

    def rows(name: str, key: str) -> pa.Table:
        parts = row_files(stages, name, number)
        if not parts:
            return TABLES[name].empty_table()
        table = pa.concat_tables([pq.read_table(part, schema=TABLES[name]) for part in parts])
        if name == "completions" and table["text"].nbytes > MOST_OF_A_PROMPT:
            _refuse_huge_prompt(table, prompts)
        table = table.filter(pc.is_in(table["prompt_id"], ids))
        return table if name == "prompts" else _each_once(table, key)

    prompts = _merge_prompts(rows("prompts", "prompt_id"))
    at = pc.index_in(prompts["prompt_id"], ids)
    for name in ("group_id", "leak_group", "contaminated_by"):
        values = wanted[name].combine_chunks().take(at)
        position = prompts.schema.get_field_index(name)
        field = pa.field(name, pa.string(), nullable=name == "contaminated_by")
        prompts = prompts.set_column(position, field, values) if position >= 0 else prompts.append_column(field, values)
    return Bucket(
        prompts,
        rows("completions", "completion_id"),
        rows("ratings", "completion_id"),
        rows("verdicts", "completion_a"),
    )


def _refuse_huge_prompt(completions: pa.Table, prompts: pa.Table) -> None:
    """Refuses a prompt with more answers than memory is to hold: a small packed file may hold a great many."""
    sizes = completions.select(["prompt_id"]).append_column(
        "size", pc.cast(pc.binary_length(completions["text"]), "int64")
    )
    by_prompt = sizes.group_by("prompt_id").aggregate([("size", "sum"), ("size", "count")]).sort_by("size_sum")
    largest = by_prompt.slice(by_prompt.num_rows - 1).to_pylist()[0]
    if largest["size_sum"] <= MOST_OF_A_PROMPT:
        return
    asked = prompts.filter(pc.equal(prompts["prompt_id"], largest["prompt_id"])).to_pylist()
    text = as_written(schema.prompt_text(asked[0]["prompt"])[:60]) if asked else largest["prompt_id"]
    raise UserError(
        f"the prompt {text} has {largest['size_count']:,} answers, {largest['size_sum'] >> 20:,} MiB of text; all "
        f"answers to a prompt are in memory at once, so at most {MOST_OF_A_PROMPT >> 20} MiB are read: name the column "
        "of the prompts if this is another one, or leave rows out with where=..."
    )


def _each_once(table: pa.Table, key: str) -> pa.Table:
    """Sorted by prompt_id and key, equal rows in the order of the sources; only completions drop later copies."""
    table = table.append_column("row", pa.array(np.arange(table.num_rows)))
    table = table.sort_by([("prompt_id", "ascending"), (key, "ascending"), ("row", "ascending")]).drop_columns("row")
    if key != "completion_id" or "text" not in table.column_names or table.num_rows < 2:
        return table
    ids = table[key].combine_chunks()
    new = pc.not_equal(ids.slice(1), ids.slice(0, len(ids) - 1))
    return table.filter(pa.concat_arrays([pa.array([True]), new]))


def _merge_prompts(table: pa.Table) -> pa.Table:
    """One row a prompt: sources and labels of its copies joined, the first reference and criterion kept."""
    if pc.count_distinct(table["prompt_id"]).as_py() == table.num_rows:
        return table.sort_by("prompt_id")
    merged: dict[str, PromptRow] = {}
    for row in table.to_pylist():
        first = merged.setdefault(row["prompt_id"], row)
        if first is not row:
            first["sources"] += [s for s in row["sources"] if s not in first["sources"]]
            first["labels"] = sorted({*(first["labels"] or []), *(row["labels"] or [])})
            first["reference"] = row["reference"] if first["reference"] is None else first["reference"]
            first["criterion"] = row["criterion"] if first["criterion"] is None else first["criterion"]
    return pa.Table.from_pylist([merged[key] for key in sorted(merged)], schema.PROMPTS)
