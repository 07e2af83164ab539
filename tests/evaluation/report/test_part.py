"""A table of a report: what a narrow screen has no room for."""

from polypref.evaluation.report.part import Part, cells_wide


def test_what_a_narrow_screen_leaves_out():
    part = Part("t", (), ("a", "b", "c"), (("1", "2", "3"),), numbers=2, wide=frozenset({1}))
    assert cells_wide(part, part.rows[0]) == [("1", False, False), ("2", False, True), ("3", True, False)]
