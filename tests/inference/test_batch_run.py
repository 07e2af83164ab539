"""Batches that a server refuses, fails, cancels or has no room for, and answers that stop a run."""

import json
import logging
import sqlite3
from contextlib import closing

import pytest

from polypref.errors import UserError
from polypref.inference import Failure, Reply, Request, Usage
from polypref.inference.batch import Batches
from polypref.inference.batch_outcomes import written_sent
from polypref.inference.batch_run import BatchRun, Limits
from polypref.inference.batch_service import FolderService
from polypref.inference.batch_store import BatchStore
from polypref.inference.log import ResponseLog
from polypref.inference.servers import Sent

from . import batch_server
from .loopback import MODEL, ask, chat, last_turn
from .test_batch import QUICK, asked, texts


def refusal(code: str, message: str = "m", line: int | None = None) -> dict[str, object]:
    return {"code": code, "message": message, "line": line, "param": None}


def test_requests_that_a_refused_batch_names_fail_and_the_others_are_asked_alone(tmp_path):
    with batch_server.Batches() as server:
        server.refused[0] = [refusal("invalid_value", "of seed", 2), refusal("invalid_value", "of seed", 4)]
        results = list(asked(server, tmp_path / "log.sqlite", texts(5)).values())
        assert results[1] == results[3] == Failure("bad_request", "invalid_value: of seed")
        assert [isinstance(one, Reply) for one in results] == [True, False, True, False, True]
        assert sorted(server.asked.values()) == [1, 1, 1] and len(server.batches) == 2


def test_a_batch_refused_as_such_stops_the_run_and_is_submitted_anew_by_the_next(tmp_path):
    with batch_server.Batches() as server:
        server.refused[0] = [refusal("model_not_found", "The model `tiny` does not exist.")]
        with pytest.raises(UserError, match=r"took nothing of batch batch_0 \(model_not_found: The model `tiny` does"):
            asked(server, tmp_path / "log.sqlite", texts(3))
        results = asked(server, tmp_path / "log.sqlite", texts(3))
        assert all(isinstance(one, Reply) for one in results.values()) and len(server.batches) == 2


def test_no_funds_are_said_and_nothing_is_lost(tmp_path):
    with batch_server.Batches() as server:
        server.refused[0] = [refusal("billing_hard_limit_reached", "Billing hard limit has been reached")]
        with pytest.raises(UserError, match="top up the account"):
            asked(server, tmp_path / "a.sqlite", texts(3))
        assert all(isinstance(one, Reply) for one in asked(server, tmp_path / "a.sqlite", texts(3)).values())
    # Or they end while a batch is being answered: what was answered before is kept, the rest asked when there are some.
    bad = {one.key for one in texts(9)[4:]}
    with batch_server.Batches(lambda key, times: "no_funds" if key in bad and not times else "ok") as server:
        with pytest.raises(UserError, match=r"says that the account is used up .*; top it up"):
            asked(server, tmp_path / "b.sqlite", texts(9))
        with ResponseLog(tmp_path / "b.sqlite") as log:
            assert [isinstance(one, Reply) for one in log.get_many(texts(9))] == [True] * 4 + [False] * 5
        assert all(isinstance(one, Reply) for one in asked(server, tmp_path / "b.sqlite", texts(9)).values())
        assert server.asked == {one.key: 1 + (one.key in bad) for one in texts(9)}
        assert len(json.dumps(server.batches[1])) and len(server.batches) == 2


def test_a_crowded_server_is_tried_again_later(tmp_path, caplog):
    with batch_server.Batches() as server, caplog.at_level(logging.WARNING):
        server.refused = {
            number: [refusal("token_limit_exceeded", "Enqueued token limit reached")] for number in (1, 2)
        }
        results = asked(server, tmp_path / "log.sqlite", texts(6), most_requests=3)
        assert all(isinstance(one, Reply) for one in results.values())
        assert server.asked == {one.key: 1 for one in texts(6)}
    assert "took nothing of batch batch_1 (token_limit_exceeded" in caplog.text


def test_a_server_that_is_crowded_for_ever_is_given_up(tmp_path):
    with batch_server.Batches() as server:
        server.refused = {n: [refusal("token_limit_exceeded", "Enqueued token limit reached")] for n in range(99)}
        with pytest.raises(UserError, match=r"give fewer requests a file \(most_requests\)"):
            asked(server, tmp_path / "log.sqlite", texts(3), attempts=2)
        assert len(server.batches) == 3
        server.refused = {}
        assert all(isinstance(one, Reply) for one in asked(server, tmp_path / "log.sqlite", texts(3)).values())


def test_a_cancelled_batch_stops_the_run_and_the_next_asks_for_what_it_lacks(tmp_path):
    first = {one.key for one in texts(3)}
    with batch_server.Batches(lambda key, times: "ok" if key in first or times else "lost") as server:
        server.ending[0] = "cancelled"
        with pytest.raises(UserError, match="says that batch batch_0 was cancelled; then run the same command again"):
            asked(server, tmp_path / "log.sqlite", texts(6))
        assert all(isinstance(one, Reply) for one in asked(server, tmp_path / "log.sqlite", texts(6)).values())
        assert server.answered == {one.key: 1 for one in texts(6)}


def test_another_model_stops_the_run_and_its_answers_are_taken_when_it_is_named(tmp_path):
    with batch_server.Batches() as server:
        server.answer = lambda body: chat("a", model="deployment-1")
        with pytest.raises(UserError, match="answered with model deployment-1, not tiny"):
            asked(server, tmp_path / "log.sqlite", texts(3))
        results = asked(server, tmp_path / "log.sqlite", texts(3), served_as={"tiny": "deployment-1"})
        assert all(isinstance(one, Reply) for one in results.values())
        assert server.asked == {one.key: 1 for one in texts(3)}


def test_a_server_that_wants_another_field_is_asked_with_that_from_then_on(tmp_path):
    with batch_server.Batches() as server:
        plain = server._answer

        def picky(batch, number, lines):
            server.fault = lambda key, times: "ok" if "max_completion_tokens" in lines[0]["body"] else "other_field"
            plain(batch, number, lines)

        server._answer = picky
        failed_line = batch_server.failed_line
        batch_server.failed_line = lambda key, fault: {
            "custom_id": key,
            "response": {
                "status_code": 400,
                "body": {"error": {"message": "Unsupported parameter: use 'max_completion_tokens' instead."}},
            },
        }
        try:
            results = asked(server, tmp_path / "log.sqlite", texts(3))
            assert all(isinstance(one, Reply) for one in results.values()) and len(server.batches) == 2
            # Another process knows it from the store.
            asked(server, tmp_path / "log.sqlite", [ask("new")])
            assert len(server.batches) == 3
        finally:
            batch_server.failed_line = failed_line


def test_what_any_batch_taught_is_known_whichever_was_written_last(tmp_path):
    with batch_server.Batches() as server:
        server.answer = lambda body: chat('{"a": 1}' if "JSON" in last_turn(body) else "freely", body["model"])
        schema = json.dumps({"type": "object"})
        log = tmp_path / "log.sqlite"
        asked(server, log, [ask("a", schema=schema)])
        # Another process gathered a batch before it knew: it is the newest, and nothing was learned by it.
        with closing(sqlite3.connect(f"{log}.batches/batches.sqlite")) as db, db:
            (sent,) = db.execute("SELECT sent FROM batches WHERE number = 1").fetchone()
            assert not json.loads(sent)["in_prompt"]
            row = ("a" * 32, server.url, sent, 1, "ended", 0.0)
            db.execute(
                "INSERT INTO batches (token, place, sent, requests, state, created) VALUES (?, ?, ?, ?, ?, ?)", row
            )
        assert isinstance(asked(server, log, [ask("b", schema=schema)])[ask("b", schema=schema).key], Reply)
        # The first was asked twice, the schema in the prompt the second time; the other so at once.
        assert server.asked == {ask("a", schema=schema).key: 2, ask("b", schema=schema).key: 1}


def test_a_try_that_came_to_nothing_teaches_nothing(tmp_path):
    store, service = BatchStore(tmp_path), FolderService(tmp_path)
    limits = Limits(1, 1, 1, 1, 0.0, 0.0, 1, "max_tokens", {})
    tried = Sent("max_completion_tokens", True, 5)
    store.add("a" * 32, service.place, written_sent(tried), ["k"])
    store.add("b" * 32, service.place, written_sent(Sent("max_tokens", False)), ["l"])

    def known() -> Sent:
        server = BatchRun(limits, store, service, Usage()).server
        return Sent(server.tokens_field, server.schema_in_prompt, server.listed)

    assert known() == Sent("max_tokens", False)
    store.note_outcomes(1, [("k", "again")])
    assert known() == Sent("max_tokens", False)
    store.note_outcomes(1, [("k", "reply")])
    assert known() == tried
    store.close()


def test_a_deleted_file_of_requests_gives_its_batch_up(tmp_path):
    settings = {"poll": 0.0, "longest_poll": 0.01}
    with batch_server.Batches(looks=10_000) as server, ResponseLog(tmp_path / "log.sqlite") as log:

        def interrupted(*_: object) -> None:
            raise KeyboardInterrupt

        run = Batches(server.url, **QUICK | settings).beside(log.path)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("polypref.inference.batch_http.HttpService.wait", interrupted)
            with pytest.raises(KeyboardInterrupt):
                list(log.ask(run, texts(2)))
            server.looks = 0
            (tmp_path / "log.sqlite.batches" / "requests-0001.jsonl").unlink()
            assert len(list(log.ask(run, texts(2)))) == 2
        assert len(server.batches) == 2


def test_letters_are_asked_for_in_batches_too(tmp_path):
    request = Request(MODEL, (("user", "A or B?"),), kind="letter", letters=("A", "B"))
    listed = [{"token": "A", "logprob": -0.1}, {"token": "B", "logprob": -2.5}]
    with batch_server.Batches() as server:
        server.answer = lambda body: (
            chat("A")
            | {
                "choices": [
                    {
                        "message": {"content": "A"},
                        "finish_reason": "length",
                        "logprobs": {"content": [{"top_logprobs": listed}]},
                    }
                ]
            }
        )
        (reply,) = asked(server, tmp_path / "a.sqlite", [request]).values()
        assert json.loads(reply.text) == {"A": -0.1, "B": -2.5, "likeliest": "A"}
        server.answer = lambda body: chat("A")
        with pytest.raises(UserError, match="gives no log-probabilities of the next token"):
            asked(server, tmp_path / "b.sqlite", [request])
