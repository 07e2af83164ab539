"""How often a prompt asks for something: numbers in words and digits before a word for times, by hand."""

import pytest

from polypref import languages
from polypref.languages.counts import repetition_requests
from polypref.languages.phrases import normal
from tests.stages.checks.repetition_texts import ASKED


def times(prompt, tag):
    return sorted({one.times or 0 for one in repetition_requests(normal(prompt), tag)})


@pytest.mark.parametrize("tag", languages.AYA_23)
def test_words_digits_and_again_are_read_in_each_language(tag):
    sentence, in_words, in_digits, again = ASKED[tag]
    assert times(in_words, tag) == [8 if tag == "zh" else 10]
    assert times(in_digits, tag) == [20 if tag == "ro" else 12]
    assert times(again, tag) == [0]
    assert times(sentence, tag) == []


@pytest.mark.parametrize(
    ("tag", "prompt", "number"),
    [
        ("en", "twenty-five times", 25), ("en", "a hundred times", 100), ("en", "two dozen times", 24),
        ("en", "3x", 3),
        ("en", "12 × please", 12), ("de", "dreimal", 3), ("de", "drei Mal", 3), ("de", "fünfzigmal", 50),
        ("zh", "二十五遍", 25),
        ("zh", "一百次", 100), ("ja", "三十回", 30), ("ko", "스무 번", 20), ("ru", "сто раз", 100),
        ("ar", "٧ مرات", 7), ("fa", "۳ بار", 3), ("hi", "७ बार", 7), ("cs", "třikrát", 3),
        ("ro", "de 20 de ori", 20),
        ("vi", "hai mươi lần", 20), ("id", "dua puluh kali", 20), ("tr", "on beş kere", 15),
        # As much as it may be: four times twenty in one language, five and twenty in another.
        ("fr", "quatre-vingts fois", 80), ("de", "fünf und zwanzig Mal", 100),
        # English is read in every language.
        ("hi", "ten times", 10),
    ],
)  # fmt: skip
def test_numbers_by_hand(tag, prompt, number):
    assert times(prompt, tag) == [number]


@pytest.mark.parametrize(
    ("tag", "prompt"),
    [
        ("en", "How many times did they win?"), ("en", "He often times forgets."), ("en", "2x4 timber, 1920x1080"),
        ("de", "Zehn Male sind auf der Haut."), ("de", "Achtung, einmalig!"), ("ko", "이번 주"), ("ja", "今回の会議"),
        ("fr", "Dix foisonnent."), ("es", "diez vecesitas"),
    ],
)  # fmt: skip
def test_what_only_looks_like_it_is_none(tag, prompt):
    assert times(prompt, tag) == []


@pytest.mark.parametrize(
    ("tag", "words", "after"),
    [("en", "two ", "times"), ("de", "dreizehn ", "mal"), ("fr", "quatre ", "fois"), ("zh", "二十", "遍")],
)
def test_numbers_on_end_are_read_once(tag, words, after):
    """Each has several ways to be read: of ten thousand on end all of them together would take for ever."""
    assert times(words * 10_000 + "bananas", tag) == []
    assert times(words * 10_000 + after, tag) != []
