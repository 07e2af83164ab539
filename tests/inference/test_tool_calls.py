"""Tools that models are given, and what they call."""

import json

import pytest

from polypref.inference import Failure, Model, Reply, Request, protocol
from polypref.inference.tool_calls import CALLED, called_text, turns_for_servers, with_calls_read
from polypref.text.messages import call_lines, turns_to_send

MODEL = Model("m")
TOOLS = json.dumps([{"type": "function", "function": {"name": "wetter", "parameters": {"type": "object"}}}])
CALL = {"type": "function", "function": {"name": "wetter", "arguments": {"ort": "Köln"}}}
TURNS = [
    {"role": "user", "content": "Wie ist das Wetter?"},
    {"role": "assistant", "content": "", "thinking": "Hm.", "tool_calls": [CALL, CALL | {"id": "c9"}]},
    {"role": "tool", "content": "21", "name": "wetter"},
    {"role": "tool", "content": "22", "name": "wetter", "tool_call_id": "c9"},
]
ASKED = Request(MODEL, (("user", "Wie ist das Wetter?"),), tools=TOOLS)
FENCED = '```tool_call\n{"name": "wetter", "arguments": {"ort": "Köln"}}\n```'


def test_tools_and_turns_are_part_of_what_is_asked_and_change_no_other_request():
    plain = Request(MODEL, ASKED.messages)
    # The key that it had before requests could offer tools: response logs stay valid.
    assert plain.key == "fcc64b39500e9030c7d53ce860b4f83c8666c58f3520c273d8585caea103989a"
    with_turns, other = Request(MODEL, ASKED.messages, turns="[]"), Request(MODEL, ASKED.messages, tools="[]")
    assert len({plain.key, ASKED.key, with_turns.key, other.key}) == 4
    assert ASKED.tool_names == {"wetter"} and plain.offered == []


def test_a_server_is_sent_calls_with_ids_and_arguments_as_texts():
    request = Request(MODEL, (), turns=turns_to_send(TURNS), tools=TOOLS)
    sent = json.loads(protocol.chat_body(request))
    arguments = json.dumps({"ort": "Köln"}, ensure_ascii=False)
    function = {"name": "wetter", "arguments": arguments}
    assert sent["tools"] == json.loads(TOOLS)
    assert sent["messages"] == [
        {"role": "user", "content": "Wie ist das Wetter?"},
        {"role": "assistant", "content": None, "tool_calls": [
            {"id": "call_1", "type": "function", "function": function},
            {"id": "c9", "type": "function", "function": function},
        ]},
        {"role": "tool", "tool_call_id": "call_1", "content": "21"},
        {"role": "tool", "tool_call_id": "c9", "content": "22"},
    ]  # fmt: skip
    assert "tools" not in json.loads(protocol.chat_body(Request(MODEL, ASKED.messages)))
    assert turns_for_servers([{"role": "user", "content": "a"}]) == [{"role": "user", "content": "a"}]


def answered(message, finish="tool_calls", tools=True):
    body = json.dumps({"model": "m", "choices": [{"message": message, "finish_reason": finish}]}).encode()
    return protocol.chat_verdict(200, body, None, MODEL, tools=tools)


@pytest.mark.parametrize("content", [None, "", "Ich sehe nach."])
def test_the_calls_of_a_server_are_read(content):
    called = {"id": "c1", "type": "function", "function": {"name": "wetter", "arguments": '{"ort": "Köln"}'}}
    verdict = answered({"role": "assistant", "content": content, "tool_calls": [called]})
    text = f"{content}\n\n{FENCED}" if content else FENCED
    assert (verdict.kind, verdict.result) == ("final", Reply(text, CALLED))
    assert call_lines(text) == ['{"name": "wetter", "arguments": {"ort": "Köln"}}']
    # Where no tool was offered, a call is no answer, as before.
    refused = answered({"role": "assistant", "content": content, "tool_calls": [called]}, tools=False)
    assert refused.result == Failure("bad_reply", "it calls a tool; none was offered")


@pytest.mark.parametrize(
    ("function", "finish", "detail"),
    [
        ({"name": "wetter", "arguments": "{"}, "tool_calls", "no JSON object"),
        ({"name": "wetter", "arguments": "[1]"}, "tool_calls", "no JSON object"),
        ({"arguments": "{}"}, "tool_calls", "a call without a name"),
        ({"name": "wetter", "arguments": '{"ort": NaN}'}, "tool_calls", "a number that JSON does not have"),
        ({"name": "wetter", "arguments": '{"ort": 1e999}'}, "tool_calls", "a number that JSON does not have"),
        ({"name": "wetter", "arguments": f'{{"ort": {"[" * 80}{"]" * 80}}}'}, "tool_calls", "nested too deep"),
        ({"name": "wetter", "arguments": "{}"}, "length", "cut off in its calls"),
    ],
)
def test_calls_that_are_none_are_failures(function, finish, detail):
    verdict = answered({"role": "assistant", "content": None, "tool_calls": [{"function": function}]}, finish)
    assert verdict.kind == "final" and isinstance(verdict.result, Failure)
    assert verdict.result.reason == "bad_reply" and detail in verdict.result.detail


CALLS = '{"name": "wetter", "arguments": {"ort": "Köln"}}'


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (f"<tool_call>\n{CALLS}\n</tool_call>", FENCED),
        (f"Gleich. <tool_call>{CALLS}</tool_call>", f"Gleich.\n\n{FENCED}"),
        (f"<tool_call>{CALLS}", FENCED),
        ('{"name": "wetter", "parameters": {"ort": "Köln"}}', FENCED),
        (f"[{CALLS}]", FENCED),
    ],
)
def test_a_model_in_this_process_calls_in_the_ways_that_templates_ask_for(written, text):
    assert with_calls_read(Reply(written, "stop", 1, 2), ASKED) == Reply(text, CALLED, 1, 2)
    assert with_calls_read(Reply(written), Request(MODEL, ASKED.messages)) == Reply(written)


@pytest.mark.parametrize(
    "written", ["Es ist warm.", '{"name": "other", "arguments": {}}', "[]", "21", FENCED, "[TOOL_CALLS] wetter", "null"]
)
def test_what_calls_nothing_stays_a_text(written):
    assert with_calls_read(Reply(written), ASKED) == Reply(written)


def test_what_is_marked_as_a_call_and_is_none_is_a_failure():
    result = with_calls_read(Reply("<tool_call>wetter(Köln)</tool_call>"), ASKED)
    assert isinstance(result, Failure) and result.reason == "bad_reply"
    assert with_calls_read(Failure("timeout"), ASKED) == Failure("timeout")


def test_an_argument_keeps_its_type():
    assert called_text("", [{"name": "f", "arguments": {"n": 1, "deep": [{"a": None}]}}]) == (
        '```tool_call\n{"name": "f", "arguments": {"n": 1, "deep": [{"a": null}]}}\n```'
    )
    assert called_text("", [{"name": "f"}]) == '```tool_call\n{"name": "f", "arguments": {}}\n```'


def test_blanks_in_what_is_marked_as_a_call_are_gone_over_once():
    # Each tried as the end of the call against all behind it, these would take hours.
    result = with_calls_read(Reply("<tool_call>a" + " " * 300_000 + "b"), ASKED)
    assert isinstance(result, Failure) and result.reason == "bad_reply"
    assert with_calls_read(Reply(f"<tool_call> {CALLS} " + " " * 300_000), ASKED) == Reply(FENCED, CALLED)
