"""Pair rules by hand, every reason, and all rules against a reference in plain Python."""

from __future__ import annotations

import hashlib
import math
import random
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref import schema, sql
from polypref.errors import UserError
from polypref.stages.pair import PairRule, language_units, make_pairs

RATER = "judge"
SCORED = ("best_vs_worst", "best_vs_random", "top_two", "all_pairs", "model_a_vs_model_b")
# What Python calls blank, and the marks that show nothing.
BLANK = "".join(chr(i) for i in range(0x110000) if chr(i).isspace()) + "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"


@dataclass(frozen=True)
class A:
    """An answer: its text and its scores."""

    text: str
    scores: tuple[float, ...] = ()
    model: str = "m"
    route: str = "direct"


Pool = dict[tuple[str, str], list[A]]
"""(prompt, language) -> answers; the id of the i-th answer of prompt p is `p.i`."""
Said = Sequence[tuple[str, int, int, str]]
"""Verdicts: prompt, answer, answer, preferred; a fifth item may name the rater."""


def answers(*scores: float | None) -> list[A]:
    """Answers with different texts and these scores; None for an unrated one."""
    texts = ("Ναι, έτσι είναι.", "はい、そうです。", "כן, זה נכון.", "हाँ, यह सही है।", "네, 맞습니다.", "Так, саме так.")
    return [A(t, () if s is None else (s,), f"m{i}") for i, (t, s) in enumerate(zip(texts, scores, strict=False))]


def tables(pool: Pool, said: Iterable[tuple[Any, ...]] = (), mix: int | None = None) -> list[pa.Table]:
    """The tables of a pool as the stages write them, in the order given or mixed."""
    prompts, completions, ratings, verdicts = [], [], [], []
    for (prompt, language), found in pool.items():
        row = {"prompt_id": prompt, "group_id": prompt, "language": language, "response_language": language}
        prompts.append(row | {"prompt": [], "sources": [], "origin": "native"})
        for i, a in enumerate(found):
            ids = {"prompt_id": prompt, "completion_id": f"{prompt}.{i}"}
            completions.append(
                ids | {"model": a.model, "model_revision": "", "model_licence": "", "route": a.route, "text": a.text}
            )
            ratings += [ids | {"rater": RATER, "rater_revision": "", "score": s} for s in a.scores]
            ratings.append(ids | {"rater": "somebody else", "rater_revision": "", "score": -float(i)})
    for prompt, one, two, preferred, *rater in said:
        ids = {"prompt_id": prompt, "completion_a": f"{prompt}.{one}", "completion_b": f"{prompt}.{two}"}
        verdicts.append(ids | {"preferred": preferred, "rater": rater[0] if rater else RATER})
    made = []
    kinds = (schema.PROMPTS, schema.COMPLETIONS, schema.RATINGS, schema.VERDICTS)
    for rows, kind in zip((prompts, completions, ratings, verdicts), kinds, strict=True):
        if mix is not None:
            random.Random(mix).shuffle(rows)
        made.append(pa.Table.from_pylist(rows, kind))
    return made


def pair(rule: PairRule, pool: Pool, said: Iterable[tuple[Any, ...]] = (), **more: Any) -> list[tuple[str, str]]:
    """The pairs as (chosen id, rejected id)."""
    pairs, _ = make_pairs(rule, RATER, *tables(pool, said), **more)
    assert pairs.schema == schema.PAIRS
    return [(r["chosen_id"], r["rejected_id"]) for r in pairs.to_pylist()]


def reasons(rule: PairRule, pool: Pool, said: Iterable[tuple[Any, ...]] = ()) -> dict[str, str]:
    """prompt -> why it has no pair."""
    _, rejected = make_pairs(rule, RATER, *tables(pool, said))
    assert rejected.schema == schema.REJECTED
    found = {r["where"]: r["reason"] for r in rejected.to_pylist()}
    assert len(found) == rejected.num_rows
    return found


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


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
    made = pair(PairRule("best_vs_random", per_prompt=2), pool)
    assert len(made) == 16 and len({chosen for chosen, _ in made}) == 8


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
    found = [A("一", (9,), "x"), A("二", (5,), "x"), A("一", (9,), "y")]
    rule = PairRule("model_a_vs_model_b", model_a="x", model_b="y")
    pool: Pool = {(f"p{n}", "zh"): found for n in range(8)}
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


def test_given_follows_the_verdict_not_the_score() -> None:
    pool: Pool = {("p", "ar"): answers(9, 1), ("q", "ar"): answers(None, None)}
    assert pair(PairRule("given"), pool, [("p", 0, 1, "b"), ("q", 1, 0, "a")]) == [("p.1", "p.0"), ("q.1", "q.0")]


def test_given_only_from_the_named_rater() -> None:
    said = [("p", 0, 1, "a"), ("p", 0, 1, "b", "somebody else")]
    assert pair(PairRule("given"), {("p", "ar"): answers(None, None)}, said) == [("p.0", "p.1")]


def test_given_by_two_who_agree_or_not() -> None:
    views = {
        "agree": [(0, 1, "a"), (0, 1, "a")],
        "agree in the other order": [(0, 1, "a"), (1, 0, "b")],
        "disagree": [(0, 1, "a"), (0, 1, "b")],
        "disagree in the other order": [(0, 1, "a"), (1, 0, "a")],
        "one sees a tie": [(0, 1, "a"), (0, 1, "tie")],
    }
    pool: Pool = {(p, "fa"): answers(None, None) for p in views}
    said = [(p, *view) for p, two in views.items() for view in two]
    made = [(f"{p}.0", f"{p}.1") for p in ("agree", "agree in the other order")]
    assert pair(PairRule("given"), pool, said) == made
    assert reasons(PairRule("given"), pool, said) == dict.fromkeys(list(views)[2:], "disagreement")


def test_given_makes_at_most_so_many() -> None:
    pool: Pool = {("p", "fa"): answers(*[None] * 4)}
    said = [("p", 0, n, "a") for n in (1, 2, 3)]
    assert len(pair(PairRule("given"), pool, said)) == 1
    assert len(pair(PairRule("given", per_prompt=2), pool, said)) == 2
    assert len({tuple(pair(PairRule("given", seed=s), pool, said)) for s in range(9)}) > 1


# Margins


@pytest.mark.parametrize(("margin", "made"), [(0, 1), (2.9, 1), (3, 1), (3.1, 0)])
def test_minimum_margin(margin: float, made: int) -> None:
    pool: Pool = {("p", "ja"): answers(4, 7)}
    assert len(pair(PairRule(min_margin=margin), pool)) == made
    assert reasons(PairRule(min_margin=margin), pool) == ({} if made else {"p": "below_margin"})


def test_a_margin_is_met_by_decimal_fractions_that_meet_it() -> None:
    assert 0.3 - 0.1 < 0.2
    assert len(pair(PairRule(min_margin=0.2), {("p", "ja"): answers(0.1, 0.3)})) == 1


def test_margin_in_standard_deviations_of_the_language() -> None:
    # Scores 0 and 2 in de: standard deviation 1. 0 and 20 in tr: 10.
    pool: Pool = {("p", "de"): answers(0, 2), ("q", "tr"): answers(0, 20)}
    made = units(pool)
    assert {row["language"]: row["unit"] for row in made.to_pylist()} == {"de": 1.0, "tr": 10.0}
    pool = {("p", "de"): answers(0, 3), ("q", "tr"): answers(0, 3), ("r", "tr"): answers(0, 15)}
    assert pair(PairRule(min_margin=1.5, margin_unit="sd"), pool, units=made) == [("p.1", "p.0"), ("r.1", "r.0")]


def units(pool: Pool) -> pa.Table:
    """language_units of a pool."""
    prompts, _, ratings, _ = tables(pool)
    con = duckdb.connect()
    con.register("p", prompts)
    con.register("r", ratings)
    return con.sql(language_units("r", "p", RATER)).to_arrow_table()


def test_standard_deviation_leaves_out_scores_that_are_no_numbers() -> None:
    found = units({("p", "de"): answers(0, 2, math.nan, math.inf), ("q", "el"): answers(math.nan, None)})
    assert found.to_pylist() == [{"language": "de", "unit": 1.0}]


def test_standard_deviation_from_parquet_counts_a_prompt_of_two_sources_once(tmp_path: Path) -> None:
    prompts, _, ratings, _ = tables({("p", "de"): answers(0, 2), ("q", "de"): answers(4)})
    pq.write_table(pa.concat_tables([prompts, prompts.slice(0, 1)]), tmp_path / "p.parquet")
    pq.write_table(ratings, tmp_path / "r.parquet")
    query = language_units(sql.parquet(tmp_path / "r.parquet"), sql.parquet(tmp_path / "p.parquet"), RATER)
    # Population standard deviation of 0, 2, 4: the root of 8 / 3.
    assert duckdb.sql(query).fetchall() == [("de", pytest.approx(math.sqrt(8 / 3)))]


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
    pool: Pool = {(f"case {i}", "de"): found for i, (found, _) in enumerate(cases)}
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
        ([A("a", (math.nan,)), A("b", (3,))], "unrated"),
        ([A("a", (math.inf,)), A("b", (3,))], "unrated"),
        ([A("a", (-math.inf,)), A("b", (3,))], "unrated"),
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


def test_reasons_of_given() -> None:
    cases: list[tuple[list[tuple[Any, ...]], str]] = [
        ([], "no_verdict"),
        ([(0, 1, "a", "somebody else")], "no_verdict"),
        ([(0, 1, "tie")], "tie"),
        ([(0, 1, "disagreement")], "disagreement"),
        ([(0, 1, "tie"), (0, 3, "disagreement")], "disagreement"),
        ([(0, 2, "b")], "no_usable_verdict"),
        ([(0, 4, "a")], "no_usable_verdict"),
        ([(0, 7, "b")], "no_usable_verdict"),
        ([(0, 1, "no idea")], "no_usable_verdict"),
    ]
    pool: Pool = {(f"case {i}", "de"): [A("a"), A("b"), A(" "), A("c"), A("a")] for i in range(len(cases))}
    said = [(f"case {i}", *row) for i, (rows, _) in enumerate(cases) for row in rows]
    assert reasons(PairRule("given"), pool, said) == {f"case {i}": reason for i, (_, reason) in enumerate(cases)}


def test_several_scores_of_one_rater_count_as_their_median() -> None:
    pool: Pool = {("p", "de"): [A("a", (1, 9, 9)), A("b", (8, 8, math.nan, 1))]}
    pairs, _ = make_pairs(PairRule(), RATER, *tables(pool))
    row = pairs.to_pylist()[0]
    assert (row["chosen_id"], row["chosen_score"], row["rejected_score"], row["score_margin"]) == ("p.0", 9, 8, 1)


def test_a_text_is_never_preferred_to_itself_by_way_of_a_third() -> None:
    pool: Pool = {("p", "de"): [A("a", (9,)), A("b", (5,)), A("a", (1,))]}
    assert pair(PairRule("all_pairs", per_prompt=9), pool) == [("p.0", "p.1")]


def test_no_prompts_at_all() -> None:
    for rule in (*SCORED[:-1], "given"):
        pairs, rejected = make_pairs(PairRule(rule), RATER, *tables({}))  # type: ignore[arg-type]
        assert pairs.num_rows == rejected.num_rows == 0
        assert pairs.schema == schema.PAIRS and rejected.schema == schema.REJECTED


def test_names_with_quotes() -> None:
    pool: Pool = {("p", "fr"): [A("a", (1,), "l'un"), A("b", (2,), 'l"autre')]}
    rule = PairRule("model_a_vs_model_b", model_a="l'un", model_b='l"autre')
    prompts, completions, ratings, verdicts = tables(pool)
    at = ratings.schema.get_field_index("rater")
    ratings = ratings.set_column(at, ratings.schema.field(at), pa.array(["it's me"] * ratings.num_rows))
    ratings = ratings.filter(pc.greater(ratings["score"], 0))
    pairs, _ = make_pairs(rule, "it's me", prompts, completions, ratings, verdicts)
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


# All rules against a reference

TEXTS = ["", " ", "\n\u3000", "はい", "はい\n", "いいえ", "αβγ", " αβγ", "طيب", "так"]
SCORES = st.sampled_from([0.0, 0.25, 0.5, 1.0, 1.5, 2.0, math.nan, math.inf, -math.inf])


@st.composite
def pools(draw: st.DrawFn) -> tuple[Pool, Said]:
    answer = st.builds(
        A,
        st.sampled_from(TEXTS),
        st.lists(SCORES, max_size=3).map(tuple),
        st.sampled_from(["x", "y", "z"]),
        st.sampled_from(["direct", "direct", "translated", "reference"]),
    )
    pool, said = {}, []
    for number in range(draw(st.integers(1, 9))):
        found = draw(st.lists(answer, max_size=5))
        pool[f"p{number}", draw(st.sampled_from(["de", "ja"]))] = found
        if found:
            at = st.integers(0, len(found) - 1)
            side = st.sampled_from(["a", "b", "tie", "disagreement"])
            rows = draw(st.lists(st.tuples(at, at, side), max_size=3))
            said += [(f"p{number}", *row) for row in rows]
    return pool, said


RULES = st.one_of(
    st.builds(
        PairRule,
        st.sampled_from(SCORED[:-1]),
        min_margin=st.sampled_from([0.0, 0.5, 1.0]),
        per_prompt=st.integers(1, 3),
        seed=st.integers(0, 3),
    ),
    st.builds(
        PairRule,
        st.just("model_a_vs_model_b"),
        st.sampled_from(["x", "route:direct"]),
        st.sampled_from(["y", "route:translated"]),
        st.sampled_from([0.0, 0.5, 1.0]),
        per_prompt=st.integers(1, 3),
        seed=st.integers(0, 3),
    ),
    st.builds(PairRule, st.just("given"), per_prompt=st.integers(1, 3), seed=st.integers(0, 3)),
)


@dataclass(frozen=True)
class Known:
    """An answer as the reference sees it."""

    id: str
    text: str
    score: float | None
    side: str | None
    place: str


def know(rule: PairRule, prompt: str, found: list[A]) -> list[Known]:
    out = []
    for i, a in enumerate(found):
        finite = [s for s in a.scores if math.isfinite(s)]
        side = None
        for name, wanted in (("b", rule.model_b), ("a", rule.model_a)):
            if wanted and (a.route == wanted[6:] if wanted.startswith("route:") else a.model == wanted):
                side = name
        key, median = md5(f"{rule.seed}:{prompt}:{prompt}.{i}"), statistics.median(finite) if finite else None
        if a.route != "reference":
            out.append(Known(f"{prompt}.{i}", a.text.strip(BLANK), median, side, key))
    return out


def reference(rule: PairRule, prompt: str, found: list[A], said: Said) -> list[tuple[str, str]] | str:
    """The pairs of a prompt, or the reason why there is none."""
    known = know(rule, prompt, found)
    two = list(combinations(known, 2))
    if not two:
        return "fewer_than_two_answers"
    if rule.model_a and not (two := [(a, b) for a, b in two if {a.side, b.side} == {"a", "b"}]):
        return "model_missing"
    if not (two := [(a, b) for a, b in two if a.text and b.text]):
        return "empty_answer"
    if not (two := [(a, b) for a, b in two if a.text != b.text]):
        return "identical_texts"
    if rule.rule == "given":
        return by_verdict(rule, known, [row[1:] for row in said if row[0] == prompt], prompt)
    if not [1 for a, b in two if a.score is not None and b.score is not None]:
        return "unrated"
    ranked = sorted(
        (a for a in known if a.text and a.score is not None and bool(a.side) == bool(rule.model_a)),
        key=lambda a: (-(a.score or 0), a.place),
    )
    once = [a for i, a in enumerate(ranked) if not any((a.text, a.side) == (b.text, b.side) for b in ranked[:i])]
    if rule.rule == "top_two":
        once = once[:2]
    ordered = [
        (a, b, a.score - b.score)
        for a, b in permutations(once, 2)
        if a.text != b.text and a.score > b.score and (a.side != b.side or not rule.model_a)  # type: ignore[operator]
    ]
    if not ordered:
        return "tie"
    wide = [(a, b) for a, b, margin in ordered if margin >= rule.min_margin]
    orders: dict[str, Callable[[Known, Known], Any]] = {
        "best_vs_random": lambda a, b: (-a.score, a.place, b.place),  # type: ignore[operator]
        "all_pairs": lambda a, b: md5(a.place + b.place),
    }
    order = orders.get(rule.rule, lambda a, b: (-a.score, b.score, a.place, b.place))
    wide.sort(key=lambda both: order(*both))
    return sorted((a.id, b.id) for a, b in wide[: rule.per_prompt]) or "below_margin"


def by_verdict(rule: PairRule, known: list[Known], said: Sequence[tuple[int, int, str]], prompt: str) -> Any:
    by_id = {a.id: a for a in known}
    views: dict[frozenset[str], set[str]] = {}
    for one, two, preferred in said:
        ids = f"{prompt}.{one}", f"{prompt}.{two}"
        if one != two:
            views.setdefault(frozenset(ids), set()).add({"a": ids[0], "b": ids[1]}.get(preferred, preferred))
    kinds, pairs = set(), []
    for ids, view in views.items():
        if ids <= by_id.keys():
            best = view.pop() if len(view) == 1 else "disagreement"
            kinds.add(best)
            if best in ids:
                chosen, rejected = by_id[best], by_id[next(iter(ids - {best}))]
                if chosen.text and rejected.text and chosen.text != rejected.text:
                    pairs.append((chosen, rejected))
    if pairs:
        pairs.sort(key=lambda both: md5(both[0].place + both[1].place))
        return sorted((a.id, b.id) for a, b in pairs[: rule.per_prompt])
    if not said:
        return "no_verdict"
    return next((kind for kind in ("disagreement", "tie") if kind in kinds), "no_usable_verdict")


@settings(max_examples=60, deadline=None)
@given(pools(), RULES, st.integers(0, 9))
def test_every_rule_does_as_the_reference(drawn: tuple[Pool, Said], rule: PairRule, mix: int) -> None:
    pool, said = drawn
    pairs, rejected = make_pairs(rule, RATER, *tables(pool, said, mix))
    rows: dict[str, Any] = {r["where"]: r["reason"] for r in rejected.to_pylist()}
    assert len(rows) == rejected.num_rows
    for r in pairs.to_pylist():
        assert not isinstance(rows.get(r["prompt_id"]), str), "a prompt has a pair and a reason"
        rows.setdefault(r["prompt_id"], []).append((r["chosen_id"], r["rejected_id"]))
    assert rows == {prompt: reference(rule, prompt, found, said) for (prompt, _), found in pool.items()}
    language = dict(pool.keys())
    assert all(language[r["where"]] == r["language"] for r in rejected.to_pylist())
    check_pairs(rule, pool, pairs)


def check_pairs(rule: PairRule, pool: Pool, pairs: pa.Table) -> None:
    """What holds for every pair, whatever the reference says."""
    language = dict(pool.keys())
    text = {f"{prompt}.{i}": a.text.strip(BLANK) for (prompt, _), found in pool.items() for i, a in enumerate(found)}
    per_prompt = Counter(r["prompt_id"] for r in pairs.to_pylist())
    assert all(count <= rule.per_prompt for count in per_prompt.values())
    assert len(set(pairs["pair_id"].to_pylist())) == pairs.num_rows
    for r in pairs.to_pylist():
        assert language[r["prompt_id"]] == r["language"]
        assert text[r["chosen_id"]] and text[r["rejected_id"]] and text[r["chosen_id"]] != text[r["rejected_id"]]
        assert r["pair_id"] == schema.pair_id(r["prompt_id"], r["rejected_id"], r["chosen_id"])
        if rule.rule != "given":
            assert r["chosen_score"] - r["rejected_score"] == r["score_margin"] > 0


@settings(max_examples=15, deadline=None)
@given(pools(), RULES, st.integers(0, 99))
def test_the_order_of_rows_changes_nothing(drawn: tuple[Pool, Said], rule: PairRule, mix: int) -> None:
    one, other = (make_pairs(rule, RATER, *tables(*drawn, m)) for m in (None, mix))
    assert one[0].equals(other[0]) and one[1].equals(other[1])


def test_a_pair_of_the_same_answers_has_one_id_whichever_is_chosen() -> None:
    pool: Pool = {("p", "el"): answers(None, None)}
    ids = [make_pairs(PairRule("given"), RATER, *tables(pool, [("p", 0, 1, side)]))[0]["pair_id"] for side in "ab"]
    assert ids[0] == ids[1]
