"""One turn of a conversation as data write it: what they call the roles, and contents as text or in parts."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from ..errors import UserError
from ..files.cells import Bad, Cell, is_missing
from ..text.cleaning import BLANK
from ..text.thoughts import THOUGHT, Thoughts
from .labelled import Transcript
from .serialised import Serialised, printed_turns
from .tools import CALL_KEYS, NOT_READ, TOOL_ROLES, Tools, Turn, answer_turn, call_turn, calls_in, says_something

#: What data call a role, and what it is; the case of a letter makes no difference.
ROLES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("system", "developer"), "system"),
        **dict.fromkeys(("user", "human", "prompter"), "user"),
        **dict.fromkeys(("assistant", "gpt", "model"), "assistant"),
    }
)
FinalTurns = Literal["refused", "joined"]
_ROLE_KEYS = ("role", "from")
_CONTENT_KEYS = ("content", "value", "text", "parts")
# Where servers and TRL put what a model thought before it answered.
_THOUGHT_KEYS = ("thinking", "reasoning_content", "reasoning")
# What parts that are text are called; OpenAI's Responses tell apart what goes in and what comes out.
_TEXT_PARTS = ("text", "input_text", "output_text")
_PART_KEYS = ("text", "value", "content")


@dataclass(frozen=True)
class ConversationForm:
    """How the conversations of a source are written, beyond the words and keys that are known.

    Attributes:
        roles: a word for a role, as `folded` writes it -> `system`, `user` or `assistant`; goes before `ROLES`.
        keys: the keys of role and content; empty for those that are known.
        transcript: the labels of texts that hold conversations; None where texts are texts.
        serialised: whether texts may be printed lists of turns; `texts`: lists of texts too.
        final_turns: what several turns of the assistant at the end of a conversation are: `refused`, or `joined`, one
            answer with blank lines between them.
        thoughts: what answers are in which a thought of the model stands: `refused`, `kept` with it, or those from
            which it is `cut`.
        tools: whether calls of tools, and what tools answer, are `read`, or `refused`.
    """

    roles: Mapping[str, str] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    transcript: Transcript | None = None
    serialised: Serialised = False
    final_turns: FinalTurns = "refused"
    thoughts: Thoughts = "kept"
    tools: Tools = "refused"


#: Nothing is declared.
USUAL = ConversationForm()


def folded(word: str) -> str:
    """A word for a role as it is compared: without blanks around it, in no case, composed.

    Args:
        word: as data or a script write it.

    Returns:
        the word.

    Example:
        >>> folded(" Human ")
        'human'
    """
    return unicodedata.normalize("NFC", word.strip().casefold())


def declared_roles(roles: Mapping[str, str]) -> dict[str, str]:
    """Words for roles that a script declares, as `ConversationForm` has them.

    Args:
        roles: a word -> `system`, `user` or `assistant`.

    Returns:
        the same with folded words.

    Raises:
        UserError: a word stands for nothing, or for two roles.
    """
    known: dict[str, str] = {}
    for word, role in roles.items():
        if role not in ("system", "user", "assistant"):
            raise UserError(
                f"roles={{{word!r:.40}: {role!r:.40}}}: write system, user or assistant for what the word means"
            )
        if not folded(word):
            raise UserError("roles: a word for a role is empty; write the word that stands in the data")
        if known.setdefault(folded(word), role) != role:
            raise UserError(f"roles: {word!r:.40} stands for two roles (case makes no difference); give it once")
    return known


def has_role(value: Cell, form: ConversationForm = USUAL) -> bool:
    """Whether a turn says whose it is.

    Args:
        value: one entry of a conversation.
        form: what the source's turns are called.

    Returns:
        false for a text, and where the key of the role is missing or null.
    """
    return isinstance(value, Mapping) and not is_missing(_first(value, form.keys[:1] or _ROLE_KEYS))


def turn(value: Cell, role: str, form: ConversationForm = USUAL) -> tuple[str, Cell]:
    """Role and content of one turn.

    Args:
        value: a mapping with `role` or `from` and `content`, `value`, `text` or `parts`; or the content alone.
        role: what a turn is that does not say.
        form: what the source's turns are called.

    Returns:
        system, user, assistant or tool, and the content: a text, or as it is where it is none.

    Raises:
        Bad: as `whole_turn`.
    """
    read = whole_turn(value, role, form)
    return read.role, read.content


def whole_turn(value: Cell, role: str, form: ConversationForm = USUAL) -> Turn:
    """One turn, with its calls and what stands under keys of its own.

    Args:
        value: as for `turn`; where tools are read, also one of a tool or with calls.
        role: what a turn is that does not say.
        form: what the source's turns are called.

    Returns:
        the turn.

    Raises:
        Bad: `unknown_role`; `turn_of_two_roles` or `turn_with_two_contents` where two known keys say different things;
            `part_not_text` where a part of the content is an image or the like;
            `tool_calls_not_read`; `thought_in_text`; or what is wrong with its calls.
    """
    if not isinstance(value, Mapping):
        return Turn(role, value)
    if not form.keys:
        _refuse_two_turns(value, form)
    content = _first(value, form.keys[1:] or _CONTENT_KEYS)
    name = _first(value, form.keys[:1] or _ROLE_KEYS)
    if not is_missing(name):
        word = folded(name) if isinstance(name, str) else ""
        known = form.roles.get(word) or ROLES.get(word)
        if known is None and form.tools == "read" and word in TOOL_ROLES:
            if TOOL_ROLES[word] == "tool":
                return answer_turn(value, _of_tool(content))
            return call_turn(content)._replace(thinking=_thinking(value, form))
        if known is None:
            raise Bad("unknown_role", shown(name))
        role = known
    content = joined_parts(content)
    if role != "assistant":
        return Turn(role, content)
    calls = calls_in(value) if form.tools == "read" else ()
    if form.tools == "refused" and (key := next((one for one in CALL_KEYS if says_something(value.get(one))), None)):
        raise Bad(NOT_READ, key)
    return Turn(role, "" if calls and is_missing(content) else content, _thinking(value, form), calls)


def _refuse_two_turns(value: Mapping[str, Cell], form: ConversationForm) -> None:
    """Refuses a turn whose known keys say that it is of two roles, or hold two texts: nothing tells which is meant.

    What no role is called, as the name of a model under `from`, contradicts nothing.
    """
    words = [folded(word) for key in _ROLE_KEYS if isinstance(word := value.get(key), str)]
    roles = [role for word in words if (role := form.roles.get(word) or ROLES.get(word) or TOOL_ROLES.get(word))]
    if len({*roles}) > 1:
        raise Bad("turn_of_two_roles", " ".join(f"{key}={shown(value.get(key))}" for key in _ROLE_KEYS))
    texts = {key: text.strip() for key in _CONTENT_KEYS if isinstance(text := value.get(key), str)}
    if len({text for text in texts.values() if text}) > 1:
        raise Bad("turn_with_two_contents", " ".join(texts))


def _of_tool(content: Cell) -> Cell:
    """What a tool answers: parts that are text as one, all else as it is."""
    parts = isinstance(content, list | tuple) and all(isinstance(one, Mapping) and "type" in one for one in content)
    return joined_parts(content) if parts and content else "" if content is None else content


def _thinking(turn: Mapping[str, Cell], form: ConversationForm) -> str:
    """What a turn's model thought, under a key of its own; `kept` speaks of texts, and reads none."""
    if form.thoughts == "kept" or not (key := thought_key(turn)):
        return ""
    if form.thoughts == "refused":
        raise Bad(THOUGHT, key)
    return str(turn[key])


def thought_key(turn: Mapping[str, Cell]) -> str:
    """The key of its own under which a turn holds what its model thought.

    Args:
        turn: an entry of a conversation.

    Returns:
        the key; empty where no thought stands under one.
    """
    return next((one for one in _THOUGHT_KEYS if isinstance(text := turn.get(one), str) and text.strip(BLANK)), "")


def turns_of(value: Cell, form: ConversationForm = USUAL) -> Sequence[Cell] | None:
    """The turns that a cell holds.

    Args:
        value: what the cell holds.
        form: what the source's turns are called.

    Returns:
        the entries of a list whose last one is a mapping; a turn that names its role and stands in no list, as a list
        of it; those of a text where the form says how texts hold them; None for anything else.

    Raises:
        Bad: `text_before_first_turn`.
    """
    if isinstance(value, str):
        if (printed := printed_turns(value, form.serialised)) is not None:
            return printed
        return form.transcript.turns(value) if form.transcript else None
    if isinstance(value, Mapping):
        own = {*(form.keys[1:] or _CONTENT_KEYS), *(CALL_KEYS if form.tools == "read" else ())}
        is_turn = has_role(value, form) and own & value.keys()
        return [value] if is_turn else None
    if isinstance(value, list | tuple) and value and isinstance(value[-1], Mapping):
        # A content in parts, without the turn around it. A lone part that holds no text is one too: it is an image or
        # the like, and as a turn it would be an empty text.
        alone = all(isinstance(one, Mapping) and "type" in one for one in value)
        alone = alone and (len(value) > 1 or is_missing(_first(value[0], form.keys[1:] or _CONTENT_KEYS)))
        return [{"content": value}] if alone and not any(has_role(one, form) for one in value) else value
    return None


def joined_parts(content: Cell) -> Cell:
    """A content that is written in parts, as one text; lines are put between parts.

    Args:
        content: a text; or a list of texts and of mappings such as {"type": "text", "text": ...}.

    Returns:
        the text; the content as it is where it is no list of parts.

    Raises:
        Bad: `part_not_text`, with what kind of part it is.
    """
    if not isinstance(content, list | tuple) or not all(isinstance(one, str | Mapping) for one in content):
        return content
    return "\n".join(text for one in content if (text := one if isinstance(one, str) else _text_of(one)))


def _text_of(part: Cell) -> str:
    assert isinstance(part, Mapping)
    kind, text = part.get("type"), _first(part, _PART_KEYS)
    if not (is_missing(kind) or kind in _TEXT_PARTS) or not isinstance(text, str):
        raise Bad("part_not_text", shown(kind if kind not in _TEXT_PARTS else text))
    return text


def _first(value: Mapping[str, Cell], keys: Sequence[str]) -> Cell:
    """What stands under the first of the keys that is there and holds something."""
    return next((value[key] for key in keys if not is_missing(value.get(key))), None)


def shown(value: Cell) -> str:
    """A value for a reader.

    Args:
        value: any value of a cell.

    Returns:
        the first 40 characters; of lists and objects the kind only.
    """
    return type(value).__name__ if isinstance(value, list | tuple | Mapping) else str(value)[:40]
