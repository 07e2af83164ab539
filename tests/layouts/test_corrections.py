"""A file of corrections: which rows it replaces, what counts in their place, and that both are counted."""

import json

import pytest

import polypref
from polypref.errors import UserError
from polypref.files.cells import Bad
from polypref.layouts.sources import Answer, Fields, Files, Verdict
from polypref.layouts.tables import UnusedMessage

# Persian, as people write it.
PROMPTS = ["چرا آسمان آبی است؟", "نان را چگونه گرم کنم؟", "این نامه را چه کسی نوشت؟"]
FIRST, SECOND = "چون نور خورشید در هوا پراکنده می‌شود.", "این را نمی‌دانم و کسی هم نمی‌داند."


def row(prompt, won, who="سارا", **other):
    return {"q": prompt, "a": FIRST, "b": SECOND, "won": won, "who": who} | other


def write(path, rows):
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in rows), "utf-8")
    return path


def source(tmp_path, rows, corrections, **fields):
    verdict = Verdict("people", "won", first=("a",), second=("b",), tie=("t",), annotator="who")
    of_rows = Fields("q", (Answer("a"), Answer("b")), verdict=verdict, **fields)
    write(tmp_path / "rows.jsonl", rows)
    write(tmp_path / "corrected.jsonl", corrections)
    return Files(
        str(tmp_path / "rows.jsonl"), of_rows, "s", "1", "cc0-1.0", "fa", corrections=str(tmp_path / "corrected.jsonl")
    )


def read(of_rows):
    """(place, None for a row that stays or the reason for one that is left out), of all files."""
    lines = [line for path in of_rows.files() for line in of_rows.lines(path)]
    return [(line.where.split("/")[-1], line.row.reason if isinstance(line.row, Bad) else None) for line in lines]


def test_a_row_with_the_same_texts_and_annotator_is_replaced(tmp_path):
    rows = [row(PROMPTS[0], "a"), row(PROMPTS[0], "a", who="نوید"), row(PROMPTS[1], "a"), row(PROMPTS[1], "t")]
    # The same answers in the other order are the same comparison.
    corrections = [row(PROMPTS[0], "b"), row(PROMPTS[1], "a", a=SECOND, b=FIRST), row(PROMPTS[2], "b")]
    outcomes = read(source(tmp_path, rows, corrections))
    assert [reason for place, reason in outcomes if place.startswith("rows")] == [
        "replaced_by_correction", None, "replaced_by_correction", "replaced_by_correction",
    ]  # fmt: skip
    assert [reason for place, reason in outcomes if place.startswith("corrected")] == [None] * 3


def test_a_correction_that_cannot_be_read_replaces_nothing(tmp_path):
    of_rows = source(tmp_path, [row(PROMPTS[0], "a")], [row(PROMPTS[0], "b") | {"a": None}, row("", "b")])
    assert [reason for place, reason in read(of_rows) if place.startswith("rows")] == [None]


def test_scores_are_corrected_on_their_occasion(tmp_path):
    fields = Fields("q", (Answer("a", score="mark"),), occasion="who")
    marks = [{"q": PROMPTS[0], "a": FIRST, "mark": 1, "who": who} for who in ("سارا", "نوید")]
    write(tmp_path / "rows.jsonl", marks)
    write(tmp_path / "corrected.jsonl", [marks[1] | {"mark": 5}])
    path, corrections = (str(tmp_path / name) for name in ("rows.jsonl", "corrected.jsonl"))
    outcomes = read(Files(path, fields, "s", "1", "cc0-1.0", "fa", corrections=corrections))
    assert [reason for _, reason in outcomes] == [None, "replaced_by_correction", None]


def test_the_pattern_of_the_rows_may_take_in_the_corrections(tmp_path):
    of_rows = source(tmp_path, [row(PROMPTS[0], "a")], [row(PROMPTS[0], "b")])
    every = Files(str(tmp_path / "*.jsonl"), of_rows.fields, "s", "1", "cc0-1.0", "fa", corrections=of_rows.corrections)
    assert [path.name for path in every.files()] == ["rows.jsonl", "corrected.jsonl"]
    assert every.beside(every.files()[0]) == [tmp_path / "corrected.jsonl"] and every.beside(every.files()[1]) == []
    with pytest.raises(UserError, match="holds nothing but corrections"):
        Files(of_rows.corrections, of_rows.fields, "s", "1", "cc0-1.0", "fa", corrections=of_rows.corrections).files()


def test_what_is_left_out_says_its_language(tmp_path):
    of_rows = source(tmp_path, [row(PROMPTS[0], "a")], [row(PROMPTS[0], "b")])
    (line, _) = (line for path in of_rows.files() for line in of_rows.lines(path))
    assert isinstance(line.row, UnusedMessage) and line.row.left_out and line.row.message["q"] == PROMPTS[0]


@pytest.mark.slow
def test_a_build_counts_what_corrections_say_and_what_they_replace(tmp_path):
    prompts = [f"{PROMPTS[n % 3]} ({n} {n * n})" for n in range(12)]
    rows = [row(prompt, "a") for prompt in prompts]
    of_rows = source(tmp_path, rows, [row(prompt, "b") for prompt in prompts[:5]])
    builder = polypref.Builder(
        "d", "0.1.0", sources=(of_rows,), rater=polypref.SourceRater("people"), pairs=polypref.PairRule("given"),
        split=polypref.Split(test=0),
    )  # fmt: skip
    dataset = polypref.build(builder, tmp_path / "out", quiet=True)
    counted = {(one.stage, one.unit, one.outcome, one.reason, one.language): one.rows for one in dataset.funnel}
    assert counted["read", "rows", "skipped", "replaced_by_correction", "fa"] == 5
    chosen = {pair["prompt"][0]["content"]: pair["chosen"][0]["content"] for pair in dataset.load("all", split="train")}
    assert chosen == {prompt: SECOND if n < 5 else FIRST for n, prompt in enumerate(prompts)}
    # Another correction is read, and the rows that it replaces are left out, without being asked for.
    write(tmp_path / "corrected.jsonl", [row(prompt, "b") for prompt in prompts[:6]])
    again = polypref.build(builder, tmp_path / "out", quiet=True)
    assert sum(pair["chosen"][0]["content"] == SECOND for pair in again.load("all", split="train")) == 6
