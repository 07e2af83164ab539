"""Rankings as data write them."""

import pytest

from polypref.files.cells import Bad
from polypref.layouts.rankings import MAX_TEXT, literal_in, ranking_in


@pytest.mark.parametrize(
    "value",
    [
        [["B"], ["A", "C"]],
        ["B", ["A", "C"]],
        '["B", ["A", "C"]]',
        "['B', ('A', 'C')]",
        "B > A = C",
        " B>>A=C ",
    ],
)
def test_a_ranking_is_a_list_of_places(value) -> None:
    assert ranking_in(value) == [["B"], ["A", "C"]]


@pytest.mark.parametrize(
    "value", ["B, A", "", 3, None, '{"A": 1, "B": 2}', "[" * 2_000, {"A": 1}, "x" * MAX_TEXT + ">"]
)
def test_what_is_no_list_is_no_ranking(value) -> None:
    with pytest.raises(Bad) as error:
        ranking_in(value)
    assert error.value.reason == "not_a_ranking"


def test_a_mapping_is_a_literal_too() -> None:
    assert literal_in('{"A": 1}') == {"A": 1} and literal_in("{'A': 1}") == {"A": 1}
