"""Servers that speak OpenAI's protocol: vLLM's, TGI, llama.cpp, transformers serve, OpenAI, Cohere, OpenRouter.

One event loop in a thread of its own keeps the servers busy while the caller works on what came; the caller's thread
reads the requests, so they may come from a database or a generator.
"""

import asyncio
import queue
import random
import threading
import time
from collections import deque
from collections.abc import Awaitable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ..console.redaction import redact_text
from ..errors import UserError
from ..scripting.bounds import AtLeastZero, Count, OverZero
from ..scripting.declared import check_fields
from . import Failure, Reply, Request, Result, Usage, protocol
from .bodies import read_body
from .keys import api_key
from .prices import Prices
from .protocol import Verdict
from .servers import (
    Effort,
    Sent,
    Server,
    choose_server,
    hopeless,
    ignores_schema,
    made_plainer,
    of_letters,
    remember_prompt,
    served_names,
    server_at,
)
from .tool_calls import NOT_OFFERED

if TYPE_CHECKING:
    import aiohttp

# A server whose every answer is a failure is broken; rows that fail one by one among good ones are to blame themselves.
_IN_VAIN = 20
_BLAMES_SERVER = frozenset(
    {"server_error", "timeout", "bad_reply", "bad_request", "no_system_role", "rate_limited", "too_large"}
)
_LONGEST_BACKOFF = 30.0
#: How many times the requests that may be on their way at once keep servers busy.
_PAGES = 8
# When the run must stop, what is being answered (and paid for) gets this long to arrive.
_LAST_CHANCE = 30.0


@dataclass(frozen=True)
class OpenAI:
    """Servers that speak OpenAI's protocol, side by side: the one with the most room gets the next request.

    Score requests go to vLLM's /classify (a server started with `--runner pooling --convert classify`). vLLM's chat
    server draws with the model's own generation_config (top_k, repetition penalty) where a request does not say
    otherwise; start it with `--generation-config vllm` so that what a row records is all there was.

    Attributes:
        urls: base addresses, as `http://localhost:8000/v1`; all must serve the models asked for.
        concurrency: requests on their way at once, over all servers; fewer while servers say that they are busy.
        timeout: seconds for one answer, from the question to its last byte.
        max_answer_bytes: bytes that an answer may have, after unpacking; a longer one is a failure, `too_large`. The
            default holds 128,000 tokens more than ten times over.
        attempts: how often a request is tried before it is a failure, where it may be to blame itself.
        patience: seconds without one good answer from any server, all being busy or away, until the run stops.
        backoff: seconds before the second try, doubled with each further one, with jitter.
        served_as: name of a model -> the name by which these servers serve it, where the two differ by more than an
            owner, a date or a revision: a quantisation, say, or a deployment with a name of its own.
        key_env: environment variable that holds the API key; sent as bearer token if it is set.
        price_in, price_out: price of a million prompt and completion tokens; None: not known, never guessed.
        price_cached: of a million prompt tokens that the server has read before; None: as others.
        proxy_from_environment: whether HTTPS_PROXY and the like are used.
        usage: what was sent so far.

    Raises:
        UserError: an address or number that cannot be.
    """

    urls: tuple[str, ...]
    concurrency: Count = 64
    timeout: OverZero = 600.0
    max_answer_bytes: Count = 8 << 20
    attempts: Count = 5
    patience: AtLeastZero = 300.0
    backoff: AtLeastZero = 0.5
    key_env: str = "OPENAI_API_KEY"
    price_in: AtLeastZero | None = None
    price_out: AtLeastZero | None = None
    price_cached: AtLeastZero | None = None
    proxy_from_environment: bool = False
    served_as: Mapping[str, str] = field(default_factory=dict, hash=False)
    usage: Usage = field(default_factory=Usage, compare=False, repr=False)

    def __post_init__(self) -> None:
        if isinstance(self.urls, str):
            object.__setattr__(self, "urls", (self.urls,))
        if not self.urls:
            raise UserError("no server's address is given; give one such as http://localhost:8000/v1")
        for url in self.urls:
            server_at(url, 1)
        object.__setattr__(self, "served_as", served_names(self.served_as))
        check_fields(self)

    @property
    def at_once(self) -> int:
        """Requests on their way at once; see `BackendTraits`."""
        return self.concurrency

    @property
    def page(self) -> int:
        """Requests enough to keep the servers busy; see `BackendTraits`."""
        return _PAGES * self.concurrency

    def shared(self, actors: int) -> "OpenAI":
        """The backend of one of so many actors, which together send no more requests at once than this one would.

        Args:
            actors: how many there are; at most `concurrency`.

        Returns:
            The same servers with a share of `concurrency`, and a count of usage of its own.
        """
        return replace(self, concurrency=self.concurrency // actors, usage=Usage())

    @property
    def cost(self) -> float | None:
        """Price of all tokens so far, those of unusable answers included; None without both prices."""
        prices = Prices(self.price_in, self.price_out, self.price_cached)
        return prices.price_of(self.usage.prompt_tokens, self.usage.completion_tokens, self.usage.cached_tokens)

    def run(self, requests: Iterable[Request]) -> Iterator[tuple[Request, Result]]:
        """Yields every request with its result, as they come; reads no more than twice `concurrency` ahead.

        Args:
            requests: conversations to answer or to score.

        Yields:
            (request, result), each request once.

        Raises:
            UserError: a server refuses (key, model, address), answers as another model, or none has been of use for
                `patience` seconds; whatever was answered until then has been yielded before.
        """
        traffic = _Traffic(self)
        try:
            yield from traffic.results(iter(requests))
        finally:
            traffic.close()


class _Traffic:
    """One run: an event loop in a thread, requests in, results out.

    The caller's thread owns `open`; everything else belongs to the loop, but for `inbox`, `outbox` and `awake`, which
    both touch in single atomic steps.
    """

    def __init__(self, settings: OpenAI) -> None:
        self.settings = settings
        self.key = api_key(settings.key_env)
        self.servers = [server_at(url, settings.concurrency) for url in settings.urls]
        self.inbox: deque[Request] = deque()
        self.outbox: queue.SimpleQueue[list[tuple[Request, Result]] | None] = queue.SimpleQueue()
        self.done: list[tuple[Request, Result]] = []
        self.awake = self.closed = False
        self.error: BaseException | None = None
        self.tasks: set[asyncio.Task[None]] = set()
        self.waiting: set[asyncio.Task[None]] = set()
        self.waiters: deque[asyncio.Future[None]] = deque()
        self.efforts: set[Effort] = set()
        self.alarm = 0.0
        self.in_vain = 0
        self.thread: threading.Thread | None = None
        self.loop: asyncio.AbstractEventLoop
        self.finished: asyncio.Event
        self.session: aiohttp.ClientSession

    # The caller's side.

    def results(self, source: Iterator[Request]) -> Iterator[tuple[Request, Result]]:
        """Feeds the loop and yields what it gives back, until all is answered."""
        more, unanswered = True, 0
        while True:
            while more and unanswered < 2 * self.settings.concurrency and self.outbox.empty():
                request = next(source, None)
                if request is None:
                    more = False
                else:
                    unanswered += 1
                    self._send(request)
            if not unanswered:
                return
            batch = self.outbox.get()
            if batch is None:
                raise self.error or RuntimeError("the event loop ended before its work was done")
            unanswered -= len(batch)
            yield from batch

    def _send(self, request: Request) -> None:
        if self.thread is None:
            self._start_thread()
        self.inbox.append(request)
        if not self.awake:
            self.awake = True
            with suppress(RuntimeError):  # The loop has ended; its error waits in the outbox.
                self.loop.call_soon_threadsafe(self._start)

    def _start_thread(self) -> None:
        try:
            import aiohttp  # noqa: F401
        except ImportError:
            raise UserError("asking a server needs aiohttp; run: pip install aiohttp") from None
        ready = threading.Event()
        self.thread = threading.Thread(target=self._thread, args=(ready,), name="polypref-openai", daemon=True)
        self.thread.start()
        ready.wait()

    def close(self) -> None:
        """Leaves at once: whatever is still on its way is dropped."""
        self.closed = True
        if self.thread is not None and self.thread.is_alive():
            with suppress(RuntimeError, AttributeError):  # The loop has ended, or has not begun.
                self.loop.call_soon_threadsafe(self.finished.set)
            self.thread.join(timeout=5)

    # The loop's side.

    def _thread(self, ready: threading.Event) -> None:
        try:
            asyncio.run(self._main(ready))
        except Exception as error:
            self.error = self.error or error
        finally:
            ready.set()
            self.outbox.put(None)

    async def _main(self, ready: threading.Event) -> None:
        import aiohttp

        self.loop, self.finished = asyncio.get_running_loop(), asyncio.Event()
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {self.key}"} if self.key else {})
        timeout = aiohttp.ClientTimeout(total=self.settings.timeout, sock_connect=min(self.settings.timeout, 30))
        # uvicorn closes idle connections after 5 s; one closed as it is used again would look like a lost answer.
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=4)
        async with aiohttp.ClientSession(
            connector=connector, headers=headers, timeout=timeout, trust_env=self.settings.proxy_from_environment
        ) as session:
            self.session = session
            ready.set()
            if not self.closed:
                await self.finished.wait()
            for task in self.tasks:
                task.cancel()
            await asyncio.gather(*self.tasks, return_exceptions=True)
            self._flush()

    def _start(self) -> None:
        self.awake = False
        while self.inbox and len(self.tasks) < self.settings.concurrency and not (self.error or self.closed):
            task = self.loop.create_task(self._work(self.inbox.popleft()))
            self.tasks.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self.tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._stop(error)
        if self.error is not None and not self.tasks:
            self.finished.set()
        elif self.inbox:
            self._start()

    async def _work(self, request: Request) -> None:
        """Sees to one request after the other: with a task for each, the server would idle for a round of the loop."""
        while True:
            result = await self._answer(request)
            if result is not None:
                self._keep(request, result)
            if not self.inbox or self.error is not None or self.closed:
                return
            request = self.inbox.popleft()

    def _keep(self, request: Request, result: Result) -> None:
        self.done.append((request, result))
        if len(self.done) == 1:
            self.loop.call_soon(self._flush)
        self.in_vain = self.in_vain + 1 if isinstance(result, Failure) and result.reason in _BLAMES_SERVER else 0
        if self.in_vain >= _IN_VAIN and isinstance(result, Failure):
            problem = (
                f"{_IN_VAIN} requests in a row got no usable answer, the last one: {result.reason}, {result.detail}"
            )
            self._stop(UserError(f"{problem}; mend the server, then run the same command (what is answered is kept)"))

    def _flush(self) -> None:
        if self.done:
            self.outbox.put(self.done)
            self.done = []

    def _stop(self, error: BaseException) -> None:
        """Ends the run with an error, once what is on its way has come or had its last chance."""
        if self.error is None:
            self.error = error
            for task in self.waiting:
                task.cancel()
            self.loop.call_later(_LAST_CHANCE, self.finished.set)

    async def _answer(self, request: Request) -> Result | None:
        """Asks until there is a result; None when the run stops first."""
        effort = Effort()
        self.efforts.add(effort)
        try:
            return await self._tried(request, effort)
        finally:
            self.efforts.discard(effort)

    async def _tried(self, request: Request, effort: Effort) -> Result | None:
        while True:
            server = await self._admitted()
            sent = Sent(server.tokens_field, effort.in_prompt or server.schema_in_prompt, server.listed)
            try:
                verdict = await self._ask(server, request, sent)
            finally:
                server.active -= 1
                if self.waiters:
                    self._wake()
            effort.tried += 1
            result = self._outcome(request, server, sent, effort, verdict)
            if result is not None or self.error is not None:
                return result
            if verdict.kind in ("again", "busy"):
                await self._pause(request, effort.tried, verdict.wait)

    def _outcome(self, request: Request, server: Server, sent: Sent, effort: Effort, verdict: Verdict) -> Result | None:
        """What an attempt leads to: a result, or None when the request must be tried again (or the run stops)."""
        verdict = of_letters(server, request, sent, verdict)
        result = verdict.result
        if verdict.kind == "final":
            server.good(self.settings.concurrency, self.loop.time())
            if self.error is None and ignores_schema(server, request, sent, result):
                effort.in_prompt = True
                return None
            if sent.in_prompt and isinstance(result, Reply):
                remember_prompt(server, request)
            return result
        assert isinstance(result, Failure)
        if verdict.kind == "stop":
            self._stop(UserError(f"{server.url} {result.detail}"))
            return None
        if verdict.kind == "plainer":
            return None if made_plainer(request, server, sent, effort, result) else result
        if verdict.kind == "again":
            effort.failed.append(result)
            if result.reason == "timeout":
                server.cut()
            self._check_wait(server, verdict)
            return effort.blame() if len(effort.failed) >= self.settings.attempts and self.error is None else None
        now = self.loop.time()
        effort.busy_since = now if effort.busy_since is None else effort.busy_since
        if verdict.kind == "busy" and self.error is None and self._is_left_alone(now):
            return result
        self._note_busy(server, verdict, now)
        return None

    def _is_left_alone(self, now: float) -> bool:
        """Whether only rows are left that were told to wait while others were answered, and nothing has come since.

        Such a row is to blame itself. While its server answers others it waits; and where a row waits that was refused
        only after the last answer, it is the server that fails.
        """
        answered = max(one.answered_at for one in self.servers)
        passed_over = all(one.busy_since is not None and one.busy_since < answered for one in self.efforts)
        return passed_over and now - answered > self.settings.patience

    def _note_busy(self, server: Server, verdict: Verdict, now: float) -> None:
        """Takes load off a server that is busy or away, and gives up when all are for too long."""
        patience, problem = self.settings.patience, _detail(verdict)
        if verdict.kind == "away":
            server.away(now, problem)
        else:
            server.busy(now, problem)
            server.cut()
        self._check_wait(server, verdict)
        if wrong := hopeless(self.servers, now, patience):
            advice = "start it again, then run the same command (what is answered is kept)"
            self._stop(UserError(f"no server is of use any more: {wrong}; {advice}"))

    def _check_wait(self, server: Server, verdict: Verdict) -> None:
        """Gives up on a server that asks to wait for longer than anybody here has patience."""
        if (verdict.wait or 0) > self.settings.patience:
            wish = f"{server.url} asks to wait {verdict.wait:.0f} s ({_detail(verdict)})"
            self._stop(UserError(f"{wish}; run the same command again then (what is answered is kept)"))

    async def _pause(self, request: Request, tried: int, wait: float | None) -> None:
        # Seeded, so that a test's traffic repeats itself; nothing but the timing hangs on it.
        jitter = 0.5 + random.Random(f"{request.key} {tried}").random()
        backoff = min(_LONGEST_BACKOFF, self.settings.backoff * 2 ** min(tried - 1, 20)) * jitter
        await self._as_waiting(
            asyncio.sleep(backoff if wait is None else wait + self.settings.backoff * (jitter - 0.5))
        )

    async def _as_waiting(self, pause: Awaitable[None]) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.waiting.add(task)
        try:
            await pause
        finally:
            self.waiting.discard(task)

    async def _admitted(self) -> Server:
        """Waits for a server with room, and takes a place there."""
        while (server := choose_server(self.servers, self.loop.time())) is None:
            rested = min((one.rests_until for one in self.servers if one.rest), default=0.0)
            if rested > self.loop.time() and self.alarm <= self.loop.time():
                self.alarm = rested
                self.loop.call_at(rested + 0.001, self._wake)
            waiter = self.loop.create_future()
            self.waiters.append(waiter)
            await self._as_waiting(waiter)
        server.active += 1
        return server

    def _wake(self) -> None:
        """Lets those go on who wait for a server: as many as there is room for."""
        now = self.loop.time()
        room = sum(one.room(now) for one in self.servers)
        while self.waiters and room > 0:
            waiter = self.waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                room -= 1

    async def _ask(self, server: Server, request: Request, sent: Sent) -> Verdict:
        """One attempt."""
        score = request.kind == "score"
        if score and (request.tools or request.turns):
            return Verdict("final", Failure(NOT_OFFERED, "reward models behind servers are given texts alone"))
        try:
            body = protocol.score_body(request) if score else protocol.chat_body(request, *sent)
        except UnicodeEncodeError:
            return Verdict("final", Failure("lone_surrogate", "half a character in the prompt"))
        verdict = await self._post(server, score, body, request)
        answered = verdict.kind == "final" and isinstance(verdict.result, Reply)
        self.settings.usage.add(verdict.usage, answered, verdict.cached)
        return verdict

    async def _post(self, server: Server, score: bool, body: bytes, request: Request) -> Verdict:
        import aiohttp

        # aiohttp would look for the class that fits bytes at every request.
        payload = aiohttp.BytesPayload(body, content_type="application/json")
        most = self.settings.max_answer_bytes
        try:
            # All of it: a server that sends a byte now and then is as late as one that sends none.
            async with (
                asyncio.timeout(self.settings.timeout),
                self.session.post(
                    server.score_url if score else server.chat_url, data=payload, allow_redirects=False
                ) as response,
            ):
                read = await read_body(response, most)
        except aiohttp.ClientConnectorCertificateError as error:
            return Verdict("stop", Failure("refused", f"has no valid certificate ({self._safe(error)})"))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            return Verdict("away", Failure("server_error", self._safe(error)))
        except TimeoutError:
            return Verdict("again", Failure("timeout", f"no answer within {self.settings.timeout:g} s"))
        except (aiohttp.ClientError, OSError) as error:
            return Verdict("again", Failure("server_error", f"connection lost: {self._safe(error)}"))
        wait = None
        if response.status != 200:
            wait = protocol.parse_retry_after(response.headers.get("Retry-After"), time.time())
        elif read.cut:
            problem = f"an answer of more than {most:,} bytes; raise max_answer_bytes if it is one"
            return Verdict("final", Failure("too_large", problem))
        return self._meaning(response.status, read.content, wait, request)

    def _meaning(self, status: int, content: bytes, wait: float | None, request: Request) -> Verdict:
        served_as = self.settings.served_as.get(request.model.name)
        verdict = protocol.verdict_on(request, status, content, wait, served_as)
        if isinstance(verdict.result, Reply):
            return verdict
        # A detail is cut short: a key that the server repeats is taken out before, lest its beginning stay.
        clean = redact_text(content.decode("utf-8", "replace"), self.key).encode()
        return protocol.verdict_on(request, status, clean, wait, served_as)

    def _safe(self, error: BaseException) -> str:
        return protocol.detail(redact_text(f"{type(error).__name__}: {error}", self.key))


def _detail(verdict: Verdict) -> str:
    return verdict.result.detail if isinstance(verdict.result, Failure) else ""
