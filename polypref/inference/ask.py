"""Asking until nothing is left to ask: in passes, as some questions can only be put when others are answered."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count

from ..console import progress
from ..errors import UserError
from . import Backend, Failure, Known, Request, Served, backend_traits
from .log import ResponseLog

Pages = Callable[[Known], Iterable[Sequence[Request]]]
"""All that can be asked now, in pages small enough for memory, given what is known."""
#: Passes after which nobody waits for an end any more, as each may be paid for. The deepest chain of polypref's own
#: (a prompt translated, answered, its answer tried again) takes fewer than ten.
MOST_PASSES = 100


def ask_all(
    name: str,
    models: Sequence[Served],
    pages: Pages,
    log: ResponseLog,
    *,
    again: bool = False,
    quiet: bool = False,
    serving: Callable[[Backend], Backend] = lambda backend: backend,
    asker: str = "",
) -> None:
    """Asks model by model, pass by pass, until a pass has nothing new to ask. Everything goes through the log.

    Args:
        name: what the progress bar is called.
        models: who is asked, in this order.
        pages: gives the requests, anew for every pass.
        log: where answers go at once.
        again: ask once more for what failed before.
        quiet: show no progress.
        serving: who answers in a backend's place.
        asker: whose requests they are, for a sentence; empty: the stage.

    Raises:
        UserError: a backend cannot go on, or there is something new to ask after `MOST_PASSES` passes; what was
            answered is kept.
    """
    tried: set[str] = set()
    for number in count():
        wanted = {served.model: 0 for served in models}
        for request in _wanted(pages, log, again, tried):
            wanted[request.model] += 1
        if not any(wanted.values()):
            return
        if number == MOST_PASSES:
            raise UserError(
                f"{asker or f'stage {name!r}'} still asks something new after {MOST_PASSES} passes over all prompts, "
                "each with the answers of those before it; see that it comes to an end. What was answered is kept: "
                "where so many are meant, the same command goes on"
            )
        for served in models:
            if wanted[served.model]:
                label = f"{name} {served.model.name.rsplit('/', 1)[-1]}"
                with progress.stage(label, wanted[served.model], "answers", quiet) as advance:
                    mine = (r for r in _wanted(pages, log, again, tried) if r.model == served.model)
                    for request, result in log.ask(serving(served.backend), mine, again, served):
                        if isinstance(result, Failure):
                            tried.add(request.key)
                        advance(1)
                if not quiet:
                    _say_usage(served)


def _say_usage(served: Served) -> None:
    traits = backend_traits(served.backend)
    if usage := traits.usage:
        tokens_so_far = f"{usage.prompt_tokens:,} + {usage.completion_tokens:,} tokens"
        price = "" if traits.cost is None else f", cost {traits.cost:,.2f}"
        lacking = f"; {usage.uncounted:,} answers came without a count" if usage.uncounted else ""
        print(f"{'':10} {tokens_so_far} through this server so far{price}{lacking}", file=sys.stderr)


def _wanted(pages: Pages, log: ResponseLog, again: bool, tried: set[str]) -> Iterator[Request]:
    """What is not known yet, or failed and shall be tried again; every request once."""
    seen: set[bytes] = set()
    for requests in pages(log.get_many):
        for request, result in zip(requests, log.get_many(requests), strict=True):
            if result is None or (again and isinstance(result, Failure) and request.key not in tried):
                # Half a digest is enough to tell requests apart, and half the memory.
                digest = bytes.fromhex(request.key[:32])
                if digest not in seen:
                    seen.add(digest)
                    yield request
