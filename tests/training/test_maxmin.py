"""Weights of languages by hand, the order of rows by them, and a simulation of two groups."""

import itertools
import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.training.maxmin import FILE, LanguageSampler, MaxMin, Objective, limited

LOSS = MaxMin("loss", step_size=math.log(2), floor=0.25, cap=4.0)
HALVES = {"ja": 0.5, "uk": 0.5}


def test_weights_in_proportion_have_a_mean_of_one_over_the_rows():
    assert limited({"ja": 1.0, "uk": 3.0}, HALVES, 0.25, 4) == pytest.approx({"ja": 0.5, "uk": 1.5})
    # 0.75 * 1 + 0.25 * 5 = 2, so both are halved.
    assert limited({"ja": 1.0, "uk": 5.0}, {"ja": 0.75, "uk": 0.25}, 0.1, 4) == pytest.approx({"ja": 0.5, "uk": 2.5})


def test_what_a_limit_takes_goes_to_the_others():
    # 1 and 9 would be 0.2 and 1.8; at the floor of 0.4 the other one has what is left of 2.
    assert limited({"ja": 1.0, "uk": 9.0}, HALVES, 0.4, 4) == pytest.approx({"ja": 0.4, "uk": 1.6})
    assert limited({"ja": 1.0, "uk": 9.0}, HALVES, 0.1, 1.5) == pytest.approx({"ja": 0.5, "uk": 1.5})
    thirds = dict.fromkeys(("ar", "ja", "uk"), 1 / 3)
    # 6, 3, 1 would be 1.8, 0.9, 0.3; above the cap of 1.4 is 0.4, which 0.9 and 0.3 share as 3 to 1.
    assert limited({"ar": 6.0, "ja": 3.0, "uk": 1.0}, thirds, 0.1, 1.4) == pytest.approx(
        {"ar": 1.4, "ja": 1.2, "uk": 0.4}
    )
    assert limited({"ja": 1.0, "uk": 9.0}, HALVES, 1, 1) == {"ja": 1, "uk": 1}


@given(
    st.lists(st.tuples(st.floats(1e-20, 1), st.floats(0.01, 1)), min_size=1, max_size=8),
    st.floats(0.01, 1),
    st.floats(1, 20),
)
def test_weights_keep_their_order_limits_and_mean(pairs, floor, cap):
    weights = {str(at): weight for at, (weight, _) in enumerate(pairs)}
    whole = math.fsum(share for _, share in pairs)
    shares = {str(at): share / whole for at, (_, share) in enumerate(pairs)}
    got = limited(weights, shares, floor, cap)
    assert all(floor <= weight <= cap for weight in got.values())
    assert math.fsum(shares[tag] * weight for tag, weight in got.items()) == pytest.approx(1)
    order = sorted(weights, key=lambda tag: weights[tag])
    assert all(got[one] <= got[other] for one, other in itertools.pairwise(order))


def test_a_worse_loss_doubles_a_weight_and_a_worse_win_rate_too():
    own = Objective(LOSS, HALVES)
    # A difference of 1 at a step of log 2 is a factor of 2, so 1 and 1 become 2/3 and 4/3; twice that is 1 to 4.
    assert own.update(4, 8, {"ja": 0.5, "uk": 1.5}) and own.weights == pytest.approx({"ja": 2 / 3, "uk": 4 / 3})
    assert own.update(8, 16, {"ja": 0.5, "uk": 1.5}) and own.weights == pytest.approx({"ja": 0.4, "uk": 1.6})
    rates = Objective(MaxMin("rewards/accuracies", 2 * math.log(2), 0.25, 4.0), HALVES)
    rates.update(4, 8, {"ja": 0.25, "uk": 0.75})
    assert rates.weights == pytest.approx({"ja": 4 / 3, "uk": 2 / 3})


def test_a_value_that_is_no_number_changes_nothing_and_a_huge_one_stops_at_the_limits():
    own = Objective(LOSS, HALVES)
    assert not own.update(1, 0, {"ja": math.nan, "uk": 1.0}) and own.weights == {"ja": 1.0, "uk": 1.0}
    assert own.update(2, 0, {"ja": -1e9, "uk": 1e9}) and own.weights == pytest.approx({"ja": 0.25, "uk": 1.75})


def test_the_card_has_the_weights_and_says_where_none_changed():
    own = Objective(LOSS, {"ja": 0.75, "uk": 0.25})
    assert own.card_section().endswith("No evaluation took place during training: all weights are 1.")
    own.update(4, 8, {"ja": 0.5, "uk": 1.5})
    # 0.75 * 1 + 0.25 * 2 = 1.25.
    assert "| ja | 75.0% | 0.5000 | 0.800 |\n| uk | 25.0% | 1.5000 | 1.600 |" in own.card_section()
    assert own.line() == "uk 1.60, ja 0.80"


def test_weights_come_back_from_a_checkpoint_and_others_are_refused(tmp_path):
    own, again = Objective(LOSS, HALVES), Objective(LOSS, HALVES)
    assert not again.read(tmp_path)
    own.update(4, 8, {"ja": 0.5, "uk": 1.5})
    own.write(tmp_path)
    assert again.read(tmp_path) and again.evaluations == own.evaluations
    with pytest.raises(UserError, match=r"weights of other languages than are trained on \(ar, uk\)"):
        Objective(LOSS, {"ar": 0.5, "ja": 0.5}).read(tmp_path)
    (tmp_path / FILE).write_text('{"evaluations": [{"step": 1}]}')
    with pytest.raises(UserError, match=r"cannot be read .*; delete it to begin the weights of languages anew"):
        again.read(tmp_path)


def test_a_full_disk_leaves_the_weights_that_were_there(tmp_path, monkeypatch):
    own, again = Objective(LOSS, HALVES), Objective(LOSS, HALVES)
    own.update(4, 8, {"ja": 0.5, "uk": 1.5})
    own.write(tmp_path)
    first = (tmp_path / FILE).read_bytes()
    own.update(8, 8, {"ja": 0.5, "uk": 1.5})

    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("polypref.files.atomic.os.fsync", full)
    with pytest.raises(UserError, match="no space left"):
        own.write(tmp_path)
    assert (tmp_path / FILE).read_bytes() == first and [one.name for one in tmp_path.iterdir()] == [FILE]
    assert again.read(tmp_path) and len(again.evaluations) == 1


TAGS = ["ja"] * 6 + ["uk"] * 2


def test_every_row_is_drawn_once_in_an_epoch_of_equal_weights_and_another_order_in_the_next():
    sampler = LanguageSampler(TAGS, Objective(LOSS, {"ja": 0.75, "uk": 0.25}), seed=3)
    first = list(sampler)
    assert sorted(first) == list(range(8)) and len(sampler) == 8
    # Every fourth is Ukrainian.
    assert Counter(TAGS[row] for row in first[:4]) == {"ja": 3, "uk": 1}
    sampler.set_epoch(1)
    second = list(sampler)
    assert sorted(second) == sorted(first) and second != first


def test_rows_follow_the_weights_from_the_next_draw_on_and_are_drawn_again_alike():
    own = Objective(LOSS, {"ja": 0.75, "uk": 0.25})
    sampler = LanguageSampler(TAGS, own, seed=3)
    drawing = iter(sampler)
    rows = [next(drawing) for _ in range(4)]
    # 0.75 * 1 + 0.25 * 4 = 1.75: shares of 3/7 and 4/7.
    own.update(1, sampler.drawn, {"ja": 0.0, "uk": 2.0})
    rows += drawing
    for epoch in range(1, 8):
        sampler.set_epoch(epoch)
        rows += sampler
    assert len(rows) == 64 and sampler.drawn == 64
    counted = Counter(TAGS[row] for row in rows[4:])
    assert counted["uk"] == pytest.approx(60 * 4 / 7, abs=1) and counted["ja"] == pytest.approx(60 * 3 / 7, abs=1)
    own.update(8, sampler.drawn, {"ja": 5.0, "uk": 0.0})  # later than all of these
    resumed = LanguageSampler(TAGS, own, seed=3)
    resumed.set_epoch(5)
    assert list(resumed) == rows[40:48]
    assert list(LanguageSampler(TAGS, own, seed=4)) != rows[:8]


def win_rates(policy: float) -> dict[str, float]:
    """What a policy between the two groups gives each; beyond 0 the large group alone loses more than both are worth.

    At 0 they are 70.4 and 42, the single reward model of MaxMin-RLHF, and ten times the first and once the second is
    flat there; at 1 both are 56.67, the paper's MaxMin.
    """
    return {
        "large": 70.4 - 2 * policy - 11.73 * policy**2,
        "small": 42 + 20 * policy - 5.33 * policy**2,
    }


def slopes(policy: float) -> dict[str, float]:
    return {"large": -2 - 23.46 * policy, "small": 20 - 10.66 * policy}


def trained(cap: float | None, by_reward: bool) -> tuple[dict[str, float], dict[str, float]]:
    """The rates at the end of training, by rows drawn or by reward, and the weights; without a cap by rows alone."""
    tags = ["large"] * 100 + ["small"] * 10
    own = Objective(MaxMin("win_rate", 0.01, 0.1, cap or 1.0), {"large": 10 / 11, "small": 1 / 11})
    sampler = LanguageSampler(tags, own, seed=0)
    policy = 0.5
    for epoch in range(600):
        if cap:
            own.update(epoch, sampler.drawn, win_rates(policy))
        sampler.set_epoch(epoch)
        drawn = [tags[row] for row in sampler] if not by_reward else tags
        weights = own.weights if by_reward else dict.fromkeys(own.shares, 1.0)
        policy += 0.01 * math.fsum(weights[tag] * slopes(policy)[tag] for tag in drawn) / len(drawn)
    return win_rates(policy), dict(own.weights)


@pytest.mark.parametrize("by_reward", [False, True])
def test_two_groups_have_the_same_where_rows_alone_leave_one_behind(by_reward):
    """The example of MaxMin-RLHF (arXiv 2402.08925), 10 to 1: 70.4 and 42 become 56.67 and 56.67."""
    alone, _ = trained(None, by_reward)
    assert alone == pytest.approx({"large": 70.4, "small": 42}, abs=0.3)
    both, weights = trained(10, by_reward)
    assert both == pytest.approx({"large": 56.67, "small": 56.67}, abs=0.3)
    # There a point of the policy costs the large group 25.46 and gives the small one 9.34: 10 w * 25.46 = v * 9.34,
    # and 10 w + v = 11.
    assert weights["small"] == pytest.approx(11 * 25.46 / (25.46 + 9.34), rel=0.05)


def test_a_cap_keeps_the_small_group_from_all_that_it_would_take():
    rates, weights = trained(4, by_reward=True)
    assert weights == pytest.approx({"large": 0.7, "small": 4})
    # 0.7 * 10 * (2 + 23.46 p) = 4 * (20 - 10.66 p) at p = 66 / 206.86.
    assert rates == pytest.approx(win_rates(66 / 206.86), abs=0.05) and rates["small"] < 48
