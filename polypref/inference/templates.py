"""Conversations as a model's own chat template writes them, for the engines that run in this process."""

from collections.abc import Collection, Mapping, Sequence
from typing import Literal

from ..errors import UserError
from ..files.json_types import Json, JsonObject
from ..text.cleaning import has_lone_surrogate
from . import Failure
from .networks import Tokenizer
from .tool_calls import NOT_OFFERED, names_called

#: What to do with a system turn where a template has no place for it: stop, or put it before the first user turn.
System = Literal["error", "prepend"]
Turns = Sequence[JsonObject]
#: Marks with which templates begin the answer of a model that thinks first, and those that end such a thought.
_THOUGHT_MARKS = {
    "<think>": "</think>",
    "[THINK]": "[/THINK]",
    "<seed:think>": "</seed:think>",
    "◁think▷": "◁/think▷",
    "<|START_THINKING|>": "<|END_THINKING|>",
    "<|inner_prefix|>": "<|inner_suffix|>",
}


def tokens(
    tokenizer: Tokenizer,
    turns: Turns,
    name: str,
    system: System,
    answering: bool,
    tools: Sequence[Json] = (),
    tool_names: Collection[str] = (),
    thinking: bool = True,
) -> list[int] | Failure:
    """The tokens of a conversation.

    Args:
        tokenizer: of transformers.
        turns: {role, content} of every turn, and what else it has.
        name: the model's, for messages.
        system: what to do with a system turn that the template refuses or silently leaves out.
        answering: whether the model shall speak next; False for a conversation to be scored.
        tools: schemas of the tools that the model may call.
        tool_names: their names; a template that writes one nowhere has no place for tools (`tools_not_offered`), nor
            one that leaves out the name of a tool that a turn calls.
        thinking: False where the next token is to be the answer's first: a template that can is asked to have the model
            not think, and a thought that it begins all the same is ended at once.

    Returns:
        The tokens, or why the template cannot write this conversation.

    Raises:
        UserError: the model has no chat template, or no place for the system turn.
    """
    if any(has_lone_surrogate(str(turn["content"])) for turn in turns):
        return Failure("lone_surrogate", "half a character in the prompt")
    if not getattr(tokenizer, "chat_template", None):
        raise UserError(f"model {name} has no chat template; choose its instruction-tuned version")
    more: dict[str, Json] = ({"tools": list(tools)} if tools else {}) | ({} if thinking else {"enable_thinking": False})
    text = _rendered(tokenizer, turns, answering, more)
    if turns and turns[0]["role"] == "system" and _lost(str(turns[0]["content"]), text):
        merged = _rendered(tokenizer, with_system_prepended(turns), answering, more)
        if isinstance(merged, str) and system == "error":
            raise UserError(
                f"the chat template of {name} has no place for a system prompt; leave it out, or set system='prepend' "
                "to put it before the first user turn"
            )
        text = merged
    if isinstance(text, Failure):
        return text
    if unwritten := [tool for tool in (*tool_names, *names_called(turns)) if tool not in text]:
        return Failure(NOT_OFFERED, f"the chat template of {name} writes nothing of the tool {unwritten[0][:60]}")
    text = text if thinking else with_thought_ended(text)
    # The template has written the special tokens already.
    return [int(token) for token in tokenizer(text, add_special_tokens=False)["input_ids"]]


def with_system_prepended(turns: Turns) -> Turns:
    """The conversation with its system turn at the head of the first user turn, two line breaks between them.

    Args:
        turns: {role, content} of every turn, the system's first.

    Returns:
        The same turns, one fewer; without a turn of the user the system's becomes one.
    """
    head, rest = turns[0], turns[1:]
    for at, turn in enumerate(rest):
        if turn["role"] == "user":
            joined: JsonObject = {**turn, "content": f"{head['content']}\n\n{turn['content']}"}
            return [*rest[:at], joined, *rest[at + 1 :]]
    return [{"role": "user", "content": head["content"]}, *rest]


def with_thought_ended(text: str) -> str:
    """A conversation as a template wrote it, with the thought ended that it begins for the model.

    Args:
        text: of the template, which ends where the model goes on.

    Returns:
        The same where it does not end in the mark of a thought.

    Example:
        >>> with_thought_ended("<|assistant|><think>\\n")
        '<|assistant|><think>\\n\\n</think>\\n\\n'
    """
    begun = text.rstrip()
    closes = next((closes for opens, closes in _THOUGHT_MARKS.items() if begun.endswith(opens)), "")
    return f"{begun}\n\n{closes}\n\n" if closes else text


def _lost(system: str, text: str | Failure) -> bool:
    return isinstance(text, Failure) or system.strip() not in text


def _rendered(tokenizer: Tokenizer, turns: Turns, answering: bool, more: Mapping[str, Json]) -> str | Failure:
    from jinja2.exceptions import TemplateError

    try:
        return str(tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=answering, **more))
    except TemplateError as error:
        return Failure("chat_template", " ".join(str(error).split())[:300])
