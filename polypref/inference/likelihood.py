"""How likely a model in this process finds an answer that is there already: its tokens, and their log-probabilities."""

from typing import TYPE_CHECKING

from . import Failure, Reply, Request, templates
from .networks import Tokenizer

if TYPE_CHECKING:
    from torch import Tensor


def answer_tokens(
    tokenizer: Tokenizer, request: Request, name: str, system: templates.System, limit: int | None
) -> tuple[int, list[int]] | Failure:
    """The tokens of a conversation, and with which its last turn begins.

    It begins where they part from those of the prompt to which the model is to answer, as in TRL's trainers.

    Args:
        tokenizer: of transformers.
        request: ends with the assistant's turn.
        name: the model's, for messages.
        system: what to do with a system turn for which the template has no place.
        limit: tokens that fit; None for any number.

    Returns:
        (number of the first token, all tokens); or why there are none.

    Raises:
        UserError: the model has no chat template, or no place for the system turn.
    """
    turns, offered, names = request.conversation, request.offered, request.tool_names
    prompt = templates.tokens(tokenizer, turns[:-1], name, system, True, offered, ())
    whole = templates.tokens(tokenizer, turns, name, system, False, offered, names)
    if isinstance(prompt, Failure):
        return prompt
    if isinstance(whole, Failure):
        return whole
    if limit and len(whole) > limit:
        return Failure("context_too_long", f"{len(whole)} tokens, {limit} fit")
    pairs = zip(prompt, whole, strict=False)
    start = next((at for at, (one, other) in enumerate(pairs) if one != other), min(len(prompt), len(whole)))
    if start == 0 or start == len(whole):
        return Failure("no_answer_tokens", "the chat template leaves nothing of the answer, or of the prompt before it")
    return start, whole


def reply(logits: "Tensor", ids: "Tensor", start: int, end: int) -> Reply:
    """The log-probability of tokens of one conversation.

    Args:
        logits: (longest, vocabulary), what the model says of the token behind each.
        ids: (longest) tokens, padding behind them.
        start: the first token that counts.
        end: behind the last one.

    Returns:
        Their sum as the score.
    """
    ahead = logits[start - 1 : end - 1].float()
    own = ahead.gather(1, ids[start:end, None])[:, 0] - ahead.logsumexp(dim=-1)
    return Reply(score=float(own.double().sum()), prompt_tokens=start, completion_tokens=end - start)
