"""Requests in batches, against a real server on loopback whose batches, lines and answers go wrong in every way."""

import json
import logging
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from polypref.errors import UserError
from polypref.inference import Failure, Model, Reply, Request
from polypref.inference.batch import Batches
from polypref.inference.batch_files import RequestFile
from polypref.inference.batch_http import HttpService
from polypref.inference.batch_store import BatchStore
from polypref.inference.choose import backend, served
from polypref.inference.log import ResponseLog
from tests.conftest import environment

from . import batch_server
from .loopback import ask, chat, last_turn

QUICK = {"poll": 0.0, "longest_poll": 0.01, "backoff": 0.001, "patience": 5.0, "most_requests": 100}


def asked(server: batch_server.Batches, log: Path, requests: list[Request], **more: object) -> dict[str, object]:
    """What the log knows after the requests were asked: key -> result."""
    with ResponseLog(log) as known:
        list(known.ask(Batches(server.url, **QUICK | more), requests))
        return {one.key: result for one, result in zip(requests, known.get_many(requests), strict=True)}


def texts(number: int) -> list[Request]:
    return [ask(f"سؤال {number}", seed=number) for number in range(number)]


def test_a_thousand_requests_with_mixed_faults_lose_nothing_and_repeat_no_answer(tmp_path, caplog):
    requests = texts(1_000)
    draw = random.Random(7)
    # What happens to a request when it is asked for the first and the second time; the third time all is well.
    fates = {one.key: [draw.choice((*["ok"] * 6, *batch_server.FAULTS)) for _ in range(2)] for one in requests}
    troubles = {
        ("upload", 1): 503,
        ("upload", 3): "cut",
        ("make", 2): 500,
        ("made", 0): 502,
        ("made", 4): "cut",
        ("look", 5): 500,
        ("look", 9): "cut",
        ("fetch", 2): "half",
        ("fetch", 6): 503,
        ("list", 1): 429,
    }
    server = batch_server.Batches(
        lambda key, times: (fates[key] + ["ok"])[min(times, 2)],
        lambda step, times: troubles.get((step, times)),
        looks=2,
    )
    with server, caplog.at_level(logging.WARNING):
        results = asked(server, tmp_path / "log.sqlite", requests)
        backend_usage = server.asked.total()
    refused = {one.key for one in requests if ended_at(fates[one.key])[1] == "bad_request"}
    assert {key for key, result in results.items() if isinstance(result, Failure)} == refused
    assert {results[key].reason for key in refused} == {"bad_request"}
    for one in requests:
        if one.key not in refused:
            assert results[one.key] == Reply(f"re: {one.messages[0][1]}", "stop", 7, 3)
        assert server.answered[one.key] == (one.key not in refused)
        assert server.asked[one.key] == ended_at(fates[one.key])[0] + 1
    assert backend_usage == sum(ended_at(fates[one.key])[0] + 1 for one in requests)
    # Only what needs it was asked again, in files of its own.
    assert len(server.batches) < 30
    written = caplog.text
    for reason in ("batch_expired", "answer_missing", "server_error", "rate_limited", "bad_reply"):
        assert f"to be asked again ({reason})" in written
    assert "failed (bad_request)" in written and "lines doubled" in written and "lines unreadable" in written


def ended_at(fates: list[str]) -> tuple[int, str]:
    """After how many tries in vain a request has its result, and which fate that was."""
    for tries, fate in enumerate(fates):
        if fate in ("ok", "doubled", "bad_request"):
            return tries, fate
    return len(fates), "ok"


class Killed(BaseException):
    """What a killed process does: nothing more."""


def killed_at(work: Callable[..., object], number: int, after: bool) -> Callable[..., object]:
    """The same function, whose call of this number, from 1, is the process's last: it is done, or not even that."""
    calls = 0

    def killed(*words: object, **more: object) -> object:
        nonlocal calls
        calls += 1
        if calls == number and not after:
            raise Killed
        given = work(*words, **more)
        if calls == number:
            raise Killed
        return given

    return killed


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True])
def test_a_run_killed_at_any_call_goes_on_and_asks_nothing_twice(tmp_path, monkeypatch, after):
    requests, call, number = texts(3), HttpService._once, 0
    while True:
        number += 1
        log = tmp_path / f"{number}.sqlite"
        with batch_server.Batches() as server:
            monkeypatch.setattr(HttpService, "_once", killed_at(call, number, after))
            try:
                asked(server, log, requests, most_requests=2)
                break
            except Killed:
                monkeypatch.setattr(HttpService, "_once", call)
            results = asked(server, log, requests, most_requests=2)
        assert [result.text for result in results.values()] == [f"re: {one.messages[0][1]}" for one in requests]
        assert server.answered == dict.fromkeys(results, 1), number
    # Two batches: each is uploaded, made, looked at and fetched.
    assert number > 2 * 4


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "name"), [(BatchStore, "add"), (BatchStore, "note"), (BatchStore, "note_outcomes"), (RequestFile, "write")]
)
def test_a_run_killed_while_it_writes_down_goes_on_and_asks_nothing_twice(tmp_path, monkeypatch, kind, name):
    requests, work = texts(4), getattr(kind, name)
    for number, after in ((1, False), (1, True), (2, False), (2, True)):
        log = tmp_path / f"{number}{after}.sqlite"
        with batch_server.Batches() as server:
            monkeypatch.setattr(kind, name, killed_at(work, number, after))
            with pytest.raises(Killed):
                asked(server, log, requests, most_requests=2)
            monkeypatch.setattr(kind, name, work)
            results = asked(server, log, requests, most_requests=2)
        assert all(isinstance(result, Reply) for result in results.values())
        assert server.answered == dict.fromkeys(results, 1), (number, after)


def test_answers_that_were_not_taken_are_read_from_their_file(tmp_path):
    requests = texts(4)
    with batch_server.Batches() as server, ResponseLog(tmp_path / "log.sqlite") as log:
        # Nobody writes the first answer down: whoever asked was killed just then.
        settings = Batches(server.url, **QUICK, keep=str(tmp_path / "kept"))
        first = settings.run(iter(requests))
        next(first)
        first.close()
        number = len(server.batches)
        again = dict(log.ask(settings, requests))
        assert set(again) == set(requests) and len(server.batches) == number == 1


CLIENT = """
import sys
from pathlib import Path
from polypref.inference.log import ResponseLog
from polypref.inference.batch import Batches
from tests.inference.test_batch import texts
url, log = sys.argv[1:]
with ResponseLog(Path(log)) as known:
    list(known.ask(Batches(url, poll=0.0, longest_poll=0.01, most_requests=4), texts(8)))
"""


@pytest.mark.slow
def test_a_client_that_is_killed_outright_at_each_step_goes_on(tmp_path):
    steps, client = ["upload", "make", "made", "look", "fetch"], None

    def kill(name: str, times: int) -> str | None:
        if steps and name == steps[0]:
            steps.pop(0)
            os.kill(client.pid, signal.SIGKILL)
            return "cut"
        return None

    with batch_server.Batches(disturb=kill) as server:
        words = [sys.executable, "-c", CLIENT, server.url, str(tmp_path / "log.sqlite")]
        ends = []
        while not ends or ends[-1] == -signal.SIGKILL:
            client = subprocess.Popen(words, env=environment())
            ends.append(client.wait(60))
        assert ends == [-signal.SIGKILL] * 5 + [0]
        assert server.answered == {one.key: 1 for one in texts(8)}


def test_files_are_kept_within_limits(tmp_path):
    with batch_server.Batches() as server:
        asked(server, tmp_path / "a.sqlite", texts(7), most_requests=3)
        assert [len(one.splitlines()) for name, one in server.files.items() if "-o" not in name] == [3, 3, 1]
        sizes = [len(one) for name, one in server.files.items() if "-o" not in name]
    with batch_server.Batches() as server:
        asked(server, tmp_path / "b.sqlite", texts(7), most_bytes=sizes[0] - 1)
        assert [len(one.splitlines()) for name, one in server.files.items() if "-o" not in name] == [2, 2, 2, 1]


def test_no_more_batches_are_out_than_may_be(tmp_path):
    most, out = [], batch_server.Batches(looks=3)
    with out as server:
        shown = server._shown

        def counting(batch):
            most.append(sum(one["looks"] > 0 for one in server.batches))
            return shown(batch)

        server._shown = counting
        asked(server, tmp_path / "a.sqlite", texts(8), most_requests=1, most_open=2)
    assert max(most) == 2 and len(server.answered) == 8


def test_files_of_several_models_and_of_what_is_asked_again_wait_for_room_too(tmp_path):
    models = [Request(Model(f"m{number}"), (("user", str(one)),)) for number in range(5) for one in range(3)]
    out: list[int] = []
    with batch_server.Batches(lambda key, times: "server_error" if not times else "ok", looks=3) as server:
        server.answer = lambda body: chat("a", body["model"])
        shown = server._shown

        def counting(batch):
            out.append(sum(one["looks"] > 0 for one in server.batches))
            return shown(batch)

        server._shown = counting
        results = asked(server, tmp_path / "a.sqlite", models, most_requests=2, most_open=2)
    assert max(out) == 2 and all(isinstance(one, Reply) for one in results.values())
    assert server.asked == {one.key: 2 for one in models} and server.answered == {one.key: 1 for one in models}


def test_models_and_schemas_have_batches_of_their_own(tmp_path):
    other = Request(Model("other"), (("user", "a"),))
    schema = json.dumps({"type": "object"})
    with batch_server.Batches() as server:
        server.answer = lambda body: chat(
            '{"a": 1}' if "JSON" in last_turn(body) else "freely", body["model"], cached=None
        )
        results = asked(server, tmp_path / "a.sqlite", [ask("a"), other, ask("b", schema=schema)])
        assert [one.text for one in results.values()] == ["freely", "freely", '{"a": 1}']
        bodies = [
            json.loads(line)["body"]
            for name, one in server.files.items()
            if "-o" not in name
            for line in one.splitlines()
        ]
    # A server that answers freely where JSON is asked for is asked again, with the schema in the prompt.
    assert [
        ("response_format" in one, "JSON schema" in last_turn(one)) for one in bodies if last_turn(one)[:1] == "b"
    ] == [
        (True, False),
        (False, True),
    ]


def test_what_cannot_be_asked_in_a_batch_is_said(tmp_path):
    with batch_server.Batches() as server:
        results = asked(server, tmp_path / "a.sqlite", [ask("half \ud800"), ask("whole")])
        assert [type(one) for one in results.values()] == [Failure, Reply]
        with pytest.raises(UserError, match="batches answer conversations and score none: have reward model tiny"):
            asked(server, tmp_path / "b.sqlite", [ask("a", kind="score")])
    with pytest.raises(UserError, match="written down beside a response log, or in the folder that keep= names"):
        list(Batches("http://localhost:1/v1").run([ask("a")]))


def test_a_request_that_comes_twice_is_asked_once(tmp_path):
    with batch_server.Batches() as server:
        settings = Batches(server.url, **QUICK, keep=str(tmp_path))
        got = list(settings.run([ask("a"), ask("b"), ask("a")]))
        assert Counter(one.messages[0][1] for one, _ in got) == {"a": 2, "b": 1}
        assert sum(server.asked.values()) == 2


def test_what_failed_is_asked_anew_when_it_is_asked_for(tmp_path):
    bad = iter(["bad_request", "ok"])
    with batch_server.Batches(lambda key, times: next(bad)) as server:
        log = tmp_path / "log.sqlite"
        assert isinstance(asked(server, log, [ask("a")])[ask("a").key], Failure)
        assert isinstance(asked(server, log, [ask("a")])[ask("a").key], Failure)
        with ResponseLog(log) as known:
            ((_, result),) = known.ask(Batches(server.url, **QUICK), [ask("a")], again=True)
        assert isinstance(result, Reply) and server.asked[ask("a").key] == 2


def test_a_request_that_never_comes_out_is_given_up(tmp_path):
    with batch_server.Batches(lambda key, times: "expired") as server:
        results = asked(server, tmp_path / "a.sqlite", [ask("a")], attempts=3)
        assert results[ask("a").key].reason == "batch_expired" and server.asked[ask("a").key] == 3


def test_usage_and_cost_count_each_answer_once(tmp_path):
    def answered(body):
        usage = {"prompt_tokens": 1_000, "completion_tokens": 100, "prompt_tokens_details": {"cached_tokens": 600}}
        return chat("a") | {"usage": usage}

    with batch_server.Batches() as server, ResponseLog(tmp_path / "log.sqlite") as log:
        server.answer = answered
        settings = Batches(server.url, **QUICK, price_in=2.0, price_out=8.0, price_cached=1.0, discount=0.5)
        list(log.ask(settings, texts(10)))
        list(log.ask(settings, texts(10)))
    usage = settings.usage
    assert (usage.requests, usage.prompt_tokens, usage.completion_tokens) == (10, 10_000, 1_000)
    assert usage.cached_tokens == 6_000
    # (4,000 at 2 + 6,000 at 1 + 1,000 at 8) / 1e6, half of it
    assert settings.cost == pytest.approx(0.011)


def test_a_folder_holds_batches_that_somebody_else_has_answered(tmp_path):
    folder, log = tmp_path / "batches", tmp_path / "log.sqlite"
    requests = texts(5)
    settings = Batches(str(folder), most_requests=2)
    with ResponseLog(log) as known:
        with pytest.raises(
            UserError, match=r"5 requests wait in .*requests-0001.jsonl and 2 more files; .*vllm run-batch"
        ):
            list(known.ask(settings, requests))
        with pytest.raises(UserError, match="5 requests wait"):
            list(known.ask(settings, requests))
        assert sorted(path.name for path in folder.glob("*.jsonl")) == [f"requests-000{n}.jsonl" for n in (1, 2, 3)]
        for number in (1, 2):
            answer_file(folder, number, lose=number == 2)
        with pytest.raises(UserError, match=r"2 requests wait in .*requests-0003.jsonl and 1 more files"):
            list(known.ask(settings, requests))
        assert [result is None for result in known.get_many(requests)] == [False, False, False, True, True]
        for number in (3, 4):
            answer_file(folder, number)
        assert len(list(known.ask(settings, requests))) == 2
        assert all(isinstance(result, Reply) for result in known.get_many(requests))


def answer_file(folder: Path, number: int, lose: bool = False) -> None:
    """What `vllm run-batch` writes."""
    rows = [json.loads(line) for line in (folder / f"requests-{number:04}.jsonl").read_text("utf-8").splitlines()]
    lines = [
        {
            "id": "vllm-1",
            "custom_id": row["custom_id"],
            "response": {"status_code": 200, "request_id": "r", "body": chat(last_turn(row["body"]))},
            "error": None,
        }
        for row in rows[: 1 if lose else None]
    ]
    (folder / f"results-{number:04}.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines), "utf-8")


def test_files_of_others_are_left_alone(tmp_path):
    (tmp_path / "requests-0001.jsonl").write_text("mine", "utf-8")
    with pytest.raises(UserError, match=r"requests-0001.jsonl is there already and belongs to no batch"):
        list(Batches(str(tmp_path)).run([ask("a")]))
    assert (tmp_path / "requests-0001.jsonl").read_text("utf-8") == "mine"


def test_a_word_on_the_command_line_gives_batches():
    assert backend("batch:http://localhost:1/v1", discount=0.5) == Batches("http://localhost:1/v1", discount=0.5)
    assert backend(" batch: my files/a ") == Batches("my files/a")
    named = served("m", "batch:http://localhost:1/v1 as deployment-1")
    assert named.backend.served_as == {"m": "deployment-1"}
    for at in ("batch", "batch:", "batch: "):
        with pytest.raises(UserError, match=r"is no way to serve a model; give .*batch: before one address or a"):
            backend(at)
    with pytest.raises(UserError, match="ftp://a"):
        backend("batch:ftp://a")
    with pytest.raises(UserError, match=r"batch has no setting pool; did you mean poll\?"):
        backend("batch:http://localhost:1/v1", pool=3)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"most_requests": 0}, "most_requests is 0; it must be above 0"),
        ({"attempts": -1}, "attempts is -1"),
        ({"discount": 1.5}, "a discount from 0 to 1"),
        ({"poll": -1.0}, "at least 0"),
        ({"most_requests": "5"}, r"Batches\(most_requests='5'\): write a whole number"),
        ({"to": "http://localhost:1/v1,http://localhost:2/v1"}, "batches go to one server, not to several joined by"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, sentence):
    with pytest.raises(UserError, match=sentence):
        Batches(**{"to": "http://localhost:1/v1"} | settings)


def test_a_password_in_an_address_that_is_none_is_not_shown():
    with pytest.raises(UserError, match=r"into a folder, not '\*\*\*@localhost/\*\*\*'") as refused:
        Batches("htps://me:hunter2@localhost/v1?key=hunter2")
    assert "hunter2" not in str(refused.value)


def test_a_cluster_leaves_batches_to_the_process_of_the_command():
    from polypref.engines.ray import Ray
    from polypref.inference import backend_traits

    batches = Batches("http://localhost:1/v1")
    assert backend_traits(batches).here and backend_traits(batches).kind == "batch"
    # A cluster is only looked at where models go into its actors.
    assert Ray(cluster=None).serving(batches) is batches  # type: ignore[arg-type]


@pytest.mark.slow
def test_two_processes_that_share_a_log_ask_each_request_once(tmp_path):
    with batch_server.Batches(looks=3) as server:
        words = [sys.executable, "-c", CLIENT, server.url, str(tmp_path / "log.sqlite")]
        clients = [subprocess.Popen(words, env=environment()) for _ in range(2)]
        assert [client.wait(60) for client in clients] == [0, 0]
        assert server.asked == {one.key: 1 for one in texts(8)}
