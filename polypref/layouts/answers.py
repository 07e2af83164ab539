"""The answers of a row, and how they are rated."""

from collections.abc import Iterator, Mapping, Sequence

from .. import schema
from ..files.cells import Bad, Cell, Row, is_missing, look_up_or_none, name_of
from ..files.paths import ITEM
from .conversations import TO_ANOTHER_PROMPT, answer_message, answer_to, clean_cell, messages, same_turns
from .fields import Answer, Fields
from .ratings import add_rating
from .serialised import Serialised, printed_list
from .tables import Item
from .tools import Turn
from .turns import USUAL, ConversationForm, turns_of

#: The reason where the column that holds a list of answers holds nothing.
NO_ANSWERS = "no_answers"


def answers_in(row: Row, fields: Fields) -> Iterator[tuple[Answer, Cell]]:
    """The answers of a row, one by one.

    Args:
        row: the row as read.
        fields: what its columns hold.

    Yields:
        what is declared of the answer, and the row or item of a list that its columns stand in; of a list of texts or
        conversations in the column of a side, the row with one of them in that column's place.

    Raises:
        Bad: `no_answers` where the list of them is absent or null, `answers_not_a_list`, or what is wrong with it.
    """
    places: Sequence[Cell] = (row,)
    if fields.each is not None:
        listed = printed_list(look_up_or_none(row, fields.each), fields.serialised)
        if not isinstance(listed, list):
            raise Bad(NO_ANSWERS if is_missing(listed) else "answers_not_a_list", fields.each)
        places = listed
    for place in places:
        for part in fields.answers:
            for one in _own_list(part, place, fields.serialised) if part.each is not None else (place,):
                yield from (
                    (part, where) for where in (_of_side(part, one, fields.serialised) if part.side else (one,))
                )


def _own_list(part: Answer, row: Cell, serialised: Serialised) -> Sequence[Cell]:
    """The items of an answer's own list; what is wrong with it stands for one of them, to be counted."""
    try:
        listed = printed_list(look_up_or_none(row, str(part.each)), serialised)
    except Bad as bad:
        return (bad,)
    if is_missing(listed):
        return ()
    return listed if isinstance(listed, list | tuple) else (Bad("not_a_list", str(part.each)),)


def _of_side(part: Answer, row: Cell, serialised: Serialised) -> Iterator[Cell]:
    """The row once for every answer that the column of a side holds: none, one, or a list of texts or conversations."""
    try:
        value = look_up_or_none(row, part.text)
    except Bad:
        yield row  # what is wrong with it is counted where the text is read
        return
    listed = printed_list(value, serialised)
    texts = listed is value or serialised == "texts"
    if isinstance(row, Mapping) and isinstance(listed, list | tuple) and _are_answers(listed, texts):
        yield from ({**row, part.text: one} for one in listed)
    elif not is_missing(value):
        yield row


def _are_answers(listed: Sequence[Cell], texts: bool) -> bool:
    """Whether a list holds conversations, or texts where a list of these is no printed text itself."""
    return all(isinstance(one, list | tuple) for one in listed) or (texts and all(isinstance(s, str) for s in listed))


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
    """
    prompt, model = item.prompt["prompt_id"], ""
    try:
        model = name_of(look_up_or_none(row, part.model_column) if part.model_column else part.model)
        _check_asked(row, part, prompts, form)
        value = _text_in(row, part)
        turns = turns_of(value, form)
        turn = Turn("assistant", value) if turns is None else answer_to(turns, *prompts, form=form)
        answer = answer_message(turn, prompts[0], form.thoughts)
        model = clean_cell(model or "unknown")
        source_text = _source_text(row, part.source_text)
        licence = name_of(look_up_or_none(row, part.licence_column) if part.licence_column else part.licence)
        finish = look_up_or_none(row, part.finish_reason)
        finish_reason = None if finish is None else name_of(finish)
    except Bad as bad:
        item.unreadable = True
        item.problems.append((f"answer_{bad.reason}", f"{model[:80]} {bad.detail}".strip()))
        item.answers_left_out.append(f"answer_{bad.reason}")
        return None
    revision = name_of(part.revision) or "unknown"
    text, message = answer["content"], answer.get("message")
    done = schema.completion_id(prompt, model, revision, part.route, text, message)
    item.completions.append(
        {
            "completion_id": done,
            "prompt_id": prompt,
            "model": model,
            "model_revision": revision,
            "model_licence": licence or "unknown",
            "route": part.route,
            "text": text,
            "message": message,
            "source_text": source_text,
            "translator": None,
            "system": None,
            "finish_reason": finish_reason,
            "tokens": None,
            "sampling": None,
        }
    )
    if part.score:
        add_rating(item, part, row, done)
    return done


def name_in_verdicts(part: Answer, row: Cell) -> str:
    """What verdicts call an answer that name answers: by its own name where one is declared, else by its model's.

    Args:
        part: what is declared of the answer.
        row: where its columns stand.

    Returns:
        the name; empty where there is none that can be read.
    """
    column = part.name_column or part.model_column
    try:
        return name_of(look_up_or_none(row, column) if column else part.model)
    except Bad:
        return ""


def _check_asked(row: Cell, part: Answer, prompts: Sequence[Sequence[schema.Message]], form: ConversationForm) -> None:
    """Sees that the prompt that stands beside an answer is the row's.

    Raises:
        Bad: `to_another_prompt`, or what `messages` raises.
    """
    if part.asked is not None:
        asked = messages(look_up_or_none(row, part.asked), form)
        if not any(same_turns(asked, prompt) for prompt in prompts):
            raise Bad(TO_ANOTHER_PROMPT, f"{part.asked[:40]} is not the row's prompt")


def _text_in(row: Cell, part: Answer) -> Cell:
    value = look_up_or_none(row, part.text)
    if value is None and part.text != ITEM and not isinstance(row, Mapping | list | tuple):
        raise Bad("not_an_object", type(row).__name__)
    return value


def _source_text(row: Cell, column: str | None) -> str | None:
    value = look_up_or_none(row, column)
    return None if is_missing(value) else clean_cell(value)
