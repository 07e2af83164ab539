"""Values in rows: where they are, and what they say as a number, a name or a label."""

import math
from decimal import Decimal

import pytest

from polypref.files.cells import Bad, Cell, is_missing, label_of, look_up, name_of, number_in

ROW: dict[str, Cell] = {
    "input": {"prompt": "hi", "meta": {"id": 3}},
    "input.prompt": "a column of its own",
    "empty": None,
    "bad": Bad("key_twice", "a"),
    "inside": {"bad": Bad("key_twice", "b")},
}


def test_a_column_whose_name_has_a_dot_goes_before_a_path() -> None:
    assert look_up(ROW, "input.prompt") == "a column of its own"
    assert look_up({"input": {"prompt": "hi"}}, "input.prompt") == "hi"
    assert look_up(ROW, "input.meta.id") == 3 and look_up(ROW, "empty") is None


@pytest.mark.parametrize("column", ["none", "input.none", "input.meta.id.more", "empty.more", "", "."])
def test_a_column_that_is_not_there_is_named_whole(column: str) -> None:
    with pytest.raises(Bad) as missing:
        look_up(ROW, column)
    assert (missing.value.reason, missing.value.detail) == ("missing_field", column)


@pytest.mark.parametrize(("column", "detail"), [("bad", "a"), ("bad.more", "a"), ("inside.bad", "b")])
def test_what_is_wrong_with_a_value_comes_out_where_it_is_asked_for(column: str, detail: str) -> None:
    with pytest.raises(Bad) as bad:
        look_up(ROW, column)
    assert (bad.value.reason, bad.value.detail) == ("key_twice", detail)


def test_a_row_that_could_not_be_read_has_no_column() -> None:
    with pytest.raises(Bad, match="not_json"):
        look_up(Bad("not_json"), "a")


def test_missing_is_none_and_not_a_number() -> None:
    assert is_missing(None) and is_missing(math.nan)
    assert not any(map(is_missing, ("", 0, 0.0, False, math.inf)))


def test_numbers_may_be_texts() -> None:
    assert [number_in(cell) for cell in (3, "2.5", " 7 ", Decimal("0.5"), True, b"4")] == [3, 2.5, 7, 0.5, 1, 4]
    for cell in ("", "x", None, [1], {"a": 1}):
        with pytest.raises(ValueError):
            number_in(cell)
    with pytest.raises(OverflowError):
        number_in(10**400)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        *((1, "1"), (1.0, "1"), ("1", "1"), (0, "0"), (-0.0, "0"), (1.5, "1.5"), (True, "True"), (2.0**80, str(2**80))),
        *((None, ""), (float("nan"), ""), ("", ""), ("한", "한"), (float("inf"), "inf")),
    ],
)
def test_a_name_is_the_same_however_a_file_writes_it(value, name):
    assert name_of(value) == name
    assert is_missing(value) == (value is None or value != value)


@pytest.mark.parametrize(
    ("value", "reason"), [([1], "not_text"), ({}, "not_text"), (b"x", "not_text"), ("a\ud800", "lone_surrogate")]
)
def test_what_cannot_be_a_name_is_a_bad_row(value, reason):
    with pytest.raises(Bad) as error:
        name_of(value)
    assert error.value.reason == reason


@pytest.mark.parametrize(
    ("cell", "label"), [(" 1.0 ", "1"), ("-2.00", "-2"), ("1.50", "1.50"), (2.0, "2"), ("A ", "A"), ("1.0.0", "1.0.0")]
)
def test_labels(cell: Cell, label: str) -> None:
    assert label_of(cell) == label
