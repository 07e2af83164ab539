"""Asking until a reply can be used: what is asked again, and which outcome counts."""

from __future__ import annotations

import pytest

from polypref.inference import REHEARSED, Failure, Model, Reply, Request, Result, Sampling
from polypref.judging.prompts import Query, Unusable
from polypref.judging.replies import ask_items, outcomes
from tests.raters.judged import known_by


def form(item: str, attempt: int) -> Query:
    return Query(Request(Model("judge"), (("user", item),), Sampling(seed=attempt)), "object", "", (item,))


def number_in(item: str, query: Query, reply: Reply) -> tuple[str, int]:
    assert query.texts == (item,)
    if not reply.text.isdigit():
        raise Unusable(reply.text if reply.text.startswith("judge_") else "judge_unparsable")
    return item, int(reply.text)


Replies = dict[tuple[str, int], Result]
"""(item, attempt) -> what the log has."""


def asked(replies: Replies, items: list[str], attempts: int) -> list[tuple[int, str, int, object]]:
    """(position, item, attempt, outcome) of every request, as they are asked."""
    known = known_by(lambda request: replies.get((request.messages[0][1], request.sampling.seed)))
    return [
        (at, request.messages[0][1], request.sampling.seed, outcome)
        for at, request, outcome in ask_items(items, attempts, form, number_in, known)
    ]


def test_only_what_cannot_be_used_is_asked_again() -> None:
    replies: Replies = {
        ("a", 0): Reply("7"),
        ("b", 0): Reply("seven"),
        ("b", 1): Reply("8"),
        ("c", 0): Failure("timeout", "60 s"),
        ("e", 0): Reply("?"),
        ("e", 1): Reply("!"),
    }
    unparsable = Failure("judge_unparsable", "seven")
    assert asked(replies, ["a", "b", "c", "d", "e"], 2) == [
        (0, "a", 0, ("a", 7)),
        (1, "b", 0, unparsable),
        (2, "c", 0, Failure("timeout", "60 s")),
        (3, "d", 0, None),
        (4, "e", 0, Failure("judge_unparsable", "?")),
        (1, "b", 1, ("b", 8)),
        (4, "e", 1, Failure("judge_unparsable", "!")),
    ]


def test_one_attempt_asks_nothing_again() -> None:
    assert asked({("a", 0): Reply("?"), ("a", 1): Reply("7")}, ["a"], 1) == [
        (0, "a", 0, Failure("judge_unparsable", "?"))
    ]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply("thinking", finish_reason="length"), "judge_cut_off"),
        (Reply("judge_in_thought", finish_reason="length"), "judge_cut_off"),
        (Reply("judge_no_code", finish_reason="length"), "judge_no_code"),
        (Reply("judge_in_thought"), "judge_in_thought"),
    ],
)
def test_a_reply_that_ended_before_its_verdict_was_cut_off(reply: Reply, reason: str) -> None:
    ((_, _, _, outcome),) = asked({("a", 0): reply}, ["a"], 1)
    assert outcome == Failure(reason, reply.text)


def test_a_made_up_reply_is_not_asked_again() -> None:
    assert len(asked({("a", 0): Reply("", finish_reason=REHEARSED)}, ["a"], 3)) == 1


def test_the_last_outcome_of_an_item_counts() -> None:
    request = form("a", 0).request
    attempts = [(1, request, Failure("judge_unparsable")), (0, request, None), (1, request, 8)]
    assert outcomes(attempts) == [Failure("unanswered"), 8]
    assert outcomes([]) == []
