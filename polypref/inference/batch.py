"""Requests asked in batches: for half the price, within a day, from servers that take OpenAI's batch files.

Batches live longer than processes. What was submitted is written down beside the response log (`batch_store`), so the
same command goes on where a killed one was: it waits for the batches that are out and asks nothing of them again. What
a batch did not answer is asked again by itself, a few times; what came goes into the response log as from any other
backend. In a folder in place of a server the files are left for somebody else to have answered (`vllm run-batch`).
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import UserError
from ..scripting.bounds import AtLeastZero
from ..scripting.declared import check_fields
from . import Request, Result, Usage
from .batch_http import Connection, HttpService
from .batch_run import BatchRun, Limits
from .batch_service import BatchService, FolderService
from .batch_store import BatchStore
from .keys import api_key, without_keys
from .prices import Prices
from .servers import served_names, server_at

_ABOVE_ZERO = ("most_requests", "most_bytes", "most_open", "attempts", "longest_poll", "timeout", "max_answer_bytes")


@dataclass(frozen=True)
class Batches:
    """A server that takes batches, or a folder in which batches are files.

    Attributes:
        to: base address of a server, as `https://api.openai.com/v1`, or a folder.
        keep: where batches are written down while a server has them; left out, beside the response log.
        most_requests, most_bytes: of a file; the defaults are OpenAI's limits.
        most_open: batches that are out at once.
        attempts: how often a request is asked before it is a failure, where it may be to blame itself.
        poll, longest_poll: seconds between two looks at the batches: the first, and the most, as a wait grows by half
            with each look that finds nothing new.
        window: within which the server is to answer, in its words.
        timeout, patience, backoff: as in `OpenAI`, for calls about files and batches.
        max_answer_bytes: bytes of a line of results.
        tokens_field: what the server calls max_tokens; `max_completion_tokens` for OpenAI's models that reason.
        served_as, key_env, proxy_from_environment: as in `OpenAI`.
        price_in, price_out, price_cached: as in `OpenAI`, as they are without the discount.
        discount: the share of the price that asking in batches saves: 0.5 at OpenAI; nothing is assumed.
        usage: what was sent so far.

    Raises:
        UserError: an address or number that cannot be.
    """

    to: str
    keep: str = ""
    most_requests: int = 50_000
    most_bytes: int = 200_000_000
    most_open: int = 20
    attempts: int = 3
    poll: float = 10.0
    longest_poll: float = 300.0
    window: str = "24h"
    timeout: float = 600.0
    patience: float = 3_600.0
    backoff: float = 1.0
    max_answer_bytes: int = 8 << 20
    tokens_field: str = "max_tokens"
    served_as: Mapping[str, str] = field(default_factory=dict, hash=False)
    key_env: str = "OPENAI_API_KEY"
    proxy_from_environment: bool = False
    price_in: AtLeastZero | None = None
    price_out: AtLeastZero | None = None
    price_cached: AtLeastZero | None = None
    discount: float = 0.0
    usage: Usage = field(default_factory=Usage, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "served_as", served_names(self.served_as))
        check_fields(self)
        if self.is_server:
            if "," in self.to:
                raise UserError("batches go to one server, not to several joined by commas; give one address")
            server_at(self.to, 1)
        elif "://" in self.to or not self.to.strip():
            raise UserError(
                "batches go to the address of a server (http://, https://) or into a folder, not "
                f"{without_keys(self.to)!r:.80}"
            )
        for name in _ABOVE_ZERO:
            if getattr(self, name) <= 0:
                raise UserError(f"{name} is {getattr(self, name)}; it must be above 0")
        if not 0 <= self.discount <= 1 or min(self.poll, self.patience, self.backoff) < 0:
            raise UserError("batches have a discount from 0 to 1, and poll, patience and backoff of at least 0")

    @property
    def is_server(self) -> bool:
        """Whether batches go to a server."""
        return self.to.lower().startswith(("http://", "https://"))

    kind = "batch"
    gpus = 0
    #: They are asked from this process alone, also where models are in actors of a cluster.
    here = True

    @property
    def cost(self) -> float | None:
        """Price of all tokens so far; None without both prices."""
        prices = Prices(self.price_in, self.price_out, self.price_cached, self.discount)
        return prices.price_of(self.usage.prompt_tokens, self.usage.completion_tokens, self.usage.cached_tokens)

    def beside(self, log: Path) -> "Batches":
        """The same, with its batches written down beside a response log.

        Args:
            log: the log's file.

        Returns:
            The backend; itself where it says where they are written down.
        """
        if self.keep or not self.is_server:
            return self
        return replace(self, keep=str(log.with_name(f"{log.name}.batches")))

    def run(self, requests: Iterable[Request]) -> Iterator[tuple[Request, Result]]:
        """Yields every request with its result, when its batch has ended; see the head of this file.

        Args:
            requests: conversations to answer.

        Yields:
            (request, result), each request once.

        Raises:
            UserError: the server refuses, or is of no use for `patience` seconds, or a batch was cancelled; or batches
                are files, which are to be answered now. What was answered until then has been yielded before.
        """
        if self.is_server and not self.keep:
            raise UserError("batches are written down beside a response log, or in the folder that keep= names")
        store = BatchStore(Path(self.keep if self.is_server else self.to))
        run = BatchRun(self._limits, store, self._service(store.folder), self.usage)
        try:
            yield from run.results(iter(requests))
        finally:
            run.close()
            store.close()

    @property
    def _limits(self) -> Limits:
        return Limits(
            self.most_requests,
            self.most_bytes,
            # Nothing comes of a file before all are written: whoever has them answered does not wait for more.
            self.most_open if self.is_server else sys.maxsize,
            self.attempts,
            self.poll,
            self.longest_poll,
            self.max_answer_bytes,
            self.tokens_field,
            self.served_as,
        )

    def _service(self, folder: Path) -> BatchService:
        if not self.is_server:
            return FolderService(folder)
        url = server_at(self.to, 1).chat_url.removesuffix("/chat/completions")
        most = self.most_requests * self.max_answer_bytes
        key = api_key(self.key_env)
        return HttpService(
            Connection(
                url, key, self.timeout, self.patience, self.backoff, self.proxy_from_environment, self.window, most
            )
        )
