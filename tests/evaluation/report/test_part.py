"""A table of a report: what a narrow screen has no room for."""

from polypref.evaluation.report.part import AVERAGE, Part, cells_wide


def test_a_row_that_is_an_average_says_so_where_no_numbers_are():
    part = Part("t", (), ("a", "b", "c"), (), numbers=2)
    assert [part.is_average(row) for row in (("x", AVERAGE, "1"), (AVERAGE, "", "1"), ("x", "y", AVERAGE))] == [
        True, True, False
    ]  # fmt: skip


def test_what_a_narrow_screen_leaves_out():
    part = Part("t", (), ("a", "b", "c"), (("1", "2", "3"),), numbers=2, wide=frozenset({1}))
    assert cells_wide(part, part.rows[0]) == [("1", False, False), ("2", False, True), ("3", True, False)]
