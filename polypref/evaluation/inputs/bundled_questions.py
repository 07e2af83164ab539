"""The bundled questions: six of them in 23 languages with a number in each, and which are kept for the end.

The texts were written for this project by machine and have not been reviewed by speakers.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from ...files.packaged import packaged_text

#: Numbers that name a bus, a room, a page: the same question with another number is another group.
NUMBERS = range(10, 40)
#: The language into which answers slip.
CONFUSED_INTO = "en"


@dataclass(frozen=True)
class Line:
    """A question in one language.

    Attributes:
        group: the question in all its languages, as in bus-47.
        language: tag.
        prompt: the question.
        answer: the only right answer.
        confused: the right answer in the language into which answers slip.
    """

    group: str
    language: str
    prompt: str
    answer: str
    confused: str


def lines(groups: list[str]) -> list[Line]:
    """The questions of these groups in every language.

    Args:
        groups: as in bus-47.

    Returns:
        A line for each group and language, in the order of the groups.
    """
    bundled = json.loads(packaged_text("bundled_questions.json"))
    places = {topic: at for at, topic in enumerate(bundled["topics"])}
    texts: dict[str, list[list[str]]] = bundled["languages"]
    return list(_lines(groups, texts, places))


def _lines(groups: list[str], texts: dict[str, list[list[str]]], places: dict[str, int]) -> Iterator[Line]:
    for group in groups:
        topic, number = group.split("-")
        confused = texts[CONFUSED_INTO][places[topic]][1].replace("{n}", number)
        for language, pairs in texts.items():
            prompt, answer = (text.replace("{n}", number) for text in pairs[places[topic]])
            yield Line(group, language, prompt, answer, confused)


def split_groups(seed: int, held_out: int) -> tuple[list[str], list[str]]:
    """All groups, as those to train on and `held_out` that are kept for the end, in seeded order.

    Args:
        seed: of the order.
        held_out: how many groups are kept for the end.

    Returns:
        The groups to train on, and those that are held out.
    """
    topics = json.loads(packaged_text("bundled_questions.json"))["topics"]
    groups = [f"{topic}-{number}" for topic in topics for number in NUMBERS]
    order = sorted(groups, key=lambda group: hashlib.md5(f"{seed} {group}".encode()).hexdigest())
    return order[held_out:], order[:held_out]


def is_confused(seed: int, line: Line, share: float) -> bool:
    """Whether the answer to learn from is in the wrong language; for a share of the questions, drawn by hash.

    Args:
        seed: of the draw.
        line: the question in one language.
        share: of all lines that are to be confused, 0 to 1.

    Returns:
        Whether this one is; the same at every call.
    """
    drawn = int(hashlib.md5(f"{seed} confused {line.group} {line.language}".encode()).hexdigest()[:8], 16)
    return drawn < share * 16**8
