"""How many prompts show a difference: values by hand."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from polypref.errors import UserError
from polypref.evaluation import scoring
from polypref.evaluation.figures import power


def test_power_by_hand():
    # (1.95996 + 0.84162) x 0.5 / sqrt(500) = 0.06264; and back.
    assert power.smallest_difference(500) == pytest.approx(0.06264, abs=1e-5)
    assert power.prompts_needed(0.06265) == 500
    assert power.prompts_needed(0.05) == 785
    # Bonferroni over 23: z of 1 - .05 / 46 is 3.0654.
    assert power.smallest_difference(500, tests=23) == pytest.approx(
        (3.0654 + 0.84162) * 0.5 / math.sqrt(500), abs=1e-4
    )
    assert power.spread(ties=0.36) == pytest.approx(0.4)
    planned = power.plan_prompts(0.05, 23, correlation=1)
    assert (planned.one_language, planned.all_languages) == (785, 785)
    assert planned.each_language == math.ceil(((3.0654 + 0.84162) * 10) ** 2)
    assert power.plan_prompts(0.05, 23, correlation=0).all_languages == math.ceil(784.89 / 23)
    with pytest.raises(UserError, match="above 0"):
        power.prompts_needed(0)
    with pytest.raises(UserError, match="at least one prompt"):
        power.smallest_difference(0)


def test_scores_that_are_all_equal_show_no_smallest_difference():
    def prompts(number, error=0.0, groups=None):
        return SimpleNamespace(groups=groups or number, scored=number, error=error)

    assert scoring._smallest(np.full(6, 0.5), 0.95, 1, prompts(6)) is None
    # 2.8016 x sd / sqrt(n) with sd = sqrt(4 x 0.25 / 3).
    four = np.array([0.0, 1.0, 0.0, 1.0])
    assert scoring._smallest(four, 0.95, 1, prompts(4)) == pytest.approx(2.8016 * 0.57735 / 2, abs=1e-4)
    # Four battles of two prompts: 2.8016 x the error clustered by prompt.
    assert scoring._smallest(four, 0.95, 1, prompts(4, 0.1, 2)) == pytest.approx(0.28016, abs=1e-4)
