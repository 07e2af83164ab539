"""The type of what names a column, and which columns a declaration names."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest

from polypref.errors import UserError
from polypref.layouts.columns import Column, NamedColumn, check_columns, named_columns
from polypref.layouts.items import Items
from polypref.layouts.sources import Answer, Fields, Files, Verdict
from polypref.layouts.trees import Tree
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


def test_the_columns_of_a_declaration_are_those_of_its_type_and_no_other_texts():
    fields = Fields(
        "{instruction}\n\n{input}",
        (Answer("a", model="one", model_column="who", rater="people"), Answer("b", licence="mit")),
        language="=de",
        verdict=Verdict("people", "winner", first=("a",), second=("b",), swapped="again"),
        roles={"bot": "assistant"},
    )
    assert [(one.field, one.column) for one in named_columns(fields)] == [
        ("prompt", "{instruction}\n\n{input}"),
        ("answers[0].text", "a"),
        ("answers[0].model_column", "who"),
        ("answers[1].text", "b"),
        ("language", "=de"),
        ("verdict.column", "winner"),
        ("verdict.swapped", "again"),
    ]


def test_columns_of_answers_are_looked_for_in_the_items_of_each():
    fields = Fields("prompt", (Answer("text", score="rank"),), each="replies", group="id")
    assert list(named_columns(fields)) == [
        NamedColumn("prompt", "prompt", "Fields"),
        NamedColumn("each", "replies", "Fields"),
        NamedColumn("group", "id", "Fields"),
        NamedColumn("answers[0].text", "text", "Answer", "replies"),
        NamedColumn("answers[0].score", "rank", "Answer", "replies"),
    ]


@dataclass(frozen=True)
class Votes:
    column: Column
    annotator: Column | None = None
    each: Column | None = None


def test_columns_beside_each_are_looked_for_in_its_items():
    assert list(named_columns(Votes("winner", "who", "votes"))) == [
        NamedColumn("each", "votes", "Votes"),
        NamedColumn("column", "winner", "Votes", "votes"),
        NamedColumn("annotator", "who", "Votes", "votes"),
    ]


def test_of_a_list_with_conditions_the_columns_stand_in_its_items_and_of_lists_side_by_side_nowhere():
    verdict = Verdict("people", "won", first=("a",), each=Items(("votes",), where={"ok": True}), annotator="who")
    fields = Fields("q", (Answer("a"),), each="answers", verdict=verdict)
    assert [(one.field, one.column, one.each) for one in named_columns(fields)] == [
        ("prompt", "q", ""),
        ("each", "answers", ""),
        ("verdict.each.lists[0]", "votes", ""),
        ("answers[0].text", "a", "answers"),
        ("verdict.column", "won", "votes"),
        ("verdict.each.where", "ok", "votes"),
        ("verdict.annotator", "who", "votes"),
    ]
    lists = Items(("v", "u"), where={"[1]": "x"})
    assert [one.column for one in named_columns(replace(verdict, each=lists, column="[0]", annotator="[1]"))] == [
        "v",
        "u",
    ]


@pytest.mark.parametrize(
    ("field", "use"), [("answers[0].text", "text"), ("verdict.column[2]", "column"), ("prompt", "prompt")]
)
def test_the_use_of_a_column_is_its_field_alone(field, use):
    assert NamedColumn(field, "x", "Fields").use == use


@pytest.mark.parametrize(
    ("columns", "named"), [("a", ["a"]), (("a", "b"), ["a", "b"]), ({"a": "x", "b": "y"}, ["a", "b"]), (None, [])]
)
def test_columns_are_known_in_every_form_that_a_field_may_take(columns, named):
    assert [one.column for one in named_columns(Declared(columns))] == named


def test_columns_that_are_named_elsewhere_are_checked_too():
    check_columns("layout", ["a", "a[0].b", "=x", "{a} {b}", ""])
    with pytest.raises(UserError) as error:
        check_columns("layout", ["a", "{" + "b" * 100])
    assert str(error.value).startswith("layout: column '{" + "b" * 59 + "'...: the brace at character 1 is not closed;")


def test_a_path_to_the_rows_is_checked_and_is_no_column_of_theirs():
    source = Files("x.json", Fields("prompt"), "s", "1", "mit", records="data[0].rows", tree=Tree(root="prompt"))
    assert [one.column for one in named_columns(source)] == ["prompt"]
    with pytest.raises(UserError, match=r"Files\(records='\{a'\): the brace at character 1 is not closed"):
        replace(source, records="{a")


def test_what_is_no_text_names_no_column():
    with pytest.raises(UserError, match=r"^layout: a column is named by a text, not \['x'\]; quote it"):
        check_columns("layout", [["x"]])  # type: ignore[list-item]
