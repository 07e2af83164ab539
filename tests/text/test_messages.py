"""Messages with thoughts and calls: what is written of them, as JSON and as text, and what is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from polypref.errors import UserError
from polypref.stages.checks.common import without_code
from polypref.text.messages import (
    Beside,
    is_call,
    message_json,
    message_problem,
    message_text,
    messages_of,
    text_with_calls,
    texts_beside,
    without_calls,
)
from polypref.text.prose import prose

ADD = {"type": "function", "function": {"name": "add", "arguments": {"a": 1, "b": "zwei\n```"}}}
AS_TEXT = '```tool_call\n{"name": "add", "arguments": {"a": 1, "b": "zwei\\n```"}}\n```'

json_values = some.recursive(
    some.none() | some.booleans() | some.integers(-(2**53), 2**53) | some.text(),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(), inner, max_size=3),
    max_leaves=8,
)
calls = some.builds(
    lambda name, arguments: {"type": "function", "function": {"name": name, "arguments": arguments}},
    some.text(min_size=1),
    some.dictionaries(some.text(), json_values, max_size=3),
)


def test_a_message_has_the_keys_that_say_something():
    assert message_json({"content": "", "role": "assistant", "tool_calls": [], "thinking": ""}) == (
        '{"role": "assistant", "content": ""}'
    )
    whole = {"role": "tool", "content": "é", "name": "add", "tool_call_id": "c1"}
    assert message_json(whole) == '{"role": "tool", "content": "é", "name": "add", "tool_call_id": "c1"}'


def test_calls_stand_after_what_is_said_in_a_fence_that_no_check_takes_for_prose():
    assert text_with_calls("", [ADD]) == AS_TEXT and text_with_calls("Gern.", [ADD]) == f"Gern.\n\n{AS_TEXT}"
    assert text_with_calls("Gern.", []) == "Gern."
    assert prose(AS_TEXT).strip() == "" == without_code(AS_TEXT).strip()
    assert message_text({"role": "assistant", "content": "Gern.", "thinking": "hm", "tool_calls": [ADD]}) == (
        f"Gern.\n\n{AS_TEXT}"
    )


@given(some.text(alphabet="ab \n`", max_size=30), some.lists(calls, min_size=1, max_size=3))
def test_what_is_said_comes_back_without_the_calls(content, several):
    assert without_calls(text_with_calls(content, several)) == content


def test_a_fence_of_other_code_is_what_is_said():
    for text in ("```python\n1\n```", "```tool_call in a line```", "Text", ""):
        assert without_calls(text) == text


def test_calls_that_somebody_quotes_are_what_is_said():
    quoting = f"So geht es:\n\n{AS_TEXT}\n\nUnd nun ich."
    assert without_calls(quoting) == quoting and without_calls(f"{quoting}\n\n{AS_TEXT}") == quoting


@given(some.text(), some.text(), some.lists(calls, max_size=2))
def test_a_message_comes_back_as_it_was(content, thinking, several):
    message = {"role": "assistant", "content": content, "thinking": thinking, "tool_calls": several}
    text = message_json(message)
    (back,) = messages_of([text])
    assert back == {key: value for key, value in message.items() if value or key in ("role", "content")}
    assert "\n" not in text and message_problem(text) == ""


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        ("{", "is no JSON"),
        ("[]", "is no object"),
        ('{"role": "user", "content": "x", "weight": 1}', "has a key 'weight', which no message has"),
        ('{"role": "bot", "content": "x"}', "has no known role"),
        ('{"content": "x"}', "has no known role"),
        ('{"role": "user"}', "has no content"),
        ('{"role": "user", "content": null}', "has a content that is no text"),
        ('{"role": "assistant", "content": "", "tool_calls": null}', "has tool_calls that are no list of calls"),
        ('{"role": "assistant", "content": "", "tool_calls": []}', "has tool_calls that are no list of calls"),
        ('{"role": "assistant", "content": "", "tool_calls": [{"name": "add"}]}', "has tool_calls that are no list"),
        ("[" * 100_000, "is no JSON"),
        pytest.param(
            '{"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f", "arguments": {"a": '
            + ("[" * 600 + "]" * 600)
            + "}}}]}",
            "has tool_calls that are nested too deeply",
            id="nested",
        ),
    ],
)
def test_a_message_that_is_none(message, problem):
    assert problem in message_problem(message)
    with pytest.raises(UserError, match="get the dataset again"):
        messages_of([message])


def test_calls_have_a_name_and_arguments_that_are_an_object():
    assert is_call(ADD) and is_call({**ADD, "id": "c1"}) and not is_call({**ADD, "id": 1})
    assert not any(map(is_call, (None, "add", {}, {"function": {"name": "add", "arguments": json.dumps({})}})))


def test_what_stands_beside_the_contents_of_turns():
    call = {"function": {"name": "f", "arguments": {"a": ["x", {"b": "y"}], "n": 1}}}
    turns = [
        {"role": "assistant", "content": "Ja.", "thinking": "So?", "tool_calls": [call]},
        {"role": "tool", "content": '{"deep": ["z", null]}'},
        {"role": "user", "content": '{"not": "read"}'},
    ]
    wanted = Beside(["So?"], ["Ja.", "x", "y", "z"])
    assert texts_beside(map(json.dumps, turns)) == texts_beside([json.dumps(turns)]) == wanted
    assert texts_beside(["no JSON", "3", "[" * 100_000]) == Beside([], [])
    assert texts_beside([json.dumps({"role": "tool", "content": "[" * 900 + '"q"' + "]" * 900})]).values == ["q"]
