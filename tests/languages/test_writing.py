"""Texts as most texts in their language are written."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as some

from polypref.languages.identifier import Identifier
from polypref.languages.writing import is_nearly_all_capitals, usual_writing

# The usual writing and another one of a sentence, each made by its rule.
VARIANTS = [
    ("he", "הילדים שרים שירים יפים בגינה הגדולה", "הַיְלָדִים שָׁרִים שִׁירִים יָפִים בַּגִּנָּה הַגְּדוֹלָה"),
    ("he", "בית הספר שלנו נמצא ליד הים", "בֵּית הַסֵּפֶר שֶׁלָּנוּ נִמְצָא לְיַד הַיָּם"),
    ("ja", "コンピューターヲツカッテテガミヲカキマシタ", "ｺﾝﾋﾟｭｰﾀｰｦﾂｶｯﾃﾃｶﾞﾐｦｶｷﾏｼﾀ"),
    ("en", "My sister plants tomatoes", "Ｍｙ ｓｉｓｔｅｒ ｐｌａｎｔｓ ｔｏｍａｔｏｅｓ"),
    ("en", "The final office of the flower", "The \ufb01nal o\ufb03ce of the \ufb02ower"),
    ("ar", "السلام", "\ufe8d\ufedf\ufeb4\ufefc\ufee1"),
    ("vi", "Tôi rất thích đọc sách", unicodedata.normalize("NFD", "Tôi rất thích đọc sách")),
    ("ko", "나는 책을 읽습니다", unicodedata.normalize("NFD", "나는 책을 읽습니다")),
]


@pytest.mark.parametrize(("tag", "plain", "variant"), VARIANTS)
def test_a_way_of_writing_is_no_other_language(tag, plain, variant):
    assert plain != variant
    if tag != "he":  # pointed words are often spelt with other letters
        assert usual_writing(variant) == plain
    assert Identifier().check(variant, tag).status == Identifier().check(plain, tag).status != "other"


def test_a_hyphen_and_the_dots_of_a_sentence_stay_in_hebrew():
    assert usual_writing("בֵּית־סֵפֶר, כֵּן.") == "בית־ספר, כן."


def test_the_points_of_yiddish_are_its_spelling():
    yiddish = unicodedata.normalize("NFC", "מיר האָבן געגאַנגען אויפֿן מאַרק")
    assert usual_writing(yiddish) == unicodedata.normalize("NFKC", yiddish)
    assert Identifier().check(yiddish + " און געקויפֿט ברויט", "he").status == "other"


@given(some.text(max_size=60))
def test_texts_in_usual_writing_stay(text):
    assert usual_writing(usual_writing(text)) == usual_writing(text)


@given(some.text("abcäöüßéñ Яжд אבג كتاب 東京 かな 한국 .,;!?", max_size=60))
def test_usual_texts_are_what_they_were(text):
    assert usual_writing(text) == unicodedata.normalize("NFC", text)


ENGLISH = [
    "How To Build A Better House With Your Own Hands In Three Weeks",
    "The Quick Brown Fox Jumps Over The Lazy Dog And Runs Into The Forest",
    "Why Nobody Wants To Talk About The Price Of Bread",
    "My Grandmother Never Told Us Where She Was Born",
]
OWN = {
    "de": "Warum Niemand Über Den Preis Von Brot Sprechen Will",
    "fr": "Pourquoi Personne Ne Veut Parler Du Prix Du Pain",
    "nl": "Waarom Niemand Over De Prijs Van Brood Wil Praten",
    "es": "Por Qué Nadie Quiere Hablar Del Precio Del Pan",
    "tr": "Neden Kimse Ekmeğin Fiyatı Hakkında Konuşmak İstemiyor",
}


@pytest.mark.parametrize("tag", sorted(OWN))
def test_capitals_at_every_word_hide_no_language(tag):
    checks = Identifier().check_many([*ENGLISH, OWN[tag]], [tag] * 5)
    assert [check.status for check in checks] == ["other"] * 4 + ["ok"]
    assert {check.language for check in checks[:4]} == {"en"}


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("pl", "NAPISZ PROGRAM DLA PRZEGLĄDARKa, ABY USUNĄĆ WSZYSTKIE NIEPOTRZEBNE WPISY ZE SŁOWNIKA"),
        ("de", "SCHREIBE EIN PROGRAMM MIT 20 kB, DAS ALLE EINTRÄGE AUS DEM WÖRTERBUCH LÖSCHT"),
        ("fr", "ÉCRIS UN PROGRAMME POUR LE TÉLÉPHONe QUI SUPPRIME TOUTES LES ENTRÉES DU DICTIONNAIRE"),
    ],
)
def test_capitals_with_a_small_letter_are_read_as_capitals(tag, text):
    assert not text.isupper() and any(map(str.islower, text))
    assert Identifier().check(text, tag).status == "ok" == Identifier().check(text.upper(), tag).status


@pytest.mark.parametrize(
    ("text", "is_so"),
    [
        ("THE LIBRARY IS OPEN TODAY", True),
        ("THE LIBRARY IS OPEN FROM 9 am TO 5", True),  # two of 27 letters are small
        ("THE LIBRARY is open", False),
        ("the LIBRARY IS OPEN TODAY", False),
        ("ЗАЛ ОТКРЫТ ДО 17 ч", True),
        ("", False),
    ],
)
def test_capitals(text, is_so):
    assert is_nearly_all_capitals(text) is is_so
