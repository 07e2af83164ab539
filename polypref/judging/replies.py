"""Asks a judge until each reply can be used, and says what came of every item."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from ..inference import REHEARSED, Failure, Known, Reply, Request
from ..inference.protocol import detail
from .prompts import Query
from .verdicts import Unusable

Item = TypeVar("Item")

Value = TypeVar("Value")
#: What a reply looks like before it comes to its verdict.
_UNFINISHED = frozenset({"judge_unparsable", "judge_in_thought"})


def ask_items(
    items: Sequence[Item],
    attempts: int,
    form: Callable[[Item, int], Query],
    read: Callable[[Item, Query, Reply], Value],
    known: Known,
) -> Iterator[tuple[int, Request, Value | Failure | None]]:
    """Yields all requests that can be formed now, and what came of each: None for what nobody answered yet.

    A reply that cannot be used is asked for again, in another form, up to `attempts` times; the last outcome that is
    yielded for an item is the one that counts.

    Args:
        items: what is to be judged.
        attempts: how often at most.
        form: what is asked about an item in an attempt.
        read: what a reply says; raises Unusable.
        known: the response log.

    Yields:
        The item's position, its request, and the value, or the failure, or None.
    """
    open_ = list(range(len(items)))
    for attempt in range(attempts):
        queries = [form(items[at], attempt) for at in open_]
        again = []
        results = known([query.request for query in queries])
        for at, sent, result in zip(open_, queries, results, strict=True):
            outcome: Value | Failure | None
            if isinstance(result, Reply):
                try:
                    outcome = read(items[at], sent, result)
                except Unusable as error:
                    cut = error.reason in _UNFINISHED and result.finish_reason == "length"
                    outcome = Failure("judge_cut_off" if cut else error.reason, detail(error.detail or result.text))
                    if result.finish_reason != REHEARSED:
                        again.append(at)
            else:
                outcome = result
            yield at, sent.request, outcome
        open_ = again


def outcomes(attempts: Iterable[tuple[int, Request, Value | Failure | None]]) -> list[Value | Failure]:
    """The outcome that counts of every item.

    Args:
        attempts: what `ask_items` yields.

    Returns:
        The last outcome of each item, in the items' order; what nobody answered is a failure, `unanswered`.
    """
    last: dict[int, Value | Failure] = {}
    for at, _, outcome in attempts:
        last[at] = Failure("unanswered") if outcome is None else outcome
    return [last[at] for at in sorted(last)]
