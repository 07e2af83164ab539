"""The OpenAI backend against a real server on the loopback interface."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from email.utils import formatdate

import pytest

from polypref.errors import UserError
from polypref.inference import Failure, Reply, Served, openai
from polypref.inference.ask import ask_all
from polypref.inference.log import ResponseLog
from polypref.inference.openai import OpenAI

from .loopback import MODEL, Loopback, ask, chat, error, last_turn, score

TEXTS = ["مرحبا", "שלום", "سلام", "नमस्ते", "你好", "こんにちは", "안녕하세요", "Γειά σου", "Привіт"]


def run(server, requests, **settings):
    settings = {"concurrency": 8, "backoff": 0.01} | settings
    urls = (server.url,) if isinstance(server, Loopback) else tuple(one.url for one in server)
    return list(OpenAI(urls, **settings).run(requests))


def test_every_request_is_answered_and_sent_as_it_was_meant():
    with Loopback(lambda body, _: chat(last_turn(body)[::-1])) as server:
        requests = [ask(text, seed=i) for i, text in enumerate(TEXTS)]
        got = dict(run(server, iter(requests)))
        assert {request: got[request].text for request in requests} == {r: r.messages[0][1][::-1] for r in requests}
        body = next(body for body in server.bodies if body["seed"] == 3)
        assert body == {
            "model": "tiny", "messages": [{"role": "user", "content": TEXTS[3]}],
            "temperature": 0.0, "top_p": 1.0, "max_tokens": 1024, "seed": 3,
        }  # fmt: skip


def test_a_setting_of_another_type_is_a_sentence():
    with pytest.raises(UserError, match=r"OpenAI\(concurrency='8'\): write a whole number"):
        OpenAI(("http://localhost:1/v1",), concurrency="8")


def test_scores_come_raw_from_classify():
    with Loopback(lambda body, _: score(-2.5)) as server:
        ((_, result),) = run(server, [ask("hello", kind="score")])
        assert result == Reply(score=-2.5, prompt_tokens=5)
        assert server.paths == ["/classify"] and server.bodies[0]["use_activation"] is False


def test_requests_are_read_as_needed_and_few_are_on_their_way():
    read = 0

    def requests():
        nonlocal read
        for i in range(500):
            read += 1
            yield ask(str(i))

    async def slow(body, _):
        if len(server.bodies) == 10:
            ten.set()
        await ten.wait()
        return chat("a")

    ten = asyncio.Event()
    with Loopback(slow) as server:
        ahead = [read - done for done, _ in enumerate(OpenAI((server.url,), concurrency=10).run(requests()), 1)]
        assert len(ahead) == 500 and max(ahead) <= 20 and server.most == 10


def test_the_callers_thread_reads_the_requests():
    threads = set()

    def requests():
        for i in range(50):
            threads.add(threading.get_ident())
            yield ask(str(i))

    with Loopback(lambda *_: chat("a")) as server:
        assert len(run(server, requests())) == 50
    assert threads == {threading.get_ident()}


@pytest.mark.slow
@pytest.mark.parametrize("header", [lambda: "1", lambda: formatdate(time.time() + 2, usegmt=True)])
def test_retry_after_is_honoured(header):
    times = []

    def answer(body, _):
        times.append(time.monotonic())
        return error(429, "slow", {"Retry-After": header()}) if len(times) == 1 else chat("a")

    with Loopback(answer) as server:
        assert isinstance(run(server, [ask("a")])[0][1], Reply)
    assert times[1] - times[0] > 0.9


def test_a_server_that_asks_for_hours_stops_the_run():
    with (
        Loopback(lambda *_: error(429, "daily limit", {"Retry-After": "7200"})) as server,
        pytest.raises(UserError, match=r"asks to wait 7200 s.*daily limit"),
    ):
        run(server, [ask("a")], patience=1)


def test_a_server_that_says_that_it_is_too_much_still_answers_all():
    now = 0

    async def limited(body, _):
        nonlocal now
        if now >= 4:
            return error(429, "busy")
        now += 1
        await asyncio.sleep(0.005)
        now -= 1
        return chat("a")

    with Loopback(limited) as server:
        results = run(server, (ask(str(i)) for i in range(400)), concurrency=64)
        assert all(isinstance(result, Reply) for _, result in results) and len(results) == 400


def test_servers_share_the_load_and_the_slow_one_gets_less():
    waits = threading.Event()

    async def slow(*_):
        while not waits.is_set():
            await asyncio.sleep(0.001)
        return chat("a")

    def quick(*_):
        if len(two.bodies) == 200:
            waits.set()
        return chat("a")

    with Loopback(slow) as one, Loopback(quick) as two:
        assert len(run((one, two), (ask(str(i)) for i in range(300)), concurrency=8)) == 300
        assert 0 < len(one.bodies) < 100 < len(two.bodies)


def test_a_server_that_comes_back_is_used_again():
    count = 0

    def answer(body, _):
        nonlocal count
        count += 1
        return chat("a")

    with Loopback(answer) as server:
        requests = iter([ask(str(i)) for i in range(40)])
        results = []
        for done in OpenAI((server.url,), concurrency=2, backoff=0.01, patience=600).run(requests):
            results.append(done)
            if len(results) == 10:
                server.die()
                threading.Timer(0.5, server.live).start()
        assert len(results) == 40 and all(isinstance(result, Reply) for _, result in results)


@pytest.mark.parametrize(
    ("status", "says"),
    [(401, "does not accept the API key"), (403, "forbids it"), (404, "does not know what was asked for")],
)
def test_what_nobody_can_answer_stops_the_run_and_names_the_server(status, says):
    with Loopback(lambda *_: error(status, "no, tiny does not exist")) as server:
        with pytest.raises(UserError, match=says) as caught:
            run(server, (ask(str(i)) for i in range(100)))
        assert server.url in str(caught.value) and len(server.bodies) <= 16


def test_another_models_answer_stops_the_run():
    with Loopback(lambda *_: chat("a", model="other")) as server, pytest.raises(UserError, match="other, not tiny"):
        run(server, [ask("a")])


def test_what_is_paid_for_arrives_before_the_run_stops():
    async def answer(body, _):
        if len(server.bodies) == 4:
            all_there.set()
        await all_there.wait()
        if last_turn(body) == "bad":
            return error(401, "who are you")
        await asyncio.sleep(0.3)
        return chat("a")

    all_there = asyncio.Event()

    done = []
    with Loopback(answer) as server, pytest.raises(UserError):
        backend = OpenAI((server.url,), concurrency=8)
        for one in backend.run([ask("1"), ask("2"), ask("bad"), ask("3")]):
            done.append(one)
    assert {request.messages[0][1] for request, _ in done} == {"1", "2", "3"}


def test_a_run_that_must_stop_waits_for_no_more_than_is_on_its_way(monkeypatch):
    monkeypatch.setattr(openai, "_LAST_CHANCE", 3600.0)
    errors = []

    def asks(server):
        try:
            run(server, [ask("a")])
        except UserError as error:
            errors.append(error)

    with Loopback(lambda *_: error(401, "who are you")) as server:
        thread = threading.Thread(target=asks, args=(server,), daemon=True)
        thread.start()
        thread.join(60)
    assert not thread.is_alive() and len(errors) == 1


def test_requests_may_come_when_all_before_are_answered():
    answered = threading.Event()

    def requests():
        yield ask("1")
        assert answered.wait(60)
        time.sleep(0.2)  # the answer arrives, and nothing is left to do
        yield ask("2")

    def answer(body, _):
        answered.set()
        return chat(last_turn(body))

    with Loopback(answer) as server:
        assert [result.text for _, result in run(server, requests())] == ["1", "2"]


def test_no_server_at_all_is_said_soon():
    with Loopback(lambda *_: chat("a")) as server:
        server.die()
        with pytest.raises(UserError, match=r"no server is of use.*Cannot connect"):
            run(server, [ask("a")], patience=0.3)


def test_timeouts_are_the_rows_failure_in_the_end():
    async def answer(body, _):
        await asyncio.Event().wait()

    with Loopback(answer) as server:
        ((_, result),) = run(server, [ask("slow")], timeout=0.2, attempts=2)
        assert result == Failure("timeout", "no answer within 0.2 s")
        assert len(server.bodies) <= 2  # one may not have come as far as the server


def test_a_server_without_schemas_gets_them_in_the_prompt(caplog):
    def answer(body, _):
        return error(400, "response_format is not supported") if "response_format" in body else chat('{"a": 1}')

    with Loopback(answer) as server:
        got = run(server, [ask(str(i), schema='{"type": "object"}') for i in range(20)], concurrency=2)
        assert all(isinstance(result, Reply) for _, result in got)
        assert sum("response_format" in body for body in server.bodies) <= 2
    assert sum("does not take a JSON schema" in message for message in caplog.messages) == 1


def test_a_row_refused_for_another_reason_does_not_cost_the_others_their_schema():
    def answer(body, _):
        return error(400, "roles must alternate") if "bad" in last_turn(body) else chat("{}")

    with Loopback(answer) as server:
        requests = [ask(text, schema='{"type": "object"}') for text in ("bad", "1", "2", "3")]
        got = {r.messages[0][1]: result for r, result in run(server, requests, concurrency=1)}
        assert got["bad"].reason == "bad_request" and got["3"].text == "{}"
        assert "response_format" in server.bodies[-1]


def test_a_server_that_silently_ignores_schemas_is_noticed():
    with Loopback(lambda body, _: chat("Well, I think", "tiny") if "response_format" in body else chat("{}")) as server:
        got = run(server, [ask(str(i), schema='{"type": "object"}') for i in range(5)], concurrency=1)
        assert [result.text for _, result in got] == ["{}"] * 5
        assert len(server.bodies) == 6


def test_max_completion_tokens_where_the_server_wants_it():
    def answer(body, _):
        return error(400, "Use 'max_completion_tokens' instead.") if "max_tokens" in body else chat("a")

    with Loopback(answer) as server:
        assert all(isinstance(result, Reply) for _, result in run(server, map(ask, "abc"), concurrency=1))
        assert len(server.bodies) == 4


def test_half_a_character_in_a_prompt_is_that_rows_failure():
    with Loopback(lambda *_: chat("a")) as server:
        got = {r.messages[0][1]: result for r, result in run(server, [ask("x\ud83d"), ask("b")])}
        assert got["x\ud83d"].reason == "lone_surrogate" and got["b"].text == "a"


def test_the_key_is_sent_and_never_shown(monkeypatch, caplog):
    monkeypatch.setenv("MY_KEY", "sesame-open-yourself")
    with Loopback(lambda body, sent: error(500, f"dump: {sent.headers['Authorization']}")) as server:
        backend = OpenAI((server.url,), key_env="MY_KEY", attempts=1)
        ((_, result),) = backend.run([ask("a")])
        assert server.headers[0]["Authorization"] == "Bearer sesame-open-yourself"
        server.answer = lambda body, sent: error(401, f"bad key {sent.headers['Authorization']}")
        with pytest.raises(UserError) as caught:
            list(backend.run([ask("a")]))
    assert "***" in result.detail and "***" in str(caught.value)
    assert "sesame" not in f"{backend!r} {result} {caught.value} {caplog.text}"
    with pytest.raises(UserError, match="holds a user or password") as caught:
        OpenAI(("http://me:hunter22@a/v1",))
    assert "hunter22" not in str(caught.value)


def test_tokens_and_cost_are_counted():
    with Loopback(lambda *_: chat("a")) as server:
        backend = OpenAI((server.url,), price_in=2.0, price_out=10.0)
        assert len(list(backend.run(map(ask, "abcd")))) == 4
        assert (backend.usage.prompt_tokens, backend.usage.completion_tokens) == (28, 12)
        assert backend.cost == pytest.approx((28 * 2 + 12 * 10) / 1e6)
        assert OpenAI((server.url,), price_in=2.0).cost is None


def test_answers_whose_tokens_nobody_counted_are_said(tmp_path, capsys):
    def answers(body, _):
        return chat("a", usage=None) if last_turn(body) == "b" else chat("a")

    with Loopback(answers) as server, ResponseLog(tmp_path / "log.sqlite") as log:
        served, asked = Served(MODEL, OpenAI((server.url,), price_in=2.0, price_out=10.0)), list(map(ask, "abc"))
        ask_all("complete", [served], lambda known: [asked], log)
    shown = capsys.readouterr().err
    assert "14 + 6 tokens through this server so far, cost 0.00; 1 answers came without a count" in shown


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://a", "http://", "http://a:x/v1", "http://a/v1?k=v"])
def test_an_address_that_is_none_is_said(url):
    with pytest.raises(UserError, match="no server's address"):
        OpenAI((url,))
    with pytest.raises(UserError, match=r"concurrency=0\): write a whole number of at least 1"):
        OpenAI(("http://a/v1",), concurrency=0)


def test_redirects_are_not_followed_with_the_key():
    from aiohttp import web

    with Loopback(lambda *_: web.Response(status=307, headers={"Location": "http://evil.example/"})) as server:
        with pytest.raises(UserError, match="redirects"):
            run(server, [ask("a")])
        assert len(server.bodies) == 1


def test_an_error_while_reading_requests_reaches_the_caller_and_ends_the_thread():
    def requests():
        yield ask("a")
        raise ZeroDivisionError

    with Loopback(lambda *_: chat("a")) as server, pytest.raises(ZeroDivisionError):
        run(server, requests())
    assert not [thread for thread in threading.enumerate() if thread.name == "polypref-openai"]


INTERRUPTED = """
import sys
from polypref.inference.openai import OpenAI
from polypref.inference import Model, Request
print("ready", flush=True)
list(OpenAI((sys.argv[1],)).run(Request(Model("tiny"), (("user", str(i)),)) for i in range(1000)))
"""


def test_ctrl_c_leaves_at_once(root):
    async def never(*_):
        await asyncio.sleep(3600)

    with Loopback(never) as server:
        child = subprocess.Popen(
            [sys.executable, "-c", INTERRUPTED, server.url], cwd=root, env=os.environ | {"PYTHONPATH": str(root)},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        deadline = time.monotonic() + 120
        while len(server.bodies) < 64 and time.monotonic() < deadline:
            time.sleep(0.02)
        child.send_signal(signal.SIGINT)
        # Far sooner than the answers come.
        _, errors = child.communicate(timeout=60)
        assert "KeyboardInterrupt" in errors and "never retrieved" not in errors
        server.loop.call_soon_threadsafe(lambda: [task.cancel() for task in asyncio.all_tasks(server.loop)])


def test_a_body_holds_what_json_can(root):
    with Loopback(lambda body, _: chat("ok")) as server:
        text = '\x00 \u2028 \U0001f600 "quoted" \\'
        run(server, [ask(text)])
        assert last_turn(server.bodies[0]) == text and json.dumps(text)


def test_the_reason_is_what_went_wrong_most_often():
    attempts = []

    async def answer(body, _):
        attempts.append(1)
        return error(504 if len(attempts) < 3 else 500, "boom")

    with Loopback(answer) as server:
        ((_, result),) = run(server, [ask("a")], attempts=3)
    assert result.reason == "timeout"
