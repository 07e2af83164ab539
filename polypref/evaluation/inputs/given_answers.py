"""Answers in the forms that evaluation files hold them in."""

from collections.abc import Mapping

from ...files.cells import Bad, Cell, is_missing
from ...layouts import transcripts
from ...layouts.conversations import clean_cell, split_answer
from ...layouts.serialised import is_serialised
from ...layouts.turns import turns_of

#: What an answer without a word is called, as a failure.
EMPTY = "empty_answer"


def usable(answer: str) -> tuple[str, str]:
    """An answer as the builder cleans it, and why it cannot be used; one of the two is empty.

    What a model says of itself in labels is its answer; a conversation printed into a cell is none.

    Args:
        answer: as a model gave it or a file holds it.

    Returns:
        The text and an empty reason, or an empty text and the reason.

    >>> usable("Ja."), usable("  ")
    (('Ja.', ''), ('', 'empty_answer'))
    """
    try:
        text = clean_cell(answer, answer=True)
    except Bad as bad:
        return "", bad.reason
    if is_serialised(text):
        return "", transcripts.SERIALISED
    return (text, "") if text.strip() else ("", EMPTY)


def last_answer(value: Cell) -> tuple[list[dict[str, str]], str | None]:
    """What was said before an answer where the cell holds that, and the answer's raw text, None for an empty cell.

    Args:
        value: text; a conversation, whose last turn it is; or `choices` as Arena-Hard and FastChat wrote them, the
            first of which has `turns`, one of them.

    Returns:
        The turns before the answer, and its text.

    Raises:
        Bad: `not_text`, `several_turns`, `turns_without_roles`, or what `conversations.split_answer` raises.
    """
    if is_missing(value):
        return [], None
    if isinstance(value, str):
        return [], value
    conversation = turns_of(value)
    value = value if conversation is None else conversation
    if not isinstance(value, list | tuple) or not value:
        raise Bad("not_text")
    if isinstance(value[0], Mapping) and "turns" in value[0]:
        turns = value[0]["turns"]
        if not isinstance(turns, list | tuple) or len(turns) != 1:
            raise Bad("several_turns" if turns else "not_text")
        return [], _text(turns[0].get("content", turns[0].get("value")) if isinstance(turns[0], Mapping) else turns[0])
    if conversation is None:
        if len(value) > 1:
            raise Bad("turns_without_roles")
        return [], _text(value[0])
    before, answer = split_answer(conversation)
    return before, _text(answer)


def _text(value: Cell) -> str | None:
    # Arena-Hard v2 wraps the text once more.
    value = value.get("answer") if isinstance(value, Mapping) else value
    if not is_missing(value) and not isinstance(value, str):
        raise Bad("not_text")
    return None if is_missing(value) else str(value)
