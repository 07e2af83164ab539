"""What a prompt asks for, by the phrases of its language's file and the English ones."""

import re
from functools import cache

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
    text = phrases.normal(prompt)
    known = filter(None, map(registry.find, dict.fromkeys((tag, "en"))))
    return any(pattern.search(text) for language in known for pattern in _corrections(language))


@cache
def _corrections(language: Language) -> tuple[re.Pattern[str], ...]:
    bounds = phrases.bounds_of(language)
    correction = language.task_words.correction if language.task_words else ()
    return tuple(phrases.compiled(phrase, bounds, None).expression for phrase in correction)
