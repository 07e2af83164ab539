"""The contract of a rater: which way it goes by what it has, and what of its ratings is taken."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa
import pytest

from polypref import schema
from polypref.errors import UserError
from polypref.raters.aspects import JudgeRater
from polypref.raters.combined import Combined
from polypref.raters.contract import (
    Rater,
    checked_ratings,
    is_asking,
    is_combining,
    is_fitted,
    is_given,
    ratings,
    way_of,
)
from polypref.raters.given import ReferenceRater, RelevanceRater, SourceRater
from polypref.raters.reward import RewardRater
from tests.raters.judged import SERVED, bucket

ANSWERS = bucket(("p", {"a": "eins", "b": "zwei"})).completions


@dataclass(frozen=True)
class Silent:
    """Has what every rater has, and no way to rate."""

    name: ClassVar[str] = "mine"
    version: ClassVar[int] = 1
    caution: ClassVar[str] = ""


@dataclass(frozen=True)
class Learning(Silent):
    """Rates, but forgot that what `fit` returns is given to it."""

    def fit(self, texts: Iterable[str]) -> int:
        return sum(map(len, texts))

    def rate(self, prompts: pa.Table, completions: pa.Table) -> pa.Table:
        return ratings(self.name, [])


@dataclass(frozen=True)
class Learned(Learning):
    def rate(self, prompts: pa.Table, completions: pa.Table, fitted: Mapping[str, int] = {}) -> pa.Table:
        return ratings(self.name, [])


@pytest.mark.parametrize(
    ("rater", "way"),
    [
        (Combined((RewardRater(SERVED), RelevanceRater())), "combine"),
        (JudgeRater(SERVED), "ask"),
        (RewardRater(SERVED), "ask"),
        (RelevanceRater(), "fit"),
        (Learned(), "fit"),
        (ReferenceRater(), "rate"),
        (SourceRater(), "given"),
    ],
)
def test_a_rater_goes_by_what_it_has(rater: Rater, way: str) -> None:
    assert way_of(rater) == way
    asked = {"combine": is_combining, "ask": is_asking, "fit": is_fitted, "given": is_given}
    assert [name for name, is_one in asked.items() if is_one(rater)] == [name for name in asked if name == way]


def test_what_keeps_no_contract_is_no_rater() -> None:
    with pytest.raises(UserError, match=r"rater Silent has no way to rate: give it rate\(prompts, completions\)"):
        way_of(Silent())
    with pytest.raises(UserError, match=r"rater Learning.*`rate`.*\(prompts, completions, fitted\)"):
        way_of(Learning())
    with pytest.raises(UserError, match="rater Silent is a class"):
        way_of(Silent)  # type: ignore[arg-type]


def test_ratings_are_a_table_of_the_schema() -> None:
    table = ratings("mine", [("p", "a", 1.5), ("p", "b", -2.0)], "r3")
    assert table.schema == schema.RATINGS
    assert table.to_pylist()[1] == {
        "prompt_id": "p",
        "completion_id": "b",
        "rater": "mine",
        "rater_revision": "r3",
        "score": -2.0,
        "aspects": None,
        "rationale": None,
        "occasion": None,
    }
    assert ratings("mine", []).num_rows == 0


def test_ratings_are_written_down_by_the_columns_of_the_schema() -> None:
    table = ratings("mine", [("p", "a", 2.0)])
    # Another order of columns, one more, and whole numbers for scores.
    given = table.select(table.column_names[::-1]).append_column("note", pa.array(["?"]))
    given = given.set_column(given.column_names.index("score"), "score", pa.array([2]))
    assert checked_ratings(Silent(), given, ANSWERS).equals(table)
    blank = ratings("mine", [("p", "b", math.nan)])
    assert checked_ratings(Silent(), blank, ANSWERS).num_rows == 1, "an answer may be left without"


@pytest.mark.parametrize(
    ("returned", "complaint"),
    [
        (
            None,
            r"rater 'mine' \(Silent, test_contract.py\): rate\(\) returns NoneType; return a pyarrow table",
        ),
        ([1.0, 2.0], "returns list"),
        (ratings("mine", []).drop_columns(["score"]), r"not of schema.RATINGS \(.*score"),
        (ratings("you", [("p", "a", 1.0)]), "returns ratings by 'you'; write its own name into column rater"),
        (ratings("mine", [("p", "z", 1.0)]), "rates an answer that it was not given, completion_id 'z'"),
    ],
)
def test_other_things_than_ratings_of_these_answers_are_refused(returned: object, complaint: str) -> None:
    with pytest.raises(UserError, match=complaint):
        checked_ratings(Silent(), returned, ANSWERS)
