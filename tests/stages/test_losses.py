"""What a build left out, in the order in which it is named."""

from polypref.stages.losses import Case, Evidence, Example, Loss, losses_of

from .test_cures import FUNNEL


def test_what_was_asked_for_goes_last_and_answers_are_counted_with_their_prompts():
    assert [(one.reason, one.rows) for one in losses_of(FUNNEL)] == [
        ("tie", 123),
        ("unrated", 100),  # of two equal ones that of the later stage
        ("language: prompt_in_another_language", 100),
        ("empty_prompt", 20),
        ("language_not_asked_for", 5_000),
        ("beyond_limit", 600),
    ]
    assert losses_of([FUNNEL[7]]) == [Loss("check", "answers", "truncated_answers: answer_cut", 800)]
    assert losses_of([FUNNEL[0], FUNNEL[2]]) == []


def test_what_stages_lost_of_a_unit_is_counted_by_reason_and_shown_by_a_row():
    evidence = Evidence(examples={("read", "empty_prompt"): Example("rows.jsonl line 3", "")})
    case = Case(Loss("pair", "prompts", "tie", 123), FUNNEL, evidence)
    assert case.lost(("pair",), "prompts") == {"tie": 123, "unrated": 100}
    assert case.lost(("read", "index"), "rows", ("skipped",)) == {"language_not_asked_for": 5_000}
    assert case.example("read", "empty_prompt") == " (first at rows.jsonl line 3)"
    assert case.example("pair", "tie") == ""
