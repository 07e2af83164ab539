"""What a server's answer means."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.inference import Failure, Model, Reply, protocol

from .loopback import MODEL, ask, chat, score


def verdict(status, body, model=MODEL, wait=None):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return protocol.chat_verdict(status, raw, wait, model)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        # vLLM, OpenAI, TGI, llama.cpp, Cohere: as their servers word it.
        (400, "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (1000 in the "
              "messages, 4000 in the completion). Please reduce the length of the messages or completion."),
        (400, "The decoder prompt (length 8001) is longer than the maximum model length of 8000."),
        (422, "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4000 `inputs` tokens "
              "and 1024 `max_new_tokens`"),
        (422, "Input validation error: `inputs` must have less than 4095 tokens. Given: 9000"),
        (400, "the request exceeds the available context size. try increasing the context size"),
        (500, "the request exceeds the available context size"),
        (400, "too many tokens: total number of tokens in the prompt cannot exceed 4081"),
        (413, "Payload Too Large"),
    ],
)  # fmt: skip
def test_too_long_a_context_is_the_rows_own_failure(status, message):
    got = verdict(status, {"error": {"message": message}})
    assert (got.kind, got.result.reason) == ("final", "context_too_long")
    assert message[:40] in got.result.detail


@pytest.mark.parametrize(
    ("status", "body", "kind", "reason"),
    [
        (400, {"error": {"message": "filtered", "code": "content_filter"}}, "final", "content_filter"),
        (403, {"error": {"message": "your input was flagged"}}, "final", "content_filter"),
        (400, {"detail": "Conversation roles must alternate"}, "plainer", "bad_request"),
        (422, {"error": "unknown field"}, "plainer", "bad_request"),
        (401, {"error": {"message": "Incorrect API key"}}, "stop", "refused"),
        (402, {"error": {"message": "Insufficient balance"}}, "stop", "refused"),
        (403, {"error": {"message": "no access"}}, "stop", "refused"),
        (404, {"error": {"message": "The model `tiny` does not exist."}}, "stop", "refused"),
        (400, {"error": {"message": "model 'tiny' not found"}}, "stop", "refused"),
        (400, {"detail": "Server is pinned to 'big'; requested 'tiny'."}, "stop", "refused"),
        (307, b"", "stop", "server_error"),
        (429, {"error": {"message": "slow down"}}, "busy", "rate_limited"),
        (429, {"error": {"message": "You exceeded", "code": "insufficient_quota"}}, "stop", "rate_limited"),
        (503, b"<html>busy</html>", "busy", "server_error"),
        (500, {"error": {"message": "boom"}}, "again", "server_error"),
        (504, b"", "again", "timeout"),
        *((status, b"", "busy", "server_error") for status in (502, 529)),
        (408, b"", "again", "timeout"),
        *((status, b"", "again", "server_error") for status in (409, 425, 599)),
        *((status, b"", "stop", "refused") for status in (405, 410, 501)),
        *((status, b"", "plainer", "bad_request") for status in (406, 407, 411, 424, 426, 499)),
        *((status, b"", "stop", "server_error") for status in (300, 399)),
        (200, {"error": {"message": "upstream", "code": 502}}, "busy", "server_error"),
        (200, {"object": "list"}, "again", "bad_reply"),
        (200, b'{"choices": [{"mess', "again", "bad_reply"),
        (200, b"[" * 100_000, "again", "bad_reply"),
        (200, b"\xff\xfe", "again", "bad_reply"),
        (200, chat("a", choices=[]), "final", "bad_reply"),
        (200, chat("a", choices=None), "final", "bad_reply"),
        (200, chat("a", choices=chat("a")["choices"] * 2), "final", "bad_reply"),
        (200, chat("a", choices=[{"finish_reason": "stop"}]), "again", "bad_reply"),
        (200, chat(""), "final", "empty_answer"),
        (200, chat(None), "final", "empty_answer"),
        (200, chat("\u00a0 \n"), "final", "empty_answer"),
        (200, chat(["a"]), "final", "bad_reply"),
        (200, chat("cut", finish=None), "again", "bad_reply"),
        (200, chat("", finish="content_filter"), "final", "content_filter"),
        (200, chat("a", finish="abort"), "again", "server_error"),
        (200, chat("half \ud83d"), "final", "lone_surrogate"),
        (200, chat("a", model="other"), "stop", "wrong_model"),
    ],
)  # fmt: skip
def test_what_is_not_an_answer_is_noticed(status, body, kind, reason):
    got = verdict(status, body)
    assert (got.kind, got.result.reason) == (kind, reason)


def test_an_answer_comes_with_what_was_counted():
    got = verdict(200, chat("नमस्ते", finish="length"))
    assert got.kind == "final" and got.result == Reply("नमस्ते", "length", 7, 3) and got.usage == (7, 3)
    odd = chat("a", usage={"prompt_tokens": True, "completion_tokens": -1})
    assert verdict(200, odd).result == Reply("a", "stop", None, None)


@pytest.mark.parametrize(
    ("value", "result"), [(1.5, Reply(score=1.5, prompt_tokens=5)), (-3, Reply(score=-3.0, prompt_tokens=5))]
)
def test_a_score_is_read(value, result):
    assert protocol.score_verdict(200, json.dumps(score(value)).encode(), None, MODEL).result == result


@pytest.mark.parametrize("value", ["NaN", "Infinity", "null", '"1"', "true", "1e999"])
def test_what_is_no_number_is_no_score(value):
    raw = json.dumps(score(None)).replace("[null]", f"[{value}]").encode()
    assert protocol.score_verdict(200, raw, None, MODEL).result.reason == "bad_reply"


def test_a_classifier_is_no_reward_model():
    body = {"model": "tiny", "data": [{"probs": [0.1, 0.9]}]}
    got = protocol.score_verdict(200, json.dumps(body).encode(), None, MODEL)
    assert got.kind == "stop" and "2 numbers" in got.result.detail
    none = protocol.score_verdict(404, b'{"detail": "Not Found"}', None, MODEL)
    assert none.kind == "stop" and "--convert classify" in none.result.detail


@pytest.mark.parametrize(
    ("served", "asked", "same"),
    [
        ("gpt-4o-2024-08-06", "gpt-4o", True),
        ("CohereLabs/aya-expanse-8b", "CohereLabs/aya-expanse-8b@main", True),
        ("aya-expanse-8b", "CohereLabs/aya-expanse-8b", True),
        ("/models/Tiny", "/models/tiny/", True),
        ("aya-expanse-32b", "CohereLabs/aya-expanse-8b", False),
        ("mistral", "aya", False),
    ],
)  # fmt: skip
def test_names_of_one_model(served, asked, same):
    assert protocol.same_model(served, asked) is same


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("7", 7),
        ("0.5", 0.5),
        ("-1", 0),
        ("Thu, 01 Jan 1970 00:02:00 GMT", 20),
        ("Thu, 01 Jan 1970 00:01:00 GMT", 0),
        ("soon", None),
        ("inf", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header, seconds):
    assert protocol.parse_retry_after(header, now=100) == seconds


def test_a_schema_is_sent_or_written_into_the_prompt():
    request = ask("Rate it", schema='{"type": "object"}')
    sent = json.loads(protocol.chat_body(request))
    assert sent["response_format"]["json_schema"]["schema"] == {"type": "object"} and sent["max_tokens"] == 1024
    plain = json.loads(protocol.chat_body(request, "max_completion_tokens", True))
    assert "response_format" not in plain and "max_tokens" not in plain and plain["max_completion_tokens"] == 1024
    assert plain["messages"][0]["content"].startswith("Rate it\n") and '{"type": "object"}' in str(plain["messages"])
    assert request.messages == (("user", "Rate it"),)
    with pytest.raises(UserError, match="no JSON object"):
        protocol.chat_body(ask("a", schema="no"))


@given(st.integers(200, 599), st.binary() | st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2)
    | st.dictionaries(st.sampled_from(["choices", "message", "content", "error", "model", "usage", "data"]), inner),
).map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_no_answer_whatever_breaks_the_reader(status, body):
    for read in (protocol.chat_verdict, protocol.score_verdict):
        result = read(status, body, None, Model("tiny")).result
        assert isinstance(result, Failure)
        result.detail.encode()


@pytest.mark.parametrize("key", ["reasoning_content", "reasoning"])
def test_a_thought_that_a_server_gives_apart_is_kept_apart(key):
    body = chat("Nine.")
    body["choices"][0]["message"][key] = "7, or 9?\ud800"
    result = protocol.chat_verdict(200, json.dumps(body).encode(), None, MODEL).result
    assert (result.text, result.thinking) == ("Nine.", "7, or 9??")
    assert result == Reply("Nine.", prompt_tokens=7, completion_tokens=3), "it is no part of the answer"
    # A server that knows both names leaves one of them empty.
    body["choices"][0]["message"] = {"reasoning_content": "", "reasoning": "", "content": "Nine."} | {key: "7?"}
    assert protocol.chat_verdict(200, json.dumps(body).encode(), None, MODEL).result.thinking == "7?"
    body["choices"][0]["message"] = {"content": None, key: "7, or 9??"}
    body["choices"][0]["finish_reason"] = "length"
    assert protocol.chat_verdict(200, json.dumps(body).encode(), None, MODEL).result == Failure(
        "empty_answer", "null content, finish_reason length after a thought of 9 characters; raise max_tokens"
    )


@pytest.mark.parametrize(
    "message", ["System role not supported", "system messages are not supported by this model", "Error: no system role"]
)
def test_a_template_without_a_system_role_is_that_rows_failure_by_a_name_of_its_own(message):
    meaning = verdict(400, {"error": {"message": message}})
    assert (meaning.kind, meaning.result.reason) == ("final", "no_system_role")
    assert "no place for a system prompt" in meaning.result.detail and message in meaning.result.detail
    other = verdict(400, {"error": {"message": "the system is overloaded, retry is not supported"}})
    assert other.kind == "plainer"
