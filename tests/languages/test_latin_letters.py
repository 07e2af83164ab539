"""Texts that a prompt asks for in Latin letters."""

import pytest

from polypref.languages.latin_letters import are_asked_in_latin_letters, is_asked_in_latin_letters
from polypref.languages.tasks import asks_for_latin_letters

ASKING = {
    "ar": "اكتب بالحروف اللاتينية: الجو حار",
    "cs": "Napiš latinkou: 東京",
    "de": "Schreib in lateinischer Schrift: Завтра",
    "el": "Γράψε σε greeklish: καλημέρα",
    "en": "Type it in Hinglish: नमस्ते",
    "es": "Escribe con letras latinas: привет",
    "fa": "به فینگلیش بنویس: فردا",
    "fr": "Écris en lettres latines : привет",
    "he": "כתוב באותיות לטיניות: שלום",
    "hi": "रोमन लिपि में लिखो: नमस्ते",
    "id": "Tulis dengan huruf Latin: привет",
    "it": "Scrivi in caratteri latini: привет",
    "ja": "ローマ字で書いて：明日",
    "ko": "로마자로 써 줘: 안녕",
    "nl": "Schrijf in Latijnse letters: привет",
    "pl": "Zapisz łacinką: привет",
    "pt": "Escreva em letras latinas: привет",
    "ro": "Scrie cu litere latine: привет",
    "ru": "Напиши латиницей: завтра",
    "tr": "Latin harfleriyle yaz: привет",
    "uk": "Передай латиницею: завтра",
    "vi": "Viết bằng chữ Latinh: привет",
    "zh": "用拼音怎么写：明天",
}


@pytest.mark.parametrize("tag", sorted(ASKING))
def test_prompts_that_ask_for_latin_letters(tag: str) -> None:
    assert asks_for_latin_letters(ASKING[tag], tag)
    assert not asks_for_latin_letters("7 × 8?", tag)


def test_romanised_texts_pass_where_they_are_asked_for() -> None:
    text = "Mera naam Asha hai aur main Pune mein rehti hoon."
    assert is_asked_in_latin_letters(text, "hi-Latn", ASKING["hi"], "hi")
    assert not is_asked_in_latin_letters(text, "hi-Latn", "अपना परिचय दो।", "hi")


def test_what_a_detector_takes_for_another_language_passes_without_words_of_it() -> None:
    assert is_asked_in_latin_letters("Tā míngtiān qù Běijīng mǎi shū.", "vi", "用拼音写：他明天去北京买书。", "zh")
    assert is_asked_in_latin_letters("Ani gar be-Haifa im ha-chatul sheli.", "en", ASKING["he"], "he")
    # A translation, though Latin letters were asked for.
    english = "I live in Haifa with my cat, and we are happy there."
    assert not is_asked_in_latin_letters(english, "en", ASKING["he"], "he")
    # Nothing is there to be written in them.
    assert not is_asked_in_latin_letters("Ani gar be-Haifa.", "sw", "What is pinyin?", "en")


def test_lines_pass_where_all_of_them_do() -> None:
    text = "Ani gar be-Haifa im ha-chatul sheli.\nI live in Haifa with my cat, and we are happy there."
    assert are_asked_in_latin_letters(text, [(0, "en")], ASKING["he"], "he")
    assert not are_asked_in_latin_letters(text, [(0, "en"), (1, "en")], ASKING["he"], "he")
    assert not are_asked_in_latin_letters(text, [(0, "en")], "מה נשמע?", "he")
