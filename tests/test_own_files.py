"""Results, sheets, pages and logs go where a user says, over nothing that is the user's."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from polypref.errors import UserError
from polypref.evaluation.reward_models.benchmark import evaluate_rm
from polypref.evaluation.reward_models.data import load_comparisons, source
from polypref.evaluation.run import run_evaluation, write_results
from polypref.files.atomic import fingerprint
from polypref.files.store import Store
from polypref.inference.log import ResponseLog
from polypref.layouts.sources import Fields, Files
from polypref.pipeline.builder import Builder
from polypref.release.folder import check_folder
from polypref.review import decisions
from quickstart import steps

ONE = "0" * 31 + "1"


@pytest.fixture
def verdicts(tmp_path) -> dict[str, object]:
    """An evaluation of verdicts that others gave, which asks nobody."""
    rows = ("q1,mine", "q2,theirs", "q3,mine", "q4,mine")
    (tmp_path / "verdicts.csv").write_text("question,winner\n" + "\n".join(rows) + "\n", "utf-8")
    layout = {"form": "winner", "columns": "winner", "prompt": "question", "model_a": "=mine", "model_b": "=theirs"}
    layout |= {"language": "=he", "labels": {"mine": "a", "theirs": "b"}}
    return {"judgements": {"path": str(tmp_path / "verdicts.csv"), "layout": layout}}


FILES = ("evaluation.json", "battles.parquet", "results.json", "report.md", "report.html")


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_an_evaluation_stops_at_a_file_that_was_changed(verdicts, tmp_path, name):
    out = tmp_path / "evaluation"
    run_evaluation(verdicts, out, quiet=True)
    run_evaluation(verdicts | {"seed": 3}, out, quiet=True)
    (out / name).write_bytes((out / name).read_bytes() + b" ")
    before = {path: path.read_bytes() for path in out.iterdir() if path.is_file()}
    with pytest.raises(UserError, match=f"{name} was changed after polypref wrote it") as refused:
        run_evaluation(verdicts, out, quiet=True)
    assert "\n" not in str(refused.value)
    assert {path: path.read_bytes() for path in out.iterdir() if path.is_file()} == before
    if name.startswith("report"):
        with pytest.raises(UserError, match=f"{name} was changed"):
            write_results(out)


def test_an_evaluation_stops_at_a_users_own_report_though_a_store_is_there(verdicts, tmp_path):
    out = tmp_path / "evaluation"
    (out / ".polypref").mkdir(parents=True)
    (out / "report.md").write_text("mine")
    with pytest.raises(UserError, match=r"report\.md is no file that polypref wrote, and would be written over"):
        run_evaluation(verdicts, out, quiet=True)
    assert sorted(path.name for path in out.iterdir()) == [".polypref", "report.md"]


def test_an_evaluation_of_version_0_1_0_which_kept_no_record_is_gone_on_with(verdicts, tmp_path):
    out = tmp_path / "evaluation"
    run_evaluation(verdicts, out, quiet=True)
    for again in (lambda: write_results(out), lambda: run_evaluation(verdicts | {"seed": 3}, out, quiet=True)):
        (out / ".polypref" / "written.json").unlink()
        again()


def test_a_report_of_version_0_1_0_that_somebody_edited_is_kept(verdicts, tmp_path, capsys):
    out = tmp_path / "evaluation"
    run_evaluation(verdicts, out, quiet=True)
    (out / ".polypref" / "written.json").unlink()
    with (out / "report.md").open("a", encoding="utf-8") as file:
        file.write("\nMy notes.\n")
    edited, page = (out / "report.md").read_bytes(), (out / "report.html").read_bytes()
    write_results(out)
    assert (out / "report-before.md").read_bytes() == edited and b"My notes" not in (out / "report.md").read_bytes()
    assert "report.md is of a version that kept no record of what it wrote" in capsys.readouterr().err
    # What comes out as it was needs no copy, and a record is kept from now on.
    assert (out / "report.html").read_bytes() == page and not (out / "report-before.html").exists()
    (out / "report.md").write_bytes(edited + b"More notes.\n")
    with pytest.raises(UserError, match=r"report\.md was changed after"):
        write_results(out)


def test_a_benchmark_of_a_reward_model_writes_over_its_own_files_only(tmp_path):
    row = {"id": "1", "language": "he", "prompt": "?", "chosen": "a", "rejected": "b"}
    (tmp_path / "pairs.jsonl").write_text(json.dumps(row | {"chosen_score": 1, "rejected_score": 0}), "utf-8")
    pairs, out = load_comparisons(source(str(tmp_path / "pairs.jsonl"))), tmp_path / "out"
    for bins in (10, 5):
        evaluate_rm(pairs, {}, None, out, bins=bins)
    (out / ".polypref" / "written.json").unlink()
    evaluate_rm(pairs, {}, None, out)  # as version 0.1.0 left it
    for name in ("reward_results.json", "rewards.parquet", "reward_report.md"):
        other = tmp_path / name.split(".")[0]
        other.mkdir()
        (other / name).write_text("{}")
        with pytest.raises(UserError, match=f"{name} is no file that polypref wrote"):
            evaluate_rm(pairs, {}, None, other)
        assert [path.name for path in other.iterdir()] == [name] and (other / name).read_text() == "{}"


@pytest.mark.parametrize("table", ["replies (question TEXT)", "accounts (id INTEGER)", "failures (key TEXT)"])
def test_a_database_of_something_else_is_no_response_log(tmp_path, table):
    path = tmp_path / "app.sqlite"
    with sqlite3.connect(path) as db:
        db.execute(f"CREATE TABLE {table}")
    db.close()
    before = path.read_bytes()
    with pytest.raises(UserError, match=r"cannot use .*app\.sqlite as response log .*another program's database"):
        ResponseLog(path)
    assert path.read_bytes() == before and [one.name for one in tmp_path.iterdir()] == ["app.sqlite"]


def test_decisions_are_written_over_while_nobody_changed_them(tmp_path):
    sheet, out, about = tmp_path / "sheet.csv", tmp_path / "review.json", "x 1.0.0"
    for verdict in ("A", "B"):
        sheet.write_text(f"id,language,verdict\n{ONE}-0,he,{verdict}\n", "utf-8")
        decisions.bring_back(about, [sheet], out)
        assert decisions.read_decisions(out).agreement["he"].pairs == 1
    text = out.read_text("utf-8").replace("agreed", "remove").replace("relabel", "remove")
    out.write_text(text, "utf-8")
    sheet.write_text(f"id,language,verdict\n{ONE}-0,he,A\n", "utf-8")
    with pytest.raises(UserError, match=r"review\.json is there already and is not as polypref wrote it"):
        decisions.bring_back(about, [sheet], out)
    assert out.read_text("utf-8") == text


def test_the_loop_takes_an_empty_folder_or_its_own(tmp_path):
    (tmp_path / "prompts.jsonl").write_text("mine")
    with pytest.raises(UserError, match="holds no run of the loop"):
        steps.claim_folder(tmp_path, steps.Settings())
    assert [path.name for path in tmp_path.iterdir()] == ["prompts.jsonl"]


@pytest.mark.slow
def test_filled_sheets_and_other_peoples_pages_stay(polypref, tmp_path):
    out, sheets, page = tmp_path / "out", tmp_path / "sheets", tmp_path / "page.html"
    words = ("build", "builders/quickstart.py", "--languages", "he", "--out", out, "--quiet")
    polypref(*words)
    export = ("review", "export", out, "--languages", "he", "--pairs", 3, "--out", sheets)
    for _ in range(2):
        polypref(*export)
        polypref("inspect", out, "--html", page)
    polypref("inspect", out, "--html", page, "--pairs", 1)
    sheet = sheets / "review-he.csv"
    for path, again in ((sheet, export), (page, ("inspect", out, "--html", page))):
        filled = (
            path.read_bytes().replace(b"<html", b"<html class=mine", 1).replace(b'"","","",""', b'"A","","","noa"', 1)
        )
        path.write_bytes(filled)
        refused = polypref(*again, expect=2).stderr
        why = "is not as polypref wrote it" if path == page else "holds something else"
        assert f"{path} is there already and {why}; move it away" in refused and refused.count("\n") == 1
        assert path.read_bytes() == filled
    # What is only downloaded is read without leaving anything in it.
    shutil.copytree(out, tmp_path / "snapshot", ignore=shutil.ignore_patterns(".polypref"))
    before = sorted(Path(tmp_path / "snapshot").rglob("*"))
    polypref("inspect", tmp_path / "snapshot")
    assert sorted(Path(tmp_path / "snapshot").rglob("*")) == before
    # The sample's page has a name of its own beside the folder.
    (tmp_path / "out-sample.html").write_text("mine")
    polypref(*words, "--sample", expect=2)
    assert (tmp_path / "out-sample.html").read_text() == "mine"


def test_a_builds_check_looks_where_a_dataset_waits_for_its_place(tmp_path):
    """A folder with a `.polypref` of somebody else's."""
    out = tmp_path / "out"
    mine = out / ".polypref" / "folder" / "notes.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    builder = Builder("b", "1.0.0", sources=(Files("rows.jsonl", Fields("prompt"), "s", "1", "cc0-1.0"),))
    with Store(out / ".polypref", "b") as store, pytest.raises(UserError, match=r"notes.txt is no file that polypref"):
        check_folder(out, builder, store)
    assert mine.read_text() == "mine"


def test_decisions_are_not_written_over_another_record_of_polyprefs(tmp_path):
    """A provenance is sealed as decisions are."""
    sheet, out = tmp_path / "sheet.csv", tmp_path / "provenance.json"
    sheet.write_text(f"id,language,verdict\n{ONE}-0,de,A\n", "utf-8")
    record = {"format": "polypref/1", "name": "d", "files": {}}
    out.write_text(json.dumps(record | {"seal": fingerprint(record)}), "utf-8")
    before = out.read_bytes()
    with pytest.raises(UserError, match=r"provenance.json is there already and is not as polypref wrote it"):
        decisions.bring_back("d 1.0.0", [sheet], out)
    assert out.read_bytes() == before
