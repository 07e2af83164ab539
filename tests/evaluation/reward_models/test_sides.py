"""The sides of a row of pairs come out as a build reads them: implicit prompts, system messages, other prompts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from polypref.evaluation.reward_models.sides import in_conversations, sides_of
from polypref.files.cells import Bad
from tests.layouts.interpreted import TWO, item_of, turns_of

COLUMNS = {"prompt": "prompt", "chosen": "a", "rejected": "b"}
ASKED, ANSWER = turns_of(("system", "Σύντομα."), ("user", "Τι;")), turns_of(("assistant", "Αυτό."))


def test_the_prompt_may_be_what_the_answers_share():
    row = {"prompt": "Τι;", "a": [*ASKED, *ANSWER], "b": [*ASKED, *turns_of(("model", "Άλλο."))]}
    expected = ((("system", "Σύντομα."), ("user", "Τι;")), "Αυτό.", "Άλλο.")
    assert sides_of(row, COLUMNS) == expected
    assert sides_of(row, {"chosen": "a", "rejected": "b"}) == expected


def test_whether_answers_stand_in_conversations():
    row = {"a": "x", "b": ANSWER, "c": ANSWER[0]}
    assert in_conversations(row, ["a", "b"]) and in_conversations(row, ["c"])
    assert not in_conversations(row, ["a", "d"])


TURN = some.tuples(some.sampled_from(["system", "user", "Human", "gpt", "assistant"]), some.sampled_from("xyz"))
CELL = some.one_of(some.sampled_from("xyz"), some.lists(TURN, min_size=1, max_size=4).map(lambda one: turns_of(*one)))


@settings(max_examples=300)
@given(CELL, CELL, CELL, some.booleans())
def test_what_a_build_reads_is_read_and_nothing_else(prompt, one, other, implicit):
    row = {"prompt": prompt, "a": one, "b": other}
    columns = {role: name for role, name in COLUMNS.items() if role != "prompt" or not implicit}
    try:
        item = item_of(row, prompt=None if implicit else "prompt", answers=TWO)
        built = (item.prompt["prompt"], *(one["text"] for one in item.completions))
    except Bad:
        built = ()
    if len(built) < 3:
        with pytest.raises(Bad):
            sides_of(row, columns)
    else:
        turns, *texts = sides_of(row, columns)
        assert (turns_of(*turns), *texts) == built
