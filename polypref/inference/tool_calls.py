"""Tools that models are given, and the calls that they answer with.

A reply with calls is a text: what the model says, and the calls behind it as `text.messages.text_with_calls` writes
them. Its `finish_reason` is CALLED, and tells it from a text in which a model only writes of calls.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..files.json_types import Json, JsonObject, mapping_of
from ..text.messages import MOST_NESTED, is_nested_deeper, text_with_calls
from .requests import Failure, Reply, Request, Result

#: Why an answer ended that calls tools.
CALLED = "tool_calls"
#: The reason of a request with tools that whoever serves the model cannot give it.
NOT_OFFERED = "tools_not_offered"
# What a model writes of its own accord, and templates of many families ask for: Hermes, Qwen.
_MARKED = re.compile(r"<tool_call>(.*?)(?:</tool_call>|\Z)", re.DOTALL)
_ARGUMENTS = ("arguments", "parameters")


def turns_for_servers(turns: Sequence[JsonObject]) -> list[JsonObject]:
    """Turns as the OpenAI protocol has them: arguments as texts, and every call with an id that its answer names.

    Args:
        turns: messages as chat templates take them.

    Returns:
        new messages; calls without an id get `call_1`, `call_2` and so on, and so do the tools' answers in their order.
    """
    sent: list[JsonObject] = []
    number, waiting = 0, list[str]()
    for turn in turns:
        calls = turn.get("tool_calls")
        if isinstance(calls, list):
            waiting, written = [], list[Json]()
            for call in map(mapping_of, calls):
                number += 1
                waiting.append(str(call.get("id") or f"call_{number}"))
                function = mapping_of(call.get("function"))
                arguments = json.dumps(function.get("arguments", {}), ensure_ascii=False)
                named: JsonObject = {"name": function.get("name"), "arguments": arguments}
                written.append({"id": waiting[-1], "type": "function", "function": named})
            sent.append({"role": turn["role"], "content": turn["content"] or None, "tool_calls": written})
        elif turn["role"] == "tool":
            answered = str(turn.get("tool_call_id") or (waiting[0] if waiting else ""))
            waiting = [one for one in waiting if one != answered]
            sent.append({"role": "tool", "tool_call_id": answered, "content": turn["content"]})
        else:
            sent.append({"role": turn["role"], "content": turn["content"]})
    return sent


def called_text(content: str, calls: Sequence[Json]) -> str | Failure:
    """What a model says, with its calls, as the text of a reply.

    Args:
        content: what it says beside them; may be empty.
        calls: {"name", "arguments"} of each, or the same under `function`; arguments as an object or as JSON of one.

    Returns:
        the text; a failure where a call is none.
    """
    read: list[JsonObject] = []
    for call in map(mapping_of, calls):
        function = mapping_of(call["function"]) if "function" in call else call
        arguments = next((function[key] for key in _ARGUMENTS if function.get(key) not in (None, "")), {})
        if isinstance(arguments, str):
            arguments = _json_in(arguments)
        if not isinstance(name := function.get("name"), str) or not name or not isinstance(arguments, dict):
            return Failure("bad_reply", "a call without a name, or whose arguments are no JSON object")
        read.append({"function": {"name": name, "arguments": arguments}})
    if is_nested_deeper(read, MOST_NESTED):
        return Failure("bad_reply", "a call whose arguments are nested too deep")
    try:
        return text_with_calls(content.strip(), read)
    except ValueError:
        # NaN, Infinity and 1e999, which Python reads and JSON has not.
        return Failure("bad_reply", "a call with a number that JSON does not have")


def with_calls_read(result: Result, request: Request) -> Result:
    """A reply of a model in this process, the calls that its text holds read as calls.

    Args:
        result: what it said.
        request: what was asked; where it offers no tools, no text is a call.

    Returns:
        the same where it calls nothing. Calls are `<tool_call>{...}</tool_call>`, or a whole text of JSON: an object,
        or a list of them, each with the name of a tool that was offered.
    """
    if not isinstance(result, Reply) or not (offered := request.tool_names):
        return result
    if marked := _MARKED.findall(result.text):
        content, calls = _MARKED.sub("", result.text), [_json_in(one) for one in marked]
    else:
        whole = _json_in(result.text)
        content, calls = "", whole if isinstance(whole, list) else [whole]
        if not calls or any(mapping_of(one).get("name") not in offered for one in calls):
            return result
    text = called_text(content, calls)
    return text if isinstance(text, Failure) else replace(result, text=text, finish_reason=CALLED)


def _json_in(text: str) -> Json:
    try:
        value: Json = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value


def names_called(turns: Sequence[Mapping[str, Json]]) -> tuple[str, ...]:
    """The names of the tools that turns call.

    Args:
        turns: messages.

    Returns:
        each name, as often as it is called.
    """
    calls = [one for turn in turns if isinstance(called := turn.get("tool_calls"), list) for one in called]
    return tuple(str(mapping_of(mapping_of(call).get("function")).get("name")) for call in calls)
