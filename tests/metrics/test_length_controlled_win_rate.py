"""The face of this metric for `evaluate`, loaded as a user loads it; values worked out by hand."""

import pytest


def test_length_controlled_win_rate(computed):
    metric = computed["length"]
    assert metric["length_controlled_win_rate"] == pytest.approx(0.5, abs=1e-6) and metric["left_out"] == 0
    assert all(row["slope"] > 0 for row in metric["by_language"].values())
    assert metric["form"] == "minimal regression" and all("overlap" in row for row in metric["by_language"].values())
    assert metric["low"] is None and metric["high"] is None, "of so few prompts the regression knows no error"
