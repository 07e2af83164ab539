"""Columns that are declared and that no row has: which these are, and the columns that there are."""

from typing import Any

import pytest

from polypref.layouts.absent_columns import DeclaredColumn, columns_there, declared_columns, has_column
from polypref.layouts.sources import Answer, Fields, Verdict


def named(declared: Fields) -> list[tuple[str, str, bool, str]]:
    return [(one.column, one.called, one.needed, one.each) for one in declared_columns(declared)]


def test_items_that_are_bare_values_have_no_columns():
    fields = Fields("q", (Answer("text"),), each="answers")
    (column,) = [one for one in declared_columns(fields) if one.column == "text"]
    row = {"q": "Q?", "answers": ["A.", "B."]}
    assert has_column(row, column) is False
    assert columns_there([row], column) == "the items of 'answers' are bare values; name one by '.', the item itself"
    (itself,) = [one for one in declared_columns(Fields("q", (Answer("."),), each="answers")) if one.each]
    assert has_column(row, itself) is True


def test_every_field_that_names_a_column_is_one_and_constants_and_names_of_models_are_none():
    answers = (Answer("chosen", model="aya", score="s.a", licence="mit"), Answer("rejected", model_column="who"))
    verdict = Verdict("people", "winner", first=("a",), second=("b",))
    assert named(Fields("{instruction}\n\n{input}", answers, language="=de", group="id", verdict=verdict)) == [
        ("instruction", "prompt of Fields", True, ""),
        ("input", "prompt of Fields", True, ""),
        ("chosen", "text of Answer", True, ""),
        ("s.a", "score of Answer", True, ""),
        ("rejected", "text of Answer", True, ""),
        ("who", "model_column of Answer", False, ""),
        ("id", "group of Fields", False, ""),
        ("winner", "column of Verdict", True, ""),
    ]


def test_columns_of_answers_in_a_list_stand_in_its_items():
    assert named(Fields("q", (Answer("text", score="rank"),), each="replies", language="lang")) == [
        ("q", "prompt of Fields", True, ""),
        ("replies", "each of Fields", True, ""),
        ("lang", "language of Fields", True, ""),
        ("text", "text of Answer", True, "replies"),
        ("rank", "score of Answer", True, "replies"),
    ]


def test_columns_of_verdicts_in_a_list_stand_in_its_items():
    verdict = Verdict("people", "value", first=("a",), each="votes", annotator="who")
    assert named(Fields("q", (Answer("a"), Answer("b")), verdict=verdict))[3:] == [
        ("votes", "each of Verdict", True, ""),
        ("value", "column of Verdict", True, "votes"),
        ("who", "annotator of Verdict", False, "votes"),
    ]


def test_columns_that_a_file_need_not_have_are_not_looked_for():
    declared = Fields("{q}\n{input}", (Answer("a"),), system="system", optional=("input", "system"))
    assert named(declared) == [("q", "prompt of Fields", True, ""), ("a", "text of Answer", True, "")]


@pytest.mark.parametrize(
    ("row", "column", "each", "there"),
    [
        ({"a": None}, "a", "", True),
        ({"a": {"b": [1]}}, "a.b[0]", "", True),
        ({"a": {"b": []}}, "a.b[0]", "", False),
        ({"b": 1}, "a", "", False),
        ({"l": [{"b": 1}, {"a": 1}]}, "a", "l", True),
        ({"l": [{"b": 1}]}, "a", "l", False),
        ({"l": []}, "a", "l", None),
        ({"l": None}, "a", "l", None),
        ({}, "a", "l", None),
    ],
)
def test_a_column_is_there_though_it_holds_nothing(row: dict[str, Any], column: str, each: str, there: bool | None):
    assert has_column(row, DeclaredColumn(column, "x", True, each)) is there


@pytest.mark.parametrize(
    ("column", "each", "sentence"),
    [
        ("prompt", "", "there are 'id', 'Prompt ', 'input', 'replies'; did you mean 'Prompt '?"),
        ("question", "", "there are 'id', 'Prompt ', 'input', 'replies'; did you mean 'input.question'?"),
        ("input.questoin", "", "there are 'input.question', 'input.lang'; did you mean 'input.question'?"),
        ("zzzz", "", "there are 'id', 'Prompt ', 'input', 'replies'; name it as the rows do"),
        ("txt", "replies", "the items of 'replies' have 'text', 'rank'; did you mean 'text'?"),
    ],
)
def test_the_columns_that_there_are_and_the_nearest(column: str, each: str, sentence: str):
    rows = [
        {"id": 1, "Prompt ": "x", "input": {"question": "x", "lang": "de"}, "replies": [{"text": "a"}]},
        {"id": 1, "replies": [{"rank": 1}]},
    ]
    assert columns_there(rows, DeclaredColumn(column, "x", True, each)) == sentence


def test_a_column_that_is_declared_is_not_meant_by_another():
    column = DeclaredColumn("sa", "score of Answer", True)
    declared = [DeclaredColumn("a", "text of Answer", True)]
    assert columns_there([{"a": 1, "score": 2}], column).endswith("did you mean 'a'?")
    assert columns_there([{"a": 1, "score": 2}], column, declared).endswith("name it as the rows do")
    in_items = [DeclaredColumn("a", "text of Answer", True, "replies")]
    assert columns_there([{"a": 1, "score": 2}], column, in_items).endswith("did you mean 'a'?")


def test_many_columns_and_none():
    many = columns_there([{f"c{n}": 1 for n in range(30)}], DeclaredColumn("x", "x", True))
    assert many.endswith("'c19' ...; name it as the rows do")
    assert columns_there([{}], DeclaredColumn("x", "x", True)).startswith("the rows have no columns at all; check")


def test_columns_of_verdicts_and_answers_with_a_list_of_their_own_stand_in_its_items():
    verdict = Verdict("people", "best", first=("a",), second=("b",), each="votes", annotator="who")
    assert sorted(named(Fields("q", (Answer("text", each="replies"),), verdict=verdict, occasion="talk"))) == [
        ("best", "column of Verdict", True, "votes"),
        ("q", "prompt of Fields", True, ""),
        ("replies", "each of Answer", True, ""),
        ("talk", "occasion of Fields", False, ""),
        ("text", "text of Answer", True, "replies"),
        ("votes", "each of Verdict", True, ""),
        ("who", "annotator of Verdict", False, "votes"),
    ]
    assert named(Fields("q", (Answer("a", score={"x": 1, "y.z": 2}),)))[2:] == [
        ("x", "score of Answer", True, ""),
        ("y.z", "score of Answer", True, ""),
    ]
