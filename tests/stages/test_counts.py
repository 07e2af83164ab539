"""What a build counts: as rows, and in words."""

from polypref.stages.counts import Funnel, FunnelRow, absent_languages, funnel_rows, no_prompt


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


def test_where_that_matches_nothing_is_named():
    funnel = [row("read", "skipped", "where_label", 4), row("read", "skipped", "where_label", 2, "ja")]
    assert no_prompt((), funnel) == (
        "no source has a usable prompt in any language; where of the sources leaves rows out by column 'label' 6: "
        "check the values that it allows"
    )
    assert no_prompt(["ja"], []).endswith("in ja; check languages (--languages) and the language columns")


def test_languages_and_rows_that_took_all_prompts_are_named():
    funnel = [
        row("read", "skipped", "language_not_asked_for", 4, "de"),
        row("read", "skipped", "language_not_asked_for", 9, "en"),
        row("read", "rejected", "empty_prompt", 2),
        row("read", "kept", "", 0),
    ]
    assert no_prompt(["he"], funnel) == (
        "no source has a usable prompt in he; rows are in en 9, de 4: ask for one of these (--languages); rows cannot "
        "be used (read empty_prompt 2): mend them or the columns that are declared"
    )
    unknown = [row("read", "skipped", "unknown_language", 7, "")]
    assert "; rows cannot be used (read unknown_language 7): mend them" in no_prompt(["he"], unknown)
    many = [
        row("read", "skipped", "language_not_asked_for", 1, tag) for tag in ("ar", "cs", "de", "el", "en", "es", "fa")
    ]
    assert "rows are in ar 1, cs 1, de 1, el 1, en 1, es 1 ...: ask" in no_prompt(["he"], many)
