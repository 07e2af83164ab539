"""Where things stand in the plots of a report."""

from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref.evaluation.report import plots
from polypref.evaluation.results import MeanFidelity, MeanFigures
from tests.evaluation import samples


def test_the_forest_is_sorted_and_holds_every_interval(full):
    comparison = samples.read(full).comparisons[0]
    scale = plots.around_half(comparison)
    assert scale.at(0.5) == 50 and scale.low <= 0.079 and 0.5 in scale.ticks
    rows = plots.forest(comparison, scale)
    rates = [row.row.win_rate for row in rows]
    assert rates == sorted(rates, reverse=True) and rows[-1].tag == "hi" and rows[-1].few and rows[-1].below
    for row in rows:
        at = row.at
        assert at["joint_low"] <= at["low"] < at["at"] < at["high"] <= at["joint_high"]
        assert row.row.win_rate == pytest.approx(scale.low + at["at"] / 100 * (scale.high - scale.low), abs=1e-3)


@settings(max_examples=50)
@given(st.tuples(*[st.floats(0, 1)] * 3).map(sorted))
def test_any_interval_fits_its_scale(ends):
    low, mean, high = ends
    nothing = MeanFidelity(lines=None, words=None)
    mean_figures = MeanFigures(
        languages=(),
        groups=0,
        win_rate=mean,
        low=low,
        high=high,
        p=None,
        boot_low=None,
        boot_high=None,
        delta=None,
        smallest_difference=None,
        length_controlled=None,
        in_language=None,
        fidelity=nothing,
        other_fidelity=nothing,
    )
    scale = plots.around_half(SimpleNamespace(rows=(), average=mean_figures))
    assert scale.low <= low + 1e-9 and high <= scale.high + 1e-9 and scale.at(0.5) == 50
    assert all(scale.low - 1e-9 <= tick <= scale.high + 1e-9 for tick in scale.ticks)
    diamond = plots.diamond(mean_figures, scale)
    assert diamond is not None and diamond["width"] > 0


def test_the_parts_of_a_bar_are_shares_of_all_prompts():
    row = SimpleNamespace(prompts=10, wins=4, ties=3, losses=1)
    assert plots.outcomes(row) == [("chosen", 0, 40), ("tie", 40, 30), ("rejected", 70, 10)]
