"""Ids of rows: written, read back, and the blind order that they hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.review.cells import digest_of_cells
from polypref.review.row_ids import RowId, are_ids, read_row_id, row_id_of, swapped

ONE, X, Y = f"{1:032x}", "a" * 32, "b" * 32


def test_blind_order_shows_either_side_first_about_equally() -> None:
    share = sum(swapped(f"{n:032x}", 7) for n in range(2000)) / 2000
    assert 0.45 < share < 0.55
    assert [swapped(f"{n:032x}", 7) for n in range(50)] != [swapped(f"{n:032x}", 8) for n in range(50)]


@given(st.integers(0, 10**17), st.booleans(), st.lists(st.text(), max_size=4))
def test_an_id_comes_back_as_it_was_written(seed: int, named: bool, cells: list[str]) -> None:
    written = row_id_of(ONE, seed, *((X, Y) if named else ("mine", Y)), cells)
    assert written == RowId(ONE, seed, *((X, Y) if named else ("", "")), digest_of_cells(cells))
    assert read_row_id(f" {written} ") == written


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        (f"{ONE}-0", RowId(ONE, 0)),
        (f"{ONE}-7-{X}-{Y}", RowId(ONE, 7, X, Y)),
        (f"{ONE}-7-0123abcd", RowId(ONE, 7, shown="0123abcd")),
        (f"{ONE}-0-{X}", None),
        (f"{ONE}-0-{X}-{Y}-123", None),
        (f"{ONE}-{'9' * 19}", None),
        ("", None),
    ],
)
def test_ids_of_every_version_are_read_and_nothing_else(cell: str, read: RowId | None) -> None:
    assert read_row_id(cell) == read


def test_one_answer_is_no_two() -> None:
    assert are_ids(X, Y) and not are_ids(X, X) and not are_ids("=1", Y)
    assert RowId(ONE, 0, X, X).names_one_answer_twice and not RowId(ONE, 0).names_one_answer_twice
