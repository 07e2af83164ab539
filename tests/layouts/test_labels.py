"""Labels as they are compared."""

import pytest

from polypref.errors import UserError
from polypref.layouts.labels import declared_labels


def test_labels_are_compared_as_text() -> None:
    assert declared_labels(["A", 1.0, " b ", True, None], "x") == ["A", "1", "b", "True", ""]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1, "1.0"], "a value of the verdict is written twice"),
        (["A", " A"], "a value of the verdict is written twice"),
        (["a\ud800"], "a label of the verdict is no text or number"),
    ],
)
def test_labels_that_cannot_be_told_apart_are_refused(values, message) -> None:
    with pytest.raises(UserError, match=message):
        declared_labels(values, "the verdict")
