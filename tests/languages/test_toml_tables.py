"""A table of a language's file: values of their kind, and one sentence for others."""

import pytest

from polypref.errors import UserError
from polypref.languages.toml_tables import TomlTable


def test_values_by_kind():
    table = TomlTable({"a": "e\u0301", "b": ["x"], "c": "one two", "d": True, "e": 2}, "there")
    assert (table.text("a"), table.texts("b"), table.words("c"), table.flag("d", False)) == (
        "é",
        ("x",),
        ("one", "two"),
        True,
    )
    assert table.number("e") == 2 and table.number("f") is None and table.text("g", "z") == "z"
    table.end()


@pytest.mark.parametrize(
    ("read", "says"),
    [
        (lambda table: table.texts("a"), "there: a is 'x'; give a list of texts"),
        (lambda table: table.flag("a", True), "give true or false"),
        (lambda table: table.number("a"), "give a number above 0"),
        (lambda table: table.table("a"), "there: a is 'x', not a table"),
        (lambda table: table.end(), "there: unknown key 'a'"),
    ],
)
def test_another_kind_is_one_sentence(read, says):
    with pytest.raises(UserError) as error:
        read(TomlTable({"a": "x"}, "there"))
    assert says in str(error.value)
