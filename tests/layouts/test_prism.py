"""PRISM's two files as one source; builders/prism.py has the whole build."""

import json

import pytest

from polypref.errors import UserError
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
    assert second.row["survey"] == {} and second.row["replies"] is None
    (beside,) = source.beside(tmp_path / "conversations.jsonl")
    assert beside.name == "survey.jsonl"


def test_a_survey_of_nobody_is_refused(tmp_path):
    source = prism(tmp_path, [])
    with pytest.raises(UserError, match=r"the survey of prism holds nobody"):
        list(source.lines(*source.files()))
