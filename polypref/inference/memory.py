"""Memory for the models of this process: one at a time, whichever backend holds it, and batches that fit."""

import gc
import sys
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import Protocol

from . import Failure, Request, Result

Encoded = tuple[Request, list[int]]
"""A request and its tokens."""


class Holder(Protocol):
    """A backend that keeps the model it loaded last."""

    def let_go(self) -> None:
        """Forgets that model; it is loaded anew when it is asked again."""
        ...


_holders: list[Holder] = []


def make_room(holder: Holder) -> None:
    """Has the backend that holds a model let it go, before another is loaded: two do not fit on a GPU.

    Args:
        holder: the backend that loads one now.
    """
    while _holders:
        _holders.pop().let_go()
    # torch keeps what was freed in a cache of its own; an engine that starts in this process counts that as taken.
    gc.collect()
    if torch := sys.modules.get("torch"):
        torch.cuda.empty_cache()
    _holders.append(holder)


def work_in_halves(
    torch: ModuleType, work: Callable[[Sequence[Encoded]], Sequence[Result]], batch: Sequence[Encoded]
) -> Iterator[tuple[Request, Result]]:
    """Works on a batch, and on its halves where memory runs out.

    Args:
        torch: the library.
        work: gives the result of each request of a batch, in order.
        batch: at least one request.

    Yields:
        Each request with its result; one that does not fit by itself fails with `out_of_memory`.
    """
    try:
        results = work(batch)
    except torch.OutOfMemoryError:
        results = None
    if results is not None:
        yield from zip((request for request, _ in batch), results, strict=True)
    elif len(batch) == 1:
        yield batch[0][0], Failure("out_of_memory", f"{len(batch[0][1])} tokens")
    else:
        # torch's cache holds what the whole batch took in pieces that its halves cannot use.
        torch.cuda.empty_cache()
        yield from work_in_halves(torch, work, batch[: len(batch) // 2])
        yield from work_in_halves(torch, work, batch[len(batch) // 2 :])
