"""The funnel on a page: shares of what came in, the order of the lines, and which of them lead to rows."""

from collections import Counter
from types import SimpleNamespace

import pytest

from polypref.pages.funnel import funnel
from polypref.pages.rows import Sample
from polypref.stages.counts import FunnelRow

NO_ROWS = Sample([], Counter(), Counter(), "")


def check_of(*rows: tuple[str, str, str, int]) -> SimpleNamespace:
    """A funnel of the stage `check`: (outcome, reason, language, rows)."""
    return SimpleNamespace(
        funnel=[
            FunnelRow("check", "answers", language, outcome, reason, count) for outcome, reason, language, count in rows
        ]
    )


def test_lines_stand_by_outcome_then_rows_and_shares_are_of_what_came_in():
    record = check_of(
        ("in", "", "he", 30),
        ("in", "", "", 10),
        ("rejected_only", "flag", "he", 3),
        ("rejected", "short", "he", 4),
        ("rejected", "script", "he", 5),
        ("rejected", "script", "", 1),
        ("kept", "", "he", 21),
        ("kept", "", "", 9),
    )
    (stage,) = funnel(record, NO_ROWS)
    assert (stage.stage, stage.unit, stage.came) == ("check", "answers", 40)
    assert [(line.outcome, line.reason, line.rows, line.share, line.of_kept) for line in stage.lines] == [
        ("kept", "", 30, 0.75, False),
        ("rejected", "script", 6, 0.15, False),
        ("rejected", "short", 4, 0.1, False),
        ("rejected only", "flag", 3, 0.075, True),
    ]
    assert stage.lines[1].most == [("he", 5), ("und", 1)]


def test_without_a_count_of_what_came_in_it_is_what_went_on_and_what_was_left_out():
    (stage,) = funnel(check_of(("kept", "", "am", 6), ("joined", "", "am", 2), ("flagged", "cut", "am", 5)), NO_ROWS)
    assert stage.came == 8
    assert [line.share for line in stage.lines] == pytest.approx([0.75, 0.25, 0.625])


def test_only_a_line_whose_rows_the_page_holds_leads_to_them():
    held = Counter({("rejected", "check", "short", "he"): 2})
    (stage,) = funnel(
        check_of(("rejected", "short", "he", 4), ("rejected", "script", "he", 5)), Sample([], held, held, "")
    )
    assert [(line.reason, line.jump) for line in stage.lines] == [("script", ""), ("short", "check · short")]
