"""What a rater would have chosen without the checks."""

from polypref.stages.counts import FunnelRow
from polypref.stages.first_choices import first_choices

ENGLISH, CUT = "language: answer_in_another_language", "truncated_answers: answer_cut"


def row(language: str, outcome: str, rows: int, reason: str = "") -> FunnelRow:
    return FunnelRow("pair", "prompts", language, outcome, reason, rows)


def test_the_share_of_prompts_whose_first_choice_fell_by_language():
    rows = [
        row("de", "first_choice", 8),
        row("de", "first_choice_fell", 2, ENGLISH),
        row("he", "first_choice", 10),
        row("he", "first_choice_fell", 1, CUT),
        row("he", "first_choice_fell", 4, ENGLISH),
        row("ja", "first_choice", 9),
        row("ja", "rejected", 9, "tie"),
    ]
    hebrew, german = first_choices(rows)
    assert (hebrew.language, hebrew.prompts, hebrew.fell, hebrew.share) == ("he", 10, 5, 0.5)
    assert list(hebrew.reasons.items()) == [(ENGLISH, 4), (CUT, 1)]
    assert (german.language, german.share) == ("de", 0.25)
    assert first_choices([]) == []
