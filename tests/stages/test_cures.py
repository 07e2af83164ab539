"""What is said where nothing is left: which loss goes first, in what words, and nothing without its counts."""

import pytest

from polypref.stages.counts import FunnelRow
from polypref.stages.cures import cure_of, more_prompts, what_was_lost, why_nothing
from polypref.stages.losses import Case, Evidence, Example, Loss
from polypref.stages.pair import PairRule


def row(stage: str, unit: str, outcome: str, reason: str, rows: int, language: str = "de") -> FunnelRow:
    return FunnelRow(stage, unit, language, outcome, reason, rows)


FUNNEL = [
    row("read", "rows", "kept", "", 900),
    row("read", "rows", "skipped", "language_not_asked_for", 5_000, "en"),
    row("read", "rows", "part_rejected", "score_not_a_number", 700),
    row("read", "rows", "rejected", "empty_prompt", 20),
    row("index", "prompts", "kept", "", 300),
    row("index", "prompts", "skipped", "beyond_limit", 600),
    row("check", "prompts", "rejected", "language: prompt_in_another_language", 100),
    row("check", "answers", "rejected", "truncated_answers: answer_cut", 800),
    row("pair", "prompts", "rejected", "tie", 120),
    row("pair", "prompts", "rejected", "tie", 3, "he"),
    row("pair", "prompts", "rejected", "unrated", 100),
]


def test_the_commonest_reasons_are_counted_and_the_first_is_cured():
    reason = why_nothing(FUNNEL, Evidence(rater="r", limit=300, folder="out"))
    assert reason == (
        "123 prompts tie, 100 prompts unrated, 100 prompts left out by check 'language' (prompt_in_another_language) "
        "and 3 more reasons: the best answers of these prompts have equal scores by rater 'r'; take a rater whose "
        "scores are finer, or one that breaks ties (Combined); limit (--limit) 300 left 600 more prompts aside, which "
        "may do better; polypref inspect out shows all counts and rows that were left out"
    )


def test_only_the_languages_in_question_count():
    assert why_nothing(FUNNEL, Evidence(rater="r"), ["he"]).startswith("3 prompts tie: the best answers")
    assert why_nothing(FUNNEL, Evidence(), ["ja", "zh"]) == (
        "no row is in ja, zh; there are prompts in de 300: name some of these, or give rows in the others"
    )
    assert why_nothing([], Evidence()) == "nothing was left out"


def test_what_one_language_lost_is_counted():
    assert what_was_lost(FUNNEL, "he") == "3 prompts tie"
    assert what_was_lost(FUNNEL, "de") == (
        "120 prompts tie, 100 prompts unrated, 100 prompts left out by check 'language' (prompt_in_another_language) "
        "and 2 more reasons"
    )
    assert what_was_lost(FUNNEL, "ja") == "nothing"


def test_one_row_is_one():
    assert why_nothing([row("pair", "pairs", "rejected", "tie", 1)], Evidence()).startswith("1 pair tie: ")


def cure(reason: str, unit: str = "prompts", stage: str = "pair", funnel=(), **known) -> str:
    return cure_of(Case(Loss(stage, unit, reason, 9), funnel, Evidence(rater="r", **known)))


PROBLEM = row("read", "rows", "part_rejected", "answer_not_text", 4)
FAILED = row("rate", "answers", "rejected", "judge_unparsable", 8)


@pytest.mark.parametrize(
    ("reason", "known", "words"),
    [
        ("below_message_left_out", {}, "check the columns that layouts.Tree(..., deleted=..., accepted=...) names"),
        ("where_label", {}, "check the values that where allows of column 'label'"),
        ("unrated", {"funnel": [FAILED]}, "answers that have none, by reason: judge_unparsable 8; retry (--retry)"),
        ("unrated", {"scores": {"r": 2}, "answers": {"a": 6}}, "rater 'r' scored 2 of 6 answers, and a pair needs two"),
        (
            "unrated",
            {
                "funnel": [row("read", "rows", "part_rejected", "score_not_a_number", 9)],
                "examples": {("read", "score_not_a_number"): Example("a.csv:2", "3,5")},
            },
            "9 score_not_a_number (first at a.csv:2: 3,5): write numbers with a point (3.5, not 3,5)",
        ),
        (
            "unrated",
            {"funnel": [row("read", "rows", "part_rejected", "not_rated", 9)]},
            "9 not_rated: their cells are empty; check the column that Answer(score=...) names",
        ),
        ("unrated", {}, "rater 'r' gave no score; mend the rater, or take another"),
        ("no_verdict", {"funnel": [FAILED]}, "rater 'r' gave no verdict on them; answers that have none"),
        ("no_verdict", {}, "rater 'r' gave no verdict on them; mend the rater, or take another"),
        ("tie", {"constant": 3.0, "given": False}, "every score by rater 'r' is 3; take another rater"),
        (
            "unrated",
            {"given": False, "funnel": [row("read", "rows", "part_rejected", "score_not_a_number", 9)]},
            "rater 'r' gave no score; mend the rater, or take another",
        ),
        (
            "identical_texts",
            {"routes": {"given": 2, "direct": 4}},
            "; ask models for more different ones (another model",
        ),
        ("disagreement", {"unit": "verdicts"}, "verdicts on the same two answers name different ones"),
        (
            "disagreement",
            {"unit": "verdicts", "given": False},
            "rater 'r' prefers one and then the other of the same two answers: a judge in its two orders, or",
        ),
        (
            "unrated",
            {
                "given": False,
                "funnel": [row("combine", "answers", "rejected", "missing_score", 7)],
                "examples": {("combine", "missing_score"): Example("", "length")},
            },
            "by reason: missing_score 7 (length); these lack the score of one of the raters that are combined",
        ),
        (
            "unrated",
            {"given": False, "funnel": [row("rate", "answers, rater x", "rejected", "score_not_finite", 7)]},
            "by reason: score_not_finite 7; mend the scores or the rater",
        ),
        (
            "fewer_than_two_answers",
            {"funnel": [PROBLEM]},
            "left out were, counted by row, answer_not_text 4: mend these",
        ),
        (
            "fewer_than_two_answers",
            {"funnel": [row("complete", "answers", "rejected", "timeout", 7)]},
            "of the models' replies were left out timeout 7: retry (--retry) asks again",
        ),
        (
            "model_missing",
            {"rule": PairRule("model_a_vs_model_b", model_a="a", model_b="b"), "answers": {"a": 2, "b": 1}},
            "there are answers by a 2, b 1: name two of these",
        ),
        (
            "model_missing",
            {
                "rule": PairRule("model_a_vs_model_b", model_a="a", model_b="c"),
                "answers": {"a": 2, "b": 1},
                "routes": {"given": 2, "direct": 1},
            },
            "no answer is by 'c'; there are answers by a 2, b 1, by routes given 2, direct 1: name two of these",
        ),
        (
            "model_missing",
            {"rule": PairRule("model_a_vs_model_b", model_a="a", model_b="b"), "answers": {"a": 2, "b": 1}},
            "and no prompt has answers by both; there are answers by a 2, b 1: name two",
        ),
        ("empty_answer", {}, "answers are empty; check the columns that Answer(...) names"),
        ("too_few_usable_answers", {}, "checks left out their answers"),
        ("score_not_finite", {}, "rater 'r' gave what is no finite number; mend the scores or the rater"),
        ("removed_by_reviewers", {}, "the decisions (--review) remove them; build without, or review again"),
        (
            "no_majority",
            {"unit": "verdicts"},
            "no side has more than half of the people who judged the same two answers; ",
        ),
        ("below_margin", {"rule": PairRule(min_margin=2)}, "PairRule(min_margin=2) asks for 2: lower it"),
        ("beyond_limit", {"limit": 4}, "limit (--limit) 4 leaves them aside; raise it"),
        ("joins_groups_of_different_splits", {}, "near-copies of both train and test prompts of the earlier release"),
        ("language_not_asked_for", {"funnel": FUNNEL}, "these are in en 5,000; ask for one of them"),
        (
            "retracted: taken_back",
            {"previous": "v1"},
            "taken back from an earlier release (v1/CHANGELOG.md); give other",
        ),
        ("too_long: over", {}, "see what 'too_long' is for; mend the texts, or give the check other settings"),
        ("timeout", {"stage": "complete"}, "no usable reply came of these; retry (--retry) asks again"),
        ("empty_prompt", {"stage": "read"}, "mend the rows or the columns that are declared"),
    ],
)
def test_a_cure_for_each_reason(reason, known, words):
    assert words in cure(reason, **known)


def test_an_example_is_shown_where_there_is_one():
    examples = {("read", "empty_prompt"): Example("rows.jsonl:3", "''"), ("filter", "long: over"): Example("", "900")}
    assert cure("empty_prompt", "rows", "read", examples=examples).endswith("(first at rows.jsonl:3: '')")
    checks = {"long": "pairs with long answers"}
    reason = cure("long: over", "pairs", "filter", examples=examples, checks=checks)
    assert reason.startswith("the check is for: pairs with long answers (here: 900); mend the texts, or give")


def test_more_prompts_are_those_of_a_limit_or_new_ones():
    assert more_prompts([], Evidence()) == "add prompts"
    assert more_prompts(FUNNEL, Evidence(previous="v1")) == (
        "raise limit (--limit), which left 600 prompts aside that are not in the test split of v1"
    )


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({}, "a verdict is on two answers of its row, so declare both"),
        (
            {"answer_to_another_prompt": 2, "answer_not_text": 1},
            "as one of the two answers that a verdict is on was left out: most often 2 answer_to_another_prompt",
        ),
        (
            {"answer_several_final_turns": 3},
            "3 answer_several_final_turns; where they are one answer, write Fields(..., fin",
        ),
        ({"no_rejected_answer": 3}, "a column of a side holds no answer there that can be used: no_rejected_answer 3"),
    ],
)
def test_verdicts_that_were_left_out_say_why(parts, words):
    lost = {"verdict_without_two_answers": 3, **parts}
    funnel = [
        row("pair", "prompts", "rejected", "no_verdict", 3),
        *(row("read", "rows", "part_rejected", reason, rows) for reason, rows in lost.items()),
    ]
    assert words in why_nothing(funnel, Evidence(rater="r", given=True))


@pytest.mark.parametrize(
    ("reason", "lost", "words"),
    [
        (
            "no_verdict",
            "not_judged",
            "; 3 not_judged: the cells of their verdicts are empty, or those of the other order",
        ),
        ("unrated", "no_occasion", "; 3 no_occasion: their cells are empty, and nothing says which scores belong"),
    ],
)
def test_empty_cells_of_verdicts_and_occasions_are_named(reason, lost, words):
    funnel = [row("pair", "prompts", "rejected", reason, 3), row("read", "rows", "part_rejected", lost, 3)]
    assert words in why_nothing(funnel, Evidence(rater="r", given=True))
    assert words not in why_nothing(funnel, Evidence(rater="r", given=False))


def test_verdicts_that_fell_with_an_answer_show_what_the_check_saw_of_it():
    ids = Example("", "4c58edbc819272329bc1ed4c4e47faf2 00605c20fce25b57e6a590111e613fc3", 1)
    examples = {
        ("pair", "language: chosen_in_another_language"): ids,
        ("check", "language: answer_in_another_language"): Example("", "en", 4),
        ("pair", "truncated_answers: rejected_cut"): ids,
        ("check", "truncated_answers: answer_cut"): Example("", "...until th", 1),
    }
    fell = why_nothing(
        [row("pair", "verdicts", "rejected", "language: chosen_in_another_language", 3)], Evidence(examples=examples)
    )
    assert fell.startswith(
        "3 verdicts left out by check 'language' (chosen_in_another_language): of the answers 4 were taken for en; if"
    )
    cut = why_nothing(
        [row("pair", "verdicts", "rejected", "truncated_answers: rejected_cut", 3)], Evidence(examples=examples)
    )
    assert "(here: ...until th); mend the texts, let such answers be rejected ones (PairRule(may_be" in cut
