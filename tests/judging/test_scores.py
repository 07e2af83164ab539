"""A reward model's score: what is asked, and what counts as none."""

import math

import pytest

from polypref.inference import Failure, Model, Reply
from polypref.judging.scores import read_score, score_request


def test_the_answer_is_the_assistants_turn():
    request = score_request(Model("m", "r1"), (("system", "s"), ("user", "u")), "answer")
    assert request.messages == (("system", "s"), ("user", "u"), ("assistant", "answer"))
    assert (request.kind, request.model.revision, request.schema) == ("score", "r1", None)


@pytest.mark.parametrize(
    ("result", "score"),
    [
        (Reply(score=-1.5), -1.5),
        (Reply(score=0.0), 0.0),
        (Reply("a text"), Failure("no_score")),
        (Reply(score=math.nan), Failure("score_not_finite", "nan")),
        (Reply(score=-math.inf), Failure("score_not_finite", "-inf")),
        (Failure("timeout", "60 s"), Failure("timeout", "60 s")),
        (None, Failure("unanswered")),
    ],
)
def test_a_score_is_a_finite_number_or_a_reason(result, score):
    assert read_score(result) == score
