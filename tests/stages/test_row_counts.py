"""How the rows of a job are counted."""

import pytest

from polypref import schema
from polypref.errors import UserError
from polypref.files.cells import Bad
from polypref.files.readers import Line
from polypref.layouts.labels import SeenLabel
from polypref.layouts.rows import OTHER_LANGUAGE, UNKNOWN_LANGUAGE, interpret_row
from polypref.layouts.sources import Answer, Fields, Files, Verdict
from polypref.layouts.tables import NotAsked
from polypref.stages.row_counts import RowCounts

VERDICT = Verdict("people", "best", first=("a",), second=("b",))
FIELDS = Fields("p", (Answer("x", model="m"), Answer("y", model="n")), language="l", verdict=VERDICT)
SOURCE = Files("a.jsonl", FIELDS, "mine", "1", "cc0-1.0")
ROW = {"p": "Kiu?", "x": "Mi.", "y": "Vi.", "l": "eo", "best": "a"}


def bad(reason: str, language: str = "", detail: str = "") -> Bad:
    error = Bad(reason, detail)
    error.language = language
    return error


def funnel_of(counts: RowCounts) -> dict[tuple[str, str, str], int]:
    rows = [one for one in counts.record()["funnel"] if one["unit"] == "rows"]
    return {(one["language"], one["outcome"], one["reason"]): one["rows"] for one in rows}


def test_a_row_is_kept_once_and_its_parts_are_left_out_each_with_its_reason() -> None:
    counts = RowCounts(SOURCE, None, 0.1)
    item = interpret_row(ROW | {"x": "Mi.\r\n", "y": 7}, SOURCE, None)
    item.problems.append(("answer_not_text", "again"))
    counts.add_item("a.jsonl:1", item)
    counts.add_item("a.jsonl:2", interpret_row(ROW, SOURCE, None))
    assert funnel_of(counts) == {
        ("eo", "kept", ""): 2,
        ("eo", "cleaned", ""): 1,
        ("eo", "part_rejected", "answer_not_text"): 1,
        ("eo", "part_rejected", "verdict_without_two_answers"): 1,
    }
    assert (counts.rows, counts.record()["lines"], counts.record()["bad"]) == (2, 2, 1)
    assert counts.record()["last"] == "a.jsonl:2"
    assert counts.left_out().schema == schema.REJECTED
    assert [tuple(row.values()) for row in counts.left_out().to_pylist()] == [
        ("eo", "a.jsonl:1", "answer_not_text", "n int"),
        ("eo", "a.jsonl:1", "verdict_without_two_answers", "1 usable"),
        ("eo", "a.jsonl:1", "answer_not_text", "again"),
    ]


def test_labels_are_counted_of_rows_in_other_languages_too_and_of_no_others() -> None:
    counts = RowCounts(SOURCE, frozenset({"eo"}), 0.1)
    counts.add_unwanted(Line("a.jsonl:1", ROW | {"best": "b"}), NotAsked(OTHER_LANGUAGE, "fr"))
    counts.add_unwanted(Line("a.jsonl:2", ROW), NotAsked("where_split", "eo"))
    counts.add_bad(Line("a.jsonl:3", ROW), bad(UNKNOWN_LANGUAGE, detail="xx-klingon"))
    counts.add_bad(Line("a.jsonl:4", ROW), bad("empty_prompt", "eo"))
    assert funnel_of(counts) == {
        ("fr", "skipped", OTHER_LANGUAGE): 1,
        ("eo", "skipped", "where_split"): 1,
        ("", "skipped", UNKNOWN_LANGUAGE): 1,
        ("eo", "rejected", "empty_prompt"): 1,
    }
    one, other = SeenLabel("best", "a", "a"), SeenLabel("best", "b", "b")
    assert counts.record()["labels"] == [{**one._asdict(), "rows": 1}, {**other._asdict(), "rows": 1}]
    assert (counts.record()["lines"], counts.record()["bad"], counts.left_out().num_rows) == (4, 1, 2)


def test_a_language_that_is_not_known_is_a_bad_row_where_all_are_wanted() -> None:
    counts = RowCounts(SOURCE, None, 0.1)
    counts.add_bad(Line("a.jsonl:1", ROW), bad(UNKNOWN_LANGUAGE, detail="half \ud800"))
    assert funnel_of(counts) == {("", "rejected", UNKNOWN_LANGUAGE): 1} and counts.record()["bad"] == 1
    assert counts.left_out()["detail"].to_pylist() == ["half \\ud800"]


@pytest.mark.parametrize(("max_bad", "good", "last"), [(0.1, 0, 1_001), (0.1, 1_010, 1_011), (0.2, 260, 1_041)])
def test_reading_goes_on_until_more_rows_are_bad_than_could_pass(max_bad, good, last) -> None:
    counts = RowCounts(SOURCE, None, max_bad)
    item = interpret_row(ROW, SOURCE, None)
    for number in range(good):
        counts.add_item(f"a.jsonl:{number}", item)
    line, error = Line("a.jsonl:9999", ROW), bad("empty_prompt", "eo")
    for _ in range(last - 1):
        counts.add_bad(line, error)
    with pytest.raises(UserError, match="empty_prompt"):
        counts.add_bad(line, error)
