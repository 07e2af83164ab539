"""Conversations in rounds as rows."""

from typing import Any

import pytest

from polypref.errors import UserError
from polypref.files.cells import Bad
from polypref.files.readers import Line
from polypref.layouts.rounds import Rounds
from polypref.layouts.trees import TURNS, rows_of_trees

ROUNDS = Rounds("talk")


def asked(turn: Any, text: str) -> dict[str, Any]:
    return {"turn": turn, "role": "user", "content": text}


def answer(turn: Any, text: str, chosen: object = False, **more: Any) -> dict[str, Any]:
    return {"turn": turn, "role": "assistant", "content": text, "chosen": chosen, **more}


TALK = [
    asked(0, "Wo?"),
    answer(0, "Hier.", score=3),
    answer(0, "Dort.", chosen=True, score=9),
    asked(1, "Und wann?"),
    answer(1, "Jetzt.", chosen=True),
    answer(1, "Nie."),
]


def rows_of(talk: Any, rounds: Rounds = ROUNDS) -> list[tuple[str, Any]]:
    return list(rounds.rows({"talk": talk, "who": "u1"}))


def texts(turns: Any) -> list[str]:
    return [turn["content"] for turn in turns]


def test_each_round_is_a_row_behind_the_answers_that_were_chosen():
    (no_place, first), (place, second) = rows_of(TALK)
    assert (no_place, place) == ("", "1") and first["who"] == second["who"] == "u1"
    assert texts(first[TURNS]) == ["Wo?"] and texts(first["replies"]) == ["Hier.", "Dort."]
    assert texts(second[TURNS]) == ["Wo?", "Dort.", "Und wann?"] and texts(second["replies"]) == ["Jetzt.", "Nie."]
    assert [one.get("score") for one in first["replies"]] == [3, 9]


def test_other_names_and_texts_that_stand_for_nothing():
    rounds = Rounds("a.b", "round", "kept", "by", ("bot",), ("EMPTY",), "says")
    talk = [
        {"round": 1, "by": "me", "says": "Wo?"},
        {"round": 1, "by": "bot", "says": "EMPTY", "kept": 0},
        {"round": 1, "by": "bot", "says": "Hier.", "kept": 1},
    ]
    ((_, only),) = rounds.rows({"a": {"b": talk}})
    assert not isinstance(only, Bad) and [one["says"] for one in only["replies"]] == ["", "Hier."]


def test_a_round_without_answers_at_the_end_is_no_row():
    assert [place for place, _ in rows_of([*TALK, asked(2, "Warum?")])] == ["", "1"]


@pytest.mark.parametrize(
    ("talk", "reason"),
    [
        (None, "messages_not_a_list"),
        ("Wo?", "messages_not_a_list"),
        (["Wo?"], "message_not_an_object"),
        ([{"role": "user", "content": "Wo?"}], "message_without_round"),
        ([answer(0, "Hier.")], "round_without_one_question"),
        ([asked(0, "Wo?"), asked(0, "Wer?"), answer(0, "Hier.")], "round_without_one_question"),
        ([asked(0, "Wo?")], "no_answer_in_tree"),
        ([], "no_answer_in_tree"),
    ],
)
def test_what_is_no_conversation_says_why(talk, reason):
    (line,) = rows_of_trees([Line("a:1", {"talk": talk})], ROUNDS)
    assert isinstance(line.row, Bad) and (line.row.reason, line.where) == (reason, "a:1")


@pytest.mark.parametrize("chosen", [(True, True), (False, False), (None, "no"), ([1], {"yes": 1})])
def test_behind_a_round_of_which_not_one_answer_was_chosen_nothing_is_read(chosen):
    talk = [asked(0, "Wo?"), *(answer(0, text, one) for text, one in zip("ab", chosen, strict=True)), *TALK[3:]]
    lines = list(rows_of_trees([Line("a:1", {"talk": talk}), Line("a:2", Bad("not_json"))], ROUNDS))
    assert [(line.where, isinstance(line.row, Bad)) for line in lines] == [
        ("a:1", False), ("a:1 round 1", True), ("a:2", True),
    ]  # fmt: skip
    assert isinstance(lines[1].row, Bad) and lines[1].row.reason == "round_without_one_choice"


@pytest.mark.parametrize("wrong", [{"messages": ""}, {"chosen": ""}, {"answered_by": ()}])
def test_rounds_without_names_are_refused(wrong):
    with pytest.raises(UserError, match="Rounds"):
        Rounds(**({"messages": "talk"} | wrong))
