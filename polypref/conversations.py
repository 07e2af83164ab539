"""Prompts in the forms that data hold them in, as clean messages; and why one cannot be used."""

from collections.abc import Mapping
from typing import Any

from .readers import Bad
from .text import Uncleanable, clean

_TURNS = ("user", "assistant")
#: What data call a role, and what it is.
ROLES: Mapping[str, str] = {
    **{"system": "system", "user": "user", "human": "user"},
    **{"assistant": "assistant", "gpt": "assistant"},
}


def clean_text(value: Any, answer: bool = False) -> str:
    """A text, cleaned at the door.

    Args:
        value: what a cell holds.
        answer: whether chat-template tokens that a model left at the end go.

    Raises:
        Bad: `not_text`, or what `text.clean` finds.
    """
    if not isinstance(value, str):
        raise value if isinstance(value, Bad) else Bad("not_text", type(value).__name__)
    try:
        return clean(value, trim_end_tokens=answer)
    except Uncleanable as error:
        raise Bad(str(error)) from None


def messages(value: Any, in_turn: bool = True) -> list[dict[str, str]]:
    """A prompt as messages that end in the user's turn.

    Args:
        value: text, or a list of turns: texts, {role, content}, or ShareGPT's {from, value}.
        in_turn: turns that name no role are the user's and the assistant's by turns. Without it only a turn that stands
            alone may name none: MT-Bench lists two questions of the user, between which a model's answer belongs.

    Raises:
        Bad: `no_prompt`, `empty_prompt`, `unknown_role`, `turns_without_roles`, `turns_out_of_order`,
            `prompt_does_not_end_with_user`, or what `clean_text` raises.
    """
    turns = [value] if isinstance(value, str) else value
    if not isinstance(turns, list | tuple) or not turns:
        raise Bad("no_prompt", type(value).__name__)
    named = all(isinstance(one, Mapping) and ("role" in one or "from" in one) for one in turns)
    if not (in_turn or named or len(turns) == 1):
        raise Bad("turns_without_roles")
    found = []
    for number, one in enumerate(turns):
        role, content = turn(one, _TURNS[number % 2])
        found.append({"role": role, "content": clean_text(content)})
    roles = [message["role"] for message in found]
    if roles[-1] != "user":
        raise Bad("prompt_does_not_end_with_user")
    # Most chat templates raise on anything else, and that in the middle of a training run.
    if any(role != _TURNS[n % 2] for n, role in enumerate(roles[roles[0] == "system" :])):
        raise Bad("turns_out_of_order", " ".join(roles)[:40])
    if not found[-1]["content"].strip():
        raise Bad("empty_prompt")
    return found


def turn(value: Any, role: str) -> tuple[str, Any]:
    """Role and content of one turn, the content as it is; `role` is what a turn is that does not say.

    Raises:
        Bad: `unknown_role`.
    """
    if not isinstance(value, Mapping):
        return role, value
    name = value.get("role", value.get("from", role))
    if not isinstance(name, str) or name not in ROLES:
        raise Bad("unknown_role", shown(name))
    return ROLES[name], value.get("content", value.get("value"))


def shown(value: Any) -> str:
    """A value for a reader: short, and of lists and objects the kind only."""
    return type(value).__name__ if isinstance(value, list | tuple | Mapping) else str(value)[:40]
