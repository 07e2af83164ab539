"""What a build counts, told in words."""

from polypref.stages.counts import FunnelRow, why_lost


def row(stage: str, outcome: str, reason: str, rows: int, language: str = "he") -> FunnelRow:
    return FunnelRow(stage, "rows", language, outcome, reason, rows)


def test_what_took_most_of_what_was_left_out_comes_first_over_all_languages():
    funnel = [
        row("read", "kept", "", 900),
        row("read", "rejected", "empty_prompt", 1_200),
        row("read", "part_rejected", "score_not_a_number", 7),
        row("pair", "rejected", "tie", 800),
        row("pair", "rejected", "tie", 700, "ja"),
        row("balance", "skipped", "in_no_mixture", 3),
        row("filter", "flagged", "repetition", 5_000),
    ]
    assert why_lost(funnel) == "pair tie 1,500, read empty_prompt 1,200, read score_not_a_number 7"
    assert why_lost(funnel, 1) == "pair tie 1,500"
    assert why_lost([row("read", "kept", "", 9)]) == ""
