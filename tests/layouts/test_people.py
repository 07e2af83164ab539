"""Who judged a row, and the groups that it states of them."""

import re
from typing import Any

import pytest

from polypref.errors import UserError
from polypref.layouts.rows import interpret_row
from polypref.layouts.sources import Answer, Fields, Files, Verdict
from polypref.layouts.tables import Item
from polypref.layouts.votes import pseudonym

TWO = (Answer("a", score="sa"), Answer("b", score="sb"))
WON = Verdict("people", "w", ("A",), ("B",), annotator="who", join="each")
GROUPS = {"age": "age", "region": "of.region"}
ROW = {"q": "Why?", "a": "So.", "b": "No.", "sa": 1, "sb": 2, "w": "A", "who": "Ada", "talk": "t1", "age": 34}


def read(row: dict[str, Any], **fields: Any) -> Item:
    declared = Fields("q", fields.pop("answers", TWO), **fields)
    return interpret_row(row, Files("x", declared, "src", "1", "cc0-1.0", language="en"), None, "salt")


def test_a_verdict_brings_the_groups_of_who_judged() -> None:
    item = read(ROW | {"of": {"region": " East  Asia "}}, verdict=WON, annotator_groups=GROUPS)
    (person,) = item.people
    assert person["person"] == person["annotator"] == item.verdicts[0]["annotator"] == pseudonym("salt", "src", "Ada")
    assert person["groups"] == [{"group": "age", "value": "34"}, {"group": "region", "value": "East Asia"}]
    assert person["occasion"] is None and "Ada" not in str(person)


def test_scores_bring_who_gave_them_and_on_which_occasion() -> None:
    item = read(ROW, annotator="who", occasion="talk", annotator_groups=GROUPS)
    (person,) = item.people
    assert person["person"] == pseudonym("salt", "src", "Ada") and person["annotator"] is None
    assert person["occasion"] == item.ratings[0]["occasion"] == pseudonym("salt", "src", "t1")
    assert person["groups"][1] == {"group": "region", "value": None}


@pytest.mark.parametrize("row", [{"who": ""}, {"sa": None, "sb": None}], ids=["nobody", "no scores"])
def test_nobody_is_added_where_nobody_scored(row: dict[str, Any]) -> None:
    assert read(ROW | row, annotator="who", occasion="talk").people == []


def test_what_is_no_label_is_counted_and_states_nothing() -> None:
    item = read(ROW | {"age": "a" * 61, "of": {"region": ["x"]}}, verdict=WON, annotator_groups=GROUPS)
    assert [one["value"] for one in item.people[0]["groups"]] == [None, None] and item.unreadable
    assert item.problems == [("annotator_group_no_label", "age"), ("annotator_not_text", "region")]
    assert len(item.verdicts) == 1


@pytest.mark.parametrize("value", ["\u202eTehran\u202c", "Teh\u200bran ", "\ufeffTehran", "\u200f Tehran"])
def test_values_that_read_alike_are_one(value: str) -> None:
    item = read(
        ROW | {"age": value, "of": {"region": "\u06a9\u062a\u0627\u0628\u200c\u0647\u0627"}},
        verdict=WON,
        annotator_groups=GROUPS,
    )
    # A joiner is part of how a word is spelt.
    assert [one["value"] for one in item.people[0]["groups"]] == [
        "Tehran",
        "\u06a9\u062a\u0627\u0628\u200c\u0647\u0627",
    ]


def test_an_address_is_no_value_of_a_group() -> None:
    row = ROW | {"age": "o.kowalska@poczta.pl", "of": {"region": "18-24"}}
    item = read(row, verdict=WON, annotator_groups=GROUPS)
    assert [one["value"] for one in item.people[0]["groups"]] == [None, "18-24"]
    assert item.problems == [("annotator_group_no_label", "age")]


SIDES = (Answer("a", side="chosen"), Answer("b", side="rejected"))
EACH = Verdict("people", "w", ("A",), ("B",), each="votes", annotator="who")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"annotator_groups": GROUPS}, "nothing says whose groups they are"),
        ({"verdict": Verdict("people", "w", ("A",), ("B",)), "annotator_groups": GROUPS}, "nothing says whose groups"),
        ({"annotator": "who"}, "scores of several people are no comparison"),
        ({"annotator": "who", "occasion": "=all"}, "scores of several people are no comparison"),
        ({"annotator": "who", "verdict": WON}, "a verdict names who judged itself"),
        ({"annotator": "who", "occasion": "talk", "answers": SIDES}, "sides and edits of several people"),
        ({"verdict": EACH, "annotator_groups": GROUPS}, "a row holds the verdicts of several people"),
        ({"verdict": WON, "annotator_groups": {"a\nb": "age"}}, "is no name of a group"),
        ({"verdict": WON, "annotator_groups": {"a" * 41: "age"}}, "is no name of a group"),
    ],
)
def test_a_declaration_that_says_too_little_is_refused(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=re.escape(words)):
        Fields("q", **({"answers": TWO} | fields))


def test_sources_without_people_add_nobody() -> None:
    assert read(ROW, verdict=WON).people == [] and read(ROW).people == []
