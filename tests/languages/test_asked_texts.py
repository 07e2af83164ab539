"""Texts asked for by kind and language, and what a prompt asks of a text that it quotes."""

import tomllib

import pytest

from polypref import languages
from polypref.files.packaged import packaged_text
from polypref.languages.asked_texts import (
    asks_about_text,
    asks_for_meaning,
    asks_how_another_says,
    asks_to_keep,
    has_sample,
    is_short_instruction,
    texts_asked_for,
)

TABLES = tomllib.loads(packaged_text("asked_texts.toml"))
# An English letter, asked for, and asked about; what "tea time" means.
LETTERS = {
    "ar": ("اكتب رسالة إنجليزية لجدتي.", "لماذا تبدأ الرسائل الإنجليزية هكذا؟", "ما معنى «tea time»؟"),
    "cs": ("Napiš anglický dopis babičce.", "Proč začínají anglické dopisy takhle?", "Co znamená „tea time“?"),
    "de": ("Schreib einen englischen Brief an Oma.", "Warum fangen englische Briefe so an?", "Was heißt „tea time“?"),
    "el": (
        "Γράψε μια αγγλική επιστολή στη γιαγιά.",
        "Γιατί αρχίζουν έτσι οι αγγλικές επιστολές;",
        "Τι σημαίνει «tea time»;",
    ),
    "en": (
        "Write a German letter to granny.",
        "Why do German letters begin like this?",
        "What does “Feierabend” mean?",
    ),
    "es": (
        "Escribe una carta inglesa a la abuela.",
        "¿Por qué empiezan así las cartas inglesas?",
        "¿Qué significa «tea time»?",
    ),
    "fa": ("یک نامهٔ انگلیسی به مادربزرگ بنویس.", "چرا نامه‌های انگلیسی این‌طور شروع می‌شوند؟", "«tea time» یعنی چه؟"),
    "fr": (
        "Écris une lettre anglaise à mamie.",
        "Pourquoi les lettres anglaises commencent-elles ainsi ?",
        "Que veut dire « tea time » ?",
    ),
    "he": ("כתוב מכתב אנגלי לסבתא.", "למה מכתבים אנגליים מתחילים כך?", "מה הפירוש של „tea time”?"),
    "hi": ("दादी को एक अंग्रेज़ी पत्र लिखो।", "अंग्रेज़ी पत्र ऐसे क्यों शुरू होते हैं?", "“tea time” का क्या मतलब है?"),
    "id": (
        "Tulis surat bahasa Inggris untuk nenek.",
        "Mengapa surat bahasa Inggris dimulai begitu?",
        "Apa arti “tea time”?",
    ),
    "it": (
        "Scrivi una lettera inglese alla nonna.",
        "Perché le lettere inglesi cominciano così?",
        "Che vuol dire «tea time»?",
    ),
    "ja": ("祖母に英語の手紙を書いて。", "なぜ英語の手紙はこう始まるのですか?", "「tea time」とはどういう意味ですか?"),
    "ko": ("할머니께 영어 편지를 써 줘.", "왜 영어 편지는 이렇게 시작하나요?", "“tea time”은 무슨 뜻이에요?"),
    "nl": ("Schrijf een Engelse brief aan oma.", "Waarom beginnen Engelse brieven zo?", "Wat betekent „tea time”?"),
    "pl": ("Napisz angielski list do babci.", "Dlaczego angielskie listy tak się zaczynają?", "Co znaczy „tea time”?"),
    "pt": (
        "Escreva uma carta inglesa à avó.",
        "Por que as cartas inglesas começam assim?",
        "O que significa “tea time”?",
    ),
    "ro": (
        "Scrie o scrisoare englezească bunicii.",
        "De ce încep așa scrisorile englezești?",
        "Ce înseamnă „tea time”?",
    ),
    "ru": ("Напиши английское письмо бабушке.", "Почему английские письма так начинаются?", "Что значит «tea time»?"),
    "tr": ("Nineme İngilizce bir mektup yaz.", "Neden İngilizce mektuplar böyle başlıyor?", "“Tea time” ne demek?"),
    "uk": ("Напиши англійський лист бабусі.", "Чому англійські листи так починаються?", "Що означає «tea time»?"),
    "vi": ("Viết một lá thư tiếng Anh cho bà.", "Tại sao thư tiếng Anh bắt đầu như vậy?", "“Tea time” nghĩa là gì?"),
    "zh": ("给奶奶写一封英文的信。", "为什么英文的信这样开头?", "“tea time”是什么意思?"),
}
# In each a word or two that stand before a text, and one that does not.
SHORT = {
    "ar": "تلخيص:", "cs": "Shrnutí:", "de": "Tonfall?", "el": "Περίληψη:", "en": "Summary:", "es": "Resumen:",
    "fa": "خلاصه:", "fr": "Résumé :", "he": "סיכום:", "hi": "सारांश:", "id": "Ringkasan:", "it": "Riassunto:",
    "ja": "要約:", "ko": "요약:", "nl": "Samenvatting:", "pl": "Streszczenie:", "pt": "Resumo:", "ro": "Rezumat:",
    "ru": "Перевод:", "tr": "Özet:", "uk": "Переклади:", "vi": "Tóm tắt:", "zh": "总结:",
}  # fmt: skip


def test_all_languages_have_all_lists():
    assert sorted(TABLES) == sorted([*languages.AYA_23, "grammar"])
    for tag in languages.AYA_23:
        assert {"kinds", "making", "meaning", "keeps", "about"} <= TABLES[tag].keys(), tag
        for kind, listed in TABLES[tag].items():
            assert listed.split(), (tag, kind)


@pytest.mark.parametrize("tag", languages.AYA_23)
def test_a_text_asked_for_is_in_the_language_of_its_adjective(tag):
    asked, spoken_of, _ = LETTERS[tag]
    assert texts_asked_for(asked, tag) == {"de" if tag == "en" else "en"}
    assert texts_asked_for(spoken_of, tag) == frozenset()


@pytest.mark.parametrize("tag", languages.AYA_23)
def test_what_a_text_means_is_asked_in_the_languages_own_words(tag):
    asked, _, meaning = LETTERS[tag]
    assert asks_for_meaning(meaning, tag) and not asks_for_meaning(asked, tag)


@pytest.mark.parametrize("tag", languages.AYA_23)
def test_an_instruction_of_a_word_or_two_is_known_by_its_words(tag):
    assert is_short_instruction(SHORT[tag], tag)
    assert not is_short_instruction("Paris:", tag) and not is_short_instruction("...", tag)


@pytest.mark.parametrize(
    ("prompt", "tag"),
    [
        ("Schreib einen Brief an meinen Englischlehrer.", "de"),  # no text is English
        ("Write a letter to my French teacher.", "en"),
        ("Escribe una carta a la profesora inglesa.", "es"),
        ("英語の先生に手紙を書いて。", "ja"),
        ("给英语老师写一封信。", "zh"),
        ("Schreib einen Brief. Englische Gärten mag ich.", "de"),  # in another sentence
        ("Was ist an englischen Briefen anders?", "de"),  # a question that asks for none
        ("Schreib einen deutschen Brief.", "de"),  # its own
    ],
)
def test_no_text_is_asked_for_in_another_language(prompt, tag):
    assert texts_asked_for(prompt, tag) == frozenset()


def test_a_request_without_a_verb_is_short_and_no_question():
    assert texts_asked_for("Drei spanische Sätze für den Urlaub", "de") == {"es"}
    assert texts_asked_for("Drei spanische Sätze für den Urlaub?", "de") == frozenset()
    assert texts_asked_for("Kannst du mir drei spanische Sätze schreiben?", "de") == {"es"}
    long = "Neulich lagen drei spanische Sätze, die keiner von uns lesen konnte, auf dem Küchentisch"
    assert texts_asked_for(long, "de") == frozenset()


@pytest.mark.parametrize(
    ("prompt", "tag"),
    [
        ("تهنئة ومعايدة إنجليزية لجارتنا", "ar"), ("Anglický pohled z dovolené", "cs"), ("Englische Postkarte", "de"),
        ("Αγγλική κάρτα για τον παππού", "el"), ("Una postal inglesa desde Lima", "es"),
        ("یک یادداشت انگلیسی", "fa"),
        ("Un tweet anglais pour le club", "fr"), ("תן לי פתק אנגלי קצר", "he"), ("एक अंग्रेज़ी मैसेज लिखो", "hi"),
        ("Kartu pos bahasa Inggris", "id"), ("Un brindisi inglese per Ugo", "it"), ("英語のカード", "ja"),
        ("영어 엽서", "ko"),
        ("Een Engelse wenskaart", "nl"), ("Angielska pocztówka", "pl"), ("Escreva um brinde inglês", "pt"),
        ("Scrie un SMS englezesc", "ro"), ("Английский тост", "ru"), ("İngilizce kartpostal", "tr"),
        ("Англійський тост", "uk"), ("Bưu thiếp tiếng Anh", "vi"), ("写一张英文便条", "zh"),
    ],
)  # fmt: skip
def test_cards_toasts_and_short_messages_are_texts(prompt, tag):
    assert texts_asked_for(prompt, tag) == {"en"}


def test_a_wish_may_have_an_occasion_before_it():
    assert texts_asked_for("A French birthday wish for a neighbour", "en") == {"fr"}
    assert texts_asked_for("Which French birthday wish is the oldest?", "en") == frozenset()


def test_grammar_names_its_language():
    assert texts_asked_for("Drei Beispielsätze im present perfect", "de") == {"en"}
    assert texts_asked_for("Three sentences in the present perfect", "en") == frozenset()
    assert texts_asked_for("Wozu braucht man das present perfect?", "de") == frozenset()


def test_sentences_have_the_word_that_was_asked_for():
    prompt = "Drei Sätze mit dem Verb „to wait“"
    assert has_sample(prompt, "de", "I wait here.\nShe waited there.\nGo now.")  # two of three
    assert not has_sample(prompt, "de", "I wait here.\nShe left.\nGo now.")
    assert not has_sample("Wer schrieb „to wait“?", "de", "I wait here.")  # no sentences are asked for
    assert has_sample("Три речення з дієсловом to wait", "uk", "I wait here.")
    assert not has_sample("Drei Sätze mit „ab“", "de", "Abbey road.")  # too short to tell


def test_a_text_that_is_to_stay_as_it_is_is_not_asked_about():
    assert asks_about_text("Wovon handelt das?", "de") and asks_about_text("Fasse das zusammen.", "de")
    assert not asks_about_text("Schreib das auf.", "de")
    for request in ("Ist das richtig?", "Wiederhole das, bitte?", "Kannst du das korrigieren?"):
        assert asks_to_keep(request, "de") and not asks_about_text(request, "de")
    assert not asks_for_meaning("Was bedeutet das? Nenne ein Synonym.", "de")


def test_a_text_whose_mistakes_are_asked_about_is_to_be_corrected():
    for tag, request in {
        "de": "Sind Fehler drin?",
        "es": "¿Está bien escrito?",
        "zh": "有语法错误吗?",
        "tr": "Hata var mı?",
    }.items():
        assert asks_to_keep(request, tag) and not asks_about_text(request, tag)


def test_a_word_that_english_has_too_makes_no_instruction_before_english():
    assert is_short_instruction("Ton:", "ro", "en") and is_short_instruction("Sentiment:", "nl")
    assert not is_short_instruction("Sentiment:", "nl", "en")
    assert is_short_instruction("Sentimento:", "pt", "en")


def test_wording_is_no_rewording_where_another_is_to_say_it():
    assert asks_how_another_says("Wie würde das ein Franzose formulieren?", "de")
    assert not asks_how_another_says("Formuliere das für Franzosen höflicher.", "de")
    assert not asks_how_another_says("Formuliere das für die Franzosen um.", "de")
    assert not asks_how_another_says("Wie heißt das?", "de")
    assert not asks_how_another_says("How would a Frenchman word this?", "en")
