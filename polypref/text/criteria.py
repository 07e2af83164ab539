"""By what answers were judged: a criterion, and the system message in which a model is shown it."""

import json
import unicodedata
from collections.abc import Mapping, Sequence

from .messages import compact_json

#: Characters of a criterion at most; a longer one is no yardstick, and would stand before every answer.
MOST_OF_A_CRITERION = 4_000

Turns = tuple[tuple[str, str], ...]
# With which sentences end, after NFKC.
_STOPS = ".。।॥۔։።။។།᙮ "


def criterion_key(criterion: str) -> str:
    """What tells a criterion from another: blanks, case, full-width or composed letters and a last full stop do not.

    Args:
        criterion: by what answers were judged.

    Returns:
        Its normal form; empty where nothing in it can be seen.

    Example:
        >>> criterion_key("Prefer  the shorter answer."), criterion_key("\u200b")
        ('prefer the shorter answer', '')
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", criterion).casefold())
    seen = "".join(one for one in folded if one.isspace() or unicodedata.category(one) not in ("Cc", "Cf"))
    joined = " ".join(seen.split())
    return joined.rstrip(_STOPS) or joined


def turns_by_key(turns: list[dict[str, str]], criterion: str | None) -> list[dict[str, str]]:
    """A prompt whose system message says the normal form of a criterion in its place: what makes the prompt's id.

    Args:
        turns: messages with role and content.
        criterion: as the system message says it; None for none.

    Returns:
        The messages; the same list where it does not say it.
    """
    own = turns[0]["content"] if turns and turns[0]["role"] == "system" else ""
    if not criterion or not own or not says_criterion(own, criterion):
        return turns
    return [{"role": "system", "content": own.removesuffix(criterion) + criterion_key(criterion)}, *turns[1:]]


def says_criterion(system: str, criterion: str) -> bool:
    """Whether a system message is a criterion, or ends in one as a paragraph of its own.

    Args:
        system: the system message; empty for none.
        criterion: by what answers were judged.

    Returns:
        Whether it needs not be written there.

    Example:
        >>> says_criterion("You are a cook.\\n\\nShorter.", "Shorter."), says_criterion("Not shorter.", "shorter.")
        (True, False)
    """
    return system == criterion or system.endswith(f"\n\n{criterion}")


def system_with(system: str, criterion: str) -> str:
    """A system message that says a criterion, behind what it says itself.

    Args:
        system: the system message; empty for none.
        criterion: by what answers were judged; empty for none.

    Returns:
        The message; as it is where it says the criterion.

    Example:
        >>> system_with("You are a cook.", "Shorter.")
        'You are a cook.\\n\\nShorter.'
    """
    if not criterion or says_criterion(system, criterion):
        return system
    return f"{system}\n\n{criterion}" if system.strip() else criterion


def with_criterion(turns: list[dict[str, str]], criterion: str | None) -> list[dict[str, str]]:
    """A prompt whose system message says a criterion.

    Args:
        turns: messages with role and content.
        criterion: by what answers were judged; None for none.

    Returns:
        The messages; the same list where nothing is to be written.
    """
    if not criterion:
        return turns
    own = turns[0]["content"] if turns and turns[0]["role"] == "system" else ""
    if own and says_criterion(own, criterion):
        return turns
    return [{"role": "system", "content": system_with(own, criterion)}, *turns[1 if own else 0 :]]


def turns_with_criterion(turns: Turns, criterion: str | None) -> Turns:
    """The same of turns as pairs.

    Args:
        turns: (role, content) of each.
        criterion: by what answers were judged; None or empty for none.

    Returns:
        The turns.

    Example:
        >>> turns_with_criterion((("user", "Name a lake."),), "Shorter.")
        (('system', 'Shorter.'), ('user', 'Name a lake.'))
    """
    messages = with_criterion([{"role": role, "content": content} for role, content in turns], criterion)
    return tuple((one["role"], one["content"]) for one in messages)


def conversation_with_criterion(conversation: str | None, criterion: str | None) -> str | None:
    """The same of a whole conversation as `messages.conversation_to_send` gives it.

    Args:
        conversation: messages as a JSON list; None for none.
        criterion: by what answers were judged; None or empty for none.

    Returns:
        The messages as a JSON list.
    """
    if not conversation or not criterion:
        return conversation
    turns = json.loads(conversation)
    own = str(turns[0]["content"]) if turns and turns[0]["role"] == "system" else ""
    if own and says_criterion(own, criterion):
        return conversation
    return compact_json([{"role": "system", "content": system_with(own, criterion)}, *turns[1 if own else 0 :]])


def criterion_apart(turns: Sequence[Mapping[str, str]], criterion: str | None) -> str | None:
    """The criterion of a prompt whose turns do not say it.

    Args:
        turns: messages with role and content.
        criterion: by what answers were judged; None for none.

    Returns:
        The criterion; None where there is none, or the system message says it.
    """
    own = turns[0]["content"] if turns and turns[0]["role"] == "system" else ""
    return None if not criterion or (own and says_criterion(own, criterion)) else criterion
