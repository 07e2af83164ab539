"""Rows with a criterion: cleaned, bounded, part of the prompt or beside it."""

import pytest

from polypref.errors import UserError
from polypref.files.cells import Bad
from polypref.layouts.criteria import criterion_of
from polypref.layouts.rows import interpret_row
from polypref.layouts.sources import Answer, Fields, Files, Verdict
from polypref.schema import make_id

ROW = {"q": "Name a lake.", "a": "Baikal.", "b": "The Rhine.", "best": "A", "by": " Shorter.\u200b "}
TWO = (Answer("a"), Answer("b"))


def item(row, **more):
    fields = Fields("q", TWO, verdict=Verdict("people", "best", ("A",), ("B",)), criterion="by", **more)
    return interpret_row(row, Files("rows.jsonl", fields, "s", "1", "cc0-1.0", language="en"), None)


def test_it_becomes_the_system_message_and_a_column() -> None:
    prompt = item(ROW).prompt
    assert prompt["criterion"] == "Shorter."
    assert prompt["prompt"][0] == {"role": "system", "content": "Shorter."} and len(prompt["prompt"]) == 2
    own = item(ROW | {"s": "You are a guide."}, system="s").prompt["prompt"]
    assert own[0]["content"] == "You are a guide.\n\nShorter." and len(own) == 2


def test_it_may_be_a_column_alone() -> None:
    prompt = item(ROW, criterion_in="column").prompt
    assert prompt["criterion"] == "Shorter." and [turn["role"] for turn in prompt["prompt"]] == ["user"]
    other = item(ROW | {"by": "Longer."}, criterion_in="column").prompt
    none = item(ROW | {"by": None}, criterion_in="column").prompt
    assert len({one["prompt_id"] for one in (prompt, other, none)}) == 3 and none["criterion"] is None


@pytest.mark.parametrize("where", ["system", "column"])
def test_two_criteria_are_two_prompts_of_one_group_with_answers_of_their_own(where) -> None:
    one = item(ROW, criterion_in=where)
    other = item(ROW | {"by": "Longer.", "best": "B"}, criterion_in=where)
    assert one.prompt["prompt_id"] != other.prompt["prompt_id"] and one.prompt["group_id"] == other.prompt["group_id"]
    assert {a["completion_id"] for a in one.completions}.isdisjoint(a["completion_id"] for a in other.completions)
    plain = Fields("q", TWO, verdict=Verdict("people", "best", ("A",), ("B",)))
    without = interpret_row(ROW, Files("rows.jsonl", plain, "s", "1", "cc0-1.0", language="en"), None)
    assert without.prompt["group_id"] == one.prompt["group_id"] == make_id("group", without.prompt["prompt_id"])
    # A row whose criterion is empty is the same prompt as one of a source without criteria.
    assert item(ROW | {"by": " "}, criterion_in=where).prompt["prompt_id"] == without.prompt["prompt_id"]


def test_answers_in_conversations_need_not_say_it() -> None:
    asked = {"role": "user", "content": "Name a lake."}
    row = ROW | {"a": [asked, {"role": "assistant", "content": "Baikal."}]}
    assert [one["text"] for one in item(row).completions] == ["Baikal.", "The Rhine."]


def test_one_that_cannot_be_read_leaves_the_row_out() -> None:
    for value, reason in (
        (["x"], "criterion_not_text"),
        ("a\ud800", "criterion_lone_surrogate"),
        ("x" * 4_001, "criterion_too_long"),
    ):
        with pytest.raises(Bad) as bad:
            item(ROW | {"by": value})
        assert bad.value.reason == reason
    assert criterion_of(ROW | {"by": "x" * 4_000}, "by") == "x" * 4_000 and criterion_of(ROW, None) is None


def test_where_it_is_written_needs_a_column() -> None:
    with pytest.raises(UserError, match="no column has one; name it in criterion"):
        Fields("q", TWO, criterion_in="column")


@pytest.mark.parametrize("where", ["system", "column"])
def test_spellings_of_one_criterion_are_one_prompt_with_the_same_answers(where) -> None:
    one = item(ROW | {"by": "Pr\u00e9fer the shorter answer."}, criterion_in=where)
    for by in (
        "Pre\u0301fer  the shorter answer",
        "pr\u00e9fer THE\nshorter answer.",
        "Pr\u00e9fer the \uff53horter answer\u3002",
    ):
        other = item(ROW | {"by": by}, criterion_in=where)
        assert other.prompt["prompt_id"] == one.prompt["prompt_id"] and other.prompt["criterion"] != "pr\u00e9fer"
        assert [a["completion_id"] for a in other.completions] == [a["completion_id"] for a in one.completions]
    longer = item(ROW | {"by": "Pr\u00e9fer the longer answer."}, criterion_in=where)
    assert longer.prompt["prompt_id"] != one.prompt["prompt_id"]


@pytest.mark.parametrize("value", ["\u200b", "\u2060\u200d", "\u00ad"])
def test_a_criterion_of_which_nothing_is_seen_leaves_the_row_out(value) -> None:
    with pytest.raises(Bad) as bad:
        item(ROW | {"by": value})
    assert bad.value.reason == "criterion_nothing_to_see"
