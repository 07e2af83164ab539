"""What a prompt asks for, by the phrases of its language's file and the English ones."""

import re
from functools import cache
from typing import Literal

from . import phrases, registry
from .facts import Language


def asks_for_correction(prompt: str, tag: str) -> bool:
    """Whether points, capitals or spelling count in the answer to a prompt.

    Args:
        prompt: the prompt's text.
        tag: its language.

    Returns:
        true where it speaks of them, or asks for a correction, in its language or in English.

    Example:
        >>> asks_for_correction("Setze die Kommas: Ich hoffe dass du kommst.", "de")
        True
    """
    return _asks_for("correction", prompt, tag)


def may_repeat(prompt: str, tag: str) -> bool:
    """Whether the answer to a prompt may say the same again and again.

    Args:
        prompt: the prompt's text.
        tag: its language.

    Returns:
        true where it speaks of a song or poem, of rewriting, translating or repeating, in its language or in English.

    Example:
        >>> may_repeat("Schreib ein Schlaflied mit drei Strophen.", "de")
        True
    """
    return _asks_for("repetition", prompt, tag)


def _asks_for(task: Literal["correction", "repetition"], prompt: str, tag: str) -> bool:
    text = phrases.normal(prompt)
    known = filter(None, map(registry.find, dict.fromkeys((tag, "en"))))
    return any(pattern.search(text) for language in known for pattern in _patterns(task, language))


@cache
def _patterns(task: Literal["correction", "repetition"], language: Language) -> tuple[re.Pattern[str], ...]:
    if not (words := language.task_words):
        return ()
    bounds = phrases.bounds_of(language)
    listed = words.correction if task == "correction" else words.repetition
    return tuple(phrases.compiled(phrase, bounds, None).expression for phrase in listed)
