"""Answers inside of whole conversations: what they answer must be the row's prompt, in every turn."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from polypref.files.cells import Bad
from polypref.layouts.sources import Verdict
from tests.layouts.interpreted import TWO, item_of, turns_of

PROMPT = turns_of(("system", "קצר."), ("user", "היי"), ("assistant", "שלום"), ("user", "מה זה?"))
GOOD, BAD = turns_of(("assistant", "זה עץ.")), turns_of(("assistant", "לא יודע."))


def row(first, second, prompt=PROMPT):
    return {"prompt": prompt, "a": first, "b": second}


def reasons(item):
    return [reason for reason, _ in item.problems]


def test_conversations_that_begin_with_the_whole_prompt():
    item = item_of(row([*PROMPT, *GOOD], [*PROMPT, *BAD]), answers=TWO, verdict=Verdict("people"))
    assert [one["text"] for one in item.completions] == ["זה עץ.", "לא יודע."]
    assert (len(item.verdicts), item.problems) == (1, [])


TEXT = some.text(some.characters(exclude_categories=["Cs", "Cc", "Z", "Cf"]), min_size=1, max_size=4)


@settings(max_examples=100)
@given(some.integers(0, 3), some.sampled_from(["text", "role", "gone", "twice", "more"]), TEXT, some.booleans())
def test_any_change_in_an_earlier_turn_leaves_the_answer_out(at, how, text, both):
    changed = copy.deepcopy(PROMPT)
    if how == "text":
        changed[at]["content"] += text
    elif how == "role":
        changed[at]["role"] = {"system": "user", "user": "assistant", "assistant": "user"}[changed[at]["role"]]
    elif how == "gone":
        del changed[at]
    else:
        changed.insert(at, dict(changed[at]) if how == "twice" else {"role": "user", "content": text})
    sides = [*changed, *GOOD], [*(changed if both else PROMPT), *BAD]
    item = item_of(row(*sides), answers=TWO, verdict=Verdict("people"))
    assert reasons(item) == ["answer_to_another_prompt"] * (1 + both) + ["verdict_without_two_answers"]
    assert item.verdicts == [] and len(item.completions) == 1 - both


def test_two_histories_of_which_none_is_the_prompt():
    one, other = ([*turns_of(("user", text)), *GOOD] for text in ("היי", "שלום"))
    assert reasons(item_of(row(one, other), answers=TWO))[:2] == ["answer_to_another_prompt"] * 2


def test_the_place_of_the_first_difference_is_told():
    other = [*PROMPT[:2], {"role": "assistant", "content": "?"}, PROMPT[3]]
    ((_, detail),) = item_of(row([*other, *GOOD], "x"), answers=TWO).problems
    assert detail == "one turn 3 (assistant) of 4 is not that of the prompt"


@pytest.mark.parametrize("system", ["קצר.", "ארוך."])
def test_a_system_message_from_a_column_of_its_own_may_be_left_out_but_not_changed(system):
    asked = "מה זה?"
    short, whole = turns_of(("user", asked)), turns_of(("system", system), ("user", asked))
    item = item_of(row([*short, *GOOD], [*whole, *BAD], asked) | {"s": "קצר."}, answers=TWO, system="s")
    assert reasons(item) == ([] if system == "קצר." else ["answer_to_another_prompt"])


def test_a_system_message_that_only_the_answers_have_is_not_lost_in_silence():
    asked = turns_of(("user", "Τι;"))
    whole = turns_of(("system", "Σύντομα."), ("user", "Τι;"))
    item = item_of(row([*whole, *GOOD], [*whole, *BAD], asked), answers=TWO)
    assert (item.completions, reasons(item)) == ([], ["answer_to_another_prompt"] * 2)


@pytest.mark.parametrize("blank", ["", " ", "\u200f"])
def test_what_shows_nothing_makes_no_other_prompt(blank):
    asked = turns_of(("user", "היי"))
    same = turns_of(("system", blank), ("user", f"{blank}היי{blank}"))
    item = item_of(row([*same, *GOOD], [*asked, *BAD], asked), answers=TWO)
    assert (len(item.completions), item.problems) == (2, [])


def test_a_prompt_that_shows_nothing_is_empty():
    with pytest.raises(Bad, match="empty_prompt"):
        item_of(row("a", "b", "\u200b\u200f"), answers=TWO)
