"""Judges of pairs, in both orders."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref import schema
from polypref.errors import UserError
from polypref.inference import Failure, Reply, Request, Result
from polypref.judging.prompts import Unusable, read_verdict
from polypref.raters.aspects import JudgeRater
from polypref.raters.pairwise import PairwiseJudge
from polypref.stages.pool import Bucket
from tests.raters.judged import SERVED, TEXTS, answers_shown, bucket, code_of, known_by, nobody


def prefers(*order: str) -> Callable[[Request], str]:
    """A judge that prefers the text that comes earlier in the order."""

    def says(request: Request) -> str:
        best = min(answers_shown(request).items(), key=lambda item: order.index(item[1]))
        return json.dumps({"rationale": "כי", "code": code_of(request), "verdict": best[0]})

    return says


def says(verdict: str, request: Request) -> str:
    return json.dumps({"rationale": "", "code": code_of(request), "verdict": verdict})


def verdicts(
    answered: Bucket, says: Callable[[Request], Result | str | None], **settings: Any
) -> dict[tuple[str, str], str]:
    table = PairwiseJudge(SERVED, **settings).collect(answered, known_by(says))["verdicts"]
    assert table.schema == schema.VERDICTS
    return {(row["completion_a"], row["completion_b"]): row["preferred"] for row in table.to_pylist()}


def test_both_orders_decide() -> None:
    answered = bucket(("p", {"a": "так", "b": "ні", "c": "може"}), language="uk")
    requests = list(PairwiseJudge(SERVED).requests(answered, nobody))
    pairs = [tuple(answers_shown(r).values()) for r in requests]
    assert len(pairs) == 6 and {pair[::-1] for pair in pairs} == set(pairs)
    assert all(list(answers_shown(r)) == ["A", "B"] for r in requests)
    assert verdicts(answered, prefers("ні", "так", "може")) == {("a", "b"): "b", ("a", "c"): "a", ("b", "c"): "a"}
    # A judge that always prefers what it sees first has no opinion.
    assert set(verdicts(answered, lambda r: says("A", r)).values()) == {"disagreement"}
    assert set(verdicts(answered, lambda r: "hard to say\n" + says("tie", r)).values()) == {"tie"}
    # A win and a tie are two opinions as well.
    half = {"так": "A", "ні": "TIE", "може": "TIE"}
    assert verdicts(answered, lambda r: says(half[answers_shown(r)["A"]], r)) == {
        ("a", "b"): "disagreement",
        ("a", "c"): "disagreement",
        ("b", "c"): "tie",
    }


@settings(max_examples=40, deadline=None)
@given(order=st.permutations(sorted(TEXTS.values())), seed=st.integers(0, 9), most=st.integers(1, 20))
def test_a_consistent_judge_is_understood_whatever_the_seed(order: list[str], seed: int, most: int) -> None:
    answers = dict(zip("abcdef", TEXTS.values(), strict=True))
    preferences = verdicts(bucket(("p", answers)), prefers(*order), seed=seed, most_pairs=most)
    assert len(preferences) == min(most, 15)
    for (one, two), preferred in preferences.items():
        assert one < two
        assert preferred == ("a" if order.index(answers[one]) < order.index(answers[two]) else "b")


def test_the_cap_chooses_by_seed_and_by_prompt() -> None:
    def chosen(seed: int, prompt: str) -> set[tuple[str, str]]:
        answers = dict(zip("abcdef", TEXTS.values(), strict=True))
        return set(verdicts(bucket((prompt, answers)), prefers(*TEXTS.values()), seed=seed, most_pairs=3))

    assert chosen(0, "p") == chosen(0, "p")
    assert len({frozenset(chosen(seed, prompt)) for seed in range(4) for prompt in "pq"}) > 5


def test_a_pair_with_an_order_that_cannot_be_read_has_no_verdict() -> None:
    answered = bucket(("p", {"a": "はい", "b": "いいえ"}), language="ja")

    def half(request: Request) -> Result | str:
        return says("A", request) if answers_shown(request)["A"] == "はい" else Failure("content_filter", "blocked")

    collected = PairwiseJudge(SERVED).collect(answered, known_by(half))
    assert not collected["verdicts"].num_rows
    assert collected["rejected"].to_pylist() == [
        {"language": "ja", "where": "p", "reason": "content_filter", "detail": "b before a: blocked"}
    ]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ('{"rationale": "[[A]] is what the answer asks me to say", "verdict": "B"}', "b"),
        ('```json\n{"rationale": "", "verdict": "tie"}\n```', "tie"),
        ("At first [[A]], but on the whole [[B]]", "judge_two_verdicts"),
        ("<think>[[A]]</think> [[C]]", "tie"),
        ("<think>[[A]]</think>", "judge_in_thought"),
        ("A is better", "judge_unparsable"),
        ("[A] [[D]] [[a]] [[AB]]", "judge_two_verdicts"),
        ('{"verdict": "both"}', "judge_unknown_verdict"),
        ('{"verdict": ["A"]}', "judge_unknown_verdict"),
        ('{"verdict": "A", "verdict": "B"}', "judge_doubled_key"),
    ],
)
def test_verdicts_are_read_strictly(reply: str, expected: str) -> None:
    if expected.startswith("judge_"):
        with pytest.raises(Unusable) as raised:
            read_verdict(reply)
        assert raised.value.reason == expected
    else:
        assert read_verdict(reply) == expected


def test_a_mark_in_a_reply_that_was_cut_off_is_no_verdict() -> None:
    with pytest.raises(Unusable):
        read_verdict("[[A]] at first, but", finished=False)
    assert read_verdict('{"rationale": "", "verdict": "A"}   ', finished=False) == "a"
    answered = bucket(("p", {"a": "א", "b": "ב"}))
    collected = PairwiseJudge(SERVED).collect(
        answered, known_by(lambda _: Reply("[[A]] at first", finish_reason="length"))
    )
    assert collected["rejected"]["reason"].to_pylist() == ["judge_cut_off"] * 2


def test_names_and_settings() -> None:
    assert JudgeRater(SERVED).name == "richter" and PairwiseJudge(SERVED, name="שופט").name == "שופט"
    for wrong in ({"attempts": 0}, {"scale": (5, 1)}, {"aspects": ()}, {"aspects": ("honesty", "honesty")}):
        with pytest.raises(UserError):
            JudgeRater(SERVED, **wrong)  # type: ignore[arg-type]
    with pytest.raises(UserError):
        PairwiseJudge(SERVED, most_pairs=0)


def test_a_pair_and_an_attempt_are_the_least() -> None:
    assert PairwiseJudge(SERVED, most_pairs=1, attempts=1).most_pairs == 1
    for wrong in ({"most_pairs": 0}, {"attempts": 0}):
        with pytest.raises(UserError, match="needs most_pairs and attempts of at least 1"):
            PairwiseJudge(SERVED, **wrong)


def test_the_words_of_both_orders_stay_with_a_verdict_for_an_answer() -> None:
    answered = bucket(("p", {"a": "так", "b": "ні"}), language="uk")

    def reply(request: Request) -> str:
        shown = answers_shown(request)
        best = next(letter for letter, text in shown.items() if text == "ні")
        words = {"rationale": f"{best} \n каже ні \ud83d.", "code": code_of(request), "verdict": best}
        return json.dumps(words)

    (row,) = PairwiseJudge(SERVED).collect(answered, known_by(reply))["verdicts"].to_pylist()
    first, swapped = "(the better answer is B) B каже ні ?.", "(the better answer is A) A каже ні ?."
    assert (row["preferred"], row["rationale"]) == ("b", f"{first}\n{swapped}")
    (tied,) = PairwiseJudge(SERVED).collect(answered, known_by(lambda r: says("TIE", r)))["verdicts"].to_pylist()
    assert tied["rationale"] is None
    (silent,) = (
        PairwiseJudge(SERVED).collect(answered, known_by(lambda r: prefers("так", "ні")(r)))["verdicts"].to_pylist()
    )
    assert silent["rationale"] == "(the better answer is A) כי\n(the better answer is B) כי"


def test_a_judge_that_follows_the_criterion_gives_the_other_verdict_by_another() -> None:
    short, long = "так", "дуже довга відповідь"
    asked = bucket(("brief", {"a": short, "b": long}), ("full", {"c": short, "d": long}))
    prompts = [row | {"criterion": row["prompt_id"]} for row in asked.prompts.to_pylist()]
    answered = replace(asked, prompts=pa.Table.from_pylist(prompts, schema.PROMPTS))

    def follows(request: Request) -> str:
        brief = "<<BEGIN criterion" in request.messages[-1][1] and "\nbrief\n<<END criterion" in request.messages[-1][1]
        best = (min if brief else max)(answers_shown(request).items(), key=lambda item: len(item[1]))
        return json.dumps({"rationale": "", "code": code_of(request), "verdict": best[0]})

    assert verdicts(answered, follows) == {("a", "b"): "a", ("c", "d"): "b"}
    # A prompt without one says nothing of criteria.
    assert verdicts(asked, follows) == {("a", "b"): "b", ("c", "d"): "b"}
