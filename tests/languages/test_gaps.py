"""What is said of a language of which something is not known: each row is true of it."""

from dataclasses import replace

from polypref import languages
from polypref.languages import CloseLanguages, Language, Phrase
from polypref.languages.gaps import gaps, has_detector, is_unchecked, replaced, unchecked, unmeasured

SWISS = Language("gsw", "Swiss German", "Schwiizerdütsch", "gsw", ("Latn",))


def test_languages_that_nobody_measured_are_named():
    # The detector does not know Tigrinya; German was measured; no language goes by xx.
    assert unmeasured(["sw", "de", "ti", "xx", "bn"]) == (
        "the thresholds of the checks were not measured in bn, sw: text in close languages passes more easily, and "
        "lengths count as English ones (polypref languages --check TAG says what else)"
    )
    assert unmeasured(["he"]) == ""
    assert unmeasured(["sw"], ["sw"]).endswith("lengths count as English ones")


def test_nothing_is_said_of_a_detector_that_does_not_know_the_language():
    language = languages.register(SWISS)
    rows = dict(gaps(language))
    assert not has_detector(language) and is_unchecked("gsw")
    assert not is_unchecked("de") and not is_unchecked("tlh")
    assert rows["label of py3langid"] == unchecked(["gsw"])
    # There is no threshold to measure, and nothing tells it from its neighbours.
    assert "usual lead" not in rows
    assert rows["words of close languages"] == "answers in a language close to gsw are not refused: de, nl"
    assert rows["length factor"] == "lengths in gsw count as English ones"


def test_words_of_close_languages_are_no_gap_any_more():
    words = CloseLanguages("me", own=("isch",), other={"de": ("ist",)})
    assert "words of close languages" not in dict(gaps(languages.register(replace(SWISS, close_languages=words))))


def test_a_language_that_the_detector_knows_lacks_a_threshold():
    rows = dict(gaps(languages.get("yo")))
    assert "label of py3langid" not in rows
    assert rows["words of close languages"] == "yo is told from its neighbours by the detector alone"
    assert rows["usual lead"].startswith("the language check has no measured threshold for yo")


def test_only_what_is_missing_is_said_of_german():
    assert [what for what, _ in gaps(languages.get("de"))] == [
        "reviewer of refusal phrases", "reviewer of that sentence", "reviewer of style cues",
        "reviewer of what sheets say", "quickstart rows",
    ]  # fmt: skip


def test_idioms_are_none_of_the_phrases_that_flag():
    german = languages.get("de")
    number = sum(phrase.kind != "idiom" for phrase in german.refusals)
    detail = dict(gaps(german))["reviewer of refusal phrases"]
    assert detail == f"{number} of {number} phrases in de can flag an answer, never reject it"
    idiom = Phrase("idiom", "cha nid gnueg danke", "by hand")
    assert "refusal phrases" in dict(gaps(languages.register(replace(SWISS, refusals=(idiom,)))))


def test_languages_without_a_file_are_replaced_silently():
    assert unchecked([]) == replaced(["yo", "gsw"]) == ""
    assert replaced(["yo", "de", "fr"]) == (
        "the builder script's own description of de, fr is used in place of the one of polypref"
    )
