"""What a script says of columns."""

import pytest

from polypref.errors import UserError
from polypref.layouts.fields import Answer, Fields, Verdict


def test_wrong_types_are_one_sentence():
    with pytest.raises(UserError, match="score"):
        Answer("a", score=3)
    with pytest.raises(UserError, match="answers"):
        Fields("prompt", Answer("a"))


@pytest.mark.parametrize(
    "declare", [Answer, Fields, lambda column: Answer("a", score=column), lambda c: Verdict("r", c)]
)
def test_a_column_that_cannot_be_read_is_refused_when_it_is_declared(declare):
    with pytest.raises(
        UserError, match=r"\(\w+='\{a'\): the brace at character 1 is not closed; write \{COLUMN\}[^(]*$"
    ):
        declare("{a")


@pytest.mark.parametrize(
    ("fields", "one"),
    [
        (Fields("p", (Answer("a"),)), True),
        (Fields("p", (Answer("a"), Answer("b"))), False),
        (Fields("p", (Answer("a"),), each="answers"), False),
        (Fields("p", (Answer("a", each="answers"),)), False),
    ],
)
def test_a_row_of_one_answer_is_told_from_rows_that_compare(fields, one):
    assert fields.one_answer_a_row is one
