"""Prompts and answers in the forms that evaluation files hold them in, as clean messages and texts."""

from collections.abc import Mapping
from typing import Any

from ..readers import is_missing
from ..text import Uncleanable, clean

_TURNS = ("user", "assistant")
_ROLES = {"system": "system", "user": "user", "human": "user", "assistant": "assistant", "gpt": "assistant"}


class Unusable(Exception):
    """A text that cannot be used; the message is the reason, a word fit for counting."""


def clean_text(value: Any, answer: bool = False) -> str:
    """A text as the builder cleans it at the door.

    Args:
        value: what a cell holds.
        answer: whether chat-template tokens that a model left at the end go.

    Raises:
        Unusable: `not_text`, `lone_surrogate` or `chat_template_token`.
    """
    if not isinstance(value, str):
        raise Unusable("not_text")
    try:
        return clean(value, trim_end_tokens=answer)
    except Uncleanable as error:
        raise Unusable(str(error)) from None


def messages(value: Any) -> list[dict[str, str]]:
    """A prompt as messages that end in the user's turn.

    Args:
        value: text, a list of {role, content} (or ShareGPT's {from, value}), or Arena-Hard's list of one turn: a text
            or {content}.

    Raises:
        Unusable: `no_prompt`, `empty_prompt`, `unknown_role`, `turns_without_roles`, `turns_out_of_order`,
            `prompt_does_not_end_with_user`, or what `clean_text` raises.
    """
    turns = [value] if isinstance(value, str) else value
    if not isinstance(turns, list | tuple) or not turns:
        raise Unusable("no_prompt")
    found = [_turn(turn, len(turns)) for turn in turns]
    roles = [role for role, _ in found]
    if roles[-1] != "user":
        raise Unusable("prompt_does_not_end_with_user")
    # Most chat templates raise on anything else.
    if any(role != _TURNS[n % 2] for n, role in enumerate(roles[roles[0] == "system" :])):
        raise Unusable("turns_out_of_order")
    if not found[-1][1].strip():
        raise Unusable("empty_prompt")
    return [{"role": role, "content": content} for role, content in found]


def _turn(turn: Any, turns: int) -> tuple[str, str]:
    named = turn if isinstance(turn, Mapping) else {"content": turn}
    role = named.get("role", named.get("from"))
    if role is None and turns > 1:
        # MT-Bench lists two questions of the user; a model's answer belongs between them.
        raise Unusable("turns_without_roles")
    role = "user" if role is None else role
    if not isinstance(role, str) or role not in _ROLES:
        raise Unusable("unknown_role")
    return _ROLES[role], clean_text(named.get("content", named.get("value")))


def last_answer(value: Any) -> str | None:
    """The raw text of an answer, None for an empty cell.

    Args:
        value: text; a conversation, whose last turn it is; or `choices` as Arena-Hard and FastChat wrote them, the
            first of which has `turns`, one of them.

    Raises:
        Unusable: `not_text`, `several_turns` or `of_the_user`.
    """
    if is_missing(value) or isinstance(value, str):
        return None if is_missing(value) else value
    if not isinstance(value, list | tuple) or not value:
        raise Unusable("not_text")
    if isinstance(value[0], Mapping) and "turns" in value[0]:
        turns = value[0]["turns"]
        if not isinstance(turns, list | tuple) or len(turns) != 1:
            raise Unusable("several_turns" if turns else "not_text")
        return _content(turns[0])
    if isinstance(value[-1], Mapping):
        role = value[-1].get("role", value[-1].get("from", "assistant"))
        if _ROLES.get(str(role)) != "assistant":
            raise Unusable("of_the_user")
    return _content(value[-1])


def _content(turn: Any) -> str | None:
    value = turn.get("content", turn.get("value")) if isinstance(turn, Mapping) else turn
    # Arena-Hard v2 wraps the text once more.
    value = value.get("answer") if isinstance(value, Mapping) else value
    if not is_missing(value) and not isinstance(value, str):
        raise Unusable("not_text")
    return None if is_missing(value) else str(value)
