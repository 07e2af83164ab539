"""Calls of tools, answers of tools and schemas, in every form in which data write them; and what is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from polypref.errors import UserError
from polypref.files.cells import Bad
from polypref.layouts.fields import Fields
from polypref.layouts.tools import call_turn, calls_in, calls_of, clean_value, schemas_of
from tests.layouts.interpreted import TWO, item_of, reason

ADD = {"type": "function", "function": {"name": "add", "arguments": {"a": 1}}}
ASKED, SAID = {"role": "user", "content": "Was ist 1 und 2?"}, {"role": "assistant", "content": "Drei."}
OPENAI = [
    ASKED,
    {"role": "assistant", "content": None, "tool_calls": [
        {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}},
        {"id": "c2", "type": "function", "function": {"name": "sub", "arguments": ""}}]},
    {"role": "tool", "tool_call_id": "c2", "content": "-1"},
    {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "3"}]},
]  # fmt: skip
SHAREGPT = [
    {"from": "human", "value": "Was ist 1 und 2?"},
    {"from": "function_call", "value": '{"name": "add", "arguments": {"a": 1}}'},
    {"from": "observation", "value": '{"result": 3}'},
]
numbers = some.integers(-(2**63), 2**63 - 1) | some.floats(allow_nan=False, allow_infinity=False, width=32)
plain_text = some.text(
    some.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="<[\ufeff\u2028\u2029")
)
values = some.recursive(
    some.none() | some.booleans() | numbers | plain_text,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(plain_text, inner, max_size=3),
    max_leaves=6,
)


def why(call, *arguments):
    with pytest.raises(Bad) as error:
        call(*arguments)
    return error.value.reason


def messages_in(item):
    return json.loads(item.prompt["messages"])


@pytest.mark.slow
@given(some.dictionaries(plain_text, values, max_size=3))
def test_every_form_of_a_call_says_the_same(arguments):
    function = {"name": "add", "arguments": arguments}
    printed = {"name": "add", "arguments": json.dumps(arguments)}
    (expected,) = calls_of([function])
    assert expected == {"type": "function", "function": function}
    assert calls_in({"tool_calls": [{"function": printed}]}) == calls_in({"function_call": printed}) == (expected,)
    assert call_turn(json.dumps(function)).calls == call_turn([printed]).calls == (expected,)
    # What was read is read again as the same, whatever form it came in.
    assert calls_of([json.loads(json.dumps(expected))]) == (expected,)


def test_openai_turns_are_read_with_names_by_their_ids():
    item = item_of({"prompt": OPENAI, "a": "Drei.", "b": "Vier."}, answers=TWO, tools="read")
    assert [(one["role"], one["content"]) for one in item.prompt["prompt"]] == [
        ("user", "Was ist 1 und 2?"),
        ("assistant", '```tool_call\n{"name": "add", "arguments": {"a": 1}}\n{"name": "sub", "arguments": {}}\n```'),
        ("tool", "-1"),
        ("tool", "3"),
    ]
    user, called, *answered = messages_in(item)
    assert user == ASKED and called["content"] == "" and [one["id"] for one in called["tool_calls"]] == ["c1", "c2"]
    assert [(one["name"], one["tool_call_id"]) for one in answered] == [("sub", "c2"), ("add", "c1")]


def test_sharegpt_turns_are_read_with_the_name_of_the_one_call():
    item = item_of({"prompt": SHAREGPT, "a": "Drei.", "b": "Vier."}, answers=TWO, tools="read")
    _, called, answered = messages_in(item)
    assert called == {"role": "assistant", "content": "", "tool_calls": [ADD]}
    assert answered == {"role": "tool", "content": '{"result": 3}', "name": "add"}
    assert [one["message"] for one in item.completions] == [None, None]


def test_what_a_tool_answers_may_be_json_and_of_two_calls_the_places_tell():
    turns = [ASKED, {"role": "function_call", "content": [{"name": "add"}, {"name": "sub"}]},
             {"role": "observation", "content": {"é": [1]}}, {"role": "observation", "content": "2"}]  # fmt: skip
    answered = messages_in(item_of({"prompt": turns}, tools="read"))[2:]
    assert [(one["name"], one["content"]) for one in answered] == [("add", '{"é": [1]}'), ("sub", "2")]
    assert "name" not in messages_in(item_of({"prompt": turns[:3]}, tools="read"))[2]


@pytest.mark.parametrize("answer", [
    {"role": "assistant", "content": "Gern.", "tool_calls": [{"function": {"name": "add", "arguments": '{"a": 1}'}}]},
    [ASKED, {"role": "assistant", "content": "Gern.", "function_call": {"name": "add", "arguments": {"a": 1}}}],
    [{"role": "assistant", "content": "Gern.", "tool_calls": [{"name": "add", "arguments": {"a": 1}}]}],
])  # fmt: skip
def test_an_answer_that_calls_a_tool(answer):
    item = item_of({"prompt": [ASKED], "a": answer, "b": "Drei."}, answers=TWO, tools="read")
    assert item.problems == []
    one, other = item.completions
    assert one["text"] == 'Gern.\n\n```tool_call\n{"name": "add", "arguments": {"a": 1}}\n```'
    assert json.loads(one["message"]) == {"role": "assistant", "content": "Gern.", "tool_calls": [ADD]}
    assert other["message"] is None


def test_a_text_that_looks_like_a_call_is_another_answer_than_the_call():
    called = {"role": "function_call", "content": '{"name": "add", "arguments": {"a": 1}}'}
    text = '```tool_call\n{"name": "add", "arguments": {"a": 1}}\n```'
    one, other = item_of({"prompt": [ASKED], "a": called, "b": text}, answers=TWO, tools="read").completions
    assert one["text"] == other["text"] and one["completion_id"] != other["completion_id"]


def test_tools_are_part_of_what_a_prompt_is():
    plain = item_of({"prompt": [ASKED]}).prompt["prompt_id"]
    offered = [{"name": "add", "parameters": {}}]
    asked = {"prompt": [ASKED], "t": offered}
    with_tools = item_of(asked, tools="read", tool_schemas="t").prompt
    assert with_tools["tools"] == '[{"type": "function", "function": {"name": "add", "parameters": {}}}]'
    assert item_of({"prompt": [ASKED], "t": None}, tools="read", tool_schemas="t").prompt["prompt_id"] == plain
    other = item_of({"prompt": [ASKED], "t": [{"name": "sub"}]}, tools="read", tool_schemas="t").prompt
    assert len({plain, with_tools["prompt_id"], other["prompt_id"]}) == 3
    printed = item_of({"prompt": [ASKED], "t": json.dumps(offered)}, tools="read", tool_schemas="t").prompt
    assert printed["prompt_id"] == with_tools["prompt_id"]


def test_tools_are_refused_until_they_are_declared():
    assert reason({"prompt": SHAREGPT}) == ("unknown_role", "function_call")
    assert reason({"prompt": [ASKED, OPENAI[1], ASKED]}) == ("tool_calls_not_read", "tool_calls")
    answer = {"role": "assistant", "content": "Gern.", "function_call": {"name": "add"}}
    assert item_of({"prompt": [ASKED], "a": answer, "b": "Drei."}, answers=TWO).problems == [
        ("answer_tool_calls_not_read", "one function_call")
    ]
    with pytest.raises(UserError, match="write tools='read' beside it"):
        Fields("prompt", tool_schemas="tools")


@pytest.mark.parametrize(("turns", "expected"), [
    ([ASKED, {"role": "tool", "content": "3"}], "tool_turn_without_call"),
    ([ASKED, SAID, {"role": "tool", "content": "3"}], "tool_turn_without_call"),
    ([*OPENAI[:2], {"role": "tool", "tool_call_id": "c9", "content": "3"}], "tool_turn_to_another_call"),
    ([*OPENAI[:2], ASKED], "turns_out_of_order"),
    ([*OPENAI, ASKED], "turns_out_of_order"),
    (OPENAI[:2], "prompt_does_not_end_with_user"),
    ([ASKED, {"role": "function_call", "content": "add"}, OPENAI[2]], "call_not_json"),
    ([ASKED, {"role": "function_call", "content": '{"a": 1, "a": 2}'}, OPENAI[2]], "call_not_json"),
    ([ASKED, {"role": "function_call", "content": '{"arguments": {}}'}, OPENAI[2]], "call_without_name"),
    ([ASKED, {"role": "function_call", "content": '{"name": "f", "arguments": [1]}'}, OPENAI[2]],
     "call_arguments_not_an_object"),
    ([ASKED, {"role": "function_call", "content": '{"name": "f", "arguments": "x"}'}, OPENAI[2]],
     "call_arguments_not_json"),
    ([ASKED, {"role": "function_call", "content": '{"name": "f", "arguments": {"a": NaN}}'}, OPENAI[2]],
     "call_not_json"),
    ([ASKED, {"role": "function_call", "content": '{"name": "f", "arguments": {"a": "<|im_end|>"}}'}, OPENAI[2]],
     "chat_template_token"),
    ([ASKED, {"role": "assistant", "tool_calls": [{"type": "web_search", "name": "f"}]}, OPENAI[2]],
     "call_of_another_type"),
    ([ASKED, {"role": "assistant", "tool_calls": [7]}, OPENAI[2]], "call_not_an_object"),
])  # fmt: skip
def test_calls_and_turns_that_cannot_be_right(turns, expected):
    assert reason({"prompt": turns}, tools="read")[0] == expected


@pytest.mark.parametrize(("schemas", "expected"), [
    ("[", "tools_not_json"),
    ({"name": "f"}, "tools_not_a_list"),
    ([7], "tool_not_an_object"),
    ([{"description": "f"}], "tool_without_name"),
    ([{"type": "function", "function": {}}], "tool_without_name"),
    ([{"type": "web_search", "name": "f"}], "tool_of_another_type"),
    ([{"name": "f", "parameters": "none"}], "tool_parameters_not_an_object"),
    ([{"name": "f"}, {"name": "f"}], "tool_twice"),
])  # fmt: skip
def test_schemas_that_are_none(schemas, expected):
    assert why(schemas_of, schemas) == expected
    assert reason({"prompt": [ASKED], "t": schemas}, tools="read", tool_schemas="t")[0] == expected


@pytest.mark.parametrize("nothing", [None, "", " ", [], {}, float("nan")])
def test_keys_that_hold_nothing_are_as_absent_ones(nothing):
    spoken = {"role": "assistant", "content": "Drei."}
    keys = {"tool_calls": nothing, "function_call": nothing, "thinking": nothing}
    for tools in ("read", "refused"):
        assert item_of({"prompt": [ASKED, spoken | keys, ASKED]}, tools=tools) == item_of(
            {"prompt": [ASKED, spoken, ASKED]}, tools=tools
        )
    whole = [ASKED, {"role": "assistant", "tool_calls": [{"name": "add", "arguments": {"a": 1}}]}]
    whole.append({"role": "tool", "content": "3"})
    call = {"id": nothing, "function": None, "name": "add", "arguments": {"a": 1}}
    calling, answering = whole[1] | {"tool_calls": [call]}, whole[2] | {"name": nothing, "tool_call_id": nothing}
    assert messages_in(item_of({"prompt": [ASKED, calling, answering]}, tools="read")) == messages_in(
        item_of({"prompt": whole}, tools="read")
    )
    assert schemas_of(nothing) == []
    assert calls_of([{"name": "f", "arguments": nothing}]) == calls_of([{"name": "f"}])


def test_arguments_are_called_parameters_where_there_are_no_others():
    parameters = {"name": "f", "parameters": {"a": 1}}
    expected = calls_of([{"name": "f", "arguments": {"a": 1}}])
    assert calls_of([parameters]) == calls_of([parameters | {"arguments": None}]) == expected
    assert (
        calls_of([parameters | {"arguments": {}}])
        == calls_of([parameters | {"arguments": ""}])
        == calls_of([{"name": "f"}])
    )


def test_what_was_thought_before_a_call_of_sharegpt_is_kept_or_refused():
    turns = [SHAREGPT[0], SHAREGPT[1] | {"thinking": "Rechnen."}, *SHAREGPT[2:]]
    call = messages_in(item_of({"prompt": turns}, tools="read", thoughts="cut"))[1]
    assert call == {"role": "assistant", "content": "", "thinking": "Rechnen.", "tool_calls": [ADD]}
    assert reason({"prompt": turns}, tools="read") == ("thought_in_text", "thinking")


def test_a_null_function_is_as_an_absent_one():
    schema = {"type": "function", "function": None, "name": "f"}
    assert schemas_of([schema]) == schemas_of([{"name": "f"}])
    assert calls_of([schema]) == calls_of([{"name": "f"}])
    assert why(calls_of, [schema | {"name": None}]) == "call_without_name"
    assert why(schemas_of, [schema | {"name": None}]) == "tool_without_name"


def test_thousands_of_answers_are_named_in_one_go():
    """Each answer is looked at once: in a loop within a loop this would take minutes."""
    calls = [{"id": f"c{n}", "name": f"f{n}"} for n in range(20_000)]
    answers = [{"role": "tool", "tool_call_id": f"c{n}", "content": "1"} for n in range(20_000)]
    turns = messages_in(
        item_of({"prompt": [ASKED, {"role": "assistant", "tool_calls": calls}, *answers]}, tools="read")
    )
    assert [one["name"] for one in turns[-2:]] == ["f19998", "f19999"]


def test_schemas_of_both_forms_and_of_none():
    inner = {"name": "f", "description": "fährt\r\n", "parameters": {"type": "object"}}
    expected = [{"type": "function", "function": inner | {"description": "fährt\n"}}]
    wrapped = [{"type": "function", "function": inner}]
    assert schemas_of([inner]) == schemas_of(wrapped) == schemas_of(json.dumps(wrapped)) == expected
    assert schemas_of([json.dumps(inner)]) == expected and schemas_of([inner | {"type": "function"}]) == expected
    assert schemas_of(None) == schemas_of("") == schemas_of([]) == schemas_of("[]") == schemas_of("null") == []


def test_values_that_json_has_not_and_that_lie_too_deep():
    deep: object = 1
    for _ in range(40):
        deep = [deep]
    assert why(clean_value, deep) == "nested_too_deep"
    assert why(clean_value, {"a\x00": 1, "a": 2}) == "key_twice"
    assert why(clean_value, 2**63) == why(clean_value, float("inf")) == "number_not_in_json"
    assert why(clean_value, b"x") == "not_json" and why(clean_value, "\ud800") == "lone_surrogate"


def test_a_whole_number_that_python_does_not_print_is_a_reason():
    with pytest.raises(Bad) as bad:
        clean_value({"x": 10**5000})
    assert (bad.value.reason, bad.value.detail) == ("number_not_in_json", "a whole number too long to print")
    with pytest.raises(Bad) as bad:
        clean_value({"x": float("nan")})
    assert (bad.value.reason, bad.value.detail) == ("number_not_in_json", "nan")
