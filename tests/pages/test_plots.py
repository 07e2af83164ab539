"""Scales, spreads and histograms of the page's plots, by hand."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polypref.pages import plots


@pytest.mark.parametrize(
    ("scale", "ticks", "places"),
    [
        (plots.linear(0, 0.37), (0.0, 0.1, 0.2, 0.3, 0.4), {0.1: 25.0, 0.4: 100.0, 9: 100.0}),
        (plots.linear(-3, 8), (-5.0, 0.0, 5.0, 10.0), {0: 33.33}),
        (plots.linear(2, 2), (0.0, 1.0, 2.0, 3.0), {2: 66.67}),
        (plots.logarithmic(22, 9_000), (100.0, 1_000.0), {20: 0.0, 444.97: 50.0, 9_900: 100.0}),
        (plots.logarithmic(22, 400), (20.0, 50.0, 100.0, 200.0), {20: 0.0, 93.81: 50.0, 440: 100.0}),
    ],
)
def test_scales_have_round_ticks_and_hold_their_values(scale, ticks, places):
    assert scale.ticks == pytest.approx(ticks)
    assert {value: scale.at(value) for value in places} == pytest.approx(places, abs=0.01)


def test_tick_labels():
    ticks = {
        0.0: "0",
        0.25: "0.25",
        40.0: "40",
        999.0: "999",
        1_000.0: "1k",
        -1_000.0: "-1k",
        2_000.0: "2k",
        10_000.0: "10k",
    }
    assert {value: plots.label(value) for value in ticks} == ticks


def write(path: Path, margins: list[float | None]) -> Path:
    """A file of pairs in German whose chosen answers have 1, 2, 3 ... characters."""
    answers = [[{"content": "x" * (n + 1)}] for n in range(len(margins))]
    table = pa.table(
        {
            "language": ["de"] * len(margins),
            "chosen": answers,
            "rejected": [[{"content": "xx"}]] * len(margins),
            "score_margin": pa.array(margins, pa.float64()),
        }
    )
    pq.write_table(table, path)
    return path


def test_a_spread_holds_the_quantiles_between_the_values(tmp_path: Path) -> None:
    (spread,) = plots.spreads([write(tmp_path / "a.parquet", [0.0, 1.0, 2.0, 3.0, 4.0])])
    # Of 1 to 5 characters: the 5% quantile is 1 + 0.05 * 4, and so on.
    assert spread.chosen == pytest.approx([1.2, 2.0, 3.0, 4.0, 4.8]) and spread.rejected == [2.0] * 5
    assert spread.margin == pytest.approx([0.2, 1.0, 2.0, 3.0, 3.8]) and (spread.language, spread.rows) == ("de", 5)
    scale = plots.linear(0.0, 5.0)
    assert plots.box(spread.chosen, scale) == plots.Box(*(round(v / scale.high * 100, 2) for v in spread.chosen))
    assert plots.spreads([]) == []


def test_margins_that_are_no_numbers_are_in_no_spread(tmp_path: Path) -> None:
    (spread,) = plots.spreads([write(tmp_path / "a.parquet", [None, float("nan"), float("inf"), 2.0])])
    assert spread.margin == [2.0] * 5 and spread.rows == 4


def test_every_margin_is_in_a_bar_those_beyond_the_axis_too(tmp_path: Path) -> None:
    margins: list[float | None] = [0.0] + [0.5] * 300 + [1_000.0]
    histogram = plots.histogram([write(tmp_path / "a.parquet", margins)])
    assert histogram is not None and histogram.rows == 302 == sum(bar.rows for bar in histogram.bars)
    # The inner 99% end at 0.5, the axis at the next round number, 0.6: the last bar holds the one at 1,000.
    assert [(bar.label, bar.rows) for bar in histogram.bars] == [
        ("0 to 0.02", 1),
        ("0.5 to 0.52", 300),
        ("0.58 to 0.6", 1),
    ]
    assert [bar.height for bar in histogram.bars] == [0.33, 100.0, 0.33] and histogram.most == 300
    assert all(bar.x >= 0 and bar.x + bar.width <= 100 for bar in histogram.bars)


def test_without_a_margin_there_is_no_histogram(tmp_path: Path) -> None:
    assert plots.histogram([write(tmp_path / "a.parquet", [None])]) is None and plots.histogram([]) is None


def test_an_interval_beyond_its_axis_says_at_what_end_and_has_no_point_there() -> None:
    scale = plots.linear(-4, 4)
    assert scale.interval(-9.06, -5.76, -2.0) == plots.Interval(0, 0, 25, (0,), is_shown=False)
    assert scale.interval(-5, 0, 5) == plots.Interval(0, 50, 100, (0, 100), is_shown=True)
    assert scale.interval(-4, 2, 4) == plots.Interval(0, 75, 100, (), is_shown=True)
