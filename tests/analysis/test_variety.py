"""Distinct n-grams over equally many words, and distinct words against those expected."""

import random

import pytest

from polypref.analysis.variety import FEWEST_UNITS, MOST_UNITS, distinct_share, expected_distinct, varieties


def test_distinct_n_by_hand():
    assert distinct_share([["a", "b", "a", "b"], ["a", "b"]], 1) == 2 / 6
    assert distinct_share([["a", "b", "a", "b"], ["a", "b"]], 2) == 2 / 4  # none over the end of an answer
    assert distinct_share([["a"]], 2) == 0


def test_expected_distinct_by_hand():
    assert expected_distinct(3, 5, 4) == round(3 / (4 * (1 - (3 / 4) ** 5)), 4) == 0.9834
    assert expected_distinct(0, 0, 4) is None and expected_distinct(1, 9, 1) == 1


def test_a_model_that_writes_more_is_no_less_varied_for_it():
    draw = random.Random(5)
    words = [f"w{n}" for n in range(400)]
    texts = {
        model: [draw.choices(words, k=50) for _ in range(number)] for model, number in (("few", 10), ("many", 200))
    }
    by = varieties(texts)
    plain = {model: distinct_share(of, 1) for model, of in texts.items()}
    assert plain["few"] > 5 * plain["many"]
    assert by["few"].distinct[0] == pytest.approx(by["many"].distinct[0], rel=0.05) and by["many"].units == 500
    assert by["few"].ead == pytest.approx(by["many"].ead or 0, rel=0.1)


def test_a_model_of_few_words_has_no_share_and_takes_none_from_the_others():
    by = varieties({"few": [["a"] * (FEWEST_UNITS - 1)], "more": [["a", "b"] * FEWEST_UNITS]})
    assert (by["few"].distinct, by["few"].units) == ([], 0)
    assert by["more"].units == 2 * FEWEST_UNITS and by["more"].distinct[0] == 2 / (2 * FEWEST_UNITS)
    assert varieties({"m": [["a"]] * (2 * MOST_UNITS)})["m"].units == MOST_UNITS
