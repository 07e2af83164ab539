"""Lists of turns printed into a cell: what is parsed where it is declared, and what stays refused."""

import json

import pytest

from polypref.layouts.serialised import is_serialised, printed_list, printed_turns
from polypref.layouts.sources import Answer, Verdict
from tests.layouts.interpreted import TWO, item_of, reason, turns_of

TURNS = turns_of(("user", 'Isn\'t it "late"?'), ("assistant", "No.\nNot yet."), ("user", "Ώρα;"))
ANSWER = turns_of(("assistant", "Μία."))
PRINT = [json.dumps, repr, lambda turns: json.dumps(turns, ensure_ascii=False, indent=2), lambda turns: repr([*turns])]


@pytest.mark.parametrize("printed", [*PRINT, lambda turns: json.dumps(json.dumps(turns)), lambda one: repr(tuple(one))])
def test_turns_are_parsed_where_it_is_declared(printed):
    text = printed(TURNS)
    assert is_serialised(text) and printed_turns(text, True) == TURNS and printed_turns(text, False) is None
    row = {"prompt": text, "a": printed([*TURNS, *ANSWER]), "b": "x"}
    item = item_of(row, answers=TWO, verdict=Verdict("people"), serialised=True)
    assert item.prompt["prompt"] == TURNS and [one["text"] for one in item.completions] == ["Μία.", "x"]
    assert reason(row, answers=TWO) == ("serialised_turns_in_text", text.strip()[:40])


def test_a_list_inside_of_an_object_and_one_turn():
    whole = {"id": "7", "system": "Σύντομα.", "conversations": TURNS}
    assert printed_turns(json.dumps(whole), True) == [*turns_of(("system", "Σύντομα.")), *TURNS]
    assert printed_turns(json.dumps({"messages": TURNS}), True) == TURNS
    assert printed_turns(repr(ANSWER[0]), True) == ANSWER


@pytest.mark.parametrize(
    "text",
    [
        "text",
        "[1, 2]",
        "[]",
        '["a", "b"]',
        '{"answer": 42}',
        '[{"a": 1}]',
        "[{'role': 'user', 'content': 'x'}\n {'role': 'assistant', 'content': 'y'}]",
        "[{'role': 'user', 'content': 'x'",
        '{"messages": 3}',
        "(" * 5_000,
    ],
)
def test_texts_that_hold_no_turns_or_cannot_be_parsed(text):
    assert printed_turns(text, True) is None


def test_what_cannot_be_parsed_stays_refused():
    pandas = "[{'role': 'user', 'content': 'x'}\n {'role': 'assistant', 'content': 'y'}]"
    assert reason({"prompt": pandas}, serialised=True)[0] == "serialised_turns_in_text"
    assert reason({"prompt": '["x"]'}, serialised=True)[0] == "serialised_turns_in_text"


def test_lists_of_texts_are_parsed_only_where_they_are_declared():
    row = {"prompt": '["Ώρα;"]', "a": '["Μία."]', "b": "[null]"}
    item = item_of(row, answers=TWO, serialised="texts")
    assert item.prompt["prompt"] == TURNS[2:] and [one["text"] for one in item.completions] == ["Μία.", ""]
    two = row | {"a": '["Μία.", "Δύο."]', "b": "[]"}
    item = item_of(two, answers=TWO, serialised="texts")
    assert item.problems == [("answer_turns_without_roles", "one 2 turns, with keys 'content'")]
    assert item.completions[0]["text"] == ""
    kept = item_of(row | {"prompt": "Ώρα;"}, answers=TWO, serialised=True)
    assert [one["text"] for one in kept.completions] == ['["Μία."]', "[null]"]


def test_a_list_of_answers_may_be_printed():
    row = {"prompt": "Ώρα;", "list": json.dumps([{"t": "Μία.", "m": "one"}, {"t": "Δύο.", "m": "two"}])}
    item = item_of(row, each="list", answers=(Answer("t", model_column="m"),), serialised=True)
    assert [(one["model"], one["text"]) for one in item.completions] == [("one", "Μία."), ("two", "Δύο.")]
    assert item_of(row, each="list", answers=(Answer("t"),)).problems == [("answers_not_a_list", "list")]
    assert printed_list("(1, 2)", True) == [1, 2] and printed_list("x", True) == "x" and printed_list([1], True) == [1]
