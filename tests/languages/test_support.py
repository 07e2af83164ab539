"""What a verdict of another language needs beside a detector's label."""

import pytest

from polypref.languages.support import is_supported


@pytest.mark.parametrize("label", ["und", "zxx"])
def test_no_language_is_never_another_one(label):
    text = "a long row of words that goes on and on and on and on"
    assert not is_supported(text, text, label, "de")


def test_long_sentences_need_no_words_that_are_known():
    text = "Eile käisime turul ja ostsime köögivilju, sest õhtul tulevad külalised."
    assert is_supported(text, text, "et", "en")
    assert not is_supported("Eile käisime turul ja", "Eile käisime turul ja", "et", "en")


def test_short_ones_need_a_word_of_the_language():
    assert is_supported("sie ist heute nicht da", "sie ist heute nicht da", "de", "en")
    assert not is_supported("private sector consultancy firms", "private sector consultancy firms", "it", "en")


def test_words_outside_sentences_speak_if_there_are_enough():
    assert is_supported("", "nicht und der die das", "de", "en")
    assert not is_supported("", "und Bahnhof Rathaus Kirche Schule Markt", "de", "en")


def test_half_a_word_is_enough_for_a_sentence_that_is_the_text():
    assert is_supported("turn off the kitchen lights", "turn off the kitchen lights", "en", "es")
    assert not is_supported("turn off the kitchen lights", "turn off the kitchen lights\nLumo Rosa", "en", "es")


def test_a_text_of_a_few_words_needs_one_if_they_are_no_names():
    assert is_supported("", "they were lovers", "en", "ar")
    assert not is_supported("", "They Were Lovers", "en", "ar")
    assert not is_supported("", "they sold old grand pianos again", "en", "ar")


def test_a_script_of_its_own_needs_less():
    assert is_supported("我们明天早上见面吃饭好吗", "我们明天早上见面吃饭好吗", "zh", "de")
    assert not is_supported("明天见面", "明天见面", "zh", "de")


def test_the_words_that_a_language_lists_of_a_close_one_count():
    assert is_supported("kami sahaja kerana hujan", "kami sahaja kerana hujan", "ms", "id")
    assert not is_supported("kami pergi kerana hujan", "kami pergi kerana hujan", "ms", "id")


def test_of_a_language_without_known_words_a_sentence_is_enough() -> None:
    yiddish = "מיר האָבן געגאַנגען אויפֿן מאַרק און געקויפֿט ברויט"
    assert is_supported(yiddish, yiddish, "yi", "he")
    assert not is_supported(yiddish[:24], yiddish[:24], "yi", "he")
