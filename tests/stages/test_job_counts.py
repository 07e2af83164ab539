"""What a job counts of its rows, and of the answers and verdicts in the rows that it keeps."""

import json
from dataclasses import replace
from typing import Any

from polypref.layouts.rows import interpret_row
from polypref.layouts.sources import Answer, Fields, Files, Verdict
from polypref.layouts.tables import Item
from polypref.stages.counts import FunnelRow
from polypref.stages.job_counts import JobCounts

FIELDS = Fields(
    prompt="prompt",
    answers=(Answer("a", model="one", score="s"), Answer("b", model="two")),
    language="language",
    verdict=Verdict("people", "won", first=("a",), second=("b",), tie=("tie",), unjudged=("",)),
)


def item(**more: Any) -> Item:
    row = {"prompt": "Warum?", "language": "de", "a": "Darum.", "b": "Deshalb.", "s": 1, "won": "a"} | more
    return interpret_row(row, Files("x.jsonl", FIELDS, "s", "1", "mit"), None)


def test_answers_and_verdicts_are_counted_one_by_one_and_rows_once():
    counts = JobCounts()
    counts.add_item(item())
    counts.add_item(item(a="halb \ud83d", s="viel"))  # its verdict has one answer only
    counts.add_item(item(a="halb \ud83d", b="\ud83d"))
    counts.add_item(item(language="fr", won=""))
    counts.rows["", "rejected", "unknown_language"] += 2
    assert counts.units == {
        "rows": {
            ("de", "kept", ""): 3,
            ("fr", "kept", ""): 1,
            ("de", "part_rejected", "answer_lone_surrogate"): 2,
            ("de", "part_rejected", "verdict_without_two_answers"): 2,
            ("fr", "part_rejected", "not_judged"): 1,
            ("", "rejected", "unknown_language"): 2,
        },
        "answers": {
            ("de", "kept", ""): 3,
            ("de", "rejected", "answer_lone_surrogate"): 3,
            ("fr", "kept", ""): 2,
        },
        "verdicts": {
            ("de", "kept", ""): 1,
            ("de", "rejected", "verdict_without_two_answers"): 2,
            ("fr", "rejected", "not_judged"): 1,
        },
        "edits": {},
    }


def test_a_record_holds_the_counts_and_adds_up_to_a_funnel():
    counts = JobCounts()
    counts.add_item(item())
    counts.add_item(item(b=7))
    again = JobCounts()
    again.add_record({"funnel": json.loads(json.dumps(counts.record()))})
    assert again.units == counts.units
    again.add_record({"funnel": counts.record()})
    rows = [one for one in again.funnel() if one.outcome in ("in", "kept")]
    assert rows == [
        FunnelRow("read", "rows", "de", "in", "", 4),
        FunnelRow("read", "rows", "de", "kept", "", 4),
        FunnelRow("read", "answers", "de", "in", "", 8),
        FunnelRow("read", "answers", "de", "kept", "", 6),
        FunnelRow("read", "verdicts", "de", "in", "", 4),
        FunnelRow("read", "verdicts", "de", "kept", "", 2),
    ]


def test_sides_of_which_one_is_missing_are_one_verdict_that_is_left_out():
    fields = Fields(
        prompt="prompt",
        answers=tuple(
            Answer(name, model=name, rater="rank", side=side) for name, side in (("c", "chosen"), ("r", "rejected"))
        ),
        language="language",
    )
    source = Files("x.jsonl", fields, "s", "1", "mit")
    row = {"prompt": "Warum?", "language": "de", "c": "Darum.", "r": ["Nie.", "Immer."]}
    whole, part = interpret_row(row, source, None), interpret_row(row | {"c": None}, source, None)
    assert (len(whole.verdicts), whole.verdicts_left_out) == (2, [])
    assert (part.verdicts, part.verdicts_left_out) == ([], ["no_chosen_answer"])


def test_answers_that_were_edited_are_counted_beside_those_that_were_not():
    counts = JobCounts()
    fields = replace(FIELDS, answers=(replace(FIELDS.answers[0], edited="better"), FIELDS.answers[1]))
    for better in ("Darum!", None, "Darum.", "Deswegen."):
        row = {"prompt": "Warum?", "language": "de", "a": "Darum.", "b": "Nein.", "won": "a", "better": better}
        counts.add_item(interpret_row(row, Files("x.jsonl", fields, "s", "1", "mit"), None))
    assert counts.units["edits"] == {
        ("de", "kept", ""): 2,
        ("de", "rejected", "not_edited"): 1,
        ("de", "rejected", "edit_unchanged"): 1,
    }
    assert counts.units["answers"] == {("de", "kept", ""): 10} and counts.units["verdicts"] == {("de", "kept", ""): 6}
