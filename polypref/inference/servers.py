"""What a client knows of its servers: how much each takes, what it cannot do, which ones rest, when to give up."""

import logging
import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlsplit

from ..console.escaping import as_written
from ..console.redaction import redact_text
from ..errors import UserError
from . import Failure, Reply, Request, Result
from .letters import FEW_LISTED, MOST_LISTED, NO_LOGPROBS, speaks_of_logprobs
from .protocol import Verdict, follows_json, wants_other_tokens_field

_LOG = logging.getLogger(__name__)

# A server whose limit fell to one request has all of it again after 16 rounds of good answers: a round is as many
# requests as it gets at once. One request more a round would take hours.
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
        listed: how many of the likeliest tokens it is asked for where letters are.
        logprobs_given: gave such a list.
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
    listed: int = MOST_LISTED
    logprobs_given: bool = False

    def room(self, now: float) -> int:
        """How many more requests it may get; one that could not be reached gets a single one to try.

        Args:
            now: the loop's time.

        Returns:
            Requests; 0 while it rests.
        """
        return max(0, (1 if self.rest else int(self.limit)) - self.active) if now >= self.rests_until else 0

    def good(self, most: int, now: float) -> None:
        """It answered.

        Args:
            most: requests at once that it may ever get.
            now: the loop's time.
        """
        self.answered_at = now
        self.limit = min(float(most), self.limit + max(1.0, most * _REGAINED) / self.limit)
        self.rest, self.bad_since, self.reached = 0.0, None, True

    def cut(self) -> None:
        """It was too much: one fewer at once. A whole flight refused brings it down to one, a stray one does not."""
        self.limit = max(1.0, self.limit - 1)

    def busy(self, now: float, problem: str) -> None:
        """It says that it is busy.

        Args:
            now: the loop's time.
            problem: its words.
        """
        self.rest, self.reached = 0.0, True
        self._worse(now, problem)

    def away(self, now: float, problem: str) -> None:
        """It cannot be reached: nothing goes there for a while, longer each time.

        Args:
            now: the loop's time.
            problem: what came of the attempt.
        """
        self._worse(now, problem)
        if now >= self.rests_until:
            self.rest = min(_LONGEST_REST, 2 * self.rest or _FIRST_REST)
            self.rests_until = now + self.rest

    def _worse(self, now: float, problem: str) -> None:
        self.problem = problem
        if self.bad_since is None:
            self.bad_since = now


def server_at(url: str, concurrency: int) -> Server:
    """The server at an address.

    Args:
        url: base address, as `http://localhost:8000/v1`; `/v1` is added where there is no path.
        concurrency: requests that it may get at once.

    Returns:
        The server, of which nothing is known yet.

    Raises:
        UserError: it is no address of a server, or holds a user, a password or a query.
    """
    try:
        parts = urlsplit(url)
        well = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        well = False
    if not well or parts.query or parts.fragment or re.search(r"\s", url):
        # What stands after the host may be a key: it is not repeated.
        shown = re.match(r"(?:https?://)?[^/?#@]{0,60}(?=$|[/?#])", url)
        known = repr(shown[0]) + " with what follows it" * (shown[0] != url) if shown else "that"
        raise UserError(f"{known} is no server's address; give one such as http://localhost:8000/v1, no query after it")
    if "@" in parts.netloc:
        raise UserError(
            f"{redact_text(url)} holds a user or password, which would be seen in messages; put the key into the "
            "environment variable that key_env names"
        )
    base = url.rstrip("/") + ("" if parts.path.strip("/") else "/v1")
    return Server(url, f"{base}/chat/completions", f"{base.removesuffix('/v1')}/classify", float(concurrency))


def choose_server(servers: list[Server], now: float) -> Server | None:
    """The server with the most room to spare.

    Args:
        servers: to choose from.
        now: the loop's time.

    Returns:
        The one that has the smallest part of its limit; None when none has room.
    """
    best = None
    for server in servers:
        if server.room(now) and (best is None or server.active * best.limit < best.active * server.limit):
            best = server
    return best


def hopeless(servers: list[Server], now: float, patience: float) -> str | None:
    """What is wrong with the servers, when none has been of use for `patience` seconds.

    One that still works on something is of use. One that was never reached in this run is more likely mistyped than
    restarting: 10 seconds are enough for it.

    Args:
        servers: all of them.
        now: the loop's time.
        patience: seconds.

    Returns:
        Each server's address and problem; None while one may be of use.
    """
    for server in servers:
        allowed = patience if server.reached else min(patience, 10.0)
        if server.active or server.bad_since is None or now - server.bad_since <= allowed:
            return None
    return "; ".join(f"{server.url}: {server.problem}" for server in servers)


def served_names(given: object) -> dict[str, str]:
    """The names by which servers serve models, where these are not the models' own.

    Args:
        given: name of a model -> name at the server; a mapping, or pairs of both.

    Returns:
        The same.

    Raises:
        UserError: it is something else.

    Example:
        >>> served_names((("lab/tiny", "tiny-Q4.gguf"),))
        {'lab/tiny': 'tiny-Q4.gguf'}
    """
    pairs: list[object] = list(
        given.items() if isinstance(given, Mapping) else given if isinstance(given, list | tuple) else [given]
    )
    names: dict[str, str] = {}
    for pair in pairs:
        match pair:
            case (str(model), str(name)) if model and name:
                names[model] = name
            case _:
                raise UserError(
                    f"served_as is {as_written(given)[:80]}; give the name by which the server serves the model, a "
                    "text (in quotes where it is a number), or {name of a model: name at the server}"
                )
    return names


class Sent(NamedTuple):
    """How an attempt was sent: the name of max_tokens, whether the prompt holds the schema, how many tokens to list."""

    tokens_field: str
    in_prompt: bool
    listed: int = MOST_LISTED


@dataclass(eq=False)
class Effort:
    """What a request has been through: attempts; those it may be to blame for; since when servers are too busy."""

    tried: int = 0
    failed: list[Failure] = field(default_factory=list)
    busy_since: float | None = None
    in_prompt: bool = False

    def blame(self) -> Failure:
        """What went wrong most often: a server that died meanwhile is not what ails a slow row.

        Returns:
            The last failure of the most frequent reason; of equally frequent ones the last.
        """
        counts = Counter(failure.reason for failure in self.failed)
        return max(enumerate(self.failed), key=lambda one: (counts[one[1].reason], one[0]))[1]


def made_plainer(request: Request, server: Server, sent: Sent, effort: Effort, failure: Failure) -> bool:
    """Has the next attempt of a request ask in a plainer way, if there is one that this server may take.

    Args:
        request: what is asked.
        server: who refused it.
        sent: how it was sent.
        effort: what the request has been through.
        failure: what the server said.

    Returns:
        Whether there is one.
    """
    if wants_other_tokens_field(failure) and sent.tokens_field == "max_tokens":
        server.tokens_field = "max_completion_tokens"
        return True
    if request.schema is not None and request.kind == "chat" and not sent.in_prompt:
        effort.in_prompt = True
        return True
    if request.kind == "letter" and sent.listed > FEW_LISTED and speaks_of_logprobs(failure):
        server.listed = FEW_LISTED
        return True
    return False


def of_letters(server: Server, request: Request, sent: Sent, verdict: Verdict) -> Verdict:
    """What an answer means where letters are asked for: a server that lists no likely tokens is of no use.

    Args:
        server: who answered.
        request: what was asked.
        sent: how it was sent.
        verdict: what the answer means by itself.

    Returns:
        The same; `stop` where this server gives no log-probabilities. Once it gave some, a row without is that row's
        failure.
    """
    result = verdict.result
    if request.kind != "letter" or server.logprobs_given:
        return verdict
    if isinstance(result, Reply):
        server.logprobs_given = True
        return verdict
    refused = verdict.kind == "plainer" and sent.listed <= FEW_LISTED and speaks_of_logprobs(result)
    if not refused and result.reason != NO_LOGPROBS:
        return verdict
    advice = (
        "ask vLLM's or llama.cpp's server, or serve the model in this process (at: transformers), or have it judge in "
        "words (kind: llm)"
    )
    problem = f"gives no log-probabilities of the next token, on which a judge of letters rests ({result.detail})"
    return Verdict("stop", Failure(NO_LOGPROBS, f"{problem}; {advice}"))


def ignores_schema(server: Server, request: Request, sent: Sent, result: Result) -> bool:
    """Whether a server answered freely though asked for JSON by response_format, as some silently do.

    Args:
        server: who answered.
        request: what was asked.
        sent: how it was sent.
        result: what came of it.

    Returns:
        False also once this server gave JSON: then it is the model that did not.
    """
    if request.schema is None or request.kind != "chat" or sent.in_prompt or not isinstance(result, Reply):
        return False
    if follows_json(result.text):
        server.schema_kept = True
    return not server.schema_kept and result.finish_reason == "stop"


def remember_prompt(server: Server, request: Request) -> None:
    """Has every later schema for this server written into the prompt at once.

    Args:
        server: who answered a prompt that holds its schema.
        request: what was asked.
    """
    if request.schema is not None and not server.schema_in_prompt:
        server.schema_in_prompt = True
        _LOG.warning("%s does not take a JSON schema; it is written into the prompt instead", server.url)
