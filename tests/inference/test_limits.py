"""Answers that are too long, packed, endless, slow or of another length than they say: a counted failure, no more."""

import asyncio
import json
import tracemalloc

import pytest

from polypref.errors import UserError
from polypref.inference import Failure, Model, Reply, Request
from polypref.inference.openai import OpenAI
from polypref.inference.protocol import chat_verdict

from .loopback import MODEL, Loopback, ask, chat, error, last_turn, score
from .raw import HEAD, Raw, bomb, response

MOST = 1 << 20
SHORT = {"attempts": 1, "timeout": 60, "max_answer_bytes": MOST, "backoff": 0.01}


def beside_good_ones(bad, kind="chat", **settings):
    """What comes of one bad answer among good ones; all others must come."""

    async def answer(body, write):
        if "messages" in body and body["messages"][-1]["content"] == "bad":
            await bad(write)
        else:
            await write(response(json.dumps(score(1.0) if kind == "score" else chat("good")).encode()))

    requests = [ask(text, kind=kind) for text in ("1", "bad", "2", "3")]
    with Raw(answer) as server:
        got = {r.messages[0][1]: result for r, result in OpenAI((server.url,), **SHORT | settings).run(requests)}
    assert len(got) == 4 and all(isinstance(got[name], Reply) for name in "123")
    return got["bad"], server


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["chat", "score"])
@pytest.mark.parametrize("encoding", ["gzip", "deflate", "raw deflate"])
def test_a_packed_answer_is_unpacked_up_to_the_limit(encoding, kind):
    packed = bomb(encoding, 300)
    assert len(packed) < MOST

    async def bad(write):
        await write(response(packed, f"Content-Encoding: {encoding.split()[-1]}"))

    tracemalloc.start()
    try:
        result, _ = beside_good_ones(bad, kind)
        assert tracemalloc.get_traced_memory()[1] < 16 * MOST
    finally:
        tracemalloc.stop()
    assert result == Failure("too_large", "an answer of more than 1,048,576 bytes; raise max_answer_bytes if it is one")


@pytest.mark.parametrize("encoding", ["br", "zstd"])
def test_what_was_not_asked_for_packed_so_is_a_failure(encoding):
    async def bad(write):
        await write(response(bomb(encoding, 300), f"Content-Encoding: {encoding}"))

    result, _ = beside_good_ones(bad)
    assert result.reason in ("too_large", "server_error", "bad_reply")


@pytest.mark.parametrize("kind", ["chat", "score"])
def test_an_answer_without_end_is_left(kind):
    async def bad(write):
        await write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        while True:
            await write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")

    result, server = beside_good_ones(bad, kind)
    assert result.reason == "too_large"
    # What was read, and what lay in the buffers of both sides.
    assert server.sent < 32 * MOST


def test_a_length_that_is_too_long_is_not_waited_for():
    async def bad(write):
        await write(response(b"{", length=1 << 40))
        await asyncio.sleep(3600)

    result, _ = beside_good_ones(bad)
    assert result.reason == "too_large"


@pytest.mark.parametrize("length", [10, 10_000])
def test_a_length_that_is_no_answers_length_makes_no_answer(length):
    async def bad(write):
        await write(response(json.dumps(chat("a" * 100)).encode(), length=length))
        raise ConnectionError

    result, _ = beside_good_ones(bad)
    assert result.reason in ("server_error", "bad_reply")


@pytest.mark.parametrize("status", ["200 OK", "500 Oops", "429 Busy"])
def test_a_byte_now_and_then_is_as_late_as_none(status):
    async def slow(body, write):
        await write(response(b"", length=1_000_000, status=status))
        while True:
            await write(b" ")
            await asyncio.sleep(0.01)

    with Raw(slow) as server:
        ((_, result),) = OpenAI((server.url,), **SHORT | {"timeout": 0.5}).run([ask("a")])
    assert result == Failure("timeout", "no answer within 0.5 s")


def test_an_error_is_read_at_its_beginning_and_means_what_its_status_says():
    async def bad(write):
        await write(b"HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n")
        text = b"This model's maximum context length is 8192 tokens. " * 1_000
        while True:
            await write(b"%x\r\n%s\r\n" % (len(text), text))

    result, server = beside_good_ones(bad)
    assert result.reason == "context_too_long" and "8192 tokens" in result.detail
    assert server.sent < 32 * MOST


@pytest.mark.parametrize("kind", ["chat", "score"])
def test_the_limit_is_a_setting_and_an_answer_that_just_fits_is_read(kind):
    whole_answer = score(1.0) if kind == "score" else chat("ж" * 1_000)
    text = json.dumps(whole_answer)
    from aiohttp import web

    with Loopback(lambda *_: web.Response(text=text, content_type="application/json")) as server:
        for most, reads in ((len(text), True), (len(text) - 1, False)):
            ((_, result),) = OpenAI((server.url,), max_answer_bytes=most).run([ask("a", kind=kind)])
            assert isinstance(result, Reply) is reads
    with pytest.raises(UserError, match=r"max_answer_bytes=0\): write a whole number of at least 1"):
        OpenAI(("http://a/v1",), max_answer_bytes=0)


def test_a_server_whose_every_answer_is_too_long_stops_the_run():
    with Loopback(lambda *_: chat("a" * 10_000)) as server:
        backend = OpenAI((server.url,), max_answer_bytes=1_000, concurrency=2)
        with pytest.raises(UserError, match=r"20 requests in a row.*too_large, an answer of more than 1,000 bytes"):
            list(backend.run(ask(str(i)) for i in range(1_000)))
        assert len(server.bodies) < 50


def test_an_error_beside_the_beginning_of_an_answer_is_no_answer():
    broken = chat("The capital is") | {"error": {"message": "upstream was lost", "code": 502}}
    answers = iter([broken, chat("The capital is Rome.")])
    with Loopback(lambda *_: next(answers)) as server:
        ((_, result),) = OpenAI((server.url,), backoff=0.01).run([ask("a")])
    assert result == Reply("The capital is Rome.", "stop", 7, 3)


def test_a_call_of_a_tool_is_no_answer():
    called = chat("Let me look", finish="tool_calls")
    with Loopback(lambda *_: called) as server:
        ((_, result),) = OpenAI((server.url,)).run([ask("a")])
    assert result == Failure("bad_reply", "it calls a tool; none was offered")


@pytest.mark.parametrize("kind", ["chat", "score"])
def test_another_models_answer_stops_the_run_and_says_what_to_set(kind):
    def answer(body, _):
        name = f"{body['model']}-Q4_K_M.gguf"
        return score(1.0, name) if kind == "score" else chat("a", name)

    with Loopback(answer) as server:
        with pytest.raises(UserError) as stopped:
            list(OpenAI((server.url,)).run([ask("a", kind=kind)]))
        assert str(stopped.value) == (
            f"{server.url} answered with model tiny-Q4_K_M.gguf, not tiny; serve that one, or, if it is the same under "
            "another name, set served_as to 'tiny-Q4_K_M.gguf' (at='ADDRESS as NAME', "
            "or as in --judge-at 'ADDRESS as NAME')"
        )
        ((_, result),) = OpenAI((server.url,), served_as={"tiny": "tiny-Q4_K_M.gguf"}).run([ask("a", kind=kind)])
        assert isinstance(result, Reply) and result.served == "tiny-Q4_K_M.gguf"
        # It is right for that model only.
        with pytest.raises(UserError, match="answered with model"):
            list(OpenAI((server.url,), served_as={"other": "tiny-Q4_K_M.gguf"}).run([ask("a", kind=kind)]))


def test_a_date_that_is_not_the_revision_asked_for_stops_the_run():
    from dataclasses import replace

    def request(revision: str) -> Request:
        return replace(ask("a"), model=replace(MODEL, revision=revision))

    with Loopback(lambda *_: chat("a", "tiny-2024-05-13")) as server:
        for revision in ("2024-05-13", "unknown", "r1"):
            ((_, result),) = OpenAI((server.url,)).run([request(revision)])
            assert isinstance(result, Reply)
        with pytest.raises(UserError, match="tiny-2024-05-13, not tiny at revision 2024-08-06"):
            list(OpenAI((server.url,)).run([request("2024-08-06")]))


@pytest.mark.parametrize("name", [None, ""])
def test_a_server_that_does_not_say_who_answered_is_believed(name):
    with Loopback(lambda *_: chat("a", name)) as server:
        ((_, result),) = OpenAI((server.url,)).run([ask("a")])
    assert isinstance(result, Reply) and result.served is None


@pytest.mark.slow
def test_a_row_told_to_wait_is_not_given_up_while_its_server_answers_others():
    """Longer than anybody's patience, but never longer than the next answer takes."""
    answered = 0

    async def answer(body, _):
        nonlocal answered
        if last_turn(body) == "later" and answered < 30:
            return error(429, "later", {"Retry-After": "0"})
        await asyncio.sleep(0.1)
        answered += 1
        return chat("a")

    requests = [ask("later"), *(ask(str(n)) for n in range(30))]
    with Loopback(answer) as server:
        backend = OpenAI((server.url,), concurrency=2, patience=1.5, backoff=0.01)
        assert all(isinstance(result, Reply) for _, result in backend.run(requests))
        assert sum(last_turn(body) == "later" for body in server.bodies) > 1


@pytest.mark.slow
def test_a_row_that_alone_is_refused_for_ever_fails_when_the_others_are_done():
    def answer(body, _):
        return error(503, "crashed on this") if last_turn(body).startswith("bad") else chat("a")

    requests = [ask("bad 1"), ask("bad 2"), *(ask(str(n)) for n in range(30))]
    with Loopback(answer) as server:
        got = dict(OpenAI((server.url,), concurrency=4, patience=1.5, backoff=0.01).run(requests))
    failed = {r.messages[0][1]: result for r, result in got.items() if isinstance(result, Failure)}
    assert failed == dict.fromkeys(("bad 1", "bad 2"), Failure("server_error", "HTTP 503: crashed on this"))
    assert len(got) == 32


def test_a_deployments_name_may_come_with_a_date_and_is_no_other_model():
    ask_for = Model("my-deployment", "r1", "apache-2.0")
    body = json.dumps(chat("good") | {"model": "gpt-x-2030-08-06"}).encode()
    assert isinstance(chat_verdict(200, body, None, ask_for, "gpt-x").result, Reply)
    assert chat_verdict(200, body, None, ask_for, "gpt-x-mini").kind == "stop"
    assert chat_verdict(200, body, None, ask_for, "gpt-x-2030-08-07").kind == "stop"
