"""What jobs write down of the rows they read, held together: parts that declare the same count together."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from polypref.errors import UserError
from polypref.files.store import Stage, Store
from polypref.layouts.sources import Answer, Fields, Files
from polypref.stages.job_records import (
    check_bad_share,
    counted_by_source,
    counted_so_far,
    job_record,
    notes_of_jobs,
)
from polypref.stages.pool import ReadJob, read_job, read_jobs

FIELDS = Fields("prompt", (Answer("a", model="one"), Answer("b", model="two")), language="language", group="group")


def row(prompt: str, **more: Any) -> dict[str, Any]:
    return {"prompt": prompt, "a": f"{prompt} A", "b": f"{prompt} B", "language": "de", "group": None} | more


def source(path: Path, *rows: dict[str, Any], name: str = "s", fields: Fields = FIELDS) -> Files:
    """A source of the files that a path or pattern names; rows are written to it."""
    if rows:
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(json.dumps(one) + "\n" for one in rows), "utf-8")
    return Files(str(path), fields, name, "1", "mit")


def read(root: Path, *sources: Files, max_bad: float = 0.05) -> tuple[Stage, list[ReadJob]]:
    with Store(root, "test") as store:
        jobs = read_jobs(sources, store)
        stage = store.stage("read", 1, None, [job.digest for job in jobs])
    for number, job in enumerate(jobs):
        read_job(stage, number, job, 2, None, max_bad)
        assert job_record(stage, number).is_file()
    return stage, jobs


WRONG = {"Prompt": "x", "language": "de"}
SENTENCE = r"column 'prompt' \(prompt of Fields\) is in none of the 3 rows of .*; did you mean 'Prompt'\?"


def test_a_column_that_no_row_has_stops_the_build_however_many_rows_may_be_bad(tmp_path):
    wrong = source(tmp_path / "a.jsonl", *[WRONG] * 3)
    with pytest.raises(UserError, match=SENTENCE):
        read(tmp_path / "root", wrong)
    stage, jobs = read(tmp_path / "root", wrong, max_bad=1)
    with pytest.raises(UserError, match=SENTENCE):
        check_bad_share(stage, jobs, 1)


@pytest.mark.parametrize("one_pattern", [True, False])
def test_a_column_that_another_file_of_the_dataset_has_is_there(one_pattern, tmp_path):
    wrong = source(tmp_path / "data" / "a.jsonl", *[WRONG] * 3)
    right = source(tmp_path / "data" / "b.jsonl", row("gut"))
    parts = [source(tmp_path / "data" / "*.jsonl")] if one_pattern else [wrong, right]
    stage, jobs = read(tmp_path / "root", *parts, max_bad=1)
    assert check_bad_share(stage, jobs, 1).rows["de", "kept", ""] == 1
    other = replace(wrong, name="t")
    stage, jobs = read(tmp_path / "other", right, other, max_bad=1)
    with pytest.raises(UserError, match=r"^source 't': " + SENTENCE):
        check_bad_share(stage, jobs, 1)


def test_a_record_of_before_columns_were_looked_for_is_read(tmp_path):
    stage, jobs = read(tmp_path / "root", source(tmp_path / "a.jsonl", row("x", group="1")))
    record = json.loads(job_record(stage, 0).read_text("utf-8"))
    del record["columns"], record["notes"]
    job_record(stage, 0).write_text(json.dumps(record), "utf-8")
    assert check_bad_share(stage, jobs, 0).rows["de", "kept", ""] == 1
    assert notes_of_jobs(stage, jobs) == []


def test_counts_of_all_jobs_are_added_up_before_the_last_is_done_too(tmp_path):
    rows = [row("x"), row("y", language="he"), row("z", language="klingon-x")]
    stage, jobs = read(
        tmp_path / "root", source(tmp_path / "a.jsonl", *rows), source(tmp_path / "b.jsonl", row("w")), max_bad=1
    )
    kept = {("de", "kept", ""): 2, ("he", "kept", ""): 1, ("", "rejected", "unknown_language"): 1}
    assert check_bad_share(stage, jobs, 1).rows == kept
    assert rows_so_far(stage) == kept | {("de", "in", ""): 2, ("he", "in", ""): 1, ("", "in", ""): 1}
    job_record(stage, 1).unlink()
    assert rows_so_far(stage)["de", "kept", ""] == rows_so_far(stage)["de", "in", ""] == 1


def rows_so_far(stage: Stage) -> dict[tuple[str, str, str], int]:
    return {(one.language, one.outcome, one.reason): one.rows for one in counted_so_far(stage) if one.unit == "rows"}


def test_what_is_no_fault_of_a_source_is_told_apart(tmp_path):
    stage, jobs = read(tmp_path / "root", source(tmp_path / "a.jsonl", row("x"), row("y")))
    (note,) = notes_of_jobs(stage, jobs)
    assert note.startswith("source 's': column 'group' (group of Fields) is empty in all 2 rows")
    stage, jobs = read(tmp_path / "two", source(tmp_path / "b.jsonl", row("x", group="1"), row("y")))
    assert notes_of_jobs(stage, jobs) == []


def test_what_sources_count_is_together_what_the_stage_counts(tmp_path):
    one = source(tmp_path / "a.jsonl", row("gut"), row("", a="x"), name="one")
    more = source(tmp_path / "b.jsonl", row("besser"), name="one")
    other = source(tmp_path / "c.jsonl", row("gut"), row("bon", language="fr"), name="other")
    stage, jobs = read(tmp_path / "root", one, more, other, max_bad=1)
    rows = [(row.source, row.language, row.outcome, row.reason, row.rows) for row in counted_by_source(stage, jobs)]
    assert rows == [
        ("one", "de", "kept", "", 2),
        ("one", "de", "rejected", "empty_prompt", 1),
        ("other", "de", "kept", "", 1),
        ("other", "fr", "kept", "", 1),
    ]
    whole = check_bad_share(stage, jobs, 1).rows
    assert {key: whole[key] for key in whole} == {
        ("de", "kept", ""): 3, ("de", "rejected", "empty_prompt"): 1, ("fr", "kept", ""): 1,
    }  # fmt: skip
    # One source in several files is one source.
    stage, jobs = read(tmp_path / "alone", one, more, max_bad=1)
    assert counted_by_source(stage, jobs) == []
