"""Datasets of turns with tools and thoughts: pages, sheets, differences, and releases on the loopback Hub."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import polypref
from polypref.errors import UserError
from polypref.pages.rows import draw_sample
from polypref.pages.tables import show_dataset
from polypref.release.diff import difference
from polypref.release.folder import read_provenance
from polypref.release.tombstone import hits
from polypref.review.sheets import export_sheets
from polypref.stages.retracted import Retracted
from tests import whole_turns
from tests.conftest import PROSE

MAIL, OTHER_MAIL = "anna.muster" + "@" + "posteo.de", "rolf.muster" + "@" + "posteo.de"
# Personal data where only turns of tools and thoughts have any: in an argument, in what a tool answers, in a thought.
CALL = {"role": "function_call", "content": json.dumps({"name": "wetter", "arguments": {"an": MAIL}})}
PRIVATE = (
    *whole_turns.ROWS,
    {"prompt": [{"role": "user", "content": "Was steht <b>heute</b> im Kalender?"}, CALL,
                {"role": "tool", "content": f"Schreiben an {OTHER_MAIL}"}],
     "chosen": f"<think>Das war {MAIL}.</think>Heute ist ein Brief zu schreiben, sonst nichts.",
     "rejected": "<think>Nichts?</think>Heute ist gar nichts im Kalender zu sehen."},
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("private")
    (place / "both.md").write_text(PROSE, "utf-8")
    declared = replace(whole_turns.builder(place, rows=PRIVATE), version="1.0.0")
    return polypref.build(declared, place / "both", card=place / "both.md", quiet=True).path


def rows_of(folder: Path) -> list[dict[str, object]]:
    return [row for path in sorted(folder.glob("data/*/*.parquet")) for row in pq.read_table(path).to_pylist()]


def test_pairs_have_a_thought_on_both_sides_or_on_none_and_say_whose_data_they_hold(folder):
    rows = rows_of(folder)
    assert len(rows) == 4
    sides = [['"thinking"' in row[role][0] for role in ("chosen", "rejected")] for row in rows]
    assert sorted(sides) == [[False, False], [False, False], [True, True], [True, True]]
    (private,) = [row for row in rows if "Kalender" in row["prompt"][0]]
    assert private["flags"] == ["pii_email"]
    funnel = json.loads((folder / "provenance.json").read_text())["funnel"]
    lost = [(row["unit"], row["reason"], row["rows"]) for row in funnel if row["outcome"] == "rejected"]
    assert ("verdicts", "thought_on_one_side", 1) in lost


def test_a_page_shows_thoughts_calls_and_tools_escaped(folder, capsys):
    shown = draw_sample(folder, read_provenance(folder)).rows
    kept = [json.loads(row) for row in shown if json.loads(row)["outcome"] == "kept"]
    (private,) = [row for row in kept if "Kalender" in row["prompt"][0][1]]
    assert "<b>" not in next(row for row in shown if "Kalender" in row) and "<b>" in private["prompt"][0][1]
    assert [turn[0] for turn in private["prompt"]] == ["user", "assistant", "tool"]
    assert private["answers"][0]["text"].startswith(f"[thinking] Das war {MAIL}.\n\nHeute ist ein Brief")
    assert any(row["prompt"][0][0] == "tools" for row in kept)
    show_dataset(folder, 4, ["de"])
    printed = capsys.readouterr().out
    assert '"name": "wetter"' in printed and "Heute ist ein Brief" in printed


def test_a_review_sheet_has_the_calls_and_not_the_thoughts(folder, tmp_path):
    record = read_provenance(folder)
    (sheet,) = export_sheets(folder, record.files, ["de"], 10, 0, tmp_path)
    cells = [cell for row in csv.reader(sheet.open(encoding="utf-8-sig", newline="")) for cell in row]
    assert any('```tool_call\n{"name":"wetter","arguments":{"ort":"Köln am Rhein"}}\n```' in cell for cell in cells)
    assert not any("Das war" in cell for cell in cells)
    assert any(cell.startswith("[tools] {") and "[tool] " in cell for cell in cells)


def test_another_thought_is_a_change_of_the_text(folder, tmp_path):
    assert difference(folder, folder).sentence() == "nothing"
    place = tmp_path / "later"
    place.mkdir()
    (place / "both.md").write_text(PROSE, "utf-8")
    rows = json.loads(json.dumps(PRIVATE).replace("Das war ", "Es war "))
    declared = replace(whole_turns.builder(place, rows=rows), version="1.0.0")
    later = polypref.build(declared, place / "both", card=place / "both.md", quiet=True).path
    changed = difference(folder, later)
    assert {(row.kind, row.cause, row.rows) for row in changed.rows} <= {
        ("added", "", 1),
        ("removed", "", 1),
        ("changed", "text", 1),
    }
    assert changed.rows


def test_a_row_is_taken_back_by_its_id(folder):
    (private,) = [row for row in rows_of(folder) if "Kalender" in row["prompt"][0]]
    wanted = Retracted(frozenset([private["pair_id"]]), ())
    assert [hit.ids[0] for hit in hits(folder, read_provenance(folder), wanted)] == [private["pair_id"]]


def test_a_private_release_is_loaded_back_as_it_is_and_a_public_one_is_masked(folder, cli, hub, release):
    names = cli.new_name("closed"), cli.new_name("open")
    for name, more in zip(names, ((), ("--public",)), strict=True):
        done = release(folder, name, *more)
        assert done.code == 0, done.out
    closed, opened = (hub.repo("datasets", name) for name in names)
    (path,) = [one for one in closed.files() if one.endswith(".parquet")]
    local = (folder / path).read_bytes()
    assert closed.files()[path] == local and opened.files()[path] != local
    assert json.loads(opened.files()["provenance.json"])["masked"] == {"email": 3}

    table = pq.read_table(io.BytesIO(opened.files()[path]))
    text = json.dumps(table.to_pylist(), ensure_ascii=False)
    assert MAIL not in text and OTHER_MAIL not in text and text.count("[email]") == 3
    (private,) = [row for row in table.to_pylist() if "Kalender" in row["prompt"][0]]
    called = json.loads(private["prompt"][1])["tool_calls"][0]["function"]
    assert called == {"name": "wetter", "arguments": {"an": "[email]"}}
    assert json.loads(private["chosen"][0])["thinking"] == "Das war [email]."


def test_where_all_answers_have_a_thought_on_one_side_the_sentence_says_so(tmp_path):
    with pytest.raises(UserError, match=r"1 verdict thought_on_one_side: of these answers one was thought about"):
        whole_turns.dataset(tmp_path, rows=[whole_turns.ROWS[3]], tools="refused", tool_schemas=None)
