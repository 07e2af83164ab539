"""Length control, strengths of several models, agreement and power: values by hand, and planted truths found again."""

import math

import numpy as np
import pytest

from polypref.errors import UserError
from polypref.evaluation import scoring
from polypref.evaluation.figures import power
from polypref.evaluation.figures.agreement import cohens_kappa, length_bias, position_bias
from polypref.evaluation.figures.bradley_terry import bradley_terry
from polypref.evaluation.figures.length_control import by_language, length_controlled

NO = np.nan


def logistic(x):
    return 1 / (1 + np.exp(-x))


def planted(n=4000, quality=0.0, bias=1.5, seed=0, tags=("ar", "zh")):
    """Wins by quality and by a length difference that is large in one language and small in the other."""
    draw = np.random.default_rng(seed)
    tag = np.repeat(tags, n)
    size = np.repeat([900.0, 60.0][: len(tags)], n)
    longer = draw.normal(0.7, 1, n * len(tags)) * size
    sd = np.concatenate([np.full(n, longer[tag == t].std(ddof=1)) for t in tags])
    wins = (draw.random(len(tag)) < logistic(quality + bias * np.tanh(longer / sd))).astype(float)
    return wins, longer, tag, np.tile(np.arange(n), len(tags))


def test_length_control_is_the_raw_rate_where_lengths_say_nothing():
    wins = np.array([1, 1, 1, 0] * 20 + [1, 0, 0, 0] * 20, float)
    tag = np.repeat(["he", "ja"], 80)
    # The same lengths among wins and losses.
    longer = np.tile([5.0, 5, 5, 5, -5, -5, -5, -5], 20)
    fit = length_controlled(wins, longer, tag, range(160))
    assert fit.win_rates == pytest.approx([0.75, 0.25], abs=1e-3)
    assert fit.average == pytest.approx(0.5, abs=1e-3)
    assert fit.slope == pytest.approx([0, 0], abs=1e-3)


def test_length_control_removes_a_planted_bias_and_leaves_quality():
    for quality in (0.0, 0.6):
        wins, longer, tag, groups = planted(quality=quality)
        fit = length_controlled(wins, longer, tag, groups)
        truth = logistic(quality)
        assert wins.mean() > truth + 0.08
        assert fit.win_rates == pytest.approx([truth] * 2, abs=0.03)
        assert fit.average_low < truth < fit.average_high
        assert fit.slope[0] == pytest.approx(1.5, abs=0.15)
        each = by_language(wins, longer, tag, groups)
        assert [one.win_rates[0] for one in each.values()] == pytest.approx([truth] * 2, abs=0.03)


def test_the_unit_of_length_does_not_matter_but_the_side_does():
    wins, longer, tag, groups = planted(n=300)
    one = length_controlled(wins, longer, tag, groups)
    assert length_controlled(wins, longer * 7, tag, groups).win_rates == pytest.approx(one.win_rates)
    turned = length_controlled(1 - wins, -longer, tag, groups)
    assert turned.win_rates == pytest.approx(1 - one.win_rates)
    assert turned.slope == pytest.approx(one.slope)


def test_difficulty_is_fitted_when_given():
    draw = np.random.default_rng(4)
    hard, longer = draw.normal(0, 1, 5000), draw.normal(0, 1, 5000)
    longer = longer + hard
    wins = (draw.random(5000) < logistic(0.3 + np.tanh(longer / longer.std(ddof=1)) - 1.2 * hard)).astype(float)
    fit = length_controlled(wins, longer, ["uk"] * 5000, range(5000), hard)
    assert fit.difficulty == pytest.approx(-1.2, abs=0.12)
    assert fit.slope[0] == pytest.approx(1, abs=0.15)
    assert fit.win_rates[0] == pytest.approx(logistic(0.3 - 1.2 * hard).mean(), abs=0.03)


def test_length_control_counts_what_it_cannot_use_and_stays_finite():
    fit = length_controlled([1, 1, NO, 1], [3, -1, 2, NO], ["ko"] * 4, range(4))
    assert fit.left_out == 2
    assert np.isfinite(fit.win_rates).all()
    assert fit.extreme == ("ko",)
    with pytest.raises(UserError, match="no battle has both"):
        length_controlled([NO, 1], [1, NO], ["ko"] * 2, range(2))
    assert by_language([1] * 49, [1] * 49, ["ko"] * 49, range(49)) == {}


def short_answers(draw, prompts, language, shift, rate=0.1):
    """Battles of a model whose answers are shorter by about `shift` characters."""
    longer = draw.normal(-shift, 300, prompts).round()
    return [
        {"language": language, "d": d, "win": float(draw.random() < rate * (3 if d > -shift else 0.3))} for d in longer
    ]


def test_lengths_that_hardly_overlap_are_told():
    draw = np.random.default_rng(4)
    rows = [*short_answers(draw, 300, "de", 1500), *short_answers(draw, 300, "ja", 0)]
    scores, longer, tags = ([row[key] for row in rows] for key in ("win", "d", "language"))
    fit = length_controlled(scores, longer, tags, range(600))
    assert fit.overlap[0] < 0.01 and fit.overlap[1] == pytest.approx(0.5, abs=0.1)
    turned = length_controlled(1 - np.array(scores), -np.array(longer), tags, range(600))
    assert turned.overlap == pytest.approx(fit.overlap)


def test_under_twenty_groups_length_control_has_no_interval():
    draw = np.random.default_rng(5)
    wins, longer = draw.integers(0, 2, 69).astype(float), draw.normal(0, 100, 69)
    fit = length_controlled(wins, longer, ["de"] * 50 + ["he"] * 19, range(69))
    assert np.isfinite(fit.low[0]) and np.isnan([fit.low[1], fit.high[1], fit.average_low]).all()
    assert np.isfinite(fit.win_rates).all() and np.isfinite(fit.average)
    # Copies of a prompt are no more prompts.
    same = length_controlled(np.tile(wins[:10], 5), np.tile(longer[:10], 5), ["de"] * 50, list(range(10)) * 5)
    assert np.isnan([same.low[0], same.average_high]).all()


def test_two_models_have_their_log_odds():
    # 30 won, 10 lost: log 3; with 20 ties between: Davidson's nu is 20 / sqrt(30 x 10).
    ranking = bradley_terry(["a"] * 40, ["b"] * 40, [1] * 30 + [0] * 10, range(40), number=0)
    assert ranking.models == ("a", "b")
    assert ranking.strengths[0] - ranking.strengths[1] == pytest.approx(math.log(3), abs=0.01)
    assert ranking.tie == 0
    tied = bradley_terry(["a"] * 60, ["b"] * 60, [1] * 30 + [0] * 10 + [0.5] * 20, range(60), number=0)
    assert tied.strengths[0] - tied.strengths[1] == pytest.approx(math.log(3), abs=0.01)
    assert tied.tie == pytest.approx(20 / math.sqrt(300), abs=0.01)
    assert tied.win_rates == pytest.approx([40 / 60, 20 / 60], abs=1e-3)


def battles(strengths, nu, n, seed):
    draw = np.random.default_rng(seed)
    a, b = np.array([draw.choice(len(strengths), 2, replace=False) for _ in range(n)]).T
    half = (strengths[a] - strengths[b]) / 2
    total = np.exp(half) + np.exp(-half) + nu
    u = draw.random(n) * total
    return a, b, np.where(u < np.exp(half), 1, np.where(u < np.exp(half) + nu, 0.5, 0))


def test_planted_strengths_are_found():
    truth, names = np.array([1.0, 0.3, -0.2, -1.1]), np.array(["w", "x", "y", "z"])
    a, b, score = battles(truth, 0.8, 6000, seed=1)
    ranking = bradley_terry(names[a], names[b], score, range(6000), number=200)
    assert ranking.models == ("w", "x", "y", "z")
    assert ranking.strengths == pytest.approx(truth, abs=0.1)
    assert ranking.tie == pytest.approx(0.8, abs=0.07)
    assert (ranking.low < truth).all()
    assert (truth < ranking.high).all()
    assert ranking.battles.sum() == 12000
    turned = bradley_terry(names[b], names[a], 1 - score, range(6000), number=0)
    assert turned.strengths == pytest.approx(ranking.strengths)


def test_rankings_that_mean_nothing_are_told():
    ranking = bradley_terry(["a", "c"], ["b", "d"], [1, 1], range(2), number=20)
    assert len(ranking.unlinked) == 2
    assert np.isfinite(ranking.strengths).all()
    # All resamples of two prompts are nearly the same: no interval is better than one without width.
    assert np.isnan([*ranking.low, *ranking.high]).all()
    with pytest.raises(UserError, match="at least two models"):
        bradley_terry(["a"], ["b"], [NO], ["g"])


def test_kappa_by_hand():
    """Cohen's table 45, 15 / 25, 15: po = .6, pe = .6 x .7 + .4 x .3 = .54, kappa = .06 / .46."""
    one = ["a"] * 60 + ["b"] * 40
    two = ["a"] * 45 + ["b"] * 15 + ["a"] * 25 + ["b"] * 15
    kappa = cohens_kappa([*one, None, "a"], [*two, "a", None])
    assert (kappa.n, kappa.left_out) == (100, 2)
    assert (kappa.raw, kappa.expected, kappa.kappa) == pytest.approx((0.6, 0.54, 0.06 / 0.46))
    # Fleiss, Cohen and Everitt's formula, term by term.
    k = 0.06 / 0.46
    on = 0.45 * (1 - 1.3 * (1 - k)) ** 2 + 0.15 * (1 - 0.7 * (1 - k)) ** 2
    off = (1 - k) ** 2 * (0.15 * (0.7 + 0.4) ** 2 + 0.25 * (0.3 + 0.6) ** 2)
    assert kappa.error == pytest.approx(math.sqrt((on + off - (k - 0.54 * (1 - k)) ** 2) / 100) / 0.46)
    assert cohens_kappa(["a"] * 5, ["a"] * 5).kappa is None
    assert (cohens_kappa(["a", "b"], ["a", "b"]).kappa, cohens_kappa(["a", "b"], ["a", "b"]).error) == (1, None)
    assert cohens_kappa(["a", None], [None, "a"]).n == 0


def test_position_and_length_bias_by_hand():
    # (1, 0): the answer shown first both times; (0, 1): the second; (1, 1): one of each.
    orders = [(1, 0), (1, 0), (0, 1), (1, 1), (0.5, 0.5), (1, NO)]
    kappa = position_bias(orders, range(6))
    assert (kappa.n, kappa.groups, kappa.share) == (8, 4, 5 / 8)
    assert kappa.low < 5 / 8 < kappa.high
    longer = length_bias([1, 0, 1, 0.5, NO, 1], [10, -5, -5, 3, 3, 0], range(6))
    assert (longer.n, longer.share) == (3, pytest.approx(2 / 3))
    assert position_bias([(0.5, 0.5)], ["g"]).share is None


def test_power_by_hand():
    # (1.95996 + 0.84162) x 0.5 / sqrt(500) = 0.06264; and back.
    assert power.smallest_difference(500) == pytest.approx(0.06264, abs=1e-5)
    assert power.prompts_needed(0.06265) == 500
    assert power.prompts_needed(0.05) == 785
    # Bonferroni over 23: z of 1 - .05 / 46 is 3.0654.
    assert power.smallest_difference(500, tests=23) == pytest.approx(
        (3.0654 + 0.84162) * 0.5 / math.sqrt(500), abs=1e-4
    )
    assert power.spread(ties=0.36) == pytest.approx(0.4)
    planned = power.plan_prompts(0.05, 23, correlation=1)
    assert (planned.one_language, planned.all_languages) == (785, 785)
    assert planned.each_language == math.ceil(((3.0654 + 0.84162) * 10) ** 2)
    assert power.plan_prompts(0.05, 23, correlation=0).all_languages == math.ceil(784.89 / 23)
    with pytest.raises(UserError, match="above 0"):
        power.prompts_needed(0)
    with pytest.raises(UserError, match="at least one prompt"):
        power.smallest_difference(0)


def test_scores_that_are_all_equal_show_no_smallest_difference():
    assert scoring._smallest(np.full(6, 0.5), 0.95, 1) is None
    # 2.8016 x sd / sqrt(n) with sd = sqrt(4 x 0.25 / 3).
    assert scoring._smallest(np.array([0.0, 1.0, 0.0, 1.0]), 0.95, 1) == pytest.approx(2.8016 * 0.57735 / 2, abs=1e-4)
