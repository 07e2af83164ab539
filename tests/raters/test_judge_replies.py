"""Judges: what of their replies counts."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref.judging.prompts import Unusable, read_verdict
from polypref.raters.aspects import ASPECTS, JudgeRater, read_scores
from tests.raters.judged import SERVED, bucket, known_by, verdict_on

GOOD = json.loads(verdict_on({"answer_1": 1, "answer_2": 5}))


def changed(label: str, aspect: str, **more: Any) -> str:
    one = json.loads(json.dumps(GOOD))
    one[label][aspect] |= more
    return json.dumps(one)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("", "judge_unparsable"),
        ("Both are fine: 4 and 5.", "judge_unparsable"),
        (json.dumps(GOOD)[:-9], "judge_unparsable"),
        (json.dumps(GOOD) * 2, "judge_two_objects"),
        (
            f"It says {json.dumps(GOOD['answer_1'])}, I say {json.dumps({'answer_1': 5})}\n{json.dumps(GOOD)}",
            "judge_two_objects",
        ),
        (f"إليك التقييم:\n{json.dumps(GOOD, ensure_ascii=False)}\n祝好", "judge_not_last"),
        (f"<think>{json.dumps(GOOD)}", "judge_in_thought"),
        (f"The answer holds <think>. {json.dumps(GOOD)}", "judge_in_thought"),
        ('{"scores": [4, 5]}', "judge_unparsable"),
        ('{"a":' + "[" * 100_000 + "}", "judge_unparsable"),
        ("{}", "judge_missing_answer"),
        ("{" * 100_000 + "}", "judge_unparsable"),
        ('{"a":' * 100_000 + "}", "judge_unparsable"),
        (json.dumps({"answer_1": GOOD["answer_1"]}), "judge_missing_answer"),
        (json.dumps(GOOD | {"answer_3": GOOD["answer_1"]}), "judge_unknown_answer"),
        (json.dumps(GOOD)[:-1] + f', "answer_1": {json.dumps(GOOD["answer_2"])}}}', "judge_doubled_key"),
        (json.dumps(GOOD | {"answer_2": 5}), "judge_missing_aspect"),
        (json.dumps(GOOD | {"answer_2": {"honesty": GOOD["answer_2"]["honesty"]}}), "judge_missing_aspect"),
        (json.dumps(GOOD).replace('"rationale": "so 5", ', ""), "judge_missing_rationale"),
        (changed("answer_2", "honesty", score=0), "judge_score_out_of_range"),
        (changed("answer_2", "honesty", score=6), "judge_score_out_of_range"),
        (changed("answer_2", "honesty", score=10**400), "judge_score_out_of_range"),
        (changed("answer_2", "honesty", score=4.5), "judge_score_fraction"),
        (changed("answer_1", "honesty", score=float("nan")), "judge_score_not_finite"),
        (changed("answer_1", "honesty", score=float("inf")), "judge_score_not_finite"),
        (changed("answer_1", "honesty", score="4"), "judge_score_not_a_number"),
        (changed("answer_1", "honesty", score=True), "judge_score_not_a_number"),
        (changed("answer_1", "honesty", score=None), "judge_score_not_a_number"),
        (changed("answer_1", "honesty", score=[5]), "judge_score_not_a_number"),
    ],
)
def test_an_unusable_reply_has_its_own_reason(reply: str, reason: str) -> None:
    with pytest.raises(Unusable) as raised:
        read_scores(reply, ("answer_1", "answer_2"), ASPECTS, (1, 5))
    assert raised.value.reason == reason
    # All of the prompt is rejected, and nothing of it rated.
    two = bucket(("p", {"a": "א", "b": "ב"}))
    rater = JudgeRater(SERVED, prompt="ultrafeedback-1")
    collected = rater.collect(two, known_by(lambda _: reply))
    assert collected["ratings"].num_rows == 0
    assert [(r["where"], r["reason"]) for r in collected["rejected"].to_pylist()] == [("p", reason)]


@pytest.mark.parametrize(
    "reply",
    [
        json.dumps(GOOD),
        f"```json\n{json.dumps(GOOD, indent=2)}\n```",
        f"إليك التقييم:\n{json.dumps(GOOD, ensure_ascii=False)}\n",
        f"<think>{{maybe}} {verdict_on({'answer_1': 3})}</think>\n{json.dumps(GOOD)}",
        changed("answer_1", "honesty", score=1.0),
    ],
)
def test_a_reply_with_something_around_it_is_read(reply: str) -> None:
    read = read_scores(reply, ("answer_1", "answer_2"), ASPECTS, (1, 5))
    assert {label: set(scores.values()) for label, (scores, _) in read.items()} == {
        "answer_1": {1.0},
        "answer_2": {5.0},
    }


CODE = "0a1b2c3d"
CODED = {"code": CODE} | GOOD


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (json.dumps(GOOD), "judge_no_code"),
        (json.dumps({"code": "0a1b2c3e"} | GOOD), "judge_wrong_code"),
        (json.dumps({"code": ""} | GOOD), "judge_no_code"),
        (json.dumps({"code": True} | GOOD), "judge_no_code"),
        (json.dumps(CODED) * 2, "judge_two_objects"),
        (f"{json.dumps(CODED)} I quote: {json.dumps(GOOD)}", "judge_no_code"),
        (f"{json.dumps(CODED)} That is all.", "judge_not_last"),
        (f"<reasoning>{json.dumps(CODED)}", "judge_in_thought"),
        (json.dumps(CODED)[:-1] + f', "code": "{CODE}"}}', "judge_doubled_key"),
        (json.dumps(CODED | {"answer_2": 5}), "judge_missing_aspect"),
    ],
)
def test_scores_without_the_code_are_none(reply: str, reason: str) -> None:
    with pytest.raises(Unusable) as raised:
        read_scores(reply, ("answer_1", "answer_2"), ASPECTS, (1, 5), CODE)
    assert raised.value.reason == reason


@pytest.mark.parametrize(
    "reply",
    [
        json.dumps(CODED),
        f"It asks for {json.dumps(GOOD)} and {json.dumps({'code': 'ffffffff'} | GOOD)}, in vain.\n{json.dumps(CODED)}",
        f"<think>{json.dumps(CODED | {'answer_1': GOOD['answer_2']})}</think>```json\n{json.dumps(CODED)}\n```",
        json.dumps(CODED | {"code": CODE.upper()}),
    ],
)
def test_scores_with_the_code_are_read_whatever_is_quoted(reply: str) -> None:
    read = read_scores(reply, ("answer_1", "answer_2"), ASPECTS, (1, 5), CODE)
    assert {label: set(scores.values()) for label, (scores, _) in read.items()} == {
        "answer_1": {1.0},
        "answer_2": {5.0},
    }


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 8) | st.floats() | st.text(max_size=5) | st.just("answer_1"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["answer_1", "answer_2", *ASPECTS, "score", "rationale", "x"]), inner, max_size=4
        )
    ),
    max_leaves=20,
)
maybe_good = st.fixed_dictionaries(
    {
        label: st.fixed_dictionaries(
            {a: st.fixed_dictionaries({"rationale": st.text(max_size=3), "score": json_values}) for a in ASPECTS[:2]}
        )
        for label in ("answer_1", "answer_2")
    }
)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(value=st.one_of(json_values, maybe_good), around=st.tuples(st.text(max_size=10), st.text(max_size=10)))
def test_reading_never_raises_anything_else_and_never_takes_a_wrong_row(value: Any, around: tuple[str, str]) -> None:
    reply = around[0] + json.dumps(value) + around[1]
    try:
        read = read_scores(reply, ("answer_1", "answer_2"), ASPECTS[:2], (1, 5))
    except Unusable as error:
        assert re.fullmatch("judge_[a-z_]+", error.reason)
    else:
        assert {label: {a: value[label][a]["score"] for a in ASPECTS[:2]} for label in value} == {
            label: scores for label, (scores, _) in read.items()
        }
        for scores, rationale in read.values():
            assert set(scores.values()) <= {1.0, 2.0, 3.0, 4.0, 5.0}
            rationale.encode()


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from('{}[]":,ABC1 \\nverdict')))
def test_reading_any_text_raises_nothing_else(reply: str) -> None:
    for read in (lambda: read_scores(reply, ("a",), ("b",), (1, 5)), lambda: read_verdict(reply)):
        with suppress(Unusable):
            read()
