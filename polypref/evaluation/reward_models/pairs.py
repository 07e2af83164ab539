"""Pairs that a reward model is tried on: what one holds, which are drawn, and which are of one prompt."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .sides import Turns


@dataclass(frozen=True)
class OfSeveral:
    """Where a pair stands in a row of several answers.

    Attributes:
        row: the row's id, the same in all its languages.
        chosen, rejected: the places of the two among the right answers, and among the wrong ones.
    """

    row: str
    chosen: int
    rejected: int


@dataclass(frozen=True)
class Pair:
    """Two answers to a prompt, one of which people preferred.

    Attributes:
        id: the same for the same pair in all its languages.
        group: the same for all pairs of a prompt, in all its languages.
        language: tag, or a label of a variant such as zh-Hant that `languages.resolve` knows.
        subset, category: of the benchmark.
        prompt: (role, content) of its turns.
        chosen, rejected: the answers.
        scores: of the chosen and the rejected answer, where the data hold them.
        whole: of the chosen and the rejected answer, the whole conversation as a JSON list, where a turn is more than a
            role and a text; None where none is.
        tools: schemas of the tools that the prompt offers, as a JSON list.
        of: where it stands in a row of several answers; None for a row of two.
        criterion: by which people prefer the chosen answer; empty where none is named.
    """

    id: str
    group: str
    language: str
    subset: str
    category: str
    prompt: Turns
    chosen: str
    rejected: str
    scores: tuple[float, float] | None = None
    whole: tuple[str | None, str | None] = (None, None)
    tools: str | None = None
    of: OfSeveral | None = None
    criterion: str = ""

    @property
    def row(self) -> str:
        """The id of its row: its own, or that of a row of several answers."""
        return self.of.row if self.of else self.id


def pair_of_several(pair: Pair, chosen: int, rejected: int) -> Pair:
    """One of the pairs of a row of several answers.

    Args:
        pair: as of a row of two answers.
        chosen: the place of its chosen answer among the right ones.
        rejected: that of the other among the wrong ones.

    Returns:
        The pair, whose id has the places behind it.
    """
    name = f"{pair.id}#{chosen + 1}.{rejected + 1}"
    return replace(pair, id=name, group=name, of=OfSeveral(pair.id, chosen, rejected))


def drawn(pairs: Sequence[Pair], sample: int, seed: int) -> list[Pair]:
    """The first ids of an order that is the same in every language.

    Args:
        pairs: all pairs.
        sample: how many rows of a language, at most.
        seed: of the order.

    Returns:
        those that are drawn.
    """

    def place(pair: Pair) -> str:
        text = json.dumps([seed, pair.row], ensure_ascii=False)
        return hashlib.md5(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()

    by_language: dict[str, list[Pair]] = defaultdict(list)
    for pair in sorted(pairs, key=place):
        by_language[pair.language].append(pair)
    kept = []
    for own in by_language.values():
        rows = set(list(dict.fromkeys(pair.row for pair in own))[:sample])
        kept += [pair for pair in own if pair.row in rows]
    return kept


#: An id, or a prompt in a language.
_Node = tuple[str, str] | tuple[str, str, Turns]


def grouped(pairs: Sequence[Pair]) -> list[Pair]:
    """Pairs whose ids, or whose prompts in one language, are the same get one group: its first id in sorted order.

    Args:
        pairs: all pairs.

    Returns:
        the same pairs, with their groups.
    """
    parent: dict[_Node, _Node] = {}

    def root(node: _Node) -> _Node:
        while parent.setdefault(node, node) != node:
            parent[node] = node = parent[parent[node]]
        return node

    for pair in pairs:
        one, two = root(("id", pair.id)), root(("prompt", pair.language, pair.prompt))
        # Smaller names win, so that the outcome does not hang on the order of rows; ids sort before prompts.
        low, high = sorted((one, two), key=lambda node: (node[0], str(node)))
        parent[high] = low
    return [replace(pair, group=str(root(("id", pair.id))[1])) for pair in pairs]
