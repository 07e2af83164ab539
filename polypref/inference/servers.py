"""What a client knows of its servers: how much each takes, what it cannot do, which ones rest, when to give up."""

import logging
import math
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from . import Failure, Reply, Request, Result
from .protocol import follows_json, wants_other_tokens_field

_LOG = logging.getLogger(__name__)

# After a collapse a server has its full share again after 16 flights of good answers; one at a time would take hours.
_REGAINED = 1 / 16
_FIRST_REST, _LONGEST_REST = 0.25, 10.0


@dataclass
class Server:
    """One server, as seen by one run. Times are seconds of the event loop's clock.

    Attributes:
        url: address, for messages.
        chat_url, score_url: what is posted to.
        limit: how many requests it gets at once: more with each good answer, fewer with each that says it is busy.
        active: how many it has now.
        rests_until: it gets nothing before then.
        rest: how long it rests when it cannot be reached the next time; 0 while all is well.
        answered_at: when it gave its last good answer; the beginning of time before it gave one.
        bad_since: since when it gave no good answer, when it is away or busy.
        problem: what it said last when it was away or busy.
        reached: whether it said anything in this run.
        schema_in_prompt: takes no response_format.
        schema_kept: gave JSON when asked for it by response_format.
        tokens_field: what it calls max_tokens.
    """

    url: str
    chat_url: str
    score_url: str
    limit: float
    active: int = 0
    rests_until: float = 0.0
    rest: float = 0.0
    answered_at: float = -math.inf
    bad_since: float | None = None
    problem: str = ""
    reached: bool = False
    schema_in_prompt: bool = False
    schema_kept: bool = False
    tokens_field: str = "max_tokens"

    def room(self, now: float) -> int:
        """How many more requests it may get; one that could not be reached gets a single one to try."""
        return max(0, (1 if self.rest else int(self.limit)) - self.active) if now >= self.rests_until else 0

    def good(self, most: int, now: float) -> None:
        """It answered."""
        self.answered_at = now
        self.limit = min(float(most), self.limit + max(1.0, most * _REGAINED) / self.limit)
        self.rest, self.bad_since, self.reached = 0.0, None, True

    def cut(self) -> None:
        """It was too much: one fewer at once. A whole flight refused brings it down to one, a stray one does not."""
        self.limit = max(1.0, self.limit - 1)

    def busy(self, now: float, problem: str) -> None:
        """It says that it is busy."""
        self.rest, self.reached = 0.0, True
        self._worse(now, problem)

    def away(self, now: float, problem: str) -> None:
        """It cannot be reached: nothing goes there for a while, longer each time."""
        self._worse(now, problem)
        if now >= self.rests_until:
            self.rest = min(_LONGEST_REST, 2 * self.rest or _FIRST_REST)
            self.rests_until = now + self.rest

    def _worse(self, now: float, problem: str) -> None:
        self.problem = problem
        if self.bad_since is None:
            self.bad_since = now


def choose_server(servers: list[Server], now: float) -> Server | None:
    """The server with the most room to spare; None when none has room."""
    best = None
    for server in servers:
        if server.room(now) and (best is None or server.active * best.limit < best.active * server.limit):
            best = server
    return best


def hopeless(servers: list[Server], now: float, patience: float) -> str | None:
    """What is wrong with the servers, when none has been of use for `patience` seconds.

    One that still works on something is of use. One that was never reached in this run is more likely mistyped than
    restarting: 10 seconds are enough for it.
    """
    for server in servers:
        allowed = patience if server.reached else min(patience, 10.0)
        if server.active or server.bad_since is None or now - server.bad_since <= allowed:
            return None
    return "; ".join(f"{server.url}: {server.problem}" for server in servers)


class Sent(NamedTuple):
    """How an attempt was sent: the name of max_tokens, whether the prompt holds the schema."""

    tokens_field: str
    in_prompt: bool


@dataclass(eq=False)
class Effort:
    """What a request has been through: attempts; those it may be to blame for; since when servers are too busy."""

    tried: int = 0
    failed: list[Failure] = field(default_factory=list)
    busy_since: float | None = None
    in_prompt: bool = False

    def blame(self) -> Failure:
        """What went wrong most often (the last of equals): a server that died meanwhile is not what ails a slow row."""
        counts = Counter(failure.reason for failure in self.failed)
        return max(enumerate(self.failed), key=lambda one: (counts[one[1].reason], one[0]))[1]


def made_plainer(request: Request, server: Server, sent: Sent, effort: Effort, found: Failure) -> bool:
    """Whether there is a plainer way to ask that this server may take."""
    if wants_other_tokens_field(found) and sent.tokens_field == "max_tokens":
        server.tokens_field = "max_completion_tokens"
        return True
    if request.schema is not None and request.kind == "chat" and not sent.in_prompt:
        effort.in_prompt = True
        return True
    return False


def ignores_schema(server: Server, request: Request, sent: Sent, result: Result) -> bool:
    """Whether a server answered freely though asked for JSON by response_format, as some silently do."""
    if request.schema is None or request.kind != "chat" or sent.in_prompt or not isinstance(result, Reply):
        return False
    if follows_json(result.text):
        server.schema_kept = True
    return not server.schema_kept and result.finish_reason == "stop"


def remember_prompt(server: Server, request: Request) -> None:
    """Has every later schema for this server written into the prompt at once."""
    if request.schema is not None and not server.schema_in_prompt:
        server.schema_in_prompt = True
        _LOG.warning("%s does not take a JSON schema; it is written into the prompt instead", server.url)
