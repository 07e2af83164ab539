"""Short instructions beside a text in another language."""

import pytest

from polypref.languages.identifier import Identifier
from polypref.languages.instructions import is_instruction_beside_text

ENGLISH = "The soup was cold and the waiter was rude."
DUTCH = "De soep was koud en de ober was onbeleefd tegen ons."
BESIDE = {
    "ar": "لخّص: ",
    "cs": "Nálada? ",
    "de": "Stimmung? ",
    "el": "Τόνος; ",
    "fa": "احساس؟ ",
    "fr": "Résume : ",
    "he": "סכם: ",
    "hi": "भावना: ",
    "id": "Ringkas: ",
    "ja": "要約して：",
    "ko": "감정 분류: ",
    "nl": "Waar gaat dit over? ",
    "pl": "Streść: ",
    "ru": "Кратко: ",
    "tr": "Özetle: ",
    "uk": "Тон? ",
    "vi": "Cảm xúc? ",
    "zh": "情感分类：",
}


@pytest.mark.parametrize("tag", sorted(BESIDE))
def test_a_word_or_two_beside_a_text(tag: str) -> None:
    assert is_instruction_beside_text(BESIDE[tag] + ENGLISH, tag, Identifier())
    # All of it in one other language is in that.
    assert not is_instruction_beside_text("Summarize: " + ENGLISH, tag, Identifier())
    assert not is_instruction_beside_text("What is it about? " + ENGLISH, tag, Identifier())
    assert not is_instruction_beside_text(ENGLISH, tag, Identifier())


def test_around_quotations_and_on_a_line_of_its_own() -> None:
    assert is_instruction_beside_text(f"„{ENGLISH}“ Stimmung", "de", Identifier())
    assert is_instruction_beside_text(f"{ENGLISH}\n\nWorum geht es in dem Text", "de", Identifier())
    assert is_instruction_beside_text("Give me the romaji for 昨日は友達と海に行きました。", "en", Identifier())
    assert not is_instruction_beside_text(f"Pizzeria\n{ENGLISH}", "it", Identifier())


def test_labels_of_english_prompts_are_no_instruction() -> None:
    assert not is_instruction_beside_text("Question: " + ENGLISH, "fr", Identifier())
    assert not is_instruction_beside_text("Context: " + ENGLISH, "pt", Identifier())


def test_an_instruction_in_a_third_language_is_none() -> None:
    assert not is_instruction_beside_text("Waar gaat dit over? " + ENGLISH, "pl", Identifier())
    assert not is_instruction_beside_text("Stimmung? " + DUTCH, "fr", Identifier())
    assert is_instruction_beside_text("Stimmung? " + DUTCH, "de", Identifier())


def test_single_quotation_marks_are_marks() -> None:
    assert is_instruction_beside_text(f"‘{ENGLISH}’ Stimmung", "de", Identifier())
    # Of so many that nothing closes each would be looked for to the end of the text.
    assert not is_instruction_beside_text("‘" * 200_000 + ENGLISH, "de", Identifier())


def test_a_word_or_two_before_a_text_in_another_language_of_the_same_script() -> None:
    pairs = {
        "it": "Positivo o negativo? " + ENGLISH,
        "pt": "Sentimento? " + ENGLISH,
        "nl": "Sentiment? Das Essen war kalt und der Kellner unfreundlich.",
        "uk": "Переклади: Библиотека завтра закроется раньше, потому что нужно починить отопление.",
        "ja": "要約：因为要修理暖气，图书馆明天会提前关门，所以请在今天把书还回来。",
        "fa": "خلاصه: ستغلق المكتبة أبوابها باكرًا غدًا لأن التدفئة تحتاج إلى إصلاح.",
        "ru": "Что за язык: «Бібліятэка заўтра зачыняецца раней»?",
    }
    for tag, prompt in pairs.items():
        assert is_instruction_beside_text(prompt, tag, Identifier()), tag
    assert not is_instruction_beside_text("Sentiment? " + ENGLISH, "nl", Identifier())
    assert not is_instruction_beside_text("Topic: " + ENGLISH, "it", Identifier())
