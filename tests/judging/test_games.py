"""A pairwise game: who is shown first does not change whose side a reply is on."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import pytest

from polypref.inference import Failure, Known, Model, Reply, Request, Result, Sampling
from polypref.judging.games import PairwiseGame, PairwiseQuestion, Preference
from polypref.judging.prompts import Group
from tests.raters.judged import answers_shown, code_of

GROUP = Group("p", "he", "he", (("user", "?"),), ())
GAMES = [PairwiseGame(GROUP, "better", "worse", swapped) for swapped in (False, True)]
QUESTION = PairwiseQuestion(Model("judge"), "pairwise-2", Sampling(seed=5), 2, schema=True)


def known_by(says: Callable[[Request], Result | None]) -> Known:
    def known(requests: Sequence[Request]) -> list[Result | None]:
        return [says(request) for request in requests]

    return known


def reply(request: Request, verdict: str) -> Reply:
    return Reply(json.dumps({"rationale": "", "code": code_of(request), "verdict": verdict}))


def test_the_second_order_shows_the_other_answer_as_A() -> None:
    asked = [request for _, request, _ in QUESTION.ask_games(GAMES, known_by(lambda _: None))]
    assert [answers_shown(request) for request in asked] == [
        {"A": "better", "B": "worse"},
        {"A": "worse", "B": "better"},
    ]


@pytest.mark.parametrize(("verdict", "sides"), [("A", ["a", "b"]), ("B", ["b", "a"]), ("TIE", ["tie", "tie"])])
def test_a_label_is_the_side_of_the_answer_that_it_stood_for(verdict: str, sides: list[str]) -> None:
    outcomes = QUESTION.outcomes(GAMES, known_by(lambda request: reply(request, verdict)))
    assert [one.side for one in outcomes if isinstance(one, Preference)] == sides
    assert all(isinstance(one, Preference) and f'"{verdict}"' in one.reply for one in outcomes)


def test_a_reply_that_cannot_be_read_is_asked_for_once_more_with_another_seed() -> None:
    asked: list[Request] = []

    def says(request: Request) -> Reply:
        asked.append(request)
        return Reply("hard to say") if request.sampling.seed == 5 else reply(request, "A")

    (outcome,) = QUESTION.outcomes(GAMES[:1], known_by(says))
    assert isinstance(outcome, Preference) and outcome.side == "a"
    assert [request.sampling.seed for request in asked] == [5, 6]
    (outcome,) = QUESTION.outcomes(GAMES[:1], known_by(lambda _: Reply("hard to say")))
    assert outcome == Failure("judge_unparsable", "hard to say")
    assert QUESTION.outcomes(GAMES[:1], known_by(lambda _: None)) == [Failure("unanswered")]
