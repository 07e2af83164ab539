"""A build that wrote no dataset, opened by inspect: how far it came, what it left out, what ended it."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from polypref.api.building import build
from polypref.api.datasets import Dataset, load
from polypref.cli import main
from polypref.errors import UserError
from polypref.files.store import Store
from polypref.layouts.sources import Answer, Fields, Files
from polypref.pages import unfinished
from polypref.pages.rows import draw_sample
from polypref.pages.unfinished import steps_table, unfinished_build
from polypref.pipeline.builder import Builder
from polypref.pipeline.last_run import FILE
from polypref.stages.balance import Split
from polypref.stages.counts import FunnelRow
from polypref.stages.prompts.index import Prompts

FIELDS = Fields(
    prompt="prompt",
    answers=(Answer("a", model="one", score="x"), Answer("b", model="two", score="y")),
    language="language",
)
#: In German three prompts are ties and two have an empty answer; that in Hebrew is a tie; one row has no prompt.
ROWS = [{"prompt": f"Frage {n}?", "a": f"Antwort <b>{n}</b>", "b": "Keine", "x": 1, "y": 1} for n in range(5)]
ROWS[3]["b"] = ROWS[4]["b"] = ""
ROWS = [row | {"language": "de"} for row in ROWS]
ROWS += [
    {"prompt": "מה השעה?", "a": "שלוש", "b": "ארבע", "x": 2, "y": 2, "language": "he"},
    {"prompt": " ", "a": "x", "b": "y", "x": 1, "y": 2, "language": "de"},
]


def run(folder: Path, rows: list[dict[str, Any]], **more: Any) -> Dataset:
    """Builds the dataset `b` of some rows in folder/out, without a check."""
    folder.mkdir(exist_ok=True)
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    source = Files(str(folder / "rows.jsonl"), name="x", licence="mit", revision="1", fields=FIELDS)
    more = {"prompts": Prompts(near_duplicates=None), "split": Split(test=0), "max_bad": 1, "filters": ()} | more
    return build(Builder("b", "1.0.0", sources=(source,), **more), folder / "out", quiet=True)


@pytest.fixture(scope="module")
def empty(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("empty")
    with pytest.raises(UserError, match="no pair is left"):
        run(folder, ROWS)
    return folder / "out"


@pytest.fixture
def copy(empty, tmp_path) -> Path:
    """A copy of the empty build, to be changed."""
    return Path(shutil.copytree(empty, tmp_path / "copy"))


def note(folder: Path, **changes: Any) -> None:
    """Changes what is noted of the last run."""
    path = folder / ".polypref" / FILE
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), "utf-8")


def test_the_terminal_shows_what_ended_it_the_funnel_and_some_rows_of_each_reason(empty, capsys):
    assert main(["inspect", str(empty)]) == 0
    text = capsys.readouterr().out
    flat = re.sub(r"\s+", " ", text)
    assert text.startswith(
        "b 1.0.0  rated by the source (scores in columns 'x', 'y')\nno finished dataset the build stopped in the stage "
        "balance: no pair is"
    )
    assert "4 prompts tie, 2 prompts empty_answer, 1 row empty_prompt: " in flat
    assert re.search(r"│ de │ 5 of 6 │ .*5 of 5 │ 10 of 10 │ 10 of 10 │ 0 of 5 │", flat)
    titles = re.findall(r"(pair: tie|pair: empty_answer|read: empty_prompt), (de|he), ", text)
    assert sorted(reason for reason, _ in titles) == ["pair: empty_answer", "pair: tie", "read: empty_prompt"]
    assert "rows.jsonl:7" in text and re.search(r"Frage \d\?", text) and "Keine" in text


def test_a_build_that_was_stopped_by_bad_rows_shows_them_and_what_was_counted(tmp_path, capsys):
    with pytest.raises(UserError, match="1 of 7 rows cannot be used"):
        run(tmp_path, ROWS, max_bad=0.01)
    assert main(["inspect", str(tmp_path / "out")]) == 0
    text = capsys.readouterr().out
    assert "the build stopped in the stage read: source 'x': 1 of 7 rows" in re.sub(r"\s+", " ", text)
    assert "no stage is finished" not in text
    assert re.search(r"│ read +│ rows +│ +7 │ +1 │ +6 │", text)
    assert "read: empty_prompt, de" in text and "rows.jsonl:7" in text


def test_a_build_that_was_stopped_within_a_file_shows_the_rows_before(tmp_path, capsys):
    bad = {"prompt": "", "a": "x", "b": "y", "x": 1, "y": 2, "language": "he"}
    with pytest.raises(UserError, match="1,001 of 1,007 rows cannot be used"):
        run(tmp_path, [*ROWS[:6], ROWS[6], *[bad] * 3_000], max_bad=0.01)
    assert main(["inspect", str(tmp_path / "out")]) == 0
    text = capsys.readouterr().out
    flat = re.sub(r"\s+", " ", text)
    place = f"{tmp_path / 'rows.jsonl'}:1007"
    assert f"in the stage read (of source 'x' 1,007 rows were read, the last one {place}; below is what" in flat
    assert re.search(r"│ read +│ rows +│ +1,007 │ +1,001 │ +6 │", text)
    assert re.search(r"│ read +│ answers +│ +12 │ +0 │ +12 │", text)
    assert re.search(r"read: empty_prompt, (de|he)", text) and "rows.jsonl:" in text
    run(tmp_path, [*ROWS[:6], ROWS[0] | {"prompt": "Noch eine?", "x": 3}, bad])
    assert main(["inspect", str(tmp_path / "out")]) == 0
    assert "the last one" not in capsys.readouterr().out


def test_more_rows_and_one_language_can_be_asked_for(empty, capsys):
    assert main(["inspect", str(empty), "--pairs", "9", "--languages", "German"]) == 0
    text = capsys.readouterr().out
    assert (text.count("pair: tie, de"), text.count("pair: tie, he"), text.count("pair: empty_answer, de")) == (3, 0, 2)
    assert main(["inspect", str(empty), "--pairs", "0"]) == 0
    assert "pair: tie" not in capsys.readouterr().out
    assert main(["inspect", str(empty), "--languages", "ja"]) == 2
    assert "has no rows in 'ja'; it has de, he" in capsys.readouterr().err


def test_the_page_holds_the_funnel_and_every_row_that_was_left_out(empty, tmp_path, capsys):
    page = tmp_path / "page.html"
    assert main(["inspect", str(empty), "--html", str(page)]) == 0
    assert capsys.readouterr().out == f"wrote {page}: 7 of 7 rows to read\n"
    text = page.read_text("utf-8")
    assert "<b>This is no finished dataset.</b>" in text and "The build stopped in the stage balance: no pair" in text
    assert '<section id="balance"' not in text and "Antwort <b>" not in text
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)[1])
    assert sorted(data["totals"]) == [
        ["rejected", "pair", "empty_answer", "de", 2, 2],
        ["rejected", "pair", "tie", "de", 3, 3],
        ["rejected", "pair", "tie", "he", 1, 1],
        ["rejected", "read", "empty_prompt", "de", 1, 1],
    ]
    tie = next(row for row in data["rows"] if row["language"] == "he")
    assert tie["prompt"] == [["user", "מה השעה?"]] and [one["score"] for one in tie["answers"]] == [2.0, 2.0]
    line = r'rejected">rejected</span> <span title="[^"]+">empty_<wbr>answer</span>.*?class="number">2</td>'
    assert re.search(line, text)
    again = tmp_path / "again.html"
    Dataset(empty).write_page(again)
    assert again.read_bytes() == page.read_bytes()
    Dataset(empty).write_page(page)  # its own page is written over
    with pytest.raises(UserError, match="is a folder"):
        Dataset(empty).write_page(tmp_path)


def test_load_refuses_it_and_says_how_to_look_at_it(empty):
    with pytest.raises(UserError, match=rf"is not a finished polypref dataset .*; polypref inspect {empty} shows"):
        load(empty)


def test_a_build_that_was_killed_says_where(copy, capsys):
    stages = json.loads((copy / ".polypref" / FILE).read_text("utf-8"))["stages"]
    note(copy, stages=stages[:3], stopped="")
    (copy / ".polypref" / stages[2]["folder"] / "done.json").unlink()
    assert main(["inspect", str(copy)]) == 0
    text = re.sub(r"\s+", " ", capsys.readouterr().out)
    assert "the build ended in the stage check and could not say why: it was killed, or the machine stopped" in text
    assert "read: empty_prompt" in text and "pair: tie" not in text
    note(copy, stages=stages[:2])
    assert "ended after the stage index and" in unfinished_build(copy).ended
    note(copy, asking="complete")
    assert "ended while models were asked for the stage complete and" in unfinished_build(copy).ended
    note(copy, stages=[], asking="")
    assert "ended before its first stage" in unfinished_build(copy).ended
    Dataset(copy).inspect()
    assert "no stage is finished" in capsys.readouterr().out
    Dataset(copy).write_page(copy.parent / "page.html")


def test_a_build_that_is_running_says_so(copy):
    note(copy, stopped="", asking="rate")
    with Store(copy / ".polypref", "b"):
        running = unfinished_build(copy)
        assert running.ended.startswith(
            "a build is writing this folder now, while models are asked for the stage rate;"
        )
        (copy / ".polypref" / FILE).unlink()
        with pytest.raises(UserError, match="has just begun; look again"):
            unfinished_build(copy)
    with pytest.raises(UserError, match="nothing is noted of how far its build came"):
        unfinished_build(copy)


def test_the_stages_of_the_last_run_are_shown_and_not_those_of_another(copy):
    folder = copy.parent
    (folder / "out").mkdir()
    shutil.copytree(copy / ".polypref", folder / "out" / ".polypref")
    with pytest.raises(UserError, match="no pair is left"):
        run(folder, ROWS[3:5])
    assert sum(row.rows for row in unfinished_build(folder / "out").funnel if row.reason == "empty_answer") == 2
    assert not [row for row in unfinished_build(folder / "out").funnel if row.reason == "tie"]


def test_a_dataset_that_is_gone_says_so(tmp_path):
    dataset = run(tmp_path, [ROWS[0] | {"y": 0}])
    assert unfinished_build(dataset.path) is None
    (tmp_path / "out" / "provenance.json").unlink()
    assert "was finished, but its dataset is gone" in unfinished_build(dataset.path).ended


def test_a_folder_without_a_build_is_none(tmp_path):
    assert unfinished_build(tmp_path) is None and unfinished_build(tmp_path / "nothing") is None


def test_of_each_stage_and_unit_what_was_kept_is_set_against_what_came():
    rows = [
        FunnelRow("read", "rows", "de", "kept", "", 3),
        FunnelRow("read", "rows", "de", "rejected", "empty_prompt", 1),
        FunnelRow("read", "rows", "", "rejected", "unknown_language", 2),
        FunnelRow("check", "prompts", "de", "in", "", 3),
        FunnelRow("check", "answers", "de", "in", "", 6),
        FunnelRow("check", "answers", "de", "kept", "", 4),
    ]
    table = steps_table(rows)
    assert [column.header for column in table.columns] == ["language", "read\nrows", "check\nprompts", "check\nanswers"]
    cells = [list(column.cells) for column in table.columns]
    assert list(zip(*cells, strict=True)) == [
        ("de", "3 of 4", "0 of 3", "4 of 6"),
        ("und", "0 of 2", "", ""),
        ("all", "3 of 6", "0 of 3", "4 of 6"),
    ]


def test_texts_of_rows_cannot_change_the_terminal(copy, capsys):
    row = {"stage": "pair", "reason": "tie", "language": "de", "id": "0" * 32, "detail": "[red]x[/] \x1b[31m"}
    row |= {"prompt": [["user", "a" * 500]], "answers": [{"name": "answer 1", "model": "[b]m", "text": "\x1b]0;x\x07"}]}
    unfinished._show_row(unfinished.console(), row)
    text = capsys.readouterr().out
    assert "\x1b" not in text and "[red]x" in text and "[b]m" in text and "a" * 300 not in text


@pytest.mark.slow
def test_rejected_rows_of_a_reviewed_dataset_can_be_read_with_what_reviewers_removed(tmp_path):
    rows = [ROWS[n] | {"y": 0} for n in (0, 1)] + [ROWS[2]]
    first = json.loads(Path(run(tmp_path, rows).path / "provenance.json").read_text("utf-8"))
    pairs = [row for name in first["files"] for row in pq.read_table(tmp_path / "out" / name).to_pylist()]
    decisions = {"format": "polypref-review/1", "decisions": {pairs[0]["pair_id"]: "remove"}, "agreement": {}}
    (tmp_path / "decisions.json").write_text(json.dumps(decisions), "utf-8")
    dataset = run(tmp_path, rows, review=str(tmp_path / "decisions.json"))
    sample = draw_sample(dataset.path, dataset.record)
    assert sample.without == ""
    assert {key[1:3]: rows for key, rows in sample.totals.items() if key[0] == "rejected"} == {
        ("review", "removed_by_reviewers"): 1,
        ("pair", "tie"): 1,
    }
    removed = next(row for row in map(json.loads, sample.rows) if row["stage"] == "review")
    assert [one["score"] for one in removed["answers"]] == [1.0, 0.0]
    (dataset.path / ".polypref" / FILE).unlink()
    assert "no longer holds the stages" in draw_sample(dataset.path, dataset.record).without
