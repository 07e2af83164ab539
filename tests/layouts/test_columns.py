"""The type of what names a column."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from polypref.errors import UserError
from polypref.layouts.columns import Column, check_columns
from polypref.scripting.declared import check_fields


@dataclass(frozen=True)
class Declared:
    columns: Mapping[Column, str] | Column | tuple[Column, ...] | None = None

    def __post_init__(self) -> None:
        check_fields(self)


@pytest.mark.parametrize("columns", ["{a}\n{b}", "a[0]", "=x", {"a.b": "x"}, ("a", "{b}"), None])
def test_columns_may_stand_alone_in_a_series_and_as_keys(columns):
    assert Declared(columns).columns == columns


@pytest.mark.parametrize("columns", ["{a", {"{a": "x"}, ("a", "{a")])
def test_what_is_wrong_with_a_column_is_said_wherever_it_stands(columns):
    with pytest.raises(
        UserError, match=r"the brace at character 1 is not closed; write \{COLUMN\}, or \{\{ for a brace$"
    ):
        Declared(columns)


def test_columns_that_are_named_elsewhere_are_checked_too():
    check_columns("layout", ["a", "a[0].b", "=x", "{a} {b}", ""])
    with pytest.raises(UserError) as error:
        check_columns("layout", ["a", "{" + "b" * 100])
    assert str(error.value).startswith("layout: column '{" + "b" * 59 + "'...: the brace at character 1 is not closed;")
