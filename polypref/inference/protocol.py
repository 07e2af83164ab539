"""The OpenAI protocol in pure functions: what is sent for a request, and what a server's answer means."""

import json
import math
import re
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import Literal, NamedTuple

from ..errors import UserError
from ..files.json_types import Json, JsonObject, list_of, mapping_of
from ..text.cleaning import has_lone_surrogate
from . import Failure, Model, Reply, Request, Result
from .letters import MOST_LISTED, letter_fields, letters_of_choice
from .names import comparable, pinned, pins_agree, same_model
from .prices import is_used_up
from .tool_calls import CALLED, called_text, turns_for_servers

#: What to do after an answer. final: its result stands. again: ask again, a few times, as the request itself may be to
#: blame. busy, away: ask again when the server has room, or can be reached. plainer: ask again without what this server
#: does not take. stop: no request will get an answer here.
Meaning = Literal["final", "again", "busy", "away", "plainer", "stop"]


#: Prompt and completion tokens, each where it is said.
Tokens = tuple[int | None, int | None]


class Verdict(NamedTuple):
    """What one answer of a server means.

    Attributes:
        kind: what to do.
        result: the row's result: at once, or once no attempt is left.
        wait: seconds that the server asks to wait.
        usage: prompt and completion tokens, where said.
        cached: how many of the prompt's tokens the server had read before.
    """

    kind: Meaning
    result: Result
    wait: float | None = None
    usage: Tokens = (None, None)
    cached: int = 0


_CONTEXT = re.compile(
    r"context.?(?:length|window|size)|maximum (?:model|sequence|input) length|max_model_len|prompt is too long|"
    r"too many (?:input )?tokens|tokens? \+ `?max_(?:new_)?tokens|must have less than \d+ tokens|"
    r"input is too (?:large|long)|exceeds? the (?:model's )?(?:maximum|context|limit of)",
    re.IGNORECASE,
)
_FILTERED = re.compile(
    r"content.?(?:filter|policy|management)|moderation|flagged|safety (?:system|polic)", re.IGNORECASE
)
_NO_MODEL = re.compile(r"model.{0,300}(?:not found|not exist|not supported|unknown)|pinned to", re.I | re.S)
_BUSY = frozenset({429, 502, 503, 529})
_OTHER_TOKENS_FIELD = re.compile(r"max_completion_tokens")
_NO_SYSTEM = re.compile(r"system (?:role|prompt|message)s?\b.{0,20}\bnot (?:be )?supported|no system role", re.I)
_FINISH = {"eos_token": "stop", "end_turn": "stop", "stop_sequence": "stop", "COMPLETE": "stop", "max_tokens": "length"}
_LONGEST_DETAIL = 300
_dumps = json.JSONEncoder(ensure_ascii=False).encode


def chat_body(
    request: Request, tokens_field: str = "max_tokens", schema_in_prompt: bool = False, listed: int = MOST_LISTED
) -> bytes:
    """The body of a chat request.

    Args:
        request: what is asked.
        tokens_field: what this server calls max_tokens.
        schema_in_prompt: the schema is written into the prompt, for a server that takes no response_format.
        listed: where letters are asked for, how many of the likeliest tokens this server lists.

    Returns:
        JSON in UTF-8.

    Raises:
        UserError: the schema is no JSON.
        UnicodeEncodeError: half a character in a message; no server can be sent that.
    """
    draw = request.sampling
    body: dict[str, object] = {
        "model": request.model.name,
        "messages": turns_for_servers(with_schema(request) if schema_in_prompt else request.conversation),
        "temperature": draw.temperature,
        "top_p": draw.top_p,
        tokens_field: draw.max_tokens,
        "seed": draw.seed,
    }
    if request.kind == "letter":
        body |= letter_fields(listed) | {tokens_field: 1}
    if request.tools:
        body["tools"] = request.offered
    if request.schema is not None and not schema_in_prompt:
        named = {"name": "answer", "schema": read_schema(request.schema), "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": named}
    return _dumps(body).encode()


def score_body(request: Request) -> bytes:
    """The body of a request to score a conversation, for vLLM's /classify: raw scores, no sigmoid over them.

    Args:
        request: what is asked.

    Returns:
        JSON in UTF-8.
    """
    body = {"model": request.model.name, "messages": request.conversation, "use_activation": False}
    return _dumps(body | {"add_generation_prompt": False}).encode()


def with_schema(request: Request) -> list[JsonObject]:
    """The conversation with its schema written at the end of the last user turn, for engines that cannot enforce it.

    Args:
        request: what is asked.

    Returns:
        {role, content} of every turn.
    """
    turns = request.conversation
    if request.schema is None:
        return turns
    instruction = (
        f"\n\nAnswer with one JSON object that follows this JSON schema, and with nothing else:\n{request.schema}"
    )
    for turn in reversed(turns):
        if turn["role"] == "user":
            turn["content"] = f"{turn['content']}{instruction}"
            return turns
    return [*turns, {"role": "user", "content": instruction.strip()}]


def read_schema(schema: str) -> JsonObject:
    """A JSON schema as read from its text.

    Args:
        schema: the text.

    Returns:
        The schema; that it is a valid one is for the engine to see.

    Raises:
        UserError: the text is no JSON object.
    """
    try:
        read = json.loads(schema)
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise UserError(f"a request's schema is no JSON object: {schema[:80]!r}; give a JSON schema as text")
    return read


def follows_json(text: str) -> bool:
    """Whether a text is JSON, as an answer under a schema must be.

    Args:
        text: the answer.

    Returns:
        Whether all of it is; a fence around it or words before it are none.
    """
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def verdict_on(
    request: Request, status: int, body: bytes, retry_after: float | None, served_as: str | None = None
) -> Verdict:
    """What an answer to a request means.

    Args:
        request: what was asked.
        status, body, retry_after, served_as: as in `chat_verdict`.

    Returns:
        What to do, and the result.
    """
    if request.kind == "score":
        return score_verdict(status, body, retry_after, request.model, served_as)
    tools, letters = bool(request.tools), request.letters
    return chat_verdict(status, body, retry_after, request.model, served_as, tools, letters)


def chat_verdict(
    status: int,
    body: bytes,
    retry_after: float | None,
    model: Model,
    served_as: str | None = None,
    tools: bool = False,
    letters: tuple[str, ...] = (),
) -> Verdict:
    """What an answer to a chat request means.

    Args:
        status: of HTTP.
        body: what was sent.
        retry_after: seconds that the server asks to wait.
        model: who was asked.
        served_as: another name that is known to be that model's.
        tools: whether it was offered tools, so that it may call them.
        letters: those whose log-probabilities it was asked for, in place of an answer.

    Returns:
        What to do, and the result.
    """
    read = _read_body(body)
    # An error beside the beginning of an answer: a proxy lost whoever wrote it.
    if status != 200 or not isinstance(read, dict) or "choices" not in read or read.get("error"):
        return _trouble(status, read, body, retry_after, model)
    if wrong := _wrong_model(read, model, served_as):
        return wrong
    usage, cached = _usage(read), _cached_tokens(read)
    choices = read["choices"]
    if not isinstance(choices, list) or len(choices) != 1 or not isinstance(choices[0], dict):
        count = len(choices) if isinstance(choices, list) else "no list of"
        return Verdict("final", Failure("bad_reply", f"{count} choices, 1 was asked for"), usage=usage)
    if letters:
        return Verdict("final", letters_of_choice(choices[0], letters, usage, _served(read)), None, usage, cached)
    return _choice(choices[0], usage, _served(read), tools)._replace(cached=cached)


def _choice(choice: JsonObject, usage: Tokens, served: str | None, tools: bool) -> Verdict:
    message, finish = choice.get("message"), choice.get("finish_reason")
    if not isinstance(message, dict):
        return Verdict("again", Failure("bad_reply", "a choice without a message"), usage=usage)
    text = message.get("content")
    if finish == "content_filter":
        return Verdict("final", Failure("content_filter", "finish_reason content_filter"), usage=usage)
    if finish in ("abort", "error"):
        return Verdict("again", Failure("server_error", f"finish_reason {finish}"), usage=usage)
    if tools and (calls := list_of(message.get("tool_calls"))):
        return _called(text, calls, finish, usage, served)
    if finish in ("tool_calls", "function_call") or message.get("tool_calls"):
        return Verdict("final", Failure("bad_reply", "it calls a tool; none was offered"), usage=usage)
    if not text and isinstance(refusal := message.get("refusal"), str) and refusal:
        return Verdict("final", Failure("refused", detail(refusal)), usage=usage)
    if text is not None and not isinstance(text, str):
        return Verdict("final", Failure("bad_reply", f"content is a {type(text).__name__}, no text"), usage=usage)
    thinking = _thinking(message)
    if text is None or not text.strip():
        thought = f" after a thought of {len(thinking):,} characters; raise max_tokens" if thinking else ""
        why = f"{_kind_of(text)}, finish_reason {finish}{thought}"
        return Verdict("final", Failure("empty_answer", why), usage=usage)
    if not isinstance(finish, str) or not detail(finish):
        return Verdict("again", Failure("bad_reply", "no finish_reason: the answer may be cut off"), usage=usage)
    if has_lone_surrogate(text):
        return Verdict("final", Failure("lone_surrogate", "half a character in the answer"), usage=usage)
    reply = Reply(text, _FINISH.get(finish, detail(finish)), *usage, served=served, thinking=thinking)
    return Verdict("final", reply, usage=usage)


def _thinking(message: JsonObject) -> str:
    """The thought that a server gives apart from the answer, under one of two names."""
    values = (message.get(name) for name in ("reasoning_content", "reasoning"))
    return next((value.encode("utf-8", "replace").decode() for value in values if isinstance(value, str) and value), "")


def _called(text: Json, calls: list[Json], finish: Json, usage: Tokens, served: str | None) -> Verdict:
    """What an answer with calls of tools means; one that was cut off may lack a call."""
    if finish == "length":
        return Verdict("final", Failure("bad_reply", "cut off in its calls of tools; raise max_tokens"), usage=usage)
    written = called_text(text if isinstance(text, str) else "", calls)
    if isinstance(written, Failure):
        return Verdict("final", written, usage=usage)
    if has_lone_surrogate(written):
        return Verdict("final", Failure("lone_surrogate", "half a character in the answer"), usage=usage)
    return Verdict("final", Reply(written, CALLED, *usage, served=served), usage=usage)


def _kind_of(text: str | None) -> str:
    return "null content" if text is None else "empty content" if not text else "nothing but white space"


def score_verdict(
    status: int, body: bytes, retry_after: float | None, model: Model, served_as: str | None = None
) -> Verdict:
    """What an answer to a request for a score means.

    Args:
        status, body, retry_after, model, served_as: as in `chat_verdict`.

    Returns:
        What to do, and the result.
    """
    read = _read_body(body)
    if status != 200 or not isinstance(read, dict) or "data" not in read:
        verdict = _trouble(status, read, body, retry_after, model)
        if status in (404, 405) and isinstance(verdict.result, Failure):
            hint = f"{verdict.result.detail}, as a reward model (vLLM: --runner pooling --convert classify)"
            return verdict._replace(result=Failure(verdict.result.reason, hint))
        return verdict
    if wrong := _wrong_model(read, model, served_as):
        return wrong
    usage = _usage(read)
    data = read["data"]
    values = data[0].get("probs") if isinstance(data, list) and len(data) == 1 and isinstance(data[0], dict) else None
    if not isinstance(values, list) or not values:
        return Verdict("final", Failure("bad_reply", "not one list of scores"), usage=usage)
    if len(values) > 1:
        problem = f"model {model.name} gives {len(values)} numbers, not one score; a reward model must have one label"
        return Verdict("stop", Failure("bad_reply", problem))
    result = as_score(values[0], usage)
    return Verdict("final", replace(result, served=_served(read)) if isinstance(result, Reply) else result, usage=usage)


def as_score(value: object, usage: Tokens = (None, None)) -> Result:
    """A score as a result.

    Args:
        value: what stands where the score should.
        usage: tokens that it took.

    Returns:
        A reply; what is no finite number is a failure, `bad_reply`.
    """
    try:
        score = math.nan if isinstance(value, bool) or not isinstance(value, (int, float)) else float(value)
    except OverflowError:  # JSON may spell a whole number that no float can hold
        score = math.inf
    if not math.isfinite(score):
        return Failure("bad_reply", f"the score is {detail(str(value))[:40]}")
    return Reply(score=score, prompt_tokens=usage[0], completion_tokens=usage[1])


def _trouble(status: int, read: Json, body: bytes, retry_after: float | None, model: Model) -> Verdict:
    words = _message(read, body)
    if status == 200:
        error = read.get("error") if isinstance(read, dict) else None
        code = error.get("code") if isinstance(error, dict) else None
        if not error:
            lack = "no choices" if isinstance(read, dict) else f"{len(body)} bytes that are no JSON object"
            return Verdict("again", Failure("bad_reply", f"{lack}: {words}"))
        # A proxy (OpenRouter) reports its upstream's error under status 200.
        status = code if isinstance(code, int) and 400 <= code < 600 else 500
    shown = f"HTTP {status}: {words}"
    if 300 <= status < 400:
        return Verdict("stop", Failure("server_error", "redirects; give its final address"))
    if status in _BUSY:
        if is_used_up(words):
            return Verdict("stop", Failure("rate_limited", f"says that the account is used up ({shown}); top it up"))
        return Verdict("busy", Failure("rate_limited" if status == 429 else "server_error", shown), retry_after)
    if (status >= 500 and status != 501) or status in (408, 409, 425):
        reason = "timeout" if status in (408, 504) else "server_error"
        if status == 500 and _CONTEXT.search(words):
            reason = "context_too_long"  # llama.cpp of older days
            return Verdict("final", Failure(reason, shown))
        return Verdict("again", Failure(reason, shown), retry_after)
    return _refusal(status, words, shown, model)


def _refusal(status: int, words: str, shown: str, model: Model) -> Verdict:
    if status in (400, 403, 422) and _FILTERED.search(words):
        return Verdict("final", Failure("content_filter", shown))
    if status == 413 or (status in (400, 422) and _CONTEXT.search(words) and "response_format" not in words):
        return Verdict("final", Failure("context_too_long", shown))
    if status == 401:
        return Verdict("stop", Failure("refused", f"does not accept the API key ({shown}); set it in the environment"))
    if status == 402:
        return Verdict("stop", Failure("refused", f"wants to be paid ({shown}); top up the account"))
    if status == 403:
        return Verdict("stop", Failure("refused", f"forbids it ({shown}); check the key's rights to {model.name}"))
    if status in (404, 405, 410, 501) or (status == 400 and _NO_MODEL.search(words)):
        advice = f"check the address and that it serves model {model.name}"
        return Verdict("stop", Failure("refused", f"does not know what was asked for ({shown}); {advice}"))
    if _NO_SYSTEM.search(words):
        advice = "take a prompt without one, or have the model in this process with options: {system: prepend}"
        return Verdict("final", Failure("no_system_role", f"no place for a system prompt ({shown}); {advice}"))
    return Verdict("plainer", Failure("bad_request", shown))


def wants_other_tokens_field(failure: Failure) -> bool:
    """Whether a server complains that it wants max_completion_tokens.

    Args:
        failure: what it refused.

    Returns:
        Whether its words name that field.
    """
    return _OTHER_TOKENS_FIELD.search(failure.detail) is not None


def _wrong_model(read: JsonObject, model: Model, served_as: str | None) -> Verdict | None:
    """What stops the run where another model answered than the one asked for."""
    served = read.get("model")
    if served is None or served == "":
        return None
    if not isinstance(served, str):
        return Verdict("again", Failure("bad_reply", f"the model's name is a {type(served).__name__}, no text"))
    if served_as and same_model(served, served_as):
        return None
    if not same_model(served, model.name):
        problem = f"answered with model {_shown(served)}, not {model.name}"
    elif not pinned(model.name) and not _may_be_at(served, model.revision):
        problem = f"answered with model {_shown(served)}, not {model.name} at revision {model.revision}"
    else:
        return None
    advice = f"serve that one, or, if it is the same under another name, set served_as to {_shown(served)!r}"
    return Verdict(
        "stop",
        Failure("wrong_model", f"{problem}; {advice} (at='ADDRESS as NAME', or as in --judge-at 'ADDRESS as NAME')"),
    )


def _may_be_at(served: str, revision: str) -> bool:
    """Whether a served name's date or commit can be of a revision; one in words of its own (`v2`) is not compared."""
    pin = pinned(served)
    return not comparable(pin, revision) or pins_agree(pin, revision)


def _served(read: JsonObject) -> str | None:
    return _shown(name) or None if isinstance(name := read.get("model"), str) else None


def _shown(name: str) -> str:
    return detail(name)[:200]


def parse_retry_after(value: str | None, now: float) -> float | None:
    """Seconds to wait, from a Retry-After header: seconds, or an HTTP date (RFC 9110, section 10.2.3).

    Args:
        value: the header; None where there is none.
        now: seconds since the epoch.

    Returns:
        At least 0; None where the header says no time.

    Example:
        >>> parse_retry_after("20", 0.0), parse_retry_after("Thu, 01 Jan 1970 00:02:00 GMT", 100.0)
        (20.0, 20.0)
    """
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - now
        except (ValueError, TypeError, OverflowError):
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def detail(text: str) -> str:
    """What a server said, short enough and fit to be written down.

    Args:
        text: its words.

    Returns:
        At most 300 characters, without line breaks and half characters.
    """
    return " ".join(text.encode("utf-8", "replace").decode().split())[:_LONGEST_DETAIL]


def _read_body(body: bytes) -> Json:
    try:
        read: Json = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return read


def _message(read: Json, body: bytes) -> str:
    """What an error body says: OpenAI's {error: {message, code, type}}, TGI's {error}, FastAPI's {detail}."""
    if isinstance(read, dict):
        error = read.get("error", read.get("detail", read.get("message")))
        if isinstance(error, dict):
            parts = [error.get(name) for name in ("message", "code", "type")]
            error = " ".join(str(part) for part in parts if part is not None)
        if error:
            return detail(str(error))
    return detail(body[:1000].decode("utf-8", "replace"))


def _usage(read: JsonObject) -> Tokens:
    usage = read.get("usage")
    if not isinstance(usage, dict):
        return None, None
    return _count_of(usage.get("prompt_tokens")), _count_of(usage.get("completion_tokens"))


def _cached_tokens(read: JsonObject) -> int:
    """How many of the prompt's tokens were read before; no more than it has."""
    details = mapping_of(mapping_of(read.get("usage")).get("prompt_tokens_details"))
    return min(_count_of(details.get("cached_tokens")) or 0, _usage(read)[0] or 0)


def _count_of(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None
