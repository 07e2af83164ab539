"""PRISM's two files as one source; builders/prism.py has the whole build."""

import json

import pytest

from polypref.errors import UserError
from polypref.files.cells import Bad
from polypref.layouts.fields import Fields
from polypref.layouts.prism import PrismFiles
from polypref.layouts.sources import Files


def prism(tmp_path, survey):
    turn = {"user_id": "u1", "replies": [{"model_name": "m", "content": "x"}, {"model_name": "n", "content": "y"}]}
    for name, rows in (("conversations", [turn, turn | {"user_id": "u9", "replies": None}]), ("survey", survey)):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    conversations, people = (
        Files(str(tmp_path / f"{name}.jsonl"), Fields("user_id"), "prism", "1", "cc-by-4.0")
        for name in ("conversations", "survey")
    )
    return PrismFiles(conversations, people, Fields("user_id"), {"m": "apache-2.0"}, {})


def test_a_turn_has_what_the_survey_says_of_its_person_and_licences_of_its_answers(tmp_path):
    source = prism(tmp_path, [{"user_id": "u1", "age": "18-24"}])
    first, second = source.lines(*source.files())
    assert first.row["survey"] == {"user_id": "u1", "age": "18-24"}
    licences = [one["licence"] for one in first.row["replies"]]
    assert licences == ["cc-by-nc-4.0 AND apache-2.0", "cc-by-nc-4.0 AND unknown"]
    # Nobody of the survey; who reads a group of theirs counts it.
    assert isinstance(second.row["survey"], Bad) and second.row["survey"].reason == "not_in_survey"
    assert second.row["replies"] is None
    (beside,) = source.beside(tmp_path / "conversations.jsonl")
    assert beside.name == "survey.jsonl"


def test_a_survey_of_nobody_is_refused(tmp_path):
    source = prism(tmp_path, [])
    with pytest.raises(UserError, match=r"the survey of prism holds nobody"):
        list(source.lines(*source.files()))


def test_a_number_and_its_text_are_one_person(tmp_path):
    source = prism(tmp_path, [{"user_id": " u1 ", "age": "18-24"}, {"user_id": 9, "age": "65+"}])
    first, _ = source.lines(*source.files())
    assert first.row["survey"]["age"] == "18-24"
    rows = (tmp_path / "conversations.jsonl").read_text("utf-8").replace('"u9"', '"9"')
    (tmp_path / "conversations.jsonl").write_text(rows, "utf-8")
    assert [line.row["survey"]["age"] for line in source.lines(*source.files())] == ["18-24", "65+"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ('{"user_id": ["u2"]}', r"survey\.jsonl:2 of the survey has no user_id that can be read; mend the row"),
        ('{"age": "65+"}', r"survey\.jsonl:2 of the survey has no user_id"),
        ("{oops", r"survey\.jsonl:2 of the survey cannot be read \(.*\); mend the row, or take it out"),
        ('{"user_id": "u1", "age": "65+"}', r"survey\.jsonl:1 and .*survey\.jsonl:2 of the survey have one user_id"),
    ],
)
def test_a_row_of_the_survey_that_says_nothing_or_another_thing_is_named(tmp_path, row, message):
    source = prism(tmp_path, [{"user_id": "u1", "age": "18-24"}])
    with (tmp_path / "survey.jsonl").open("a", encoding="utf-8") as survey:
        survey.write(row + "\n")
    with pytest.raises(UserError, match=message):
        list(source.lines(*source.files()))


@pytest.mark.parametrize(
    ("mark", "is_one"), [(1, True), (100, True), ("80", True), (101, False), (0, False), (-3, False)]
)
def test_a_mark_that_the_scale_does_not_have_is_none(tmp_path, mark, is_one):
    source = prism(tmp_path, [{"user_id": "u1"}])
    turn = {"user_id": "u1", "replies": [{"model_name": "m", "content": "x", "score": mark}]}
    (tmp_path / "conversations.jsonl").write_text(json.dumps(turn), "utf-8")
    ((reply,),) = (line.row["replies"] for line in source.lines(*source.files()))
    assert reply["score"] == mark if is_one else reply["score"].reason == "outside_1_to_100"
