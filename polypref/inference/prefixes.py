"""How much of a prompt a server has read before: prompts that begin alike are read, and paid for, in part only once."""

from .requests import Request

#: As OpenAI has it: a beginning counts from so many tokens on, in steps of so many.
CACHED_FROM, CACHED_STEP = 1_024, 128


def prompt_text(request: Request) -> str:
    """What a model reads of a request, nearly enough to see what begins alike.

    Args:
        request: the request.

    Returns:
        Its turns, each with its role.
    """
    return "\n".join(f"{role}\n{content}" for role, content in request.messages)


def shared_beginning(one: str, other: str) -> str:
    """What two texts begin with alike.

    Args:
        one: a text.
        other: another.

    Returns:
        The longest common beginning.

    Example:
        >>> shared_beginning("tiled", "tilth")
        'til'
    """
    least, most = 0, min(len(one), len(other))
    while least < most:
        middle = (least + most + 1) // 2
        if one[:middle] == other[:middle]:
            least = middle
        else:
            most = middle - 1
    return one[:least]


def cached_of(tokens: int) -> int:
    """How many tokens of a known beginning cost less.

    Args:
        tokens: that it has.

    Returns:
        None below `CACHED_FROM`, else as many as fill whole steps.

    Example:
        >>> [cached_of(tokens) for tokens in (1_023, 1_024, 1_200)]
        [0, 1024, 1152]
    """
    return tokens - tokens % CACHED_STEP if tokens >= CACHED_FROM else 0
