"""Occasions: scores that different people gave, or at different times, never meet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations, permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.layouts.sources import Answer, Fields, Verdict
from polypref.raters.combined import Combined
from polypref.raters.given import RelevanceRater, SourceRater
from polypref.stages.pair import PairRule, make_pairs
from tests.layouts.interpreted import TWO, item_of
from tests.stages.builds import built
from tests.stages.pairing import RATER, A, Pool, md5, tables

TEXTS = ("eins", "zwei", "drei", "vier")
Scored = Mapping[str, Sequence[float | None]]
"""Occasion -> the score of each answer there."""


def pool_of(scored: Scored) -> Pool:
    """A prompt whose answers were scored so on each occasion."""
    answers = []
    for n, text in enumerate(TEXTS):
        given_ = [(s[n], name) for name, s in scored.items() if n < len(s) and s[n] is not None]
        answers.append(A(text, tuple(score for score, _ in given_), occasions=tuple(name for _, name in given_)))  # type: ignore[misc]
    return {("p", "de"): answers}


def pairs_of(scored: Scored, rule: PairRule) -> tuple[list[tuple[str, str]], str, Counter[tuple[str, str]]]:
    """The pairs as texts, why there is none, and what became of the possible ones."""
    pairs, rejected, counts = make_pairs(rule, RATER, *tables(pool_of(scored)))
    text = {f"p.{n}": text for n, text in enumerate(TEXTS)}
    of_pairs = Counter[tuple[str, str]]()
    for row in counts.to_pylist():
        if row["unit"] == "possible pairs":
            of_pairs[row["outcome"], row["reason"]] += row["rows"]
    reason = "".join(row["reason"] for row in rejected.to_pylist())
    chosen = [(text[row["chosen_id"]], text[row["rejected_id"]]) for row in pairs.to_pylist()]
    return sorted(chosen), reason, of_pairs


BEST = PairRule("best_vs_worst")


def test_each_occasion_has_its_pair_and_none_has_a_score_of_another() -> None:
    # One person is generous, the other is not: over both, the first answer would stand over the last.
    pairs, _, counts = pairs_of({"x": (95, 90), "y": (None, None, 20, 5)}, BEST)
    assert pairs == [("drei", "vier"), ("eins", "zwei")] and counts == {("in", ""): 2}
    assert pairs_of({"x": (95, 90, 20, 5)}, BEST)[0] == [("eins", "vier")]


def test_what_two_occasions_order_both_ways_is_a_disagreement() -> None:
    pairs, why, counts = pairs_of({"x": (9, 1), "y": (3, 4)}, BEST)
    assert (pairs, why) == ([], "disagreement") and counts == {("in", ""): 2, ("rejected", "disagreement"): 2}
    # What else an occasion says stays.
    pairs, why, counts = pairs_of({"x": (9, 1, 5), "y": (3, 4)}, BEST)
    assert (pairs, why) == ([("eins", "drei")], "")
    assert counts == {("in", ""): 4, ("rejected", "disagreement"): 2}


def test_what_two_occasions_choose_alike_is_one_pair() -> None:
    pairs, _, counts = make_pairs(BEST, RATER, *tables(pool_of({"x": (9, 7), "y": (5, 1)})))
    assert [(row["chosen_score"], row["rejected_score"]) for row in pairs.to_pylist()] == [(5, 1)]  # the wider margin
    assert {row["outcome"]: row["rows"] for row in counts.to_pylist() if row["unit"] == "possible pairs"} == {
        "in": 2,
        "joined": 1,
    }


@pytest.mark.parametrize(
    ("scored", "why"),
    [
        ({"x": (9,), "y": (None, 1)}, "no_common_occasion"),
        ({"x": (9, 9), "y": (None, None, 1)}, "tie"),
        ({"x": (9, 8.5)}, "below_margin"),
        ({"x": (9,)}, "unrated"),
    ],
)
def test_why_a_prompt_has_no_pair(scored: Scored, why: str) -> None:
    assert pairs_of(scored, PairRule(min_margin=1))[1] == why


def test_so_many_pairs_are_of_each_occasion() -> None:
    scored = {"x": (4, 3, 2), "y": (None, 9, 8, 7)}
    assert len(pairs_of(scored, PairRule("all_pairs", per_prompt=1))[0]) == 2
    assert len(pairs_of(scored, PairRule("all_pairs", per_prompt=9))[0]) == 5


SCORES = st.none() | st.sampled_from([1.0, 2.0, 2.5, 3.0, 4.0])


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(st.sampled_from("xyz"), st.lists(SCORES, min_size=4, max_size=4), min_size=1),
    st.sampled_from(["best_vs_worst", "all_pairs"]),
    st.integers(1, 3),
    st.sampled_from([0.0, 1.0]),
)
def test_pairs_of_occasions_are_as_the_reference_has_them(scored, name, per_prompt, margin) -> None:
    rule = PairRule(name, per_prompt=per_prompt, min_margin=margin)
    place = {text: md5(f"0:p:p.{n}") for n, text in enumerate(TEXTS)}
    possible = {
        occasion: [
            (one, other, scores[TEXTS.index(one)], scores[TEXTS.index(other)])
            for one, other in permutations(TEXTS, 2)
            if None not in (scores[TEXTS.index(one)], scores[TEXTS.index(other)])
            and scores[TEXTS.index(one)] - scores[TEXTS.index(other)] >= max(margin, 1e-9)
        ]
        for occasion, scores in scored.items()
    }
    every = {(one, other) for pairs in possible.values() for one, other, *_ in pairs}
    orders: dict[str, Any] = {
        "best_vs_worst": lambda p: (-p[2], p[3], place[p[0]], place[p[1]]),
        "all_pairs": lambda p: md5(place[p[0]] + place[p[1]]),
    }
    chosen = [
        (one, other)
        for pairs in possible.values()
        for one, other, *_ in sorted((p for p in pairs if (p[1], p[0]) not in every), key=orders[name])[:per_prompt]
    ]
    pairs, why, counts = pairs_of(scored, rule)
    assert pairs == sorted(set(chosen)) and bool(why) == (not chosen)
    against = sum((p[1], p[0]) in every for some in possible.values() for p in some)
    differ = [
        abs(one - other)
        for scores in scored.values()
        for one, other in combinations([score for score in scores if score is not None], 2)
    ]
    assert counts == Counter(
        {
            ("in", ""): len(differ),
            ("unused", "tie"): differ.count(0),
            ("unused", "below_margin"): sum(0 < one < margin for one in differ),
            ("rejected", "disagreement"): against,
            ("joined", "same_pair_on_another_occasion"): len(chosen) - len(set(chosen)),
        }
    )
    if not chosen and any(possible.values()):
        assert why == "disagreement"


# Verdicts


def verdict_pairs(judged: list[tuple[Any, ...]], per_prompt: int | None = None) -> tuple[int, Counter[str]]:
    rule = PairRule("given", per_prompt=per_prompt)
    pairs, rejected, _ = make_pairs(rule, RATER, *tables(pool_of({}), judged))
    return pairs.num_rows, Counter(row["reason"] for row in rejected.to_pylist())


def test_verdicts_of_two_occasions_are_joined_or_disagree() -> None:
    assert verdict_pairs([("p", 0, 1, "a", None, None, "x"), ("p", 1, 0, "b", None, None, "y")]) == (
        1,
        Counter(merged_same_verdict_again=1),
    )
    assert verdict_pairs([("p", 0, 1, "a", None, None, "x"), ("p", 0, 1, "b", None, None, "y")]) == (
        0,
        Counter(disagreement=2),
    )


def test_at_most_so_many_pairs_of_verdicts_are_of_each_occasion() -> None:
    judged = [("p", a, b, "a", None, None, name) for name in "xy" for a, b in ((0, 1), (0, 2))]
    judged.append(("p", 0, 3, "a", None, None, "y"))
    assert verdict_pairs(judged, 9)[0] == 3
    kept, why = verdict_pairs(judged, 1)
    # The first of both occasions may be the same pair.
    assert kept in (1, 2) and kept + why.total() == len(judged)
    assert verdict_pairs(judged[:2] + judged[4:], 1)[0] == 2


def test_scores_beside_verdicts_are_of_one_occasion() -> None:
    judged = [("p", 0, 1, "a")]
    for scored, expected in (
        ({"x": (9, 1)}, (9, 1)),
        ({"x": (9,), "y": (None, 1)}, (None, None)),
        ({"x": (9, 1), "y": (3, 4)}, (None, None)),
        ({"x": (9,)}, (9, None)),
    ):
        (row,) = make_pairs(PairRule("given"), RATER, *tables(pool_of(scored), judged))[0].to_pylist()
        assert (row["chosen_score"], row["rejected_score"]) == expected


# Rows and builds

WEATHER = "How is the weather today?"


def test_a_row_says_on_which_occasion_it_was_rated_by_a_pseudonym() -> None:
    row = {"prompt": "x", "a": "eins", "b": "zwei", "s": 1, "who": "Ada"}
    answers = (Answer("a", score="s"), Answer("b", score="s"))
    item = item_of(row, answers=answers, verdict=Verdict("people"), occasion="who")
    named = {one["occasion"] for one in (*item.ratings, *item.verdicts)}
    assert len(named) == 1 and None not in named and "Ada" not in str(item)
    for who, why in ((None, "no_occasion"), (" ", "no_occasion"), (["x"], "occasion_not_text")):
        item = item_of(row | {"who": who}, answers=answers, verdict=Verdict("people"), occasion="who")
        assert (item.ratings, len(item.verdicts), item.problems) == ([], 1, [(why, "who")])
        assert item.unreadable == (why != "no_occasion")
    assert item_of({"prompt": "x", "a": "eins"}, answers=TWO[:1], occasion="who").problems == []


def row(person: str, talk: str, answer: str, score: float, question: str = WEATHER) -> dict[str, Any]:
    return {"q": question, "who": person, "talk": talk, "a": answer, "s": score}


ROWS = [
    row("Ada", "1", "Sunny.", 95),
    row("Ada", "1", "I see the sun.", 90),
    row("Bob", "2", "Look outside.", 20),
    row("Bob", "2", "No.", 5),
    row("Bob", "3", "A fjord is a bay.", 9, "What is a fjord?"),
    row("Ada", "4", "It is a mountain.", 3, "What is a fjord?"),
]


def test_a_build_compares_within_an_occasion_only_and_counts_the_rest() -> None:
    outcome = built(ROWS, Fields("q", (Answer("a", score="s"),), group="talk", occasion="who"))
    assert [pair[1:] for pair in outcome.pairs] == [("Look outside.", "No."), ("Sunny.", "I see the sun.")]
    assert outcome.counts("pair", "prompts")["rejected", "no_common_occasion"] == 1


def test_a_build_counts_what_occasions_order_both_ways_or_alike() -> None:
    scores = {"Ada": (9, 1, 5, 5), "Bob": (9, 2, 4, 8)}
    judged = [
        row(who, "1", answer, score, question)
        for who, of_who in scores.items()
        for (answer, question), score in zip(
            [("Yes.", WEATHER), ("No.", WEATHER), ("A bay.", "What is a fjord?"), ("A hill.", "What is a fjord?")],
            (*of_who[:2], *((3, 1) if who == "Ada" else of_who[2:])),
            strict=True,
        )
    ]
    outcome = built(judged, Fields("q", (Answer("a", score="s"),), occasion="who"))
    assert outcome.pairs == [(WEATHER, "Yes.", "No.")]
    assert outcome.counts("pair", "possible pairs") == {
        ("in", ""): 4,
        ("kept", ""): 1,
        ("joined", "same_pair_on_another_occasion"): 1,
        ("rejected", "disagreement"): 2,
    }
    assert outcome.counts("pair", "prompts")["rejected", "disagreement"] == 1


@pytest.mark.slow
def test_a_prompt_in_several_groups_without_an_occasion_stops_the_build() -> None:
    fields = Fields("q", (Answer("a", score="s"),), group="talk")
    with pytest.raises(UserError) as error:
        built(ROWS, fields)
    begin, end = str(error.value).split("as '")[0], str(error.value).split("?' ")[1]
    assert begin == "2 prompts stand under several values of group (talk of rows), "
    assert end == (
        "does, and the scores by 'source' would be compared across them; name the column that says who scored or when "
        "(the person, conversation or session) in Fields(occasion=...), or write occasion='=all' where all scores may "
        "be compared"
    )
    all_scores = built(ROWS, Fields("q", (Answer("a", score="s"),), group="talk", occasion="=all"))
    assert (WEATHER, "Sunny.", "No.") in all_scores.pairs
    # Of one answer in each group nothing is compared that one group does not hold.
    assert len(built(ROWS[:2], fields).pairs) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scores", "advice"),
    [
        (
            {"Ada": (9, 1), "Bob": (2, 8)},
            "1 prompt disagreement: two occasions .* order the same two answers differently",
        ),
        ({"Ada": (9, None), "Bob": (None, 8)}, "1 prompt no_common_occasion: no occasion .* has scores of two"),
    ],
)
def test_where_occasions_leave_nothing_the_sentence_says_what_to_declare(scores, advice) -> None:
    judged = [
        row(who, "1", answer, score)
        for who, of_who in scores.items()
        for answer, score in zip(("Yes.", "No."), of_who, strict=True)
        if score is not None
    ]
    with pytest.raises(UserError, match=advice):
        built(judged, Fields("q", (Answer("a", score="s"),), occasion="who"))


def test_people_of_whom_no_more_than_half_agree_are_told_of_joins() -> None:
    verdict = Verdict("people", ("p", "r"), ("A",), ("B",), join="majority")
    judged = [{"q": WEATHER, "a": "Yes.", "b": "No.", "p": "A", "r": "B"}]
    with pytest.raises(UserError, match=r"2 verdicts no_majority: no side has more than half .*Verdict\(join='each'"):
        built(judged, Fields("q", TWO, verdict=verdict), PairRule("given"), "people")


def test_scores_of_occasions_are_not_averaged_with_others() -> None:
    declared = Fields("q", (Answer("a", score="s"),), occasion="who")
    with pytest.raises(UserError, match="the scores by 'source' are of several occasions \\(who\\)"):
        built(ROWS, declared, rater=Combined((SourceRater(), RelevanceRater())))


def test_who_judged_does_not_change_which_pairs_are_chosen() -> None:
    """The salt is another in every folder; the pairs are the same."""
    fields = Fields("q", (Answer("a", score="s"),), occasion="who")
    assert built(ROWS, fields).pairs == built(ROWS, fields).pairs
