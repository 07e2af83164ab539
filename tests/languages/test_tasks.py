"""What prompts ask for, by the phrases of the languages' files."""

import pytest

from polypref import languages
from polypref.languages.tasks import ask_for_translation, asks_for_correction, language_task, may_repeat

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


MEANT = {
    "ar": ("اكتب لي أغنية عن الصيف", "ترجم الجملة إلى الفرنسية", "أعد صياغة الفقرة"),
    "cs": ("Napiš písničku o létě", "Přelož větu do francouzštiny", "Přeformuluj odstavec"),
    "de": ("Schreib ein Lied über den Sommer", "Übersetze den Satz ins Französische", "Den Absatz bitte umformulieren"),
    "el": ("Γράψε ένα τραγούδι για το καλοκαίρι", "Μετάφρασε την πρόταση", "Ξαναγράψε την παράγραφο"),
    "en": ("Write a song about summer", "Translate the sentence into French", "Rephrase the paragraph"),
    "es": ("Escribe una canción sobre el verano", "Traduce la frase al francés", "Reescribe el párrafo"),
    "fa": ("یک ترانه درباره تابستان بنویس", "جمله را به فرانسوی ترجمه کن", "پاراگراف را بازنویسی کن"),
    "fr": ("Écris une chanson sur l'été", "Traduis la phrase en anglais", "Reformule le paragraphe"),
    "he": ("כתוב שיר על הקיץ", "תרגם את המשפט לצרפתית", "נסח מחדש את הפסקה"),
    "hi": ("गर्मी पर एक गीत लिखो", "वाक्य का अनुवाद करो", "अनुच्छेद फिर से लिखो"),
    "id": ("Tulis lagu tentang musim panas", "Terjemahkan kalimat ini", "Tulis ulang paragraf ini"),
    "it": ("Scrivi una canzone sull'estate", "Traduci la frase in francese", "Riscrivi il paragrafo"),
    "ja": ("夏についての歌詞を書いて", "この文をフランス語に翻訳して", "段落を言い換えて"),
    "ko": ("여름에 대한 노래를 써 줘", "문장을 번역해 줘", "단락을 다시 써 줘"),
    "nl": ("Schrijf een liedje over de zomer", "Vertaal de zin", "Herschrijf de alinea"),
    "pl": ("Napisz piosenkę o lecie", "Przetłumacz zdanie", "Przeredaguj akapit"),
    "pt": ("Escreve uma canção sobre o verão", "Traduz a frase", "Reescreve o parágrafo"),
    "ro": ("Scrie un cântec despre vară", "Tradu propoziția", "Reformulează paragraful"),
    "ru": ("Напиши песню о лете", "Переведи предложение", "Перефразируй абзац"),
    "tr": ("Yaz hakkında bir şarkı yaz", "Cümleyi Fransızcaya çevir", "Paragrafı yeniden yaz"),
    "uk": ("Напиши пісню про літо", "Переклади речення", "Перефразуй абзац"),
    "vi": ("Viết một bài hát về mùa hè", "Dịch sang tiếng Pháp", "Viết lại đoạn văn"),
    "zh": ("写一首关于夏天的歌曲", "把这句话翻译成法语", "改写这一段"),
}


@pytest.mark.parametrize("tag", languages.AYA_23)
def test_each_language_knows_prompts_whose_answer_may_repeat(tag):
    assert [may_repeat(prompt, tag) for prompt in MEANT[tag]] == [True, True, True]


@pytest.mark.parametrize("tag", sorted(NOT_ASKING))
def test_answers_to_questions_may_not(tag):
    assert not may_repeat(NOT_ASKING[tag], tag)


#: A prompt in each language that asks for a translation into English (Spanish where it is English itself).
INTO = {
    "ar": "ترجم الجملة من الفرنسية إلى الإنجليزية",
    "cs": "Přelož tu větu z francouzštiny do angličtiny",
    "de": "Übersetze den französischen Satz ins Englische",
    "el": "Μετάφρασε την πρόταση από τα γαλλικά στα αγγλικά",
    "en": "Translate the sentence from French into Spanish",
    "es": "Traduce la frase del francés al inglés",
    "fa": "جمله را از فرانسوی به انگلیسی ترجمه کن",
    "fr": "Traduis la phrase espagnole en anglais",
    "he": "תרגם את המשפט מצרפתית לאנגלית",
    "hi": "इस वाक्य का फ़्रेंच से अंग्रेज़ी में अनुवाद करो",
    "id": "Terjemahkan kalimat ini dari bahasa Prancis ke bahasa Inggris",
    "it": "Traduci la frase dal francese in inglese",
    "ja": "この文をフランス語から英語に翻訳して",
    "ko": "이 문장을 프랑스어에서 영어로 번역해 줘",
    "nl": "Vertaal de zin uit het Frans naar het Engels",
    "pl": "Przetłumacz zdanie z francuskiego na angielski",
    "pt": "Traduza a frase do francês para o inglês",
    "ro": "Tradu propoziția din franceză în engleză",
    "ru": "Переведи предложение с французского на английский",
    "tr": "Cümleyi Fransızcadan İngilizceye çevir",
    "uk": "Переклади речення з французької на англійську",
    "vi": "Hãy dịch câu này từ tiếng Pháp sang tiếng Anh",
    "zh": "把这句话从法语翻译成英语",
}


@pytest.mark.parametrize("tag", languages.AYA_23)
def test_each_language_names_what_something_is_translated_into(tag):
    task = language_task(INTO[tag], tag)
    assert task.is_translation
    assert task.into == {"es" if tag == "en" else "en"}
    assert task.named - task.into == {"es" if tag == "fr" else "fr"}
    assert ask_for_translation(["?", INTO[tag]], tag) == [1]


@pytest.mark.parametrize("tag", sorted(NOT_ASKING))
def test_questions_ask_for_no_other_language(tag):
    task = language_task(NOT_ASKING[tag], tag)
    assert (task.is_translation, task.targets) == (False, frozenset())


@pytest.mark.parametrize(
    ("prompt", "tag", "targets"),
    [
        ("Schreibe eine E-Mail auf Englisch.", "de", {"en"}),
        ("Napiš anglicky krátký dopis.", "cs", {"en"}),
        ("用法文写一封信", "zh", {"fr"}),
        ("Напиши письмо по-итальянски", "ru", {"it"}),
        ("İspanyolca olarak yaz", "tr", {"es"}),
        ("How do you say thanks in Swahili?", "en", {"sw"}),
        ("Warum fahren viele nach Deutschland?", "de", set()),
        ("İngilizce cümleyi açıkla", "tr", set()),
        ("ሰላም, translate into Welsh", "am", {"cy"}),
    ],
)
def test_texts_are_asked_for_in_a_language(prompt, tag, targets):
    assert language_task(prompt, tag).targets == targets
