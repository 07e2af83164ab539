"""What the conversations of a row's answers say of its prompt: the turns and the system message that they share."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile

from ..files.cells import Bad, Cell
from ..text.cleaning import BLANK
from . import transcripts
from .conversations import TO_ANOTHER_PROMPT, bare, checked_prompt, first_difference
from .turns import shown

Turns = Sequence[Mapping[str, str]]

#: Why a row has no prompt whose answers all stand alone.
NO_PROMPT = "no_prompt"


def shared_prompt(histories: Iterable[Turns], texts: Iterable[Cell] = ()) -> list[dict[str, str]]:
    """The prompt of answers in whole conversations, where no column holds it: the turns with which all of them begin.

    TRL's `extract_prompt` takes the same turns; here they must also be all that was said before at least one of the
    answers, so they end in the user's turn.

    Args:
        histories: what was said before each answer, cleaned; nothing for an answer that stands alone.
        texts: what the answers' cells hold; asked for only where all of them stand alone.

    Returns:
        messages, as `conversations.messages` gives them.

    Raises:
        Bad: `no_prompt` where all answers stand alone; `transcript_in_text` or `serialised_turns_in_text` where one of
            them is a text that holds a conversation which nothing declares; `answer_to_another_prompt` where the user
            asked each of them something else, or what `checked_prompt` raises.
    """
    spoken = [_without_blank_system(history) for history in histories if history]
    if not spoken:
        for text in texts:
            if isinstance(text, str) and (reason := transcripts.reason(text) or transcripts.answer_reason(text)):
                raise Bad(reason, shown(text.strip()))
        raise Bad(NO_PROMPT, "no answer stands in a conversation")
    columns = zip(*spoken, strict=False)
    length = sum(1 for _ in takewhile(lambda column: len(set(map(bare, column))) == 1, columns))
    if all(len(history) > length for history in spoken):
        other = next(one for one in spoken if bare(one[length]) != bare(spoken[0][length]))
        raise Bad(f"answer_{TO_ANOTHER_PROMPT}", f"{first_difference(other, spoken[0])} is not that of another answer")
    return checked_prompt([dict(one) for one in spoken[0][:length]])


def with_shared_system(prompt: list[dict[str, str]], histories: Iterable[Turns]) -> list[dict[str, str]]:
    """A prompt with the system message that it lacks, where every answer's conversation begins with the same one.

    Args:
        prompt: the messages of a row's prompt.
        histories: as for `shared_prompt`; no more of them are asked for than are needed.

    Returns:
        the prompt itself where it has one already, or where an answer stands alone, or begins with another one or none.
    """
    shared: Mapping[str, str] | None = None
    for history in histories if prompt[0]["role"] != "system" else ():
        turns = _without_blank_system(history)
        if not turns or turns[0]["role"] != "system" or (shared and bare(turns[0]) != bare(shared)):
            return prompt
        shared = shared or turns[0]
    return [dict(shared), *prompt] if shared else prompt


def _without_blank_system(history: Turns) -> list[Mapping[str, str]]:
    """The turns without a system message that says nothing."""
    return [one for one in history if one["role"] != "system" or one["content"].strip(BLANK)]
