"""Answers: which models are asked what, and what becomes of what they say."""

import json
import pickle
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pytest

from polypref.errors import UserError
from polypref.inference import Failure, Model, Reply, Request, Result, Sampling, Served
from polypref.stages.complete import Complete, Route
from polypref.stages.translate import Translator
from polypref.text.messages import message_json, message_text, text_with_calls
from tests.stages.answering import TEXTS, Log, bucket, echo, model, unasked


def test_so_many_routes_are_drawn_for_each_prompt_and_always_the_same_ones() -> None:
    prompts = bucket(*({"language": tag} for tag in TEXTS for _ in range(40)))
    complete = Complete(tuple(Route(model(f"m{n}")) for n in range(5)), per_prompt=2, seed=3)
    asked = list(complete.requests(prompts, Log(unasked)))
    each = Counter(request.messages for request in asked)
    assert len(each) == 280 and set(each.values()) == {2}
    # Each of 5 models is drawn for 2 of 5 prompts: 112 of 280, give or take four standard deviations (8.2).
    assert all(79 <= count <= 145 for count in Counter(request.model.name for request in asked).values())
    assert asked == list(complete.requests(prompts, Log(unasked)))
    other = Complete(complete.routes, per_prompt=2, seed=4)
    assert asked != list(other.requests(prompts, Log(unasked)))


def test_samples_differ_by_their_seed_and_only_by_it() -> None:
    route = Route(model("policy"), "on_policy", sampling=Sampling(0.8, 0.9, 64, seed=10), samples=3)
    answers = Complete((route,)).collect(bucket({"language": "he"}), Log(echo))["completions"].to_pylist()
    assert [row["sampling"]["seed"] for row in answers] == [10, 11, 12]
    assert {(row["route"], row["model"], row["model_licence"], row["tokens"]) for row in answers} == {
        ("on_policy", "policy", "mit", 2)
    }
    assert len({row["completion_id"] for row in answers}) == 3


def test_a_system_prompt_is_drawn_and_comes_after_the_row_s_own() -> None:
    own = [{"role": "system", "content": "קצר."}, {"role": "user", "content": TEXTS["he"]}]
    route = Route(model("m"), systems=("Be kind.",))
    (asked,) = Complete((route,)).requests(bucket({"language": "he", "prompt": own}), Log(unasked))
    assert asked.messages == (("system", "קצר.\n\nBe kind."), ("user", TEXTS["he"]))
    (answer,) = Complete((route,)).collect(bucket({"language": "ja"}), Log(echo))["completions"].to_pylist()
    assert answer["system"] == "Be kind."


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Failure("timeout"), "timeout"),
        (Reply("   "), "empty_answer"),
        (Reply("a\ud800"), "answer_lone_surrogate"),
        (Reply("a <|im_start|> b"), "answer_chat_template_token"),
        (Reply("<think>嗯</think>好。"), "answer_thought_in_text"),
        (Reply("嗯\n</think>\n\n好。"), "answer_thought_in_text"),
        (Reply("<|channel|>analysis<|message|>嗯<|end|>"), "answer_thought_in_text"),
        (None, "not_asked"),
    ],
)
def test_what_is_no_answer_is_rejected_with_its_reason(reply: Any, reason: str) -> None:
    tables = Complete((Route(model("m")),)).collect(bucket({"language": "zh"}), Log(lambda _: reply))
    assert tables["completions"].num_rows == 0
    (row,) = tables["rejected"].to_pylist()
    assert (row["language"], row["reason"]) == ("zh", reason) and row["detail"].startswith("m direct")


def test_answers_keep_their_thoughts_where_it_is_declared() -> None:
    def collected(text: str) -> dict[str, pa.Table]:
        return Complete((Route(model("m")),), thoughts="kept").collect(bucket({}), Log(lambda _: Reply(text)))

    assert collected("<think>Hm</think>Yes.")["completions"]["text"].to_pylist() == ["<think>Hm</think>Yes."]
    # What marks turns stays out of texts.
    (reason,) = collected("<|START_THINKING|>Hm<|END_THINKING|>Yes.")["rejected"]["reason"].to_pylist()
    assert reason == "answer_chat_template_token"


def test_end_tokens_of_an_answer_go() -> None:
    tables = Complete((Route(model("m")),)).collect(bucket({}), Log(lambda _: Reply("Yes.<|im_end|>")))
    assert tables["completions"]["text"].to_pylist() == ["Yes."]


def test_an_answer_is_translated_when_it_is_there() -> None:
    source = [{"role": "user", "content": TEXTS["en"]}]
    prompts = bucket({"language": "uk", "origin": "translated", "source_prompt": source, "source_language": "en"})
    route = Route(model("weak"), "translated", Translator(model("mt"), attempts=1))
    first = list(Complete((route,)).requests(prompts, Log(unasked)))
    assert [(r.model.name, r.messages) for r in first] == [("weak", (("user", TEXTS["en"]),))]

    def some(request: Request) -> Reply | None:
        return Reply("Because of the air.") if request.model.name == "weak" else None

    second = list(Complete((route,)).requests(prompts, Log(some)))
    assert [r.model.name for r in second] == ["weak", "mt"]
    instruction = second[1].messages[0][1]
    assert "from English into Ukrainian" in instruction and instruction.endswith("Because of the air.")

    def all_of_it(request: Request) -> Reply:
        return Reply("Because of the air." if request.model.name == "weak" else "Через повітря.")

    (answer,) = Complete((route,)).collect(prompts, Log(all_of_it))["completions"].to_pylist()
    assert (answer["route"], answer["text"], answer["source_text"]) == (
        "translated",
        "Через повітря.",
        "Because of the air.",
    )
    assert (answer["model"], answer["translator"]) == ("weak", "mt")


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"route": "translated"}, "needs a translator"),
        ({"translator": Translator(model("mt"))}, "needs a translator"),
        ({"route": "guess"}, "direct, translated, on_policy"),
        ({"samples": 2, "sampling": Sampling()}, "temperature 0"),
        ({"samples": 0}, "samples=0.*at least 1"),
        (
            {"systems": ("",)},
            r"^Route\(systems=\(''," r"\)\): a system prompt is empty; write a text, or systems=\(\)$",
        ),
        ({"systems": ("Be brief.", " \n")}, "a system prompt is empty"),
    ],
)
def test_a_route_that_cannot_be_is_refused(settings: dict[str, Any], reason: str) -> None:
    with pytest.raises(UserError, match=reason):
        Route(model("m"), **settings)


def test_more_routes_than_there_are_cannot_be_drawn() -> None:
    with pytest.raises(UserError, match="cannot take 3 of 1 routes"):
        Complete((Route(model("m")),), per_prompt=3)
    with pytest.raises(UserError, match=r"per_prompt=0.*at least 1"):
        Complete((Route(model("m")),), per_prompt=0)


def test_a_backend_stays_in_its_process() -> None:
    class Unpicklable:  # as every class inside a function
        def run(self, requests: Iterable[Request]) -> Iterator[tuple[Request, Result]]:
            return iter(())

    route = Route(Served(Model("m"), Unpicklable()))
    (copy,) = pickle.loads(pickle.dumps(Complete((route,)))).routes
    assert copy == route and copy.served.backend is None


TOOLS = json.dumps([{"type": "function", "function": {"name": "tenki"}}])
CALL = {"type": "function", "function": {"name": "tenki", "arguments": {"ort": "東京"}}}
CALLED = [
    {"role": "user", "content": TEXTS["ja"]},
    {"role": "assistant", "content": "", "thinking": "えっと", "tool_calls": [CALL]},
    {"role": "tool", "content": "21", "name": "tenki"},
]


def test_a_prompt_with_tools_is_asked_with_its_tools_and_turns() -> None:
    messages = f"[{', '.join(map(message_json, CALLED))}]"
    turns = [{"role": turn["role"], "content": message_text(turn)} for turn in CALLED]
    prompts = bucket({"language": "ja", "prompt": turns, "messages": messages, "tools": TOOLS})
    (asked,) = Complete((Route(model("m")),)).requests(prompts, Log(unasked))
    sent = [{key: one for key, one in turn.items() if key != "thinking"} for turn in CALLED]
    assert asked.conversation == sent and asked.tools == TOOLS
    assert asked.messages == tuple((turn["role"], turn["content"]) for turn in turns)
    (asked,) = Complete((Route(model("m"), systems=("短く。",)),)).requests(prompts, Log(unasked))
    assert asked.conversation == [{"role": "system", "content": "短く。"}, *sent]
    # Tools alone: the turns are texts.
    (asked,) = Complete((Route(model("m")),)).requests(bucket({"language": "ja", "tools": TOOLS}), Log(unasked))
    assert (asked.turns, asked.tools) == (None, TOOLS) and asked.conversation[0]["role"] == "user"


def test_calls_that_a_model_answers_with_are_its_turn() -> None:
    prompts = bucket({"language": "ja", "tools": TOOLS})
    spoken = text_with_calls("調べます。\x0b", [CALL])
    complete = Complete((Route(model("m")),))
    (answer,) = complete.collect(prompts, Log(lambda _: Reply(spoken, "tool_calls")))["completions"].to_pylist()
    assert json.loads(answer["message"]) == {"role": "assistant", "content": "調べます。", "tool_calls": [CALL]}
    assert answer["text"] == text_with_calls("調べます。", [CALL]) and answer["finish_reason"] == "tool_calls"
    # A text in which a model writes of a call is none: only its end tells.
    (written,) = complete.collect(prompts, Log(lambda _: Reply(spoken, "stop")))["completions"].to_pylist()
    assert written["message"] is None and written["completion_id"] != answer["completion_id"]
    half = text_with_calls("", [{"function": {"name": "tenki", "arguments": {"a": "<|im_start|>"}}}])
    tables = complete.collect(prompts, Log(lambda _: Reply(half, "tool_calls")))
    assert tables["rejected"]["reason"].to_pylist() == ["answer_chat_template_token"]


@pytest.mark.parametrize("whole", [{"tools": "[{}]"}, {"messages": "[{}]"}])
def test_no_answer_to_a_prompt_with_tools_or_thoughts_is_translated(whole: dict[str, str]) -> None:
    source = {"source_prompt": [{"role": "user", "content": TEXTS["en"]}], "source_language": "en"}
    prompts = bucket({"language": "he"}, {"language": "ja", **whole, **source})
    complete = Complete((Route(model("m"), "translated", Translator(model("t")), Sampling(0.8), samples=2),))
    assert len(list(complete.requests(prompts, Log(unasked)))) == 2
    tables = complete.collect(prompts, Log(echo))
    assert tables["completions"].num_rows == 2
    assert [(row["language"], row["reason"]) for row in tables["rejected"].to_pylist()] == [
        ("ja", "prompt_with_tools_or_thoughts")
    ] * 2


def test_thoughts_of_models_that_are_asked_are_refused_or_kept() -> None:
    with pytest.raises(UserError, match="refused"):
        Complete((Route(model("m")),), thoughts="cut")  # type: ignore[arg-type]
