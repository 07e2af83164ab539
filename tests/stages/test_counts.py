"""What a build counts: as rows, and in words."""

from polypref.stages.counts import Funnel, FunnelRow, absent_languages, funnel_rows


def row(stage: str, outcome: str, reason: str, rows: int, language: str = "he") -> FunnelRow:
    return FunnelRow(stage, "rows", language, outcome, reason, rows)


def test_a_funnel_s_rows_are_sorted_by_language_outcome_and_reason():
    funnel = Funnel({("ja", "kept", ""): 2, ("he", "rejected", "tie"): 1, ("he", "in", ""): 3, ("he", "kept", ""): 0})
    assert funnel_rows("pair", "rows", funnel) == [
        FunnelRow("pair", "rows", "he", "in", "", 3),
        FunnelRow("pair", "rows", "he", "kept", "", 0),
        FunnelRow("pair", "rows", "he", "rejected", "tie", 1),
        FunnelRow("pair", "rows", "ja", "kept", "", 2),
    ]


def test_a_language_of_which_no_stage_saw_a_row_is_absent():
    funnel = [row("read", "in", "", 3), row("read", "in", "", 0, "fr"), row("translate", "kept", "", 1, "ja")]
    assert absent_languages(("uk", "he", "fr", "ja"), funnel) == ["uk", "fr"]
    assert absent_languages(None, funnel) == []
