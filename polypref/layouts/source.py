"""The contract of a source: what a build asks of whatever prompts and ready-made answers come from."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from ..files.readers import Line
from .fields import Fields


class Source(Protocol):
    """Where prompts and ready-made answers come from; a frozen dataclass, whose fields are its settings.

    A source is read once, in worker processes, a file at a time, and again only when a file or a setting of it changed.
    What its class does is no setting: raise `revision` when the same files come to give other rows.
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
