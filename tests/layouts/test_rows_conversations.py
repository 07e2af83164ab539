"""Answers inside of whole conversations: what they answer must be the row's prompt, in every turn."""

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from polypref.errors import UserError
from polypref.files.cells import Bad
from polypref.layouts.sources import Fields, Verdict
from tests.layouts.interpreted import TWO, reason, turns_of
from tests.layouts.interpreted import item_without_votes as item_of

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
    *left_out, last = reasons(item)
    assert len(left_out) == 1 + both and last == "verdict_without_two_answers"
    assert {*left_out} <= {"answer_to_another_prompt", "answer_several_final_turns"}
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


def test_a_system_message_that_every_answer_has_becomes_part_of_the_prompt():
    asked, own = turns_of(("user", "Τι;")), turns_of(("system", "Σύντομα."))
    item = item_of(row([*own, *asked, *GOOD], [*own, *asked, *BAD], "Τι;"), answers=TWO, verdict=Verdict("people"))
    assert item.prompt["prompt"] == [*own, *asked] and (len(item.verdicts), item.problems) == (1, [])
    apart = item_of(row("a", "b", [*own, *asked]), answers=TWO)
    assert item.prompt["prompt_id"] == apart.prompt["prompt_id"]


@pytest.mark.parametrize(
    ("other", "wrong"),
    [
        (turns_of(("user", "Τι;"), ("assistant", "Β")), 1),  # none
        (turns_of(("system", "Αναλυτικά."), ("user", "Τι;"), ("assistant", "Β")), 2),  # another one
        (turns_of(("assistant", "Β")), 1),
        ("Β", 1),
    ],
)
def test_a_system_message_that_only_one_answer_has_is_not_lost_in_silence(other, wrong):
    whole = [*turns_of(("system", "Σύντομα."), ("user", "Τι;")), *GOOD]
    item = item_of(row(whole, other, "Τι;"), answers=TWO)
    assert item.prompt["prompt"] == turns_of(("user", "Τι;"))
    assert reasons(item) == ["answer_to_another_prompt"] * wrong and len(item.completions) == 2 - wrong


def test_the_same_system_message_in_the_prompt_and_in_a_column_is_one():
    both = row([*PROMPT, *GOOD], [*PROMPT[1:], *BAD]) | {"s": "קצר. "}
    item = item_of(both, answers=TWO, system="s")
    assert item.prompt["prompt"] == PROMPT and reasons(item) == ["answer_to_another_prompt"]
    assert reason(both | {"s": "ארוך."}, system="s") == ("two_system_messages", "s")


def test_a_prompt_that_the_answers_share():
    item = item_of(row([*PROMPT, *GOOD], [*PROMPT, *BAD]), prompt=None, answers=TWO, verdict=Verdict("people"))
    named = item_of(row("זה עץ.", "לא יודע."), answers=TWO, verdict=Verdict("people"))
    assert (item.prompt, item.completions) == (named.prompt, named.completions)
    # A vote of nobody by name goes by its row, and these are two.
    assert [one | {"vote": ""} for one in item.verdicts] == [one | {"vote": ""} for one in named.verdicts]
    with_column = item_of(row([*PROMPT[1:], *GOOD], BAD) | {"s": "קצר."}, prompt=None, answers=TWO, system="s")
    assert with_column.prompt == named.prompt and not with_column.problems


def test_answers_that_share_no_prompt():
    two = row([*PROMPT, *GOOD], [*PROMPT[:2], {"role": "assistant", "content": "?"}, PROMPT[3], *BAD])
    why, detail = reason(two, prompt=None, answers=TWO)
    assert (why, detail) == ("answer_to_another_prompt", "turn 3 (assistant) of 4 is not that of another answer")
    assert reason(row("x", "y"), prompt=None, answers=TWO)[0] == "no_prompt"
    short = item_of(row([*PROMPT[:2], *GOOD], [*PROMPT, *BAD]), prompt=None, answers=TWO)
    assert short.prompt["prompt"] == PROMPT[:2] and reasons(short) == ["answer_to_another_prompt"]


def test_an_implicit_prompt_needs_answers():
    with pytest.raises(UserError, match="no answers are declared"):
        Fields(None)


def test_several_final_turns_are_joined_where_it_is_declared():
    several = [*PROMPT, *turns_of(("assistant", "זה\n"), ("assistant", " "), ("assistant", "עץ.<|im_end|>"))]
    (problem,) = item_of(row(several, "x"), answers=TWO).problems
    assert problem == ("answer_several_final_turns", "one 3 turns")
    for prompt in ("prompt", None):
        item = item_of(row(several, [*PROMPT, *BAD]), prompt=prompt, answers=TWO, final_turns="joined")
        assert [one["text"] for one in item.completions] == ["זה\n\nעץ.", "לא יודע."]
        assert item.prompt["prompt"] == PROMPT and not item.problems


@pytest.mark.parametrize("blank", ["", " ", "\u200f"])
def test_what_shows_nothing_makes_no_other_prompt(blank):
    asked = turns_of(("user", "היי"))
    same = turns_of(("system", blank), ("user", f"{blank}היי{blank}"))
    item = item_of(row([*same, *GOOD], [*asked, *BAD], asked), answers=TWO)
    assert (len(item.completions), item.problems) == (2, [])


def test_a_prompt_that_shows_nothing_is_empty():
    with pytest.raises(Bad, match="empty_prompt"):
        item_of(row("a", "b", "\u200b\u200f"), answers=TWO)


def test_thoughts_in_earlier_answers_and_in_references():
    thought = "<think>Hm?</think>Baikal."
    earlier = turns_of(("user", "Ein See?"), ("assistant", thought), ("user", "<think>Tief?</think>"))
    assert reason({"prompt": earlier}) == ("thought_in_text", "<think>")
    assert item_of({"prompt": earlier}, thoughts="kept").prompt["prompt"] == earlier
    item = item_of({"prompt": "Ein See?", "r": thought}, reference="r")
    assert (item.prompt["reference"], item.problems) == (None, [("reference_thought_in_text", "<think>")])
    assert item_of({"prompt": "Ein See?", "r": thought}, reference="r", thoughts="kept").prompt["reference"] == thought


ASKED, OTHER = turns_of(("user", "Ein See?")), turns_of(("人間", "Ein See?"))


@pytest.mark.parametrize(
    ("turns", "why"),
    [
        ([*OTHER, *turns_of(("assistant", "Baikal."))], ("answer_unknown_role", "人間")),
        ([*ASKED, *turns_of(("user", "Tief?"))], ("answer_of_the_user", "")),
        ([{"role": "user", "content": [{"type": "image"}]}, *GOOD], ("answer_part_not_text", "image")),
        ("Baikal.", ("no_prompt", "no answer stands in a conversation")),
    ],
)
def test_a_row_without_a_prompt_says_why_its_conversations_hold_none(turns, why):
    assert reason({"a": turns, "b": turns}, prompt=None, answers=TWO) == why


def test_thoughts_are_cut_out_of_answers_earlier_turns_and_references():
    thought = "<think>Hm?</think>\n\nBaikal."
    earlier = turns_of(("user", "Ein See?"), ("assistant", thought), ("user", "Tief?"))
    row = {
        "prompt": earlier,
        "a": thought,
        "b": [*earlier, {"role": "assistant", "thinking": "So.", "content": "Ja."}],
        "r": thought,
    }
    item = item_of(row, answers=TWO, thoughts="cut", reference="r")
    assert item.problems == [] and item.prompt["reference"] == "Baikal."
    assert [turn["content"] for turn in item.prompt["prompt"]] == ["Ein See?", "Baikal.", "Tief?"]
    assert json.loads(item.prompt["messages"])[1] == {"role": "assistant", "content": "Baikal.", "thinking": "Hm?"}
    spoken = [(one["text"], json.loads(one["message"])["thinking"]) for one in item.completions]
    assert spoken == [("Baikal.", "Hm?"), ("Ja.", "So.")]


def test_what_is_no_whole_thought_and_what_thinks_nothing():
    row = {"prompt": "Ein See?", "a": "<think>Hm", "b": "<think>\n</think>Baikal."}
    item = item_of(row, answers=TWO, thoughts="cut")
    assert item.problems == [("answer_thought_without_end", "one <think>")]
    assert [(one["text"], one["message"]) for one in item.completions] == [("Baikal.", None)]
    key = {"role": "assistant", "reasoning_content": "So.", "content": "Ja."}
    row = {"prompt": "Ein See?", "a": key, "b": "Nein."}
    assert item_of(row, answers=TWO).problems == [("answer_thought_in_text", "one reasoning_content")]
    assert [one["message"] for one in item_of(row, answers=TWO, thoughts="kept").completions] == [None, None]


@pytest.mark.parametrize("content", [None, float("nan"), "", "Ja."])
def test_a_thought_is_cleaned_beside_whatever_is_said(content):
    def answered(thought):
        turn = {"role": "assistant", "content": content, "thinking": thought}
        return item_of({"prompt": "Ein See?", "a": turn, "b": "Nein."}, answers=TWO, thoughts="cut")

    assert json.loads(answered(" H\x00m?\r\nJa.\n").completions[0]["message"])["thinking"] == "Hm?\nJa."
    assert answered("H\ud800m").problems == [("answer_lone_surrogate", "one")]


def test_several_final_turns_are_one_answer_with_one_thought():
    turns = [
        *turns_of(("user", "Ein See?"), ("assistant", "<think>1</think>Der"), ("assistant", "<think>2</think>Baikal."))
    ]
    item = item_of({"prompt": "Ein See?", "a": turns, "b": "x"}, answers=TWO, thoughts="cut", final_turns="joined")
    assert item.completions[0]["text"] == "Der\n\nBaikal."
    assert json.loads(item.completions[0]["message"])["thinking"] == "1\n\n2"
    calls = {"role": "assistant", "tool_calls": [{"name": "f"}]}
    item = item_of(
        {"prompt": "Ein See?", "a": [turns[0], calls, turns[2]], "b": "x"},
        answers=TWO,
        tools="read",
        final_turns="joined",
    )
    assert item.problems == [("answer_several_final_turns", "one 2 turns")]


def test_a_transcript_is_seen_behind_an_answer_that_cannot_be_read():
    row = {"a": Bad("key_twice", "k"), "b": "Human: Τι;\n\nAssistant: Αυτό."}
    assert reason(row, prompt=None, answers=TWO) == ("transcript_in_text", row["b"])
