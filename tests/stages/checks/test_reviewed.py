"""What people decided on a pair goes with it as a flag, and never rejects it."""

from polypref.stages.checks.reviewed import Reviewed


def test_a_decision_is_a_flag_of_its_own(pairs, outcomes):
    decisions = ("agreed", None, "relabelled", "undecided")
    assert outcomes(Reviewed(), pairs(*({"review": one} for one in decisions))) == [
        (0, "review_agreed"),
        (2, "review_relabelled"),
        (3, "review_undecided"),
    ]


def test_pairs_that_nobody_looked_at_carry_nothing(pairs, outcomes):
    assert outcomes(Reviewed(), pairs({}, {"review": None})) == []
