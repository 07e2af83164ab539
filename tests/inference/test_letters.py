"""Letters as next tokens: which tokens count, sums by hand, what a server's list says and what it lacks."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.inference import Failure, Model, Reply, Request, Sampling, protocol
from polypref.inference.letters import (
    is_letter,
    letter_fields,
    letter_text,
    letter_tokens,
    letters_listed,
    letters_of_choice,
    read_letters,
    summed,
)
from polypref.inference.openai import OpenAI

from . import loopback
from .loopback import Loopback

AB = ("A", "B")
ASKED = Request(loopback.MODEL, (("user", "A or B?"),), kind="letter", letters=AB)


def listed(*tokens: tuple[str, float]) -> dict[str, Any]:
    """A choice as vLLM's server gives it for one token, with the likeliest ones."""
    top = [{"token": token, "logprob": math.log(chance), "bytes": [*token.encode()]} for token, chance in tokens]
    content = {"token": tokens[0][0], "logprob": top[0]["logprob"], "top_logprobs": top} if tokens else {}
    message = {"role": "assistant", "content": "A"}
    return {"index": 0, "message": message, "finish_reason": "length", "logprobs": {"content": [content]}}


def chances(reply: Any) -> dict[str, float | None]:
    assert isinstance(reply, Reply), reply
    logprobs, _ = read_letters(reply.text, AB) or ({}, "")
    return {letter: None if value is None else round(math.exp(value), 9) for letter, value in logprobs.items()}


@pytest.mark.parametrize("token", ["A", " A", "A ", "\u2581A", "\u0120A", "\u010aA", "\nA", "<0x41>"])
def test_a_letter_with_white_space_around_it_is_the_letter(token: str) -> None:
    assert is_letter(token, "A") and not is_letter(token, "B")


@pytest.mark.parametrize("token", ["a", "A.", "(A", "**A", "AA", "##A", "\u0410", "\uff21", "", "<0x61>"])
def test_anything_else_is_another_token(token: str) -> None:
    assert not is_letter(token, "A")


def test_every_token_of_a_vocabulary_that_stands_for_a_letter_counts() -> None:
    vocabulary = {"A": 7, "\u2581A": 3, "B": 1, "<0x42>": 9, "AB": 4, "b": 5}
    assert letter_tokens(vocabulary, AB) == [[3, 7], [1, 9]]


def test_probabilities_of_one_letters_tokens_are_added() -> None:
    choice = listed(("A", 0.5), ("B", 0.1), (" A", 0.25), ("The", 0.05), (" B", 0.025))
    reply = letters_of_choice(choice, AB, (7, 1), "tiny")
    assert chances(reply) == {"A": 0.75, "B": 0.125}
    assert isinstance(reply, Reply) and (reply.prompt_tokens, reply.completion_tokens, reply.served) == (7, 1, "tiny")
    assert json.loads(reply.text)["likeliest"] == "A"


def test_tokens_that_the_server_had_read_before_are_counted() -> None:
    usage = {"prompt_tokens": 2_000, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 1_920}}
    body = {"choices": [listed(("A", 0.9), ("B", 0.1))], "model": "tiny", "usage": usage}
    verdict = protocol.verdict_on(ASKED, 200, json.dumps(body).encode(), None)
    assert isinstance(verdict.result, Reply) and (verdict.usage, verdict.cached) == ((2_000, 1), 1_920)


def test_a_letter_that_is_not_listed_is_not_known() -> None:
    assert chances(letters_of_choice(listed(("A", 0.9), ("The", 0.1)), AB, (None, None), None)) == {"A": 0.9, "B": None}
    neither = letters_of_choice(listed(("<think>", 0.9), ("a", 0.1)), AB, (None, None), None)
    assert chances(neither) == {"A": None, "B": None} and isinstance(neither, Reply) and "<think>" in neither.text


@pytest.mark.parametrize(
    "choice",
    [
        {"message": {"content": "A"}, "finish_reason": "stop"},
        listed() | {"logprobs": None},
        listed() | {"logprobs": {"content": []}},
        listed() | {"logprobs": {"content": [{"token": "A", "logprob": -0.1}]}},
        listed() | {"logprobs": {"content": [{"top_logprobs": [{"token": "A", "logprob": "low"}, {"logprob": -1}]}]}},
    ],
)
def test_a_choice_without_a_list_is_none(choice: Any) -> None:
    result = letters_of_choice(choice, AB, (None, None), None)
    assert result == Failure("no_logprobs", "its answer lists no likely tokens (top_logprobs)")
    assert letters_listed([], AB, (None, None)) == result


def test_a_filtered_choice_is_filtered() -> None:
    assert letters_of_choice(listed() | {"finish_reason": "content_filter"}, AB, (None, None), None) == Failure(
        "content_filter", "finish_reason content_filter"
    )


@given(st.lists(st.floats(-700, 0), min_size=1, max_size=20))
def test_sums_are_those_of_probabilities(logprobs: list[float]) -> None:
    assert math.exp(summed(logprobs) or 0) == pytest.approx(math.fsum(map(math.exp, logprobs)))
    assert summed([*logprobs, -math.inf]) == summed(logprobs)


def test_no_probability_at_all_is_none() -> None:
    assert summed([]) is None and summed([-math.inf]) is None


@given(st.floats(-1e6, 0) | st.none(), st.floats(-1e6, 0) | st.none(), st.text(max_size=60))
def test_what_is_written_is_read_again(a: float | None, b: float | None, likeliest: str) -> None:
    assert read_letters(letter_text({"A": a, "B": b}, likeliest), AB) == (
        {"A": a, "B": b},
        likeliest[:40].encode("utf-8", "replace").decode(),
    )


@pytest.mark.parametrize(
    "text", ["A", '{"A": -1, "B": -2}', '{"A": -1, "B": "x", "likeliest": "A"}', '{"A": 2, "B": -2, "likeliest": ""}',
             '{"A": NaN, "B": -2, "likeliest": ""}', "[" * 100_000, '{"A": -1, "B": -2, "likeliest": 3}'],
)  # fmt: skip
def test_an_answer_in_words_holds_no_letters(text: str) -> None:
    assert read_letters(text, AB) is None


def test_letters_are_another_request_than_an_answer() -> None:
    chat = Request(loopback.MODEL, ASKED.messages, ASKED.sampling)
    other = Request(loopback.MODEL, ASKED.messages, kind="letter", letters=("A", "C"))
    assert len({ASKED.key, chat.key, other.key}) == 3
    # How an answer would be drawn plays no part.
    drawn = Request(loopback.MODEL, ASKED.messages, Sampling(1.0, seed=3), kind="letter", letters=AB)
    assert drawn.key == ASKED.key
    # Written down as it is: letters that were paid for are not asked again by a later version.
    asked = Request(Model("m", "r"), (("user", "A or B?"),), kind="letter", letters=AB)
    assert asked.key == "728b3fe47ec12a51f09f857fdfc4923baa5b1c1377af6d47d70a2330b318187a"


def server_of(*tokens: tuple[str, float]) -> Any:
    return lambda body, _: loopback.chat("A", choices=[listed(*tokens)])


def asked_of(server: Loopback, *requests: Request) -> list[Any]:
    return [result for _, result in OpenAI((server.url,), concurrency=1, backoff=0.01).run(requests)]


def test_a_server_is_asked_for_one_token_and_its_likeliest() -> None:
    with Loopback(server_of(("A", 0.6), ("B", 0.2))) as server:
        (reply,) = asked_of(server, ASKED)
    assert chances(reply) == {"A": 0.6, "B": 0.2}
    (body,) = server.bodies
    assert {key: body[key] for key in ("max_tokens", "logprobs", "top_logprobs", "temperature", "top_p")} == {
        "max_tokens": 1, "logprobs": True, "top_logprobs": 20, "temperature": 1.0, "top_p": 1.0,
    }  # fmt: skip
    assert letter_fields(5)["top_logprobs"] == 5 and server.paths == ["/v1/chat/completions"]


def test_a_server_that_lists_five_at_most_is_asked_for_five() -> None:
    def answer(body: dict[str, Any], _: Any) -> Any:
        if body["top_logprobs"] > 5:
            return loopback.error(400, "top_logprobs must be at most 5")
        return loopback.chat("A", choices=[listed(("A", 0.6), ("B", 0.2))])

    with Loopback(answer) as server:
        other = Request(loopback.MODEL, (("user", "B or A?"),), kind="letter", letters=AB)
        assert [chances(reply) for reply in asked_of(server, ASKED, other)] == [{"A": 0.6, "B": 0.2}] * 2
    assert [body["top_logprobs"] for body in server.bodies] == [20, 5, 5]


def test_a_server_without_log_probabilities_stops_the_run_with_a_sentence() -> None:
    silent = r"gives no log-probabilities of the next token.*lists no likely tokens.*at: transformers.*kind: llm"
    with Loopback(lambda body, _: loopback.chat("A")) as server, pytest.raises(UserError, match=silent):
        asked_of(server, ASKED)
    with Loopback(lambda body, _: loopback.error(400, "logprobs are not supported")) as server:
        with pytest.raises(UserError, match=r"gives no log-probabilities .*logprobs are not supported"):
            asked_of(server, ASKED)
        assert len(server.bodies) == 2


def test_once_a_server_gave_some_a_row_without_is_that_rows_failure() -> None:
    def answer(body: dict[str, Any], _: Any) -> Any:
        given = [listed(("A", 0.6))] if "A or B" in loopback.last_turn(body) else [listed() | {"logprobs": None}]
        return loopback.chat("A", choices=given)

    with Loopback(answer) as server:
        other = Request(loopback.MODEL, (("user", "B or A?"),), kind="letter", letters=AB)
        first, second = asked_of(server, ASKED, other)
    assert isinstance(first, Reply) and isinstance(second, Failure) and second.reason == "no_logprobs"


def test_another_refusal_is_that_rows_failure() -> None:
    with Loopback(lambda body, _: loopback.error(400, "no such role")) as server:
        assert asked_of(server, ASKED) == [Failure("bad_request", "HTTP 400: no such role")]
