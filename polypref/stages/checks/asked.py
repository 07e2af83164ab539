"""What the prompts of a batch ask for, as checks of languages read it."""

from collections.abc import Callable, Collection, Iterator, Sequence

from ... import languages
from ...languages.asked_for import instruction_text
from ...languages.fidelity import Lines
from ...languages.latin_letters import are_asked_in_latin_letters
from ...languages.tasks import ask_for_translation, may_name_languages
from .asked_repetition import without_asked_repetition
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


def are_as_asked(batch: Batch, row: int, text: str, tag: str, lines: Lines) -> bool:
    """Whether the lines of an answer that seem to be in another language are what its prompt asks for, as they stand.

    Args:
        batch: answers or pairs.
        row: the number of the row.
        text: the answer.
        tag: the language that it should be in.
        lines: what its lines were found to be in.

    Returns:
        true where they are in Latin letters that were asked for, or all of the answer was to be said again and again.
    """
    if tag != batch.column("language")[row]:  # the source says what it is to be in
        return False
    if are_asked_in_latin_letters(text, lines.wrong, instruction(batch, row), tag):
        return True
    return not without_asked_repetition(text, batch.prompts[row], languages.get(tag).spaces, tag).strip()


def translation_rows(batch: Batch, rows: Collection[int]) -> frozenset[int]:
    """Which rows have a prompt that asks for a translation, or in which language something is.

    Args:
        batch: answers or pairs.
        rows: those that are looked at.

    Returns:
        their numbers.
    """
    return frozenset(_rows_of(batch, rows, ask_for_translation))


def naming_rows(batch: Batch, rows: Collection[int]) -> list[int]:
    """Which rows have a prompt that may name a language, its people or country, or ask for a translation.

    Args:
        batch: answers or pairs.
        rows: those that are looked at.

    Returns:
        their numbers, in order.
    """
    return sorted(_rows_of(batch, rows, may_name_languages))


def _rows_of(batch: Batch, rows: Collection[int], look: Callable[[Sequence[str], str], list[int]]) -> Iterator[int]:
    """The rows whose prompts a look at all of their language finds; each prompt is looked at once."""
    by_tag: dict[str, dict[str, list[int]]] = {}
    for row in rows:
        of_tag = by_tag.setdefault(batch.column("language")[row], {})
        of_tag.setdefault(instruction(batch, row), []).append(row)
    for tag, of_prompts in by_tag.items():
        prompts = list(of_prompts)
        for place in look(prompts, tag):
            yield from of_prompts[prompts[place]]
