"""What follows of what is known of a language."""

from dataclasses import replace

from polypref import languages
from polypref.languages import DetectorCodes, Language

PLAIN = Language("gl", "Galician", "galego", "glg", ("Latn",))


def test_a_language_is_measured_when_both_thresholds_are():
    assert not PLAIN.measured
    assert not replace(PLAIN, length_factor=1.1).measured and not replace(PLAIN, usual_lead=0.4).measured
    assert replace(PLAIN, length_factor=1.1, usual_lead=0.4).measured


def test_scripts_whose_characters_are_words_are_dense():
    assert {tag for tag in languages.AYA_23 if languages.get(tag).dense} == {"ja", "ko", "zh"}
    assert not replace(PLAIN, scripts=()).dense and not replace(PLAIN, scripts=("Latn", "Hans")).dense


def test_languages_are_compared_by_all_that_is_known_and_can_be_keys():
    assert replace(PLAIN, margins={"pt": 1.0}) != PLAIN
    assert len({PLAIN, replace(PLAIN), replace(PLAIN, codes=DetectorCodes(py3langid=("gl",)))}) == 2
    assert hash(PLAIN) == hash(replace(PLAIN, aliases=("glg",)))
