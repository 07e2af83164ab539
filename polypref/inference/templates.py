"""Conversations as a model's own chat template writes them, for the engines that run in this process."""

import time
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
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
# What a template is tried with: words that none holds.
_ASKED, _SYSTEM = "polypref asks", "polypref directs"
_LONGEST_SYSTEM = 500
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
    check_template(tokenizer, name)
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


def check_template(tokenizer: Tokenizer, name: str) -> None:
    """Refuses a model without a chat template, before its weights are loaded.

    Args:
        tokenizer: of transformers.
        name: the model's, for the message.

    Raises:
        UserError: it has none.
    """
    if not getattr(tokenizer, "chat_template", None):
        raise UserError(f"model {name} has no chat template; choose its instruction-tuned version")


def thought_begun(tokenizer: Tokenizer) -> str:
    """What a chat template writes behind a question to begin a thought of the model.

    Args:
        tokenizer: of transformers, with a template.

    Returns:
        The mark, as in `<think>`, with the blanks behind it; empty where it begins none.
    """
    text = _probed(tokenizer, [{"role": "user", "content": _ASKED}])
    begun = text.rstrip()
    mark = next((mark for mark in _THOUGHT_MARKS if begun.endswith(mark)), "")
    return f"{mark}{text[len(begun) :]}" if mark else ""


def template_notes(tokenizer: Tokenizer) -> list[str]:
    """What a chat template does by itself, that bears on every answer and nobody asked for.

    Args:
        tokenizer: of transformers, with a template.

    Returns:
        Sentences without a full stop; none for a template that writes the conversation and nothing else.
    """
    asked: JsonObject = {"role": "user", "content": _ASKED}
    plain = _probed(tokenizer, [asked])
    with_system = _probed(tokenizer, [{"role": "system", "content": _SYSTEM}, asked])
    notes = []
    if plain and _SYSTEM not in with_system:
        notes.append("its chat template has no place for a system prompt")
    elif own := _own_system(plain, with_system):
        notes.append(f"its chat template writes a system prompt of its own where none is given: {own!r}")
    year = time.strftime("%Y")
    if year in plain and year not in str(tokenizer.chat_template):
        notes.append("its chat template writes the day's date, so that its answers may differ from day to day")
    if mark := thought_begun(tokenizer).strip():
        notes.append(f"its chat template begins a thought ({mark}), which max_tokens must hold beside the answer")
    elif "enable_thinking" in str(tokenizer.chat_template):
        notes.append("its chat template can be asked whether the model thinks first (enable_thinking); it is not asked")
    return notes


@lru_cache(maxsize=2)
def thought_marks(tokenizer: Tokenizer) -> frozenset[int]:
    """The special tokens that mark where a thought begins and ends, which decoding leaves out with all others.

    Args:
        tokenizer: of transformers.

    Returns:
        Their numbers; none where such marks are plain text.
    """
    special = set(tokenizer.all_special_ids) - {tokenizer.unk_token_id}
    names = (mark for pair in _THOUGHT_MARKS.items() for mark in pair)
    numbers = map(tokenizer.convert_tokens_to_ids, names)
    return frozenset(number for number in numbers if number is not None and number in special)


def answer_text(tokenizer: Tokenizer, tokens: Sequence[int]) -> str:
    """What tokens that a model drew say, the marks of its thoughts with it.

    Args:
        tokenizer: of transformers.
        tokens: the answer's, without the one that ended it.

    Returns:
        The text without special tokens, but for those that mark where a thought begins and ends: without them nothing
        would tell the thought from the answer.
    """
    marks = thought_marks(tokenizer)
    parts, begin = [], 0
    for end in [*(at for at, token in enumerate(tokens) if token in marks), len(tokens)]:
        parts.append(tokenizer.decode(tokens[begin:end], skip_special_tokens=True, clean_up_tokenization_spaces=False))
        parts += [tokenizer.convert_ids_to_tokens(token) for token in tokens[end : end + 1]]
        begin = end + 1
    return "".join(parts)


def _own_system(plain: str, with_system: str) -> str:
    """What stands in the place of a system prompt where none is given."""
    head, _, tail = with_system.partition(_SYSTEM)
    if not head or not plain.startswith(head) or not plain.endswith(tail) or len(plain) <= len(head) + len(tail):
        return ""
    own = plain[len(head) : len(plain) - len(tail)]
    return " ".join(own.split())[:_LONGEST_SYSTEM] if _ASKED not in own else ""


def _probed(tokenizer: Tokenizer, turns: Turns) -> str:
    """A made-up conversation as the template writes it; empty where it refuses it."""
    text = _rendered(tokenizer, turns, True, {})
    return text if isinstance(text, str) else ""


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
