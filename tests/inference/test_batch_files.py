"""Lines of batches as they are written and read."""

import json

import pytest

from polypref.errors import UserError
from polypref.inference import Failure, Reply
from polypref.inference.batch_files import (
    RequestFile,
    line_verdict,
    read_results,
    refuse_existing,
    request_line,
)

from .loopback import ask, chat

ONE, TWO = ask("один"), ask("two")


def line(key: str, **more: object) -> bytes:
    return json.dumps({"custom_id": key} | more).encode() + b"\n"


def test_a_request_is_one_line_with_its_key():
    written = request_line(ONE, '{"model": "м"}'.encode())
    assert written.endswith(b"}\n") and written.count(b"\n") == 1
    assert json.loads(written) == {
        "custom_id": ONE.key,
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {"model": "м"},
    }


def test_a_file_is_full_by_requests_and_by_bytes(tmp_path):
    file = RequestFile(tmp_path)
    assert file.fits(b"x" * 100, 1, 10)  # the first goes in, whatever its length
    file.add(ONE, b"12345\n")
    assert file.fits(b"1234", 2, 10) and not file.fits(b"12345", 2, 10) and not file.fits(b"1", 1, 10)
    file.write(tmp_path / "requests-0001.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ["requests-0001.jsonl"]
    assert (tmp_path / "requests-0001.jsonl").read_bytes() == b"12345\n"


def test_what_is_there_is_not_written_over(tmp_path):
    refuse_existing(tmp_path / "a")
    (tmp_path / "a").symlink_to(tmp_path / "nowhere")
    with pytest.raises(UserError, match="a is there already"):
        refuse_existing(tmp_path / "b", tmp_path / "a")


@pytest.mark.parametrize(
    ("content", "kind", "result"),
    [
        ({"response": {"status_code": 200, "body": chat("a")}}, "final", Reply("a", "stop", 7, 3)),
        ({"response": {"status_code": 200, "body": json.dumps(chat("a"))}}, "final", Reply("a", "stop", 7, 3)),
        (
            {"response": None, "error": {"code": "batch_expired", "message": "m"}},
            "again",
            Failure("batch_expired", "m"),
        ),
        ({"response": None, "error": {"code": "x", "message": "m"}}, "again", Failure("server_error", "HTTP 500: m x")),
        (
            {"response": {"status_code": 200, "body": None}, "error": "m"},
            "again",
            Failure("server_error", "HTTP 500: m"),
        ),
        (
            {"response": {"status_code": 400}, "error": {"message": "m"}},
            "plainer",
            Failure("bad_request", "HTTP 400: m"),
        ),
        ({}, "again", Failure("bad_reply", "a line of results without a response")),
        (
            {"response": {"status_code": True, "body": chat("a")}},
            "again",
            Failure("bad_reply", "a line of results without a response"),
        ),
    ],
)
def test_a_line_means_what_an_answer_of_a_server_would(content, kind, result):
    verdict = line_verdict(ONE, content)
    assert (verdict.kind, verdict.result) == (kind, result)


def test_lines_are_where_they_stand_and_odd_ones_are_counted(tmp_path):
    good = {"response": {"status_code": 200, "body": chat("a")}}
    bad = {"response": {"status_code": 500, "body": {"error": {"message": "m"}}}}
    first, second = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    first.write_bytes(
        line(TWO.key, **bad) + b"\n" + b"no json\n" + b"[1]\n" + line("other", **good) + b'{"custom_id": 3}\n'
    )
    second.write_bytes(line(ONE.key, **good) + line(TWO.key, **good) + line(ONE.key, **bad).rstrip())
    results = read_results([first, second], [ONE.key, TWO.key], 1 << 20)
    assert (results.unreadable, results.strange, results.doubled) == (3, 1, 2)
    with first.open("rb") as one, second.open("rb") as other:
        # The first that is an answer counts, wherever it stands.
        for request in (ONE, TWO):
            assert results.verdict(request, None, [one, other]).result == Reply("a", "stop", 7, 3)
        missing = results.verdict(ask("three"), None, [one, other])
    assert (missing.kind, missing.result.reason) == ("again", "answer_missing")


def test_a_line_without_end_is_passed_over(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"x" * 300_000 + b"\n" + line(ONE.key))
    results = read_results([path], [ONE.key], 1_000)
    assert results.unreadable == 1 and results.where[ONE.key] == [(0, 300_001, len(line(ONE.key)))]
