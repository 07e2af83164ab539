"""Peoples and countries that stand for a language."""

import tomllib

import pytest

from polypref import languages
from polypref.files.packaged import packaged_text
from polypref.languages import phrases
from polypref.languages.peoples import peoples_in, words_for_peoples

#: A Frenchman, the French, France, each as one of the 23 says it.
FRENCH = {
    "ar": "كيف يقولها الفرنسيون",
    "cs": "Jak to řekne Francouz",
    "de": "Was sagen Franzosen dazu",
    "el": "Τι λένε οι Γάλλοι",
    "en": "What would a Frenchman say",
    "es": "Qué diría un francés",
    "fa": "در فرانسه چه می‌گویند",
    "fr": "Que disent les Français",
    "he": "מה אומרים הצרפתים",
    "hi": "फ्रांस में क्या कहते हैं",
    "id": "Apa kata orang Prancis",
    "it": "Cosa dicono i francesi",
    "ja": "フランス人は何と言いますか",
    "ko": "프랑스 사람은 뭐라고 하나요",
    "nl": "Wat zeggen Fransen",
    "pl": "Co powiedzą Francuzi",
    "pt": "O que dizem os franceses",
    "ro": "Ce spun francezii",
    "ru": "Что скажет француз",
    "tr": "Fransızlar ne der",
    "uk": "Що скажуть французи",
    "vi": "Người Pháp nói gì",
    "zh": "法国人怎么说",
}


@pytest.mark.parametrize("tag", languages.AYA_23)
def test_each_language_names_the_french(tag):
    assert {other for other, _, _ in peoples_in(phrases.normal(FRENCH[tag]), tag)} == {"fr"}


def test_each_language_names_all_peoples_and_no_name_is_that_of_two():
    tables = tomllib.loads(packaged_text("peoples.toml"))
    assert sorted(tables) == sorted(languages.AYA_23)
    for tag, table in tables.items():
        assert sorted(table) == sorted(languages.AYA_23), tag
        forms = [form for listed in table.values() for form in listed.split()]
        assert len(forms) == len(set(forms)), tag


def test_the_place_of_a_name_is_that_of_the_word():
    assert peoples_in("a french or dutch one", "en") == [("fr", 2, 8), ("nl", 12, 17)]
    assert peoples_in("a refrenched one", "en") == []
    assert peoples_in("für die franzosen", "gsw") == [] and peoples_in("the french", "gsw") == [("fr", 4, 10)]


def test_each_word_for_a_people_is_one_that_texts_are_searched_for():
    for tag in languages.AYA_23:
        assert all(peoples_in(word, tag) for word in words_for_peoples(tag)), tag
    assert set(words_for_peoples("gl")) == set(words_for_peoples("en"))
