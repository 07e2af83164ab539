"""PRISM's two files as one source; builders/prism.py has the whole build."""

import json

import pytest

from polypref.errors import UserError
from polypref.files.cells import Bad
from polypref.layouts.fields import Fields
from polypref.layouts.prism import SURVEY_WITHOUT_USER, PrismFiles
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
    # Whoever reads a group of somebody whom the survey lacks counts it.
    assert second.row["survey"].reason == "not_in_survey" and second.row["replies"] is None
    (beside,) = source.beside(tmp_path / "conversations.jsonl")
    assert beside.name == "survey.jsonl"


def test_a_survey_of_nobody_is_refused(tmp_path):
    source = prism(tmp_path, [])
    with pytest.raises(UserError, match=r"the survey of prism holds nobody"):
        list(source.lines(*source.files()))


def test_rows_of_the_survey_that_are_nobodys_are_counted(tmp_path):
    survey = [{"user_id": "u1", "age": "18-24"}, {"age": "25-34"}, {"user_id": ["u1"]}, {"user_id": " "}]
    source = prism(tmp_path, survey)
    with (tmp_path / "survey.jsonl").open("a", encoding="utf-8") as file:
        file.write("no JSON\n")
    lines = list(source.lines(*source.files()))
    assert [line.row.reason for line in lines[:-2]] == [SURVEY_WITHOUT_USER] * 3 + ["not_json"]
    assert "survey.jsonl" in lines[0].where and lines[-2].row["survey"]["age"] == "18-24"


def test_a_turn_whose_person_is_no_name_has_no_survey(tmp_path):
    source = prism(tmp_path, [{"user_id": "u1", "age": "18-24"}])
    with (tmp_path / "conversations.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"user_id": ["u1"], "replies": []}) + "\n")
    assert [isinstance(line.row["survey"], Bad) for line in source.lines(*source.files())] == [False, True, True]


@pytest.mark.parametrize(
    ("survey", "sentence"),
    [
        (
            [{"user_id": "u1", "age": "18-24"}, {"user_id": "u1", "age": "65+"}],
            r"survey.jsonl:2: the survey of prism says two things of user_id 'u1'",
        ),
        ([{"user_id": "u7", "age": "18-24"}], r"has nobody of its conversations"),
    ],
)
def test_a_survey_that_does_not_say_who_somebody_is_is_refused(tmp_path, survey, sentence):
    source = prism(tmp_path, survey)
    with pytest.raises(UserError, match=sentence):
        list(source.lines(*source.files()))


@pytest.mark.parametrize(
    ("mark", "is_one"), [(1, True), (100, True), ("80", True), ("?", True), (101, False), (0, False), (-3, False)]
)
def test_a_mark_that_the_scale_does_not_have_is_none(tmp_path, mark, is_one):
    source = prism(tmp_path, [{"user_id": "u1"}])
    turn = {"user_id": "u1", "replies": [{"model_name": "m", "content": "x", "score": mark}]}
    (tmp_path / "conversations.jsonl").write_text(json.dumps(turn), "utf-8")
    ((reply,),) = (line.row["replies"] for line in source.lines(*source.files()))
    assert reply["score"] == mark if is_one else reply["score"].reason == "outside_1_to_100"
