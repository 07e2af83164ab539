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
