"""Which columns `polypref look` names for two answers and a verdict, and which it leaves to be named."""

import pytest

from polypref.files.cells import Bad, look_up
from polypref.layouts.compared_columns import ComparedColumns, compared_columns

TEXTS = ("Who was the first of them?", "It was Ada, they say.", "Nobody knows it any more.")


def rows_of(names, winner, labels, **more):
    """Rows with three texts and a verdict; each row has another number in its texts."""
    return [
        dict(zip(names, (f"{text} {n}" for text in TEXTS), strict=True)) | {winner: label} | more
        for n, label in enumerate(labels)
    ]


@pytest.mark.parametrize(
    ("names", "winner", "labels", "first", "second", "others"),
    [
        (("instruction", "response_a", "response_b"), "preference", "abe", ("a",), ("b",), ("e",)),
        (
            ("Question", "Answer 1", "Answer 2"),
            "Best",
            ["Answer 1", "both", "Answer 2"],
            *(("Answer 1",), ("Answer 2",), ("both",)),
        ),
        (("q", "left", "right"), "won", ["right", "left"], ("left",), ("right",), ()),
        (("prompt", "outputA", "outputB"), "winner", ["model_a", "B", "A"], ("model_a", "A"), ("B",), ()),
        (("پرسش", "پاسخ ۱", "پاسخ ۲"), "بهتر", [1, 2, 0], ("1",), ("2",), ("0",)),
        (("שאלה", "תשובה ראשונה", "תשובה שנייה"), "מי", ["ראשונה", "שנייה"], ("ראשונה",), ("שנייה",), ()),
    ],
)
def test_answers_that_differ_in_the_side_and_a_column_with_a_value_for_each(
    names, winner, labels, first, second, others
):
    rows = [Bad("not_an_object"), *rows_of(names, winner, labels)]
    assert compared_columns(rows) == ComparedColumns(*names, winner, first, second, others)


def test_who_judged_is_named_too():
    rows = rows_of(("ask", "a", "b"), "won", "AB", annotator="Noa")
    assert compared_columns(rows).options() == {
        "prompt": "ask", "a": "a", "b": "b", "winner": "won", "first": "A", "second": "B", "tie": "",
        "annotator": "annotator",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("labels", "more"),
    [
        (["better", "worse"], {}),  # whose words these are, nothing says
        (["It is a tie", "b"], {}),  # the article is no side
        (["a", "b"], {"second vote": "a"}),  # and in other rows b: two columns of verdicts
        (["a,b", "b", "a"], {}),  # a comma separates values in the option
    ],
)
def test_values_that_leave_it_open_are_left_to_be_named(labels, more):
    rows = rows_of(("ask", "a", "b"), "won", labels)
    for row, other in zip(rows, ["b", "a"], strict=False):
        row |= dict.fromkeys(more, other)
    named = compared_columns(rows)
    assert (named.prompt, named.a, named.b, named.winner) == ("ask", "a", "b", "")
    assert named.options()["first"] == named.options()["tie"] == "VALUES"


@pytest.mark.parametrize(
    "names",
    [("ask", "chosen", "rejected"), ("ask", "good a", "bad b"), ("a", "b", "left"), ("ask", "answer", "answer b")],
)
def test_names_that_do_not_differ_in_the_side_alone_are_not_named(names):
    named = compared_columns(rows_of(names, "won", "AB"))
    assert (named.a, named.b) == (("a", "b") if "left" in names else ("", ""))


def test_two_pairs_of_answers_are_left_to_be_named():
    rows = [
        row | {"model 1": "the first of models", "model 2": "another one"}
        for row in rows_of(("ask", "a", "b"), "won", "AB")
    ]
    assert compared_columns(rows) == ComparedColumns()


def test_a_name_that_looks_like_a_path_or_a_constant_is_quoted():
    rows = rows_of(("=question", "a", "b"), "won", "AB")
    prompt = compared_columns(rows).options()["prompt"]
    assert prompt != "=question" and look_up(rows[0], prompt) == rows[0]["=question"]
