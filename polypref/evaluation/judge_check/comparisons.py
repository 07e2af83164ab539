"""Comparisons that a judge is checked with: two answers to a prompt, of which it is known which is the better one."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from ..contract import Battle

#: What people preferred; all other kinds are made by `known_winners`.
PEOPLE = "people"
Turns = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class GoodAnswer:
    """An answer that its owner holds to be good.

    Attributes:
        group: the same for the same prompt in all its languages.
        language: tag of the prompt and of the answer.
        turns: (role, content) of the prompt.
        text: the answer.
    """

    group: str
    language: str
    turns: Turns
    text: str


@dataclass(frozen=True)
class Comparison:
    """Two answers to a prompt.

    Attributes:
        kind: how it is known which is better: PEOPLE, or what was done to the worse one.
        key: what it goes by, the same in all languages of its prompt.
        group, language, turns: of the prompt.
        better, worse: the answers.
        tie: whether people find both as good; then better and worse are in no order.
        writers: who wrote each of them, in a word.
    """

    kind: str
    key: str
    group: str
    language: str
    turns: Turns
    better: str
    worse: str
    tie: bool = False
    writers: tuple[str, str] = ("", "")


def drawn_number(seed: int, *parts: str) -> int:
    """A number that stands for a seed and names: the same everywhere, in no order.

    Args:
        seed: of the draw.
        *parts: what it is drawn for.

    Returns:
        A whole number of 64 bits.
    """
    text = json.dumps([seed, *parts], ensure_ascii=False)
    return int(hashlib.md5(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()[:16], 16)


def is_turned(one: Comparison, seed: int) -> bool:
    """Whether the worse answer of a comparison is the first one of its battle, the same in all its languages.

    In half of them it is, so that a judge which always names the first answer of a battle agrees with none by chance.

    Args:
        one: the comparison.
        seed: of the draw.

    Returns:
        Whether it is turned.
    """
    return drawn_number(seed, "turned", one.group, one.key) % 2 == 1


def battle_of(one: Comparison, seed: int) -> Battle:
    """A comparison as a judge is asked about it.

    Args:
        one: the comparison.
        seed: see `is_turned`.

    Returns:
        The battle of its two answers.
    """
    answers, writers = (one.better, one.worse), one.writers
    if is_turned(one, seed):
        answers, writers = answers[::-1], writers[::-1]
    name = f"{one.group}/{one.key}"
    return Battle(
        name, one.language, one.turns, (), *answers, set="judge-check", group_id=one.group, model=writers[0],
        other_model=writers[1],
    )  # fmt: skip


def drawn_groups(items: Sequence[GoodAnswer], most: int | None, seed: int) -> list[GoodAnswer]:
    """At most so many prompts of each language, the same ones in all languages as far as they are there.

    Args:
        items: good answers.
        most: how many of a language; None for all.
        seed: of the draw.

    Returns:
        Those that are drawn, in their order.
    """
    if most is None:
        return list(items)
    kept: set[tuple[str, str]] = set()
    for tag in {one.language for one in items}:
        groups = sorted({one.group for one in items if one.language == tag})
        kept |= {(tag, group) for group in sorted(groups, key=lambda name: drawn_number(seed, "prompt", name))[:most]}
    return [one for one in items if (one.language, one.group) in kept]
