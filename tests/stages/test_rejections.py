"""What a finished build says it left out, counted by hand."""

from polypref.stages.counts import FunnelRow
from polypref.stages.rejections import beyond_sentence, joined_sentence, rejections_sentence


def counted(stage: str, unit: str, language: str, outcome: str, reason: str, rows: int) -> FunnelRow:
    return FunnelRow(stage, unit, language, outcome, reason, rows)


def test_what_was_left_out_is_counted_by_unit_over_languages_and_stages() -> None:
    funnel = [
        counted("read", "rows", "", "in", "", 20),
        counted("read", "rows", "he", "rejected", "missing_field", 2),
        counted("read", "rows", "fa", "rejected", "missing_field", 1),
        counted("read", "rows", "fa", "rejected", "not_json", 1),
        counted("read", "rows", "fa", "part_rejected", "score_not_a_number", 1),
        counted("read", "rows", "de", "skipped", "language_not_asked_for", 1_000),
        counted("read", "rows", "fa", "skipped", "replaced_by_correction", 12),
        counted("index", "rows", "he", "joined", "repeated_prompt", 3),
        counted("check", "answers", "he", "rejected", "language: answer_language_confusion", 4),
        counted("filter", "pairs", "he", "rejected", "identical_answers", 0),
        counted("balance", "pairs", "he", "kept", "", 5),
    ]
    assert rejections_sentence(funnel) == (
        "left out: 4 rows (missing_field 3, not_json 1), 4 answers (answer_language_confusion 4); kept without a part: "
        "1 row (score_not_a_number 1); replaced by corrections: 12 rows (replaced_by_correction 12); not asked for: "
        "1,000 rows (language_not_asked_for 1,000)"
    )


def test_answers_that_may_only_be_the_rejected_ones_are_no_part_of_nothing() -> None:
    funnel = [counted("check", "answers", "wo", "rejected_only", "language: answer_in_another_language", 5)]
    assert rejections_sentence(funnel) == "never chosen: 5 answers (answer_in_another_language 5)"


def test_rare_reasons_are_gathered_and_raters_stand_apart() -> None:
    reasons = [counted("check", "prompts", "he", "rejected", reason, n) for n, reason in enumerate("abcdef", 1)]
    raters = [counted("rate", f"answers, rater {name}", "he", "rejected", "no_score", 1) for name in ("x", "y")]
    assert rejections_sentence([*reasons, *raters]) == (
        "left out: 21 prompts (f 6, e 5, d 4, c 3, other reasons 3), 1 answer, rater x (no_score 1), 1 answer, rater y "
        "(no_score 1)"
    )
    assert rejections_sentence([counted("read", "rows", "", "in", "", 1)]) == "nothing was left out"


def test_a_part_with_a_count_of_its_own_is_not_told_again_of_its_row() -> None:
    funnel = [
        counted("read", "rows", "de", "part_rejected", "not_judged", 2),
        counted("read", "rows", "fa", "part_rejected", "not_rated", 3),
        counted("read", "rows", "fa", "part_rejected", "answer_not_text", 1),
        counted("read", "answers", "fa", "rejected", "answer_not_text", 1),
        counted("read", "verdicts", "de", "rejected", "not_judged", 4),
    ]
    assert rejections_sentence(funnel) == (
        "left out: 1 answer (answer_not_text 1), 4 verdicts (not_judged 4); kept without a part: 3 rows (not_rated 3)"
    )
    # Of another language, or another stage, it is another count.
    alone = [counted("read", "rows", "fa", "part_rejected", "not_judged", 1), funnel[-1]]
    assert rejections_sentence(alone).endswith("; kept without a part: 1 row (not_judged 1)")


def test_pairs_beyond_those_asked_for_are_counted_with_what_takes_more() -> None:
    counts = (("possible pairs", "de", 1), ("possible pairs", "fa", 1_000), ("verdicts", "de", 1))
    beyond = [counted("pair", unit, tag, "unused", "beyond_per_prompt", rows) for unit, tag, rows in counts]
    assert beyond_sentence(beyond) == (
        "not taken, as per_prompt asks for fewer of each prompt: 1,001 possible pairs, 1 verdict (beyond_per_prompt); "
        "more are with --per-prompt N, of polypref build pairs and answer_pool, or PairRule(per_prompt=N) in a script "
        "of your own"
    )
    assert rejections_sentence(beyond) == "nothing was left out"
    assert beyond_sentence([counted("pair", "verdicts", "de", "unused", "other", 1)]) == ""


def test_verdicts_in_one_pair_with_others_are_counted_so_that_rows_add_up() -> None:
    joined = [
        counted("index", "rows", "am", "joined", "repeated_prompt", 90),  # prompts are none of the verdicts' sum
        counted("pair", "verdicts", "am", "joined", "merged_same_verdict_again", 18),
        counted("pair", "verdicts", "ti", "joined", "outvoted", 2),
        counted("pair", "verdicts", "ti", "rejected", "tie", 29),
        counted("pair", "pairs", "am", "joined", "same_pair_of_another_source", 1),
    ]
    assert joined_sentence(joined) == (
        "joined with another verdict on the same two answers: 20 verdicts (merged_same_verdict_again 18, outvoted 2); "
        "joined with the same pair of another source: 1 pair (same_pair_of_another_source 1)"
    )
    assert rejections_sentence(joined) == "left out: 29 verdicts (tie 29)"
    assert joined_sentence(joined[:1]) == ""
