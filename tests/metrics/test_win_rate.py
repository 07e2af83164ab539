"""The face of this metric for `evaluate`, loaded as a user loads it; values worked out by hand."""

import pytest


def test_win_rate(computed):
    metric = computed["win"]
    # Hebrew: a win, two orders that differ (a tie), one unread; Chinese: a tie, a loss, one order missing.
    he, zh = metric["by_language"]["he"], metric["by_language"]["zh"]
    assert (he["win_rate"], he["scored"], he["unparsed"]) == (0.75, 2, 1)
    assert (zh["win_rate"], zh["scored"], zh["unparsed"]) == (0.25, 2, 1)
    assert metric["win_rate"] == 0.5 and metric["below_half"] == ["zh"] and metric["few_groups"] == ["he", "zh"]
    assert 0 <= metric["low"] < 0.5 < metric["high"] <= 1
    assert computed["added"] == metric


def test_settings_go_to_the_function_underneath(computed):
    # With the order that was read alone: (1 + .5 + 0) / 3 and (.5 + 0 + 1) / 3.
    assert computed["one order"]["win_rate"] == pytest.approx(0.5)
    assert computed["one order"]["by_language"]["he"]["win_rate"] == pytest.approx(0.5)


def test_nothing_to_score_is_one_sentence(computed):
    assert computed["no prompt"].startswith("there are no battles to score;")
    assert computed["no order"].startswith("scores of battles have the shape (1, 0);")
