"""Rows of one file that correct rows of others: what they replace is left out, and counted.

A row corrects every row of the other files that has its prompt, its answers, and who judged or on which occasion, where
columns say so: letter by letter, as a pair is known by its texts. What it says itself (a verdict, scores, marks) counts
in their place. One that fits no row is a row as any other.
"""

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from ..files.cells import Bad
from ..files.readers import Line
from .fields import OF_ROW
from .rows import interpret_row
from .source import Source
from .tables import Item, NotAsked, UnusedMessage

#: The reason of a row that a correction replaces.
REPLACED = "replaced_by_correction"

Key: TypeAlias = tuple[str, tuple[str, ...], tuple[str, ...]]
"""Of a row: its prompt, its answers, and who judged them or when."""


def corrected_keys(lines: Iterable[Line], source: Source) -> frozenset[Key]:
    """What the rows of a file of corrections correct.

    Args:
        lines: its rows; those that cannot be used correct nothing.
        source: says what their columns hold.

    Returns:
        their keys.
    """
    return frozenset(key for line in lines if (key := _key_of(line, source)) is not None)


def without_corrected(lines: Iterable[Line], keys: frozenset[Key], source: Source) -> Iterator[Line]:
    """Rows without those that corrections replace.

    Args:
        lines: the rows of another file.
        keys: of the corrections.
        source: says what the columns hold.

    Yields:
        each row as it is, or in its place that it is left out, which is counted by its language.
    """
    for line in lines:
        if not isinstance(line.row, Bad) and _key_of(line, source) in keys:
            yield Line(line.where, UnusedMessage(REPLACED, "", line.row, left_out=True))
        else:
            yield line


def _key_of(line: Line, source: Source) -> Key | None:
    if isinstance(line.row, Bad):
        return None
    try:
        item = interpret_row(line.row, source, None)
    except (Bad, NotAsked):
        return None
    answers = tuple(sorted(one["completion_id"] for one in item.completions))
    return item.prompt["prompt_id"], answers, tuple(sorted(_who_and_when(item, source)))


def _who_and_when(item: Item, source: Source) -> set[str]:
    """People as far as they are named, and occasions where these are no row's own."""
    people = {f"who {one['annotator']}" for one in item.verdicts if one["annotator"]}
    if source.fields.occasion in (None, OF_ROW):
        return people
    return people | {f"when {one['occasion']}" for one in (*item.verdicts, *item.ratings)}
