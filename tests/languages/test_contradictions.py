"""What cannot be true of a language, or never does anything."""

from dataclasses import replace

import pytest

from polypref import languages
from polypref.languages import CloseLanguages, DetectorCodes, Language
from polypref.languages.contradictions import contradictions
from polypref.languages.facts import Phrase

GALICIAN = Language("gl", "Galician", "galego", "glg", ("Latn",), "glg_Latn")


def test_the_languages_of_the_package_have_none():
    assert {language.tag: wrong for language in languages.known() if (wrong := contradictions(language))} == {}


def test_a_word_that_speaks_for_and_against_is_named():
    words = CloseLanguages("me", own=("unha", "con~"), other={"es": ("una", "con"), "pt": ("uma",)})
    assert contradictions(replace(GALICIAN, close_languages=words)) == [
        "close_languages: 'con' stands in own and in other: es; it tells neither"
    ]


def test_words_are_counted_by_characters_only_without_spaces():
    assert len(contradictions(replace(GALICIAN, characters_of_a_word=1.5))) == 1
    assert contradictions(replace(GALICIAN, characters_of_a_word=1.5, spaces=False)) == []


@pytest.mark.parametrize(
    ("known", "message"),
    [
        ({"other": {"xq": ("a",)}}, "other: 'xq' is the tag of no language"),
        ({"other": {"por": ("a",)}}, "other: 'por' is another code of pt; write that"),
        ({"own": ("unha", "Dunha")}, "own has 'Dunha', which no text can hold"),
        ({"own": ("unha,", "dunha")}, "own has 'unha,', which no text can hold"),
        ({"other": {"pt": ("deu-lhe~",)}}, "other: pt has 'deu-lhe~', which no text can hold"),
        ({"own_endings": ("-eiro",)}, "own_endings has '-eiro', which no text can hold"),
        ({"letters": "áéÍ"}, "letters has capitals; write 'áéí'"),
        ({"patterns": True, "own": ("a", "b~")}, "own has 'b~'; only patterns of other may count half"),
        ({"patterns": True, "own": (r"(a)\1",)}, "which refers to a group"),
        ({"patterns": True, "other": {"pt": ("a*~",)}}, "other: pt has 'a*~', which is found in every text"),
    ],
)
def test_what_no_text_can_hold_is_named(known, message):
    (sentence,) = contradictions(replace(GALICIAN, close_languages=CloseLanguages("me", **known)))
    assert sentence.startswith("close_languages: ") and message in sentence


def test_margins_and_phrases_that_mean_nothing_are_named():
    galician = replace(GALICIAN, codes=DetectorCodes(py3langid=("gl",)), margins={"gl": 1.0, "pt": 1.0})
    assert contradictions(galician) == [
        "measured: margins: 'gl' is a label of the language itself; give those of neighbours"
    ]
    phrases = (Phrase("refusal", "Síntoo...non podo", "me"), Phrase("refusal", "Síntoo…non podo", "me"))
    (sentence,) = contradictions(replace(GALICIAN, refusals=phrases))
    assert sentence.startswith("refusals: refusal: 'Síntoo...non podo' has '...'; write '…'")


def test_words_and_patterns_that_are_sound_pass():
    for known in (
        {"own": ("unha", "con~"), "own_endings": ("eiro",), "letters": "áé", "other": {"pt": ("não",)}},
        {"patterns": True, "own": ("(a|b)c", r"\\1"), "other": {"pt": ("x~",)}},
    ):
        assert contradictions(replace(GALICIAN, close_languages=CloseLanguages("me", **known))) == []
