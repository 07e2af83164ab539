"""The Parquet files of a dataset, cut where quotas fall: every config is a list of files, no row is stored twice."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from ..files.atomic import file_digest
from ..stages.counts import Mixtures, RankRange
from .provenance import Config, FileFacts, SplitFiles

#: The most rows of one Parquet file.
ROWS_PER_FILE = 20_000


@dataclass(frozen=True)
class Piece:
    """One Parquet file of the release: some ranks of one language and split, and the mixtures that have them."""

    language: str
    split: str
    first: int
    last: int
    mixtures: tuple[str, ...] = field(default=(), compare=False)

    @property
    def path(self) -> str:
        """Its path in the folder."""
        return f"data/{self.language}/{self.split}-{self.first:08d}-{self.last:08d}.parquet"

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return self.last - self.first + 1


def cut_files(mixtures: Mixtures, rows: int = ROWS_PER_FILE, ranges: Sequence[RankRange] | None = None) -> list[Piece]:
    """The files of a release: each language's ranks cut at every mixture's quota and every `rows` rows.

    Args:
        mixtures: name -> language -> its quota.
        rows: the most rows of a file.
        ranges: of a later version which ranks are in which mixtures, and stand in one file; None where every mixture
            has the first ranks.

    Returns:
        The files in order of language, split and rank, each with a row at least.

    Example:
        >>> from polypref.stages.counts import Quota
        >>> quota = Quota(asked=3, available=3, given=3, test=0)
        >>> [piece.path for piece in cut_files({"all": {"de": quota}}, rows=2)]
        ['data/de/train-00000000-00000001.parquet', 'data/de/train-00000002-00000002.parquet']
    """
    if ranges is not None:
        return [
            Piece(one.language, one.split, first, min(first + rows - 1, one.last), tuple(one.mixtures))
            for one in ranges
            for first in range(one.first, one.last + 1, rows)
        ]
    ends: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for name, quotas in mixtures.items():
        for language, row in quotas.items():
            ends[language, "train"][name] = row.given
            ends[language, "test"][name] = row.test
    pieces = []
    for (language, split), most in sorted(ends.items()):
        cuts = sorted({*most.values(), *range(rows, max(most.values()), rows), 0})
        pieces += [
            Piece(language, split, a, b - 1, tuple(name for name, end in most.items() if b <= end))
            for a, b in pairwise(cuts)
        ]
    return pieces


def configs(mixtures: Mixtures, pieces: list[Piece]) -> list[Config]:
    """The README's configs: every mixture and every language of it, as lists of files; the first is the default one.

    Args:
        mixtures: name -> language -> its quota, in the order of the configs.
        pieces: the files, as `cut_files` gives them.

    Returns:
        The configs; one without any file is left out.
    """
    members = [
        (config, name, tags)
        for name, quotas in mixtures.items()
        for config, tags in ({name: list(quotas)} | {f"{name}-{tag}": [tag] for tag in quotas}).items()
    ]
    listed: list[Config] = []
    for config, name, tags in members:
        files: dict[str, list[str]] = {"train": [], "test": []}
        for piece in pieces:
            if piece.language in tags and name in piece.mixtures:
                files[piece.split].append(piece.path)
        if data := [SplitFiles(split, paths) for split, paths in files.items() if paths]:
            listed.append(Config(config, data, default=not listed))
    return listed


def rows_by_path(pieces: Sequence[Piece]) -> dict[str, int]:
    """Path in the dataset -> how many rows the file has.

    Args:
        pieces: the files.

    Returns:
        A mapping in the order of the pieces.

    Example:
        >>> rows_by_path([Piece("de", "test", 2, 4)])
        {'data/de/test-00000002-00000004.parquet': 3}
    """
    return {piece.path: piece.rows for piece in pieces}


def file_facts(folder: Path, rows: Mapping[str, int]) -> dict[str, FileFacts]:
    """Path in the dataset -> digest, size and rows of the file, as the provenance has them.

    Args:
        folder: the dataset; the files are there.
        rows: path in it -> how many rows.

    Returns:
        A mapping in the same order.
    """
    return {
        path: FileFacts(file_digest(folder / path), (folder / path).stat().st_size, count)
        for path, count in rows.items()
    }


def pattern_of(paths: Sequence[str], every: Collection[str]) -> str | None:
    """A pattern over all languages that names the files of a split for the card.

    Whoever loads a list asks for each folder in it, one after the other, and of a pattern for all at once.

    Args:
        paths: the files, in the order of their rows.
        every: all files of the dataset.

    Returns:
        One in which `*` stands for no slash, and which is just these files in this order; None where there is none.

    Example:
        >>> paths = ["data/de/train-00000000-00000001.parquet", "data/he/train-00000000-00000000.parquet"]
        >>> pattern_of(paths, [*paths, "data/de/test-00000000-00000000.parquet"])
        'data/*/train-*.parquet'
        >>> pattern_of(paths[:1], paths)
    """
    folder, _, name = paths[0].rpartition("/")
    if all(path.rpartition("/")[0] == folder for path in paths):
        return None
    whole = f"{folder.rpartition('/')[0]}/*/"
    for pattern in (f"{whole}{name.split('-')[0]}-*.parquet", f"{whole}{name}"):
        wanted = re.compile("[^/]*".join(map(re.escape, pattern.split("*"))))
        # What a pattern names is taken in the order of the paths.
        if sorted(filter(wanted.fullmatch, every)) == list(paths):
            return pattern
    return None
