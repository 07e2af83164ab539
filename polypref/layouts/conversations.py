"""Prompts in the forms that data hold them in, as clean messages; and why one cannot be used."""

import json
import unicodedata
from collections.abc import Mapping, Sequence

from ..files.cells import Bad, Cell, is_missing
from ..text.cleaning import BLANK, Uncleanable, clean_text
from ..text.messages import message_json, text_with_calls
from ..text.thoughts import THOUGHT, UNENDED, Thoughts, thought_in, without_thoughts
from . import transcripts
from .tools import Turn, with_names
from .turns import USUAL, ConversationForm, has_role, shown, turns_of, whole_turn

#: Keys of a turn that a sentence shows at most.
_KEYS_SHOWN = 6
#: What may follow a turn in a prompt; a turn of the assistant with calls waits for the tools.
_AFTER = {"": "user", "user": "assistant", "assistant": "user", "calls": "tool", "tool": "tool assistant"}
#: Why an answer is left out that stands in a conversation whose beginning is not the whole prompt.
TO_ANOTHER_PROMPT = "to_another_prompt"
#: Why one is left out whose conversation ends in several turns of the assistant, where nothing says what they are.
SEVERAL_FINAL_TURNS = "several_final_turns"


def clean_cell(value: Cell, answer: bool = False) -> str:
    """A text, cleaned at the door.

    Args:
        value: what a cell holds.
        answer: whether chat-template tokens that a model left at the end go.

    Returns:
        the text.

    Raises:
        Bad: `not_text`, or what `text.cleaning.clean_text` finds.
    """
    if not isinstance(value, str):
        raise value if isinstance(value, Bad) else Bad("not_text", type(value).__name__)
    try:
        return clean_text(value, trim_end_tokens=answer)
    except Uncleanable as error:
        raise Bad(str(error)) from None


def answer_text(value: Cell, prompt: Sequence[Mapping[str, str]] = (), thoughts: Thoughts = "kept") -> str:
    """The text of an answer, cleaned at the door.

    Args:
        value: what a cell holds.
        prompt: the messages that it answers: an answer that repeats them is a transcript.
        thoughts: whether a text in which a thought of the model stands is `refused`, or `kept` as it is.

    Returns:
        the text.

    Raises:
        Bad: as `clean_cell`; `thought_in_text`, `transcript_in_text` or `serialised_turns_in_text`.
    """
    # Before it is cleaned: some marks of thoughts are tokens of templates, which are refused for another reason.
    refuse_thought(value, thoughts)
    text = clean_cell(value, answer=True)
    if reason := transcripts.answer_reason(text, prompt):
        raise Bad(reason, shown(text.strip()))
    return text


def answer_message(turn: Turn, prompt: Sequence[Mapping[str, str]] = (), thoughts: Thoughts = "kept") -> dict[str, str]:
    """An answer, cleaned at the door.

    Args:
        turn: the assistant's.
        prompt: the messages that it answers.
        thoughts: as for `answer_text`; or those that stand in it are `cut`.

    Returns:
        as `_message`.

    Raises:
        Bad: as `answer_text`; `thought_without_end`.
    """
    turn = thoughts_apart(turn) if thoughts == "cut" else turn
    content = "" if is_missing(turn.content) else turn.content
    return _message(turn._replace(content=answer_text(content, prompt, thoughts)))


def thoughts_apart(turn: Turn) -> Turn:
    """A turn whose thoughts do not stand in its text.

    Args:
        turn: of any role; only in the assistant's texts are thoughts looked for.

    Returns:
        the turn with its thoughts in `thinking`, cleaned, after those that stood there.

    Raises:
        Bad: `thought_without_end`, or what `clean_cell` raises.
    """
    if turn.role != "assistant":
        return turn
    content, thoughts = turn.content, [turn.thinking]
    if isinstance(content, str):
        spoken = without_thoughts(content)
        if spoken.unended:
            raise Bad(UNENDED, shown(spoken.unended))
        content = spoken.text
        thoughts.append(spoken.thinking)
    thinking = "\n\n".join(one for one in thoughts if one.strip(BLANK))
    return turn._replace(content=content, thinking=clean_cell(thinking, answer=True).strip(BLANK))


def _message(turn: Turn) -> dict[str, str]:
    """A turn whose texts are cleaned as {role, content}, where its calls stand in the content.

    A turn that is more than that has `message` too: the whole of it, as JSON.
    """
    content = str(turn.content)
    message = {"role": turn.role, "content": text_with_calls(content, turn.calls)}
    if turn.thinking or turn.calls or turn.role == "tool":
        whole = {"role": turn.role, "content": content, "thinking": turn.thinking, "tool_calls": list(turn.calls)}
        message["message"] = message_json({**whole, "name": turn.name, "tool_call_id": turn.call_id})
    return message


def refuse_thought(value: Cell, thoughts: Thoughts) -> None:
    """Refuses what an assistant said where a thought of the model stands in it.

    Args:
        value: what a cell holds.
        thoughts: whether such a text is `refused`; `kept` and `cut` ones are not.

    Returns:
        nothing.

    Raises:
        Bad: `thought_in_text`, with the mark of the thought.
    """
    if thoughts == "refused" and isinstance(value, str) and (thought := thought_in(value)):
        raise Bad(THOUGHT, shown(thought.mark))


def messages(value: Cell, form: ConversationForm = USUAL) -> list[dict[str, str]]:
    """A prompt as messages that end in the user's turn, or in that of a tool.

    Args:
        value: text, a list of turns (`turns.turn` says how they may be written), or one turn. Only a turn that stands
            alone may name no role (it is the user's): MT-Bench lists two questions of the user, between which an
            answer belongs.
        form: how the source writes conversations.

    Returns:
        {role, content} for each: a system message or none, then user and assistant in turn; where tools are read, turns
        of tools after those with calls. A turn that is more has `message` too, the whole of it as JSON.

    Raises:
        Bad: `no_prompt`, `empty_prompt`, `unknown_role`, `part_not_text`, `turns_without_roles`, `turns_out_of_order`,
            `prompt_does_not_end_with_user`, `transcript_in_text`, `serialised_turns_in_text`, or what `clean_cell`
            and `tools` raise.
    """
    turns = turns_of(value, form) or ([value] if isinstance(value, str) else value)
    if not isinstance(turns, list | tuple) or not turns:
        raise Bad("no_prompt", type(value).__name__)
    _check_roles(turns, form)
    cleaned = _cleaned([whole_turn(one, "user", form) for one in turns], form)
    if isinstance(value, str) and len(cleaned) > 1 and bare(cleaned[-1]) == ("assistant", ""):
        cleaned.pop()  # a transcript whose last label waits for the answer
    return checked_prompt(cleaned)


def checked_prompt(cleaned: list[dict[str, str]]) -> list[dict[str, str]]:
    """Messages that are a prompt.

    Args:
        cleaned: at least one.

    Returns:
        the same.

    Raises:
        Bad: as `messages`, of what is wrong with their order or texts.
    """
    if not cleaned:
        raise Bad("no_prompt", "no turn")
    roles = [message["role"] for message in cleaned]
    if roles[-1] not in ("user", "tool"):
        raise Bad("prompt_does_not_end_with_user")
    # Most chat templates raise on anything else, and that in the middle of a training run.
    before = ""
    for message in cleaned[roles[0] == "system" :]:
        if message["role"] not in _AFTER[before].split():
            raise Bad("turns_out_of_order", " ".join(roles)[:40])
        before = "calls" if has_calls(message) else message["role"]
    if not cleaned[-1]["content"].strip(BLANK) and roles[-1] == "user":
        raise Bad("empty_prompt")
    for message in cleaned:
        spoken = message["role"] in ("user", "assistant") and not has_calls(message)
        if spoken and (reason := transcripts.reason(message["content"])):
            raise Bad(reason, shown(message["content"].strip()))
    return cleaned


def has_calls(message: Mapping[str, str]) -> bool:
    """Whether a message calls tools.

    Args:
        message: of `messages`.

    Returns:
        true for a turn of the assistant with calls.
    """
    return '"tool_calls": [' in message.get("message", "") and bool(json.loads(message["message"]).get("tool_calls"))


def _check_roles(turns: Sequence[Cell], form: ConversationForm) -> None:
    """Raises Bad `turns_without_roles` where one of several turns names none: its place tells nothing."""
    if len(turns) > 1 and (without := next((one for one in turns if not has_role(one, form)), None)) is not None:
        raise Bad("turns_without_roles", f"{len(turns)} turns{_with_keys(without)}")


def _with_keys(turn: Cell) -> str:
    """The keys of a turn that names no role, so that whoever declares them need not look them up."""
    keys = [repr(shown(str(key))) for key in turn] if isinstance(turn, Mapping) else []
    return f", with keys {', '.join(keys[:_KEYS_SHOWN])}" if keys else ""


def _cleaned(turns: Sequence[Turn], form: ConversationForm) -> list[dict[str, str]]:
    named = with_names(turns) if form.tools == "read" else turns
    # A system turn that says nothing is none, as an empty column of system messages is.
    named = [turn for turn in named if turn.role != "system" or not _is_blank(turn.content)]
    apart = map(thoughts_apart, named) if form.thoughts == "cut" else named
    return [_message(turn._replace(content=clean_cell(turn.content))) for turn in apart]


def _is_blank(content: Cell) -> bool:
    return is_missing(content) or (isinstance(content, str) and not content.strip(BLANK))


def split_turns(turns: Sequence[Cell], form: ConversationForm = USUAL) -> tuple[list[dict[str, str]], Turn]:
    """A conversation as what was said before its last turn, and that turn of the assistant, as it is.

    Args:
        turns: the conversation.
        form: how the source writes conversations; where it says so, several turns of the assistant at the end are one.

    Returns:
        the messages before, cleaned, and the last turn.

    Raises:
        Bad: `of_the_user` and the like where the last turn is another's, `several_final_turns`, or as `messages` for
            the turns before.
    """
    _check_roles(turns, form)
    answer = whole_turn(turns[-1], "assistant", form)
    if answer.role != "assistant":
        raise Bad(f"of_the_{answer.role}")
    split = [whole_turn(one, "user", form) for one in turns[:-1]]
    asked = len(split)
    while asked and split[asked - 1].role == "assistant":
        asked -= 1
    if asked < len(split):
        answer = _joined([*split[asked:], answer], form)
    return _cleaned(split[:asked], form), answer


def _joined(turns: Sequence[Turn], form: ConversationForm) -> Turn:
    """Several turns of the assistant as one; a call among them waits for a tool, and is none that can be joined."""
    if form.final_turns == "refused" or any(turn.calls for turn in turns):
        raise Bad(SEVERAL_FINAL_TURNS, f"{len(turns)} turns")
    apart = list(map(thoughts_apart, turns)) if form.thoughts == "cut" else turns
    texts = [clean_cell(one.content, answer=True).strip("\n") for one in apart if not is_missing(one.content)]
    thoughts = [one.thinking for one in apart if one.thinking]
    return Turn("assistant", "\n\n".join(text for text in texts if text.strip(BLANK)), thinking="\n\n".join(thoughts))


def split_answer(turns: Sequence[Cell], form: ConversationForm = USUAL) -> tuple[list[dict[str, str]], Cell]:
    """A conversation as what was said before its last turn, and what the assistant says in that, as it is.

    Args:
        turns: the conversation.
        form: as for `split_turns`.

    Returns:
        the messages before, cleaned, and the content of the last turn.

    Raises:
        Bad: as `split_turns`.
    """
    before, answer = split_turns(turns, form)
    return before, answer.content


def answer_to(turns: Sequence[Cell], *prompts: Sequence[Mapping[str, str]], form: ConversationForm = USUAL) -> Turn:
    """The turn of the assistant at the end of a conversation, as it is.

    Args:
        turns: the answer alone, or a conversation that begins with the whole prompt: every turn and the system message.
        prompts: the prompt, in the forms that it may have there.
        form: how the source writes conversations.

    Returns:
        the last turn, as it is.

    Raises:
        Bad: `to_another_prompt`, or what `split_turns` raises.
    """
    before, answer = split_turns(turns, form)
    if before and not any(same_turns(before, prompt) for prompt in prompts):
        raise Bad(TO_ANOTHER_PROMPT, f"{first_difference(before, prompts[0])} is not that of the prompt")
    return answer


def same_turns(one: Sequence[Mapping[str, str]], other: Sequence[Mapping[str, str]]) -> bool:
    """Whether two conversations say the same in the same roles.

    Args:
        one: {role, content} for each turn.
        other: the same of the other conversation.

    Returns:
        true also where only blanks at the ends of a turn differ; a system message of nothing else is none.
    """
    return _bare_turns(one) == _bare_turns(other)


def _bare_turns(turns: Sequence[Mapping[str, str]]) -> list[tuple[str, str]]:
    return [one for one in map(bare, turns) if one != ("system", "")]


def bare(message: Mapping[str, str]) -> tuple[str, str]:
    """A turn as it is compared with another.

    Args:
        message: {role, content}.

    Returns:
        role and content, the latter composed and without blanks at its ends.
    """
    return message["role"], unicodedata.normalize("NFC", message["content"]).strip(BLANK)


def first_difference(one: Sequence[Mapping[str, str]], other: Sequence[Mapping[str, str]]) -> str:
    """In which turn a conversation begins to differ from another, for a reader.

    Args:
        one: {role, content} for each turn.
        other: the same of the other conversation.

    Returns:
        the number of the turn, its role, and how many turns there are.
    """
    pairs = zip(one, other, strict=False)
    at = next((n for n, (a, b) in enumerate(pairs) if bare(a) != bare(b)), min(len(one), len(other)))
    return f"turn {at + 1} ({one[at]['role'] if at < len(one) else 'missing'}) of {len(one)}"
