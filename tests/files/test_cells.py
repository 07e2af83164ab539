"""Values in rows: where they are, and what they say as a number, a name or a label."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.files.cells import (
    Bad,
    Cell,
    has_column,
    is_missing,
    label_of,
    look_up,
    look_up_or_none,
    name_of,
    number_advice,
    number_in,
)

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


@pytest.mark.parametrize("column", ["none", "input.none", "input.meta.id.more", "empty.more", "", ".."])
def test_a_column_that_is_not_there_is_named_whole(column: str) -> None:
    with pytest.raises(Bad) as missing:
        look_up(ROW, column)
    assert (missing.value.reason, missing.value.detail) == ("missing_field", column)


@pytest.mark.parametrize(("column", "detail"), [("bad", "a"), ("bad.more", "a"), ("inside.bad", "b")])
def test_what_is_wrong_with_a_value_comes_out_where_it_is_asked_for(column: str, detail: str) -> None:
    with pytest.raises(Bad) as bad:
        look_up(ROW, column)
    assert (bad.value.reason, bad.value.detail) == ("key_twice", detail)


def test_a_point_is_the_value_itself_unless_a_column_is_called_so() -> None:
    assert look_up("A", ".") == "A" and look_up(["A"], ".") == ["A"] and look_up_or_none(None, ".") is None
    assert look_up({".": 3}, ".") == 3 and look_up("A", "{.}!") == "A!"


def test_a_row_that_could_not_be_read_has_no_column() -> None:
    with pytest.raises(Bad, match="not_json"):
        look_up(Bad("not_json"), "a")


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        ({"a": [1, [2, 3]]}, "a[0]", 1),
        ({"a": [1, [2, 3]]}, "a[-1][0]", 2),
        ({"a": [1, (2, 3)]}, "a.1.-1", 3),
        ({"a": {"0": "key", "-1": "last"}}, "a.0", "key"),
        ({"r": {"gpt-3.5-turbo": {"text": "x"}}}, "r.gpt-3.5-turbo.text", "x"),
        ({"r": {"gpt-3.5-turbo": {"text": "x"}}}, 'r["gpt-3.5-turbo"].text', "x"),
        ({"r": {"a.b": {"c.d": 1}}}, "r.a.b.c.d", 1),
        ({"r": {"a[0]": 1}}, "r.a[0]", 1),
        ({"r": {"a": [2], "a[0]": 1}}, 'r["a"][0]', 2),
        ({"r": {"a.b": 1, "a": {"b": 2}}}, "r.a.b", 1),  # the longest first
        ({"r": {"a.b": {"x": 1}, "a": {"b": {"c": 2}}}}, "r.a.b.c", 2),  # which leads nowhere here
        ({"r": {"a.b": None}}, "r.a.b", None),
        ({"=de": "a column", "de": "x"}, "=de", "a column"),
        ({"{a}": "a column", "a": "x"}, "{a}", "a column"),
        ({}, "=de", "de"),
        ({"turns": [{"content": "x"}]}, "{turns}", [{"content": "x"}]),
    ],
)
def test_paths_lead_into_lists_and_to_keys_with_dots(row: Cell, column: str, value: Cell) -> None:
    assert look_up(row, column) == value
    assert look_up_or_none(row, column) == value


@pytest.mark.parametrize("column", ["a[2]", "a[-3]", "a.2", "a.x", "a[0].x", "b[0]", "b[-1]", "b.0", 'c["0"]', "d.a"])
def test_a_place_that_is_not_in_a_list_is_not_there(column: str) -> None:
    row: Cell = {"a": [1, 2], "b": "text", "c": [1], "d": None}
    with pytest.raises(Bad, match="missing_field"):
        look_up(row, column)
    assert look_up_or_none(row, column) is None


def test_an_item_of_a_list_is_looked_into_by_its_place() -> None:
    assert look_up(["a", "b"], "[1]") == "b"


@pytest.mark.parametrize(("column", "detail"), [("bad.more", "a"), ("inside.bad", "b"), ("{empty} {bad}", "a")])
def test_what_cannot_be_read_is_not_absent(column: str, detail: str) -> None:
    with pytest.raises(Bad) as bad:
        look_up_or_none(ROW, column)
    assert (bad.value.reason, bad.value.detail) == ("key_twice", detail)
    assert look_up_or_none(ROW, None) is None


TEMPLATE = "Task: {task}\n\n{input}\n\n\nIn {a} or {b}.\nEnd."


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({"task": "t", "input": "i", "a": 1.0, "b": True}, "Task: t\n\ni\n\n\nIn 1 or True.\nEnd."),
        ({"task": "t", "input": "", "a": "A"}, "Task: t\n\nIn A or .\nEnd."),
        ({"task": "t", "input": "i\n\n\nj", "a": " ", "b": None}, "Task: t\n\ni\n\n\nj\n\nEnd."),
        ({"task": None, "input": float("nan"), "b": "B"}, "In  or B.\nEnd."),
        ({"task": " \n"}, ""),
        ({"task": None}, None),
    ],
)
def test_a_template_leaves_out_lines_that_say_nothing(row: Cell, text: str | None) -> None:
    assert look_up(row, TEMPLATE) == text


def test_a_template_of_nothing_that_is_there_is_not_there() -> None:
    assert look_up_or_none({"x": 1}, TEMPLATE) is None
    with pytest.raises(Bad) as missing:
        look_up({"x": 1}, "{a} {b}")
    assert (missing.value.reason, missing.value.detail) == ("missing_field", "{a} {b}")


def test_what_is_no_text_is_not_joined() -> None:
    with pytest.raises(Bad) as bad:
        look_up({"a": ["x"], "b": 1}, "{b} {a}")
    assert (bad.value.reason, bad.value.detail) == ("not_text", "list in {a}")


@pytest.mark.parametrize(
    ("column", "there"),
    [("empty", True), ("bad", True), ("inside.bad.x", True), ("input.meta.id", True), ("=x", True), ("none", False)],
)
def test_a_column_is_there_that_holds_null_or_what_cannot_be_read(column: str, there: bool) -> None:
    assert has_column(ROW, column) == there


WORDS = st.text("ab\n ", max_size=6)


@given(st.dictionaries(st.sampled_from("abc"), WORDS | st.none()))
def test_alpaca_s_prompt_is_its_parts_that_say_something(row: dict[str, str | None]) -> None:
    parts = [row[key] for key in "abc" if (row.get(key) or "").strip()]
    assert (look_up_or_none(row, "{a}\n\n{b}\n\n{c}") or "") == "\n\n".join(map(str, parts)).strip()


KEYS = st.text("ab.", min_size=1, max_size=4)
CELLS = st.recursive(
    st.integers(), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3)
)


@given(st.dictionaries(KEYS, CELLS), st.data())
def test_every_value_of_a_row_can_be_named_in_quotes(row: Cell, data: st.DataObject) -> None:
    value, path = row, ""
    while isinstance(value, dict | list) and value:
        if isinstance(value, list):
            place = data.draw(st.integers(-len(value), len(value) - 1))
            value, path = value[place], f"{path}[{place}]"
        else:
            key = data.draw(st.sampled_from(sorted(value)))
            value, path = value[key], f'{path}["{key}"]'
        assert look_up(row, path) is value


@given(st.dictionaries(KEYS, CELLS), st.data())
def test_a_path_with_dots_leads_to_a_value_if_there_is_one(row: Cell, data: st.DataObject) -> None:
    value, path = row, ""
    while isinstance(value, dict) and value:
        key = data.draw(st.sampled_from(sorted(value)))
        value, path = value[key], f"{path}.{key}" if path else key
        look_up(row, path)  # another may be meant, which is written the same


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
    ("cell", "label"),
    [(" 1.0 ", "1"), ("-2.00", "-2"), ("1.50", "1.50"), (2.0, "2"), ("A ", "A"), ("1.0.0", "1.0.0")]
    + [(one, "True") for one in (True, "true", "TRUE", " True ")]
    + [(one, "False") for one in (False, "false", "FALSE")]
    + [("truth", "truth"), ("re\u0301ponse", "r\u00e9ponse"), ("r\u00e9ponse", "r\u00e9ponse")],
)
def test_labels(cell: Cell, label: str) -> None:
    assert label_of(cell) == label


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("3,5", 3.5), ("-0,25", -0.25), ("\u22124", -4.0), ("7", 7.0), ("1.250", 1250.0), ("1.250.000,5", 1250000.5)),
        *(
            ("3\u066b125", 3.125),
            ("1 250,5", 1250.5),
            ("1\u202f250", 1250.0),
            ("12'000,25", 12000.25),
            (2.5, 2.5),
            (" 3,0 ", 3.0),
            ("\u06f3,\u06f5", 3.5),  # Persian digits
            ("\u0967.\u0968\u096b\u0966", 1250.0),  # those of Hindi
        ),
        *((one, None) for one in ("3.5", "1.25,5", "1,250.5", "3,5,1", "", ",5", "5,", "1250.500", "nan", "x")),
    ],
)
def test_with_a_decimal_comma_points_stand_between_thousands_only(text: Cell, number: float | None) -> None:
    if number is None:
        with pytest.raises(ValueError, match=None):
            number_in(text, ",")
    else:
        assert number_in(text, ",") == number


@pytest.mark.parametrize("text", ["3,5", "1,250", "1,250.5", "1 250", "\u22123,5"])
def test_no_comma_or_blank_in_a_number_is_guessed(text: str) -> None:
    with pytest.raises(ValueError, match=None):
        number_in(text)
    assert number_advice(text)


def test_a_minus_and_a_decimal_mark_of_other_scripts_are_read() -> None:
    assert number_in("\u22122") == -2.0 and number_in("\u0663\u066b\u0665") == 3.5


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("3,5", "write numbers with a point (3.5, not 3,5), or declare decimal=','"),
        ("\u06f3,\u06f5", "write numbers with a point (3.5, not \u06f3,\u06f5), or declare decimal=','"),
        (
            "-1,250",
            "write numbers with a point and nothing between thousands (-1.250 or -1250, not -1,250), or declare "
            "decimal=','",
        ),
        ("1.250,5", "write numbers without separators of thousands (not 1.250,5), or declare decimal=','"),
        ("1,250.5", "write numbers without separators of thousands (1250.5, not 1,250.5)"),
        ("1,000,000", "write numbers without separators of thousands (1000000, not 1,000,000)"),
        *((one, "") for one in ("4", "-4", "4 / 5", "3.5", ",5", "a,b", "")),
        pytest.param("1" * 40 + ",5", "", id="too long to be repeated"),
    ],
)
def test_a_number_of_another_way_of_writing_says_how_one_is_written(text: str, advice: str) -> None:
    assert number_advice(text) == advice


def test_labels_are_composed_and_true_is_written_in_any_case() -> None:
    assert label_of("Unentschie\u0301den") == label_of("Unentschi\u00e9den")
    assert {label_of(one) for one in (True, "True", "true", "TRUE ")} == {"True"}
    assert {label_of(one) for one in (False, "False", "false", "FALSE")} == {"False"}
    assert label_of("truth") == "truth" and name_of(True) == "True"
