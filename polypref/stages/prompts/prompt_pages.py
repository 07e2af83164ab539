"""What workers do of the search for near-duplicates: a page of prompts, or of candidates, each.

A page is read from files of one folder and its results are written there, so that few texts are in memory at a time and
the results are the same, whoever works, in whatever order.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from .boilerplate import Shared, by_place, own_grams, own_units, windows
from .shingles import Hashes, Rows, distinct, normal_codes, syllabic, unspaced
from .signatures import SHINGLE, SHORT_SHINGLE, NearDuplicates, bands, jaccard, shingles, signed
from .stored_texts import Numbers, StoredTexts

Node = TypeVar("Node", int, str)

_OWN_NODES, _OWN_ENDS, _OWN_UNITS = "own-nodes.npy", "own-ends.npy", "own-units.npy"


@dataclass(frozen=True)
class Pages:
    """The folder of a search.

    Attributes:
        folder: where texts, and results of pages, are.
        settings: of the search.
        size: prompts of a page.
        bits: of the table of windows (`boilerplate`); None where none are counted.
    """

    folder: Path
    settings: NearDuplicates
    size: int
    bits: int | None

    @property
    def texts(self) -> StoredTexts:
        """The prompts' texts."""
        return StoredTexts(self.folder)

    def nodes(self, number: int) -> Numbers:
        """The prompts of a page.

        Args:
            number: of the page, from 0.

        Returns:
            their numbers.
        """
        return np.arange(number * self.size, min((number + 1) * self.size, len(self.texts)))

    def file(self, what: str, number: int) -> Path:
        """Where results of a page are.

        Args:
            what: which results: `signed`, `asked`, `own` or `alike`.
            number: of the page.

        Returns:
            the path; nothing need be there.
        """
        return self.folder / f"{what}-{number:05d}.npz"


def sign_page(pages: Pages, number: int) -> int:
    """Writes the bands of the prompts of a page, hashes of their normal forms, and the windows that they hold.

    Args:
        pages: the folder.
        number: of the page.

    Returns:
        how many prompts it has.
    """
    texts, tags = pages.texts.read(pages.nodes(number))
    codes = normal_codes(texts)
    grams, exact = shingles(texts, tags, codes)
    results = {"exact": exact} | _bands(grams, pages.settings)
    if pages.bits is not None:
        places = windows(codes, tags, pages.bits)
        held, times = by_place(places)
        results |= {"places": places.values.astype(np.uint32), "ends": places.offsets, "held": held, "times": times}
    _write_results(pages.file("signed", number), results)
    return len(texts)


def _bands(grams: Rows, settings: NearDuplicates) -> dict[str, npt.NDArray[np.generic]]:
    """Which rows are long enough to be near-duplicates, and the bands of these."""
    long = np.flatnonzero(np.diff(grams.offsets) >= settings.shortest)
    return {"long": long, "bands": bands(signed(grams, settings)[long], settings)}


def ask_page(pages: Pages, number: int, shared: Shared) -> int:
    """Writes which prompts of a page may have a question of their own, with how often each of their windows occurs.

    Args:
        pages: the folder.
        number: of the page.
        shared: all windows, with their ends.

    Returns:
        how many such prompts there are; nothing is written where there are none.
    """
    places = windows_of(pages, number)
    asked = shared.rows_with_ends(places)
    if len(asked):
        rows = [places.row(i) for i in asked.tolist()]
        values = np.concatenate(rows)
        ends = np.cumsum([0, *map(len, rows)])
        counted = {name: getattr(shared, name)[values] for name in ("counts", "opens", "closes")}
        _write_results(pages.file("asked", number), {"rows": asked, "ends": ends} | counted)
    return len(asked)


def windows_of(pages: Pages, number: int) -> Rows:
    """The windows of the prompts of a page.

    Args:
        pages: the folder, with what `sign_page` wrote of the page.
        number: of the page.

    Returns:
        a row a prompt, as places in the table.
    """
    with np.load(pages.file("signed", number)) as saved:
        return Rows(saved["places"].astype(np.uint64), saved["ends"])


def own_page(pages: Pages, number: int) -> int:
    """Writes the words of their own of the prompts that `ask_page` wrote down, and their bands by these.

    Args:
        pages: the folder.
        number: of the page.

    Returns:
        how many prompts have words of their own.
    """
    with np.load(pages.file("asked", number)) as saved:
        rows, ends = saved["rows"], saved["ends"].tolist()
        counts, opens, closes = (saved[name] for name in ("counts", "opens", "closes"))
    nodes = pages.nodes(number)[rows]
    tags = [pages.texts.tags[place] for place in pages.texts.languages(nodes).tolist()]
    owns = []
    for tag, begin, end in zip(tags, ends, ends[1:], strict=False):
        held = counts[begin:end], opens[begin:end], closes[begin:end]
        owns.append(own_units(*held, pages.settings.many, not unspaced(tag)))
    kept = [i for i, own in enumerate(owns) if own is not None]
    units = [own for own in owns if own is not None]
    texts, tags = pages.texts.read(nodes[kept])
    grams = _of_own(shingles(texts, tags)[0], texts, tags, dict(enumerate(units)))
    results = {"nodes": nodes[kept], "ends": np.cumsum([0, *map(len, units)]), "units": _joined(units)}
    _write_results(pages.file("own", number), results | _bands(grams, pages.settings))
    return len(kept)


def _joined(units: list[npt.NDArray[np.bool_]]) -> npt.NDArray[np.bool_]:
    return np.concatenate([np.zeros(0, bool), *units])


def _of_own(grams: Rows, texts: list[str], tags: list[str], own: dict[int, npt.NDArray[np.bool_]]) -> Rows:
    """The shingles that begin in the words of their own, of the texts that have such words."""
    if not own:
        return grams
    kept = [grams.row(i) for i in range(len(grams))]
    for i, units in own.items():
        size = SHORT_SHINGLE if syllabic(tags[i]) else SHINGLE
        codes = normal_codes([texts[i]]).values
        kept[i] = kept[i][own_grams(codes, units, not unspaced(tags[i]), size)]
    lengths = np.array([len(row) for row in kept], np.int64)
    return Rows(np.concatenate([grams.values[:0], *kept]), np.concatenate([[0], np.cumsum(lengths)]))


def join_own(pages: Pages, numbers: list[int]) -> None:
    """Writes the words of their own of all prompts where each can be looked up.

    Args:
        pages: the folder.
        numbers: of the pages that `own_page` wrote, ascending.
    """
    nodes, lengths, units = [np.zeros(0, np.int64)], [np.zeros(1, np.int64)], [np.zeros(0, bool)]
    for number in numbers:
        with np.load(pages.file("own", number)) as saved:
            nodes.append(saved["nodes"])
            lengths.append(np.diff(saved["ends"]))
            units.append(saved["units"])
    np.save(pages.folder / _OWN_NODES, np.concatenate(nodes))
    np.save(pages.folder / _OWN_ENDS, np.cumsum(np.concatenate(lengths)))
    np.save(pages.folder / _OWN_UNITS, np.concatenate(units))


def compare_page(pages: Pages, number: int, pairs: Numbers) -> int:
    """Writes how alike the prompts of candidates are; of those that the ones before join, nothing.

    Args:
        pages: the folder.
        number: of the page of candidates.
        pairs: numbers of two prompts each, shape (candidates, 2), in the order in which they join.

    Returns:
        how many candidates there are.
    """
    sets = _shingle_sets(pages, np.unique(pairs))
    forest: dict[int, int] = {}
    similarity = np.full(len(pairs), np.nan)
    for i, (a, b) in enumerate(pairs.tolist()):
        low, high = sorted((root(forest, a), root(forest, b)))
        if low != high:
            similarity[i] = jaccard(sets[a], sets[b])
            if similarity[i] >= pages.settings.threshold:
                forest[high] = low
    _write_results(pages.file("alike", number), {"similarity": similarity})
    return len(pairs)


def _shingle_sets(pages: Pages, nodes: Numbers) -> dict[int, Hashes]:
    texts, tags = pages.texts.read(nodes)
    own: dict[int, npt.NDArray[np.bool_]] = {}
    if (pages.folder / _OWN_NODES).exists():
        with_own, ends, units = (
            np.load(pages.folder / name, mmap_mode="r") for name in (_OWN_NODES, _OWN_ENDS, _OWN_UNITS)
        )
        _, places, of_own = np.intersect1d(nodes, with_own, assume_unique=True, return_indices=True)
        for i, at in zip(places.tolist(), of_own.tolist(), strict=True):
            own[i] = np.asarray(units[ends[at] : ends[at + 1]])
    grams = distinct(_of_own(shingles(texts, tags)[0], texts, tags, own))
    return {node: grams.row(i) for i, node in enumerate(nodes.tolist())}


def root(parent: dict[Node, Node], node: Node) -> Node:
    """The root of a node in a union-find forest; paths are shortened.

    Args:
        parent: the forest, which learns the node if it is new.
        node: the node.

    Returns:
        the least node of its component, where the higher of two roots is always hung below the lower.
    """
    top = node
    while (above := parent.setdefault(top, top)) != top:
        top = above
    while node != top:
        parent[node], node = top, parent[node]
    return top


def _write_results(path: Path, results: dict[str, npt.NDArray[np.generic]]) -> None:
    part = path.with_suffix(".part.npz")
    np.savez(part, allow_pickle=False, **results)
    part.replace(path)
