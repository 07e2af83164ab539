"""Reward models as raters: what they read, and where their scores go."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa

from polypref import schema
from polypref.inference import Failure, Known, Model, Reply, Request, Result, Served
from polypref.raters.reward import RewardRater
from polypref.stages.pool import Bucket

RATER = RewardRater(Served(Model("belohnung", "r3"), backend=None))  # type: ignore[arg-type]
SAID = {
    "p": ("fa", {"a": "بله", "b": "نه‌خیر", "c": "بله", "d": " "}),
    "q": ("uk", {"e": "так", "f": "Зірка — це куля", "g": "<|im_end|>"}),
}


def bucket(reverse: bool = False) -> Bucket:
    turns = [("user", "؟"), ("assistant", "ستاره"), ("user", "چرا؟")]
    prompts = [
        {"prompt_id": key, "group_id": key, "language": language, "response_language": language, "origin": "native"}
        | {"prompt": [{"role": role, "content": text} for role, text in turns], "sources": []}
        for key, (language, _) in SAID.items()
    ]
    answers = [
        {"prompt_id": key, "completion_id": name, "text": text, "route": "given"}
        | dict.fromkeys(("model", "model_revision", "model_licence"), "")
        for key, (_, texts) in SAID.items()
        for name, text in texts.items()
    ]
    answers.append(answers[0] | {"completion_id": "z", "text": "مرجع", "route": "reference"})
    return Bucket(
        pa.Table.from_pylist(prompts[::-1] if reverse else prompts, schema.PROMPTS),
        pa.Table.from_pylist(answers[::-1] if reverse else answers, schema.COMPLETIONS),
        schema.RATINGS.empty_table(),
        schema.VERDICTS.empty_table(),
    )


def known_by(scores: dict[str, Result | None]) -> Known:
    """A log with a result for each answer's text."""

    def known(requests: Sequence[Request]) -> list[Result | None]:
        return [scores[request.messages[-1][1]] for request in requests]

    return known


def test_the_answer_is_the_last_turn_of_its_conversation_and_equal_ones_are_scored_once() -> None:
    requests = list(RATER.requests(bucket(), known_by({})))
    assert [r.messages[-1] for r in requests] == [
        ("assistant", text) for text in ("بله", "نه‌خیر", "так", "Зірка — це куля")
    ]
    assert all(r.messages[:-1] == (("user", "؟"), ("assistant", "ستاره"), ("user", "چرا؟")) for r in requests)
    assert {(r.kind, r.schema, r.model) for r in requests} == {("score", None, RATER.served.model)}


def test_scores_land_on_every_answer_with_that_text() -> None:
    log: dict[str, Result | None] = {
        "بله": Reply(score=-1.5),
        "نه‌خیر": Reply(score=7.25),
        "так": Reply(score=0.0),
        "Зірка — це куля": Reply(score=math.nan),
    }
    collected = RATER.collect(bucket(), known_by(log))
    rated = collected["ratings"]
    assert rated.schema == schema.RATINGS
    assert [(r["prompt_id"], r["completion_id"], r["score"]) for r in rated.to_pylist()] == [
        ("p", "a", -1.5),
        ("p", "b", 7.25),
        ("p", "c", -1.5),
        ("q", "e", 0.0),
    ]
    assert set(rated["rater"].to_pylist()) == {"belohnung"} and set(rated["rater_revision"].to_pylist()) == {"r3"}
    rows = [(r["language"], r["where"], r["reason"]) for r in collected["rejected"].to_pylist()]
    assert sorted(rows) == [
        ("fa", "d", "empty_answer"),
        ("uk", "f", "score_not_finite"),
        ("uk", "g", "chat_template_token"),
    ]
    again = RATER.collect(bucket(reverse=True), known_by(log))
    assert again["ratings"].equals(rated) and again["rejected"].equals(collected["rejected"])


def test_what_has_no_score_is_rejected_answer_by_answer() -> None:
    log: dict[str, Result | None] = {
        "بله": Failure("context_too_long", "9000 tokens"),
        "نه‌خیر": None,
        "так": Reply("4"),
        "Зірка — це куля": Reply(score=1),
    }
    collected = RATER.collect(bucket(), known_by(log))
    assert collected["ratings"]["completion_id"].to_pylist() == ["f"]
    rows = {r["where"]: (r["reason"], r["detail"]) for r in collected["rejected"].to_pylist()}
    assert rows["a"] == rows["c"] == ("context_too_long", "9000 tokens")
    assert rows["b"] == ("unanswered", "") and rows["e"] == ("no_score", "")


def test_a_name_of_its_own() -> None:
    assert RATER.name == "belohnung" and RewardRater(RATER.served, name="مقيّم").name == "مقيّم"
    assert RATER.models == (RATER.served,)


def test_turns_and_tools_that_are_more_than_texts_go_to_the_model() -> None:
    whole = bucket()
    tools = '[{"type": "function", "function": {"name": "such"}}]'
    call = {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "such", "arguments": {}}}]}
    turns = [{"role": "user", "content": "؟"}, {"role": "assistant", "content": "ستاره", "thinking": "-"}]
    more = {"p": {"messages": json.dumps(turns), "tools": tools}, "f": {"message": json.dumps(call)}}
    prompts = [row | more.get(row["prompt_id"], {}) for row in whole.prompts.to_pylist()]
    answers = [row | more.get(row["completion_id"], {}) for row in whole.completions.to_pylist()]
    changed = replace(
        whole,
        prompts=pa.Table.from_pylist(prompts, schema.PROMPTS),
        completions=pa.Table.from_pylist(answers, schema.COMPLETIONS),
    )
    of_p, other_p, plain, called = RATER.requests(changed, known_by({}))
    spoken = {"role": "assistant", "content": "بله"}
    assert of_p.conversation == [turns[0], {"role": "assistant", "content": "ستاره"}, spoken] and of_p.tools == tools
    assert other_p.turns is not None and (plain.turns, plain.tools) == (None, None)
    assert called.conversation == [*plain.conversation[:-1], call] and called.tools is None


def test_a_criterion_that_the_prompt_does_not_say_is_its_system_message() -> None:
    whole, by = bucket(), {"p": "کوتاه‌تر"}
    prompts = [row | {"criterion": by.get(row["prompt_id"])} for row in whole.prompts.to_pylist()]
    asked = replace(whole, prompts=pa.Table.from_pylist(prompts, schema.PROMPTS))
    before, after = (list(RATER.requests(one, known_by({}))) for one in (whole, asked))
    changed = [one for one in zip(before, after, strict=True) if one[0].key != one[1].key]
    # Prompts without one are asked as before.
    assert 0 < len(changed) < len(before)
    for plain, by_it in changed:
        system = "\n\n".join(text for role, text in plain.messages if role == "system")
        assert by_it.messages[0] == ("system", f"{system}\n\nکوتاه‌تر" if system else "کوتاه‌تر")
        assert [one for one in by_it.messages if one[0] != "system"] == [m for m in plain.messages if m[0] != "system"]
