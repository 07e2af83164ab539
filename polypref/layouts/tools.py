"""Calls of tools, what tools answer, and the schemas of tools, in the forms in which data write them.

OpenAI's: `tool_calls` of a turn of the assistant, its older `function_call`, and turns of `tool`. ShareGPT's: turns of
`function_call` and `observation`. All become what TRL and chat templates take: calls with arguments that are objects.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType
from typing import Literal, NamedTuple

from ..files.cells import Bad, Cell, Row, is_missing, look_up_or_none
from ..text.cleaning import BLANK, Uncleanable, clean_text, is_label

#: What becomes of tool turns, calls and schemas.
Tools = Literal["refused", "read"]
#: What data call a turn that calls a tool, and one in which a tool answers.
CALLING, ANSWERING = ("function_call", "tool_call"), ("tool", "observation", "function", "function_response")
TOOL_ROLES: Mapping[str, str] = MappingProxyType({**dict.fromkeys(CALLING, "call"), **dict.fromkeys(ANSWERING, "tool")})
#: The keys of a turn under which calls stand.
CALL_KEYS = ("tool_calls", "function_call")
#: Why a turn is refused that holds calls where nothing says that they are read.
NOT_READ = "tool_calls_not_read"
# Keys that stand beside a function where it has no object of its own.
_AROUND = ("type", "function")
# How deep arguments and schemas may be nested, and how long names and ids may be.
_DEEPEST, _LONGEST_NAME = 32, 256
_INT64 = 1 << 63
# Python prints no whole number of more than 4,300 digits.
_PRINTED = 10**4000

Call = dict[str, object]


class Turn(NamedTuple):
    """A turn as it is read.

    Attributes:
        role: system, user, assistant or tool.
        content: what is said, as it is.
        thinking: what was thought before, under a key of its own.
        calls: of tools.
        name, call_id: of the tool that answers, and of the call that it answers to; empty where nothing says it.
    """

    role: str
    content: Cell
    thinking: str = ""
    calls: tuple[Call, ...] = ()
    name: str = ""
    call_id: str = ""


def call_turn(content: Cell) -> Turn:
    """A turn whose content is calls, as ShareGPT writes `function_call`.

    Args:
        content: {"name", "arguments"} as an object or as JSON, or a list of them.

    Returns:
        a turn of the assistant.

    Raises:
        Bad: `call_not_json`, or what `calls_of` raises.
    """
    value = _parsed(content, "call_not_json") if isinstance(content, str) else content
    return Turn("assistant", "", calls=calls_of(value if isinstance(value, list | tuple) else [value]))


def calls_in(turn: Mapping[str, Cell]) -> tuple[Call, ...]:
    """The calls that a turn of the assistant holds under a key of its own.

    Args:
        turn: with OpenAI's `tool_calls`, or `function_call`.

    Returns:
        the calls; none where the keys are absent or hold nothing.

    Raises:
        Bad: as `calls_of`.
    """
    listed, one = turn.get("tool_calls"), turn.get("function_call")
    listed = _parsed(listed, "call_not_json") if isinstance(listed, str) and says_something(listed) else listed
    calls = list(listed) if isinstance(listed, list | tuple) else [listed] if says_something(listed) else []
    return calls_of([*calls, one] if says_something(one) else calls)


def says_something(value: Cell) -> bool:
    """Whether a value under a key of calls, schemas, names or ids says anything.

    Args:
        value: what stands there.

    Returns:
        false for null, not-a-number, and blank texts, lists and objects.
    """
    if isinstance(value, str):
        return bool(value.strip(BLANK))
    return not is_missing(value) and value not in ([], (), {})


def calls_of(values: Sequence[Cell]) -> tuple[Call, ...]:
    """Calls of tools, as chat templates take them.

    Args:
        values: {"name", "arguments"}, or the same under `function`, with an id and a type or without.

    Returns:
        {"type": "function", "function": {"name", "arguments": object}} for each, with `id` where there is one.

    Raises:
        Bad: `call_not_an_object`, `call_without_name`, `call_of_another_type`, `call_arguments_not_an_object`, or what
            cleaning finds.
    """
    return tuple(map(_call, values))


def _call(value: Cell) -> Call:
    if not isinstance(value, Mapping):
        raise Bad("call_not_an_object", type(value).__name__)
    if (kind := value.get("type")) not in (None, "function"):
        raise Bad("call_of_another_type", _shown(kind))
    function = _inner(value)
    if not isinstance(function, Mapping):
        raise Bad("call_not_an_object", type(function).__name__)
    # What Llama's templates call parameters; beside arguments, if only empty ones, it is the tool's schema.
    arguments = function.get("parameters" if is_missing(function.get("arguments")) else "arguments")
    if not says_something(arguments):
        arguments = {}
    if isinstance(arguments, str):
        arguments = _parsed(arguments, "call_arguments_not_json")
    if not isinstance(arguments, Mapping):
        raise Bad("call_arguments_not_an_object", type(arguments).__name__)
    call = {"name": _name(function.get("name"), "call_without_name"), "arguments": clean_value(arguments)}
    given = value.get("id")
    return {"type": "function", **({"id": _name(given, "call_id")} if says_something(given) else {}), "function": call}


def _inner(value: Mapping[str, Cell]) -> Cell:
    """What a call, or a schema, says of its function: under a key of its own, or beside the type."""
    return value if is_missing(function := value.get("function")) else function


def _shown(value: Cell) -> str:
    """A value that should be a word, for a reader."""
    return value[:40] if isinstance(value, str) else type(value).__name__


def answer_turn(turn: Mapping[str, Cell], content: Cell) -> Turn:
    """A turn in which a tool answers.

    Args:
        turn: with the tool's `name` and the call's `tool_call_id`, or without.
        content: what it answers: a text, or what JSON holds, which becomes its text.

    Returns:
        a turn of the tool.

    Raises:
        Bad: `tool_name` or `call_id` where they are no names.
    """
    named = [turn.get(key) for key in ("name", "tool_call_id")]
    name, call_id = (_name(one, why) if says_something(one) else "" for one, why in zip(named, _WHY, strict=True))
    if isinstance(content, Mapping | list | tuple):
        content = json.dumps(clean_value(content), ensure_ascii=False)
    return Turn("tool", content, name=name, call_id=call_id)


_WHY = ("tool_name", "call_id")


def with_names(turns: Iterable[Turn]) -> list[Turn]:
    """Turns, those of tools with the name of the tool that was called, where only one can be meant.

    Args:
        turns: of one conversation.

    Returns:
        the same turns: a name comes from the call with the same id, from the only call, or from the call of the same
        place where as many tools answer as were called.

    Raises:
        Bad: `tool_turn_without_call`, or `tool_turn_to_another_call`, whose id no call before it has.
    """
    named: list[Turn] = []
    for is_tool, run in groupby(turns, lambda turn: turn.role == "tool"):
        answers = list(run)
        if is_tool:
            calls = named[-1].calls if named else ()
            if not calls:
                raise Bad("tool_turn_without_call", f"turn {len(named) + 1}")
            answers = list(_named(answers, calls))
        named += answers
    return named


def _named(answers: Sequence[Turn], calls: Sequence[Call]) -> Iterator[Turn]:
    """Turns of tools that follow each other, as answers to the calls before them."""
    functions = [call["function"] for call in calls]
    names = [str(function["name"]) for function in functions if isinstance(function, Mapping)]
    by_id: dict[object, str] = {}
    for call, name in zip(calls, names, strict=True):
        by_id.setdefault(call.get("id"), name)
    in_order = names if len(names) == len(answers) else names * len(answers) if len(names) == 1 else ()
    for place, turn in enumerate(answers):
        if turn.call_id and any(by_id) and turn.call_id not in by_id:
            raise Bad("tool_turn_to_another_call", turn.call_id[:40])
        name = turn.name or by_id.get(turn.call_id) or (in_order[place] if in_order else "")
        yield turn._replace(name=name)


def schemas_of(value: Cell) -> list[dict[str, object]]:
    """The schemas of the tools that a model was given.

    Args:
        value: a list of schemas, or JSON of one: {"type": "function", "function": {"name", ...}} as OpenAI has them, or
            the inner object alone, which is put into the outer one.

    Returns:
        the schemas, as TRL takes them; none where the cell holds nothing.

    Raises:
        Bad: `tools_not_json`, `tools_not_a_list`, `tool_not_an_object`, `tool_of_another_type`, `tool_without_name`,
            `tool_parameters_not_an_object`, `tool_twice`, or what cleaning finds.
    """
    listed = _parsed(value, "tools_not_json") if isinstance(value, str) and says_something(value) else value
    if not says_something(listed):
        return []
    if not isinstance(listed, list | tuple):
        raise Bad("tools_not_a_list", type(listed).__name__)
    schemas = [_schema(one) for one in listed]
    names = [str(function["name"]) for one in schemas if isinstance(function := one["function"], dict)]
    if twice := [name for name, times in Counter(names).items() if times > 1]:
        raise Bad("tool_twice", twice[0][:40])
    return schemas


def offers_tools(row: Row) -> bool:
    """Whether a row's prompt offers tools, as published rows say it, for those who read texts alone.

    Args:
        row: as read.

    Returns:
        false where a column `tools` is absent, null, or holds something else than schemas of tools.
    """
    try:
        return bool(schemas_of(look_up_or_none(row, "tools")))
    except Bad:
        return False


#: The reason of prompts that offer tools where texts alone are read.
OFFERS_TOOLS = "prompt_with_tools"


def _schema(value: Cell) -> dict[str, object]:
    value = _parsed(value, "tools_not_json") if isinstance(value, str) else value
    if not isinstance(value, Mapping):
        raise Bad("tool_not_an_object", type(value).__name__)
    kind = value.get("type")
    function = _inner(value)
    if not isinstance(function, Mapping):
        raise Bad("tool_not_an_object", type(function).__name__)
    if kind not in (None, "function"):
        raise Bad("tool_of_another_type", _shown(kind))
    function = {key: one for key, one in function.items() if function is not value or key not in _AROUND}
    name = _name(function.get("name"), "tool_without_name")
    if not isinstance(function.get("parameters", {}) or {}, Mapping):
        raise Bad("tool_parameters_not_an_object", name[:40])
    cleaned = clean_value(function)
    assert isinstance(cleaned, dict)
    return {"type": "function", "function": {**cleaned, "name": name}}


def clean_value(value: Cell, depth: int = 0) -> object:
    """What JSON holds, every text in it cleaned as others are at the door.

    Args:
        value: of arguments, or of a schema.
        depth: how deep it lies.

    Returns:
        the same.

    Raises:
        Bad: `nested_too_deep`, `key_twice`, `number_not_in_json` (not finite, or beyond 64 bits), `not_json`, or what
            `clean_text` finds.
    """
    if depth > _DEEPEST:
        raise Bad("nested_too_deep", f"{_DEEPEST} levels")
    if isinstance(value, str):
        return _cleaned_text(value)
    if isinstance(value, Mapping):
        cleaned = {_cleaned_text(str(key)): clean_value(one, depth + 1) for key, one in value.items()}
        if len(cleaned) < len(value):
            raise Bad("key_twice", ", ".join(map(str, cleaned))[:40])
        return cleaned
    if isinstance(value, list | tuple):
        return [clean_value(one, depth + 1) for one in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        if not (-_INT64 <= value < _INT64 if isinstance(value, int) else abs(value) < 1e300):
            printed = isinstance(value, float) or abs(value) < _PRINTED
            raise Bad("number_not_in_json", str(value)[:40] if printed else "a whole number too long to print")
        return value
    raise Bad("not_json", type(value).__name__)


def _cleaned_text(text: str) -> str:
    try:
        return clean_text(text)
    except Uncleanable as error:
        raise Bad(str(error)) from None


def _name(value: Cell, why: str) -> str:
    if not isinstance(value, str) or not is_label(value) or len(value) > _LONGEST_NAME:
        raise Bad(why, _shown(value))
    return _cleaned_text(value.strip(BLANK))


def _parsed(text: str, why: str) -> Cell:
    """A value of JSON; an object with a key twice says two things."""
    try:
        value: Cell = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except (ValueError, RecursionError):
        raise Bad(why, text.strip()[:40]) from None
    return value


def _object(pairs: list[tuple[str, Cell]]) -> dict[str, Cell]:
    keys = dict(pairs)
    if len(keys) < len(pairs):
        raise ValueError("a key twice")
    return keys


def _constant(name: str) -> Cell:
    raise ValueError(name)
