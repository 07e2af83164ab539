"""How much each server gets, when all are given up, and what is asked in a plainer way."""

import pytest

from polypref.errors import UserError
from polypref.inference import Failure, Reply
from polypref.inference.protocol import Verdict
from polypref.inference.servers import (
    Effort,
    Sent,
    Server,
    choose_server,
    hopeless,
    ignores_schema,
    made_plainer,
    of_letters,
    remember_prompt,
    server_at,
)

from .loopback import ask

SHAPED, FREE = ask("a", schema="{}"), ask("a")


def server(limit=64.0, **more):
    return Server("u", "c", "s", limit, **more)


def test_a_whole_flight_refused_leaves_one_and_sixteen_good_flights_bring_all_back():
    one = server()
    one.cut()
    assert one.limit == 63
    for _ in range(64):
        one.cut()
    assert one.limit == 1 and one.room(0.0) == 1
    flights = 0
    while one.limit < 64:
        flights += 1
        for _ in range(int(one.limit)):
            one.good(64, 0.0)
    assert one.limit == 64 and 12 <= flights <= 18


def test_a_server_that_refuses_what_is_over_its_strength_settles_there():
    one = server()
    for _ in range(100):
        flight = int(one.limit)
        for place in range(flight):
            one.good(64, 0.0) if place < 20 else one.cut()
    # Four more for each good flight, one fewer for each refusal over 20.
    assert 20 <= one.limit <= 26


def test_the_server_with_most_room_is_chosen_by_share():
    half, third = server(10.0, active=5), server(30.0, active=10)
    assert choose_server([half, third], 0.0) is third
    half.active = 3
    assert choose_server([half, third], 0.0) is half
    half.active, third.active = 10, 30
    assert choose_server([half, third], 0.0) is None


def test_a_server_that_is_away_rests_longer_each_time_and_is_tried_with_one():
    one = server()
    rests = []
    now = 0.0
    for _ in range(8):
        one.away(now, "refused")
        one.away(now, "refused")
        rests.append(one.rests_until - now)
        assert one.room(now) == 0
        now = one.rests_until
        assert one.room(now) == 1
    assert rests == pytest.approx([0.25, 0.5, 1, 2, 4, 8, 10, 10])
    one.good(64, 0.0)
    assert one.room(now) == 64 and one.bad_since is None


def test_all_are_given_up_only_when_every_one_is_of_no_use_for_long():
    typo, busy = server(), server()
    typo.away(0.0, "unknown host")
    assert hopeless([typo], 10.0, patience=300) is None
    assert hopeless([typo], 10.1, patience=300) == "u: unknown host"
    busy.busy(0.0, "HTTP 503")
    assert hopeless([typo, busy], 299.0, patience=300) is None
    assert hopeless([typo, busy], 300.1, patience=300) == "u: unknown host; u: HTTP 503"
    busy.good(64, 0.0)
    assert hopeless([typo, busy], 1_000.0, patience=300) is None


@pytest.mark.parametrize(
    ("url", "chat", "classify"),
    [
        ("http://a:8000", "http://a:8000/v1/chat/completions", "http://a:8000/classify"),
        ("http://a:8000/v1/", "http://a:8000/v1/chat/completions", "http://a:8000/classify"),
        ("https://a/api/v1", "https://a/api/v1/chat/completions", "https://a/api/classify"),
        ("https://a/openai", "https://a/openai/chat/completions", "https://a/openai/classify"),
    ],
)
def test_what_is_posted_to_follows_from_the_address(url, chat, classify):
    one = server_at(url, 8)
    assert (one.url, one.chat_url, one.score_url, one.limit) == (url, chat, classify, 8.0)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("localhost:8000", "'localhost:8000' is no server's address"),
        ("ftp://a", "'ftp:' with what follows it is no server's address"),
        ("http://", "'http://' is no server's address"),
        ("key:sesame@", "that is no server's address"),
        ("http://a:x/v1", "'http://a:x' with what follows it is"),
        ("http://a:0/v1", "'http://a:0' with what follows it is"),
        ("http://a/v1?key=sesame", "'http://a' with what follows it is"),
        ("http://a/v1 b", "'http://a' with what follows it is"),
    ],
)
def test_an_address_that_is_none_is_said_without_what_may_be_a_key(url, shown):
    with pytest.raises(UserError) as error:
        server_at(url, 1)
    assert str(error.value).startswith(shown) and "sesame" not in str(error.value)


def test_a_password_in_an_address_is_refused_and_not_repeated():
    with pytest.raises(
        UserError, match="holds a user or password, which would be seen in messages; put the key"
    ) as error:
        server_at("http://me:hunter22@a/v1", 1)
    assert "hunter22" not in str(error.value)


def test_what_a_server_refuses_is_asked_once_in_a_plainer_way():
    one, effort, refused = server(), Effort(), Failure("bad_request", "HTTP 400: no")
    assert not made_plainer(FREE, one, Sent("max_tokens", False), effort, refused)
    assert made_plainer(SHAPED, one, Sent("max_tokens", False), effort, refused) and effort.in_prompt
    assert not made_plainer(SHAPED, one, Sent("max_tokens", True), effort, refused)
    renamed = Failure("bad_request", "HTTP 400: use max_completion_tokens")
    assert made_plainer(FREE, one, Sent("max_tokens", False), effort, renamed)
    assert one.tokens_field == "max_completion_tokens"
    assert not made_plainer(FREE, one, Sent("max_completion_tokens", False), effort, renamed)


def test_free_text_under_a_schema_is_the_servers_doing_until_it_gave_json_once():
    sent, words = Sent("max_tokens", False), Reply("as you wish")
    one = server()
    assert ignores_schema(one, SHAPED, sent, words)
    assert not ignores_schema(one, FREE, sent, words)
    assert not ignores_schema(one, SHAPED, Sent("max_tokens", True), words)
    assert not ignores_schema(one, SHAPED, sent, Reply("as you", finish_reason="length")), "it may have been going to"
    assert not ignores_schema(one, SHAPED, sent, Failure("timeout"))
    assert not ignores_schema(one, SHAPED, sent, Reply("{}"))
    assert not ignores_schema(one, SHAPED, sent, words), "it is the model that does not keep to it"


def test_letters_are_asked_of_fewer_tokens_once_and_then_the_server_is_of_no_use():
    one, effort, asked = server(), Effort(), ask("a", kind="letter", letters=("A", "B"))
    refused = Failure("bad_request", "HTTP 400: top_logprobs: at most 5")
    sent = Sent("max_tokens", False, one.listed)
    verdict = Verdict("plainer", refused)
    assert of_letters(one, asked, sent, verdict) is verdict
    assert made_plainer(asked, one, sent, effort, refused) and one.listed == 5
    fewer = Sent("max_tokens", False, 5)
    assert not made_plainer(asked, one, fewer, effort, refused)
    assert of_letters(one, asked, fewer, verdict).kind == "stop"
    silent = Verdict("final", Failure("no_logprobs", "none"))
    assert of_letters(one, asked, fewer, silent).kind == "stop" and of_letters(one, FREE, fewer, silent) is silent
    other = Verdict("plainer", Failure("bad_request", "HTTP 400: no such role"))
    assert of_letters(one, asked, fewer, other) is other
    given = Verdict("final", Reply("{}"))
    assert of_letters(one, asked, fewer, given) is given and one.logprobs_given
    assert of_letters(one, asked, fewer, silent) is silent, "it gave some: this row is to blame"


def test_a_server_that_takes_no_schema_is_warned_of_once(caplog):
    one = server()
    remember_prompt(one, FREE)
    assert not one.schema_in_prompt and not caplog.messages
    for _ in range(2):
        remember_prompt(one, SHAPED)
    assert one.schema_in_prompt
    assert caplog.messages == ["u does not take a JSON schema; it is written into the prompt instead"]


def test_the_most_frequent_failure_is_to_blame_and_of_equals_the_last():
    effort = Effort()
    late, lost = Failure("timeout", "60 s"), Failure("server_error", "lost")
    effort.failed += [late, lost, Failure("timeout", "61 s")]
    assert effort.blame() == Failure("timeout", "61 s")
    effort.failed.append(lost)
    assert effort.blame() == lost
