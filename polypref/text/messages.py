"""Turns that are more than a role and a text: thoughts, calls of tools, what tools answer. As JSON, and as a text.

A message is kept as one line of JSON with the keys that TRL and chat templates take, and only those that say
something: templates ask whether a key is there. What reads texts alone (checks, raters, people) gets a text in which
the calls stand, a line each, in a fence of code: no check takes that for prose.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ..errors import UserError

#: The keys of a message, in the order in which they are written.
KEYS = ("role", "content", "thinking", "tool_calls", "name", "tool_call_id")
ROLES = ("system", "user", "assistant", "tool")
#: How deep calls and schemas of tools may be nested: deeper than those that are read, far from what ends Python.
MOST_NESTED = 64
#: What opens and closes the calls in a text.
FENCE, _END = "```tool_call", "```"
_CALLS = re.compile(rf"(?:\A|\n\n){FENCE}\n(?:\{{[^\n]*\}}\n)+{_END}\Z")


def compact_json(value: object) -> str:
    """A value as JSON on one line, characters as they are.

    Args:
        value: what JSON holds.

    Returns:
        the text.
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def message_json(message: Mapping[str, object]) -> str:
    """A message as one line of JSON.

    Args:
        message: values by key; those that say nothing (none, empty) are left out, but for role and content.

    Returns:
        JSON with the keys in the order of `KEYS`.

    Example:
        >>> message_json({"content": "Nine.", "role": "assistant", "thinking": ""})
        '{"role": "assistant", "content": "Nine."}'
    """
    return compact_json({key: message[key] for key in KEYS if message.get(key) or key in KEYS[:2]})


def text_with_calls(content: str, calls: Sequence[Mapping[str, object]]) -> str:
    """What a turn of the assistant says, and after it the calls that it makes.

    Args:
        content: what it says; may be empty.
        calls: as in `tool_calls`: {"function": {"name", "arguments"}}.

    Returns:
        the content itself where there is no call.

    Example:
        >>> print(text_with_calls("", [{"function": {"name": "add", "arguments": {"a": 1}}}]))
        ```tool_call
        {"name": "add", "arguments": {"a": 1}}
        ```
    """
    if not calls:
        return content
    fenced = "\n".join([FENCE, *(compact_json(call["function"]) for call in calls), _END])
    return f"{content}\n\n{fenced}" if content else fenced


def without_calls(text: str) -> str:
    """A text without the calls that `text_with_calls` wrote at its end.

    Args:
        text: of an answer or a turn.

    Returns:
        what is said beside them; the text itself where no call ends it.
    """
    return _CALLS.sub("", text) if text.endswith(_END) and FENCE in text else text


def call_lines(text: str) -> list[str]:
    """The calls that `text_with_calls` wrote at the end of a text.

    Args:
        text: of an answer or a turn.

    Returns:
        JSON of the name and arguments of each; none where no call ends it.

    Example:
        >>> call_lines(text_with_calls("Hm.", [{"function": {"name": "add", "arguments": {"a": 1}}}]))
        ['{"name": "add", "arguments": {"a": 1}}']
    """
    return text.removeprefix(without_calls(text)).strip("\n").split("\n")[1:-1]


def turns_to_send(turns: Sequence[Mapping[str, object]]) -> str:
    """Messages as a model is sent them: without the thoughts of earlier turns, as chat templates leave them out.

    Args:
        turns: messages.

    Returns:
        a JSON list on one line.
    """
    sent = [message_json({key: one for key, one in turn.items() if key != "thinking"}) for turn in turns]
    return f"[{', '.join(sent)}]"


def conversation_to_send(
    prompt: Sequence[Mapping[str, object]], messages: str | None, answer: str, message: str | None
) -> str | None:
    """A prompt and an answer to it as a model is sent them, where one of their turns is more than a role and a text.

    Args:
        prompt: its turns, role and text of each.
        messages: the whole of these turns as a JSON list; None where they are no more.
        answer: its text.
        message: the whole of its turn as JSON; None where it is no more.

    Returns:
        as `turns_to_send`; None where all turns are roles and texts.
    """
    if messages is None and message is None:
        return None
    turns: list[Mapping[str, object]] = json.loads(messages) if messages else list(prompt)
    last: Mapping[str, object] = json.loads(message) if message else {"role": "assistant", "content": answer}
    return turns_to_send([*turns, last])


def message_problem(text: str) -> str:
    """What is wrong with a message that a file holds; nothing where it is sound.

    Args:
        text: JSON, as `message_json` writes it.

    Returns:
        a clause, or an empty text.
    """
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return "is no JSON"
    if not isinstance(message, dict):
        return "is no object"
    if unknown := [key for key in message if key not in KEYS]:
        return f"has a key {unknown[0][:40]!r}, which no message has"
    if message.get("role") not in ROLES:
        return "has no known role"
    if wrong := [key for key in message if key != "tool_calls" and not isinstance(message[key], str)]:
        return f"has a {wrong[0]} that is no text"
    if "content" not in message:
        return "has no content"
    return _calls_problem(message["tool_calls"]) if "tool_calls" in message else ""


def _calls_problem(calls: object) -> str:
    if not isinstance(calls, list) or not calls or not all(map(is_call, calls)):
        return "has tool_calls that are no list of calls"
    return "has tool_calls that are nested too deeply" if is_nested_deeper(calls, MOST_NESTED) else ""


def is_nested_deeper(value: object, levels: int) -> bool:
    """Whether a value of JSON has more levels of lists and objects than is borne.

    Args:
        value: any value.
        levels: at most.

    Returns:
        false for a text or a number.

    Example:
        >>> is_nested_deeper([{"a": 1}], 2), is_nested_deeper([{"a": 1}], 1)
        (False, True)
    """
    held = [value]
    for _ in range(levels + 1):
        inner = list[object]()
        for one in held:
            if isinstance(one, list | dict):
                inner += one.values() if isinstance(one, dict) else one
        if not inner:
            return False
        held = inner
    return True


def is_call(call: object) -> bool:
    """Whether a value is a call of a tool as `tool_calls` holds it.

    Args:
        call: any value.

    Returns:
        true for {"type": "function", "function": {"name": text, "arguments": object}}, with an `id` or without.
    """
    function = call.get("function") if isinstance(call, Mapping) else None
    return (
        isinstance(call, Mapping)
        and isinstance(function, Mapping)
        and isinstance(function.get("name"), str)
        and isinstance(function.get("arguments"), Mapping)
        and isinstance(call.get("id", ""), str)
    )


def messages_of(texts: Iterable[str]) -> list[dict[str, object]]:
    """Messages of the JSON that a file holds.

    Args:
        texts: JSON of each, as `message_json` writes it.

    Returns:
        the messages, in order.

    Raises:
        UserError: one is none.
    """
    messages = []
    for text in texts:
        if problem := message_problem(text):
            raise UserError(f"a message {problem}: {text[:80]!r}; get the dataset again, from somebody you trust")
        messages.append(json.loads(text))
    return messages


def message_text(message: Mapping[str, object]) -> str:
    """What a message says to who reads texts alone.

    Args:
        message: a sound one.

    Returns:
        its content with its calls; its thought is no part of it.
    """
    calls = message.get("tool_calls")
    return text_with_calls(str(message["content"]), calls if isinstance(calls, list) else [])


class Beside(NamedTuple):
    """What stands in turns beside their contents.

    Attributes:
        thoughts: what was thought before.
        values: what is said beside calls, texts in their arguments, and texts in the JSON that a tool answers.
    """

    thoughts: list[str]
    values: list[str]


def texts_beside(texts: Iterable[str]) -> Beside:
    """What stands in messages beside their contents.

    Args:
        texts: JSON of each message, as `message_json` writes it, or of a list of messages.

    Returns:
        the texts, in order; nothing of what is no message.

    Example:
        >>> texts_beside(['{"role": "assistant", "content": "Nine.", "thinking": "7, or 9?"}'])
        Beside(thoughts=['7, or 9?'], values=[])
    """
    beside = Beside([], [])
    for value in map(_json_value, texts):
        for message in value if isinstance(value, list) else [value]:
            if isinstance(message, dict):
                _add_beside(beside, message)
    return beside


def _add_beside(beside: Beside, message: Mapping[str, object]) -> None:
    thinking, calls, content = (message.get(key) for key in ("thinking", "tool_calls", "content"))
    if isinstance(thinking, str):
        beside.thoughts.append(thinking)
    if calls and isinstance(content, str):
        beside.values.append(content)
    for call in calls if isinstance(calls, list) else []:
        if is_call(call):
            beside.values.extend(_strings_in(call["function"]["arguments"]))
    if message.get("role") == "tool" and isinstance(content, str):
        answered = _json_value(content)
        beside.values.extend(_strings_in(answered) if isinstance(answered, list | dict) else [])


def _json_value(text: str) -> object:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value


def _strings_in(value: object) -> list[str]:
    """All texts in a value of JSON, in order, but keys of objects; without recursion, however deep it is."""
    texts, waiting = list[str](), [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            texts.append(one)
        elif isinstance(one, list | dict):
            waiting += reversed(list(one.values()) if isinstance(one, dict) else one)
    return texts
