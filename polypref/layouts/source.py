"""The contract of a source: what a build asks of whatever prompts and ready-made answers come from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Protocol, TypeVar

from ..errors import UserError
from ..files.readers import Line
from ..scripting.own_code import is_own
from .fields import Fields

Declared = TypeVar("Declared")
#: What a source may say of how it is rated and paired, and what to write where a text stands in its place.
_WAY = {"rater": "SourceRater(...), RewardRater(...) or another rater", "pairs": "PairRule(...)"}


class Source(Protocol):
    """Where prompts and ready-made answers come from; a frozen dataclass, whose fields are its settings.

    A source is read once, in worker processes, a file at a time, and again only when a file or a setting of it changed.
    What its class does is no setting: raise `revision` when the same files come to give other rows.

    It may have two attributes more: `rater`, whose scores or verdicts count for its prompts, and `pairs`, the pair rule
    of these; without them, and where they are None, the builder's count. They say nothing of how it is read.
    """

    @property
    def name(self) -> str:
        """What it is called, in every row that comes from it."""
        ...

    @property
    def revision(self) -> str | None:
        """Which version of it is read (a commit, a tag, a date), or 'unknown'; None until it is `resolved`."""
        ...

    @property
    def licence(self) -> str:
        """The licence of its texts, or 'unknown'."""
        ...

    @property
    def fields(self) -> Fields:
        """Which columns of its rows hold what: Fields(...)."""
        ...

    @property
    def language(self) -> str | None:
        """The language of every row; None where a column says it."""
        ...

    @property
    def where(self) -> Mapping[str, object]:
        """Column -> the value, or the values, of rows that are wanted; others are counted and left out; {} for all."""
        ...

    def resolved(self) -> "Source":
        """Returns the source with its revision fixed, so that it gives the same rows later; `return self` for most.

        Returns:
            a source of the same settings.
        """
        ...

    def files(self) -> Sequence[Path]:
        """Returns the files, each of which is read by itself; [] for a source that is no files, read in one go.

        Returns:
            their paths, in an order that stays the same.
        """
        ...

    def beside(self, path: Path) -> Sequence[Path]:
        """Returns other files that are read with one of the files; `return []` for most.

        Args:
            path: one of the files.

        Returns:
            their paths: where one of them changes, the file is read again.
        """
        ...

    def lines(self, path: Path | None) -> Iterator[Line]:
        """Yields the rows of one of the files, or of all where there are none: Line(place, row).

        A row is a mapping from column to value; its place names it to people, as in `data.jsonl line 3`. A row that
        cannot be read is a `Line(place, Bad(reason, detail))`: it is counted, and so many stop the build.

        Args:
            path: one of the files; None for a source that is no files.

        Yields:
            the rows, in an order that stays the same.
        """
        ...


class Rater(Protocol):
    """Whose scores or verdicts count for the prompts of a source; `raters.contract` says what else one has."""

    @property
    def name(self) -> str:
        """What it is called, in the `rater` column of all that it gives."""
        ...

    @property
    def version(self) -> int:
        """A whole number, raised when the same answers come to get other scores: version: ClassVar[int] = 1."""
        ...

    @property
    def caution(self) -> str:
        """What the dataset's card must say of its scores; "" where there is nothing to say."""
        ...


class PairRule(Protocol):
    """How chosen and rejected are picked for the prompts of a source; `stages.pair` has the rules."""

    @property
    def rule(self) -> str:
        """The rule's name, as in PairRule('given')."""
        ...


def check_way(source: object) -> None:
    """Refuses a text in the place of a source's rater or pair rule, and says what is meant.

    Args:
        source: an object that has both.

    Raises:
        UserError: a text stands there.
    """
    for name, meant in _WAY.items():
        value: object = getattr(source, name)
        if isinstance(value, str):
            raise UserError(f"{type(source).__name__}({name}={value!r:.60}): a text is none; write {meant}")


def without_way(source: Declared) -> Declared:
    """A source without its rater and pair rule, which are of no use where it is read, and may not go to a worker.

    Args:
        source: any source.

    Returns:
        the same source where it is of somebody's own class, or has neither.
    """
    if is_own(source) or not is_dataclass(source) or isinstance(source, type):
        return source
    declared = {field.name for field in fields(source)} & _WAY.keys()
    there = [name for name in sorted(declared) if getattr(source, name) is not None]
    return replace(source, **dict.fromkeys(there)) if there else source
