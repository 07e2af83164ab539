"""Stages that ask models: what they ask, who answers, and how the response log comes between.

A stage says what it would ask of a bucket, given what is known already, and what comes of the answers; both are pure.
`ask` puts what is not known to the models, in passes, until a pass has nothing new to ask: a translation of an answer
can only be asked for when the answer is there. Everything goes through the log, so what was answered once is never
asked again, and `collect` gives the same tables from the same log.
"""

import hashlib
import json
import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa

from .. import schema
from ..inference import REHEARSED, Backend, Known, Reply, Request, Result, Served
from ..inference.ask import ask_all
from ..inference.log import ResponseLog
from ..inference.prefixes import cached_of, prompt_text, shared_beginning
from ..scripting.own_code import is_own
from .contract import Asking
from .own_asking import check_steady, requests_of, tables_of
from .pool import Bucket

Buckets = Callable[[], Iterable[Bucket]]


def ask_models(
    name: str,
    stage: Asking,
    buckets: Buckets,
    log: ResponseLog,
    *,
    again: bool = False,
    quiet: bool = False,
    serving: Callable[[Backend], Backend] = lambda backend: backend,
) -> None:
    """Asks all that a stage wants to know of the buckets, which are given anew for every pass.

    Args:
        name: what the progress bar is called.
        stage: what asks.
        buckets: gives them, one after the other.
        log: where answers go at once.
        again: ask once more for what failed before.
        quiet: show no progress.
        serving: who answers in a backend's place.

    Raises:
        UserError: a backend cannot go on, or the stage's own code raised; what was answered is kept. Or what somebody's
            own stage asks hangs on more than the bucket and the answers; then nothing was asked.
    """
    own = is_own(stage)
    if own:
        check_steady(stage, buckets(), log.get_many)

    def pages(known: Known) -> Iterator[list[Request]]:
        for bucket in buckets():
            yield list(requests_of(stage, bucket, known))

    asker = f"{type(stage).__name__}.requests()" if own else ""
    ask_all(name, stage.models, pages, log, again=again, quiet=quiet, serving=serving, asker=asker)


def digest(stage: Asking, buckets: Buckets, log: ResponseLog) -> str:
    """Stands for all that the log knows of what a stage asks: the same answers, the same digits.

    Args:
        stage: what asks.
        buckets: gives what it asks about.
        log: where the answers are; what is missing there counts as missing.

    Returns:
        16 hexadecimal digits.
    """
    total = hashlib.sha256()
    for bucket in buckets():
        requests = list(requests_of(stage, bucket, log.get_many))
        for request, result in zip(requests, log.get_many(requests), strict=True):
            total.update(request.key.encode())
            total.update(json.dumps(_content(result), sort_keys=True).encode("utf-8", "surrogatepass"))
    return total.hexdigest()[:16]


def _content(result: Result | None) -> dict[str, object] | None:
    content = asdict(result) if result else None
    if content:
        # By which name a model was served changes nothing of what it said.
        content.pop("served", None)
        content.pop("thinking", None)
    return content


@dataclass(frozen=True)
class Logged:
    """The answers in a response log; it may be sent to a worker, and is opened there."""

    path: Path

    @contextmanager
    def known(self) -> Iterator[Known]:
        """Opens the log for as long as the block runs.

        Yields:
            what is known of requests; nothing where there is no log yet.
        """
        with ResponseLog(self.path) if self.path.exists() else nullcontext() as log:
            yield log.get_many if log else _nothing


def collected(stage: Asking, bucket: Bucket, answers: "Logged | Rehearsal") -> dict[str, pa.Table]:
    """What comes of the answers to one bucket's requests.

    Args:
        stage: what asked.
        bucket: what it asked about.
        answers: the response log, or a rehearsal's made-up answers.

    Returns:
        tables by name, in the forms of schema.py; `rejected` is always among them.

    Raises:
        UserError: the stage's own code raised, or what it returned are not such tables.
    """
    with answers.known() as known:
        return tables_of(stage, bucket, known)


def _nothing(requests: Sequence[Request]) -> list[Result | None]:
    return [None] * len(requests)


#: What an answer is reckoned to take before there is one, in tokens.
ASSUMED_TOKENS = 400
# Requests to a model whose beginnings it is taken to remember: kinds of requests take turns.
_REMEMBERED = 4
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")


def tokens(text: str) -> int:
    """About how many tokens a text has: a quarter of its ASCII, all of its CJK, half of its other characters.

    Args:
        text: any text.

    Returns:
        tokens, at least 1.

    Example:
        >>> tokens("twelve chars"), tokens("\u65e5\u672c\u8a9e")
        (4, 4)
    """
    ascii_only = len(text.encode("ascii", "ignore"))
    dense = len(_CJK.findall(text)) if ascii_only < len(text) else 0
    return ascii_only // 4 + dense + (len(text) - ascii_only - dense) // 2 + 1


class Rehearsal:
    """A log that makes answers up, to count what a build would ask without asking anything.

    Attributes:
        counts: (stage, model) -> requests, those answered already, prompt tokens, those of them that a server has read
            with one of the requests before (`cached_tokens`), and completion tokens, all about.
    """

    def __init__(self, log: ResponseLog | None) -> None:
        self.log = log
        self.counts: dict[tuple[str, Served], Counter[str]] = {}

    def get_many(self, requests: Sequence[Request]) -> list[Result | None]:
        """What the true log knows, and made-up answers for the rest; a translator takes such a one for its text.

        Args:
            requests: what is asked.

        Returns:
            a result for each request, in their order; none is None.
        """
        known = self.log.get_many(requests) if self.log else _nothing(requests)
        return [result or _made_up(request) for request, result in zip(requests, known, strict=True)]

    @contextmanager
    def known(self) -> Iterator[Known]:
        """As `Logged.known`, but every request has an answer.

        Yields:
            `get_many`.
        """
        yield self.get_many

    def count(self, name: str, stage: Asking, buckets: Buckets) -> None:
        """Adds what a stage would ask to `counts`, every request once.

        Args:
            name: the stage's name, by which it is counted.
            stage: what asks.
            buckets: gives what it asks about.
        """
        by_model = {served.model: served for served in stage.models}
        seen: set[str] = set()
        before: dict[Served, deque[str]] = {}
        for bucket in buckets():
            fresh = {r.key: r for r in requests_of(stage, bucket, self.get_many) if r.key not in seen}
            seen |= fresh.keys()
            requests = list(fresh.values())
            known = self.log.get_many(requests) if self.log else _nothing(requests)
            for request, result in zip(requests, known, strict=True):
                served = by_model[request.model]
                counts = self.counts.setdefault((name, served), Counter())
                counts["requests"] += 1
                counts["answered"] += isinstance(result, Reply)
                if not isinstance(result, Reply):
                    asked = sum(tokens(content) for _, content in request.messages)
                    # A translation is about as long as what it translates.
                    given = min(asked if name == "translate" else ASSUMED_TOKENS, request.sampling.max_tokens)
                    text, last = prompt_text(request), before.setdefault(served, deque(maxlen=_REMEMBERED))
                    shared = max((shared_beginning(one, text) for one in last), key=len, default="")
                    last.append(text)
                    counts["prompt_tokens"] += asked
                    counts["cached_tokens"] += min(asked, cached_of(tokens(shared)))
                    counts["completion_tokens"] += {"chat": given, "letter": 1}.get(request.kind, 0)


def _made_up(request: Request) -> Reply:
    return Reply(f"{request.key[:12]} " + "word " * ASSUMED_TOKENS, REHEARSED, score=0.0)


def rejections(rows: Iterable[tuple[str, str, str, str]]) -> pa.Table:
    """What a stage left out, as a table.

    Args:
        rows: (language, where, reason, detail); `where` is an id, detail may be empty.

    Returns:
        a table with schema.REJECTED.
    """
    names = ("language", "where", "reason", "detail")
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows], schema.REJECTED)


def drawn(seed: int, *parts: str | int) -> int:
    """A number that stands for a seed and ids: the same everywhere, in no order.

    Args:
        seed: of the draw.
        *parts: what the draw is for, and the ids it is made for.

    Returns:
        an even draw from 0 to 2**128 - 1.
    """
    return int(schema.make_id(seed, *parts), 16)
