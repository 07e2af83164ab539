"""Means in groups, against values worked out by hand and published tables of quantiles."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from polypref.evaluation.figures import statistics as st

scored = some.lists(
    some.tuples(
        some.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]), some.integers(0, 9), some.sampled_from(["ar", "he", "ja", "uk"])
    ),
    min_size=4,
    max_size=60,
)


def sums_of_rows(rows):
    values, groups, tags = zip(*rows, strict=True)
    return st.sums(values, groups, tags)


def test_sums_and_means_by_hand():
    of_groups = st.sums([1, 0.5, 0, 1, np.nan], ["g1", "g1", "g2", "g2", "g3"], ["ar", "he", "ar", "ar", "he"])
    # Groups g1, g2, g3 and languages ar, he; the unknown score counts for nothing.
    assert of_groups.scores.tolist() == [[1, 0.5], [1, 0], [0, 0]]
    assert of_groups.weights.tolist() == [[1, 1], [2, 0], [0, 0]]
    assert st.means(of_groups).tolist() == [pytest.approx(2 / 3), 0.5]
    assert st.members(of_groups).tolist() == [2, 1]


def test_variance_of_single_rows_is_the_textbook_one():
    scores = [1, 0, 0.5, 1, 0.75]
    of_groups = st.sums(scores, range(5), ["el"] * 5)
    expected = np.var(scores, ddof=1) / 5
    assert st.variance(st.contributions(of_groups), st.members(of_groups)) == pytest.approx(expected)


def test_copies_of_a_prompt_do_not_make_it_surer():
    once = st.sums([1, 0, 1, 0.5], range(4), ["hi"] * 4)
    tenfold = st.sums([1, 0, 1, 0.5] * 10, list(range(4)) * 10, ["hi"] * 40)
    ends = [st.interval(st.means(s), st.contributions(s), st.members(s)) for s in (once, tenfold)]
    assert np.allclose(ends[0], ends[1])


@pytest.mark.parametrize(
    ("probability", "df", "expected"),
    # Tables of Student's distribution.
    [(0.975, 5, 2.5706), (0.975, 10, 2.2281), (0.975, 19, 2.0930), (0.995, 30, 2.7500), (0.975, 1e9, 1.95996)],
)
def test_t_quantiles(probability, df, expected):
    assert float(st.t_quantile(probability, df)) == pytest.approx(expected, abs=2e-3)


def test_plain_wins_get_wilsons_interval():
    """
    8 of 10 won: the variance 0.16 / 9 makes n = 10, and the effect is known, so z = 1.96 and not t. By hand:
    (0.8 + 3.8415 / 20) / (1 + 3.8415 / 10) = 0.7167, half 1.96 sqrt(0.16 / 10 + 3.8415 / 400) / 1.3841 = 0.2266.
    """
    of_groups = st.sums([1] * 8 + [0] * 2, range(10), ["ko"] * 10)
    low, high = st.interval(st.means(of_groups), st.contributions(of_groups), st.members(of_groups))
    assert low[0] == pytest.approx(0.7167 - 0.2266, abs=2e-4)
    assert high[0] == pytest.approx(0.7167 + 0.2266, abs=2e-4)


@pytest.mark.parametrize(("copies", "excess"), [(1, 1.0), (10, 40 * 39 / 38**2 / 30)])
def test_a_skew_beyond_that_of_wins_and_losses_widens(copies, excess):
    """
    Contributions -.1, -.1, -.1, .3 of 4 groups: squares .12 / 4 = .03, cubes .024 / 4 = .006, so the squared skewness
    is .006^2 / .03^3 = 4/3; over 4 groups 1/3, and 4 x 3 / 2^2 = 3 times that is 1. Wins and losses with mean one half
    have none. Ten times these groups: 1/30, times 40 x 39 / 38^2. The quantile t becomes t + (t^5 + 2 t^3 - 3 t) / 18
    times that, but is at most doubled, as it is for the 4 groups.
    """
    parts, groups = np.array([[-0.1], [-0.1], [-0.1], [0.3]] * copies) / copies, 4 * copies
    assert st._excess_skew(np.array([0.5]), parts, np.array([groups]), np.array([3.0])) == pytest.approx([excess])
    low, high = st.interval(np.array([0.5]), parts, np.array([groups]))
    n = 0.25 / (0.12 / copies * groups / (groups - 1)) + 1
    t = float(st.t_quantile(0.975, st.freedom(0.5, parts, groups)[0]))
    wider = t + (t**5 + 2 * t**3 - 3 * t) / 18 * excess
    q = 2 * t if copies == 1 else wider
    assert (wider < 2 * t) == (copies == 10)
    half = q * math.sqrt(0.25 / n + q**2 / (4 * n * n)) / (1 + q**2 / n)
    assert high - low == pytest.approx([2 * half])


def test_all_won_is_not_certain():
    of_groups = st.sums([1] * 20, range(20), ["fa"] * 20)
    low, high = st.interval(st.means(of_groups), st.contributions(of_groups), st.members(of_groups))
    # Wilson: 1 / (1 + z^2 / 20).
    assert low[0] == pytest.approx(1 / (1 + 3.841459 / 20), abs=1e-6)
    assert high[0] == pytest.approx(1)


def test_one_group_has_no_interval():
    of_groups = st.sums([1, 0, 1], ["g"] * 3, ["zh"] * 3)
    low, high = st.interval(st.means(of_groups), st.contributions(of_groups), st.members(of_groups))
    assert math.isnan(low[0])
    assert math.isnan(high[0])


def test_groups_of_other_languages_do_not_change_an_interval():
    alone = st.sums([1, 0, 1, 1, 0.5], range(5), ["ar"] * 5)
    beside = st.sums([1, 0, 1, 1, 0.5] + [0.25, 1] * 20, list(range(45)), ["ar"] * 5 + ["uk"] * 40)
    one, two = (st.interval(st.means(s), st.contributions(s), st.members(s)) for s in (alone, beside))
    assert (one[0][0], one[1][0]) == pytest.approx((two[0][0], two[1][0]))


def test_resamples_are_the_same_in_parts(monkeypatch):
    # As they were drawn before there were parts, in one go.
    places = np.random.default_rng(3).integers(0, 7, (200, 7))
    whole = np.array([np.bincount(row, minlength=7) for row in places], float)
    assert (st.resamples(7, 200, seed=3) == whole).all()
    monkeypatch.setattr(st, "_DRAWN_AT_ONCE", 45)
    parts = list(st.resamples_in_parts(7, 200, seed=3))
    assert [len(part) for part in parts] == [6] * 33 + [2]
    assert (np.concatenate(parts) == whole).all() and (st.resamples(7, 200, seed=3) == whole).all()


def test_resamples_draw_whole_groups():
    drawn = st.resamples(7, 200, seed=3)
    assert drawn.shape == (200, 7)
    assert (drawn.sum(1) == 7).all()
    assert (drawn == st.resamples(7, 200, seed=3)).all()
    of_groups = st.sums([1, 0, 1, 0], ["g1", "g1", "g2", "g2"], ["ar", "he", "ar", "he"])
    # Every group has won in Arabic and lost in Hebrew: no resample says otherwise.
    assert (st.bootstrap_means(of_groups, st.resamples(2, 50)) == [1, 0]).all()


@settings(max_examples=40, deadline=None)
@given(scored)
def test_the_bootstrap_is_the_plain_loop(rows):
    rows_again = sums_of_rows(rows)
    drawn = st.resamples(len(rows_again.scores), 5, seed=1)
    _, place = np.unique([row[1] for row in rows], return_inverse=True)
    for counts, means in zip(drawn, st.bootstrap_means(rows_again, drawn), strict=True):
        for tag, mean in zip(sorted({row[2] for row in rows}), means, strict=True):
            values = [
                row[0] for row, at in zip(rows, place, strict=True) if row[2] == tag for _ in range(int(counts[at]))
            ]
            assert (math.isnan(mean) and not values) or mean == pytest.approx(np.mean(values))


def test_equal_languages_need_no_correction_and_independent_ones_do():
    draw = np.random.default_rng(5)
    one = draw.integers(0, 2, 200).astype(float)
    same = st.Sums(np.tile(one[:, None], 10), np.ones((200, 10)))
    other = st.Sums(draw.integers(0, 2, (200, 10)).astype(float), np.ones((200, 10)))
    drawn = st.resamples(200, 4000)
    assert st.simultaneous_level(same, drawn) == pytest.approx(0.95, abs=0.01)
    # Sidak: 0.95 ** (1 / 10) = 0.99488.
    assert st.simultaneous_level(other, drawn) == pytest.approx(0.99488, abs=0.002)


def test_sign_flips_by_hand():
    # Ten wins of ten: 2 of 1024 sign patterns are as far out. Three wins, one loss: 10 of 16. Ties say nothing.
    values = [1] * 10 + [1, 1, 1, 0] + [0.5] * 3
    of_groups = st.sums(values, range(17), ["ar"] * 10 + ["he"] * 4 + ["ja"] * 3)
    assert st.sign_flip(of_groups).tolist() == pytest.approx([2 / 1024, 10 / 16, 1])
    # 0.75, 0.75, 0: excesses 1, 1, -2 quarters; all eight patterns are at least 0 out.
    assert st.sign_flip(st.sums([0.75, 0.75, 0], range(3), ["uk"] * 3)).tolist() == [1]
    # 1, 0.75: |3| quarters of +-2 +-1, two of four patterns.
    assert st.sign_flip(st.sums([1, 0.75], range(2), ["uk"] * 2)).tolist() == [0.5]


def test_random_flips_are_near_the_exact_ones():
    draw = np.random.default_rng(2)
    excess = draw.choice([-0.5, 0, 0.5], (60, 1), p=[0.25, 0.3, 0.45])
    exact = st.flip_excess(excess)[0]
    assert 0.005 < exact < 0.5
    assert st.flip_excess(excess / 3)[0] == pytest.approx(exact, abs=0.015)


def test_the_least_p_value_of_random_flips_is_one_in_ten_thousand():
    # Forty excesses of one sign that are no eighths: 2 of 2 ** 40 patterns are as far out, none of those drawn.
    assert st.flip_excess(np.full((40, 1), 0.3))[0] == 1 / 10_000
    assert st.flip_excess(np.full((40, 1), 0.3), flips=99)[0] == 1 / 100


def test_holm_by_hand():
    # Sorted: .01 x 4, .02 x 3, .03 x 2 (kept at .06), .04 x 1 (kept at .06).
    assert st.holm([0.04, 0.01, np.nan, 0.03, 0.02])[[0, 1, 3, 4]] == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert np.isnan(st.holm([0.04, 0.01, np.nan, 0.03, 0.02])[2])
    assert st.holm([]).tolist() == []


@settings(max_examples=80, deadline=None)
@given(scored, some.randoms())
def test_order_and_side_do_not_matter(rows, dice):
    """Shuffled rows give the same figures; a loss seen from the other side is a win."""
    one = sums_of_rows(rows)
    shuffled = list(rows)
    dice.shuffle(shuffled)
    turned = [(1 - value, group, tag) for value, group, tag in rows]
    ends = st.interval(st.means(one), st.contributions(one), st.members(one))
    again = sums_of_rows(shuffled)
    assert np.allclose(st.interval(st.means(again), st.contributions(again), st.members(again)), ends, equal_nan=True)
    mirror = sums_of_rows(turned)
    low, high = st.interval(st.means(mirror), st.contributions(mirror), st.members(mirror))
    assert np.allclose((1 - high, 1 - low), ends, equal_nan=True, atol=1e-9)
    assert np.allclose(st.sign_flip(mirror), st.sign_flip(one))
    known = st.members(one) > 1
    assert (ends[0][known] <= st.means(one)[known] + 1e-9).all()
    assert (ends[1][known] >= st.means(one)[known] - 1e-9).all()
