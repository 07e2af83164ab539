"""How far a model follows flips: planted raters, by hand, and by system messages."""

import numpy as np
import pytest

from polypref.evaluation.reward_models.benchmark import _asked, _Game, _scored
from polypref.evaluation.reward_models.followed import BY_CHANCE, followed_flips
from polypref.evaluation.reward_models.pairs import Pair
from polypref.evaluation.reward_models.results import Judging
from tests.raters.judged import SERVED, nobody


def pair(n, criterion, chosen, rejected, language="de", system=""):
    turns = ((("system", system),) if system else ()) + (("user", f"q{n}"),)
    return Pair(f"{n}{criterion}", f"{n}", language, "s", "c", turns, chosen, rejected, criterion=criterion)


def flips(count, language="de"):
    return [
        one for n in range(count) for one in (pair(n, "brief", "b", "f", language), pair(n, "full", "f", "b", language))
    ]


def test_planted_raters() -> None:
    pairs = flips(400)
    follows, ignores = np.ones(800), np.tile([1.0, 0.0], 400)
    coin = np.random.default_rng(3).integers(0, 2, 800).astype(float)
    for outcomes, followed, changed in ((follows, 1, 1), (ignores, 0, 0), (1 - follows, 0, 1), (follows / 2, 0, 0)):
        (one,) = followed_flips(pairs, outcomes)
        assert (one.flips, one.followed.value, one.changed.value) == (400, followed, changed)
    (one,) = followed_flips(pairs, coin)
    # Standard errors of 400 draws: 0.022 and 0.025; three of them either way.
    assert (one.followed.value, one.changed.value) == (
        pytest.approx(BY_CHANCE[0], abs=0.066),
        pytest.approx(BY_CHANCE[1], abs=0.075),
    )
    assert one.followed.low < BY_CHANCE[0] < one.followed.high and one.followed.groups == 400


def test_languages_and_missing_verdicts_are_apart() -> None:
    pairs = [*flips(2), *flips(1, "he")]
    de, he = followed_flips(pairs, np.array([1, 1, 1, 0, np.nan, 1]))
    assert (de.language, de.flips, de.followed.value, de.changed.value, de.followed.groups) == ("de", 2, 0.5, 0.5, 2)
    assert (he.language, he.flips, he.followed.value, he.followed.groups) == ("he", 1, None, 0)


def test_system_messages_turn_answers_round_too() -> None:
    pairs = [
        pair(1, "", "b", "f", system="Be brief."), pair(1, "", "f", "b", system="Tell all."),
        pair(2, "", "b", "f"), pair(2, "", "f", "b", system="Tell all."),  # the one has none
        pair(3, "", "b", "f", system="Be brief."), pair(3, "", "b", "f", system="Tell all."),  # the same way
        pair(4, "", "b", "f"), pair(4, "", "f", "b"),  # nothing tells them apart: the first counts
        pair(5, "", "b", "f", system="Be brief."), pair(6, "", "f", "b", system="Tell all."),  # of other prompts
    ]  # fmt: skip
    (one,) = followed_flips(pairs, np.ones(10))
    assert (one.flips, one.followed.value) == (2, 1.0)
    assert followed_flips(pairs[4:], np.ones(6)) == ()


def test_flips_of_one_prompt_are_one_group() -> None:
    pairs = [pair(1, "brief", "b", "f"), pair(1, "full", "f", "b"), pair(1, "kind", "f", "b")]
    (one,) = followed_flips(pairs, np.array([1, 1, 0.0]))
    # Brief against full is followed; brief against kind is not.
    assert (one.flips, one.followed.value, one.followed.groups, one.followed.low) == (2, 0.5, 1, None)


def test_a_reward_model_and_a_judge_are_asked_with_the_criterion() -> None:
    bare, by = pair(1, "", "b", "f", system="Hi."), pair(1, "brief", "b", "f", system="Hi.")
    sent = _scored(SERVED, by, 0)
    assert sent.messages == (("system", "Hi.\n\nbrief"), ("user", "q1"), ("assistant", "b"))
    # One that says it already is asked as it is.
    assert _scored(SERVED, pair(1, "Hi.", "b", "f", system="Hi."), 0).key == _scored(SERVED, bare, 0).key
    judge = Judging(prompt="pairwise-2", orders=1, attempts=1, seed=0)
    asked = [request for one in (bare, by) for _, request, _ in _asked([_Game(one, True)], SERVED, judge, nobody)]
    assert [("<<BEGIN criterion" in one.messages[-1][1]) for one in asked] == [False, True]
