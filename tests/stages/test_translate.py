"""Prompts brought into other languages: what is asked, what comes back whole, and why it does not."""

from typing import Any

import pytest

from polypref.errors import UserError
from polypref.inference import Failure, Reply, Request
from polypref.stages.translate import CrossLingual, Translate, Translator, prompt_text
from tests.stages.answering import TEXTS, Log, bucket, model, unasked


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
        (Reply("<think>מה</think>כן"), "translation_thought_in_text"),
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


def test_a_prompt_s_text_is_found_by_name_or_by_path(tmp_path):
    assert "{text}" in prompt_text("translate-1")
    (tmp_path / "mine.txt").write_text("  Bitte: {text}\n", "utf-8")
    assert prompt_text(str(tmp_path / "mine.txt")) == "Bitte: {text}"
    with pytest.raises(UserError, match="there is no prompt 'translate-99'"):
        Translator(model("mt"), prompt="translate-99")


def test_a_translation_model_gets_sentences_with_their_languages_and_is_asked_once() -> None:
    translator = Translator(model("nllb"), "seq2seq", attempts=3)
    asked = list(translator.requests("One. Two.", "en", "uk", Log(lambda _: Reply(""))))
    assert [(request.messages, request.task) for request in asked] == [
        ((("user", "One."),), ("en", "uk")),
        ((("user", "Two."),), ("en", "uk")),
    ]
    replies = {"One.": "Один.", "Two.": "Два."}
    known = Log(lambda request: Reply(replies[request.messages[0][1]]))
    assert translator.translated("One. Two.", "en", "uk", known) == "Один. Два."


def test_a_translation_that_nobody_was_asked_for_is_none_and_rejected_as_such() -> None:
    translate = Translate(Translator(model("mt")), into=("he",))
    assert translate.translator.translated("Why?", "en", "he", Log(unasked)) is None
    assert translate.collect(bucket({}), Log(unasked))["rejected"]["reason"].to_pylist() == ["not_asked"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"into": ()}, r"Translate\(into=\(\)\): name at least one language"),
        ({"into": ("he", "he")}, "and each once"),
        ({"into": ("en",)}, "the source's own language is left out"),
        ({"into": ("he",), "round_trip": 101.0}, "round_trip=101.0.*at most 100"),
        ({"into": ("he",), "round_trip": -1.0}, "round_trip=-1.0.*at least 0"),
    ],
)
def test_translations_that_would_make_nothing_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        Translate(Translator(model("mt")), **settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"into": ("de",), "share": 5.0}, "share=5.0.*at most 1"),
        ({"into": ("de",), "share": -0.5}, "share=-0.5.*at least 0"),
        ({"into": ()}, r"CrossLingual\(into=\(\)\): name at least one language"),
        ({"into": ("de", "de")}, "and each once"),
    ],
)
def test_cross_lingual_prompts_that_cannot_be_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        CrossLingual(**settings)


@pytest.mark.parametrize(("settings", "message"), [({"longest": 0}, "longest=0"), ({"attempts": 0}, "attempts=0")])
def test_a_translator_that_cannot_be_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        Translator(model("mt"), **settings)


@pytest.mark.parametrize("settings", [{"into": ("xx",)}, {"into": ("he",), "source": "xx"}])
def test_a_language_that_is_not_known_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="Unknown language tag 'xx'"):
        Translate(Translator(model("mt")), **settings)


def test_prompts_with_tools_are_neither_translated_nor_asked_for_in_another_language() -> None:
    prompts = bucket({"language": "en"}, {"language": "en", "tools": "[{}]"})
    translate = Translate(Translator(model("m")), into=("he",))
    assert len(list(translate.requests(prompts, Log(unasked)))) == 1
    for stage, others in ((translate, ["not_asked"]), (CrossLingual(into=("he",)), [])):
        rejected = stage.collect(prompts, Log(unasked))["rejected"].to_pylist()
        assert sorted(row["reason"] for row in rejected) == [*others, "prompt_with_tools_or_thoughts"]
