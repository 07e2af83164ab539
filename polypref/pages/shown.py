"""A row as a page holds it: what it is counted by, and its JSON; for pairs that were kept and rows that were not."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from .. import schema
from ..files.json_types import Json, JsonObject
from .parts import cut_text, script_json

SEED = 0
#: The most rows of one language and reason, and of one language and flag.
PER_GROUP = 100
#: The most rows whose texts are read, for the kept and for the others each.
MOST_ROWS = 6_000

Total = tuple[str, str, str, str]
"""What rows are counted by: outcome (kept | rejected | left out), stage, reason, language."""


@dataclass(frozen=True)
class Shown:
    """A row that a page can show: by what it is counted, its JSON, and how many bytes of the page that takes."""

    total: Total
    text: str
    size: int


def shown_row(total: Total, values: JsonObject) -> Shown:
    """A row of a page.

    Args:
        total: by what it is counted.
        values: what its JSON holds; what is None or an empty list is left out.

    Returns:
        The row.
    """
    text = script_json({key: value for key, value in values.items() if value not in (None, [])})
    return Shown(total, text, len(text.encode()) + 2)


def other_language(language: str, response_language: str) -> str | None:
    """The language that the answers must be in, where it is not the prompt's.

    Args:
        language: of the prompt.
        response_language: of the answers.

    Returns:
        The tag; None where both are one.
    """
    return response_language if response_language != language else None


def turns_of(messages: Iterable[schema.Message]) -> list[Json]:
    """The turns of a prompt.

    Args:
        messages: with role and content.

    Returns:
        Role and text each, cut as in `cut_text`.
    """
    return [[message["role"], *cut_text(message["content"])] for message in messages]


def answer_of(name: str, model: str, route: str, score: float | None, text: str) -> JsonObject:
    """An answer.

    Args:
        name: what it is in its row: chosen, rejected, answer.
        model, route: who gave it, and how it came.
        score: of the rater; None without one.
        text: the answer.

    Returns:
        The same by name, the text cut as in `cut_text`.
    """
    shown, *whole = cut_text(text)
    answer: JsonObject = {"name": name, "model": model, "route": route, "score": number_of(score), "text": shown}
    return answer | {"characters": whole[0]} if whole else answer


def number_of(value: float | None) -> float | None:
    """A score as JSON can hold it.

    Args:
        value: the score.

    Returns:
        It; None for what is no finite number.
    """
    return value if value is not None and math.isfinite(value) else None
