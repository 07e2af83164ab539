"""Rewards measured in their own spreads, and the smallest of them."""

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.training import rewards
from polypref.training.spreads import FILE, MOST, Running, Spreads

NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20)


@given(st.lists(NUMBERS, min_size=1, max_size=5))
def test_batch_after_batch_gives_the_mean_and_spread_of_all(batches):
    running = Running()
    for batch in batches:
        running = running.joined(Running.of(batch))
    every = [value for batch in batches for value in batch]
    assert running.count == len(every)
    assert running.mean == pytest.approx(statistics.fmean(every), abs=1e-6, rel=1e-9)
    assert running.squares / len(every) == pytest.approx(statistics.pvariance(every), abs=1e-3, rel=1e-6)


def test_unknown_and_infinite_values_do_not_count():
    assert Running.of([1.0, math.nan, 3.0, math.inf, -math.inf]) == Running(2, 2.0, 2.0)
    assert Running.of([math.nan]) == Running()
    assert Running.of([1000.0, 1000.0 + 1e-4]).spread == 0.0, "rounding is no difference"


def test_the_smallest_of_rewards_on_different_scales_is_the_one_that_is_worst_for_itself():
    spreads = Spreads()
    spreads.add("share", [0.0, 1.0], ["uk", "uk"])
    spreads.add("length", [-1.0, 0.0], ["uk", "uk"])
    weights = {"share": 1.0, "length": 1.0}
    # As they are, length is the smaller one of all four answers but one, and 0 of every short one.
    assert [
        spreads.least({"share": share, "length": length}, weights, "uk")
        for share, length in ((1.0, 0.0), (0.0, 0.0), (1.0, -1.0), (0.5, -0.25))
    ] == [1.0, -1.0, -1.0, 0.0]
    assert spreads.least({"share": 0.0, "length": 0.0}, {"share": 2.0, "length": 1.0}, "uk") == -2.0
    assert spreads.least({"share": 0.0, "length": 0.0}, {"share": 0.0, "length": 1.0}, "uk") == 1.0


def test_a_reward_that_never_moved_and_one_that_is_unknown_have_no_say():
    spreads = Spreads()
    spreads.add("share", [0.0, 1.0], ["uk", "uk"])
    spreads.add("length", [0.0, 0.0], ["uk", "uk"])
    weights = {"share": 1.0, "length": 1.0}
    assert spreads.least({"share": 1.0, "length": 0.0}, weights, "uk") == 1.0
    assert spreads.least({"share": math.nan, "length": 0.0}, weights, "uk") == 0.0
    assert math.isnan(spreads.least({"share": math.nan, "length": math.inf}, weights, "uk"))


def test_languages_are_measured_by_themselves_and_an_unseen_one_by_all():
    spreads = Spreads()
    spreads.add("score", [0.0, 2.0, 10.0, 14.0], ["uk", "uk", "ar", "ar"])
    assert spreads.scaled("score", 2.0, "uk") == 1.0 and spreads.scaled("score", 10.0, "ar") == -1.0
    every = [0.0, 2.0, 10.0, 14.0]
    wanted = (6.0 - statistics.fmean(every)) / statistics.pstdev(every)
    assert spreads.scaled("score", 6.0, "ja") == pytest.approx(wanted, abs=1e-12)
    assert spreads.scaled("other", 6.0, "ja") is None


def test_a_reward_that_hardly_ever_moves_cannot_drown_the_others():
    spreads = Spreads()
    spreads.add("length", [0.0] * 10_000 + [-1.0], ["uk"] * 10_001)
    assert spreads.scaled("length", -1.0, "uk") == -MOST


def test_statistics_come_back_from_a_checkpoint_exactly(tmp_path):
    spreads, again = Spreads(), Spreads()
    spreads.add("score", [0.1, 0.7, 1 / 3], ["uk", "ar", "uk"])
    assert not again.read(tmp_path) and not again.seen
    spreads.write(tmp_path)
    assert again.read(tmp_path) and again.seen == spreads.seen
    (tmp_path / FILE).write_text('[{"reward": "score"}]')
    with pytest.raises(UserError, match=f"{FILE} cannot be read"):
        again.read(tmp_path)


@pytest.mark.parametrize("weights", [[1.0], [0.0, 0.0], [1.0, math.inf]])
def test_weights_that_cannot_be_used_are_refused(weights):
    with pytest.raises(UserError, match="reward_weights"):
        rewards.with_minimum([len, max], weights)
