"""Pairs by verdicts: which side they name, how several on one pair are joined, and why one makes no pair."""

from __future__ import annotations

from collections import Counter
from typing import Any

from polypref.stages.pair import PairRule, make_pairs
from tests.stages.pairing import RATER, A, Pool, answers, pair, tables

GIVEN = PairRule("given")


def left_out(pool: Pool, judged: Any, rule: PairRule = GIVEN) -> dict[str, dict[str, int]]:
    """prompt -> reason -> verdicts (or the prompt itself) that make no pair."""
    counts: dict[str, Counter[str]] = {}
    for row in make_pairs(rule, RATER, *tables(pool, judged))[1].to_pylist():
        counts.setdefault(row["where"], Counter())[row["reason"]] += 1
    return {where: dict(reasons) for where, reasons in counts.items()}


def test_given_follows_the_verdict_not_the_score() -> None:
    pool: Pool = {("p", "ar"): answers(9, 1), ("q", "ar"): answers(None, None)}
    assert pair(PairRule("given"), pool, [("p", 0, 1, "b"), ("q", 1, 0, "a")]) == [("p.1", "p.0"), ("q.1", "q.0")]


def test_given_only_from_the_named_rater() -> None:
    judged = [("p", 0, 1, "a"), ("p", 0, 1, "b", "somebody else")]
    assert pair(PairRule("given"), {("p", "ar"): answers(None, None)}, judged) == [("p.0", "p.1")]


def test_given_by_two_who_agree_or_not() -> None:
    views = {
        "agree": [(0, 1, "a"), (0, 1, "a")],
        "agree in the other order": [(0, 1, "a"), (1, 0, "b")],
        "disagree": [(0, 1, "a"), (0, 1, "b")],
        "disagree in the other order": [(0, 1, "a"), (1, 0, "a")],
        "one sees a tie": [(0, 1, "a"), (0, 1, "tie")],
    }
    pool: Pool = {(p, "fa"): answers(None, None) for p in views}
    judged = [(p, *view) for p, two in views.items() for view in two]
    expected = [(f"{p}.0", f"{p}.1") for p in ("agree", "agree in the other order")]
    assert pair(PairRule("given"), pool, judged) == expected
    why = {p: {"merged_same_verdict_again": 1} for p in list(views)[:2]}
    assert left_out(pool, judged) == why | {p: {"disagreement": 2} for p in list(views)[2:]}


def test_verdicts_on_the_same_texts_must_agree_whichever_models_wrote_them() -> None:
    pool: Pool = {(p, "uk"): [A("Так"), A("Ні"), A(" Так\n")] for p in "pq"}
    judged = [("p", 0, 1, "a"), ("p", 1, 2, "b"), ("q", 0, 1, "a"), ("q", 1, 2, "a")]
    assert pair(PairRule("given"), pool, judged) == [("p.0", "p.1"), ("p.2", "p.1")]
    assert left_out(pool, judged) == {"q": {"disagreement": 2}}


def test_given_makes_a_pair_of_every_verdict_or_at_most_so_many() -> None:
    pool: Pool = {("p", "fa"): answers(*[None] * 4)}
    judged = [("p", 0, n, "a") for n in (1, 2, 3)]
    assert len(pair(PairRule("given"), pool, judged)) == 3
    assert left_out(pool, judged) == {}
    assert len(pair(PairRule("given", per_prompt=2), pool, judged)) == 2
    assert left_out(pool, judged, PairRule("given", per_prompt=2)) == {"p": {"beyond_per_prompt": 1}}
    assert PairRule("given").per_prompt is None and PairRule().per_prompt == 1
    assert len({tuple(pair(PairRule("given", per_prompt=2, seed=s), pool, judged)) for s in range(9)}) > 1


def test_reasons_of_given() -> None:
    cases: list[tuple[list[tuple[Any, ...]], dict[str, int]]] = [
        ([], {"no_verdict": 1}),
        ([(0, 1, "a", "somebody else")], {"no_verdict": 1}),
        ([(0, 1, "tie")], {"tie": 1}),
        ([(0, 1, "disagreement")], {"disagreement": 1}),
        ([(0, 1, "tie"), (0, 3, "disagreement")], {"tie": 1, "disagreement": 1}),
        ([(0, 1, "tie"), (1, 0, "tie")], {"tie": 2}),
        ([(0, 2, "b")], {"empty_answer": 1}),
        ([(0, 4, "a"), (0, 1, "a")], {"identical_texts": 1}),
        ([(0, 0, "a")], {"identical_texts": 1}),
        ([(0, 7, "b")], {"answer_missing": 1}),
        ([(0, 1, "no idea")], {"unknown_verdict": 1}),
    ]
    pool: Pool = {(f"case {i}", "de"): [A("a"), A("b"), A(" "), A("c"), A("a")] for i in range(len(cases))}
    judged = [(f"case {i}", *row) for i, (rows, _) in enumerate(cases) for row in rows]
    assert left_out(pool, judged) == {f"case {i}": reason for i, (_, reason) in enumerate(cases)}
