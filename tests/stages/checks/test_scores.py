"""Scores that cannot carry a preference."""

import math

import pytest

from polypref.stages.checks.scores import RaterSpread, ScoreSanity, SmallMargin, spread


def scored(chosen, rejected, margin=None):
    return {"chosen_score": chosen, "rejected_score": rejected, "score_margin": margin}


def test_scores_that_are_no_numbers_or_the_wrong_way_round(pairs, outcomes):
    batch = pairs(
        scored(2.0, 1.0, 1.0),
        scored(math.nan, 1.0, math.nan),
        scored(math.inf, 1.0, math.inf),
        scored(1.0, 2.0, -1.0),
        scored(1.0, 2.0, None),
        scored(None, None, None),
        scored(1.0, 1.0, 0.0),
    )
    assert outcomes(ScoreSanity(), batch) == [
        (1, "score_not_finite"),
        (2, "score_not_finite"),
        (3, "scores_reversed"),
        (4, "scores_reversed"),
    ]


def test_margins(pairs, outcomes):
    margins = [0.0, 0.2, 0.5, 0.7, None, math.nan, -1.0]
    batch = pairs(*(scored(None, None, margin) for margin in margins))
    assert outcomes(SmallMargin(), batch) == [(0, "score_tie")]
    assert outcomes(SmallMargin(minimum=0.5), batch) == [(0, "score_tie"), (1, "small_margin")]


def test_raters_that_differ_more_than_the_answers(pairs, outcomes):
    def rated(chosen, rejected):
        return {"chosen_scores": chosen, "rejected_scores": rejected}

    batch = pairs(
        rated([5.0, 1.0], [2.0, 2.0]),  # spread 4, margin 1
        rated([5.0, 4.0], [1.0, 2.0]),  # spread 1, margin 3
        rated([5.0], [1.0]),
        rated(None, None),
        rated([5.0, math.nan], [1.0, 1.0]),
    )
    assert outcomes(RaterSpread(), batch) == [(0, "rater_spread"), (4, "rater_spread")]
    assert outcomes(RaterSpread(maximum=4.0), batch) == [(4, "rater_spread")]
    settled = [rated([5.0, 1.0], [2.0, 2.0]) | more for more in ({"review": "relabelled"}, {"by_check": "k: x"})]
    assert outcomes(RaterSpread(), pairs(*settled)) == []


def test_scores_of_pairs_that_people_relabelled_are_known_to_be_reversed(pairs, outcomes):
    batch = pairs(
        scored(1.0, 2.0, -1.0) | {"review": "relabelled"},
        scored(math.nan, 2.0, math.nan) | {"review": "relabelled"},
        scored(1.0, 2.0, -1.0) | {"review": "agreed"},
    )
    assert outcomes(ScoreSanity(), batch) == [(1, "score_not_finite"), (2, "scores_reversed")]


def test_spread():
    assert spread([3.0, 1.0, 2.0]) == 2
    assert spread([3.0]) == spread([]) == 0
    assert math.isnan(spread([1.0, math.nan]))
    with pytest.raises(TypeError):
        spread([None, 1.0])
