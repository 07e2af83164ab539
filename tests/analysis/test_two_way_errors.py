"""Errors of what hangs together by prompt and by person: by hand, and what two estimates have in common cancels."""

import numpy as np
import pytest

from polypref.analysis.two_way_errors import Estimate, two_way_errors


def estimate(moves: list[float], prompts: list[int], people: list[int], model: float = 0.0) -> Estimate:
    return Estimate(np.array(moves)[:, None], np.array([model]), np.array(prompts), np.array(people))


# Three prompts judged by the same three people: a pair moves the weight by what its prompt and its person add.
PROMPTS, PEOPLE = [0, 0, 0, 1, 1, 1, 2, 2, 2], [0, 1, 2] * 3
MOVES = [0.5, 0.3, 0.1, 0.2, 0.0, -0.2, -0.1, -0.3, -0.5]


def test_prompts_and_people_add_up_less_both_at_once() -> None:
    # Prompts sum to .9, 0, -.9 and people to .6, 0, -.6, each with 3/2; the nine squares to .78, with 9/8.
    errors, df = two_way_errors([estimate(MOVES, PROMPTS, PEOPLE)])
    assert errors[0] ** 2 == pytest.approx(1.62 * 1.5 + 0.72 * 1.5 - 0.78 * 9 / 8)
    assert df[0] == pytest.approx(2)


def test_it_is_no_less_than_any_of_them_or_than_the_models_own() -> None:
    # Prompts sum to .4 and -.4, people to .1 and -.1, squares to .18: .64 + .04 - .24 is less than .64.
    one = ([0.3, 0.1, -0.2, -0.2], [0, 0, 1, 1], [0, 1, 0, 1])
    assert two_way_errors([estimate(*one)])[0][0] == pytest.approx(0.8)
    assert two_way_errors([estimate(*one, model=0.9)])[0][0] == pytest.approx(0.9)


def test_of_one_person_prompts_alone_count() -> None:
    errors, df = two_way_errors([estimate(MOVES, PROMPTS, [0] * 9)])
    assert errors[0] ** 2 == pytest.approx(1.62 * 1.5) and np.isinf(df[0])


def test_what_the_same_prompts_give_two_estimates_cancels_in_their_difference() -> None:
    # Prompts alone vary, by as much in both estimates.
    alike = [0.3, 0.3, 0.0, 0.0, -0.3, -0.3]
    first, second = (estimate(alike, [0, 0, 1, 1, 2, 2], people, 0.01) for people in ([0, 1] * 3, [2, 3] * 3))
    together, _ = two_way_errors([first, second.subtracted()])
    assert together[0] == pytest.approx(np.sqrt(2) * 0.01)
    elsewhere = Estimate(second.influence, second.model, second.prompts + 3, second.people)
    apart, _ = two_way_errors([first, elsewhere.subtracted()])
    # Six prompts that sum to .6, 0, -.6 twice.
    assert apart[0] ** 2 == pytest.approx(4 * 0.36 * 6 / 5)


def test_people_of_two_estimates_have_welchs_degrees_of_freedom() -> None:
    # A pair of each person, of a prompt of its own. Variances by hand: 3/2 (.2^2 + .2^2) and 5/4 (.1^2 + .1^2).
    first = estimate([0.2, 0.0, -0.2], [0, 1, 2], [0, 1, 2])
    second = estimate([0.1, 0.0, 0.0, 0.0, -0.1], [3, 4, 5, 6, 7], [3, 4, 5, 6, 7])
    _, df = two_way_errors([first, second.subtracted()])
    assert df[0] == pytest.approx((0.12 + 0.025) ** 2 / (0.12**2 / 2 + 0.025**2 / 4))
