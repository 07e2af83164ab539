"""Which columns rows have, and where declared columns lead in them."""

import pytest

from polypref.files.cells import Bad
from polypref.layouts.row_columns import RowColumn, columns_of_rows, ways_of


def named(*rows):
    return {one.name: one for one in columns_of_rows(rows)}


def test_columns_within_objects_and_lists_of_objects_are_listed_with_what_they_hold():
    columns = named(
        {"id": 1, "turns": [{"role": "user", "text": "a"}, {"role": "model"}], "meta": {"m-1.5": {"ok": True}}},
        Bad("not_json"),
        {"id": 2.5, "turns": None, "meta": {}},
    )
    assert {name: (one.kinds, one.filled) for name, one in columns.items()} == {
        "id": ("number", 2),
        "turns": ("list, null", 1),
        "turns[].role": ("text", 1),
        "turns[].text": ("text", 1),
        'meta["m-1.5"].ok': ("true or false", 1),
        "meta": ("object", 1),
    }
    assert columns['meta["m-1.5"].ok'].values == ("True",)


def test_an_empty_cell_is_not_filled():
    columns = named({"a": "x", "b": ""}, {"a": " ", "b": None}, {"a": 0, "b": []})
    assert [columns[name].filled for name in "ab"] == [2, 1]


def test_few_values_are_all_shown_the_commonest_first_and_many_by_one():
    columns = named(*({"label": label, "text": f"text {number}"} for number, label in enumerate("abbb")))
    assert columns["label"].values == ("b", "a")
    assert columns["text"].values == ("text 0",)


def test_letters_with_their_accents_beside_them_are_one_value():
    columns = named(*({"label": label} for label in ("sch\u00f6n", "scho\u0308n", "gut")))
    assert columns["label"].values == ("sch\u00f6n", "gut")


def test_deep_rows_and_many_columns_are_cut():
    deep: dict[str, object] = {"x": "y" * 1_000_000}
    for _ in range(500):
        deep = {"a": deep}
    columns = columns_of_rows([deep, {"long": "z"} | {f"c{n}": n for n in range(5_000)}])
    assert len(columns) == 200
    assert columns[0].name == "a.a.a.a"


def test_long_labels_are_whole_and_those_that_begin_alike_are_two():
    labels = [f"The first answer is clearly better than the second answer {end}" for end in ("in all", "in part")]
    (column,) = columns_of_rows([{"won": label} for label in labels * 3])
    assert column.values == column.labels == tuple(labels)
    (texts,) = columns_of_rows([{"text": "z" * 201}, {"text": "z" * 201}])
    assert (texts.values, texts.labels) == (("z" * 201,), ())


@pytest.mark.parametrize(
    ("column", "ways"),
    [
        ("a.b", [("a.b",)]),
        ("c.d", [("c", "d")]),
        ("c.x.y", [("c", "x.y")]),
        ('c["x.y"]', [("c", "x.y")]),
        ("e[0].f", [("e", None, "f")]),
        ("e[7].f", []),
        ("none", []),
        ("=text", []),
        ("{c.d}\n{none} {e[0].f}", [("c", "d"), ("e", None, "f")]),
    ],
)
def test_declared_columns_lead_to_keys(column, ways):
    row = {"a.b": 1, "a": {"b": 2}, "c": {"d": 1, "x.y": 2}, "e": [{"f": 3}]}
    assert ways_of(row, column) == ways


def test_a_column_of_no_name_is_a_column_too():
    assert RowColumn(("", None, "a"), "text", 1, ()).name == "[].a"
