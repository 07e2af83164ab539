"""English left in translated prompts."""

import pytest

from polypref.stages.checks.untranslated import Untranslated, english_phrase, english_share

ENGLISH = "Write a short story about the sea and explain what it means to you."
SOUND = {
    "ar": "اكتب قصة قصيرة عن البحر باستخدام Python و JavaScript و React Native.",
    "he": "כתוב סיפור קצר על The Lord of the Rings ועל Star Wars.",
    "fa": "یک داستان کوتاه درباره دریا بنویس.",
    "hi": "समुद्र के बारे में एक छोटी कहानी लिखो और बताओ कि Machine Learning क्या है।",
    "zh": "写一个关于大海的短篇故事，并解释 GPU 和 CPU 的区别。",
    "ja": "海についての短い物語を書いてください。",
    "ko": "바다에 대한 짧은 이야기를 써 주세요. The Beatles에 대해서도요.",
    "el": "Γράψε μια σύντομη ιστορία για τη θάλασσα.",
    "uk": "Напиши коротке оповідання про море.",
    "nl": "Wat is de zin van het leven, en was of is er een antwoord in deze wereld?",
    "de": "Was war in der Zeit, als die Not am größten war, so wichtig an dem Haus?",
    "id": "Apa arti hidup dan apa yang harus kita lakukan di dunia ini?",
}


@pytest.mark.parametrize("tag", sorted(SOUND))
def test_no_english_in_sound_prompts_with_names_and_terms(tag):
    assert english_share(SOUND[tag]) == 0


@pytest.mark.parametrize("tag", sorted(SOUND))
def test_an_english_sentence_beside_a_sound_one(tag):
    both = f"{SOUND[tag]}\n{ENGLISH}"
    letters = sum(map(str.isalpha, both))
    # 53 letters of English, counted by hand; vowel signs of Hindi are no letters to isalpha nor to the measure.
    assert english_share(both) == pytest.approx(53 / letters, abs=0.01)


def test_english_all_through_and_english_in_code():
    assert english_share(ENGLISH) == 1
    assert english_share(f"קוד:\n```\n{ENGLISH}\n```") == 0


def test_only_translated_prompts_in_other_languages_are_read(pairs, outcomes):
    batch = pairs(
        {"language": "he", "origin": "translated", "prompt": ENGLISH},
        {"language": "he", "origin": "native", "prompt": ENGLISH},
        {"language": "en", "origin": "translated", "prompt": ENGLISH},
        {"language": "ko", "origin": "translated", "prompt": SOUND["ko"]},
    )
    assert outcomes(Untranslated(), batch) == [(0, "prompt_untranslated")]
    assert outcomes(Untranslated(maximum=1.0), batch) == []


def test_a_phrase_needs_a_function_word_and_another_word_in_lower_case():
    assert english_phrase(["of", "the", "surface", "and", "roughness"])
    assert not english_phrase(["Who", "and", "the", "Daleks", "in"])
    assert not english_phrase(["import", "numpy", "as", "np"])
