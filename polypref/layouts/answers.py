"""The answers of a row, and how they are rated."""

import math
from collections.abc import Iterator, Sequence

from .. import schema
from ..files.cells import Bad, Cell, Row, is_missing, look_up, name_of, number_in
from .conversations import answer_text, answer_to, clean_cell
from .fields import Answer, Fields
from .tables import Item
from .turns import USUAL, ConversationForm, shown, turns_of


def answers_in(row: Row, fields: Fields) -> Iterator[tuple[Answer, Cell]]:
    """The answers of a row, one by one.

    Args:
        row: the row as read.
        fields: what its columns hold.

    Yields:
        what is declared of the answer, and the row or item that its columns stand in.

    Raises:
        Bad: `answers_not_a_list`.
    """
    if fields.each is None:
        yield from ((part, row) for part in fields.answers)
        return
    items = look_up(row, fields.each)
    if not isinstance(items, list):
        raise Bad("answers_not_a_list", fields.each)
    for one in items:
        yield from ((part, one) for part in fields.answers)


def add_answer(
    item: Item,
    part: Answer,
    row: Cell,
    prompts: Sequence[Sequence[schema.Message]],
    form: ConversationForm = USUAL,
) -> str | None:
    """Adds one answer, with its rating, to what a row becomes; one that cannot be used becomes a problem of the row.

    Args:
        item: what the row becomes.
        part: what is declared of the answer.
        row: where its columns stand.
        prompts: the prompt, in the forms that it may have in a conversation.
        form: how the source writes conversations.

    Returns:
        its completion_id; None where it was left out.

    Raises:
        Bad: a column of it is missing, or holds what is no name.
    """
    value = look_up(row, part.text)
    model = name_of(look_up(row, part.model_column)) if part.model_column else name_of(part.model)
    try:
        if (turns := turns_of(value, form)) is not None:
            value = answer_to(turns, *prompts, form=form)
        answer = answer_text("" if is_missing(value) else value, prompts[0])
        model = clean_cell(model or "unknown")
        source_text = _source_text(row, part.source_text)
    except Bad as bad:
        item.unreadable = True
        item.problems.append((f"answer_{bad.reason}", f"{model[:80]} {bad.detail}".strip()))
        return None
    prompt = item.prompt["prompt_id"]
    revision = name_of(part.revision) or "unknown"
    licence = look_up(row, part.licence_column) if part.licence_column else part.licence
    done = schema.completion_id(prompt, model, revision, part.route, answer)
    finish = look_up(row, part.finish_reason) if part.finish_reason else None
    item.completions.append(
        {
            "completion_id": done,
            "prompt_id": prompt,
            "model": model,
            "model_revision": revision,
            "model_licence": name_of(licence) or "unknown",
            "route": part.route,
            "text": answer,
            "source_text": source_text,
            "translator": None,
            "system": None,
            "finish_reason": None if finish is None else name_of(finish),
            "tokens": None,
            "sampling": None,
        }
    )
    if part.score:
        _score_of(item, part, look_up(row, part.score), done)
    return done


def _score_of(item: Item, part: Answer, value: Cell, done: str) -> None:
    try:
        score = number_in(value)
        if not math.isfinite(score) or isinstance(value, bool):
            raise ValueError
    except (ValueError, OverflowError):
        item.unreadable = item.unreadable or not is_missing(value)
        item.problems.append(("score_not_a_number", shown(value)))
        return
    item.ratings.append(
        {
            "prompt_id": item.prompt["prompt_id"],
            "completion_id": done,
            "rater": part.rater,
            "rater_revision": "",
            "score": score,
            "aspects": None,
            "rationale": None,
            "occasion": None,
        }
    )


def _source_text(row: Cell, column: str | None) -> str | None:
    value = look_up(row, column) if column else None
    return None if is_missing(value) else clean_cell(value)
