"""Intervals of shares whose rows depend on each other by prompt and by person."""

import numpy as np
import pytest

from polypref.people.two_ways import interval, shares_by
from polypref.shares import wilson


def test_independent_rows_have_wilsons_interval() -> None:
    outcomes = np.array([1.0] * 81 + [0.0] * 182)
    alone = np.arange(263)
    assert shares_by(outcomes, alone, alone)[1:] == pytest.approx(wilson(81, 263), abs=1e-3)


def test_equal_rows_of_a_person_count_once() -> None:
    outcomes, people = np.repeat([1.0, 0.0], 50), np.repeat(np.arange(20), 5)
    outcomes = np.repeat(np.arange(20) % 2, 5).astype(float)
    share, low, high = shares_by(outcomes, np.arange(100), people)
    # Twenty people, half of them so: as wide as of nineteen or twenty observations, and not of a hundred; Student's
    # quantile with 19 degrees of freedom, from a printed table.
    assert share == 0.5 and (low, high) == pytest.approx(wilson(10, 20, 2.093), abs=0.01)


def test_where_nothing_varies_the_fewest_clusters_are_counted() -> None:
    ones = np.ones(60)
    _, low, high = shares_by(ones, np.arange(60) % 30, np.arange(60) % 6)
    assert (low, high) == pytest.approx(wilson(6, 6)) and interval(0.0, 0.0, 6, 60)[1:] == pytest.approx(wilson(0, 6))


def test_intervals_of_five_people_hold_the_truth_as_often_as_they_say() -> None:
    # People of whom each leans one way, twenty prompts of their own each; the normal quantile holds it in 88%.
    random, held, draws = np.random.default_rng(0), 0, 400
    for _ in range(draws):
        who = np.repeat(np.arange(5), 20)
        truth = 1 / (1 + np.exp(-random.normal(0, 1.2, 5)[who]))
        _, low, high = shares_by((random.random(100) < truth).astype(float), np.arange(100), who)
        held += low <= 0.5 <= high
    assert held / draws > 0.92


@pytest.mark.slow
def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    random, held, draws = np.random.default_rng(0), 0, 400
    for _ in range(draws):
        people, prompts = random.normal(0, 0.6, 40), random.normal(0, 0.6, 50)
        who, asked = (grid.ravel() for grid in np.meshgrid(np.arange(40), np.arange(50)))
        kept = random.random(len(who)) < 0.2
        who, asked = who[kept], asked[kept]
        truth = 1 / (1 + np.exp(-(people[who] + prompts[asked])))
        _, low, high = shares_by((random.random(len(who)) < truth).astype(float), asked, who)
        held += low <= 0.5 <= high
    assert 0.92 < held / draws < 0.985


def test_numbers_of_clusters_need_not_be_dense() -> None:
    outcomes = np.array([1.0, 0.0, 1.0, 0.0])
    apart = shares_by(outcomes, np.array([7, 7, 900, 900]), np.array([3, 4, 3, 4]))
    assert apart == shares_by(outcomes, np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]))
