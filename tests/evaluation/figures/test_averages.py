"""Averages over languages: their intervals count what is not known of languages with few prompts."""

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy import stats

from polypref.evaluation.figures import averages as av
from polypref.evaluation.figures import statistics as st

SCORES = [0.0, 0.25, 0.5, 0.75, 1.0]


def apart(*languages):
    """Scores by language, every score of a prompt of its own."""
    rows = [(value, f"{at}-{n}", at) for at, own in enumerate(languages) for n, value in enumerate(own)]
    return st.sums(*zip(*rows, strict=True))


def drawn(draw, sizes, rates):
    return apart(*((draw.random(n) < rate).astype(float) for n, rate in zip(sizes, rates, strict=True)))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sizes", "rates"),
    [
        ((60, 60, 1), (0.5, 0.5, 0.5)),
        ((60, 60, 1), (0.7, 0.6, 0.8)),
        ((60, 60, 2), (0.6, 0.6, 0.6)),
        ((60, 60, 5), (0.9, 0.9, 0.5)),
        ((40, 1, 1), (0.3, 0.3, 0.3)),
    ],
)
def test_an_average_with_a_language_of_few_prompts_covers(sizes, rates):
    draw, hits = np.random.default_rng(7), 0
    for _ in range(200):
        mean = av.mean_of(drawn(draw, sizes, rates))
        hits += mean.low <= np.mean(rates) <= mean.high
    # 93% less three standard errors of 200 sets.
    assert hits / 200 > 0.93 - 3 * math.sqrt(0.93 * 0.07 / 200)


def test_languages_with_as_many_prompts_each_get_the_interval_of_all_of_them():
    half = [0.0, 1.0] * 50
    mean = av.mean_of(apart(half, half, half))
    # Wilson's interval of 150 of 300.
    z = stats.norm.ppf(0.975)
    wilson = z * math.sqrt(0.25 / 300 + z * z / (4 * 300**2)) / (1 + z * z / 300)
    assert (mean.high - mean.low) / 2 == pytest.approx(wilson, rel=0.01)


def test_a_single_prompt_is_as_unsure_as_a_score_can_be():
    """The largest variance of a score in [0, 1] is 1/4, a ninth of which is nearly all that there is here."""
    half = [0.0, 1.0] * 500
    mean = av.mean_of(apart(half, half, [1.0]))
    assert mean.error == pytest.approx(math.sqrt(0.25 / 9 + 2 * 0.25 / 1000 / 9), rel=0.01)
    assert mean.value == pytest.approx(2 / 3) and mean.high > 0.99
    assert mean.low == pytest.approx(2 / 3 - 1.96 * mean.error, abs=0.01)


@pytest.mark.parametrize("won", [1, 3, 9])
def test_the_skew_of_wins_and_losses_is_that_of_a_share(won):
    of_ten = [1.0] * won + [0.0] * (10 - won)
    sums = apart(of_ten)
    plan = av._plan_columns(sums, st.means(sums), st.contributions(sums), np.ones(1))
    share = won / 10
    # With the correction for leverage, 10 / 9, in the variance; a mean's third moment is that of one score over n ** 2.
    by_variance = (10 / 9) ** 2 * share * (1 - share) * (1 - 2 * share) / 100
    assert av._third(plan) == pytest.approx(abs(by_variance))


def test_intervals_of_averages_stay_what_they_were():
    # As version 0.2.0 writes them into results.
    mean = av.mean_of(apart([1.0] * 6 + [0.0] * 4, [1.0, 0.5, 0.0, 0.75, 1.0], [1.0]))
    assert (mean.low, mean.high, mean.error) == pytest.approx((0.36730, 1.0, 0.18886), abs=1e-5)
    mean = av.mean_of(apart([1.0] * 9 + [0.0], [0.0, 1.0] * 10))
    assert (mean.low, mean.high, mean.error) == pytest.approx((0.51324, 0.82089, 0.07464), abs=1e-5)


def test_the_same_prompts_in_every_language_are_not_more_prompts():
    own = [1.0] * 20 + [0.0] * 12 + [0.5] * 8
    rows = [(value, n, at) for at in range(5) for n, value in enumerate(own)]
    same = av.mean_of(st.sums(*zip(*rows, strict=True)))
    one = av.mean_of(apart(own))
    assert (same.low, same.high) == pytest.approx((one.low, one.high), abs=0.004)
    other = av.mean_of(apart(*[own] * 5))
    assert other.high - other.low < 0.6 * (same.high - same.low)


LANGUAGES = some.lists(some.lists(some.sampled_from(SCORES), min_size=1, max_size=12), min_size=1, max_size=5)


@settings(max_examples=60, deadline=None)
@given(LANGUAGES, some.randoms(use_true_random=False), some.booleans())
def test_an_interval_holds_its_estimate_whatever_the_order_of_rows(languages, shuffle, shared):
    rows = [(v, f"{n if shared else (at, n)}", at) for at, own in enumerate(languages) for n, v in enumerate(own)]
    one = av.mean_of(st.sums(*zip(*rows, strict=True)))
    shuffle.shuffle(rows)
    other = av.mean_of(st.sums(*zip(*rows, strict=True)))
    assert one.value == pytest.approx(np.mean([np.mean(own) for own in languages]))
    if math.isnan(one.low):
        assert one.groups < 2 and math.isnan(one.high)
        return
    assert 0 <= one.low <= one.value <= one.high <= 1
    assert one.high - one.low > 1e-3, "no sample is certain"
    assert (other.low, other.high) == pytest.approx((one.low, one.high), abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(some.integers(0, 2**32), some.integers(1, 6), some.sampled_from([0.2, 0.5, 0.8]), some.booleans())
def test_a_language_of_one_prompt_never_makes_an_average_surer(seed, languages, rate, won):
    draw = np.random.default_rng(seed)
    values = [(draw.random(30) < rate).astype(float) for _ in range(languages)]
    before, after = av.mean_of(apart(*values)), av.mean_of(apart(*values, [float(won)]))
    assert after.high - after.low > before.high - before.low


@settings(max_examples=30, deadline=None)
@given(some.integers(1, 4), some.integers(0, 4))
def test_fewer_prompts_of_one_language_make_an_average_less_sure(times, wins):
    """The same share of wins, of a fourth of the prompts."""
    few = [1.0] * wins * times + [0.0] * (4 - wins) * times
    others = [[1.0, 0.0] * 20, [1.0, 1.0, 0.0] * 20]
    small, large = av.mean_of(apart(few, *others)), av.mean_of(apart(few * 4, *others))
    assert small.high - small.low > large.high - large.low


def test_a_difference_counts_what_both_sides_share():
    own, other = [1.0] * 30 + [0.0] * 10, [1.0] * 25 + [0.0] * 15
    rows = [(v, n, at) for at, values in enumerate((own, other)) for n, v in enumerate(values)]
    both = st.sums(*zip(*rows, strict=True))
    sides = [av.mean_of(st.Sums(both.scores[:, [at]], both.weights[:, [at]])) for at in (0, 1)]
    low, high = av.difference(*sides)
    alone = apart(own, other)
    far = av.difference(*(av.mean_of(st.Sums(alone.scores[:, [at]], alone.weights[:, [at]])) for at in (0, 1)))
    assert low < 0.125 < high and high - low < 0.75 * (far[1] - far[0])
    # Where nothing is shared, the ends are those of Newcombe's tenth method.
    (a, b), (c, d) = ((side.value - side.low, side.high - side.value) for side in sides)
    assert far == pytest.approx((0.125 - math.hypot(a, d), 0.125 + math.hypot(b, c)))


def test_all_won_on_both_sides_is_no_certain_difference():
    sides = [av.mean_of(apart([1.0] * 4)) for _ in range(2)]
    low, high = av.difference(*sides)
    assert low < -0.3 and high > 0.3


@pytest.mark.parametrize("df", [1, 2, 3.7, 10, 1e9])
@pytest.mark.parametrize("probability", [0.9, 0.975, 0.9995])
def test_students_quantile_is_exact(probability, df):
    assert float(st.t_quantile(probability, df)) == pytest.approx(stats.t.ppf(probability, df), rel=1e-9)


def test_scipy_is_loaded_when_it_is_needed():
    code = (
        "import sys, polypref, polypref.cli.commands, polypref.evaluation.figures.win_rates\n"
        "polypref.cli.commands.command_parser()\n"
        "sys.exit(any(name.split('.')[0] == 'scipy' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
