"""Evaluation sets that no build trains on unawares: samples of their n-grams come with polypref, no texts.

Of a prompt of up to 32 n-grams all are kept, so that it is held against training prompts as `evaluation_overlap` holds
it; of a longer one 32, in four stretches of every second word, and its words outside the stretches do not count. What
that recalls is in benchmarks/contamination, whose script made the samples.
"""

import io
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ...errors import UserError
from ...files.packaged import packaged, packaged_text
from ...files.records import decode
from ...scripting.spelling import closest_name
from .evaluation_overlap import Index, Overlap
from .shingles import Offsets

#: The names of the sets, in the order of the file of samples.
KNOWN_SETS = ("m-arena-hard", "omgeval", "alpaca-eval", "ja-vicuna-qa")

Samples: TypeAlias = Mapping[str, npt.NDArray[np.unsignedinteger]]
"""Arrays by name, as they are stored: of each prompt the number of its set (`owners`), the words of an n-gram (`sizes`)
and how many n-grams are kept (`counts`); of each n-gram, prompt by prompt, `places` and `hashes`; of whole prompts
`wholes` and `whole_owners`."""

# N-grams that are kept of a prompt, in so many stretches, and words from one to the next.
_KEPT, _STRETCHES, _STEP = 32, 4, 2
_FARTHEST = 1 << 16


@dataclass(frozen=True)
class KnownSet:
    """What is known of a set.

    Attributes:
        source: where the prompts were read.
        revision: the commit.
        licence: as the source states it.
        prompts: how many, over all languages.
        languages: their tags.
        note: what a reader must know; empty for nothing.
    """

    source: str
    revision: str
    licence: str
    prompts: int
    languages: tuple[str, ...]
    note: str = ""


@cache
def known_sets() -> dict[str, KnownSet]:
    """The sets by name, in the order of KNOWN_SETS.

    Returns:
        What polypref/data/evaluation/known_sets.toml says of each.
    """
    given = tomllib.loads(packaged_text("evaluation", "known_sets.toml"))
    return {name: decode(KnownSet, one, f"known_sets.toml, [{name}]") for name, one in given.items()}


def check_known(names: Collection[str]) -> None:
    """Sees that sets are known.

    Args:
        names: their names.

    Raises:
        UserError: one is not.
    """
    for name in names:
        if name not in KNOWN_SETS:
            meant = closest_name(name, KNOWN_SETS)
            raise UserError(
                f"Prompts(known_sets=): {name[:60]!r} is no evaluation set whose samples come with polypref "
                f"({', '.join(KNOWN_SETS)}); "
                + (f"did you mean {meant!r}?" if meant else "give its prompts as checks.EvaluationPrompts(...)")
            )


def known_index(names: Collection[str], settings: Overlap | None = None) -> Index:
    """The index of known sets.

    Args:
        names: of KNOWN_SETS.
        settings: of them `share` counts; how the n-grams are cut is as they were stored.

    Returns:
        the index; one without prompts for no names.

    Raises:
        UserError: a name that is not known.
    """
    check_known(names)
    index = _index_of(tuple(name for name in KNOWN_SETS if name in names))
    return index if settings is None else replace(index, settings=replace(index.settings, share=settings.share))


@cache
def _index_of(names: tuple[str, ...]) -> Index:
    data = packaged("evaluation", "known_sets.npz").read_bytes()
    with np.load(io.BytesIO(data), allow_pickle=False) as stored:
        samples = {name: stored[name] for name in stored.files}
    return index_of_samples(samples, KNOWN_SETS, names)


def samples_of(index: Index) -> dict[str, npt.NDArray[np.unsignedinteger]]:
    """A sample of an index.

    Args:
        index: of whole prompts, from `Index.of`.

    Returns:
        the arrays, as small as they are stored.
    """
    near = index.places < _FARTHEST
    order = np.lexsort((index.places[near], index.prompts[near]))
    prompts, places, hashes = (of[near][order] for of in (index.prompts, index.places, index.hashes))
    counts = np.bincount(prompts, minlength=len(index.owners))
    begins = np.concatenate([[0], np.cumsum(counts)[:-1]])
    kept = np.concatenate([begin + _sample(count) for begin, count in zip(begins, counts, strict=True)])
    return {
        "owners": index.owners.astype(np.uint8),
        "sizes": index.sizes.astype(np.uint8),
        "counts": np.bincount(prompts[kept], minlength=len(index.owners)).astype(np.uint8),
        "places": places[kept].astype(np.uint16),
        "hashes": hashes[kept],
        "wholes": index.wholes,
        "whole_owners": index.whole_owners.astype(np.uint8),
    }


def _sample(count: int) -> Offsets:
    """Which of so many n-grams of a prompt are kept: all, or stretches that begin at equal distances."""
    if count <= _KEPT:
        return np.arange(count)
    width = _KEPT // _STRETCHES * _STEP
    if count <= _STRETCHES * width:
        return np.linspace(0, count - 1, _KEPT).astype(np.int64)
    begins = np.linspace(0, count - width, _STRETCHES).astype(np.int64)
    return np.concatenate([begin + np.arange(0, width, _STEP) for begin in begins])


def index_of_samples(samples: Samples, names: Collection[str], wanted: Collection[str]) -> Index:
    """An index that holds samples of prompts.

    Args:
        samples: as `samples_of` gives them.
        names: the sets, by number.
        wanted: the sets that are to be in the index.

    Returns:
        the index; of a prompt those words count that lie in an n-gram of the sample.
    """
    numbers = [number for number, name in enumerate(names) if name in wanted]
    in_index = np.isin(samples["owners"], numbers)
    of_gram = np.repeat(in_index, samples["counts"])
    counts = samples["counts"][in_index].astype(np.int64)
    sizes = samples["sizes"][in_index].astype(np.int64)
    prompts = np.repeat(np.arange(len(counts)), counts)
    places, hashes = samples["places"][of_gram].astype(np.int64), samples["hashes"][of_gram]
    ends = np.zeros(len(counts), np.int64)
    np.maximum.at(ends, prompts, places + sizes[prompts])
    begins = np.concatenate([np.zeros(1, np.int64), np.cumsum(ends)])
    edges = np.zeros(int(begins[-1]) + 1, np.int64)
    np.add.at(edges, begins[prompts] + places, 1)
    np.add.at(edges, begins[prompts] + places + sizes[prompts], -1)
    counted = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.cumsum(edges)[:-1] > 0, dtype=np.int64)])
    order = np.argsort(hashes, kind="stable")
    of_whole = np.isin(samples["whole_owners"], numbers)
    return Index(
        Overlap(),
        tuple(names),
        hashes[order].astype(np.uint64),
        prompts[order],
        places[order],
        samples["owners"][in_index].astype(np.int64),
        counted[begins[1:]] - counted[begins[:-1]],
        sizes,
        counted,
        begins[:-1],
        samples["wholes"][of_whole].astype(np.uint64),
        samples["whole_owners"][of_whole].astype(np.int64),
    )
