"""Datasets of single labelled answers: columns, card, page, differences, retraction, and releases on the Hub."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import polypref
from polypref import schema
from polypref.pages.rows import draw_sample
from polypref.pages.tables import show_dataset
from polypref.release.diff import difference
from polypref.release.folder import read_provenance
from polypref.release.tombstone import hits, marks
from polypref.release.warnings import warnings
from polypref.review.decisions import counted
from polypref.review.elsewhere import pairs_elsewhere
from polypref.review.findings import write_findings
from polypref.stages.equation import not_conserved
from polypref.stages.retracted import Retracted
from tests import unpaired
from tests.conftest import PROSE


def build(place: Path, lines=None, version="1.0.0", **settings) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    (place / "thumbs.md").write_text(PROSE, "utf-8")
    declared = replace(unpaired.builder(place, lines, **settings), version=version)
    return polypref.build(declared, place / "built", card=place / "thumbs.md", quiet=True).path


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    lines = unpaired.rows()
    lines[0]["text"] = f"Frag doch {unpaired.MAIL}, dort weiß man es bestimmt."
    return build(tmp_path_factory.mktemp("thumbs"), lines)


def rows_of(folder: Path) -> list[dict]:
    return [row for path in sorted(folder.glob("data/*/*.parquet")) for row in pq.read_table(path).to_pylist()]


def test_every_label_of_the_file_is_a_row(folder):
    rows = rows_of(folder)
    asked = {line["q"]: (line["text"], line["up"], line["language"]) for line in unpaired.rows()[1:]}
    assert len(rows) == 24
    for row in rows:
        (question,), (answer,) = row["prompt"], row["completion"]
        assert (question["role"], answer["role"]) == ("user", "assistant")
        if unpaired.MAIL not in answer["content"]:
            assert asked[question["content"]] == (answer["content"], row["label"], row["language"])
        assert (row["model"], row["route"], row["rater"], row["licence"]) == ("m", "given", "thumbs", "cc0-1.0")
    assert all(pq.read_schema(path) == schema.UNPAIRED for path in folder.glob("data/*/*.parquet"))


def test_the_card_says_the_form_and_the_share_of_each_label(folder):
    card = (folder / "README.md").read_text("utf-8")
    assert "`prompt` and `completion` as lists of messages and a `label`" in card
    assert "KTOTrainer" in card and "DPO" not in card and "Chosen longer" not in card and "- kto\n" in card
    record = read_provenance(folder)
    train = [row for row in rows_of_split(folder, "train") if row["language"] == "de"]
    good = sum(row["label"] for row in train)
    assert record.labels()["all"]["de"] == (good, len(train) - good)
    assert f"| de | {good} | {len(train) - good} | {100 * good / len(train):.0f}% |" in card


def rows_of_split(folder: Path, split: str) -> list[dict]:
    paths = sorted(folder.glob(f"data/*/{split}-*.parquet"))
    return [row for path in paths for row in pq.read_table(path).to_pylist()]


def test_a_language_with_one_label_is_warned_of(folder):
    assert "all: all labels are true in fr: nothing there is told apart" in warnings(read_provenance(folder))
    assert not [line for line in warnings(read_provenance(folder)) if "in de" in line]


def test_it_is_shown_as_answers_with_labels(folder, capsys):
    show_dataset(folder, 1, None)
    shown = capsys.readouterr().out
    assert "with a row" in shown and "with a pair" not in shown and "labels of all, training rows" in shown
    kept = [json.loads(row) for row in draw_sample(folder, read_provenance(folder)).rows]
    assert {len(row["answers"]) for row in kept} == {1}
    assert {row["answers"][0]["name"] for row in kept} == {"good", "bad"}


def test_a_page_holds_lost_labels_with_their_text(tmp_path):
    lines = [*unpaired.rows(6), *({**line, "up": not line["up"]} for line in unpaired.rows(1)[:1])]
    place = build(tmp_path, lines)
    polypref.load(place).write_page(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "Read the rows" in page and "Labels of all" in page and "pair · disagreement" in page
    lost = [json.loads(row) for row in draw_sample(place, read_provenance(place)).rows]
    (text,) = {row["answers"][0]["text"] for row in lost if row.get("reason") == "disagreement"}
    assert text == lines[0]["text"]


@pytest.mark.slow
def test_a_review_turns_and_removes_labels_and_the_card_says_so(tmp_path):
    before = build(tmp_path / "before")
    labels = {row["completion"][0]["content"]: row["label"] for row in rows_of(before)}
    wrong, gone, unknown, unseen = [text for text in labels if text.startswith("Mettez")][:4]
    bad = next(text for text, label in labels.items() if not label)
    verdicts = {wrong: "bad", gone: "drop", unknown: "not my language", unseen: "", bad: "good"}
    review = unpaired.reviewed(before, tmp_path, lambda text: verdicts.get(text, "good" if labels[text] else "bad"))
    assert counted(review).startswith("of 23 answers judged, a build keeps 19 as they are, relabels 2, removes 1 and")
    assert review.agreement["fr"].judgements.rejected == 1 and review.agreement["fr"].judgements.both_bad == 1
    assert review.agreement["de"].agree == pytest.approx(11 / 12)
    after = build(tmp_path / "after", review=str(tmp_path / "review.json"))
    rows = {row["completion"][0]["content"]: row for row in rows_of(after)}
    assert gone not in rows and {text: row["label"] for text, row in rows.items()} == {
        text: label for text, label in labels.items() if text != gone
    } | {wrong: False, bad: True}
    flags = {text: row["flags"] for text, row in rows.items()}
    assert flags[wrong] == flags[bad] == ["review_relabelled"] and flags[unknown] == ["review_undecided"]
    assert flags[unseen] == []
    record = read_provenance(after)
    assert not_conserved(record.funnel) == []
    assert record.decisions_used["fr"].relabelled == record.decisions_used["fr"].removed == 1
    card = (after / "README.md").read_text("utf-8")
    assert "People judged a sample of the answers without their labels." in card and "label wrong" in card
    assert "about rows of this build: 23" in card and "pairs that they relabelled" not in card.lower()
    assert "1 of the 23 answers judged are not in" in pairs_elsewhere(review, after, record.files)
    assert write_findings(review, before, read_provenance(before).files, None, tmp_path / "notes.csv") == 0
    assert f'"{bad}","","","",""' in (tmp_path / "notes.csv").read_text("utf-8-sig")


@pytest.mark.slow
def test_a_decision_holds_of_the_answer_where_its_label_has_changed_since(tmp_path):
    review = unpaired.reviewed(build(tmp_path / "before"), tmp_path, lambda text: "bad" if "Brot" in text else "")
    assert sorted(one.decision for one in review.decisions.values()) == ["relabel", "relabel"]
    lines = unpaired.rows()
    lines[0]["up"] = False  # of the German answer on bread, whose source says so itself now
    done = build(tmp_path / "after", lines, review=str(tmp_path / "review.json"))
    labels = {row["label"] for row in rows_of(done) if "Brot" in row["completion"][0]["content"]}
    used = read_provenance(done).decisions_used
    assert labels == {False}
    assert (used["de"].agreed, used["de"].turned_already, used["fr"].relabelled) == (1, 1, 1)
    sentence = "rows whose label is another than when they were judged: 1, of these given that of reviewers: 0, "
    assert sentence + "with that one already: 1 (de 1)" in (done / "README.md").read_text("utf-8").replace("\\", "")


def test_a_changed_label_and_a_new_row_are_told(folder, tmp_path):
    lines = unpaired.rows()
    lines[0]["text"] = f"Frag doch {unpaired.MAIL}, dort weiß man es bestimmt."
    lines[2]["up"] = not lines[2]["up"]
    same = {**lines[1], "q": "Comment garder le miel ?"}
    changes = difference(folder, build(tmp_path, [*lines, same]))
    differs = {(row.language, row.kind, row.cause): row.rows for row in changes.rows}
    assert differs == {("de", "changed", "label"): 1, ("fr", "added", ""): 1}
    assert changes.bump == "major" and changes.schema == []


def test_pairs_in_place_of_single_answers_are_another_dataset(folder, tmp_path):
    two = [{**line, "text": f"{line['text']} Aber nur vielleicht.", "up": not line["up"]} for line in unpaired.rows()]
    paired = build(tmp_path, [*unpaired.rows(), *two], rule=polypref.PairRule())
    changes = difference(folder, paired)
    assert changes.bump == "major" and "column label is gone" in changes.schema


def test_what_is_taken_back_is_known_by_id_and_text(folder):
    record, row = read_provenance(folder), rows_of(folder)[0]
    (hit,) = hits(folder, record, Retracted(frozenset([row["completion_id"]]), ()))
    assert hit.ids[0] == row["completion_id"] and hit.part == "id"
    part = "chosen" if row["label"] else "rejected"
    assert marks(folder, record, {row["completion_id"]}, part, "0" * 32)
    assert not marks(
        folder, record, {row["completion_id"]}, {"chosen": "rejected", "rejected": "chosen"}[part], "0" * 32
    )


def test_a_label_that_was_taken_back_is_not_built_again(folder, tmp_path):
    row = next(one for one in rows_of(folder) if one["language"] == "fr")
    log = f"## v1.0.1\n\n- if you hold a copy, remove these pair_ids from it:\n  - {row['completion_id']}\n"
    (tmp_path / "CHANGELOG.md").write_text(log, "utf-8")
    again = build(tmp_path / "again", retracted=str(tmp_path / "CHANGELOG.md"))
    assert row["completion_id"] not in {one["completion_id"] for one in rows_of(again)}
    assert len(rows_of(again)) == 23


@pytest.mark.slow
def test_a_release_is_loaded_back_and_a_row_of_it_taken_back(folder, cli, hub, release):
    names = cli.new_name("closed"), cli.new_name("open")
    for name, more in zip(names, ((), ("--public",)), strict=True):
        done = release(folder, name, *more)
        assert done.code == 0, done.out
    closed, opened = (hub.repo("datasets", name) for name in names)
    assert set(record_files(folder)) <= set(closed.files())
    masked = [row for name, data in opened.files().items() if name.endswith(".parquet")
              for row in pq.read_table(io.BytesIO(data)).to_pylist()]  # fmt: skip
    texts = [row["completion"][0]["content"] for row in masked]
    assert "Frag doch [email], dort weiß man es bestimmt." in texts and len(texts) == 24
    gone = rows_of(folder)[0]["completion_id"]
    done = cli("retract", names[0], "--rows", write_ids(folder, gone), "--reason", "asked for")
    assert done.code == 0, done.out
    left = [row["completion_id"] for name, data in closed.files().items() if name.endswith(".parquet")
            for row in pq.read_table(io.BytesIO(data)).to_pylist()]  # fmt: skip
    assert len(left) == 23 and gone not in left


def record_files(folder: Path) -> list[str]:
    return list(read_provenance(folder).files)


def write_ids(folder: Path, one: str) -> Path:
    path = folder.parent / "ids.txt"
    path.write_text(f"{one}\n", "utf-8")
    return path


def test_lengths_of_answers_with_thoughts_are_of_what_they_say(tmp_path):
    # As JSON the bad ones are the longer: every line break is two characters there.
    answers = [("abcdefghijklmnopqrstuvwxyz", True), ("a\n" * 9 + "bcd", False)] * 3
    lines = [
        {"m": [{"role": "user", "content": f"Was ist {number} mal zwei?"},
               {"role": "assistant", "content": f"<think>Hm.</think>{text}{number}"}], "up": up, "language": "de"}
        for number, (text, up) in enumerate(answers)
    ]  # fmt: skip
    answer = replace(unpaired.THUMBS, text="m")
    fields = polypref.Fields(None, (answer,), language="language", thoughts="cut")
    facts = read_provenance(build(tmp_path, lines, fields=fields)).facts.languages["de"]
    assert (facts.chosen_characters, facts.rejected_characters, facts.chosen_longer) == (27, 22, 1.0)
