"""The best of several answers, by its place, its label or its model."""

from itertools import product

import pytest

from polypref.errors import UserError
from polypref.layouts.sources import Answer, Best, Fields
from tests.layouts.interpreted import item_of


def better(names, value, answers=("x", "y", "z"), **settings):
    """Which answer is better than which, or why none is."""
    reading = Best("people", "best", names, **settings).read({"best": value}, "best", len(answers), answers)
    if reading.problem:
        return reading.problem
    return [(answers[one], answers[other]) for one, other, side in reading.preferred if side == "a"]


@pytest.mark.parametrize(
    ("names", "value"),
    [
        *(("from_0", 1), ("from_0", "1"), ("from_0", 1.0), ("from_1", 2), ("from_1", " 2.0 "), ("models", "y")),
        *((("A", "B", "C"), "B"), (("أ", "ب", "ج"), "ب"), ((True, "y", False), "y")),
    ],
)
def test_the_one_that_is_named_is_better_than_every_other(names, value):
    assert better(names, value) == [("y", "x"), ("y", "z")]


@pytest.mark.parametrize("names", ["from_0", "from_1"])
def test_every_place_names_its_own_answer(names):
    begin = int(names[-1])
    for count, best in product((2, 3, 4), range(4)):
        answers = "abcd"[:count]
        if best < count:
            assert better(names, best + begin, answers) == [
                (answers[best], one) for one in answers if one != answers[best]
            ]
        else:
            assert better(names, best + begin, answers)[0] == "unknown_verdict"


@pytest.mark.parametrize(
    ("names", "value", "detail"),
    [
        ("from_0", 3, "'3' of 3 answers (known: 0, 1, 2)"),
        ("from_1", 0, "'0' of 3 answers (known: 1, 2, 3)"),
        ("from_1", -1, "'-1' of 3 answers (known: 1, 2, 3)"),
        ("from_0", 0.5, "'0.5' of 3 answers (known: 0, 1, 2)"),
        ("models", "w", "'w' of 3 answers (known: x, y, z)"),
        (("A", "B", "C"), "D", "'D' of 3 answers (known: A, B, C)"),
        ("from_0", [1], "list"),
    ],
)
def test_what_names_no_answer_is_told_with_those_that_there_are(names, value, detail):
    assert better(names, value) == ("unknown_verdict", detail)


@pytest.mark.parametrize("value", [None, "", -1, "none"])
def test_nobody_judged(value):
    assert better("from_0", value, unjudged=(-1, "none")) == ("not_judged", "")


def test_two_models_of_one_name_cannot_be_told_apart():
    assert better("models", "x", ("x", "x", "z"))[0] == "two_answers_of_one_name"


def test_how_it_is_counted_must_be_written():
    with pytest.raises(UserError, match="names"):
        Best("people", "best")
    with pytest.raises(UserError, match="write one of"):
        Best("people", "best", "from_2")
    with pytest.raises(UserError, match="written twice"):
        Best("people", "best", ("A", "B"), unjudged=("A",))


def test_the_best_of_a_list_of_bare_texts():
    row = {"prompt": "Q?", "answers": ["A.", "B.", "C."], "best": 3}
    item = item_of(row, answers=(Answer("."),), each="answers", verdict=Best("people", "best", "from_1"))
    texts = {one["completion_id"]: one["text"] for one in item.completions}
    sides = {(texts[one["completion_a"]], texts[one["completion_b"]], one["preferred"]) for one in item.verdicts}
    assert sides == {("C.", "A.", "a"), ("C.", "B.", "a")}


def test_it_is_a_kind_of_verdict():
    assert Fields("q", (Answer("a"), Answer("b")), verdict=Best("people", "best", "from_0")).joins == {
        "people": "unanimous"
    }
