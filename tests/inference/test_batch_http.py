"""What is said to a server of files and batches, and what its answers do."""

import json

import pytest

from polypref.errors import UserError
from polypref.inference import Reply

from . import batch_server
from .loopback import ask
from .test_batch import asked, texts

KEY = "sk-test-0123456789abcdef"


def test_a_batch_that_was_made_without_a_word_is_looked_for_on_every_page(tmp_path):
    # Five batches of others came after it, three a page.
    with batch_server.Batches(disturb=lambda step, times: "cut" if step == "made" and times == 0 else None) as server:
        make = server._make

        def and_others(body):
            given = make(body)
            for number in range(1, 6):
                server.batches.append(
                    {**server.batches[0], "id": f"batch_{number}", "metadata": {}, "input_file_id": "x"}
                )
            return given

        server._make = and_others
        results = asked(server, tmp_path / "log.sqlite", texts(2))
        assert all(isinstance(one, Reply) for one in results.values())
        assert server.calls["make"] == 1 and server.calls["list"] == 2


def test_a_server_that_forgets_the_mark_is_searched_by_the_file(tmp_path):
    with batch_server.Batches(disturb=lambda step, times: 502 if step == "made" and times == 0 else None) as server:
        make = server._make
        server._make = lambda body: make({**body, "metadata": None})
        asked(server, tmp_path / "log.sqlite", texts(2))
        assert server.calls["make"] == 1 and server.answered == {one.key: 1 for one in texts(2)}


def test_where_batches_cannot_be_listed_nothing_is_submitted_on_a_guess(tmp_path):
    with batch_server.Batches(disturb=lambda step, times: "cut" if step == "made" and times == 0 else None) as server:
        server.listed = False
        for _ in range(2):
            with pytest.raises(UserError, match=r"does not list its batches, .*delete requests-0001.jsonl to have"):
                asked(server, tmp_path / "log.sqlite", texts(2))
        assert server.calls["make"] == 1
        (tmp_path / "log.sqlite.batches" / "requests-0001.jsonl").unlink()
        assert all(isinstance(one, Reply) for one in asked(server, tmp_path / "log.sqlite", texts(2)).values())


def test_a_batch_that_the_server_does_not_know_is_not_asked_again_unasked(tmp_path):
    with batch_server.Batches(looks=0) as server:
        shown = server._look
        server._look = lambda name: (404, {"error": {"message": "No batch found"}})
        for _ in range(2):
            with pytest.raises(
                UserError, match=r"knows nothing of batch batch_0, .*delete that file to have its requests"
            ):
                asked(server, tmp_path / "log.sqlite", texts(2))
        server._look = shown
        asked(server, tmp_path / "log.sqlite", texts(2))
        assert server.calls["make"] == 1


def test_an_uploaded_file_that_expired_before_its_batch_was_made_is_uploaded_anew(tmp_path):
    with batch_server.Batches(disturb=lambda step, times: 403 if step == "make" and times == 0 else None) as server:
        with pytest.raises(UserError, match="forbids it"):
            asked(server, tmp_path / "log.sqlite", texts(2))
        server.files.clear()
        make, there = server._make, lambda body: (404, {"error": {"message": "No such File object: file-0"}})
        server._make = lambda body: (make if body["input_file_id"] in server.files else there)(body)
        results = asked(server, tmp_path / "log.sqlite", texts(2))
        assert all(isinstance(one, Reply) for one in results.values())
        assert server.calls["upload"] == 2 and server.answered == {one.key: 1 for one in texts(2)}


def test_an_uploaded_file_that_is_still_there_is_not_uploaded_anew(tmp_path):
    with batch_server.Batches(disturb=lambda step, times: 403 if step == "make" and times == 0 else None) as server:
        with pytest.raises(UserError, match="forbids it"):
            asked(server, tmp_path / "log.sqlite", texts(2))
        asked(server, tmp_path / "log.sqlite", texts(2))
        assert server.calls["upload"] == 1 and server.answered == {one.key: 1 for one in texts(2)}


def test_a_file_of_results_that_expired_is_said_and_its_requests_are_asked_again_when_asked_for(tmp_path):
    words = (
        r"knows that batch batch_0 has ended, and no longer has the file of its results \(file-output-0\), which has "
        r"expired .*delete requests-0001\.jsonl to have its 2 requests asked, and paid for, again"
    )
    with batch_server.Batches() as server:
        make = server._make

        def without_results(body):
            given = make(body)
            server.files.pop("file-output-0", None)
            return given

        server._make = without_results
        with pytest.raises(UserError, match=words):
            asked(server, tmp_path / "log.sqlite", texts(2))
        (tmp_path / "log.sqlite.batches" / "requests-0001.jsonl").unlink()
        assert all(isinstance(one, Reply) for one in asked(server, tmp_path / "log.sqlite", texts(2)).values())


@pytest.mark.parametrize(
    ("step", "status", "words"),
    [
        ("upload", 401, "does not accept the API key"),
        ("upload", 402, "wants to be paid"),
        ("make", 403, "forbids it"),
        ("make", 400, r"refuses a batch \(HTTP 400: trouble 400\)"),
        ("look", 401, "does not accept the API key"),
        ("upload", 307, "redirects; give its final address"),
        ("upload", 404, "does not know what was asked for"),
        ("fetch", 413, "refuses a batch"),
    ],
)
def test_what_no_further_try_mends_is_one_sentence(tmp_path, step, status, words):
    with batch_server.Batches(disturb=lambda name, times: status if name == step else None) as server:
        with pytest.raises(UserError, match=words) as error:
            asked(server, tmp_path / "log.sqlite", texts(2))
        assert "\n" not in str(error.value) and "then run the same command again" in str(error.value)
        server.disturb = lambda name, times: None
        asked(server, tmp_path / "log.sqlite", texts(2))
        assert server.answered == {one.key: 1 for one in texts(2)}


@pytest.mark.parametrize("named", ["", "\x1b[31mbatch", "b" * 201, 7])
def test_an_id_that_is_none_is_not_taken(tmp_path, caplog, named):
    with batch_server.Batches() as server:
        make = server._make

        def other(body):
            status, row = make(body)
            server.batches.clear()
            return status, {**row, "id": named}

        server._make = other
        with pytest.raises(UserError, match="HTTP 200 without the object that was asked for"):
            asked(server, tmp_path / "log.sqlite", texts(2), patience=0.01)
    assert "is at http" not in caplog.text


def test_a_server_that_is_of_no_use_for_too_long_ends_the_run(tmp_path):
    with batch_server.Batches(disturb=lambda name, times: 503) as server:
        with pytest.raises(UserError, match=r"is of no use any more \(HTTP 503: trouble 503\)"):
            asked(server, tmp_path / "log.sqlite", texts(2), patience=0.01)
        url = server.url
    with pytest.raises(UserError, match=r"is of no use any more .*refused"):
        asked(type("Gone", (), {"url": url})(), tmp_path / "log.sqlite", texts(2), patience=0.01)


def test_the_key_goes_to_the_server_and_nowhere_else(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with batch_server.Batches(lambda key, times: "bad_request") as server:
        asked(server, tmp_path / "log.sqlite", texts(2))
        assert {headers["Authorization"] for headers in server.headers} == {f"Bearer {KEY}"}
        # A server that repeats the key in an error.
        server._make = lambda body: (401, {"error": {"message": f"Incorrect API key provided: {KEY}"}})
        with pytest.raises(UserError) as error:
            asked(server, tmp_path / "log.sqlite", [ask("b")])
        # One that repeats it in a line of results.
        server._make = type(server)._make.__get__(server)
        failed_line = batch_server.failed_line
        monkeypatch.setattr(
            batch_server,
            "failed_line",
            lambda key, fault: json.loads(json.dumps(failed_line(key, fault)).replace("off", KEY)),
        )
        ((_, failed),) = asked(server, tmp_path / "log.sqlite", [ask("c")]).items()
        assert failed.detail == "HTTP 400: temperature is *** the scale"
    assert KEY not in str(error.value) and KEY not in caplog.text and "Incorrect API key" in str(error.value)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 3 and not any(KEY.encode() in path.read_bytes() for path in files)


def test_marks_and_windows_are_what_the_server_is_told(tmp_path):
    bodies = []
    with batch_server.Batches() as server:
        make = server._make
        server._make = lambda body: bodies.append(body) or make({**body, "completion_window": "24h"})
        asked(server, tmp_path / "log.sqlite", texts(2), window="7d")
        line = json.loads(server.files["file-0"].splitlines()[0])
    assert bodies[0]["completion_window"] == "7d" and len(bodies[0]["metadata"]["polypref"]) == 32
    assert line["url"] == "/v1/chat/completions" and line["custom_id"] == texts(2)[0].key
    assert line["body"]["messages"] == [{"role": "user", "content": "سؤال 0"}]
