"""Pairs whose rejected answer is nearest to a point of the prompt's own scores, by hand."""

from __future__ import annotations

import pytest

from polypref.stages.pair import PairRule
from tests.stages.pairing import A, answers, pair, reasons

ONE = ("p", "he")


@pytest.mark.parametrize(
    ("rule", "scores", "rejected"),
    [
        # Mean 0, population sd 2.1213 (variance 27/6 = 4.5): the point is -4.243; nearest is -4, the lowest.
        ("mean_minus_2sd", (3.0, 1.0, 0.0, 0.0, 0.0, -4.0), 5),
        # Mean 10, sd 1: the point is 8; both 9s are as near.
        ("mean_minus_2sd", (11.0, 9.0, 11.0, 9.0), (1, 3)),
        # Mean 2, sd sqrt(2): the point is -0.83; the lowest, 0, is nearest.
        ("mean_minus_2sd", (4.0, 3.0, 2.0, 1.0, 0.0), 4),
        # 0, 1, 2, 3, 4: the quartile is 1.
        ("first_quartile", (4.0, 3.0, 2.0, 1.0, 0.0), 3),
        # 0, 1, 2, 3: the quartile is 0.75; 1 is nearer than 0.
        ("first_quartile", (3.0, 2.0, 1.0, 0.0), 2),
        # 0, 10: the quartile is 2.5; only 0 is below the best.
        ("first_quartile", (10.0, 0.0), 1),
        # 0, 0.5, 1, 9: the quartile is 0.375; 0.5 is nearer than 0.
        ("first_quartile", (9.0, 1.0, 0.5, 0.0), 2),
        # 0, 2, 10: the quartile is 1, as near to 0 as to 2; the lower is taken.
        ("first_quartile", (10.0, 2.0, 0.0), 2),
    ],
)
def test_points_by_hand(rule: str, scores: tuple[float, ...], rejected: int | tuple[int, ...]) -> None:
    ((_, worse),) = pair(PairRule(rule), {ONE: answers(*scores)})
    assert worse in {f"p.{one}" for one in (rejected if isinstance(rejected, tuple) else (rejected,))}


def test_a_point_that_is_not_the_lowest_is_met() -> None:
    scores = (10.0, 10.1, 10.2, 10.3, 4.0, 0.0)
    # Of these six: mean 7.433, population sd 3.990; the point is -0.546, nearest to 0.
    assert pair(PairRule("mean_minus_2sd"), {ONE: answers(*scores)}) == [("p.3", "p.5")]
    # Without the outlier: mean 8.92, sd 2.462; the point is 3.996, nearest to 4.
    assert pair(PairRule("mean_minus_2sd"), {ONE: answers(*scores[:5])}) == [("p.3", "p.4")]
    # The quartile of all six is 5.5 (between 4 and 10): 4 is nearest, 0 is worse.
    assert pair(PairRule("first_quartile"), {ONE: answers(*scores)}) == [("p.3", "p.4")]


def test_the_deviation_is_that_of_the_population() -> None:
    # Nine times 10, then 3.5 and 0: mean 8.5, variance 117.5 / 11, so the point is 1.963, nearer to 3.5 than to 0; with
    # 117.5 / 10 it would be 1.644, nearer to 0.
    scores = [10.0] * 9 + [3.5, 0.0]
    pool = {ONE: [A(f"answer {n}", (score,)) for n, score in enumerate(scores)]}
    ((_, worse),) = pair(PairRule("mean_minus_2sd"), pool)
    assert worse == "p.9"


def test_several_pairs_come_nearest_first_and_margins_hold() -> None:
    pool = {ONE: answers(4.0, 3.0, 2.0, 1.0, 0.0)}
    # From the quartile, 1: then 0 and 2 are as near, the lower first.
    assert pair(PairRule("first_quartile", per_prompt=3), pool) == [("p.0", "p.2"), ("p.0", "p.3"), ("p.0", "p.4")]
    assert pair(PairRule("first_quartile", per_prompt=2), pool) == [("p.0", "p.3"), ("p.0", "p.4")]
    assert pair(PairRule("first_quartile", min_margin=3.5), pool) == [("p.0", "p.4")]
    assert reasons(PairRule("first_quartile", min_margin=5), pool) == {"p": "below_margin"}
    assert reasons(PairRule("mean_minus_2sd"), {ONE: answers(1.0, 1.0, 1.0)}) == {"p": "tie"}
