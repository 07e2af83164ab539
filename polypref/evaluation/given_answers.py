"""Answers in the forms that evaluation files hold them in."""

from collections.abc import Mapping
from typing import Any

from ..conversations import ROLES, clean_text
from ..readers import Bad, is_missing

#: What an answer without a word is called, as a failure.
EMPTY = "empty_answer"


def usable(answer: str) -> tuple[str, str]:
    """An answer as the builder cleans it, and why it cannot be used; one of the two is empty."""
    try:
        text = clean_text(answer, answer=True)
    except Bad as bad:
        return "", bad.reason
    return (text, "") if text.strip() else ("", EMPTY)


def last_answer(value: Any) -> str | None:
    """The raw text of an answer, None for an empty cell.

    Args:
        value: text; a conversation, whose last turn it is; or `choices` as Arena-Hard and FastChat wrote them, the
            first of which has `turns`, one of them.

    Raises:
        Bad: `not_text`, `several_turns` or `of_the_user`.
    """
    if is_missing(value) or isinstance(value, str):
        return None if is_missing(value) else value
    if not isinstance(value, list | tuple) or not value:
        raise Bad("not_text")
    if isinstance(value[0], Mapping) and "turns" in value[0]:
        turns = value[0]["turns"]
        if not isinstance(turns, list | tuple) or len(turns) != 1:
            raise Bad("several_turns" if turns else "not_text")
        return _content(turns[0])
    if isinstance(value[-1], Mapping):
        role = value[-1].get("role", value[-1].get("from", "assistant"))
        if ROLES.get(str(role)) != "assistant":
            raise Bad("of_the_user")
    return _content(value[-1])


def _content(turn: Any) -> str | None:
    value = turn.get("content", turn.get("value")) if isinstance(turn, Mapping) else turn
    # Arena-Hard v2 wraps the text once more.
    value = value.get("answer") if isinstance(value, Mapping) else value
    if not is_missing(value) and not isinstance(value, str):
        raise Bad("not_text")
    return None if is_missing(value) else str(value)
