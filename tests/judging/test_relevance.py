"""Relevance by character n-grams, worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from polypref.judging.relevance import cosine, distinct_share, relevance_score, weights

ONES = np.ones(1 << 16)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        # Trigrams abc, bcd and abc, bce: one of two shared.
        ("abcd", "abce", 1 / 2),
        # abc twice, bca, cab: tf is 1 + ln 2, 1, 1.
        ("abcabc", "abc", (1 + math.log(2)) / math.sqrt((1 + math.log(2)) ** 2 + 2)),
        ("ABC", "abc", 1),
        ("שלום עולם", "שלום עולם", 1),
        ("abc", "xyz", 0),
        ("ab", "ab", 0),
        ("", "abc", 0),
        ("😀😀😀", "😀😀😀", 1),
    ],
)
def test_cosine_by_hand(one: str, other: str, expected: float) -> None:
    assert cosine(one, other, 3, ONES) == pytest.approx(expected)
    assert cosine(other, one, 3, ONES) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "spaces", "share"),
    [
        # abc, bca, cab, abc.
        ("a b c a b c", True, 3 / 4),
        ("a b c", True, 1),
        ("a b", True, 1),
        ("", True, 1),
        # Two 8-grams, the same.
        ("好" * 9, False, 1 / 2),
        ("好好好\n好好好 好好好", False, 1 / 2),
        ("好" * 9, True, 1),
        ("一二三四五六七八九", False, 1),
        ("一二三四五六七八" * 2, False, 8 / 9),
        ("好好", False, 1),
    ],
)
def test_share_of_distinct_n_grams(text: str, spaces: bool, share: float) -> None:
    assert distinct_share(text, spaces) == pytest.approx(share)


def test_the_bin_of_an_n_gram_stays_what_it_was() -> None:
    # With Python's own whole numbers: ord("a") * 0x9E3779B97F4A7C15 % 2**64 >> 48, and so on. Scores that were written
    # rest on which n-grams share a bin.
    for gram, place in {"a": 62213, "abc": 38091, "字": 32031, "語彙的": 36935, "מים": 44413}.items():
        one = np.zeros(1 << 16)
        one[place] = 1.0
        assert cosine(gram, gram, len(gram), one) == pytest.approx(1.0)
        assert cosine(gram, gram, len(gram), 1.0 - one) == 0.0


def test_an_n_gram_weighs_by_the_texts_that_hold_it() -> None:
    # Of three texts abc is in all, bcd in one (twice there), and xyz in none.
    rare, common = math.log(4 / 2) + 1, math.log(4 / 4) + 1
    weighed = weights(["abcd bcd", "abc", "ABC"], 3)
    assert weighed.shape == (1 << 16,) and weighed.max() == pytest.approx(math.log(4) + 1)
    assert cosine("abcd", "abc", 3, weighed) == pytest.approx(common / math.hypot(common, rare))


def test_a_score_is_the_product_of_its_three_parts() -> None:
    # One of two trigrams shared, 4 of 8 characters, all distinct; then 4 of 24 / 3 characters without spaces.
    assert relevance_score("abcd", "abce", True, 3, 8, ONES) == pytest.approx(1 / 2 * 4 / 8)
    assert relevance_score("一二三四", " 一二三四 ", False, 3, 24, ONES) == pytest.approx(
        cosine("一二三四", " 一二三四 ", 3, ONES) * 4 / 8
    )
    # Itself, longer than needed, one of its four word trigrams twice.
    assert relevance_score("a b c a b c", "a b c a b c", True, 3, 8, ONES) == pytest.approx(3 / 4)
