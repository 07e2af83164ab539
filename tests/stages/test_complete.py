"""Answers: which models are asked what, and what becomes of what they say."""

import pickle
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pytest

from polypref import schema
from polypref.errors import UserError
from polypref.inference import Failure, Model, Reply, Request, Result, Sampling, Served
from polypref.stages.complete import Complete, Route
from polypref.stages.pool import TABLES, Bucket
from polypref.stages.translate import CrossLingual, Translate, Translator

NOBODY: Any = None
TEXTS = {
    "ar": "لماذا السماء زرقاء؟",
    "en": "Why is the sky blue?",
    "he": "למה השמיים כחולים?",
    "hi": "आसमान नीला क्यों है?",
    "ja": "空はなぜ青い?",
    "uk": "Чому небо синє?",
    "zh": "天空为什么是蓝的?",
}


def model(name: str) -> Served:
    return Served(Model(name, "r1", "mit"), NOBODY)


def bucket(*rows: dict[str, Any]) -> Bucket:
    """Prompts; each row says what is not usual about it."""
    full = []
    for number, row in enumerate(rows):
        tag = row.get("language", "en")
        messages = row.get("prompt", [{"role": "user", "content": f"{TEXTS[tag]} {number}"}])
        own = {"prompt_id": schema.prompt_id(tag, messages), "group_id": f"g{number}", "language": tag, "sources": []}
        full.append(own | {"response_language": tag, "prompt": messages, "origin": "native"} | row)
    empty = [form.empty_table() for form in list(TABLES.values())[1:]]
    return Bucket(pa.Table.from_pylist(full, schema.PROMPTS).sort_by("prompt_id"), *empty)


class Log:
    """What models said, by a function of the request; None where it has not been asked."""

    def __init__(self, say: Any) -> None:
        self.say = say

    def __call__(self, requests: Any) -> list[Any]:
        return [self.say(request) for request in requests]


def echo(request: Request) -> Reply:
    return Reply(f"{request.model.name} {request.sampling.seed} {request.messages[-1][1]}", "stop", 1, 2)


def unasked(request: Request) -> None:
    return None


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
        (None, "not_asked"),
    ],
)
def test_what_is_no_answer_is_rejected_with_its_reason(reply: Any, reason: str) -> None:
    tables = Complete((Route(model("m")),)).collect(bucket({"language": "zh"}), Log(lambda _: reply))
    assert tables["completions"].num_rows == 0
    (row,) = tables["rejected"].to_pylist()
    assert (row["language"], row["reason"]) == ("zh", reason) and row["detail"].startswith("m direct")


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
        ({"samples": 0}, "at least one answer"),
    ],
)
def test_a_route_that_cannot_be_is_refused(settings: dict[str, Any], reason: str) -> None:
    with pytest.raises(UserError, match=reason):
        Route(model("m"), **settings)


def test_more_routes_than_there_are_cannot_be_drawn() -> None:
    with pytest.raises(UserError, match="cannot take 3 of 1 routes"):
        Complete((Route(model("m")),), per_prompt=3)


# Prompts


def test_only_native_prompts_of_the_source_language_are_translated() -> None:
    prompts = bucket(
        {"language": "en"},
        {"language": "he"},
        {"language": "en", "origin": "translated"},
        {"language": "en", "response_language": "he"},
    )
    translate = Translate(Translator(model("mt")), into=("en", "he", "ja"))
    asked = list(translate.requests(prompts, Log(unasked)))
    assert len(asked) == 2 and all(f"{TEXTS['en']} 0" in request.messages[0][1] for request in asked)


def test_a_translation_keeps_code_and_every_turn() -> None:
    turns = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "What does `x = 12345` do?"},
        {"role": "assistant", "content": "It sets x."},
        {"role": "user", "content": "And https://example.org/a?b=1 ?"},
    ]
    replies = {
        "Be brief.": "היה קצר.",
        "What does XQ1Z do?": "מה עושה XQ1Z?",
        "It sets x.": "זה קובע את x.",
        "And XQ1Z ?": "ו-XQ1Z ?",
    }

    def translated(request: Request) -> Reply:
        return Reply(replies[request.messages[0][1].split("The text:\n\n")[1]])

    (row,) = (
        Translate(Translator(model("mt")), into=("he",))
        .collect(bucket({"prompt": turns}), Log(translated))["prompts"]
        .to_pylist()
    )
    assert [m["content"] for m in row["prompt"]] == [
        "היה קצר.", "מה עושה `x = 12345`?", "זה קובע את x.", "ו-https://example.org/a?b=1 ?",
    ]  # fmt: skip
    assert [m["role"] for m in row["prompt"]] == ["system", "user", "assistant", "user"]
    assert (row["source_prompt"], row["source_language"], row["translator"]) == (turns, "en", "mt")


def test_a_broken_translation_is_asked_for_once_more_with_other_words() -> None:
    prompts = bucket({"prompt": [{"role": "user", "content": "Run `ls -l` now."}]})
    translate = Translate(Translator(model("mt"), attempts=2), into=("ja",))

    def careless(request: Request) -> Reply | None:
        return Reply("今すぐ実行して。") if request.sampling.seed == 0 else None

    first, second = translate.requests(prompts, Log(careless))
    assert (first.sampling.seed, first.sampling.temperature) == (0, 0.0)
    assert second.sampling.seed == 1 and second.sampling.temperature > 0
    (row,) = translate.collect(prompts, Log(lambda _: Reply("今すぐ実行して。")))["rejected"].to_pylist()
    assert (row["language"], row["reason"]) == ("ja", "translation_placeholder_lost")


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply("כן", "length"), "translation_cut"),
        (Reply(""), "translation_empty"),
        (Reply("שורה\nשורה"), "translation_line_breaks"),
        (Failure("content_filter"), "content_filter"),
    ],
)
def test_why_there_is_no_translation(reply: Any, reason: str) -> None:
    tables = Translate(Translator(model("mt"), attempts=1), into=("he",)).collect(bucket({}), Log(lambda _: reply))
    assert tables["rejected"]["reason"].to_pylist() == [reason] and tables["prompts"].num_rows == 0


def test_round_trip_below_the_gate() -> None:
    translate = Translate(Translator(model("mt"), attempts=1), into=("he",), round_trip=60)

    def say(request: Request) -> Reply:
        there = "into Hebrew" in request.messages[0][1]
        return Reply(TEXTS["he"] if there else "Who took my bread?")

    (row,) = translate.collect(bucket({}), Log(say))["rejected"].to_pylist()
    assert row["reason"] == "round_trip_below" and float(row["detail"]) < 60


def test_cross_lingual_prompts_say_which_language_is_wanted() -> None:
    prompts = bucket(*({"language": tag} for tag in TEXTS for _ in range(30)))
    asked_again = CrossLingual(("de", "he"), share=0.5, seed=1).collect(prompts, Log(unasked))["prompts"].to_pylist()
    # Half of 210 prompts, give or take four standard deviations (7.2).
    assert 76 <= len(asked_again) <= 134
    for row in asked_again:
        assert row["response_language"] != row["language"] and row["prompt_id"] not in set(
            prompts.prompts["prompt_id"].to_pylist()
        )
        name = {"de": "Deutsch", "he": "עברית"}[row["response_language"]]
        assert row["prompt"][-1]["content"].rstrip(".।。").endswith(name) or name in row["prompt"][-1]["content"]
    assert {row["response_language"] for row in asked_again if row["language"] == "he"} == {"de"}


def test_a_backend_stays_in_its_process() -> None:
    class Unpicklable:  # as every class inside a function
        def run(self, requests: Iterable[Request]) -> Iterator[tuple[Request, Result]]:
            return iter(())

    route = Route(Served(Model("m"), Unpicklable()))
    (copy,) = pickle.loads(pickle.dumps(Complete((route,)))).routes
    assert copy == route and copy.served.backend is None
