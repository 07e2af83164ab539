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
from polypref.release.tombstone import hits, marks
from polypref.review.sheets import export_sheets
from polypref.stages.retracted import Of, Retracted, Texts, lines, normal_form
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


@pytest.mark.slow
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


THOUGHT = "Das Werkzeug sagt 21 Grad, also ist es warm."


def asked_with(arguments: object, answered: object) -> dict[str, object]:
    """A prompt in which a tool is called with these arguments, and answers so."""
    call = {"role": "function_call", "content": json.dumps({"name": "f", "arguments": arguments})}
    tool = {"role": "tool", "content": json.dumps(answered)}
    return {"prompt": [{"role": "user", "content": "Was soll ich heute bloß anziehen?"}, call, tool]}


#: Where a text that was taken back stands in a turn, and by which part its row is known.
HOLDING = {
    "thought": ({"chosen": f"<think>{THOUGHT.upper()}</think>Mild ist es."}, "chosen"),
    "thought of the rejected": ({"rejected": f"<think>{THOUGHT}</think>Mild ist es."}, "rejected"),
    "argument": (asked_with({"a": [THOUGHT]}, "nichts"), "prompt"),
    "what a tool answers": (asked_with({}, {"deep": [{"er": THOUGHT}]}), "prompt"),
    "other thoughts": ({}, None),
}


def taken_back(folder: Path, question: str, of: Of = "all") -> Retracted:
    """The texts of one row of a dataset as a changelog would hold them."""
    (row,) = [row for row in rows_of(folder) if question in row["prompt"][0] and '"thinking"' in row["chosen"][0]]
    salt = "0" * 32
    marked = marks(folder, read_provenance(folder), {str(row["pair_id"])}, of, salt)
    return Retracted(frozenset(), (Texts(salt, frozenset(marked)),))


@pytest.mark.slow
@pytest.mark.parametrize("name", HOLDING)
def test_a_thought_that_was_taken_back_is_known_within_turns_and_is_not_built_again(name, folder, tmp_path):
    other, part = HOLDING[name]
    row = {"prompt": "Was soll ich heute bloß anziehen?", "chosen": "<think>Ohne Idee?</think>Am besten eine Jacke.",
           "rejected": "<think>Ohne Idee?</think>Das darfst du selbst entscheiden."}  # fmt: skip
    declared = whole_turns.builder(tmp_path, rows=[row | other, whole_turns.ROWS[2]], tool_schemas=None)
    built = polypref.build(declared, tmp_path / "built", quiet=True).path
    back = taken_back(folder, "Köln")
    assert [hit.part for hit in hits(built, read_provenance(built), back)] == ([part] if part else [])
    (tmp_path / "log.md").write_text("\n".join(["# Changes", "## v1.0.0", *lines(back.texts[0])]), "utf-8")
    later = replace(declared, retracted=str(tmp_path / "log.md"))
    again = polypref.build(later, tmp_path / "again", quiet=True).path
    assert len(rows_of(again)) == (1 if part else 2)
    funnel = json.loads((again / "provenance.json").read_text())["funnel"]
    assert any("taken_back" in one["reason"] for one in funnel) is bool(part)


def test_what_stands_in_calls_is_no_text_of_the_row_that_is_taken_back(folder):
    back = taken_back(folder, "Kalender")
    (wanted,) = back.texts
    thought = normal_form(f"Das war {MAIL}.")
    assert wanted._mark("text", thought) in wanted.marks and wanted._mark("text", normal_form(MAIL)) not in wanted.marks


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
