"""What a script says of columns."""

import pytest

from polypref.errors import UserError
from polypref.layouts.fields import Answer, Fields


def test_wrong_types_are_one_sentence():
    with pytest.raises(UserError, match="score"):
        Answer("a", score=3)
    with pytest.raises(UserError, match="answers"):
        Fields("prompt", Answer("a"))
