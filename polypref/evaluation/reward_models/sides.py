"""The prompt and the two answers of a row of pairs, read as a build reads them."""

import re
from collections.abc import Iterable, Mapping

from ...errors import UserError
from ...files.cells import Bad, Cell, Row, look_up, look_up_or_none
from ...layouts.conversations import TO_ANOTHER_PROMPT, answer_text, messages, same_turns
from ...layouts.shared_turns import shared_prompt, with_shared_system
from ...layouts.strict_rows import tag_of
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


#: Answers of a row, at most.
MOST_ANSWERS = 200


def several_sides(row: Row, columns: Mapping[str, str]) -> list[tuple[Row, tuple[int, int], tuple[Turns, str, str]]]:
    """The pairs of a row whose columns hold lists of right and of wrong answers, as RewardBench 2 has them.

    Every answer is in a pair: of one right answer each wrong one is its other side; of several, the first goes with the
    first, the second with the second, and on, beginning again where there are fewer of one kind.

    Args:
        row: the row as read.
        columns: what a column is for -> its name.

    Returns:
        For each pair the row as if it held these two, their places, and their sides; nothing for a row of two answers.

    Raises:
        Bad: a reason fit for counting.
    """
    answers = {role: _texts(row, columns[role]) for role in ("chosen", "rejected")}
    right, wrong = answers["chosen"], answers["rejected"]
    if right is None or wrong is None or max(len(right), len(wrong)) < 2:
        return []
    if not right or not wrong or len(right) + len(wrong) > MOST_ANSWERS:
        raise Bad("no_right_or_wrong_answer" if not right or not wrong else "too_many_answers")
    scores = {role: _listed(row, columns, role, len(answers[side] or ())) for role, side in _SCORED.items()}
    pairs: list[tuple[Row, tuple[int, int], tuple[Turns, str, str]]] = []
    for at in range(max(len(right), len(wrong))):
        place = at % len(right), at % len(wrong)
        own = {**row, columns["chosen"]: right[place[0]], columns["rejected"]: wrong[place[1]]}
        for number, role in zip(place, scores, strict=True):
            if listed := scores[role]:
                own[columns[role]] = listed[number]
        pairs.append((own, place, sides_of(own, columns)))
    return pairs


_SCORED = {"chosen_score": "chosen", "rejected_score": "rejected"}


def _texts(row: Row, column: str) -> list[str] | None:
    """The texts of a list of answers, or of one answer; None where it is a conversation or something else."""
    value = look_up_or_none(row, column)
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        return None
    return [str(one) for one in value]


def _listed(row: Row, columns: Mapping[str, str], role: str, number: int) -> list[Cell]:
    """Scores that stand in a list, one an answer; nothing where there is no such list."""
    value = look_up_or_none(row, columns[role]) if role in columns else None
    return list(value) if isinstance(value, list | tuple) and len(value) == number else []


def target_language(subset: str, where: str) -> str:
    """The language of the answers of a subset that is called by a direction of translation.

    Args:
        subset: as in `translation-de2en-easy`.
        where: what a message calls the row.

    Returns:
        The tag of the second language.

    Raises:
        UserError: the name has not two languages.

    >>> target_language("translation-de2en-easy", "row 1"), target_language("maple-en-zh-hard", "row 2")
    ('en', 'zh')
    """
    codes = [code for code in re.split(r"[^a-z]+", subset.casefold()) if len(code) in (2, 3) and tag_of(code)]
    if len(codes) != 2:
        raise UserError(f"{where}: the subset {subset!r:.60} names no direction of translation, as in de2en or zh-en")
    return tag_of(codes[1])
