"""What prompts ask for, by the phrases of the languages' files."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref import languages
from polypref.languages import tasks
from polypref.languages.carried import carried_text
from polypref.languages.peoples import words_for_peoples
from polypref.languages.tasks import (
    ask_for_translation,
    asks_for_correction,
    language_task,
    may_name_languages,
    may_repeat,
    named_in_any_form,
)

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


#: Names of languages as adjectives, as those of people and of countries: nothing is to be in them.
ADJECTIVES = {
    "ar": ("ما أشهر الأطباق في المطبخ الإيطالي؟", "كيف أصبح معلم لغة إسبانية في ألمانيا؟", "ماذا يعني ذلك للفرنسيين؟"),
    "cs": ("Co je typické v italské kuchyni?", "Jaké motivy jsou ve francouzské literatuře?", "Jak se žije v Německu?"),
    "de": (
        "Was ist in italienischen Restaurants üblich?",
        "Nenne drei Werke, die in die französische Literatur eingingen.",
        "Wie werde ich ein spanischer Lehrer, und was steht auf deutschen Straßenschildern?",
    ),
    "el": (
        "Τι τρώνε στην ιταλική κουζίνα;",
        "Ποια θέματα υπάρχουν στη γαλλική λογοτεχνία;",
        "Τι ισχύει σε γερμανικό δικαστήριο;",
    ),
    "en": (
        "Which herbs are common in Italian cuisine?",
        "Name three themes in French literature.",
        "How do I become a Spanish teacher, and what does that mean in German law?",
        "Who fought in the French Revolution?",
        "What is usual in Italian, Spanish and Greek cooking?",
        "Which films are popular in English-speaking countries?",
    ),
    "es": ("¿Qué hierbas se usan en la cocina italiana?", "¿Cómo se vive en Alemania?", "¿Qué se come en China?"),
    "fa": ("در آشپزی ایتالیایی چه ادویه‌هایی هست؟", "معلم اسپانیایی چه کار می‌کند؟", "در ادبیات فرانسوی چه هست؟"),
    "fr": ("Quelles herbes dans la cuisine italienne ?", "Que dit le droit allemand ?", "Un professeur espagnol ?"),
    "he": ("אילו תבלינים יש במטבח האיטלקי?", "מה קורה בספרות הצרפתית?", "איך נהיים מורה ספרדי?"),
    "hi": ("इतालवी व्यंजनों में क्या होता है?", "जर्मन कानून में क्या लिखा है?", "तुर्की में मौसम कैसा है?"),
    "id": ("Apa ciri masakan Italia?", "Bagaimana hukum Jerman?", "Saya mau pergi ke Prancis. Kapan?"),
    "it": ("Quali erbe si usano nella cucina italiana?", "Che cosa dice il diritto tedesco?", "Un maestro spagnolo?"),
    "ja": (
        "イタリア料理には何が合いますか",
        "フランス語の教師になるには",
        "英語に興味がありますか",
        "ドイツ法で何が変わった？",
    ),
    "ko": ("이탈리아 요리에는 무엇이 어울리나요?", "프랑스어 교사가 되려면?", "독일 법은 무엇을 말하나요?"),
    "nl": (
        "Wat is gewoon in de Italiaanse keuken?",
        "Wat staat er in Duitse wetten?",
        "Wie kwam in het Franse leger?",
    ),
    "pl": (
        "Co jest typowe w kuchni włoskiej?",
        "Jakie motywy są w francuskiej literaturze?",
        "Co sprzedają na niemieckim rynku?",
    ),
    "pt": ("Que ervas há na cozinha italiana?", "O que diz o direito alemão?", "Um professor espanhol?"),
    "ro": ("Ce ierburi sunt în bucătăria italiană?", "Cum se trăiește în Germania?", "Ce se mănâncă la francezi?"),
    "ru": (
        "Что продают на немецком рынке?",
        "Кого назначили на французский престол?",
        "Что читать по русской литературе?",
    ),
    "tr": ("İtalyan mutfağında ne var?", "Fransızca öğretmeni nasıl olunur?", "Alman hukukunda ne yazıyor?"),
    "uk": (
        "Що продають на німецькому ринку?",
        "Кого запросили до французького театру?",
        "Що читати з італійської літератури?",
    ),
    "vi": ("Ẩm thực Ý có gì?", "Luật Đức nói gì?", "Giáo viên tiếng Pháp dạy gì?"),
    "zh": (
        "意大利菜里有什么？",
        "因为英语老师生病了，课取消了。",
        "怎样提高英文写作？",
        "他完成英语作业了吗？",
        "他提到德语课。",
    ),
}
#: Prompts that ask for a text in English (in Spanish, where they are English themselves), in several words.
TEXTS_IN = {
    "ar": ("اكتب رسالة باللغة الإنجليزية عن الصيف", "أجب بالإنجليزية من فضلك: ما عاصمة فرنسا؟"),
    "cs": ("Napiš dopis v angličtině o létě", "Odpověz anglicky, prosím.", "Napiš to v anglickém jazyce."),
    "de": (
        "Schreibe einen Brief auf Englisch über den Sommer",
        "Antworte bitte auf Englisch: Wer war das?",
        "Übertrage es ins Englische und kürze es",
        "Kannst du das ins Englische bringen?",
        "Schreib es in die englische Sprache um",
    ),
    "el": (
        "Γράψε ένα γράμμα στα αγγλικά για το καλοκαίρι",
        "Απάντησε στα αγγλικά: ποιος;",
        "Γράψε στην αγγλική γλώσσα",
    ),
    "en": (
        "Write a letter in Spanish about summer",
        "Answer in Spanish please",
        "Reply in Spanish: who was that?",
        "Write it in Spanish or Italian.",
        "Answer in Spanish\nWhy is the sky blue?",
        "Write in Spanish explaining why I am late",
        "A short tale in Spanish in three parts",
        "A short tale in Spanish featuring three cats",
        "Write in the Spanish language.",
    ),
    "es": ("Escribe una carta en inglés sobre el verano", "Responde en inglés, por favor: ¿quién?"),
    "fa": ("یک نامه به انگلیسی درباره تابستان بنویس", "لطفاً به زبان انگلیسی جواب بده"),
    "fr": ("Écris une lettre en anglais sur l'été", "Réponds en anglais, s'il te plaît : qui ?"),
    "he": ("כתוב מכתב באנגלית על הקיץ", "ענה באנגלית בבקשה: מי זה?"),
    "hi": ("गर्मी पर अंग्रेज़ी में एक पत्र लिखो", "कृपया अंग्रेज़ी भाषा में उत्तर दें"),
    "id": ("Tulis surat dalam bahasa Inggris tentang musim panas", "Jawab dalam bahasa Inggris: siapa?"),
    "it": ("Scrivi una lettera in inglese sull'estate", "Rispondi in inglese, per favore: chi?"),
    "ja": ("夏について英語で手紙を書いて", "英語に直してください", "英語にしてください"),
    "ko": ("여름에 대해 영어로 편지를 써 줘", "영어로 대답해 줘: 누구야?"),
    "nl": (
        "Schrijf een brief in het Engels over de zomer",
        "Antwoord in het Engels graag: wie?",
        "Schrijf in de Engelse taal",
    ),
    "pl": ("Napisz list po angielsku o lecie", "Odpowiedz w języku angielskim: kto?", "Napisz to na angielski, proszę"),
    "pt": ("Escreva uma carta em inglês sobre o verão", "Responda em inglês, por favor: quem?"),
    "ro": ("Scrie o scrisoare în engleză despre vară", "Răspunde în limba engleză: cine?"),
    "ru": ("Напиши письмо на английском языке о лете", "Ответь по-английски: кто?", "Напиши на английском, пожалуйста"),
    "tr": ("Yaz hakkında İngilizce bir mektup yaz", "İngilizce olarak cevap ver: kim?"),
    "uk": (
        "Напиши лист англійською мовою про літо",
        "Відповідай по-англійськи: хто?",
        "Напиши англійською, будь ласка",
    ),
    "vi": ("Viết một bức thư bằng tiếng Anh về mùa hè", "Trả lời bằng tiếng Anh: ai?"),
    "zh": ("请用英文写一封关于夏天的信", "英文回答：谁？", "请以英文作答", "请写成英文"),
}


@pytest.mark.parametrize("tag", languages.AYA_23)
def test_a_name_as_an_adjective_or_of_a_country_asks_for_nothing(tag):
    for prompt in ADJECTIVES[tag]:
        assert language_task(prompt, tag).targets == frozenset(), prompt


@pytest.mark.parametrize("tag", languages.AYA_23)
def test_a_text_in_a_language_is_asked_for_whatever_stands_behind_its_name(tag):
    for prompt in TEXTS_IN[tag]:
        assert language_task(prompt, tag).into == {"es" if tag == "en" else "en"}, prompt


def test_line_ends_and_further_names_stand_behind_a_name():
    assert language_task("Write in French\nLiterature is my subject.", "en").into == {"fr"}
    assert language_task("Write on authors in French, German or Italian literature.", "en").into == frozenset()
    assert language_task("Write in French, German or Italian, please.", "en").into >= {"fr"}


@pytest.mark.parametrize(
    ("tag", "prompt"),
    [
        ("id", "Apa bahasa Jermannya 'selamat tidur'?"),
        ("fr", "Quel est l'équivalent allemand de « à bientôt » ?"),
        ("fa", "معادل فرانسوی «صبح بخیر» چیست؟"),
        ("zh", "日语的“早上好”怎么写？"),
        ("zh", "英译：早上好"),
        ("id", "Inggrisnya: selamat pagi"),
    ],
)
def test_how_something_goes_in_another_language(tag, prompt):
    assert language_task(prompt, tag).is_translation


@pytest.mark.parametrize(
    ("tag", "prompt"),
    [("fr", "Donne une fraction équivalente à deux tiers."), ("zh", "这篇作文怎么写？"), ("id", "Bahasa itu indah.")],
)
def test_equals_and_essays_are_no_translations(tag, prompt):
    assert not language_task(prompt, tag).is_translation


@pytest.mark.parametrize(
    ("tag", "text", "languages"),
    [
        ("pl", "Jak powiedziałby to Francuz?", {"fr"}),
        ("tr", "Bunun Fransızcasını yazar mısın", {"fr"}),
        ("uk", "Перекажи французькою таке оголошення", {"fr"}),
        ("ar", "للزملاء الفرنسيين بلغتهم", {"fr"}),
        ("en", "Why is English so common?", set()),
        ("en", "Say why. And in English?", {"en"}),
        ("gsw", "How would a Dutch person put it?", {"nl"}),
    ],
)
def test_languages_are_named_in_any_form_but_by_questions_about_them(tag, text, languages):
    assert named_in_any_form(text, tag) == languages


@pytest.mark.slow
@settings(deadline=None)
@given(st.data())
def test_a_text_is_searched_for_its_own_names_as_for_all(data):
    tag = data.draw(st.sampled_from(["el", "hi", "id", "ja", "nl", "tr", "zh"]))
    names = sorted(tasks._forms(tag)[0])
    others = [" ", ", ", "bahasa ", "-", "e", "se", "se ", "a", "\n", "の", "文"]
    parts = st.sampled_from(names) | st.sampled_from(others)
    text = "".join(data.draw(st.lists(parts, max_size=8)))
    some, every = tasks._names(text, tag), tasks._expression(tag, tuple(tasks._forms(tag)[0]))
    assert [(one.span(), one.groups()) for one in some.finditer(text)] == [
        (one.span(), one.groups()) for one in every.finditer(text)
    ]


@pytest.mark.parametrize("tag", languages.AYA_23)
def test_prompts_that_may_name_a_language_are_picked_out_of_many(tag):
    prompts = ["0", INTO[tag], "1 + 1 = 2", NOT_ASKING.get(tag, "2"), "EN -> IT: 3"]
    assert {1, 4} <= set(may_name_languages(prompts, tag)) <= {1, 3, 4}
    assert may_name_languages([], tag) == []


@settings(deadline=None)
@given(st.data())
def test_what_is_not_picked_out_names_nothing(data):
    tag = data.draw(st.sampled_from(["ar", "de", "el", "en", "fr", "he", "id", "ja", "ko", "tr", "vi", "zh"]))
    language = languages.get(tag)
    names = sorted({*tasks._forms(tag)[0], *words_for_peoples(tag), *language.task_words.translation})
    # What is set apart may stand between the words of a name, and is read as a space.
    between = st.sampled_from(
        [" ", " ", "x", "\n", ": ", '"a b c d e f g h i j k l m"', " “", "”", "。", "? ", " – ", "-"]
    )
    cut = st.tuples(st.sampled_from(names), between).map(lambda two: two[0].replace(" ", f" {two[1]} "))
    parts = st.sampled_from(names) | between | cut | st.just(NOT_ASKING["en"])
    prompt = "".join(data.draw(st.lists(parts, max_size=8)))
    if not may_name_languages([prompt], tag):
        assert language_task(prompt, tag) == tasks.LanguageTask()
        assert carried_text(prompt, tag) is None
        assert named_in_any_form(prompt, tag) == frozenset()


@pytest.mark.parametrize(
    ("tag", "prompt"),
    [
        ("en", 'How is this in Haitian "now that all of us are here" Creole: the train leaves at six'),
        ("ar", "كيف يقولها الفرنسيون: القطار يغادر في السادسة"),
        ("he", "איך נראה לצרפתים: הרכבת יוצאת בשש"),
        ("id", '"Kereta berangkat pukul enam pagi" Inggris?'),
    ],
)
def test_names_that_are_apart_or_written_onto_are_picked_out(tag, prompt):
    assert carried_text(prompt, tag) is not None and not language_task(prompt, tag).is_translation
    assert may_name_languages([prompt], tag) == [0]
