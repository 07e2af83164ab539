"""Groups of who judged as slices of an evaluation: whose battle it is, and what too few share is `other`."""

import json

import pytest

from polypref.errors import UserError
from polypref.evaluation.battles import of_games
from polypref.evaluation.inputs.people_slices import groups_asked_for, values_by_prompt
from polypref.layouts.games import FieldsLayout
from polypref.layouts.named import layout_of_keys

FIELDS = {
    "prompt": "q",
    "answers": [{"text": "a", "model_column": "m1"}, {"text": "b", "model_column": "m2"}],
    "verdict": {"rater": "people", "column": "w", "first": ["A"], "second": ["B"], "annotator": "who"},
    "annotator_groups": {"age": "of.age", "city": "of.city"},
}


def person(name, age, city="x"):
    groups = [{"group": "age", "value": age}, {"group": "city", "value": city}]
    return {"prompt_id": "", "person": name, "groups": groups, "annotator": name, "occasion": None}


def test_a_prompt_has_the_value_that_all_have_who_judged_it() -> None:
    young, old = ([person(f"{age} {n}", age) for n in range(5)] for age in ("young", "old"))
    judges = {("hi", f"p{n}"): [young[n]] for n in range(5)} | {("hi", f"q{n}"): [old[n]] for n in range(5)}
    judges["hi", "both"] = [young[0], old[0]]
    values = values_by_prompt(judges, ["age", "city"])
    assert values["hi", "p0"] == {"age": "young", "city": "x"} and values["hi", "both"] == {"city": "x"}


def test_what_four_share_is_other_and_so_is_all_of_four_people() -> None:
    people = [person(str(n), "young" if n < 9 else "old") for n in range(13)]
    judges = {("hi", f"p{n}"): [one] for n, one in enumerate(people)}
    judges |= {("he", f"p{n}"): [one] for n, one in enumerate(people[:4])}
    values = values_by_prompt(judges, ["age"])
    # Four old people are too few, and take the nine young ones with them.
    assert {one["age"] for one in values.values()} == {"other"}
    judges |= {("hi", "p13"): [person("13", "old")]}
    values = values_by_prompt(judges, ["age"])
    assert [values["hi", f"p{n}"]["age"] for n in (0, 9, 13)] == ["young", "old", "old"]
    assert {values["he", f"p{n}"]["age"] for n in range(4)} == {"other"}


def test_of_two_values_of_one_person_neither_counts() -> None:
    judges = {("hi", f"p{n}"): [person(str(n % 6), "young" if n else "old")] for n in range(12)}
    assert {one["age"] for one in values_by_prompt(judges, ["age"]).values()} == {"other"}


def test_battles_are_sliced_by_the_groups_that_a_layout_names(tmp_path) -> None:
    rows = [
        {"q": f"Frage {n}?", "a": "Ja.", "b": "Nein.", "m1": "x", "m2": "y", "w": "A" if n % 2 else "B"}
        | {"who": f"person {n % 10}", "of": {"age": "young" if n % 2 else "old", "city": f"{n % 10}"}}
        for n in range(40)
    ]
    path = tmp_path / "votes.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    layout = FieldsLayout(layout_of_keys({"fields": FIELDS}, "mine", "layout"), "de")
    given = of_games(path, layout, (), "votes", slices=("age", "city", "of.city"))
    ages = {one["prompt_id"]: one["value"] for one in given.traits.to_pylist() if one["column"] == "age"}
    for row in given.battles.to_pylist():
        first_won = row["orders"][0]["score"] == 1
        assert ages[row["prompt_id"]] == ("young" if first_won == (row["model"] == "x") else "old")
    # Each city is one person's, also where the column is asked for that states it.
    assert {one["value"] for one in given.traits.to_pylist() if one["column"] in ("city", "of.city")} == {"other"}
    with pytest.raises(UserError, match=r"'who' names who judged, and a report names nobody"):
        of_games(path, layout, (), "votes", slices=("who",))


def test_groups_are_asked_for_by_their_names_and_by_their_columns() -> None:
    fields = layout_of_keys({"fields": FIELDS}, "mine", "layout").fields
    assert groups_asked_for(fields, ("of.age", "city", "q")) == {"of.age": "age", "city": "city"}
    plain = layout_of_keys({"fields": {key: FIELDS[key] for key in ("prompt", "answers")}}, "mine", "layout").fields
    assert groups_asked_for(plain, ("of.age", "who")) == {}
