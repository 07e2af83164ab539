"""Games judged by letter: preferences worked out by hand, in both orders, and what is none."""

from __future__ import annotations

import math

import pytest

from polypref.errors import UserError
from polypref.inference import Failure, Model, Reply, Request, Result
from polypref.inference.letters import letter_text
from polypref.judging import prompts
from polypref.judging.games import PairwiseGame
from polypref.judging.letters import LetterQuestion, SoftPreference, letter_share, letter_template
from polypref.judging.prompts import Group

GROUP = Group("p", "he", "he", (("user", "מה?"),), ())
GAMES = [PairwiseGame(GROUP, "eins", "zwei", swapped) for swapped in (False, True)]
QUESTION = LetterQuestion(Model("lab/judge"))


def text(a: float, b: float) -> str:
    """A reply; a probability of 0 is not listed."""
    return letter_text({"A": math.log(a) if a else None, "B": math.log(b) if b else None}, "A")


def outcomes(*texts: str | None) -> list[SoftPreference | Failure]:
    def known(requests: object) -> list[Result | None]:
        return [None if one is None else Reply(one) for one in texts]

    return QUESTION.outcomes(GAMES, known)


def test_a_preference_is_that_of_the_first_answer_whichever_was_shown_first() -> None:
    # .6 / (.6 + .2) = 3/4 for A, which is the first answer; then .5 / (.5 + .3) = 5/8 for A, which is the second.
    first, swapped = outcomes(text(0.6, 0.2), text(0.5, 0.3))
    assert isinstance(first, SoftPreference) and isinstance(swapped, SoftPreference)
    assert first.share == pytest.approx(3 / 4) and swapped.share == pytest.approx(3 / 8)
    assert first.mass == pytest.approx(0.8) and first.reply == "P(A) 0.6, P(B) 0.2; likeliest token 'A'"
    # (3/4 + 3/8) / 2 = 9/16: the model's.
    assert (first.share + swapped.share) / 2 == pytest.approx(9 / 16)


@pytest.mark.parametrize("a", [0.3, 0.7310585786300049, 1e-200, 0.9999999])
def test_a_judge_that_looks_at_the_place_alone_prefers_nobody(a: float) -> None:
    first, swapped = outcomes(text(a, 0.1), text(a, 0.1))
    assert isinstance(first, SoftPreference) and isinstance(swapped, SoftPreference)
    assert (first.share + swapped.share) / 2 == 0.5


def test_tiny_probabilities_are_compared_as_others_are() -> None:
    assert letter_share({"A": -800.0, "B": -800.0 - math.log(3)}, "A", "B") == pytest.approx(3 / 4)
    assert letter_share({"A": -2000.0, "B": -0.1}, "A", "B") == pytest.approx(0)
    assert letter_share({"A": -0.1, "B": -2000.0}, "A", "B") == 1


def test_a_letter_that_is_not_listed_has_no_chance_and_neither_is_no_verdict() -> None:
    only, neither = outcomes(text(0.6, 0), text(0, 0))
    assert isinstance(only, SoftPreference) and only.share == 1 and only.mass == pytest.approx(0.6)
    assert neither == Failure("judge_no_letter", "neither A nor B is among the likeliest tokens; the first is 'A'")


def test_a_reply_in_words_and_none_at_all_are_no_verdict() -> None:
    assert outcomes("The better one is A.", None) == [
        Failure("judge_no_logprobs", "The better one is A."),
        Failure("unanswered"),
    ]


def test_each_order_is_one_request_for_two_letters() -> None:
    asked: list[Request] = [request for _, request, _ in QUESTION.ask_games(GAMES, lambda requests: [None, None])]
    assert [(one.kind, one.letters) for one in asked] == [("letter", ("A", "B"))] * 2
    shown = [one.messages[-1][1] for one in asked]
    assert shown[0].index("eins") < shown[0].index("zwei") and shown[1].index("zwei") < shown[1].index("eins")
    assert all("Hebrew (he)" in one for one in shown)


def test_a_prompt_that_asks_for_words_is_refused() -> None:
    with pytest.raises(UserError, match=r"judge prompt aya-2 asks for a verdict in words.*take letter-1"):
        letter_template("aya-2")
    assert letter_template("letter-1") is prompts.template("letter-1")
