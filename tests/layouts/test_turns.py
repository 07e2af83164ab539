"""One turn: its role by every known and declared word, its content as text and in parts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from polypref.errors import UserError
from polypref.files.cells import Bad
from polypref.layouts.fields import Fields
from polypref.layouts.turns import (
    ConversationForm,
    declared_roles,
    folded,
    has_role,
    joined_parts,
    shown,
    turn,
    turns_of,
)
from polypref.stages.declarations import declaration_for
from tests.layouts.interpreted import TWO, item_of

PARTS = [{"type": "text", "text": "Τι"}, "είναι", {"type": "text", "value": "αυτό;"}]


def why(call, *arguments):
    with pytest.raises(Bad) as error:
        call(*arguments)
    return error.value.reason, error.value.detail


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("system", "system System developer"),
        ("user", "user USER human Human prompter"),
        ("assistant", "assistant Assistant gpt GPT model"),
    ],
)
def test_known_words_for_a_role_in_any_case(role, words):
    for word in words.split():
        assert turn({"role": word, "content": "x"}, "") == turn({"from": f" {word}", "value": "x"}, "") == (role, "x")


def test_a_turn_says_its_role_or_takes_the_one_of_its_place():
    assert turn("x", "user") == ("user", "x") and turn({"content": "x"}, "assistant") == ("assistant", "x")
    assert turn({"role": None, "content": "x"}, "user") == ("user", "x")
    assert why(turn, {"role": "narrator", "content": "x"}, "user") == ("unknown_role", "narrator")
    assert why(turn, {"role": ["user"], "content": "x"}, "user") == ("unknown_role", "list")


@pytest.mark.parametrize("word", ["tool", "function_call", "observation", "bot", "ai", ""])
def test_words_that_nothing_is_known_of_are_refused(word):
    assert why(turn, {"role": word, "content": "x"}, "user") == ("unknown_role", word)


def test_a_script_names_further_words_and_goes_before_the_known_ones():
    form = ConversationForm(declared_roles({"Χρήστης": "user", "bot": "assistant", "model": "user"}))
    assert turn({"role": "ΧΡΉΣΤΗΣ", "content": "x"}, "", form)[0] == "user"
    assert turn({"role": "Bot", "content": "x"}, "", form)[0] == "assistant"
    assert turn({"role": "model", "content": "x"}, "", form)[0] == "user"
    assert turn({"role": "gpt", "content": "x"}, "", form)[0] == "assistant"


@pytest.mark.parametrize(
    ("roles", "words"),
    [
        ({"bot": "narrator"}, "system, user or assistant"),
        ({"Bot": "user", "bot": "assistant"}, "two roles"),
        ({" ": "user"}, "empty"),
    ],
)
def test_what_is_declared_wrongly_is_told_at_once(roles, words):
    with pytest.raises(UserError, match=words):
        Fields("prompt", roles=roles)


def test_a_script_names_the_keys_of_a_turn():
    row = {
        "prompt": [{"speaker": "Fragende", "utterance": "Was?"}],
        "a": [{"speaker": "gpt", "utterance": "Das."}],
        "b": "Jenes.",
    }
    declared = {"roles": {"fragende": "user"}, "turn_keys": ("speaker", "utterance")}
    item = item_of(row, answers=TWO, **declared)
    assert item.prompt["prompt"] == [{"role": "user", "content": "Was?"}] and not item.problems
    assert [one["text"] for one in item.completions] == ["Das.", "Jenes."]
    form = Fields("prompt", **declared).form
    assert turn({"role": "user", "content": "x", "utterance": "y"}, "assistant", form) == ("assistant", "y")
    assert not has_role({"role": "user"}, form) and turns_of({"content": "x"}, form) is None


def test_whether_a_turn_names_a_role():
    assert has_role({"role": "?"}) and has_role({"role": None, "from": "x"})
    assert not any(map(has_role, ("x", {"content": "x"}, {"role": None}, {"role": float("nan")})))


@pytest.mark.parametrize(
    ("value", "reason", "detail"),
    [
        ({"role": "user", "from": "gpt", "content": "x"}, "turn_of_two_roles", "role=user from=gpt"),
        ({"role": "tool", "from": "human", "content": "x"}, "turn_of_two_roles", "role=tool from=human"),
        ({"role": "user", "content": "x", "value": "y"}, "turn_with_two_contents", "content value"),
    ],
)
def test_a_turn_that_says_two_things_is_refused_until_its_keys_are_named(value, reason, detail):
    assert why(turn, value, "user") == (reason, detail)
    assert "turn_keys" in declaration_for(f"answer_{reason}")
    form = Fields("prompt", turn_keys=("from", "content"), roles={"human": "user", "gpt": "assistant"}).form
    assert turn(value | {"from": "human"}, "", form) == ("user", "x")


def test_keys_that_say_the_same_or_no_role_contradict_nothing():
    assert turn({"role": "user", "from": "Human", "content": "x", "value": "x "}, "") == ("user", "x")
    assert turn({"role": "assistant", "from": "llama-3-8b", "content": "x", "text": ""}, "") == ("assistant", "x")


@pytest.mark.parametrize("content", [None, "", " \n\u3000"])
def test_a_system_turn_that_says_nothing_is_none(content):
    asked = [{"role": "user", "content": "Was?"}]
    item = item_of({"prompt": [{"role": "system", "content": content}, *asked], "a": "Das.", "b": "Nie."}, answers=TWO)
    assert item.prompt["prompt"] == asked


def test_a_content_in_parts_is_one_text():
    assert turn({"role": "user", "content": PARTS}, "") == ("user", "Τι\nείναι\nαυτό;")
    assert joined_parts([{"type": "input_text", "text": "a"}, {"text": ""}, {"type": None, "text": "b"}]) == "a\nb"
    assert joined_parts("a") == "a" and joined_parts(3) == 3 and joined_parts([3]) == [3]


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        ({"type": "image_url", "image_url": {"url": "x"}}, "image_url"),
        ({"type": "image", "text": "x"}, "image"),
        ({"type": "thinking", "text": "x"}, "thinking"),
        ({"type": "text", "text": 3}, "3"),
        ({"url": "x"}, "None"),
    ],
)
def test_a_part_that_is_no_text_is_a_reason(part, kind):
    assert why(turn, {"role": "user", "content": ["x", part]}, "") == ("part_not_text", kind)
    row = {"prompt": "x", "a": [{"role": "assistant", "content": [part]}], "b": "y"}
    assert item_of(row, answers=TWO).problems == [("answer_part_not_text", f"one {kind}")]


def test_the_turns_of_a_cell():
    whole = [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}]
    assert turns_of(whole) is whole and turns_of(whole[0]) == whole[:1]
    assert turns_of(PARTS[::2]) == [{"content": PARTS[::2]}]
    assert not any(turns_of(one) for one in ("text", [], ["x"], None, 3, {"role": "user"}, {"text": "x"}))


def test_an_answer_may_be_one_turn_that_stands_in_no_list():
    item = item_of({"prompt": "x", "a": {"from": "gpt", "value": "Ja."}, "b": PARTS[::2]}, answers=TWO)
    assert [one["text"] for one in item.completions] == ["Ja.", "Τι\nαυτό;"]


def test_a_value_is_shown_short():
    assert (shown([1]), shown({"a": 1}), shown("x" * 50), shown(None)) == ("list", "dict", "x" * 40, "None")


WORDS = some.sampled_from([("user", "prompter", "Human"), ("assistant", "gpt", "MODEL"), ("system", "developer")])
TEXT = some.text(some.characters(exclude_categories=["Cs", "Cc"]), min_size=1)


@settings(max_examples=100)
@given(WORDS.flatmap(some.sampled_from), some.sampled_from(["role", "from"]), TEXT, some.data())
def test_a_turn_says_the_same_in_every_form(word, key, text, data):
    content = data.draw(some.sampled_from([text, [text], [{"type": "text", "text": text}], [{"text": text}]]))
    written = {key: word, data.draw(some.sampled_from(["content", "value", "text", "parts"])): content, "loss": 0.0}
    assert turn(written, "") == turn({"role": folded(word), "content": text}, "")


@pytest.mark.parametrize("kind", ["image", "image_url", "audio"])
def test_one_part_that_is_no_text_is_no_empty_answer(kind):
    row = {"prompt": "Name a lake.", "a": [{"type": kind, kind: "x"}], "b": "The Rhine."}
    assert item_of(row, answers=TWO).problems == [("answer_part_not_text", f"one {kind}")]
