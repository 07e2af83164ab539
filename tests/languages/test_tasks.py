"""What prompts ask for, by the phrases of the languages' files."""

import pytest

from polypref import languages
from polypref.languages.tasks import asks_for_correction

ASKING = {
    "ar": "صحّح الأخطاء الإملائية في الجملة",
    "cs": "Doplň čárky do věty",
    "de": "Setze die Kommas",
    "el": "Βάλε τα σημεία στίξης",
    "en": "Please proofread my letter",
    "es": "Corrige la ortografía",
    "fa": "نیم\u200cفاصله\u200cها را درست کن",
    "fr": "Ajoute les virgules",
    "he": "תקנו את שגיאות הכתיב",
    "hi": "इस वाक्य की वर्तनी सुधारो",
    "id": "Tambahkan tanda baca",
    "it": "Aggiungi la punteggiatura",
    "ja": "句読点をつけてください",
    "ko": "띄어쓰기를 고쳐 주세요",
    "nl": "Zet de leestekens",
    "pl": "Wstaw przecinki",
    "pt": "Corrija a pontuação",
    "ro": "Pune virgulele",
    "ru": "Расставь знаки препинания",
    "tr": "Noktalama işaretlerini koy",
    "uk": "Розстав розділові знаки",
    "vi": "Thêm dấu câu vào",
    "zh": "請加標點",
}
NOT_ASKING = {
    "de": "Wie hoch ist der Eiffelturm, und wer hatte dort das Kommando?",
    "nl": "Wie was de kommandant?",
    "en": "What is the capital of France? Name its commander.",
    "es": "¿Quién fue el comandante?",
    "he": "מהי בירת צרפת?",
    "hi": "फ्रांस की राजधानी क्या है?",
    "ja": "フランスの首都はどこですか",
    "uk": "Кому належить цей дім?",
    "ar": "ما هي عاصمة فرنسا؟",
    "tr": "Fransa'nın başkenti neresi?",
}


@pytest.mark.parametrize("tag", languages.AYA_23)
def test_each_language_knows_prompts_that_ask_for_points_or_spelling(tag):
    assert asks_for_correction(ASKING[tag], tag)
    assert asks_for_correction("Fix the punctuation: " + ASKING["zh"], tag)


@pytest.mark.parametrize(
    ("tag", "prompt"),
    [
        ("de", "Wo fehlt ein Komma?"),
        ("de", "Erkläre mir die Kommaregeln"),
        ("nl", "Zet de komma's in deze zin"),
        ("tr", "Bu cümleyi düzeltin"),
        ("tr", "Virgülleri ve büyük harfleri koy"),
        ("uk", "Розстав коми"),
    ],
)
def test_words_are_known_with_their_endings(tag, prompt):
    assert asks_for_correction(prompt, tag)


@pytest.mark.parametrize("tag", sorted(NOT_ASKING))
def test_questions_do_not(tag):
    assert not asks_for_correction(NOT_ASKING[tag], tag)


def test_a_language_without_phrases_has_the_english_ones():
    assert asks_for_correction("Correct the spelling: ile", "yo")
    assert not asks_for_correction("Kí ni olú ìlú Faransé?", "yo")
