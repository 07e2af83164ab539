"""Win-rates by language and over languages, on battles counted by hand."""

import math

import numpy as np
import pytest

from polypref.errors import UserError
from polypref.evaluation.figures.win_rates import Battles, prompt_scores, select_battles, summarise_battles

NO = np.nan


def battles(rows, lengths=None):
    """Rows of (language, group, score in the first order, in the second)."""
    tags, groups, *orders = zip(*rows, strict=True)
    return Battles(np.array(tags), np.array(groups), np.array(orders, float).T, lengths)


@pytest.mark.parametrize(
    ("orders", "tie", "mean"),
    [
        ((1, 1), 1, 1),
        ((0, 0), 0, 0),
        ((1, 0), 0.5, 0.5),
        ((1, 0.5), 0.5, 0.75),
        ((0.5, 0), 0.5, 0.25),
        ((0.5, 0.5), 0.5, 0.5),
    ],
)
def test_two_readings_of_two_orders(orders, tie, mean):
    assert prompt_scores([orders]) == tie
    assert prompt_scores([orders], "mean") == mean


def test_preferences_of_degree_are_averaged_or_name_who_wins_by_the_average():
    orders = [(0.75, 0.375), (0.9, 0.1), (0.2, 0.6), (0.5, 0.5), (NO, 0.8), (0.6, 0.7)]
    assert prompt_scores(orders, "mean")[[0, 2, 5]].tolist() == pytest.approx([0.5625, 0.4, 0.65])
    assert np.array_equal(prompt_scores(orders, "sign"), [1, 0.5, 0, 0.5, NO, 1], equal_nan=True)
    assert prompt_scores(orders, "sign", "one_order")[4] == 1 and prompt_scores(orders, "sign", "tie")[4] == 0.5
    # .75 and .375 prefer another side each, .9 and .1 too, .2 and .6 too; .6 and .7 the same one.
    (row,) = summarise_battles(battles([("el", f"g{n}", *pair) for n, pair in enumerate(orders)])).rows
    assert row.disagreements == 3 / 5


def test_missing_orders():
    orders = [(1, NO), (NO, NO), (NO, 0), (1, 1)]
    assert np.array_equal(prompt_scores(orders), [NO, NO, NO, 1], equal_nan=True)
    assert np.array_equal(prompt_scores(orders, missing="one_order"), [1, NO, 0, 1], equal_nan=True)
    assert prompt_scores(orders, missing="tie").tolist() == [0.5, 0.5, 0.5, 1]


ROWS = [
    *[("el", f"g{n}", 1, 1) for n in range(6)],
    *[("el", f"g{n}", 0, 0) for n in range(6, 8)],
    ("el", "g8", 1, 0),
    ("el", "g9", NO, 1),
    *[("ko", f"g{n}", 0, 0) for n in range(8)],
    ("ko", "g8", 0.5, 0.5),
    ("ko", "g9", 1, 1),
]


def test_counts_by_hand():
    lengths = np.array([[110, 100]] * 10 + [[80, 100]] * 9 + [[NO, 100]], float)
    summary = summarise_battles(battles(ROWS, lengths))
    el, ko = summary.rows
    assert (el.language, el.prompts, el.scored, el.groups) == ("el", 10, 9, 9)
    assert (el.wins, el.losses, el.ties, el.unparsed) == (6, 2, 1, 1)
    assert el.disagreements == pytest.approx(1 / 9)
    assert el.win_rate == pytest.approx(6.5 / 9)
    assert (el.lowest, el.highest) == pytest.approx((0.65, 0.75))
    assert el.delta == pytest.approx(4 / 9)
    assert (el.length_difference, ko.length_difference) == (10, -20)
    # 8 decided: 6 against 2. (28 + 8 + 1) x 2 of 256 patterns are as far out.
    assert el.p == pytest.approx(74 / 256)
    # 9 decided: 1 against 8: (9 + 1) x 2 of 512, times 2 for two languages.
    assert (ko.p, ko.p_holm) == pytest.approx((20 / 512, 40 / 512))
    assert ko.win_rate == pytest.approx(0.15)
    assert summary.average.win_rate == pytest.approx((6.5 / 9 + 0.15) / 2)
    assert summary.average.delta == pytest.approx((4 / 9 - 0.7) / 2)
    assert (summary.below_half, summary.surely_below, summary.few_groups) == (("ko",), (), ("el", "ko"))
    for row in summary.rows:
        assert row.joint_low <= row.low < row.win_rate < row.high <= row.joint_high


def test_a_language_without_a_verdict_is_named_and_left_out_of_the_average():
    summary = summarise_battles(battles([*ROWS, ("he", "g1", NO, NO), ("he", "g2", NO, NO)]))
    he = next(row for row in summary.rows if row.language == "he")
    assert (he.prompts, he.scored, he.unparsed, he.win_rate, he.p_holm) == (2, 0, 2, None, None)
    assert (he.lowest, he.highest) == (0, 1)
    assert summary.average.languages == ("el", "ko")
    assert summary.average.win_rate == pytest.approx((6.5 / 9 + 0.15) / 2)
    assert "he" in summary.few_groups


def test_translations_widen_the_averages_interval():
    """The same verdicts in 8 languages are one sample; drawn for each language anew they are eight."""
    tags = ["ar", "fa", "he", "hi", "ja", "ko", "uk", "zh"]
    draw = np.random.default_rng(3)
    wins = draw.integers(0, 2, 100)
    shared = [(t, f"g{n}", wins[n], wins[n]) for t in tags for n in range(100)]
    alone = [(t, f"g{n}", w, w) for t in tags for n, w in enumerate(draw.integers(0, 2, 100))]
    one, two = (summarise_battles(battles(rows)).average for rows in (shared, alone))
    ratio = (one.high - one.low) / (two.high - two.low)
    assert ratio == pytest.approx(8**0.5, rel=0.15)
    assert (one.groups, two.groups) == (100, 100)
    # The bootstrap of whole groups says the same.
    assert (one.boot_low, one.boot_high) == pytest.approx((one.low, one.high), abs=0.02)


def test_seen_and_unseen_languages():
    rows = [
        (t, f"g{n}", *([n % 4 > 0] * 2 if t in ("el", "he") else [n % 4 > 1] * 2))
        for t in ("el", "he", "ja")
        for n in range(80)
    ]
    summary = summarise_battles(battles(rows), seen=["el", "he", "vi"]).contrast
    assert summary.seen.languages == ("el", "he")
    assert (summary.seen.win_rate, summary.unseen.win_rate, summary.difference) == (0.75, 0.5, 0.25)
    # Wilson's intervals of 60 and 40 of 80 are .6450 to .8320 and .3929 to .6071; a quarter of the prompts is won on
    # one side alone, so that the sides correlate by .125 / sqrt(.1875 x .25) = .5774, less 2 / 80.
    below = math.sqrt(0.1050**2 + 0.1071**2 - 2 * 0.5524 * 0.1050 * 0.1071)
    above = math.sqrt(0.0820**2 + 0.1071**2 - 2 * 0.5524 * 0.0820 * 0.1071)
    assert (summary.low, summary.high) == pytest.approx((0.25 - below, 0.25 + above), abs=2e-3)
    assert summarise_battles(battles(rows), seen=["vi"]).contrast.difference is None


def test_the_averages_p_value_takes_translations_as_one():
    """Ten prompts won in both languages: 2 of 1024 patterns, all counted; not 2 of 2**20."""
    summary = summarise_battles(battles([(t, f"g{n}", 1, 1) for t in ("fa", "zh") for n in range(10)]))
    assert summary.average.p == pytest.approx(2 / 1024, rel=1e-12)


def test_one_order_has_no_disagreements():
    summary = summarise_battles(
        Battles(np.array(["fa"] * 3), np.array(["a", "b", "c"]), np.array([[1.0], [0.0], [0.5]]))
    )
    assert summary.rows[0].disagreements is None
    assert (summary.rows[0].wins, summary.rows[0].losses, summary.rows[0].ties) == (1, 1, 1)


def test_selected_battles():
    kept = select_battles(battles(ROWS), [row[0] == "ko" for row in ROWS])
    assert [row.language for row in summarise_battles(kept).rows] == ["ko"]


def test_bad_battles():
    with pytest.raises(UserError, match="no battles"):
        summarise_battles(select_battles(battles(ROWS), [False] * len(ROWS)))
    with pytest.raises(UserError, match="outside 0 to 1"):
        battles([("el", "g", 2, 1)])
    with pytest.raises(UserError, match="differ in length"):
        Battles(np.array(["el"]), np.array(["a", "b"]), np.ones((1, 2)))


def test_languages_of_few_prompts_are_named_and_the_average_without_them_given():
    rows = [(t, f"{t}{n}", *[n % 2] * 2) for t in ("de", "ja") for n in range(100)]
    rows += [("el", f"el{n}", 1, 1) for n in range(3)] + [("ko", "ko", 1, 1), ("fa", "fa", NO, NO)]
    summary = summarise_battles(battles(rows))
    assert summary.thin == ("el", "ko") and summary.average.languages == ("de", "el", "ja", "ko")
    assert summary.without_thin.languages == ("de", "ja") and summary.without_thin.win_rate == 0.5
    assert summary.average.high - summary.average.low > 3 * (summary.without_thin.high - summary.without_thin.low)
    assert (summary.average.boot_low, summary.average.boot_high) == (None, None), "no bootstrap sees one prompt's doubt"
    assert summary.without_thin.boot_low < 0.5 < summary.without_thin.boot_high
    few = summarise_battles(battles([("ko", "a", 1, 1), ("el", "b", 0, 0)]))
    assert few.thin == ("el", "ko") and few.without_thin is None
    assert few.average.low < 0.1 and few.average.high > 0.9


def test_one_prompt_has_no_interval_and_says_nothing_sure():
    summary = summarise_battles(battles([("de", "a", 1, 1)]))
    (row,) = summary.rows
    assert (row.low, row.high, row.joint_low, row.p) == (None, None, None, 1.0)
    assert (summary.average.low, summary.average.high, summary.average.boot_low, summary.average.p) == (
        None,
        None,
        None,
        1.0,
    )


def test_a_group_with_most_of_a_languages_rows_is_one_group():
    """Ninety-six rows of one prompt beside four others: nearly all that is known is of one prompt."""
    rows = [("de", "much", 1, 1)] * 96 + [("de", f"g{n}", n % 2, n % 2) for n in range(4)]
    even = [("de", f"g{n}", 1, 1) for n in range(4)] + [("de", "g4", 0, 0)]
    one, two = (summarise_battles(battles(part)).rows[0] for part in (rows, even))
    assert one.groups == two.groups == 5
    assert one.high - one.low > two.high - two.low
