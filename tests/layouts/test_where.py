"""Which rows are wanted."""

from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.files.cells import Bad, label_of
from polypref.layouts.where import Except, check_where, held_in_words, left_out_by, several, shown_label


@pytest.mark.parametrize(
    ("value", "allowed"),
    [
        *((value, [one]) for value in (1, 1.0, "1", "1.0", " 1 ") for one in (1, 1.0, "1", "1.0")),
        *((value, value) for value in (1, "train", True, None, 2.5, date(2024, 1, 1))),
        *((True, ["True"]), (True, ["true"]), ("FALSE", False), ("Sí", "Si\u0301")),
        (date(2024, 1, 1), "2024-01-01"),
        (float("nan"), [None]),
        ("b", {"a", "b"}),
        ("b", ("a", ["b"], "b")),
        (["b"], ["a", ["b"]]),
        ({"a": 1}, [{"a": 1}]),
        ({"a": 1}, {"a": 1}),
    ],
)
def test_values_are_compared_as_labels(value, allowed):
    assert left_out_by({"c": value}, {"c": allowed}) is None


@pytest.mark.parametrize(
    ("value", "allowed"),
    [
        *((1, [2]), (1, []), (True, [1]), (1, [True]), ("yes", [True]), ("train", "tra"), (None, [1]), (["a"], ["a"])),
        *(({"a": 1}, "a"), ("a\ud800", ["a"]), ("b", ("a", ["b"]))),
    ],
)
def test_other_values_leave_a_row_out_by_their_column(value, allowed):
    assert left_out_by({"a": 1, "c": value}, {"a": 1, "c": allowed}) == "c"


def test_a_key_that_is_absent_is_none():
    assert left_out_by({}, {"c": [1, None]}) is None
    assert left_out_by({}, {"c": [1]}) == "c"


def test_the_first_column_that_leaves_a_row_out_is_named():
    assert left_out_by({"a": 1, "b": [{"x": 2}]}, {"a": 1, "b[0].x": 3, "a.b": 4}) == "b[0].x"
    assert left_out_by({}, {}) is None


def test_a_value_that_cannot_be_read_leaves_nothing_to_compare():
    with pytest.raises(Bad, match="key_twice"):
        left_out_by({"c": Bad("key_twice")}, {"c": 1})


LABELS = (
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-3, 3) | st.sampled_from(["1", "1.0", "a", "", "nan"])
)


@given(LABELS, st.lists(LABELS, max_size=4))
def test_a_value_is_among_others_where_its_label_is(value, allowed):
    wanted = label_of(value) in map(label_of, allowed)
    assert (left_out_by({"c": value}, {"c": allowed}) is None) == wanted


def test_one_value_stands_for_several():
    assert several("train") == ("train",) and several(["a", 1]) == ("a", 1) and several(None) == (None,)


def test_values_are_shown_short():
    values = (1.0, "1", None, ["a"], {}, "a\ud800", "x" * 99)
    assert [shown_label(value) for value in values] == ["'1'", "'1'", "''", "list", "dict", "str", "'" + "x" * 29]


def test_what_rows_hold_is_told_the_commonest_first():
    there = Counter({"'2'": 1, "'1'": 3})
    assert held_in_words("turn", there, (7, 7, "last")) == "turn is '1' (3), '2' (1) and may be 7, 'last'"
    assert held_in_words("turn", there, ()) == "turn is '1' (3), '2' (1) and may be nothing"
    assert held_in_words("a\nb", Counter(), (1,)) == "a b"
    many = held_in_words("turn", Counter("abcdef"), "ghijkl")
    assert many.count(", ...") == 2 and "f" not in many and "'l'" not in many


@pytest.mark.parametrize("wrong", [object(), 3 + 4j, b"bytes", [object()], {"a": object()}, {1: "a"}, print])
def test_what_no_file_can_hold_is_refused_when_declared(wrong):
    with pytest.raises(UserError, match=r"^Files\(where=\{'c': .*\}\): write the values that the column may hold"):
        check_where("Files", {"c": wrong})


def test_what_files_hold_may_be_compared():
    check_where("Files", {"a": 1, "b": ("x", None, 2.5), "c": {"k": [True]}, "d": date(2024, 1, 1), "e": {"x"}})


@pytest.mark.parametrize(("value", "wanted"), [("code", False), ("math", True), (None, True), (["code"], True)])
def test_every_value_but_some(value, wanted):
    assert (left_out_by({"c": value}, {"c": Except(("code", 1))}) is None) == wanted
    assert left_out_by({"c": "1.0"}, {"c": Except(("code", 1))}) == "c"


def test_rows_that_hold_something():
    where = {"c": Except((None,))}
    assert [left_out_by(row, where) for row in ({}, {"c": None}, {"c": 0})] == ["c", "c", None]


def test_every_value_but_some_is_said_in_words_and_checked():
    assert several(Except(("code",))) == (Except(("code",)),)
    words = held_in_words("c", Counter({"'code'": 3}), [Except(("code", 1))])
    assert words == "c is 'code' (3) and may be all but 'code' and 1"
    check_where("Files", {"c": Except(("code", 1))})
    with pytest.raises(UserError, match="write the values that the column may hold"):
        check_where("Files", {"c": Except((object(),))})
    with pytest.raises(UserError, match="name at least one value that a row may not hold"):
        Except(())


@pytest.mark.parametrize("held", [True, "true", "TRUE"])
def test_what_json_and_spreadsheets_write_for_true_is_one_value(held):
    assert left_out_by({"c": held}, {"c": True}) is None and left_out_by({"c": held}, {"c": "true"}) is None
    assert left_out_by({"c": held}, {"c": False}) == left_out_by({"c": held}, {"c": 1}) == "c"
