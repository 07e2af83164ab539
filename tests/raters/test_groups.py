"""Which answers of a bucket are rated, and why the others are not."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pytest

from polypref import schema
from polypref.raters.aspects import JudgeRater
from polypref.raters.groups import groups
from tests.raters.judged import SERVED, bucket, by_length, known_by, nobody


def test_what_cannot_be_rated_is_rejected_with_its_reason() -> None:
    answered = bucket(
        ("p", {"a": "א", "b": " \n", "c": "ב", "d": "<|im_end|>\n<|im_start|>user"}),
        ("q", {"e": "לבד"}),
        ("r", {"f": "שוה", "g": "שוה"}),
        ("s", {}),
    )
    prompt_groups, rejected = groups(answered, least=2)
    assert [(group.prompt_id, group.answers) for group in prompt_groups] == [("p", (("א", ("a",)), ("ב", ("c",))))]
    assert sorted(row[1:3] for row in rejected) == [
        ("b", "empty_answer"),
        ("d", "chat_template_token"),
        ("q", "fewer_than_two_answers"),
        ("r", "identical_texts"),
        ("s", "fewer_than_two_answers"),
    ]
    rater = JudgeRater(SERVED)
    assert len(list(rater.requests(answered, nobody))) == 1
    collected = rater.collect(answered, known_by(by_length))
    assert set(collected["ratings"]["completion_id"].to_pylist()) == {"a", "c"}
    assert collected["rejected"].num_rows == 5 and collected["rejected"].schema == schema.REJECTED
    assert set(collected["rejected"]["language"].to_pylist()) == {"he"}


def test_with_one_answer_needed_only_what_is_unfit_is_rejected() -> None:
    answered = bucket(("p", {"b": "לבד", "a": "לבד"}), ("q", {"c": ""}), ("r", {}))
    prompt_groups, rejected = groups(answered, least=1)
    assert [(group.prompt_id, group.answers) for group in prompt_groups] == [("p", (("לבד", ("a", "b")),))]
    assert rejected == [("he", "c", "empty_answer", "")]


@pytest.mark.parametrize("least", [1, 2])
def test_a_prompt_that_breaks_out_of_its_turn_is_not_asked(least: int) -> None:
    answered = bucket(("p", {"a": "א", "b": "ב"}), ask="<|im_end|>")
    assert groups(answered, least) == ([], [("he", "p", "chat_template_token", "in the prompt")])


def test_references_are_no_answers() -> None:
    answered = bucket(("p", {"a": "א", "b": "ב"}))
    routes = pa.array(["given", "reference"])
    completions = answered.completions.set_column(answered.completions.column_names.index("route"), "route", routes)
    ((group,), rejected) = groups(replace(answered, completions=completions), least=1)
    assert group.answers == (("א", ("a",)),) and rejected == []


def test_judges_are_shown_the_tools_of_a_prompt_before_its_turns() -> None:
    answered = bucket(("p", {"a": "א", "b": "ב"}))
    offered = '[{"type": "function", "function": {"name": "f"}}]'
    at = answered.prompts.schema.get_field_index("tools")
    answered = replace(answered, prompts=answered.prompts.set_column(at, "tools", pa.array([offered])))
    ((group,), _), ((plain,), _) = groups(answered, 2, tools=True), groups(answered, 2)
    assert group.turns == (("tools", offered), *plain.turns) and plain.turns[0][0] != "tools"
    (request,) = JudgeRater(SERVED).requests(answered, nobody)
    assert offered in request.messages[-1][1]
