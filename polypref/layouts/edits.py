"""Answers that somebody corrected: what a person wrote in an answer's place is better than the answer.

A column beside an answer holds it as a speaker corrected it (PRELUDE, arXiv 2404.15269: what a person changes in a
model's answer says what they prefer). The corrected text is an answer of its own, of route `edited`, and a verdict says
that it is better than the original. Of every answer that has such a column it is counted whether it was edited.
"""

from collections.abc import Sequence

from ..files.cells import Bad, Cell, is_missing, look_up_or_none
from ..schema import Message
from .answers import add_answer
from .fields import Answer, Fields
from .preferences import bare_text
from .tables import Item
from .votes import verdict_row

#: Why an answer with a column of edits has none that counts: nobody edited it; the edit is the answer, but for blanks
#: at its ends; the answer itself cannot be read; the edit cannot.
NOT_EDITED, UNCHANGED = "not_edited", "edit_unchanged"
OF_NO_ANSWER, UNREADABLE = "edit_of_no_answer", "edit_not_readable"


def add_edits(
    item: Item,
    answers: Sequence[tuple[Answer, Cell]],
    ids: Sequence[str | None],
    prompts: Sequence[Sequence[Message]],
    fields: Fields,
) -> None:
    """Adds what somebody made of a row's answers: each edit is an answer, better than what it was made of.

    Args:
        item: what the row becomes.
        answers: what is declared of its answers, and where their columns stand.
        ids: of the answers; None for one that was left out.
        prompts: the prompt, in the forms that it may have in a conversation.
        fields: what is declared of the row.
    """
    for (part, where), original in zip(answers, ids, strict=True):
        if part.edited is None:
            continue
        edited, reason = _edit(item, part, where, original, prompts, fields)
        if edited is None or original is None:
            item.edits_left_out.append(reason)
            continue
        item.edits += 1
        item.verdicts.append(verdict_row(item, (edited, original, "a"), fields.judge_of_edits(part)))


def _edit(
    item: Item,
    part: Answer,
    where: Cell,
    original: str | None,
    prompts: Sequence[Sequence[Message]],
    fields: Fields,
) -> tuple[str | None, str]:
    """The id of an edited answer, which is then among the item's; None and why there is none."""
    try:
        value = look_up_or_none(where, part.edited)
        # An empty cell of a table is no answer that says nothing: nobody wrote one.
        if is_missing(value) or (isinstance(value, str) and not value.strip()):
            return None, NOT_EDITED
    except Bad:
        pass  # what is wrong with it is counted where it is read
    if original is None:
        return None, OF_NO_ANSWER
    edited = add_answer(item, part.as_edited, where, prompts, fields.form)
    if edited is None:
        return None, UNREADABLE
    texts = {one["completion_id"]: bare_text(one["text"]) for one in item.completions}
    if texts[edited] == texts[original]:
        item.completions.pop()
        return None, UNCHANGED
    return edited, ""
