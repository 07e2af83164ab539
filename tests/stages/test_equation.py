"""The equation: what comes in is what goes on and what is left out."""

from dataclasses import replace

from polypref.stages.counts import FunnelRow
from polypref.stages.equation import Step, comes_from, not_conserved, steps_of


def row(stage: str, unit: str, outcome: str, rows: int, reason: str = "", language: str = "de") -> FunnelRow:
    return FunnelRow(stage, unit, language, outcome, reason, rows)


#: 10 rows, 1 of them bad, in the others 17 answers and 4 verdicts; 2 repeat a prompt; one of 7 prompts is empty; 12
#: answers are left; 3 pairs, of which 1 is a copy.
SOUND = [
    row("read", "rows", "in", 10),
    row("read", "rows", "kept", 9),
    row("read", "rows", "rejected", 1, "not_text"),
    row("read", "rows", "part_rejected", 2, "answer_not_text"),
    row("read", "answers", "in", 17),
    row("read", "answers", "kept", 15),
    row("read", "answers", "rejected", 2, "answer_not_text"),
    row("read", "verdicts", "in", 4),
    row("read", "verdicts", "kept", 3),
    row("read", "verdicts", "rejected", 1, "verdict_without_two_answers"),
    row("index", "rows", "in", 9),
    row("index", "rows", "kept", 7),
    row("index", "rows", "joined", 2, "repeated_prompt"),
    row("index", "prompts", "in", 7),
    row("index", "prompts", "kept", 7),
    row("check", "prompts", "in", 7),
    row("check", "prompts", "kept", 6),
    row("check", "prompts", "rejected", 1, "length_bounds: prompt_empty"),
    row("check", "answers", "in", 15),
    row("check", "answers", "kept", 12),
    row("check", "answers", "rejected_only", 4, "language: answer_in_another_language"),
    row("check", "answers", "rejected", 1, "truncated_answers: answer_cut"),
    row("check", "answers", "unused", 2, "prompt_left_out"),
    row("pair", "prompts", "in", 6),
    row("pair", "prompts", "kept", 3),
    row("pair", "prompts", "pairs_made", 3),
    row("pair", "prompts", "rejected", 3, "tie"),
    row("rate", "answers", "in", 12),
    row("rate", "answers", "kept", 10),
    row("rate", "answers", "rejected", 2, "judge_unparsable"),
    row("rate", "answers", "rated_beyond_use", 1),
    row("pair", "answers", "in", 12),
    row("pair", "answers", "kept", 6),
    row("pair", "answers", "unused", 6, "in_no_pair"),
    row("pair", "verdicts", "in", 3),
    row("pair", "verdicts", "unused", 3, "not_asked_for"),
    row("pair", "possible pairs", "in", 5),
    row("pair", "possible pairs", "kept", 3),
    row("pair", "possible pairs", "unused", 2, "beyond_per_prompt"),
    row("filter", "pairs", "in", 3),
    row("filter", "pairs", "kept", 2),
    row("filter", "pairs", "rejected", 1, "exact_duplicates: duplicate_pair"),
    row("balance", "pairs", "in", 2),
    row("balance", "pairs", "kept", 1, "train"),
    row("balance", "pairs", "kept", 1, "test"),
]


def test_a_build_whose_rows_are_all_accounted_for_has_nothing_to_say():
    assert not_conserved(SOUND) == []
    assert not_conserved([]) == []


def test_every_row_that_vanishes_or_comes_from_nowhere_is_named():
    for place, one in enumerate(SOUND):
        if one.outcome in ("rejected_only", "part_rejected", "pairs_made", "rated_beyond_use"):
            continue
        more = [*SOUND[:place], row(one.stage, one.unit, one.outcome, one.rows + 1, one.reason), *SOUND[place + 1 :]]
        sentences = not_conserved(more)
        assert sentences and any(f"{one.stage} ({one.unit})" in sentence for sentence in sentences), one


def test_what_is_lost_between_two_stages_is_named_by_language():
    lost = [one for one in SOUND if (one.stage, one.reason) != ("balance", "test")]
    lost = [row("balance", "pairs", "in", 1) if (o.stage, o.outcome) == ("balance", "in") else o for o in lost]
    assert not_conserved(lost) == ["de: filter (pairs) 2 out, balance (pairs) 1 in"]
    other = [*SOUND, row("check", "prompts", "in", 1, language="he")]
    assert not_conserved(other) == [
        "he: check (prompts) 1 in, 0 accounted for",
        "he: nothing out, check (prompts) 1 in",
    ]


def test_a_language_that_is_wholly_absent_from_the_next_stage_is_named():
    gone = [
        row("check", "prompts", "in", 2, language="yo"),
        row("check", "prompts", "kept", 2, language="yo"),
        row("index", "prompts", "in", 2, language="yo"),
        row("index", "prompts", "kept", 2, language="yo"),
        row("balance", "pairs", "in", 1, language="he"),
        row("balance", "pairs", "kept", 1, language="he"),
    ]
    assert not_conserved([*SOUND, *gone]) == [
        "yo: nothing out, index (prompts) 2 in",
        "yo: check (prompts) 2 out, pair (prompts) 0 in",
        "he: nothing out, balance (pairs) 1 in",
    ]


def test_each_step_names_what_comes_into_it():
    crossed = [row("cross", "prompts", "in", 4), row("cross", "prompts", "kept", 4), *SOUND]
    steps = steps_of(crossed)
    of = {(one.stage, one.unit): [(s.stage, s.unit, s.went) for s in comes_from(one, steps)] for one in steps}
    assert of["index", "rows"] == [("read", "rows", 9), ("cross", "prompts", 4)]
    assert of["filter", "pairs"] == [("pair", "possible pairs", 3)]
    assert of["read", "rows"] == of["pair", "possible pairs"] == []


def test_answers_and_verdicts_are_followed_from_the_rows_on():
    steps = steps_of(SOUND)
    of = {(one.stage, one.unit): [(s.stage, s.unit, s.went) for s in comes_from(one, steps)] for one in steps}
    assert of["check", "answers"] == [("read", "answers", 15)]
    assert of["pair", "verdicts"] == [("read", "verdicts", 3)]
    answered = [row("complete", "answers", "in", 4), row("complete", "answers", "kept", 4)]
    assert not_conserved([*SOUND, *answered]) == [
        "de: read (answers) 15 + complete (answers) 4 out, check (answers) 15 in"
    ]
    judged = [row("rate", "verdicts", "in", 2), row("rate", "verdicts", "kept", 2)]
    assert not_conserved([*SOUND, *judged]) == ["de: read (verdicts) 3 + rate (verdicts) 2 out, pair (verdicts) 3 in"]


def test_what_was_scored_beyond_use_is_counted_besides():
    (step,) = (one for one in steps_of(SOUND) if one.stage == "rate")
    assert (step.came, step.left_out, step.went) == (12, {("rejected", "judge_unparsable"): 2}, 10)


def test_the_answers_that_pass_come_into_the_line_of_every_rater():
    others = [one for one in SOUND if one.stage != "rate"]
    two = [row("rate", f"answers, rater {name}", outcome, 12) for name in "xy" for outcome in ("in", "kept")]
    assert not_conserved([*others, *two]) == []
    steps = steps_of([*others, *two])
    of = {(one.stage, one.unit): [(s.stage, s.unit, s.went) for s in comes_from(one, steps)] for one in steps}
    assert of["rate", "answers, rater x"] == of["rate", "answers, rater y"] == [("check", "answers", 12)]
    fewer = [replace(one, rows=11) if one.unit.endswith("y") else one for one in two]
    assert not_conserved([*others, *fewer]) == ["de: check (answers) 12 out, rate (answers, rater y) 11 in"]
    # A build that has answers and pairs, and no line of who rated, is not whole.
    assert not_conserved(others) == ["de: check (answers) 12 out, no rater"]
    # The verdicts of several judges come into one line.
    judged = [row("rate", f"verdicts, rater {name}", outcome, 1) for name in "xy" for outcome in ("in", "kept")]
    assert not_conserved([*others, *two, *judged]) == [
        "de: read (verdicts) 3 + rate (verdicts, rater x) 1 + rate (verdicts, rater y) 1 out, pair (verdicts) 3 in"
    ]


def test_a_review_stands_between_pairs_and_their_checks():
    review = [
        row("review", "pairs", "in", 3),
        row("review", "pairs", "kept", 2),
        row("review", "pairs", "rejected", 1, "removed_by_reviewers"),
    ]
    cut = [row("filter", "pairs", "in", 2) if (o.stage, o.outcome) == ("filter", "in") else o for o in SOUND]
    cut = [o for o in cut if o.reason != "exact_duplicates: duplicate_pair"]
    assert not_conserved([*cut, *review]) == []
    assert not_conserved(cut) == ["de: pair (possible pairs) 3 out, filter (pairs) 2 in"]


def test_the_steps_are_added_up_over_languages_and_reasons():
    hebrew = [row("balance", "pairs", outcome, 4, reason, "he") for outcome, reason in (("in", ""), ("kept", "train"))]
    steps = steps_of([*SOUND, *hebrew])
    assert steps[0] == Step("read", "rows", 10, {("rejected", "not_text"): 1}, 9)
    assert steps[-1] == Step("balance", "pairs", 6, {}, 6)
    answers = next(step for step in steps if (step.stage, step.unit) == ("check", "answers"))
    assert list(answers.left_out.items()) == [
        (("unused", "prompt_left_out"), 2),
        (("rejected", "truncated_answers: answer_cut"), 1),
    ]
    assert [step.went for step in steps_of(SOUND, "de")][-1] == 2 and steps_of(SOUND, "fr") == []
    # Builds of before did not count what came in of the rows that they read.
    assert steps_of([row("read", "rows", "kept", 3), row("read", "rows", "rejected", 1, "x")])[0].came == 4
