"""What an LLM is asked of a person's reaction to an answer, and of the answer after it; and what it replies.

Two questions, each with a prompt text of its own in polypref/data/judges/feedback: what the reaction says of the answer
before it, and, of a person who was dissatisfied, whether the later answer mends it. Replies are objects of JSON with a
code, read as those of judges are (`verdicts.read_object`): what cannot be told is counted and never guessed.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from ..files.json_types import Json, JsonObject
from ..files.packaged import packaged_text
from ..inference import Model, Reply, Sampling
from . import prompts
from .prompts import Group, Query, Template
from .verdicts import Unusable, read_object

Mark = Literal["dissatisfied", "satisfied", "neither"]
"""What a person's message says of the assistant's answer right before it."""

MARKS: Final[tuple[Mark, ...]] = ("dissatisfied", "satisfied", "neither")
#: The prompt texts, which are never edited once released.
REACTION_PROMPT, LATER_PROMPT = "reaction-1", "later_answer-1"
_YES_NO: Final = ("yes", "no")


@dataclass(frozen=True)
class Exchange:
    """An answer, what the person wrote next, and the answer to that.

    Attributes:
        group: the prompt: all that stands before the answer.
        answer, later: the two answers.
        reaction: what the person wrote after the answer.
        reaction_to_later: what after the later one; empty where nothing is there.
    """

    group: Group
    answer: str
    later: str
    reaction: str
    reaction_to_later: str = ""


@dataclass(frozen=True)
class Mended:
    """What a reply says of a later answer.

    Attributes:
        addresses: whether it does what the person wanted by being dissatisfied.
        answers_request: whether it would be an answer to the request by itself.
    """

    addresses: bool
    answers_request: bool


@lru_cache
def feedback_template(name: str) -> Template:
    """One of the prompt texts.

    Args:
        name: of a file in polypref/data/judges/feedback, without `.txt`.

    Returns:
        Its sections.
    """
    return prompts.read_template(name, packaged_text("judges", "feedback", f"{name}.txt"))


def prompt_revision() -> str:
    """Stands for both prompt texts.

    Returns:
        Their names, and eight hexadecimal digits of their content.
    """
    texts = [feedback_template(name) for name in (REACTION_PROMPT, LATER_PROMPT)]
    digest = hashlib.sha256("".join(one.sha256 for one in texts).encode()).hexdigest()[:8]
    return f"{'+'.join(one.name for one in texts)}-{digest}"


def reaction_query(model: Model, exchange: Exchange, sampling: Sampling, attempt: int) -> Query:
    """What the LLM is asked of a reaction; it is not shown what came after.

    Args:
        model: the LLM.
        exchange: what it is asked about.
        sampling: how its reply is drawn.
        attempt: 0 for the first.

    Returns:
        The request, and what its reply must be like.
    """
    shown = [("answer", exchange.answer), ("the person's next message", exchange.reaction)]
    return _query(model, REACTION_PROMPT, exchange, shown, {"mark": MARKS}, sampling, attempt)


def later_query(model: Model, exchange: Exchange, sampling: Sampling, attempt: int) -> Query:
    """What the LLM is asked of the answer after a reaction.

    Args:
        model, exchange, sampling, attempt: as in `reaction_query`.

    Returns:
        The request, and what its reply must be like.
    """
    shown = [
        ("first answer", exchange.answer),
        ("the person's next message", exchange.reaction),
        ("later answer", exchange.later),
    ]
    if exchange.reaction_to_later:
        shown.append(("the person's message after that", exchange.reaction_to_later))
    asked = {"addresses": _YES_NO, "answers_request": _YES_NO}
    return _query(model, LATER_PROMPT, exchange, shown, asked, sampling, attempt)


def _query(
    model: Model,
    name: str,
    exchange: Exchange,
    shown: Sequence[tuple[str, str]],
    asked: Mapping[str, tuple[str, ...]],
    sampling: Sampling,
    attempt: int,
) -> Query:
    text: dict[str, Json] = {"type": "string"}
    values: JsonObject = {key: {"type": "string", "enum": [*words]} for key, words in asked.items()}
    form = prompts.object_schema({"rationale": text, "code": text, **values})
    return prompts.query_of(model, feedback_template(name), exchange.group, shown, sampling, form, attempt)


def read_mark(query: Query, reply: Reply) -> Mark:
    """What a reply says of a reaction.

    Args:
        query: what was asked.
        reply: what came of it.

    Returns:
        The mark.

    Raises:
        Unusable: `judge_unknown_verdict` for another word than one of MARKS; or as `verdicts.read_object`.
    """
    word = _word(read_object(reply.text, query.code, ("mark",)), "mark")
    for mark in MARKS:
        if word == mark:
            return mark
    raise Unusable("judge_unknown_verdict", word[:40])


def read_mended(query: Query, reply: Reply) -> Mended:
    """What a reply says of a later answer.

    Args:
        query: what was asked.
        reply: what came of it.

    Returns:
        Both answers of it.

    Raises:
        Unusable: `judge_unknown_verdict` for another word than yes or no; or as `verdicts.read_object`.
    """
    stated = read_object(reply.text, query.code, ("addresses", "answers_request"))
    words = [_word(stated, key) for key in ("addresses", "answers_request")]
    if wrong := [word for word in words if word not in _YES_NO]:
        raise Unusable("judge_unknown_verdict", wrong[0][:40])
    return Mended(*(word == "yes" for word in words))


def _word(stated: JsonObject, key: str) -> str:
    """A word under a key, in lower case.

    Raises:
        Unusable: there is no such key, or no text under it.
    """
    value = stated.get(key)
    if not isinstance(value, str):
        raise Unusable("judge_unparsable", f"no {key}")
    return value.strip().casefold()
