"""Bounds of settings: which numbers they hold, and what a dataclass says of one that lies outside."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

import pytest

from polypref.errors import UserError
from polypref.scripting.bounds import AtLeastZero, Bounds, Checked, Count, Natural, OverZero, Share
from polypref.scripting.declared import check_fields


@dataclass(frozen=True)
class Part:
    plain: float = 0.0
    margin: AtLeastZero = 0.0
    unit: OverZero = 1.0
    share: Share = 0.5
    top: OverZero | None = None
    samples: Count = 1
    head: Natural = 0
    shares: Mapping[str, Share] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_fields(self)


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("plain", math.nan, r"Part\(plain=nan\): write a finite number"),
        ("plain", -math.inf, r"Part\(plain=-inf\): write a finite number"),
        ("margin", -0.1, r"Part\(margin=-0.1\): write a number of at least 0$"),
        ("unit", 0, r"Part\(unit=0\): write a number over 0$"),
        ("share", 1.5, "write a number of at least 0 and at most 1"),
        ("share", True, "write a number"),
        ("top", 0.0, r"write a number over 0 \(or None\)"),
        ("samples", 0, "write a whole number of at least 1"),
        ("samples", 1.5, "write a whole number"),
        ("head", -1, "write a whole number of at least 0"),
        ("shares", {"de": 2}, r"of shares\['de'\], 2: write a number of at least 0 and at most 1"),
        ("shares", {"de": math.nan}, r"of shares\['de'\], nan: write a finite number"),
    ],
)
def test_a_number_outside_is_refused_with_what_to_write(name: str, value: object, advice: str) -> None:
    with pytest.raises(UserError, match=advice):
        Part(**{name: value})  # type: ignore[arg-type]


def test_ends_belong_to_the_bounds_where_they_are_not_open() -> None:
    assert Part(margin=0, share=1, top=1, samples=1, head=0, shares={"de": 0, "el": 1}).share == 1
    assert [Bounds(0, 1, open=True).hold(one) for one in (0, 1e-300, 1, 1.01)] == [False, True, True, False]
    assert [Bounds().hold(one) for one in (-1e300, 1e300)] == [True, True]


@dataclass(frozen=True)
class Worded:
    word: Annotated[str, Checked(lambda text: "" if text.islower() else f"{text} has capitals; write it small")] | None

    def __post_init__(self) -> None:
        check_fields(self)


def test_a_text_that_may_not_be_is_told_in_its_own_words() -> None:
    assert Worded("a").word == "a" and Worded(None).word is None
    with pytest.raises(UserError) as error:
        Worded("A")
    assert str(error.value) == "Worded(word='A'): A has capitals; write it small"
