"""Judges: what they are shown, on which answer a score lands, when they are asked again."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from polypref import schema
from polypref.errors import UserError
from polypref.files.atomic import plain
from polypref.inference import Failure, Reply, Request, Result
from polypref.judging import prompts
from polypref.raters.aspects import ASPECTS, JudgeRater
from tests.raters.judged import (
    SERVED,
    TEXTS,
    answers_shown,
    bucket,
    by_length,
    code_of,
    known_by,
    nobody,
    one_of,
    shown,
)

# What a judge is shown


def test_a_judge_sees_prompt_answers_languages_and_schema() -> None:
    answered = bucket(("p", {"a": "سلام", "b": "خداحافظ"}), language="en", response_language="fa", ask="Say hello")
    request = one_of(JudgeRater(SERVED), answered)
    assert shown(request) == {"turn 1 (system)": "קצר", "turn 2 (user)": "Say hello"} | answers_shown(request)
    assert sorted(answers_shown(request).values()) == sorted(["سلام", "خداحافظ"])
    system = request.messages[0][1]
    assert "The request is written in English (en)." in system
    assert "A good answer is written in Persian (fa)." in system
    assert "{{" not in system + request.messages[1][1]
    form = json.loads(request.schema or "")
    assert form["required"] == ["code", "answer_1", "answer_2"] and not form["additionalProperties"]
    assert list(form["properties"]["answer_2"]["properties"]) == list(ASPECTS)
    assert form["properties"]["answer_1"]["properties"]["honesty"]["properties"]["score"]["enum"] == [1, 2, 3, 4, 5]


def test_prompt_files_of_ones_own(tmp_path: Path) -> None:
    def write(text: str) -> str:
        path = tmp_path / f"{hashlib.md5(text.encode()).hexdigest()}.txt"
        path.write_text(text, "utf-8")
        return str(path)

    good = "note\n=== user ===\n{{code}} {{conversation}} {{answers}}\n=== aspect سود ===\nمفید؟ {{highest}}\n"
    rater = JudgeRater(SERVED, aspects=("سود",), scale=(0, 2), prompt=write(good))
    request = one_of(rater, bucket(("p", {"a": "א", "b": "ב"})))
    assert [role for role, _ in request.messages] == ["user"]
    # What the build is depends on the text of the prompt, not on where it lies.
    assert str(tmp_path) not in json.dumps(plain(rater))
    assert plain(rater)["prompt_sha256"] == hashlib.sha256(good.encode()).hexdigest()
    other = JudgeRater(SERVED, aspects=("سود",), prompt=write(good + "\n"))
    assert plain(other)["prompt_sha256"] != plain(rater)["prompt_sha256"]
    for text, complaint in [
        ("no section", "needs one section"),
        (good + "=== user ===\nagain", "no section twice"),
        (good.replace("{{answers}}", ""), "lacks the slot {{answers}}"),
        (good + "{{answer}}", "unknown slot {{answer}}"),
    ]:
        with pytest.raises(UserError, match=re.escape(complaint)):
            JudgeRater(SERVED, aspects=("سود",), prompt=write(text))
    with pytest.raises(UserError, match=r"no judge prompt 'ultrafeedback'; choose one of .*ultrafeedback-1"):
        JudgeRater(SERVED, prompt="ultrafeedback")
    with pytest.raises(UserError, match="cannot read the judge prompt"):
        JudgeRater(SERVED, prompt=str(tmp_path / "none.txt"))
    with pytest.raises(UserError, match=r"some of helpfulness, honesty.*each once"):
        JudgeRater(SERVED, aspects=("kindness",))


# On which answer a score lands

texts = st.lists(st.sampled_from([*TEXTS.values(), "aa", "b"]), min_size=2, max_size=6)


@settings(max_examples=60, deadline=None)
@given(texts=texts, seed=st.integers(0, 99), order=st.randoms(use_true_random=False))
def test_shuffling_never_changes_which_score_lands_on_which_answer(texts: list[str], seed: int, order: Any) -> None:
    assume(len(set(texts)) > 1)
    answers = {f"c{n}": text for n, text in enumerate(texts)}
    rater = JudgeRater(SERVED, seed=seed)
    answered = bucket(("p", answers))
    rated = rater.collect(answered, known_by(by_length))["ratings"]
    assert rated.schema == schema.RATINGS
    assert dict(zip(rated["completion_id"].to_pylist(), rated["score"].to_pylist(), strict=True)) == {
        name: 1 + len(text) % 5 for name, text in answers.items()
    }
    # The order of the rows has no say in what is asked.
    mixed = list(answers.items())
    order.shuffle(mixed)
    again = bucket(("p", dict(mixed)))
    assert [r.key for r in rater.requests(again, nobody)] == [r.key for r in rater.requests(answered, nobody)]


def test_orders_are_shuffled_by_seed_and_prompt() -> None:
    answers = dict(zip("abcdef", TEXTS.values(), strict=True))
    answered = bucket(*((f"p{n}", {f"{name}{n}": text for name, text in answers.items()}) for n in range(30)))
    orders = [tuple(answers_shown(r).values()) for r in JudgeRater(SERVED).requests(answered, nobody)]
    assert len(set(orders)) > 25
    # Every text comes first about as often as another: 5 of 30 times expected, 16 or more for none in 10,000 seeds.
    assert all(1 <= sum(order[0] == text for order in orders) <= 15 for text in TEXTS.values())
    assert orders != [tuple(answers_shown(r).values()) for r in JudgeRater(SERVED, seed=1).requests(answered, nobody)]


def test_a_rating_row_by_hand() -> None:
    def says(request: Request) -> str:
        labels = {text: label for label, text in answers_shown(request).items()}
        scores = {"星": (5, 4, 4, 2), "没有": (1, 1, 1, 2)}
        return json.dumps(
            {"code": code_of(request)}
            | {
                labels[text]: {
                    name: {"rationale": f"{name[0]}\n好 \ud83d", "score": score}
                    for name, score in zip(ASPECTS, four, strict=True)
                }
                for text, four in scores.items()
            }
        )

    rater = JudgeRater(SERVED)
    rated = rater.collect(bucket(("p", {"a": "星", "b": "没有"}), language="zh"), known_by(says))["ratings"].to_pylist()
    assert rated[0] == {
        "prompt_id": "p",
        "completion_id": "a",
        "rater": "richter",
        "rater_revision": f"r7/ultrafeedback-2-{prompts.template('ultrafeedback-2').sha256[:8]}",
        "score": 3.75,
        "aspects": [("instruction_following", 5.0), ("truthfulness", 4.0), ("honesty", 4.0), ("helpfulness", 2.0)],
        "rationale": "instruction_following: i 好 ?\ntruthfulness: t 好 ?\nhonesty: h 好 ?\nhelpfulness: h 好 ?",
        "occasion": None,
    }
    assert rated[1]["completion_id"] == "b" and rated[1]["score"] == 1.25


# Attempts


def test_a_reply_that_cannot_be_read_is_asked_for_again_in_another_order() -> None:
    answered = bucket(("p", dict(zip("abcdef", TEXTS.values(), strict=True))))
    rater = JudgeRater(SERVED, attempts=3)
    log: dict[str, Result] = {}

    def known(requests: Sequence[Request]) -> list[Result | None]:
        return [log.get(request.key) for request in requests]

    (first,) = rater.requests(answered, known)
    log[first.key] = Reply("I cannot decide.")
    one, second = rater.requests(answered, known)
    assert one == first and second.sampling.seed == first.sampling.seed + 1
    assert list(answers_shown(second).values()) != list(answers_shown(first).values())
    assert rater.collect(answered, known)["rejected"]["reason"].to_pylist() == ["unanswered"]
    log[second.key] = Reply(by_length(second))
    assert [r.key for r in rater.requests(answered, known)] == [first.key, second.key]
    collected = rater.collect(answered, known)
    assert not collected["rejected"].num_rows
    scores = dict(zip(*(collected["ratings"][c].to_pylist() for c in ("completion_id", "score")), strict=True))
    assert scores == {name: 1 + len(text) % 5 for name, text in zip("abcdef", TEXTS.values(), strict=True)}


def test_attempts_end_and_failures_are_not_asked_again() -> None:
    answered = bucket(("p", {"a": "א", "b": "ב"}))
    rater = JudgeRater(SERVED)
    cut = known_by(lambda _: Reply('{"answer_1": {"hon', finish_reason="length"))
    assert len(list(rater.requests(answered, cut))) == 2
    assert rater.collect(answered, cut)["rejected"]["reason"].to_pylist() == ["judge_cut_off"]
    failed = known_by(lambda _: Failure("context_too_long", "8193 tokens"))
    assert len(list(rater.requests(answered, failed))) == 1
    rejected = rater.collect(answered, failed)["rejected"].to_pylist()
    assert rejected == [{"language": "he", "where": "p", "reason": "context_too_long", "detail": "8193 tokens"}]
