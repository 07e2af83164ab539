"""What a store says of the last run: its stages, in order, and how it ended."""

import json
import os
from dataclasses import replace

import pytest

from polypref.errors import UserError
from polypref.files.store import Stage
from polypref.pipeline.last_run import FILE, LastRun, RunNotes, StageNote, noted_end, read_last_run
from polypref.stages.counts import FunnelRow, funnel_rows
from polypref.stages.job_records import job_record

ONE, TWO = "read-0123456789abcdef", "rate-fedcba9876543210"


def stage(root, folder: str, rows: int = 0) -> Stage:
    """A stage's folder; finished where it has rows."""
    (root / folder).mkdir()
    made_up = Stage(root / folder, folder.rpartition("-")[2])
    if rows:
        row = {"stage": folder[:4], "unit": "rows", "language": "de", "outcome": "in", "reason": "", "rows": rows}
        made_up.finish({"funnel": [row]})
    return made_up


def test_a_run_notes_its_stages_as_it_comes_to_them(tmp_path):
    notes = RunNotes(tmp_path, "b", "1.0.0", "source")
    notes.note_stage(stage(tmp_path, ONE, 3))
    assert read_last_run(tmp_path) is None, "there is nothing to make yet"
    notes.note_asking("rate")
    assert read_last_run(tmp_path) == LastRun("b", "1.0.0", "source", [StageNote(ONE)], asking="rate")
    notes.note_stage(stage(tmp_path, TWO), counted=False)
    run = read_last_run(tmp_path)
    assert run == LastRun("b", "1.0.0", "source", [StageNote(ONE), StageNote(TWO, False)])
    assert [one.name for one in run.stages] == ["read", "rate"]


def test_what_is_not_finished_or_not_counted_is_not_in_the_funnel(tmp_path):
    stage(tmp_path, ONE, 3), stage(tmp_path, TWO, 5)
    run = LastRun("b", "1.0.0", "source", [StageNote(ONE), StageNote(TWO, False), StageNote("pair-0000000000000000")])
    assert run.funnel(tmp_path) == [FunnelRow("read", "rows", "de", "in", "", 3)]
    assert run.folders(tmp_path) == [tmp_path / ONE, tmp_path / TWO]
    assert run.folders(tmp_path, "rate", "pair") == [tmp_path / TWO]
    assert run.begun(tmp_path, "read") == [tmp_path / ONE] and run.begun(tmp_path, "pair") == []
    assert funnel_rows("read", "rows", {("de", "in", ""): 3}) == run.funnel(tmp_path)


def test_of_a_read_that_was_stopped_what_its_jobs_counted_is_in_the_funnel(tmp_path):
    row = {"unit": "rows", "language": "de", "outcome": "kept", "reason": "", "rows": 4}
    job_record(stage(tmp_path, ONE), 0).write_text(json.dumps({"funnel": [row]}), "utf-8")
    run = LastRun("b", "1.0.0", "source", [StageNote(ONE)])
    assert {(one.outcome, one.rows) for one in run.funnel(tmp_path)} == {("in", 4), ("kept", 4)}
    assert replace(run, stages=[StageNote(ONE, False)]).funnel(tmp_path) == []


@pytest.mark.parametrize(
    ("error", "ending"),
    [
        (UserError("no pair is left\nhf_" + "a" * 34), "no pair is left ***"),
        (KeyboardInterrupt(), "it was interrupted (Ctrl-C)"),
        (ZeroDivisionError("secret"), "an error that is no mistake of the input (ZeroDivisionError)"),
    ],
)
def test_how_a_run_ended_is_noted_in_one_line_without_secrets(tmp_path, error, ending):
    with pytest.raises(type(error)), noted_end(tmp_path):
        RunNotes(tmp_path, "b", "1.0.0", "source")
        raise error
    run = read_last_run(tmp_path)
    assert run.stopped.replace("*", "").split() == ending.replace("*", "").split() and not run.finished
    assert "hf_aa" not in (tmp_path / FILE).read_text("utf-8")


def test_a_run_that_came_to_its_end_is_finished_and_forgets_the_one_before(tmp_path):
    with pytest.raises(UserError), noted_end(tmp_path):
        RunNotes(tmp_path, "b", "1.0.0", "source").note_stage(stage(tmp_path, ONE))
        raise UserError("no")
    with noted_end(tmp_path):
        RunNotes(tmp_path, "c", "1.0.0", "source")
    assert read_last_run(tmp_path) == LastRun("c", "1.0.0", "source", finished=True)
    with pytest.raises(UserError), noted_end(tmp_path):
        raise UserError("before it began")
    assert read_last_run(tmp_path) == LastRun("c", "1.0.0", "source", finished=True)


def test_a_run_with_nothing_to_do_writes_nothing(tmp_path):
    there = stage(tmp_path, ONE, 3)

    def run() -> None:
        with noted_end(tmp_path):
            RunNotes(tmp_path, "b", "1.0.0", "source").note_stage(there)

    run()
    os.utime(tmp_path / FILE, ns=(1, 1))
    run()
    assert (tmp_path / FILE).stat().st_mtime_ns == 1
    # After another run stopped, it is the last one all the same.
    with pytest.raises(UserError), noted_end(tmp_path):
        RunNotes(tmp_path, "b", "1.0.0", "source").note_asking("rate")
        raise UserError("no")
    run()
    assert read_last_run(tmp_path) == LastRun("b", "1.0.0", "source", [StageNote(ONE)], finished=True)


def test_a_run_that_stops_where_nothing_can_be_written_keeps_its_own_error(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, os.strerror(28))

    with pytest.raises(UserError, match="the first one"), noted_end(tmp_path):
        RunNotes(tmp_path, "b", "1.0.0", "source")
        monkeypatch.setattr("polypref.pipeline.last_run.write_json", full)
        raise UserError("the first one")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[", "run.json cannot be read as a note of a run; delete it and build again"),
        ('{"format": 2}', "run.json is of another polypref"),
        ('{"format": 1, "name": "b"}', "run.json is damaged: version is missing; delete it and build again"),
        (
            json.dumps({"format": 1, "name": "b", "version": "1", "rater": "", "stages": [{"folder": "../read-0"}]}),
            "run.json is damaged: stages",
        ),
    ],
)
def test_a_note_that_no_run_wrote_is_refused(tmp_path, text, sentence):
    (tmp_path / FILE).write_text(text, "utf-8")
    with pytest.raises(UserError) as refused:
        read_last_run(tmp_path)
    assert sentence in str(refused.value)


def test_a_run_says_where_it_is(tmp_path):
    stage(tmp_path, ONE, 3), stage(tmp_path, TWO)
    run = LastRun("b", "1.0.0", "source", [StageNote(ONE)])
    assert run.place(tmp_path) == "after the stage read"
    assert replace(run, stages=[*run.stages, StageNote(TWO)]).place(tmp_path) == "in the stage rate"
    assert replace(run, asking="rate").place(tmp_path) == "while models were asked for the stage rate"
    assert replace(run, stages=[]).place(tmp_path) == "before its first stage"
