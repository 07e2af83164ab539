"""Length control: values by hand, and a planted truth found again."""

import numpy as np
import pytest

from polypref.errors import UserError
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
