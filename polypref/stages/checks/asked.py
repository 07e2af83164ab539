"""What the prompts of a batch ask for, as checks of languages read it."""

from collections.abc import Collection

from ...languages.asked_for import instruction_text
from ...languages.tasks import ask_for_translation
from .contract import Batch


def instruction(batch: Batch, row: int) -> str:
    """What the system and the user wrote in a prompt.

    Args:
        batch: prompts, answers or pairs.
        row: the number of the row.

    Returns:
        these turns, a blank line between two.
    """
    return instruction_text((turn["role"], turn["content"]) for turn in batch.column("prompt")[row])


def translation_rows(batch: Batch, rows: Collection[int]) -> frozenset[int]:
    """Which rows have a prompt that asks for a translation, or in which language something is.

    Args:
        batch: answers or pairs.
        rows: those that are looked at.

    Returns:
        their numbers.
    """
    by_tag: dict[str, list[int]] = {}
    for row in rows:
        by_tag.setdefault(batch.column("language")[row], []).append(row)
    return frozenset(
        of_tag[place]
        for tag, of_tag in by_tag.items()
        for place in ask_for_translation([instruction(batch, row) for row in of_tag], tag)
    )
