"""Words and letters that tell a language from its relations: counts by hand, and the table itself."""

import re

import pytest

from polypref import languages
from polypref.languages import CloseLanguages, Language
from polypref.languages.close_languages import NO_EVIDENCE, Evidence, evidence, relations
from polypref.languages.identifier import Identifier


def test_words_are_counted_for_and_against():
    # también, hay: Spanish alone; nun, ye: Asturian; casa: both.
    assert evidence("También hay casa", "es") == Evidence(2, 0, "")
    assert evidence("Nun ye casa", "es") == Evidence(0, 2, "ast")


def test_seldom_words_count_half():
    assert evidence("semasa", "id") == Evidence(0, 0.5, "ms")
    assert evidence("kerana semasa", "id") == Evidence(0, 1.5, "ms")


def test_an_ending_counts_on_words_of_seven_letters_and_more():
    # -itas, which Malay has not; entitas has seven letters.
    assert evidence("entitas kapasitas", "id") == Evidence(2, 0, "")
    assert evidence("entita kapasita", "id") == Evidence(0, 0, "")
    assert evidence("xxitas", "id") == Evidence(0, 0, "")


def test_letters_that_the_language_has_not_count_a_little():
    counts = evidence("ўчора", "ru")
    assert (counts.own, counts.other, counts.nearest) == (0, pytest.approx(0.3), "")
    assert evidence("ёлка", "ru").own == pytest.approx(0.3)


def test_abbreviations_in_capitals_are_no_words():
    assert evidence("die UN tagt", "de") == Evidence(1, 0, "")
    assert evidence("die un tagt", "de").nearest in {"nds", "pdc"}


def test_a_text_all_in_capitals_is_read():
    assert evidence("NUN YE CASA", "es") == Evidence(0, 2, "ast")


def test_words_with_vowel_signs_are_whole():
    assert evidence("उनकर घर में बा", "hi").other == 2  # उनकर, बा; में is Hindi as well
    assert evidence("मैं घर में हूँ", "hi").own == 3


def test_characters_of_cantonese_count_more_than_a_word():
    assert evidence("佢哋喺度", "zh").nearest == "yue"
    assert evidence("佢", "zh").other > 1
    assert evidence("三个人", "zh").other == 0


def test_a_language_without_an_entry_has_no_evidence():
    assert evidence("xin chào", "vi") == NO_EVIDENCE


@pytest.mark.parametrize("language", [one for one in languages.known() if one.close_languages], ids=lambda one: one.tag)
def test_no_word_speaks_both_for_and_against(language):
    close = language.close_languages
    own = {word.rstrip("~") for word in close.own}
    for name, words in close.other.items():
        assert re.fullmatch(r"[a-z]{2,3}", name)
        others = [word.rstrip("~") for word in words]
        assert len(others) == len(set(others)), (name, "a word twice")
        assert not own & set(others), name
        if not close.patterns:
            assert all(re.fullmatch(r"[^\W\d_][\w\u0300-\u036f\u0591-\u05c7\u0900-\u097f\u200c]*", w) for w in others)


def test_relations_are_declared_on_either_side_or_of_one_group_and_script():
    # lb is listed by de's file; West Germanic as well; English by its group is no relation, nor is another script.
    assert {"de", "nl", "af"} <= relations("lb") and not {"en", "fr", "sv", "yi"} & relations("lb")
    assert "fa" in relations("ckb") and "ku" not in relations("ckb") and "ar" in relations("arz")
    assert "fr" not in relations("yo") and "en" not in relations("yo")


def test_english_is_close_to_those_that_name_it_and_that_it_names():
    scots = Language("sco", "Scots", "Scots", "sco", ("Latn",))
    plain = Language("frr", "North Frisian", "Nordfriisk", "frr", ("Latn",))
    assert "en" in relations(languages.register(scots).tag)  # en.toml lists it
    assert "en" not in relations(languages.register(plain).tag)
    named = Language("fy-Latn", "F", "F", "", ("Latn",), close_languages=CloseLanguages("me", other={"en": ("the",)}))
    assert "en" in relations(languages.register(named).tag)


def test_a_form_in_a_script_or_region_is_close_to_its_language():
    assert "pt" in relations(languages.register(Language("pt-BR", "Brazilian", "Brazilian", "por", ("Latn",))).tag)
    assert "hi" not in relations(languages.register(Language("hi-Latn", "Hinglish", "H", "hin", ("Latn",))).tag)


@pytest.mark.parametrize("other", [{}, {"pt": ("z+",)}])
def test_patterns_are_joined_and_need_no_neighbour(other):
    words = CloseLanguages("me", own=("x|y", "v"), other=other, patterns=True)
    languages.register(Language("qnd", "Lowest German", "Plattst", "qnd", ("Latn",), close_languages=words))
    assert evidence("x v a", "qnd") == Evidence(2, 0.0, "")


@pytest.mark.parametrize(
    "text",
    [
        "Gynau ô szōstyj zaczyno robota, tōż prosza niy przijechać niyskorzij, bo banhof bydzie zawrzity.",
        "Nocny cug pojedzie dwadzieścia minut niyskorzij, bo na torach robiōm, tōż prosza czekać na banhofie.",
    ],
)
def test_silesian_is_no_polish(text):
    assert Identifier().check(text, "pl").status == "other"
    assert evidence(text, "pl").nearest == "szl"
