"""What a build counts: as rows, and in words."""

from polypref.stages.counts import Funnel, FunnelRow, absent_languages, funnel_rows, no_prompt, why_lost


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
    first = {"read score_not_a_number": "first at a.csv:2: '4,5'", "read tie": "never"}
    assert why_lost(funnel, examples=first).endswith("read score_not_a_number 7 (first at a.csv:2: '4,5')")
    assert why_lost([row("read", "kept", "", 9)]) == ""


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


def test_where_that_matches_nothing_is_named():
    funnel = [row("read", "skipped", "where_label", 4), row("read", "skipped", "where_label", 2, "ja")]
    assert no_prompt((), funnel) == (
        "no source has a usable prompt in any language; where of the sources leaves rows out by column 'label' 6: "
        "check the values that it allows"
    )
    assert no_prompt(["ja"], []).endswith("in ja; check languages (--languages) and the language columns")
