"""What the jobs of the stage read write down of the rows they read, held together."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

import pyarrow.parquet as pq

from ..errors import UserError
from ..files.atomic import read_json
from ..files.json_types import Json, JsonObject, mapping_of
from ..files.store import Stage
from ..layouts.label_counts import UNDECLARED_REASONS, LabelCounts, check_labels
from ..layouts.source import Source
from .advice import no_rows
from .bad_rows import too_many_bad, unread_reasons
from .counts import Funnel
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


def counted_so_far(stage: Stage) -> Funnel:
    """What the jobs of a stage read counted that are done, whether or not the stage came to its end.

    Args:
        stage: where the jobs wrote.

    Returns:
        (language, outcome, reason) -> how many rows.
    """
    funnel = Funnel()
    for path in sorted(stage.path.glob("job-*.json")):
        _add_counted(funnel, (read_json(path) or {}).get("funnel"))
    return funnel


def _add_counted(funnel: Funnel, counted: Json) -> None:
    """Adds the counts of a job's record, and what came in."""
    for row in counted if isinstance(counted, list) else ():
        if isinstance(row, dict):
            language, outcome, reason, rows = (row[name] for name in ("language", "outcome", "reason", "rows"))
            funnel[str(language), str(outcome), str(reason)] += int(str(rows))
            if outcome in ("kept", "rejected", "skipped"):
                funnel[str(language), "in", ""] += int(str(rows))


def check_bad_share(stage: Stage, jobs: Sequence[Job], max_bad: float) -> Funnel:
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

    funnel, lines, bad = Funnel(), Counter[str](), Counter[str]()
    of_source: defaultdict[str, Funnel] = defaultdict(Funnel)
    alike: list[_Alike] = []
    for number, job in enumerate(jobs):
        record = json.loads(job_record(stage, number).read_text("utf-8"))
        lines[job.source.name] += record["lines"]
        bad[job.source.name] += record["bad"]
        together = _alike(alike, job.source)
        together.labels.update(labels_from_json(record["labels"]))
        together.columns.append(record.get("columns", {}))
        for row in record["funnel"]:
            for counts in (funnel, of_source[job.source.name]):
                counts[row["language"], row["outcome"], row["reason"]] += row["rows"]
            if row["outcome"] in ("kept", "rejected", "skipped"):
                funnel[row["language"], "in", ""] += row["rows"]
    for one in alike:
        check_absent(one.columns)
        check_labels(
            f"source '{one.source.name}'",
            one.source.fields,
            one.labels,
            partial(_first_unknown, stage, jobs, one.source.name),
        )
    for job in jobs:
        name = job.source.name
        if not lines[name]:
            raise UserError(no_rows(name, [file for one in jobs if one.source.name == name for file in one.files]))
        if bad[name] > max_bad * lines[name]:
            rejected = _rejected(stage, jobs, name)
            raise too_many_bad(job.source, lines[name], bad[name], max_bad, rejected, unread_reasons(of_source[name]))
    return funnel


def _rejected(stage: Stage, jobs: Sequence[Job], name: str) -> list[tuple[str, ...]]:
    """Language, place, reason and detail of what could not be used of a source."""
    return [
        tuple(row.values())
        for number, job in enumerate(jobs)
        if job.source.name == name
        for row in pq.read_table(stage.path / f"rejected-{number:05d}.parquet").to_pylist()
    ]


def _first_unknown(stage: Stage, jobs: Sequence[Job], name: str) -> str:
    """The place of a source's first row that holds a label which is not declared."""
    first = next((row for row in _rejected(stage, jobs, name) if row[2] in UNDECLARED_REASONS), None)
    return first[1] if first else ""


class _Alike:
    """Parts of one dataset that declare the same: their labels and columns count together."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.labels, self.columns = LabelCounts(), list[JsonObject]()


def _alike(parts: list[_Alike], source: Source) -> _Alike:
    declared = source.name, source.fields, source.where
    for one in parts:
        if (one.source.name, one.source.fields, one.source.where) == declared:
            return one
    parts.append(_Alike(source))
    return parts[-1]
