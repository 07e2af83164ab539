"""What a batch's results mean for each of its requests: answered, failed, or to be asked again by itself."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import NamedTuple

from ..files.json_types import mapping_of, text_of
from . import Failure, Reply, Request, Result
from .batch_files import Results
from .batch_service import Refusal
from .batch_store import Outcome
from .letters import MOST_LISTED
from .protocol import Tokens, follows_json
from .servers import Effort, Sent, Server, made_plainer, of_letters


class LineOutcome(NamedTuple):
    """How a request of a batch came out.

    Attributes:
        request: the request.
        outcome: what is to be done.
        result: its answer, or what is wrong.
        in_prompt: whether its schema is to be written into the prompt when it is asked again.
        usage: tokens, where said.
        cached: of the prompt's tokens, those that were read before.
    """

    request: Request
    outcome: Outcome
    result: Result
    in_prompt: bool = False
    usage: Tokens = (None, None)
    cached: int = 0


def judge_lines(
    requests: Sequence[Request],
    results: Results,
    sent: Sent,
    server: Server,
    served_as: Mapping[str, str],
) -> Iterator[LineOutcome]:
    """Says of each request how it came out.

    Args:
        requests: of the batch.
        results: where their lines are.
        sent: how they were sent.
        server: what is known of it; it learns.
        served_as: as in `OpenAI`.

    Yields:
        An outcome for each, in order.
    """
    with ExitStack() as stack:
        opened = results.open_files(stack)

        def come_out(request: Request) -> LineOutcome:
            verdict = results.verdict(request, served_as.get(request.model.name), opened)
            verdict = of_letters(server, request, sent, verdict)
            outcome, in_prompt = _outcome(verdict.kind, verdict.result, request, sent, server)
            return LineOutcome(request, outcome, verdict.result, in_prompt, verdict.usage, verdict.cached)

        ignored = not sent.in_prompt and not server.schema_kept and _all_ignore(map(come_out, _with_schema(requests)))
        for request in requests:
            one = come_out(request)
            if one.outcome == "reply" and request.schema is not None and request.kind == "chat":
                if ignored and _is_free(one.result):
                    one = one._replace(outcome="later", in_prompt=True)
                else:
                    server.schema_kept |= not sent.in_prompt
                    server.schema_in_prompt |= sent.in_prompt
            yield one


def _with_schema(requests: Sequence[Request]) -> list[Request]:
    return [request for request in requests if request.schema is not None and request.kind == "chat"]


def _all_ignore(outcomes: Iterator[LineOutcome]) -> bool:
    """Whether a server answers freely though asked for JSON: then none of its answers is any."""
    replies = (one.result.text for one in outcomes if isinstance(one.result, Reply))
    return not any(map(follows_json, replies))


def _is_free(result: Result) -> bool:
    return isinstance(result, Reply) and result.finish_reason == "stop" and not follows_json(result.text)


def _outcome(kind: str, result: Result, request: Request, sent: Sent, server: Server) -> tuple[Outcome, bool]:
    """What is to be done after a line, and whether the schema goes into the prompt then."""
    if isinstance(result, Reply):
        return "reply", False
    if kind == "plainer":
        effort = Effort(in_prompt=sent.in_prompt)
        if made_plainer(request, server, sent, effort, result):
            return "later", effort.in_prompt
        return "final", False
    if kind == "stop":
        return "stopped", False
    return ("final" if kind == "final" else "again"), False


def blamed_lines(refusals: Sequence[Refusal], lines: Mapping[int, str]) -> dict[str, Failure]:
    """The requests for which a server took none of a batch, where it names them and they are not all.

    Args:
        refusals: what it says.
        lines: line -> key of each request.

    Returns:
        Key -> its failure; nothing where the batch is refused as such.
    """
    blamed = {
        lines[refusal.line]: Failure("bad_request", f"{refusal.code}: {refusal.message}")
        for refusal in refusals
        if refusal.line is not None and refusal.line in lines
    }
    return blamed if len(blamed) < len(lines) else {}


def written_sent(sent: Sent) -> str:
    """How requests are sent, as the store keeps it.

    Args:
        sent: how.

    Returns:
        JSON.
    """
    return json.dumps(sent._asdict(), sort_keys=True)


def read_sent(text: str) -> Sent:
    """What `written_sent` wrote.

    Args:
        text: JSON; what a later version wrote beside is left out.

    Returns:
        How requests are sent.
    """
    read = mapping_of(json.loads(text))
    listed = read.get("listed")
    return Sent(
        text_of(read.get("tokens_field")) or "max_tokens",
        read.get("in_prompt") is True,
        listed if isinstance(listed, int) and not isinstance(listed, bool) else MOST_LISTED,
    )
