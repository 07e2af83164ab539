"""Pair rules over answers that checks reject: the next best is chosen, and what is left out is counted."""

from collections import Counter
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref import schema
from polypref.errors import UserError
from polypref.stages.pair import PairRule, make_pairs
from tests.stages.pairing import RATER, SCORED, A, Pool, answers, tables

CUT = ("truncated_answers", "answer_cut", True, True)
ENGLISH = ("language", "answer_in_another_language", True, False)
ONLY_CHOSEN = ("own", "answer_odd", False, True)


def findings(**of_answers: tuple[str, str, bool, bool]) -> pa.Table:
    """What was found: `p_0` is the answer p.0; (check, reason, it may not be chosen, it may not be rejected)."""
    rows = [
        {
            "prompt_id": answer.split("_")[0],
            "completion_id": answer.replace("_", "."),
            "language": "de",
            "check": check,
            "outcome": "reject",
            "reason": reason,
            "chosen": chosen,
            "rejected": rejected,
        }
        for answer, (check, reason, chosen, rejected) in of_answers.items()
    ]
    return pa.Table.from_pylist(rows, schema.FINDINGS)


def paired(
    rule: PairRule, pool: Pool, checked: pa.Table | None, judged: Any = ()
) -> tuple[list[dict[str, Any]], list[tuple[str, str | None]]]:
    """The pairs, and (reason, detail) of what makes none."""
    pairs, rejected, _ = make_pairs(rule, RATER, *tables(pool, judged), findings=checked)
    assert pairs.schema == schema.PAIRS and rejected.schema == schema.REJECTED
    return pairs.to_pylist(), [(row["reason"], row["detail"]) for row in rejected.to_pylist()]


def sides(rule: PairRule, pool: Pool, checked: pa.Table | None) -> list[str]:
    return [f"{row['chosen_id']} {row['rejected_id']}" for row in paired(rule, pool, checked)[0]]


#: An answer in English that the rater likes best, a good one, a poor one.
GERMAN: Pool = {("p", "de"): answers(9, 8, 2)}


def test_the_next_best_is_chosen_where_the_best_is_in_another_language():
    assert sides(PairRule(), GERMAN, None) == ["p.0 p.2"]
    assert sides(PairRule(), GERMAN, findings(p_0=ENGLISH)) == ["p.1 p.2"]


def test_by_setting_the_answer_in_another_language_is_the_rejected_one_whatever_its_score():
    for named in ("language", "language: answer_in_another_language"):
        ((pair,), _) = paired(PairRule(prefer_rejected=(named,)), GERMAN, findings(p_0=ENGLISH))
        assert (pair["chosen_id"], pair["rejected_id"], pair["by_check"]) == (
            "p.1",
            "p.0",
            "language: answer_in_another_language",
        )
        assert (pair["chosen_score"], pair["rejected_score"], pair["score_margin"]) == (8, 9, None)
    # Where the scores agree there is a margin; a least margin holds for pairs by score only.
    rule = PairRule(prefer_rejected=("language",), min_margin=5)
    ((pair,), _) = paired(rule, {("p", "de"): answers(9, 8, 2)}, findings(p_1=ENGLISH))
    assert (pair["chosen_id"], pair["rejected_id"], pair["score_margin"]) == ("p.0", "p.1", 1)
    # Nobody rated it: it is the rejected one all the same.
    ((pair,), _) = paired(rule, {("p", "de"): answers(None, 8, 2)}, findings(p_0=ENGLISH))
    assert (pair["chosen_id"], pair["rejected_id"], pair["rejected_score"]) == ("p.1", "p.0", None)
    # Another check than the named one changes nothing.
    assert sides(PairRule(prefer_rejected=("refusals",)), GERMAN, findings(p_0=ENGLISH)) == ["p.1 p.2"]


@pytest.mark.parametrize("rule", [name for name in SCORED if name != "model_a_vs_model_b"])
def test_what_may_be_neither_is_in_no_pair(rule):
    pool: Pool = {("p", "de"): answers(9, 8, 2, 1)}
    together = sides(PairRule(rule, per_prompt=9), pool, findings(p_0=CUT, p_3=CUT))
    assert together == ["p.1 p.2"]


def test_two_named_models_are_chosen_as_they_may():
    pool: Pool = {("p", "de"): [A("eins", (9,), "x"), A("zwei", (8,), "x"), A("drei", (3,), "y")]}
    rule = PairRule("model_a_vs_model_b", "x", "y")
    assert sides(rule, pool, findings(p_0=ENGLISH)) == ["p.1 p.2"]
    assert sides(rule, pool, findings(p_0=ENGLISH, p_1=ENGLISH)) == []


def test_the_two_best_are_the_best_that_may_be_chosen_and_the_next_below():
    rule = PairRule("top_two")
    pool: Pool = {("p", "de"): answers(9, 8, 7, 2)}
    assert sides(rule, pool, findings(p_0=ENGLISH)) == ["p.1 p.2"]
    assert sides(rule, pool, findings(p_1=ENGLISH)) == ["p.0 p.1"]
    assert sides(rule, pool, findings(p_1=CUT)) == ["p.0 p.2"]
    assert sides(rule, pool, findings(p_1=ONLY_CHOSEN)) == ["p.0 p.2"]
    assert sides(rule, pool, findings(p_0=ENGLISH, p_1=ONLY_CHOSEN)) == ["p.1 p.2"]
    # The two best are too near: no third takes the place of the second.
    assert sides(PairRule("top_two", min_margin=2), pool, findings(p_0=CUT)) == []


def test_an_answer_that_may_be_chosen_only_is_not_rejected():
    assert sides(PairRule(), GERMAN, findings(p_2=ONLY_CHOSEN)) == ["p.0 p.1"]


def test_of_equal_texts_that_is_taken_which_may_be_more():
    pool: Pool = {("p", "de"): [A("Ja, so ist es.", (9,)), A("Ja, so ist es.", (8,)), A("Nein.", (2,))]}
    assert sides(PairRule(), pool, None) == ["p.0 p.2"]
    assert sides(PairRule(), pool, findings(p_0=CUT)) == ["p.1 p.2"]


@pytest.mark.parametrize(
    ("scores", "checked", "reason", "detail"),
    [
        ((9, 8), {"p_0": CUT}, "too_few_usable_answers", "truncated_answers: answer_cut"),
        ((9, 8), {"p_0": CUT, "p_1": ENGLISH}, "too_few_usable_answers", None),
        ((9, 8), {"p_0": ENGLISH}, "preferred_answer_not_usable", "language: answer_in_another_language"),
        ((9, 8), {"p_1": ONLY_CHOSEN}, "preferred_answer_not_usable", "own: answer_odd"),
        ((9, 9, 5), {"p_2": CUT}, "tie", None),
        ((9, None, 5), {"p_2": CUT}, "unrated", None),
        ((8,), {"p_0": CUT}, "fewer_than_two_answers", None),
    ],
)
def test_a_prompt_without_two_usable_answers_says_why(scores, checked, reason, detail):
    pairs, rejected = paired(PairRule(), {("p", "de"): answers(*scores)}, findings(**checked))
    assert pairs == [] and [one for one, _ in rejected] == [reason]
    if detail is not None:
        assert rejected[0][1] == detail


def test_given_verdicts_keep_their_sides_and_fall_with_a_reason():
    pool: Pool = {(name, "de"): answers(1, 2, 3) for name in "pqrs"}
    judged = [("p", 0, 1, "a"), ("q", 0, 1, "a"), ("r", 0, 1, "b"), ("s", 0, 1, "tie"), ("s", 1, 2, "a")]
    checked = findings(p_0=ENGLISH, q_1=ENGLISH, r_0=CUT, s_0=CUT)
    pairs, rejected = paired(PairRule("given"), pool, checked, judged)
    assert [(one["chosen_id"], one["rejected_id"]) for one in pairs] == [("q.0", "q.1"), ("s.1", "s.2")]
    assert Counter(reason for reason, _ in rejected) == {
        "language: chosen_in_another_language": 1,
        "truncated_answers: rejected_cut": 1,
        "tie": 1,
    }


def test_the_two_best_that_tie_are_a_tie_whatever_is_better_than_the_third():
    pool: Pool = {("p", "de"): answers(9, 9, 4)}
    assert paired(PairRule("top_two"), pool, findings(p_1=ENGLISH)) == ([], [("tie", None)])
    # A better one that may not be chosen is no tie.
    english = ("preferred_answer_not_usable", "language: answer_in_another_language")
    assert paired(PairRule("top_two"), {("p", "de"): answers(9, 8)}, findings(p_0=ENGLISH)) == ([], [english])


def possible(rule: PairRule, pool: Pool, checked: pa.Table | None = None) -> dict[str, int]:
    counts = make_pairs(rule, RATER, *tables(pool), findings=checked).counts.to_pylist()
    return {
        f"{row['outcome']} {row['reason']}".strip(): row["rows"] for row in counts if row["unit"] == "possible pairs"
    }


def test_ties_and_near_scores_are_possible_pairs_that_are_not_used():
    every = PairRule("all_pairs", per_prompt=9)
    pool: Pool = {("p", "de"): answers(9, 5, 5)}
    assert possible(every, pool) == {"in": 3, "unused tie": 1}
    assert possible(every, pool, findings(p_1=ENGLISH)) == {"in": 3, "unused tie": 1}
    assert possible(every, pool, findings(p_1=ENGLISH, p_2=ENGLISH)) == {"in": 2}
    assert possible(every, pool, findings(p_1=ONLY_CHOSEN)) == {"in": 2, "unused tie": 1}
    assert possible(every, pool, findings(p_1=CUT)) == {"in": 1}
    near = PairRule("all_pairs", per_prompt=9, min_margin=1)
    pool = {("p", "de"): answers(9, 8.5, 5)}
    assert possible(near, pool) == {"in": 3, "unused below_margin": 1} and len(sides(near, pool, None)) == 2
    # What a check says is the rejected one needs no margin, and a tie with it is a pair.
    assert possible(PairRule(prefer_rejected=("language",)), {("p", "de"): answers(9, 9)}, findings(p_1=ENGLISH)) == {
        "in": 1
    }


def test_what_is_below_the_margin_says_how_far_its_scores_differ():
    pool: Pool = {("p", "de"): answers(5, 4, 9)}
    _, rejected = paired(PairRule(min_margin=3), pool, findings(p_2=ENGLISH))
    assert rejected == [("below_margin", "1.0")]


def first_choices(rule: PairRule, pool: Pool, checked: pa.Table) -> dict[str, int]:
    counts = make_pairs(rule, RATER, *tables(pool), findings=checked).counts.to_pylist()
    return {f"{row['outcome']} {row['reason']}".strip(): row["rows"] for row in counts if row["unit"] == "prompts"}


def test_the_first_choice_is_among_the_answers_that_the_rule_asks_for():
    pool: Pool = {("p", "de"): [A("eins", (9,), "x"), A("zwei", (5,), "y"), A("drei", (10,), "z")]}
    fell = {"first_choice": 1, "first_choice_fell truncated_answers: answer_cut": 1}
    assert first_choices(PairRule(), pool, findings(p_2=CUT)) == fell
    two = PairRule("model_a_vs_model_b", "x", "y")
    assert first_choices(two, pool, findings(p_2=CUT)) == {"first_choice": 1}
    assert first_choices(two, pool, findings(p_0=CUT)) == fell


def test_an_empty_answer_that_is_scored_best_is_a_first_choice_that_fell():
    pool: Pool = {("p", "de"): [A("", (9,), "x"), A("zwei", (5,), "y"), A("drei", (1,), "z")]}
    assert first_choices(PairRule(), pool, findings()) == {"first_choice": 1, "first_choice_fell empty_answer": 1}
    fell = first_choices(PairRule(), pool, findings(p_0=CUT))
    assert fell == {"first_choice": 1, "first_choice_fell truncated_answers: answer_cut": 1}
    # A good answer with the same score is the first choice.
    pool = {("p", "de"): [A("", (5,), "x"), A("zwei", (5,), "y"), A("drei", (1,), "z")]}
    assert first_choices(PairRule(), pool, findings()) == {"first_choice": 1}


def test_settings_that_contradict_the_rule_are_refused():
    with pytest.raises(UserError, match="a verdict names its sides; leave prefer_rejected empty"):
        PairRule("given", prefer_rejected=("language",))
    assert PairRule(may_be_rejected=("a",), prefer_rejected=("b: c",)).negatives == ("a", "b: c")


USES = st.sampled_from([None, CUT, ENGLISH, ONLY_CHOSEN])


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.one_of(st.none(), st.integers(0, 4)), USES), min_size=0, max_size=5),
    st.sampled_from([name for name in SCORED if name != "model_a_vs_model_b"]),
)
def test_a_pair_is_of_what_may_be_so_and_a_prompt_is_lost_only_where_none_is(drawn, rule):
    pool: Pool = {("p", "de"): answers(*(score for score, _ in drawn))}
    checked = findings(**{f"p_{place}": use for place, (_, use) in enumerate(drawn) if use is not None})
    pairs, rejected = paired(PairRule(rule), pool, checked)
    may = {
        (f"p.{c}", f"p.{r}")
        for c, (high, first) in enumerate(drawn)
        for r, (low, second) in enumerate(drawn)
        if first in (None, ONLY_CHOSEN) and second in (None, ENGLISH)
        if high is not None and low is not None and high > low
    }
    together = {(one["chosen_id"], one["rejected_id"]) for one in pairs}
    assert together <= may and len(together) + len(rejected) == 1
    if rule != "top_two":  # where the two best are as good, there is no pair
        assert bool(together) == bool(may)
    if together and rule != "all_pairs":
        best = max(high for high, use in drawn if use in (None, ONLY_CHOSEN) and high is not None)
        assert pairs[0]["chosen_score"] == best
