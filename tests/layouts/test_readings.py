"""What may be declared of several verdicts in one row."""

import pytest

from polypref.errors import UserError
from polypref.layouts.sources import Ranking, Scale, Verdict


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"column": ("w", "v", "w")}, "names a column twice"),
        ({"each": "votes"}, "name the column of the verdict within its items too"),
        ({"column": ("w", "v"), "annotator": "who"}, "several columns, each somebody's"),
        ({"column": ("w", "v"), "each": "votes"}, "several columns, each somebody's"),
        ({"column": ("w", "v"), "swapped": "x"}, "swapped is a second verdict beside one column"),
        ({"column": "w", "join": "most"}, "write one of unanimous, majority, each"),
    ],
)
def test_what_does_not_go_together_is_refused(settings, message) -> None:
    with pytest.raises(UserError, match=message):
        Verdict("people", **settings)
    if settings.get("column") and "swapped" not in settings:
        for kind in (Scale, Ranking):
            with pytest.raises(UserError, match=message):
                kind("people", **settings)
