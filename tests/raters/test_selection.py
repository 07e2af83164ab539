"""Which two answers are worth judging, by hand and for any scores."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.raters.selection import mean_scores, select_two, standardised

SCORES = st.integers(-8, 8).map(lambda n: n / 4)


def pools(scorers: int) -> st.SearchStrategy[dict[str, tuple[float, ...]]]:
    return st.dictionaries(st.sampled_from("abcdef"), st.tuples(*[SCORES] * scorers), min_size=2)


def test_z_scores_by_hand():
    # Mean 3, population sd 2: 1 and 5 are one sd from it.
    assert standardised([1.0, 5.0, 1.0, 5.0]) == [-1.0, 1.0, -1.0, 1.0]
    assert standardised([2.0, 2.0]) == [0.0, 0.0]
    # The mean of three tenths is no tenth in floating point.
    assert standardised([0.1, 0.1, 0.1]) == [0.0, 0.0, 0.0]
    assert mean_scores({"a": (1.0, 30.0), "b": (5.0, 10.0)}) == {"a": 0.0, "b": 0.0}


@pytest.mark.parametrize(
    ("select", "scores", "both"),
    [
        # One scorer: the highest and the lowest.
        ("best_vs_worst", {"a": (1.0,), "b": (7.0,), "c": (3.0,), "d": (-2.0,)}, ("b", "d")),
        # Two on scales of their own: z of (1, 2, 3) is (-1.22, 0, 1.22), of (90, 30, 60) (1.22, -1.22, 0); the means
        # are a 0, b -0.61, c 0.61.
        ("best_vs_worst", {"a": (1.0, 90.0), "b": (2.0, 30.0), "c": (3.0, 60.0)}, ("b", "c")),
        # The first scorer's z less the second's: lowest for a, highest for b and d.
        ("uncertainty", {"a": (1.0, 90.0), "b": (2.0, 30.0), "c": (3.0, 60.0), "d": (2.0, 30.0)}, None),
        # They agree on a above d, and see b and c the other way about.
        ("uncertainty", {"a": (9.0, 9.0), "b": (6.0, 4.0), "c": (4.0, 6.0), "d": (1.0, 1.0)}, ("b", "c")),
    ],
)
def test_the_two_by_hand(select, scores, both):
    for seed in range(5):
        two = select_two(scores, select, seed, "p")
        assert two == both if both else "a" in two


@pytest.mark.slow
@given(pools(2), st.integers(0, 3))
def test_best_against_worst_have_the_highest_and_the_lowest_mean(scores, seed):
    mean = mean_scores(scores)
    means = sorted(mean[one] for one in select_two(scores, "best_vs_worst", seed, "p"))
    assert means == [min(mean.values()), max(mean.values())]


@given(pools(2), st.integers(0, 3))
def test_no_two_answers_are_more_disputed_than_those_chosen_by_uncertainty(scores, seed):
    first, second = (
        dict(zip(scores, standardised(column), strict=True)) for column in zip(*scores.values(), strict=True)
    )

    def dispute(one: str, two: str) -> float:
        return abs((first[one] - first[two]) - (second[one] - second[two]))

    chosen = dispute(*select_two(scores, "uncertainty", seed, "p"))
    assert chosen == pytest.approx(max(dispute(*both) for both in combinations(scores, 2)), abs=1e-12)


@given(pools(2), st.sampled_from(["best_vs_worst", "uncertainty", "random"]), st.integers(0, 3), st.randoms())
def test_the_choice_is_two_different_answers_whatever_order_they_come_in(scores, select, seed, order):
    two = select_two(scores, select, seed, "p")
    mixed = list(scores.items())
    order.shuffle(mixed)
    assert two == select_two(dict(mixed), select, seed, "p")
    assert two[0] < two[1] and set(two) <= scores.keys()


@given(pools(1), st.floats(0.5, 4.0), st.integers(-9, 9))
def test_a_scorers_scale_changes_nothing(scores, factor, shift):
    moved = {one: (score * 4 + shift,) for one, (score,) in scores.items()}
    assert select_two(scores, "best_vs_worst", 0, "p") == select_two(moved, "best_vs_worst", 0, "p")


def test_random_is_even_and_hangs_on_the_seed():
    scores = dict.fromkeys("abcd", (0.0,))
    drawn = [select_two(scores, "random", 0, f"p{number}") for number in range(600)]
    assert all(60 < drawn.count(both) < 140 for both in combinations("abcd", 2))
    assert drawn != [select_two(scores, "random", 1, f"p{number}") for number in range(600)]


def test_fewer_than_two_are_none():
    assert select_two({}, "random", 0, "p") is None and select_two({"a": (1.0,)}, "best_vs_worst", 0, "p") is None
