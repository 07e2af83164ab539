"""Judgements of one pair of models as battles: orders, reasons, and what counts of several."""

import math

import pytest

from polypref.errors import UserError
from polypref.evaluation.inputs.judged import judged
from polypref.layouts.contract import Game


def game(prompt, first, second, score, reason="", **more):
    return Game(prompt=prompt, group=prompt, language="de", shown=(first, second), score=score, reason=reason, **more)


GAMES = [
    game("p1", "mine", "theirs", 1.0),
    game("p1", "theirs", "mine", 1.0),
    game("p2", "theirs", "mine", 0.0),
    game("p3", "mine", "theirs", math.nan, "unreadable"),
    game("p4", "mine", "other", 1.0),
]


def test_a_row_for_each_prompt_of_the_pair_in_both_orders():
    both = judged(GAMES, "mine", "theirs")
    assert both.prompts == ("p1", "p2", "p3")
    # Shown second and lost by the first is won: 1 - 0.
    assert both.battles.orders.tolist()[0] == [1.0, 0.0]
    assert math.isnan(both.battles.orders[1, 0]) and both.battles.orders[1, 1] == 1.0
    assert both.why == (("", ""), ("order_missing", ""), ("unreadable", "order_missing"))
    assert both.reasons == {"unreadable": 1, "order_missing": 2}
    mirrored = judged(GAMES, "theirs", "mine")
    assert mirrored.battles.orders.tolist()[0] == [1.0, 0.0]


def test_prompts_of_several_verdicts_are_counted():
    games = [game("p1", "mine", "theirs", 1.0), game("p1", "mine", "theirs", 0.0), game("p2", "mine", "theirs", 1.0)]
    games += [game("p3", "mine", "theirs", 1.0), game("p3", "mine", "theirs", math.nan, "unreadable")]
    assert judged(games, "mine", "theirs", "mean").joined == 1
    assert judged(games, "mine", "theirs", "first").joined == 0
    # The orders of a prompt are no several verdicts.
    assert judged(GAMES, "mine", "theirs").joined == 0


def test_different_answers_to_a_prompt_are_battles_of_their_own():
    games = [
        game("p1", "mine", "theirs", 1.0, texts=("ja", "nein")),
        game("p1", "theirs", "mine", 1.0, texts=("doch", "ja")),
        game("p1", "mine", "theirs", 0.0, texts=("ja", "nein")),
        game("p2", "mine", "theirs", 0.0),
        game("p2", "mine", "theirs", 1.0),
    ]
    apart = judged(games, "mine", "theirs", "mean", apart=True)
    assert apart.prompts == ("p1", "p1", "p2") and (apart.several, apart.joined) == (1, 2)
    assert apart.texts == (("ja", "nein"), ("ja", "doch"), ("", ""))
    # The same two answers judged twice are one battle, and those whose texts nobody knows.
    assert apart.battles.orders.tolist() == [[0.5], [0.0], [0.5]]
    assert judged(games, "mine", "theirs", "mean").prompts == ("p1", "p2")
    assert judged(games, "mine", "theirs", "mean").several == 0


def test_where_no_prompt_has_two_orders_there_is_one():
    one = judged([GAMES[0], GAMES[2]], "mine", "theirs")
    assert one.battles.orders.tolist() == [[1.0], [1.0]] and one.reasons == {}


@pytest.mark.parametrize(("keep", "score"), [("first", 1.0), ("last", 0.0), ("mean", 0.5)])
def test_of_several_games_one_counts_or_their_mean(keep, score):
    twice = [GAMES[0], game("p1", "mine", "theirs", 0.0)]
    assert judged(twice, "mine", "theirs", keep).battles.orders.tolist() == [[score]]
    with pytest.raises(
        UserError, match="prompt p1 has 2 judgements of mine shown before theirs; say which counts, by `--keep mean`"
    ):
        judged(twice, "mine", "theirs")


def test_models_that_never_met_are_named():
    with pytest.raises(UserError, match="no game of mine against nobody; the file has mine, other, theirs"):
        judged(GAMES, "mine", "nobody")
