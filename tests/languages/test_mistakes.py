"""What --check says of a language whose file can be read."""

from dataclasses import replace

from polypref import languages
from polypref.languages import CloseLanguages, Language
from polypref.languages.mistakes import mistakes

GALICIAN = Language("gl", "Galician", "galego", "glg", ("Latn",), "glg_Latn")


def test_the_languages_of_the_package_have_none():
    assert {language.tag: wrong for language in languages.known() if (wrong := mistakes(language))} == {}


def test_names_of_others_are_named_with_their_key():
    assert mistakes(replace(GALICIAN, aliases=("gallego", "German"))) == ["aliases: 'german' already means German (de)"]
    assert mistakes(replace(GALICIAN, name="Spanish")) == ["name: 'spanish' already means Spanish (es)"]
    assert mistakes(replace(GALICIAN, iso639_3="por")) == ["iso639_3: 'por' already means Portuguese (pt)"]


def test_a_word_that_speaks_for_and_against_is_named():
    words = CloseLanguages("me", own=("unha", "con~"), other={"es": ("una", "con"), "pt": ("uma",)})
    assert mistakes(replace(GALICIAN, close_languages=words)) == [
        "close_languages: 'con' stands in own and in other: es; it tells neither"
    ]


def test_words_are_counted_by_characters_only_without_spaces():
    assert len(mistakes(replace(GALICIAN, characters_of_a_word=1.5))) == 1
    assert mistakes(replace(GALICIAN, characters_of_a_word=1.5, spaces=False)) == []
