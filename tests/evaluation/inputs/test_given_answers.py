"""Answers as files hold them: the last turn, the one of several forms, or why there is none."""

import pytest

from polypref.evaluation.inputs.given_answers import last_answer, usable
from polypref.files.cells import Bad

ASKED = {"role": "user", "content": "Wo?"}
ANSWERED = {"role": "assistant", "content": "Dort."}


@pytest.mark.parametrize(
    ("cell", "before", "answer"),
    [
        (None, [], None),
        (" Dort. ", [], " Dort. "),
        ([ASKED, ANSWERED], [ASKED], "Dort."),
        ([{"turns": [{"content": "Dort."}]}], [], "Dort."),
        ([{"turns": [{"value": "Dort."}]}], [], "Dort."),
        ([{"turns": [{"content": {"answer": "Dort."}}]}], [], "Dort."),
        (["Dort."], [], "Dort."),
    ],
)
def test_forms_of_the_field(cell, before, answer):
    assert last_answer(cell) == (before, answer)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (3, "not_text"),
        ([], "not_text"),
        ([{"turns": []}], "not_text"),
        ([{"turns": ["a", "b"]}], "several_turns"),
        (["Wo?", "Dort."], "turns_without_roles"),
        ([3], "not_text"),
    ],
)
def test_cells_that_hold_no_answer(cell, reason):
    with pytest.raises(Bad) as bad:
        last_answer(cell)
    assert bad.value.reason == reason


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dort.", ("Dort.", "")),
        (" \n", ("", "empty_answer")),
        ("\ud800", ("", "lone_surrogate")),
        ("Dort.<|im_end|>", ("Dort.", "")),
        ("Do<|im_start|>rt.", ("", "chat_template_token")),
    ],
)
def test_a_text_is_usable_or_says_why_not(text, expected):
    assert usable(text) == expected
