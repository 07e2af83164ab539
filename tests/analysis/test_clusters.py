"""Shares of what comes in groups: by hand, against Wilson's interval, and how often the interval holds the truth."""

import numpy as np
import pytest

from polypref.analysis.clusters import clustered_share
from polypref.release.audit_results import ClusteredShare
from polypref.shares import wilson


def ends(hits: int, groups: int) -> tuple[float, ...]:
    return tuple(round(end or 0, 4) for end in wilson(hits, groups))


def test_groups_of_one_are_wilsons_interval():
    assert clustered_share([(1, 1), (1, 1), (0, 1), (1, 1)]) == ClusteredShare(4, 0.75, *ends(3, 4))


def test_copies_within_groups_say_nothing_new():
    once, often = ([(hit * n, n) for hit in (1, 0, 1, 1, 0, 1)] for n in (1, 50))
    one, fifty = clustered_share(once), clustered_share(often)
    assert (one.share, one.low, one.high) == (fifty.share, fifty.low, fifty.high) and fifty.of == 300


def test_all_alike_has_an_interval_of_as_many_groups_and_one_group_has_none():
    assert clustered_share([(0, 9)] * 5) == ClusteredShare(45, 0.0, *ends(0, 5))
    assert clustered_share([(1, 4)]) == ClusteredShare(4, 0.25) and clustered_share([]) == ClusteredShare(0)
    assert clustered_share([(0, 0)]) == ClusteredShare(0)


@pytest.mark.parametrize("truth", [0.1, 0.5])
def test_the_interval_holds_the_truth_where_answers_to_a_prompt_hang_together(truth):
    draw = np.random.default_rng(3)
    held = 0
    for _ in range(300):
        own = draw.beta(2 * truth, 2 * (1 - truth), 40)  # of prompts: their answers are alike
        share = clustered_share(zip(draw.binomial(5, own).tolist(), [5] * 40, strict=True))
        assert share.low is not None and share.high is not None
        held += share.low <= truth <= share.high
    assert held / 300 > 0.92
