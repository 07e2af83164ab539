"""Accuracies of reward models, on pairs counted by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from polypref.errors import UserError
from polypref.evaluation.reward_models.published import Judged
from polypref.evaluation.reward_models.statistics import calibration, outcomes, summarise_comparisons

NO = np.nan


def judged(rows, margins=None):
    """Rows of (language, subset, category, id, outcome); every id is its own group."""
    tags, subsets, categories, ids, outcomes = zip(*rows, strict=True)
    arrays = [np.array(one, dtype=str) for one in (tags, subsets, categories, ids, ids)]
    return Judged(*arrays, np.array(outcomes, float), None if margins is None else np.array(margins, float))


def test_ties_and_gaps_of_scores():
    got = outcomes([1, 2, 3, NO, 1], [0, 2, 4, 1, NO])
    assert np.array_equal(got, [1, 0.5, 0, NO, NO], equal_nan=True)


@pytest.mark.parametrize(("ties", "expected"), [("half", 3.5 / 6), ("lost", 3 / 6)])
def test_equal_scores_count_as_asked(ties, expected):
    (row,) = summarise_comparisons(judged(HEBREW), weights=WEIGHTS, ties=ties).rows
    assert row.by_prompts.value == pytest.approx(expected)
    # They are told apart from pairs without a verdict, and counted, whatever they count.
    assert (row.correct, row.ties, row.unparsed, row.scored) == (3, 1, 1, 6)


def test_what_cannot_be_read_is_no_tie_that_is_lost():
    (row,) = summarise_comparisons(judged(HEBREW), ties="lost", missing="half").rows
    assert row.by_prompts.value == pytest.approx((3 + 0 + 0.5) / 7)


def test_ties_by_chance_are_drawn_by_the_pair_and_even():
    rows = [("de", "a", "x", f"pair {n}", 0.5) for n in range(2000)]
    (row,) = summarise_comparisons(judged(rows), ties="chance").rows
    assert row.by_prompts.value == pytest.approx(0.5, abs=0.05) and row.ties == 2000
    (same,) = summarise_comparisons(judged(rows[::-1]), ties="chance").rows
    assert same.by_prompts == row.by_prompts


def test_an_average_with_a_language_of_one_pair_is_unsure():
    rows = [(tag, "a", "x", f"{tag}{n}", n % 4 > 0) for tag in ("ar", "he") for n in range(100)]
    sure = summarise_comparisons(judged(rows)).average.by_prompts
    unsure = summarise_comparisons(judged([*rows, ("zh", "a", "x", "zh", 1)])).average
    assert unsure.by_prompts.high - unsure.by_prompts.low > 3 * (sure.high - sure.low)
    # So is one language's mean over categories of which one has a single pair.
    parts = [*rows[:100], ("ar", "b", "y", "other", 0)]
    (row,) = summarise_comparisons(judged(parts)).rows
    one = row.categories["x"].weighted
    assert row.by_categories.high - row.by_categories.low > 3 * (one.high - one.low)


def test_a_gap_where_both_always_choose_right_is_not_certain():
    rows = [(tag, "a", "x", str(n), 1) for tag in ("en", "de") for n in range(5)]
    gap = summarise_comparisons(judged(rows)).rows[0].gap.by_prompts
    assert gap.value == 0 and gap.low < -0.3 and gap.high > 0.3


# Chat: subset a (weight 1) 1 of 2, subset b (weight 3) 1 of 1. Safety: 1, tie, 0, no verdict.
HEBREW = [
    ("he", "a", "Chat", "1", 1),
    ("he", "a", "Chat", "2", 0),
    ("he", "b", "Chat", "3", 1),
    ("he", "c", "Safety", "4", 1),
    ("he", "c", "Safety", "5", 0.5),
    ("he", "c", "Safety", "6", 0),
    ("he", "c", "Safety", "7", NO),
]
WEIGHTS = {"a": 1.0, "b": 3.0}


def test_both_averages_by_hand():
    (row,) = summarise_comparisons(judged(HEBREW), weights=WEIGHTS).rows
    assert (row.pairs, row.scored, row.groups, row.correct, row.ties, row.unparsed) == (7, 6, 6, 3, 1, 1)
    assert row.by_prompts.value == pytest.approx(3.5 / 6)
    # Chat (1/2 x 1 + 1 x 3) / 4 = 0.875, Safety 1.5 / 3 = 0.5; both count the same.
    assert row.categories["Chat"].weighted.value == pytest.approx(0.875)
    assert row.categories["Chat"].by_prompts.value == pytest.approx(2 / 3)
    assert row.categories["Safety"].weighted.value == pytest.approx(0.5)
    assert row.by_categories.value == pytest.approx(0.6875)
    assert row.subsets == {"a": 0.5, "b": 1.0, "c": 0.5}
    assert (row.categories["Safety"].ties, row.categories["Safety"].unparsed) == (1, 1)


def test_half_a_point_for_what_cannot_be_read():
    (row,) = summarise_comparisons(judged(HEBREW), weights=WEIGHTS, missing="half").rows
    assert row.by_prompts.value == pytest.approx(4 / 7)
    # What cannot be read is no tie: it is counted apart.
    assert (row.scored, row.ties, row.unparsed) == (7, 1, 1)


def test_a_subset_weighs_the_same_with_and_without_gaps():
    rows = [("ko", "a", "x", str(n), 1) for n in range(4)] + [("ko", "b", "x", str(n), 0) for n in range(4, 8)]
    gaps = [*rows[:1], *((*row[:4], NO) for row in rows[1:4]), *rows[4:]]
    for some_rows in (rows, gaps):
        (row,) = summarise_comparisons(judged(some_rows), weights={"a": 30, "b": 10}).rows
        assert row.by_categories.value == pytest.approx(0.75)


def test_gap_to_english_on_the_pairs_that_both_have():
    english = [("en", "a", "x", str(n), outcome) for n, outcome in enumerate((1, 1, 1, 0, 0), 1)]
    german = [("de", "a", "x", str(n), outcome) for n, outcome in enumerate((1, 0, 1, 0), 1)]
    summary = summarise_comparisons(judged([*english, *german]))
    de, en = summary.rows
    assert en.gap is None and en.by_prompts.value == pytest.approx(0.6)
    assert de.gap.pairs == 4
    for gap in (de.gap.by_prompts, de.gap.by_categories):
        # Newcombe's tenth method: Wilson's intervals of 3 and 2 of 4 are .3006 to .9544 and .1500 to .8500, and the
        # two sides correlate by (.5 - .375) / sqrt(.1875 x .25) = .5774, of which 2 / 4 are not sure.
        below = math.sqrt(0.4494**2 + 0.35**2 - 2 * 0.0774 * 0.4494 * 0.35)
        above = math.sqrt(0.2044**2 + 0.35**2 - 2 * 0.0774 * 0.2044 * 0.35)
        assert gap.value == pytest.approx(0.25)
        assert (gap.low, gap.high) == pytest.approx((0.25 - below, 0.25 + above), abs=2e-3)
    assert summary.average.languages == ("de",), "English is not in the average of the others"
    assert summary.average.gap.by_prompts == de.gap.by_prompts


def test_gap_without_a_common_pair_takes_all_of_both():
    rows = [("en", "a", "x", f"e{n}", 1) for n in range(3)] + [("el", "a", "x", f"g{n}", n % 2) for n in range(4)]
    summary = summarise_comparisons(judged(rows))
    assert summary.rows[0].gap.pairs == 0 and summary.rows[0].gap.by_prompts.value == pytest.approx(0.5)
    assert summarise_comparisons(judged(rows), against="uk").rows[0].gap is None


def test_translations_of_a_prompt_are_not_independent():
    """Two languages that say the same of the same pairs tell no more than one; of other pairs they do."""
    outcomes = [1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0] * 3
    one = [("ar", "a", "x", str(n), value) for n, value in enumerate(outcomes)]
    same = one + [("fa", *row[1:]) for row in one]
    apart = one + [("fa", *row[1:3], f"other {row[3]}", row[4]) for row in one]
    single, both, more = (summarise_comparisons(judged(rows)).average.by_prompts for rows in (one, same, apart))
    assert both.groups == 36 and more.groups == 72
    assert both.high - both.low == pytest.approx(single.high - single.low, rel=1e-4)
    assert more.high - more.low < 0.75 * (single.high - single.low)


def test_calibration_error_by_hand():
    # Confidence .75 three times, right twice; .9 once, right; .5 once, a tie: 3/5 x |2/3 - .75| + 1/5 x .1 + 0.
    margins = [math.log(3), math.log(3), -math.log(3), math.log(9), 0, NO]
    bins = calibration(margins)
    assert bins.error == pytest.approx(0.05 + 0.02)
    assert bins.pairs == 5
    assert bins.confidence == pytest.approx((3 * 0.75 + 0.9 + 0.5) / 5)
    assert bins.accuracy == pytest.approx(3.5 / 5)
    assert [(n, round(sure, 3), round(right, 3)) for _, _, n, sure, right in bins.bins] == [
        (1, 0.5, 0.5),
        (3, 0.75, 0.667),
        (1, 0.9, 1.0),
    ]
    assert calibration([NO, NO]) is None


def test_scores_of_a_bradley_terry_model_are_calibrated_and_doubled_ones_are_not():
    draw = np.random.default_rng(1)
    size = draw.normal(0, 1.5, 20_000)
    margins = np.where(draw.random(20_000) < 1 / (1 + np.exp(-size)), size, -size)
    assert calibration(margins).error < 0.02
    twice = calibration(2 * margins)
    assert twice.error > 0.08 and twice.confidence > twice.accuracy + 0.08
    rows = [("ja", "a", "x", str(n), 1 if margin > 0 else 0) for n, margin in enumerate(margins[:50])]
    (row,) = summarise_comparisons(judged(rows, margins[:50])).rows
    assert row.calibration == calibration(margins[:50])


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    some.lists(
        some.tuples(
            some.sampled_from(["ar", "en", "zh"]),
            some.sampled_from("abc"),
            some.integers(0, 9),
            some.sampled_from([0, 0.5, 1, NO]),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_averages_lie_within_their_parts(drawn):
    rows = [(tag, subset, f"category {subset in 'ab'}", str(n), outcomes) for tag, subset, n, outcomes in drawn]
    summary = summarise_comparisons(judged(rows), weights={"a": 5})
    assert sum(row.pairs for row in summary.rows) == len(rows)
    for row in summary.rows:
        known = [one.weighted.value for one in row.categories.values() if one.weighted.value is not None]
        assert (row.by_categories.value is None) == (not known) == (row.scored == 0)
        if known:
            assert min(known) - 1e-9 <= row.by_categories.value <= max(known) + 1e-9
            assert row.by_prompts.value * row.scored == pytest.approx(row.correct + 0.5 * row.ties)
        for one in (row.by_prompts, row.by_categories):
            if one.low is not None:
                assert 0 <= one.low <= one.value <= one.high <= 1


def test_bad_input_says_what_is_wrong():
    with pytest.raises(UserError, match="no pairs to score"):
        summarise_comparisons(Judged(*(np.array([], dtype=str) for _ in range(5)), np.array([])))
    with pytest.raises(UserError, match="outside 0 to 1"):
        judged([("de", "a", "x", "1", 2)])
    with pytest.raises(UserError, match="differ in length"):
        judged([("de", "a", "x", "1", 1)], margins=[1, 2])
