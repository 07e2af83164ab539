"""Pairs by verdicts: which side they name, how several on one pair are joined, and why one makes no pair."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref import schema
from polypref.layouts.readings import Join
from polypref.stages.pair import PairRule, make_pairs
from tests.stages.pairing import RATER, A, Judged, Pool, answers, pair, tables

GIVEN = PairRule("given")


def left_out(pool: Pool, judged: Any, rule: PairRule = GIVEN, join: Join = "unanimous") -> dict[str, dict[str, int]]:
    """prompt -> reason -> verdicts (or the prompt itself) that make no pair."""
    counts: dict[str, Counter[str]] = {}
    for row in make_pairs(rule, RATER, *tables(pool, judged), join=join)[1].to_pylist():
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


# Several people


def votes(*sides: str, **who: Any) -> list[tuple[Any, ...]]:
    """Verdicts on the first two answers of prompt p, each by somebody."""
    return [("p", 0, 1, side, None, f"person {n}") for n, side in enumerate(sides)]


POOL: Pool = {("p", "de"): answers(None, None, None)}
FIRST, SECOND = ("p.0", "p.1"), ("p.1", "p.0")
SAME = "merged_same_verdict_again"


@pytest.mark.parametrize(
    ("sides", "unanimous", "majority", "each"),
    [
        ("aaa", ([FIRST], {SAME: 2}), ([FIRST], {SAME: 2}), ([FIRST] * 3, {})),
        ("aab", ([], {"disagreement": 3}), ([FIRST], {SAME: 1, "outvoted": 1}), ([FIRST] * 2 + [SECOND], {})),
        ("bab", ([], {"disagreement": 3}), ([SECOND], {SAME: 1, "outvoted": 1}), ([FIRST, SECOND, SECOND], {})),
        ("ab", ([], {"disagreement": 2}), ([], {"no_majority": 2}), ([FIRST, SECOND], {})),
        ("aabt", ([], {"disagreement": 4}), ([], {"no_majority": 4}), ([FIRST] * 2 + [SECOND], {"tie": 1})),
        ("att", ([], {"disagreement": 3}), ([], {"tie": 3}), ([FIRST], {"tie": 2})),
        ("ttt", ([], {"tie": 3}), ([], {"tie": 3}), ([], {"tie": 3})),
        ("aad", ([], {"disagreement": 3}), ([FIRST], {SAME: 1, "outvoted": 1}), ([FIRST] * 2, {"disagreement": 1})),
        ("add", ([], {"disagreement": 3}), ([], {"no_majority": 3}), ([FIRST], {"disagreement": 2})),
    ],
)
def test_votes_of_several_people_are_joined_as_is_asked(sides, unanimous, majority, each) -> None:
    judged = votes(*({"t": "tie", "d": "disagreement"}.get(side, side) for side in sides))
    for join, (pairs, why) in zip(("unanimous", "majority", "each"), (unanimous, majority, each), strict=True):
        assert pair(GIVEN, POOL, judged, join=join) == pairs, join
        assert left_out(POOL, judged, join=join) == ({"p": why} if why else {}), join


def test_the_votes_of_one_person_are_one_vote() -> None:
    judged = [("p", 0, 1, "a", None, "x"), ("p", 1, 0, "b", None, "x"), ("p", 0, 1, "b", None, "y")]
    assert left_out(POOL, judged, join="majority") == {"p": {"no_majority": 3}}
    judged += [("p", 0, 1, "b", None, "z"), ("p", 0, 1, "a", None, "y")]
    # x: the first; y: both, which is neither; z: the second.
    assert left_out(POOL, judged, join="majority") == {"p": {"no_majority": 5}}
    # With each, y says nothing either.
    assert pair(GIVEN, POOL, judged, join="each") == [FIRST, SECOND]
    assert left_out(POOL, judged, join="each") == {"p": {"disagreement": 2, SAME: 1}}
    nobody = [(*one[:4], None, None) for one in judged[:3]]
    assert pair(GIVEN, POOL, nobody, join="majority") == [FIRST]


def unnamed(*sides_and_votes: tuple[str, str]) -> list[tuple[Any, ...]]:
    """Verdicts of nobody by name on the first two answers of prompt p."""
    return [("p", 0, 1, side, None, None, None, vote) for side, vote in sides_and_votes]


def test_a_row_that_stands_twice_is_one_vote_of_each() -> None:
    # One vote a row: two equal rows and a third.
    judged = unnamed(("a", "row1"), ("a", "row1"), ("a", "row2"), ("b", "row3"))
    assert pair(GIVEN, POOL, judged, join="each") == [FIRST, FIRST, SECOND]
    assert left_out(POOL, judged, join="each") == {"p": {"repeated_row": 1}}
    # To a majority equal rows of one vote each are two people.
    assert pair(GIVEN, POOL, judged[1:3] + judged[3:], join="majority") == [FIRST]
    assert left_out(POOL, judged[2:], join="majority") == {"p": {"no_majority": 2}}


def test_a_row_of_several_votes_that_stands_twice_is_one_row() -> None:
    row = [("a", "row1 0"), ("a", "row1 1"), ("b", "row1 2")]
    other = [("b", "row2 0"), ("b", "row2 1"), ("a", "row2 2")]
    assert pair(GIVEN, POOL, unnamed(*row, *row), join="each") == [FIRST, FIRST, SECOND]
    assert left_out(POOL, unnamed(*row, *row), join="each") == {"p": {"repeated_row": 3}}
    # 2 to 1 and 1 to 2; counted twice, the first row would outvote the second.
    assert left_out(POOL, unnamed(*row, *row, *other), join="majority") == {"p": {"no_majority": 9}}


def test_a_pair_knows_whose_vote_it_is_and_on_which_occasion() -> None:
    judged = [
        ("p", 0, 1, side, None, who, at) for side, who, at in (("a", "x", "o"), ("a", "y", "q"), ("b", "z", None))
    ]

    def people(join: Join, some: list[tuple[Any, ...]]) -> list[tuple[str | None, str | None]]:
        pairs = make_pairs(GIVEN, RATER, *tables(POOL, some), join=join).pairs
        return list(zip(pairs["annotator"].to_pylist(), pairs["occasion"].to_pylist(), strict=True))

    pairs = make_pairs(GIVEN, RATER, *tables(POOL, judged), join="each").pairs
    assert pairs["vote_number"].to_pylist() == [1, 2, 3]
    assert make_pairs(GIVEN, RATER, *tables(POOL, judged), join="majority").pairs["vote_number"].to_pylist() == [None]
    assert people("each", judged) == [("x", "o"), ("y", "q"), ("z", None)]
    assert people("unanimous", judged[:1]) == [(None, "o")]
    # Two occasions in one pair are none.
    assert people("unanimous", judged[:2]) == people("majority", judged) == [(None, None)]


def test_the_numbers_of_votes_follow_the_order_of_the_rows() -> None:
    judged = votes("a", "a", "a")
    pairs = make_pairs(GIVEN, RATER, *tables(POOL, judged), join="each").pairs
    assert pairs["pair_id"].to_pylist() == [schema.pair_id("p", "p.0", "p.1", n) for n in (None, 2, 3)]


def test_what_most_say_of_two_texts_must_not_be_contradicted_by_another_model() -> None:
    pool: Pool = {("p", "de"): [A("ja"), A("nein"), A("ja", model="n")]}
    judged = [*votes("a", "a", "b"), ("p", 1, 2, "a", None, "person 5")]
    assert left_out(pool, judged, join="majority") == {"p": {"disagreement": 4}}
    judged = [*votes("a", "b"), ("p", 1, 2, "a", None, "person 5")]
    assert pair(GIVEN, pool, judged, join="majority") == [("p.1", "p.2")]


def test_pairs_of_each_vote_have_ids_of_their_own_that_stay() -> None:
    few, more = (
        make_pairs(GIVEN, RATER, *tables(POOL, votes(*sides)), join="each")[0]["pair_id"].to_pylist()
        for sides in (("a", "a", "b"), ("b", "a", "a", "a", "b"))
    )
    assert len(set(more)) == 5 and set(few) < set(more) and few[0] == schema.pair_id("p", "p.0", "p.1")


SIDES = st.sampled_from(["a", "b", "tie", "disagreement"])
PEOPLE = st.none() | st.sampled_from(["x", "y", "z"])


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), SIDES, PEOPLE), min_size=1, max_size=9),
    st.sampled_from(["majority", "each"]),
    st.none() | st.integers(1, 2),
    st.integers(0, 9),
)
def test_votes_are_joined_as_the_reference_joins_them(cast, join, per_prompt, mix) -> None:
    pool: Pool = {("p", "de"): [A("eins"), A("zwei"), A("drei")]}
    judged: Judged = [("p", one, two, side, None, who) for one, two, side, who in cast]
    rule = PairRule("given", per_prompt=per_prompt)
    pairs, rejected, _ = make_pairs(rule, RATER, *tables(pool, judged, mix), join=join)
    kept = Counter((r["chosen_id"], r["rejected_id"]) for r in pairs.to_pylist())
    why = Counter(r["reason"] for r in rejected.to_pylist())
    expected, reasons = reference(cast, join)
    beyond = max(0, expected.total() - (per_prompt or 99))
    assert kept <= expected and kept.total() == expected.total() - beyond
    assert why == reasons + Counter({"beyond_per_prompt": beyond})
    assert kept.total() + why.total() == len(judged)
    assert len(set(pairs["pair_id"].to_pylist())) == pairs.num_rows


def reference(cast: list[tuple[int, int, str, str | None]], join: str) -> tuple[Counter[Any], Counter[str]]:
    """The pairs and the reasons, verdict by verdict."""
    pairs: Counter[Any] = Counter()
    why: Counter[str] = Counter()
    of_two: dict[frozenset[int], list[tuple[str, str]]] = {}
    for number, (one, two, side, who) in enumerate(cast):
        if one == two:
            why["identical_texts"] += 1
            continue
        best = {"a": f"p.{one}", "b": f"p.{two}"}.get(side, side)
        of_two.setdefault(frozenset((one, two)), []).append((best, who or f"nobody {number}"))
    for two, ballots in of_two.items():
        names = {f"p.{n}" for n in two}
        ordered = {best: (best, *(names - {best})) for best in names}
        if join == "each":
            why.update(best for best, _ in ballots if best not in names)
            sided = [one for one in ballots if one[0] in names]
            torn = {who for _, who in sided if len({best for best, other in sided if other == who}) > 1}
            why["disagreement"] += sum(who in torn for _, who in sided)
            sided = [one for one in sided if one[1] not in torn]
            pairs.update(ordered[best] for best, _ in set(sided))
            why[SAME] += len(sided) - len(set(sided))
            continue
        people = {who: {best for best, other in ballots if other == who} for _, who in ballots}
        tally = Counter(next(iter(sides)) if len(sides) == 1 else "disagreement" for sides in people.values())
        best, most = tally.most_common(1)[0]
        if 2 * most <= len(people) or best == "disagreement":
            why["no_majority"] += len(ballots)
        elif best == "tie":
            why["tie"] += len(ballots)
        else:
            pairs[ordered[best]] += 1
            same = sum(one == best for one, _ in ballots)
            why[SAME] += same - 1
            why["outvoted"] += len(ballots) - same
    return +pairs, +why


def words(join: Join, *judged: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    """Chosen answer and rationale of every pair of two answers, by verdicts and their words."""
    votes = [("p", 0, 1, side, None, f"person {n}", None, None, why) for n, (side, why) in enumerate(judged)]
    pairs = make_pairs(GIVEN, RATER, *tables({("p", "ar"): answers(None, None)}, votes), join=join)[0].to_pylist()
    return sorted(((row["chosen_id"], row["rationale"]) for row in pairs), key=str)


def test_a_pair_has_the_words_of_who_judged_so() -> None:
    votes = [("b", "the second"), ("a", None), ("a", "short"), ("a", "right")]
    assert words("each", *votes) == [("p.0", "right"), ("p.0", "short"), ("p.0", None), ("p.1", "the second")]
    # What most say is the pair's, and so are their words, not those of whom they outvote.
    assert words("majority", *votes) == [("p.0", "short")]
    assert words("unanimous", *votes[1:]) == [("p.0", "short")]
    assert words("unanimous", ("a", None)) == [("p.0", None)]
    assert words("majority", ("tie", "alike"), ("a", None), ("a", None)) == [("p.0", None)]
