"""Verdicts whose labels mean one thing."""

import pytest

from polypref.errors import UserError
from polypref.files.cells import Bad
from polypref.layouts.verdicts import Verdict


def test_a_label_names_its_side_whatever_its_type():
    verdict = Verdict("people", "w", first=("A", 1), second=("B",), tie=(0,))
    assert [verdict.side(value) for value in ("A", 1, 1.0, "1", "B", 0, "0", "C", None)] == [
        "a", "a", "a", "a", "b", "tie", "tie", None, None,
    ]  # fmt: skip
    with pytest.raises(Bad):
        verdict.side(["A"])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"first": ("A",)}, "has labels or a second verdict but no column"),
        ({"swapped": "v"}, "has labels or a second verdict but no column"),
        ({"column": "w", "swapped_names_position": True}, "speaks of a second verdict; name swapped"),
        ({"column": "w", "first": (1,), "second": ("1",)}, "is written twice"),
        ({"column": "w", "first": ("A", "A")}, "is written twice"),
        ({"column": "w", "first": ("a\ud800",)}, "a label of verdict 'people' is no text or number"),
    ],
)
def test_a_verdict_that_means_nothing_is_refused(settings, message):
    with pytest.raises(UserError, match=message):
        Verdict("people", **settings)


def test_a_column_without_labels_is_undeclared():
    assert Verdict("people", "w").undeclared and Verdict("people", "w", tie=("T",)).undeclared
    assert not Verdict("people").undeclared and not Verdict("people", "w", second=("B",)).undeclared


NAMED = Verdict("people", "winner", tie=("tie",), names_models=True)


@pytest.mark.parametrize(
    ("winner", "models", "preferred"),
    [
        ("gpt", ("gpt", "aya"), "a"),
        ("gpt", ("aya", "gpt"), "b"),
        ("aya", ("aya", "gpt"), "a"),
        ("tie", ("aya", "gpt"), "tie"),
    ],
)
def test_a_name_of_a_model_names_its_answer_wherever_that_stands(winner, models, preferred):
    reading = NAMED.read({"winner": winner}, "winner", 2, models)
    assert reading.preferred == ((0, 1, preferred),) and not reading.problem


@pytest.mark.parametrize(
    ("winner", "models", "reason"),
    [("other", ("aya", "gpt"), "unknown_verdict"), ("aya", ("aya", "aya"), "models_of_one_name")],
)
def test_a_name_that_tells_no_answer_is_no_verdict(winner, models, reason):
    reading = NAMED.read({"winner": winner}, "winner", 2, models)
    assert reading.unreadable and reading.problem is not None and reading.problem[0] == reason


def test_a_label_that_is_the_other_answers_model_is_not_taken_for_a_place():
    verdict = Verdict("people", "winner", first=("gpt",), second=("aya",))
    assert verdict.read({"winner": "gpt"}, "winner", 2, ("gpt", "aya")).preferred == ((0, 1, "a"),)
    reading = verdict.read({"winner": "gpt"}, "winner", 2, ("aya", "gpt"))
    assert reading.unreadable and reading.problem == (
        "label_names_the_other_model",
        "'gpt' is the model of the other answer",
    )
    # Where both answers are by one model, or nothing tells the models, labels are labels.
    assert verdict.read({"winner": "gpt"}, "winner", 2, ("gpt", "gpt")).preferred == ((0, 1, "a"),)
    assert verdict.read({"winner": "gpt"}, "winner", 2, ()).preferred == ((0, 1, "a"),)


@pytest.mark.parametrize(
    "wrong", [{"first": ("a",)}, {"second": ("b",)}, {"column": None}, {"swapped": "w", "swapped_names_position": True}]
)
def test_names_of_models_go_with_no_places(wrong):
    with pytest.raises(UserError, match="names_models says that the column holds names of models"):
        Verdict(**{"rater": "people", "column": "winner", "names_models": True} | wrong)


@pytest.mark.parametrize(("value", "side"), [("m\u00f6we", "a"), ("mo\u0308we", "a"), (2, "b"), ("2.0", "b")])
def test_a_name_of_a_model_is_compared_as_labels_are(value, side):
    reading = NAMED.read({"winner": value}, "winner", 2, ("mo\u0308we", "2"))
    assert reading.preferred == ((0, 1, side),)
