"""What results mean for each request of a batch."""

import json

from polypref.inference import Failure, Reply
from polypref.inference.batch_files import read_results
from polypref.inference.batch_outcomes import blamed_lines, judge_lines, read_sent, written_sent
from polypref.inference.batch_service import Refusal
from polypref.inference.servers import Sent, server_at

from .loopback import ask, chat

PLAIN = Sent("max_tokens", False)
SCHEMA = json.dumps({"type": "object"})


def outcomes(tmp_path, answers: dict[str, object], sent: Sent = PLAIN, schema: str | None = None):
    """What becomes of requests whose bodies these are: text -> (outcome, in_prompt)."""
    requests = {text: ask(text, schema=schema) for text in answers}
    path = tmp_path / "results.jsonl"
    path.write_text(
        "".join(
            json.dumps({"custom_id": requests[text].key, "response": {"status_code": status, "body": body}}) + "\n"
            for text, (status, body) in answers.items()
        ),
        "utf-8",
    )
    results = read_results([path], [one.key for one in requests.values()], 1 << 20)
    server = server_at("http://localhost:1/v1", 1)
    judged = list(judge_lines(list(requests.values()), results, sent, server, {}))
    return {one.request.messages[0][1]: (one.outcome, one.in_prompt) for one in judged}, server


def test_each_kind_of_line_has_its_outcome(tmp_path):
    error = {"error": {"message": "m"}}
    out, _ = outcomes(
        tmp_path,
        {
            "fine": (200, chat("a")),
            "empty": (200, chat("")),
            "busy": (429, error),
            "down": (500, error),
            "key": (401, error),
            "wrong": (400, error),
            "field": (400, {"error": {"message": "use max_completion_tokens"}}),
        },
    )
    assert {text: outcome for text, (outcome, _) in out.items()} == {
        "fine": "reply",
        "empty": "final",
        "busy": "again",
        "down": "again",
        "key": "stopped",
        "wrong": "final",
        "field": "later",
    }


def test_a_server_that_ignores_a_schema_is_asked_with_it_in_the_prompt(tmp_path):
    free = {"a": (200, chat("freely")), "b": (200, chat("so"))}
    assert outcomes(tmp_path, free, schema=SCHEMA)[0] == {"a": ("later", True), "b": ("later", True)}
    # Where one answer is JSON it is the model that gave none elsewhere.
    some = free | {"c": (200, chat("{}"))}
    assert outcomes(tmp_path, some, schema=SCHEMA)[0] == dict.fromkeys("abc", ("reply", False))
    out, server = outcomes(tmp_path, free, Sent("max_tokens", True), SCHEMA)
    assert out == dict.fromkeys("ab", ("reply", False)) and server.schema_in_prompt


def test_lines_are_blamed_where_they_are_named_and_not_all():
    lines = {1: "a", 2: "b", 3: "c"}
    assert blamed_lines([Refusal("code", "words", 2), Refusal("code", "words")], lines) == {
        "b": Failure("bad_request", "code: words")
    }
    assert blamed_lines([Refusal("code", "words", line) for line in (1, 2, 3)], lines) == {}
    assert blamed_lines([Refusal("code", "words", 9), Refusal("code", "words")], lines) == {}


def test_how_requests_are_sent_is_kept():
    for sent in (Sent("max_tokens", False), Sent("max_completion_tokens", True)):
        assert read_sent(written_sent(sent)) == sent
    assert read_sent('{"later": 1}') == Sent("max_tokens", False)


def test_tokens_that_were_read_before_are_counted(tmp_path):
    request = ask("a")
    usage = {"prompt_tokens": 9, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 5}}
    body = chat("a") | {"usage": usage}
    path = tmp_path / "results.jsonl"
    path.write_text(json.dumps({"custom_id": request.key, "response": {"status_code": 200, "body": body}}), "utf-8")
    results = read_results([path], [request.key], 1 << 20)
    (one,) = judge_lines([request], results, Sent("max_tokens", False), server_at("http://localhost:1/v1", 1), {})
    assert (one.result, one.usage, one.cached) == (Reply("a", "stop", 9, 1), (9, 1), 5)
