"""What the jobs of the stage read write down of the rows they read, held together."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

import pyarrow.parquet as pq

from ..errors import UserError
from ..files.atomic import read_json
from ..files.json_types import JsonObject, mapping_of
from ..files.store import Stage
from ..layouts.label_counts import LabelCounts, LeftOut, check_labels
from ..layouts.model_names import Sightings, sightings_from_json
from ..layouts.source import Source
from .advice import no_rows
from .bad_rows import too_many_bad, unread_reasons
from .counts import FunnelRow, SourceRow
from .job_counts import JobCounts
from .seen_labels import labels_from_json
from .source_notes import notes_of
from .wrong_columns import check_absent


class Job(Protocol):
    """Some files of one source, read in one go."""

    @property
    def source(self) -> Source:
        """Whose they are; resolved."""
        ...

    @property
    def files(self) -> tuple[Path, ...]:
        """The files; none where the source is no files."""
        ...


def job_record(stage: Stage, number: int) -> Path:
    """What tells that a job of the stage read was done: it is written last.

    Args:
        stage: where the jobs write.
        number: of the job.

    Returns:
        its path; nothing need be there.
    """
    return stage.path / f"job-{number:05d}.json"


def stopped_record(stage: Stage, number: int) -> Path:
    """What tells how far a job of the stage read came that stopped on its way; it has the form of `job_record`.

    Args:
        stage: where the jobs write.
        number: of the job.

    Returns:
        its path; nothing need be there.
    """
    return stage.path / f"stopped-{number:05d}.json"


def notes_of_jobs(stage: Stage, jobs: Sequence[Job]) -> list[str]:
    """What to say of the sources besides what is counted.

    Args:
        stage: where the jobs wrote.
        jobs: all jobs, in the order of their numbers.

    Returns:
        sentences without full stops.
    """
    records = [read_json(job_record(stage, number)) or {} for number in range(len(jobs))]
    return notes_of((job.source, mapping_of(one.get("notes"))) for job, one in zip(jobs, records, strict=True))


def counted_by_source(stage: Stage, jobs: Sequence[Job]) -> list[SourceRow]:
    """What the jobs counted of rows, source by source: together the funnel of the stage.

    Args:
        stage: where the jobs wrote.
        jobs: all jobs, in the order of their numbers.

    Returns:
        a row for each count, the sources in their order; none where all jobs are of one source.
    """
    counts = {job.source.name: JobCounts() for job in jobs}
    if len(counts) == 1:
        return []
    for number, job in enumerate(jobs):
        counts[job.source.name].add_record(read_json(job_record(stage, number)) or {})
    return [SourceRow(name, *key, rows) for name, one in counts.items() for key, rows in sorted(one.rows.items())]


def counted_so_far(stage: Stage) -> list[FunnelRow]:
    """What the jobs of a stage read counted, whether or not the stage, or a job, came to its end.

    Args:
        stage: where the jobs wrote.

    Returns:
        rows of the funnel.
    """
    counts = JobCounts()
    for path in (*sorted(stage.path.glob("job-*.json")), *_stopped(stage)):
        counts.add_record(read_json(path) or {})
    return counts.funnel()


def stopped_at(stage: Stage) -> list[str]:
    """Where the jobs of a stage read stopped that did not come to their end.

    Args:
        stage: where the jobs wrote.

    Returns:
        for each a line that says how many rows of which source it read, and which was the last one.
    """
    lines = []
    for record in (read_json(path) or {} for path in _stopped(stage)):
        last = f", the last one {record['last']}" if record.get("last") else ""
        rows = int(str(record.get("lines", 0)))
        were = "row was" if rows == 1 else "rows were"
        lines.append(f"of source '{record.get('source')}' {rows:,} {were} read{last}")
    return lines


def _stopped(stage: Stage) -> list[Path]:
    """Records of jobs that stopped, but for those that were done after that."""
    stopped = sorted(stage.path.glob("stopped-*.json"))
    return [path for path in stopped if not path.with_name(path.name.replace("stopped-", "job-")).exists()]


def check_bad_share(stage: Stage, jobs: Sequence[Job], max_bad: float) -> JobCounts:
    """Adds up what the jobs counted.

    Args:
        stage: where the jobs wrote.
        jobs: all jobs, in the order of their numbers.
        max_bad: share of a source's rows that may be bad, 0 to 1; those count of which a part cannot be read.

    Returns:
        the counts of all jobs together.

    Raises:
        UserError: more than `max_bad` of a source's rows are bad, a label of it is not declared, no row has a column
            that is, or it has no row.
    """
    import json

    counts, lines, bad = JobCounts(), Counter[str](), Counter[str]()
    of_source: defaultdict[str, JobCounts] = defaultdict(JobCounts)
    alike: list[_Alike] = []
    for number, job in enumerate(jobs):
        record = json.loads(job_record(stage, number).read_text("utf-8"))
        lines[job.source.name] += record["lines"]
        bad[job.source.name] += record["bad"]
        together = _alike(alike, job.source)
        together.labels.update(labels_from_json(record["labels"]))
        together.sightings.update(sightings_from_json(record["sightings"]))
        together.columns.append(record.get("columns", {}))
        for some in (counts, of_source[job.source.name]):
            some.add_record(record)
    for one in alike:
        check_absent(one.columns)
        check_labels(
            f"source '{one.source.name}'",
            one.source.fields,
            one.labels,
            partial(_first_row, stage, jobs, one.source.name),
            one.sightings,
        )
    for job in jobs:
        name = job.source.name
        if not lines[name]:
            raise UserError(no_rows(name, [file for one in jobs if one.source.name == name for file in one.files]))
        if bad[name] > max_bad * lines[name]:
            rejected, reasons = _rejected(stage, jobs, name), unread_reasons(of_source[name].rows)
            raise too_many_bad(job.source, lines[name], bad[name], max_bad, rejected, reasons)
    return counts


def _rejected(stage: Stage, jobs: Sequence[Job], name: str) -> list[tuple[str, ...]]:
    """Language, place, reason and detail of what could not be used of a source."""
    return [
        tuple(row.values())
        for number, job in enumerate(jobs)
        if job.source.name == name
        for row in pq.read_table(stage.path / f"rejected-{number:05d}.parquet").to_pylist()
    ]


def _first_row(stage: Stage, jobs: Sequence[Job], name: str, is_meant: LeftOut) -> str:
    """The place of a source's first row that is left out so; empty where there is none."""
    rows = _rejected(stage, jobs, name)
    return next((where for _, where, reason, detail in rows if is_meant(reason, detail)), "")


class _Alike:
    """Parts of one dataset that declare the same: their labels and columns count together."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.labels, self.sightings, self.columns = LabelCounts(), Sightings(), list[JsonObject]()


def _alike(parts: list[_Alike], source: Source) -> _Alike:
    declared = source.name, source.fields, source.where
    for one in parts:
        if (one.source.name, one.source.fields, one.source.where) == declared:
            return one
    parts.append(_Alike(source))
    return parts[-1]
