"""Stages that ask models: what they ask, who answers, and how the response log comes between.

A stage says what it would ask of a bucket, given what is known already, and what comes of the answers; both are pure.
`ask` puts what is not known to the models, in passes, until a pass has nothing new to ask: a translation of an answer
can only be asked for when the answer is there. Everything goes through the log, so what was answered once is never
asked again, and `collect` gives the same tables from the same log.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar, Protocol

import pyarrow as pa

from .. import progress, schema
from ..inference import Failure, Known, Reply, Request, Served
from ..inference.log import ResponseLog
from .pool import Bucket


class Asking(Protocol):
    """What a stage that asks models is; a frozen dataclass of settings."""

    version: ClassVar[int]

    @property
    def models(self) -> tuple[Served, ...]:
        """Whom it asks, in the order in which they are asked."""
        ...

    def requests(self, bucket: Bucket, known: Known) -> Iterator[Request]:
        """Yields all that can be asked now, what is answered already included."""
        ...

    def collect(self, bucket: Bucket, known: Known) -> dict[str, pa.Table]:
        """Returns tables by name; `rejected` (schema.REJECTED) has a row for everything that did not come out."""
        ...


class AskingRater(Asking, Protocol):
    """A rater that asks models.

    Attributes:
        caution: a sentence for the card.
        table: `ratings` or `verdicts`, what it makes.

    """

    caution: ClassVar[str]
    table: ClassVar[str]

    @property
    def name(self) -> str:
        """The rater's name."""
        ...


Buckets = Callable[[], Iterable[Bucket]]


def ask(
    name: str, stage: Asking, buckets: Buckets, log: ResponseLog, *, again: bool = False, quiet: bool = False
) -> None:
    """Asks until nothing is left to ask.

    Args:
        name: what the progress bar is called.
        stage: who asks.
        buckets: gives the buckets, anew for every pass.
        log: where answers go at once.
        again: ask once more for what failed before.
        quiet: show no progress.

    Raises:
        UserError: a backend cannot go on; what was answered is kept.

    """
    tried: set[str] = set()
    while True:
        wanted = {served.model: 0 for served in stage.models}
        for request in _wanted(stage, buckets, log, again, tried):
            wanted[request.model] += 1
        if not any(wanted.values()):
            return
        for served in stage.models:
            if wanted[served.model]:
                label = f"{name} {served.model.name.rsplit('/', 1)[-1]}"
                with progress.stage(label, wanted[served.model], "answers", quiet) as advance:
                    mine = (r for r in _wanted(stage, buckets, log, again, tried) if r.model == served.model)
                    for request, result in log.ask(served.backend, mine, again):
                        if isinstance(result, Failure):
                            tried.add(request.key)
                        advance(1)


def _wanted(stage: Asking, buckets: Buckets, log: ResponseLog, again: bool, tried: set[str]) -> Iterator[Request]:
    """What is not known yet, or failed and shall be tried again; every request once."""
    seen: set[bytes] = set()
    for bucket in buckets():
        requests = list(stage.requests(bucket, log.get_many))
        for request, result in zip(requests, log.get_many(requests), strict=True):
            if result is None or (again and isinstance(result, Failure) and request.key not in tried):
                # Half a digest is enough to tell requests apart, and half the memory.
                digest = bytes.fromhex(request.key[:32])
                if digest not in seen:
                    seen.add(digest)
                    yield request


def digest(stage: Asking, buckets: Buckets, log: ResponseLog) -> str:
    """Stands for all that the log knows of what a stage asks: the same answers, the same digits."""
    total = hashlib.sha256()
    for bucket in buckets():
        requests = list(stage.requests(bucket, log.get_many))
        for request, result in zip(requests, log.get_many(requests), strict=True):
            total.update(request.key.encode())
            total.update(json.dumps(result and asdict(result), sort_keys=True).encode("utf-8", "surrogatepass"))
    return total.hexdigest()[:16]


def collected(stage: Asking, bucket: Bucket, log: Path) -> dict[str, pa.Table]:
    """What comes of the answers to one bucket's requests."""
    with ResponseLog(log) if log.exists() else nullcontext(None) as known:
        return stage.collect(bucket, known.get_many if known else nothing)


def nothing(requests: Sequence[Request]) -> list[Reply | Failure | None]:
    """A log that knows nothing."""
    return [None] * len(requests)


def rejections(rows: Iterable[tuple[str, str, str, str]]) -> pa.Table:
    """A table of (language, where, reason, detail)."""
    names = ("language", "where", "reason", "detail")
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows], schema.REJECTED)


def drawn(seed: int, *parts: Any) -> int:
    """A number that stands for a seed and ids: the same everywhere, without order."""
    return int(hashlib.md5(json.dumps([seed, *parts], ensure_ascii=False).encode()).hexdigest(), 16)
