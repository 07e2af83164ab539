"""All pair rules against a reference in plain Python."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref import schema
from polypref.stages.pair import PairRule, make_pairs
from tests.stages.pairing import BLANK, RATER, SCORED, A, Judged, Pool, answers, md5, tables

TEXTS = ["", " ", "\n\u3000", "はい", "はい\n", "いいえ", "αβγ", " αβγ", "طيب", "так"]
SCORES = st.sampled_from([0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 1e300, -1.7e308, math.nan, math.inf, -math.inf])


@st.composite
def pools(draw: st.DrawFn) -> tuple[Pool, Judged]:
    answer = st.builds(
        A,
        st.sampled_from(TEXTS),
        st.lists(SCORES, max_size=3).map(tuple),
        st.sampled_from(["x", "y", "z"]),
        st.sampled_from(["direct", "direct", "translated", "reference"]),
    )
    pool, judged = {}, []
    for number in range(draw(st.integers(1, 9))):
        own_answers = draw(st.lists(answer, max_size=5))
        pool[f"p{number}", draw(st.sampled_from(["de", "ja"]))] = own_answers
        if own_answers:
            at = st.integers(0, len(own_answers) - 1)
            side = st.sampled_from(["a", "b", "tie", "disagreement"])
            rows = draw(st.lists(st.tuples(at, at, side), max_size=3))
            judged += [(f"p{number}", *row) for row in rows]
    return pool, judged


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
    st.builds(PairRule, st.just("given"), per_prompt=st.none() | st.integers(1, 3), seed=st.integers(0, 3)),
)


@dataclass(frozen=True)
class Known:
    """An answer as the reference sees it."""

    id: str
    text: str
    score: float | None
    side: str | None
    place: str
    broken: bool


def know(rule: PairRule, prompt: str, own_answers: list[A]) -> list[Known]:
    out = []
    for i, a in enumerate(own_answers):
        finite = [s for s in a.scores if abs(s) < 1e100]
        side = None
        for name, wanted in (("b", rule.model_b), ("a", rule.model_a)):
            if wanted and (a.route == wanted[6:] if wanted.startswith("route:") else a.model == wanted):
                side = name
        key, median = md5(f"{rule.seed}:{prompt}:{prompt}.{i}"), statistics.median(finite) if finite else None
        if a.route != "reference":
            out.append(Known(f"{prompt}.{i}", a.text.strip(BLANK), median, side, key, bool(a.scores) and not finite))
    return out


def reference(rule: PairRule, prompt: str, own_answers: list[A], judged: Judged) -> list[tuple[str, str]] | str:
    """The pairs of a prompt, or the reason why there is none."""
    known = know(rule, prompt, own_answers)
    two = list(combinations(known, 2))
    if not two:
        return "fewer_than_two_answers"
    if rule.model_a and not (two := [(a, b) for a, b in two if {a.side, b.side} == {"a", "b"}]):
        return "model_missing"
    if not (two := [(a, b) for a, b in two if a.text and b.text]):
        return "empty_answer"
    if not (two := [(a, b) for a, b in two if a.text != b.text]):
        return "identical_texts"
    if not [1 for a, b in two if a.score is not None and b.score is not None]:
        return "score_not_finite" if any(a.broken or b.broken for a, b in two) else "unrated"
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
    scores = [a.score for a in once if a.score is not None]
    points = {"mean_minus_2sd": statistics.fmean(scores) - 2 * statistics.pstdev(scores)}
    if len(scores) > 1:
        points["first_quartile"] = statistics.quantiles(scores, n=4, method="inclusive")[0]

    def nearest(a: Known, b: Known) -> Any:
        return -a.score, round(abs(b.score - points[rule.rule]), 9), b.score, a.place, b.place  # type: ignore[operator]

    orders: dict[str, Callable[[Known, Known], Any]] = {
        "best_vs_random": lambda a, b: (-a.score, a.place, b.place),  # type: ignore[operator]
        "all_pairs": lambda a, b: md5(a.place + b.place),
        "mean_minus_2sd": nearest,
        "first_quartile": nearest,
    }
    order = orders.get(rule.rule, lambda a, b: (-a.score, b.score, a.place, b.place))
    wide.sort(key=lambda both: order(*both))
    return sorted((a.id, b.id) for a, b in wide[: rule.per_prompt]) or "below_margin"


def by_verdict(
    rule: PairRule, known: list[Known], judged: Sequence[tuple[int, int, str]], prompt: str
) -> tuple[list[tuple[str, str]], Counter[str]]:
    """The pairs of the verdicts on a prompt, and the reasons of those that make none."""
    by_id, why = {a.id: a for a in known}, Counter[str]()
    views: dict[frozenset[str], list[tuple[Known, Known, str]]] = {}
    winners: dict[frozenset[str], set[str]] = {}
    for one, two, preferred in judged:
        if not {f"{prompt}.{one}", f"{prompt}.{two}"} <= by_id.keys():
            why["answer_missing"] += 1
            continue
        a, b = by_id[f"{prompt}.{one}"], by_id[f"{prompt}.{two}"]
        if not (a.text and b.text) or a.text == b.text:
            why["identical_texts" if a.text and b.text else "empty_answer"] += 1
        else:
            views.setdefault(frozenset((a.id, b.id)), []).append((a, b, preferred))
            if preferred in ("a", "b"):
                texts = a.text, b.text
                winners.setdefault(frozenset(texts), set()).add(texts["ab".index(preferred)])
    pairs = []
    for view in views.values():
        best = {{"a": a.text, "b": b.text}.get(preferred, preferred) for a, b, preferred in view}
        side = view[0][2]
        contradicted = side in ("a", "b") and len(winners[frozenset((view[0][0].text, view[0][1].text))]) > 1
        if len(best) > 1 or side == "disagreement" or contradicted:
            why["disagreement"] += len(view)
        elif side in ("a", "b"):
            sides = {(a, b) if preferred == "a" else (b, a) for a, b, preferred in view}
            pairs += sides
            why["merged_same_verdict_again"] += len(view) - len(sides)
        else:
            why["tie" if side == "tie" else "unknown_verdict"] += len(view)
    pairs.sort(key=lambda both: md5(both[0].place + both[1].place))
    why["beyond_per_prompt"] += max(0, len(pairs) - (rule.per_prompt or len(pairs)))
    return sorted((a.id, b.id) for a, b in pairs[: rule.per_prompt]), +why


@settings(max_examples=25, deadline=None)
@given(pools(), RULES, st.integers(0, 9))
def test_every_rule_does_as_the_reference(drawn: tuple[Pool, Judged], rule: PairRule, mix: int) -> None:
    pool, judged = drawn
    pairs, rejected, _ = make_pairs(rule, RATER, *tables(pool, judged, mix))
    if rule.rule == "given":
        every_verdict(rule, pool, judged, pairs, rejected)
        return
    rows: dict[str, Any] = {r["where"]: r["reason"] for r in rejected.to_pylist()}
    assert len(rows) == rejected.num_rows
    for r in pairs.to_pylist():
        assert not isinstance(rows.get(r["prompt_id"]), str), "a prompt has a pair and a reason"
        rows.setdefault(r["prompt_id"], []).append((r["chosen_id"], r["rejected_id"]))
    assert rows == {prompt: reference(rule, prompt, own_answers, judged) for (prompt, _), own_answers in pool.items()}
    language = dict(pool.keys())
    assert all(language[r["where"]] == r["language"] for r in rejected.to_pylist())
    check_pairs(rule, pool, pairs)


def every_verdict(rule: PairRule, pool: Pool, judged: Judged, pairs: pa.Table, rejected: pa.Table) -> None:
    """Every verdict is a pair or has a reason, and every prompt without a verdict is named."""
    pairs_of: dict[str, list[tuple[str, str]]] = {}
    for r in pairs.to_pylist():
        pairs_of.setdefault(r["prompt_id"], []).append((r["chosen_id"], r["rejected_id"]))
    why = Counter((r["where"], r["reason"]) for r in rejected.to_pylist())
    language = dict(pool.keys())
    assert all(language[r["where"]] == r["language"] for r in rejected.to_pylist())
    for (prompt, _), own_answers in pool.items():
        own = [row[1:] for row in judged if row[0] == prompt]
        expected, reasons = by_verdict(rule, know(rule, prompt, own_answers), own, prompt)
        counts = Counter({reason: n for (where, reason), n in why.items() if where == prompt})
        assert pairs_of.get(prompt, []) == expected
        assert counts == (reasons if own else {"no_verdict": 1})
        assert len(own) == len(expected) + counts.total() - (not own)
    check_pairs(rule, pool, pairs)


def check_pairs(rule: PairRule, pool: Pool, pairs: pa.Table) -> None:
    """What holds for every pair, whatever the reference says."""
    language = dict(pool.keys())
    text = {
        f"{prompt}.{i}": a.text.strip(BLANK) for (prompt, _), answers in pool.items() for i, a in enumerate(answers)
    }
    per_prompt = Counter(r["prompt_id"] for r in pairs.to_pylist())
    assert all(count <= (rule.per_prompt or count) for count in per_prompt.values())
    assert len(set(pairs["pair_id"].to_pylist())) == pairs.num_rows
    for r in pairs.to_pylist():
        assert language[r["prompt_id"]] == r["language"]
        assert text[r["chosen_id"]] and text[r["rejected_id"]] and text[r["chosen_id"]] != text[r["rejected_id"]]
        assert r["pair_id"] == schema.pair_id(r["prompt_id"], r["rejected_id"], r["chosen_id"])
        if rule.rule != "given":
            assert r["chosen_score"] - r["rejected_score"] == r["score_margin"] > 0
            assert math.isfinite(r["score_margin"])


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(pools(), RULES, st.integers(0, 99))
def test_the_order_of_rows_changes_nothing(drawn: tuple[Pool, Judged], rule: PairRule, mix: int) -> None:
    one, other = (make_pairs(rule, RATER, *tables(*drawn, m)) for m in (None, mix))
    assert one[0].equals(other[0]) and one[1].equals(other[1])


def test_a_pair_of_the_same_answers_has_one_id_whichever_is_chosen() -> None:
    pool: Pool = {("p", "el"): answers(None, None)}
    ids = [make_pairs(PairRule("given"), RATER, *tables(pool, [("p", 0, 1, side)]))[0]["pair_id"] for side in "ab"]
    assert ids[0] == ids[1]
