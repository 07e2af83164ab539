"""One model of this process in memory at a time, whichever backend holds it: two do not fit on a GPU."""

import gc
import sys
from typing import Protocol


class Holder(Protocol):
    """A backend that keeps the model it loaded last."""

    def let_go(self) -> None:
        """Forgets that model; it is loaded anew when it is asked again."""
        ...


_holders: list[Holder] = []


def make_room(holder: Holder) -> None:
    """Has the backend that holds a model let it go, before another is loaded.

    Args:
        holder: the backend that loads one now.
    """
    while _holders:
        _holders.pop().let_go()
    # What torch freed it still keeps for itself; an engine that starts beside it counts that as taken.
    gc.collect()
    if torch := sys.modules.get("torch"):
        torch.cuda.empty_cache()
    _holders.append(holder)
