"""How much each server gets, and when all are given up."""

import pytest

from polypref.inference.servers import Server, choose_server, hopeless


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
