"""A reward model is asked for its score of one answer; what it says is read in one way wherever scores are used."""

import math

from ..inference import Failure, Model, Reply, Request, Result


def score_request(
    model: Model, turns: tuple[tuple[str, str], ...], answer: str, whole: str | None = None, tools: str | None = None
) -> Request:
    """The request for the score of an answer, which the reward model reads as the assistant's turn.

    Args:
        model: the reward model.
        turns: (role, content) of the prompt's messages.
        answer: the answer.
        whole: where a turn, or the answer, is more than a role and a text, the whole conversation as a JSON list.
        tools: schemas of the tools that the prompt offers, as a JSON list.

    Returns:
        The request, of kind `score`.
    """
    return Request(model, (*turns, ("assistant", answer)), kind="score", turns=whole, tools=tools)


def read_score(result: Result | None) -> float | Failure:
    """The score in a result.

    Args:
        result: what the response log has; None for nothing.

    Returns:
        The score, a finite number; or why there is none: the failure itself, `unanswered`, `no_score` or
        `score_not_finite`.
    """
    if not isinstance(result, Reply):
        return result or Failure("unanswered")
    if result.score is None:
        return Failure("no_score")
    return result.score if math.isfinite(result.score) else Failure("score_not_finite", str(result.score))
