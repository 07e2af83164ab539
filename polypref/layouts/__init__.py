"""How people's preference files are read: rows, conversations, verdicts, as declared.

What files of special forms need is a name here, loaded when it is asked for:

    from polypref import Answer, Fields, layouts

    Fields("prompt", (Answer("a"), Answer("b")), verdict=layouts.Scale("people", "strength", first=-3, second=3))
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .column_kinds import columns_for
    from .fields import Marks, OneHot, Ranking, Scale, Transcript
    from .items import Items
    from .named import NamedLayout
    from .prism import PrismFiles
    from .reactions import Reactions
    from .rounds import Rounds
    from .sources import ArenaFolder
    from .trees import Tree
    from .where import Except

_PLACES = {
    "ArenaFolder": "sources",
    "Except": "where",
    "Items": "items",
    "Marks": "fields",
    "NamedLayout": "named",
    "OneHot": "fields",
    "PrismFiles": "prism",
    "Ranking": "fields",
    "Reactions": "reactions",
    "Rounds": "rounds",
    "Scale": "fields",
    "Transcript": "fields",
    "Tree": "trees",
    "columns_for": "column_kinds",
}

__all__ = [
    "ArenaFolder",
    "Except",
    "Items",
    "Marks",
    "NamedLayout",
    "OneHot",
    "PrismFiles",
    "Ranking",
    "Reactions",
    "Rounds",
    "Scale",
    "Transcript",
    "Tree",
    "columns_for",
]


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module 'polypref.layouts' has no attribute '{name}'")
    value: object = getattr(import_module(f".{_PLACES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
