"""How far people of one value and of different ones agree, counted by hand, and how wide the intervals are."""

import numpy as np
import pytest

from polypref.people.agreement import Ballots, _lead, agreement_by
from polypref.shares import wilson

RANDOM = np.random.default_rng(0)


def ballots(votes: list[tuple[int, int, int]]) -> Ballots:
    """Votes as (pair of answers, person, 1 or -1), each pair under a prompt of its own."""
    pairs, people, sides = (np.array(one) for one in zip(*votes, strict=True))
    return Ballots(pairs, pairs, people, sides.astype(float))


def test_twos_of_people_are_counted_by_hand() -> None:
    # Pair 0: a, b prefer the one, c the other; pair 1: a and c agree. a and b are of one value, c of another.
    votes = ballots([(0, 0, 1), (0, 1, 1), (0, 2, -1), (1, 0, -1), (1, 2, -1)])
    done = agreement_by(votes, np.array([0, 0, 1]), 0, RANDOM)
    assert done is not None and done.within is not None and done.across is not None
    assert (done.within.twos, done.within.share) == (1, 1.0)
    assert (done.across.twos, done.across.share) == (3, pytest.approx(1 / 3))
    assert (done.pairs, done.differ, done.p) == (2, 1, None)


def test_a_value_of_two_minds_takes_no_side() -> None:
    votes = ballots([(0, 0, 1), (0, 1, -1), (0, 2, -1)])
    done = agreement_by(votes, np.array([0, 0, 1]), 9, RANDOM)
    assert done is not None and (done.pairs, done.differ) == (0, 0)


def test_the_lead_of_those_of_one_value_is_that_of_the_shares() -> None:
    votes = judged(9, 7, 1.0, np.random.default_rng(3))
    for labels in (np.arange(9) % 2, np.arange(9) % 3):
        done = agreement_by(votes, labels, 0, RANDOM)
        assert done is not None and done.within is not None and done.across is not None
        assert _lead(votes, labels) == pytest.approx(done.within.share - done.across.share)
    assert _lead(votes, np.zeros(9, np.int64)) == 0 == _lead(votes, np.arange(9))


def test_answers_that_one_person_judged_say_nothing() -> None:
    assert agreement_by(ballots([(0, 0, 1), (1, 1, 1)]), np.array([0, 1]), 9, RANDOM) is None
    # The same person twice is one person.
    assert agreement_by(ballots([(0, 0, 1), (0, 0, 1)]), np.array([0]), 9, RANDOM) is None
    empty = Ballots(*(np.array([], np.int64) for _ in range(3)), np.array([]))
    assert agreement_by(empty, np.array([], np.int64), 9, RANDOM) is None


def judged(people: int, prompts: int, spread: float, random: np.random.Generator) -> Ballots:
    """Votes of all on all; who leans how far, and what is clear, varies."""
    lean, clear = random.normal(0, spread, people), random.normal(0, spread, prompts)
    asked, who = (grid.ravel() for grid in np.meshgrid(np.arange(prompts), np.arange(people)))
    sides = np.where(random.random(len(who)) < 1 / (1 + np.exp(-lean[who] - clear[asked])), 1.0, -1.0)
    return Ballots(asked, asked, who, sides)


@pytest.mark.slow
def test_intervals_of_agreement_hold_the_truth_as_often_as_they_say() -> None:
    random, held, draws = np.random.default_rng(1), 0, 120
    many = [judged(200, 200, 0.7, np.random.default_rng(seed)) for seed in range(4)]
    labels = np.arange(200) % 2
    truth = np.mean([agreement_by(one, labels, 0, random).within.share for one in many])
    for _ in range(draws):
        done = agreement_by(judged(16, 40, 0.7, random), np.arange(16) % 2, 0, random)
        held += done.within.low <= truth <= done.within.high
    assert held / draws > 0.9


def test_people_who_always_say_the_same_are_no_more_than_they_are() -> None:
    # Six people, three of each mind, on forty pairs: twos agree as these six do, however many pairs there are.
    votes = ballots([(pair, who, 1 if who % 2 else -1) for pair in range(40) for who in range(6)])
    done = agreement_by(votes, np.zeros(6, np.int64), 0, RANDOM)
    assert done is not None and done.within is not None and done.within.share == pytest.approx(0.4)
    assert (done.within.low, done.within.high) == pytest.approx(wilson(6, 15))
