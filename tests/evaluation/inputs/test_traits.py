"""What prompts and answers state in columns: which values, how long, and which names are columns."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as some

from polypref.errors import UserError
from polypref.evaluation.inputs.traits import TRAITS, check_slices, refuse_unstated, trait_row, values_of


@pytest.mark.parametrize(
    ("cell", "values"),
    [
        ("stem", ["stem"]), (" a / b ", ["a / b"]), (3, ["3"]), (3.0, ["3"]), (True, ["yes"]), (None, []), ("", []),
        (float("nan"), []), ("N/A", []), (["Egypt", "日本", "Egypt", None], ["Egypt", "日本"]), ([], []),
        ("two\nlines", ["two lines"]), ({"b": 1, "a": None}, ['{"a": null, "b": 1}']), ("x" * 99, ["x" * 59 + "…"]),
    ],
)  # fmt: skip
def test_values(cell, values):
    assert values_of({"c": cell}, "c") == values


def test_paths_lead_into_rows_and_what_is_not_there_is_no_value():
    row = {"meta": {"country": "Egypt"}}
    assert values_of(row, "meta.country") == ["Egypt"]
    assert values_of(row, "meta.region") == [] and values_of(row, "other") == []


def test_of_a_long_list_the_first_values_count():
    assert values_of({"c": [str(n) for n in range(50)]}, "c") == [str(n) for n in range(20)]


@given(some.text() | some.lists(some.text()) | some.integers() | some.floats())
def test_every_value_is_one_bounded_line(cell):
    for value in values_of({"c": cell}, "c"):
        assert 0 < len(value) <= 60 and value.splitlines() == [value]


def test_names_of_columns():
    assert check_slices(["category", " country", "category"]) == ("category", "country")
    for name in ("", "=chrf", "x" * 61):
        with pytest.raises(UserError, match=r"slices \(--slice\): .* names no column"):
            check_slices(["category", name])


def test_a_column_that_is_nowhere_is_named_with_those_that_are():
    row = trait_row(("s", "p", "de"), "", "category", "stem")
    refuse_unstated(["category", "refusal"], [row], ["id"])
    message = r"says anything under 'catgory'; there are category, id; refusal is read off the answers"
    with pytest.raises(UserError, match=message):
        refuse_unstated(["catgory"], [row], ["id", "category"])


def test_rows_are_a_table():
    rows = [trait_row(("s", "p", "de"), "m", *more) for more in (("route", "native"), ("=chrf", "en", 0.5))]
    assert pa.Table.from_pylist(rows, TRAITS).to_pylist() == rows
