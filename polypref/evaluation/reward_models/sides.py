"""The prompt and the two answers of a row of pairs, read as a build reads them."""

from collections.abc import Iterable, Mapping

from ...files.cells import Bad, Row, look_up, look_up_or_none
from ...layouts.conversations import TO_ANOTHER_PROMPT, answer_text, messages, same_turns
from ...layouts.shared_turns import shared_prompt, with_shared_system
from ...layouts.tools import OFFERS_TOOLS, offers_tools
from ...layouts.turns import turns_of
from ..inputs.given_answers import EMPTY, last_answer

Turns = tuple[tuple[str, str], ...]


def in_conversations(row: Row, columns: Iterable[str]) -> bool:
    """Whether one of the answers of a row stands in a conversation, which may hold the prompt.

    Args:
        row: the row as read.
        columns: those of the answers.

    Returns:
        false also where a column is not there.
    """
    for column in columns:
        try:
            if turns_of(look_up_or_none(row, column)) is not None:
                return True
        except Bad:
            continue
    return False


def sides_of(row: Row, columns: Mapping[str, str]) -> tuple[Turns, str, str]:
    """The prompt and the answers of a row, whose conversations begin with the prompt, or hold it where no column does.

    Args:
        row: the row as read.
        columns: what a column is for -> its name.

    Returns:
        (role, content) of the prompt's turns, the chosen and the rejected answer.

    Raises:
        Bad: a reason fit for counting.
    """
    if offers_tools(row):
        raise Bad(OFFERS_TOOLS)
    sides = [last_answer(look_up(row, columns[role])) for role in ("chosen", "rejected")]
    histories = [before for before, _ in sides]
    if "prompt" in columns:
        prompt = with_shared_system(messages(look_up(row, columns["prompt"])), histories)
    else:
        prompt = shared_prompt(histories, (text for _, text in sides))
    answers = []
    for before, text in sides:
        if before and not same_turns(before, prompt):
            raise Bad(f"answer_{TO_ANOTHER_PROMPT}")
        if text is None or not text.strip():
            raise Bad(EMPTY)
        answers.append(answer_text(text, prompt))
    return tuple((turn["role"], turn["content"]) for turn in prompt), answers[0], answers[1]
