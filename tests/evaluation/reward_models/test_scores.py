"""Scores that stand beside the pairs of a file: numbers, or a sentence."""

import json

import pytest

from polypref.errors import UserError
from polypref.evaluation.reward_models.data import _scores

COLUMNS = {"chosen_score": "good", "rejected_score": "bad"}


@pytest.mark.parametrize("value", [True, "1_0", [1], {"a": 1}, 10**400, "abc"])
def test_what_is_no_number_is_named(value):
    row = json.loads(json.dumps({"good": 0.5, "bad": value}))
    with pytest.raises(UserError, match="row 3: a score is no number"):
        _scores(row, COLUMNS, "a.jsonl, row 3")
