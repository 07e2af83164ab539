"""What the function behind `polypref judge-check` refuses, in one sentence each."""

from __future__ import annotations

from typing import Any

import pytest

from polypref.api.judge_checking import check_judge
from polypref.errors import UserError


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({}, "nothing to check a judge with"),
        ({"answers_layout": "trl_preference", "votes": "v"}, "are given, and no answers"),
        ({"votes_layout": "arena_55k", "answers": "a"}, "a layout of votes is given, and no votes"),
        ({"answers": "nowhere.jsonl"}, "nowhere.jsonl"),
        ({"answers": "a", "bar": 2.0}, "bar=2.0: give a share between 0 and 1"),
    ],
)
def test_what_does_not_go_together(keys: dict[str, Any], says: str) -> None:
    with pytest.raises(UserError, match=says):
        check_judge("relevance", **keys)


def test_a_judge_that_cannot_be_asked() -> None:
    with pytest.raises(
        UserError, match="a judge of the kind reference knows the verdicts on some prompts, and none on"
    ):
        check_judge("reference", "answers.jsonl")
