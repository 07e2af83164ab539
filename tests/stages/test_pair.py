"""Pair rules by hand, and every reason."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from polypref import schema
from polypref.errors import UserError
from polypref.raters.combined import scales
from polypref.stages.pair import PairRule, make_pairs
from tests.stages.pairing import RATER, SCORED, A, Pool, answers, pair, reasons, tables

# Each rule by hand


def test_best_vs_worst() -> None:
    assert pair(PairRule("best_vs_worst"), {("p", "el"): answers(4, 9, 1, 7)}) == [("p.1", "p.2")]


def test_best_vs_worst_takes_the_next_worst_for_further_pairs() -> None:
    rule = PairRule("best_vs_worst", per_prompt=2)
    assert pair(rule, {("p", "el"): answers(4, 9, 1, 7)}) == [("p.1", "p.0"), ("p.1", "p.2")]


def test_best_vs_random_is_seeded_and_fair() -> None:
    pool: Pool = {(f"p{n:03}", "ja"): answers(5, 9, 1, 7) for n in range(300)}
    first = pair(PairRule("best_vs_random", seed=1), pool)
    assert first == pair(PairRule("best_vs_random", seed=1), pool)
    assert first != pair(PairRule("best_vs_random", seed=2), pool)
    assert all(chosen.endswith(".1") for chosen, _ in first)
    # 300 draws among three: 100 each, standard deviation 8.2; 4 of them either way.
    counts = Counter(rejected[-1] for _, rejected in first)
    assert counts.keys() == {"0", "2", "3"} and all(67 <= n <= 133 for n in counts.values())


def test_best_vs_random_sets_one_best_against_several() -> None:
    pool: Pool = {(f"p{n}", "ja"): answers(9, 9, 1, 2) for n in range(8)}
    pairs = pair(PairRule("best_vs_random", per_prompt=2), pool)
    assert len(pairs) == 16 and len({chosen for chosen, _ in pairs}) == 8


def test_equally_good_answers_are_drawn_by_lot() -> None:
    pool: Pool = {(f"p{n:03}", "fa"): answers(9, 9, 1) for n in range(200)}
    chosen = Counter(c[-1] for c, _ in pair(PairRule("best_vs_worst"), pool))
    # 200 tosses: 100 each, standard deviation 7.1.
    assert chosen.keys() == {"0", "1"} and all(72 <= n <= 128 for n in chosen.values())


def test_top_two() -> None:
    assert pair(PairRule("top_two"), {("p", "he"): answers(4, 9, 1, 7)}) == [("p.1", "p.3")]
    assert pair(PairRule("top_two", per_prompt=9), {("p", "he"): answers(4, 9, 1, 7)}) == [("p.1", "p.3")]


def test_top_two_skips_a_copy_of_the_best() -> None:
    pool: Pool = {("p", "zh"): [A("是的。", (9,)), A("是的。\n", (8,)), A("不是。", (3,))]}
    assert pair(PairRule("top_two"), pool) == [("p.0", "p.2")]


def test_top_two_that_tie_are_a_tie_whatever_the_third() -> None:
    assert reasons(PairRule("top_two"), {("p", "ko"): answers(9, 9, 1)}) == {"p": "tie"}


def test_all_pairs_and_its_cap() -> None:
    pool: Pool = {("p", "hi"): answers(4, 9, 1, 9)}
    every = [("p.0", "p.2"), ("p.1", "p.0"), ("p.1", "p.2"), ("p.3", "p.0"), ("p.3", "p.2")]
    assert pair(PairRule("all_pairs", per_prompt=99), pool) == every
    capped = pair(PairRule("all_pairs", per_prompt=3), pool)
    assert len(capped) == 3 and set(capped) < set(every)
    assert {tuple(pair(PairRule("all_pairs", per_prompt=3, seed=s), pool)) for s in range(5)} > {tuple(capped)}


def test_two_models_whichever_is_better() -> None:
    def two(a: float, b: float) -> list[A]:
        return [A("一", (a,), "Aya"), A("二", (b,), "Command"), A("三", (99,), "other")]

    pool: Pool = {("p", "zh"): two(3, 8), ("q", "zh"): two(8, 3)}
    rule = PairRule("model_a_vs_model_b", model_a="Aya", model_b="Command")
    assert pair(rule, pool) == [("p.1", "p.0"), ("q.0", "q.1")]


def test_two_models_that_wrote_the_same_text_both_count() -> None:
    answers_of_prompt = [A("一", (9,), "x"), A("二", (5,), "x"), A("一", (9,), "y")]
    rule = PairRule("model_a_vs_model_b", model_a="x", model_b="y")
    pool: Pool = {(f"p{n}", "zh"): answers_of_prompt for n in range(8)}
    assert pair(rule, pool) == [(f"p{n}.2", f"p{n}.1") for n in range(8)]


def test_a_model_against_a_route() -> None:
    pool: Pool = {
        ("p", "uk"): [
            A("Прямо", (2,), "Aya", "direct"),
            A("Перекладено", (7,), "Google", "translated"),
            A("Інше", (9,), "Llama", "direct"),
        ]
    }
    rule = PairRule("model_a_vs_model_b", model_a="Aya", model_b="route:translated")
    assert pair(rule, pool) == [("p.1", "p.0")]
    assert reasons(PairRule("model_a_vs_model_b", model_a="Aya", model_b="translated"), pool) == {"p": "model_missing"}


def test_two_routes_of_one_model() -> None:
    rule = PairRule("model_a_vs_model_b", model_a="org/aya@route:direct", model_b="org/aya@route:translated")
    pool: Pool = {
        ("p", "tr"): [
            A("Evet.", (3,), "org/aya", "direct"),
            A("Hay\u0131r.", (5,), "org/aya", "translated"),
            A("Belki.", (9,), "other", "direct"),
            A("Olabilir.", (1,), "other", "translated"),
        ],
        ("q", "en"): [A("Yes.", (3,), "org/aya", "direct"), A("No.", (5,), "org/aya", "direct")],
    }
    assert pair(rule, pool) == [("p.1", "p.0")]
    assert reasons(rule, pool) == {"q": "model_missing"}
    with pytest.raises(UserError, match="two different models go with"):
        PairRule("model_a_vs_model_b", model_a="m@route:direct", model_b="m@route:direct")


# Margins


@pytest.mark.parametrize(("margin", "pairs"), [(0, 1), (2.9, 1), (3, 1), (3.1, 0)])
def test_minimum_margin(margin: float, pairs: int) -> None:
    pool: Pool = {("p", "ja"): answers(4, 7)}
    assert len(pair(PairRule(min_margin=margin), pool)) == pairs
    assert reasons(PairRule(min_margin=margin), pool) == ({} if pairs else {"p": "below_margin"})


def test_a_margin_is_met_by_decimal_fractions_that_meet_it() -> None:
    assert 0.3 - 0.1 < 0.2
    assert len(pair(PairRule(min_margin=0.2), {("p", "ja"): answers(0.1, 0.3)})) == 1


def test_margin_in_standard_deviations_of_the_language() -> None:
    # Scores 0 and 2 in de: standard deviation 1. 0 and 20 in tr: 10.
    pool: Pool = {("p", "de"): answers(0, 2), ("q", "tr"): answers(0, 20)}
    measured = units(pool)
    assert {row["language"]: row["unit"] for row in measured.to_pylist()} == {"de": 1.0, "tr": 10.0}
    pool = {("p", "de"): answers(0, 3), ("q", "tr"): answers(0, 3), ("r", "tr"): answers(0, 15)}
    assert pair(PairRule(min_margin=1.5, margin_unit="sd"), pool, units=measured) == [("p.1", "p.0"), ("r.1", "r.0")]


def units(pool: Pool) -> pa.Table:
    """What the walk gives as units: standard deviations over all scores of a language."""
    prompts, _, ratings, _ = tables(pool)
    con = duckdb.connect()
    con.register("p", prompts)
    con.register("r", ratings)
    return scales(con, [("r", "p")], [RATER]).select(["language", "sd"]).rename_columns(["language", "unit"])


def test_standard_deviation_leaves_out_scores_that_are_no_numbers() -> None:
    measured = units({("p", "de"): answers(0, 2, math.nan, math.inf, 1e200), ("q", "el"): answers(math.nan, None)})
    assert measured.to_pylist() == [{"language": "de", "unit": 1.0}]


# Reasons

BLANKS = ["", " ", "\n", "\t\r\n", "\u3000", "\u00a0", "\u2028", "\u200b", "\u200f", "\ufeff", "\x0b\x1f\x85"]


@pytest.mark.parametrize("rule", [*SCORED[:-1], "given"])
def test_blank_and_equal_texts_never_make_a_pair(rule: Any) -> None:
    pool: Pool = {(f"blank {b!a}", "he"): [A("שלום", (1,)), A(b, (9,))] for b in BLANKS}
    pool |= {(f"same {s!a}", "uk"): [A("Так", (1,)), A(s, (9,))] for s in ("Так", "Так\n", " Так", "\u3000Так\u200b")}
    expected = {p: "empty_answer" if p.startswith("blank") else "identical_texts" for p, _ in pool}
    assert reasons(PairRule(rule), pool, [(p, 0, 1, "b") for p, _ in pool]) == expected


def test_texts_that_differ_inside_make_a_pair() -> None:
    # A zero-width non-joiner inside a Persian word is spelling, and so are case and accents.
    pool: Pool = {
        ("p", "fa"): [A("می\u200cخواهم", (1,)), A("میخواهم", (9,))],
        ("q", "el"): [A("Ναι", (1,)), A("ναί", (9,))],
    }
    assert pair(PairRule(), pool) == [("p.1", "p.0"), ("q.1", "q.0")]


def each_reason(rule: PairRule, cases: list[tuple[list[A], str]]) -> None:
    """Checks the reason of every case, each as a prompt of its own."""
    pool: Pool = {(f"case {i}", "de"): answers_of_prompt for i, (answers_of_prompt, _) in enumerate(cases)}
    assert reasons(rule, pool) == {f"case {i}": reason for i, (_, reason) in enumerate(cases)}


def test_the_reason_is_what_stopped_the_two_answers_that_came_furthest() -> None:
    cases = [
        ([], "fewer_than_two_answers"),
        (answers(5), "fewer_than_two_answers"),
        ([A("", (5,))], "fewer_than_two_answers"),
        ([A("a", (5,)), A("b", (9,), route="reference")], "fewer_than_two_answers"),
        ([A("", (5,)), A("a", (6,))], "empty_answer"),
        ([A("", (5,)), A("", (6,))], "empty_answer"),
        ([A("", (5,)), A("a", (6,)), A("a", (9,))], "identical_texts"),
        ([A("a"), A("a")], "identical_texts"),
        ([A("a"), A("a"), A("b", (3,))], "unrated"),
        ([A("a", (1,)), A("a", (2,)), A("b")], "unrated"),
        ([A("a", (math.nan,)), A("b", (3,))], "score_not_finite"),
        ([A("a", (math.inf,)), A("b", (3,))], "score_not_finite"),
        ([A("a", (-math.inf,)), A("b", (3,))], "score_not_finite"),
        # Their difference would be infinite, and so would be the squares of a spread.
        ([A("a", (1.7e308,)), A("b", (-1.7e308,))], "score_not_finite"),
        ([A("a", (3,)), A("b"), A("c", (math.nan,))], "score_not_finite"),
        ([A("a", (3,)), A("b", (3,)), A("c")], "tie"),
        ([A("a", (0.0,)), A("b", (-0.0,))], "tie"),
        ([A("a", (3,)), A("b", (3,)), A("c", (3.5,))], "below_margin"),
    ]
    each_reason(PairRule(min_margin=1), cases)


def test_with_two_models_the_others_give_no_reason() -> None:
    cases = [
        ([A("a", (5,), "x")], "fewer_than_two_answers"),
        ([A("a", (5,), "x"), A("b", (6,), "x")], "model_missing"),
        ([A("a", (5,), "x"), A("b", (6,), "z")], "model_missing"),
        ([A("", (5,), "x"), A("b", (6,), "z")], "model_missing"),
        ([A("", (5,), "x"), A("b", (6,), "y"), A("c", (7,), "z")], "empty_answer"),
        ([A("a", (5,), "x"), A("a", (6,), "y"), A("c", (7,), "z")], "identical_texts"),
        ([A("a", (5,), "x"), A("b", (), "y"), A("c", (7,), "z")], "unrated"),
        ([A("a", (5,), "x"), A("b", (5,), "y"), A("c", (7,), "z")], "tie"),
        ([A("a", (5,), "x"), A("b", (5.5,), "y"), A("c", (9,), "z")], "below_margin"),
    ]
    each_reason(PairRule("model_a_vs_model_b", model_a="x", model_b="y", min_margin=1), cases)


def test_several_scores_of_one_rater_count_as_their_median() -> None:
    pool: Pool = {("p", "de"): [A("a", (1, 9, 9)), A("b", (8, 8, math.nan, 1))]}
    pairs, *_ = make_pairs(PairRule(), RATER, *tables(pool))
    row = pairs.to_pylist()[0]
    assert (row["chosen_id"], row["chosen_score"], row["rejected_score"], row["score_margin"]) == ("p.0", 9, 8, 1)


def test_a_text_is_never_preferred_to_itself_by_way_of_a_third() -> None:
    pool: Pool = {("p", "de"): [A("a", (9,)), A("b", (5,)), A("a", (1,))]}
    assert pair(PairRule("all_pairs", per_prompt=9), pool) == [("p.0", "p.1")]


def test_no_prompts_at_all() -> None:
    for rule in (*SCORED[:-1], "given"):
        pairs, rejected, _ = make_pairs(PairRule(rule), RATER, *tables({}))  # type: ignore[arg-type]
        assert pairs.num_rows == rejected.num_rows == 0
        assert pairs.schema == schema.PAIRS and rejected.schema == schema.REJECTED


def test_names_with_quotes() -> None:
    pool: Pool = {("p", "fr"): [A("a", (1,), "l'un"), A("b", (2,), 'l"autre')]}
    rule = PairRule("model_a_vs_model_b", model_a="l'un", model_b='l"autre')
    prompts, completions, ratings, verdicts = tables(pool)
    at = ratings.schema.get_field_index("rater")
    ratings = ratings.set_column(at, ratings.schema.field(at), pa.array(["it's me"] * ratings.num_rows))
    ratings = ratings.filter(pc.greater(ratings["score"], 0))
    pairs, *_ = make_pairs(rule, "it's me", prompts, completions, ratings, verdicts)
    assert pairs["chosen_id"].to_pylist() == ["p.1"] and pairs["rater"].to_pylist() == ["it's me"]


@pytest.mark.parametrize(
    "bad",
    [
        {"rule": "best"},
        {"rule": "model_a_vs_model_b"},
        {"rule": "model_a_vs_model_b", "model_a": "x"},
        {"rule": "model_a_vs_model_b", "model_a": "x", "model_b": "x"},
        {"model_a": "x"},
        {"model_a": "x", "model_b": "y"},
        {"min_margin": -1},
        {"min_margin": math.nan},
        {"min_margin": math.inf},
        {"per_prompt": 0},
        {"margin_unit": "sds"},
        {"rule": "given", "min_margin": 1},
    ],
    ids=str,
)
def test_settings_that_make_no_sense(bad: dict[str, Any]) -> None:
    with pytest.raises(UserError):
        PairRule(**bad)


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["best_vs_worst", "top_two", "all_pairs"])
def test_an_answer_with_a_thought_and_one_without_are_no_pair(rule):
    with_thought, without = A("はい", (5.0,), thought="うん"), A("いいえ", (1.0,))
    pool = {("p", "ja"): [with_thought, without]}
    assert pair(PairRule(rule), pool) == [] and reasons(PairRule(rule), pool) == {"p": "thought_on_one_side"}
    counts = make_pairs(PairRule(rule), RATER, *tables(pool)).counts.to_pylist()
    assert [(row["reason"], row["rows"]) for row in counts if row["outcome"] == "unused"] == [
        ("thought_on_one_side", 1)
    ]
    both = {("p", "ja"): [with_thought, A("いいえ", (1.0,), thought="ふむ"), A("多分", (0.5,))]}
    assert pair(PairRule(rule), both) == [("p.0", "p.1")]


def test_the_same_text_after_a_thought_and_without_one_counts_twice():
    pool = {("p", "ja"): [A("はい", (5.0,), "a", thought="うん"), A("はい", (5.0,), "b"), A("いいえ", (1.0,), "c")]}
    assert pair(PairRule(), pool) == [("p.1", "p.2")]
    alike = {("p", "ja"): [A("はい", (5.0,), "a", thought="うん"), A("はい", (1.0,), "b", thought="ふむ")]}
    assert reasons(PairRule(), alike) == {"p": "identical_texts"}


def test_a_verdict_on_answers_of_two_forms_makes_no_pair():
    pool = {("p", "ja"): [A("はい", thought="うん"), A("いいえ"), A("多分")]}
    judged = [("p", 0, 1, "a"), ("p", 1, 2, "a")]
    assert pair(PairRule("given"), pool, judged) == [("p.1", "p.2")]
    _, rejected, _ = make_pairs(PairRule("given"), RATER, *tables(pool, judged))
    assert [row["reason"] for row in rejected.to_pylist()] == ["thought_on_one_side"]


@pytest.mark.parametrize(
    ("composed", "apart"),
    [
        ("Caf\u00e9", "Cafe\u0301"),
        ("\ud55c", "\u1112\u1161\u11ab"),
        ("\u304c", "\u304b\u3099"),
        ("\u0622", "\u0627\u0653"),
        ("\u0958", "\u0915\u093c"),
    ],
)
def test_texts_that_differ_by_the_form_of_their_letters_are_equal(composed: str, apart: str) -> None:
    assert reasons(PairRule(), {("p", "fr"): [A(composed, (5,)), A(apart, (6,))]}) == {"p": "identical_texts"}
    pool: Pool = {("p", "fr"): [A(composed, (5,), "x"), A(apart, (6,), "y"), A("other", (7,), "z")]}
    assert reasons(PairRule("given"), pool, [("p", 0, 1, "a")]) == {"p": "identical_texts"}
    contradicting = [("p", 0, 2, "a"), ("p", 1, 2, "b")]
    assert pair(PairRule("given"), pool, contradicting) == []
