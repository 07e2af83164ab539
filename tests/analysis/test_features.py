"""What is counted of an answer, in the languages and scripts in which it is written."""

import numpy as np
import pytest

from polypref import languages
from polypref.analysis.features import FACTORS, answer_features, asks_back
from polypref.release.factor_results import WORDS

#: Somebody who is not sure and somebody who is sorry, in each language that has cues.
SPEAKING = {
    "ar": ("ربما تمطر غدا في المدينة.", "أعتذر عن هذا الخطأ في الجواب."),
    "cs": ("Možná bude zítra pršet.", "Omlouvám se za tu chybu."),
    "de": ("Vielleicht regnet es morgen.", "Das tut mir leid, da war ein Fehler."),
    "el": ("Ίσως βρέξει αύριο.", "Ζητώ συγγνώμη για το λάθος."),
    "en": ("It seems that rain is coming.", "I apologize for the mistake."),
    "es": ("Quizás llueva mañana.", "Lo siento, fue un error."),
    "fa": ("شاید فردا باران ببارد.", "متأسفم، این اشتباه بود."),
    "fr": ("Il pleuvra peut-être demain.", "Je suis désolée de cette erreur."),
    "he": ("אולי ירד מחר גשם.", "אני מתנצלת על הטעות."),
    "hi": ("शायद कल बारिश होगी।", "इस गलती के लिए मुझे खेद है।"),
    "id": ("Mungkin besok hujan.", "Mohon maaf atas kesalahan itu."),
    "it": ("Forse domani piove.", "Mi dispiace per l'errore."),
    "ja": ("明日は雨かもしれない。", "申し訳ありません、間違いがありました。"),
    "ko": ("내일은 비가 올 것 같습니다.", "실수를 해서 죄송합니다."),
    "nl": ("Misschien regent het morgen.", "Het spijt me, dat was fout."),
    "pl": ("Prawdopodobnie jutro będzie padać.", "Przepraszam za ten błąd."),
    "pt": ("Talvez chova amanhã.", "Desculpe pelo erro."),
    "ro": ("Probabil că mâine plouă.", "Îmi pare rău pentru greșeală."),
    "ru": ("Возможно, завтра будет дождь.", "Извините за эту ошибку."),
    "tr": ("Belki yarın yağmur yağar.", "Hata için özür dilerim."),
    "uk": ("Можливо, завтра буде дощ.", "Перепрошую за цю помилку."),
    "vi": ("Có lẽ ngày mai trời mưa.", "Xin lỗi vì sai sót đó."),
    "zh": ("明天也许会下雨。", "抱歉，我弄错了。"),
}
#: Formal and informal address, in languages whose speakers choose.
ADDRESSED = {
    "de": ("Bitte beachten Sie die Frist.", "Du kannst die Frist verschieben."),
    "es": ("¿Puede usted venir mañana?", "Si quieres, puedes venir mañana."),
    "fr": ("Vous pouvez venir demain.", "Tu peux venir demain."),
    "hi": ("आपको कल आना होगा।", "तुम्हें कल आना होगा।"),
    "ja": ("明日は晴れます。", "明日は晴れるんだよ。"),
    "ko": ("내일은 맑겠습니다.", "너는 내일 쉬어도 돼."),
    "ru": ("Вам следует прийти завтра.", "Тебе надо прийти завтра."),
    "tr": ("Size yardımcı olmak isteriz.", "Sana yardım etmek isteriz."),
    "zh": ("请您明天来。", "你可以明天来。"),
}


@pytest.mark.parametrize("tag", languages.AYA_23)
def test_hedging_and_apology_are_known_in_each_language(tag):
    hedged, sorry = SPEAKING[tag]
    values = answer_features([hedged, sorry], tag)
    assert values["hedging"].tolist()[0] > 0 and values["apology"].tolist() == [0, 1]


@pytest.mark.parametrize("tag", ADDRESSED)
def test_formal_address_is_above_informal_address(tag):
    assert answer_features(list(ADDRESSED[tag]), tag)["formal_address"].tolist() == [1, -1]


def test_a_language_without_cues_has_no_such_factor():
    assert "hedging" not in answer_features(["Dia dhuit."], "ga")
    assert "formal_address" not in answer_features(["Perhaps."], "en")
    assert set(answer_features(["Vielleicht."], "de")) == set(FACTORS) == set(WORDS)


def test_counts_are_doublings_of_one_more_than_the_number():
    text = "# Title\n1. one\n2. two\n3. **three** 1,500 and ٤٢!\n```\n# 7\n- x\n```\n😊"
    values = {name: value.tolist()[0] for name, value in answer_features([text], "en").items()}
    assert values["headings"] == 1 and values["list_items"] == 2 and values["bold"] == 1
    # 1,500 and 42: neither the marks of the list nor the 7 in code.
    assert values["digits"] == np.log2(3)
    assert values["exclamations"] == 1 and values["emoji"] == 1 and values["code"] == 1
    assert values["length"] == np.log2(1 + len("".join(text.split())))


@pytest.mark.parametrize(
    ("text", "tag", "asks"),
    [
        ("Möchten Sie mehr wissen?", "de", True),
        ("**Noch Fragen?** 😊", "de", True),
        ("هل تريد المزيد؟", "ar", True),
        ("आप क्या चाहेंगे?\n", "hi", True),
        ("もっと知りたいですか。", "ja", True),
        ("還要更多嗎？", "zh", True),
        ("Θέλεις κι άλλα;", "el", True),
        ("Θέλεις κι άλλα\u037e", "el", True),
        ("x = 1;", "en", False),
        ("Why? Because it rains.", "en", False),
        ("", "en", False),
    ],
)
def test_a_question_back_ends_the_answer(text, tag, asks):
    assert asks_back(text, tag) is asks


def test_signs_inside_of_an_answer_are_not_read_again_from_each_of_them():
    # Each place of such a run tried by itself would take hours.
    filler = " *_~" * 200_000
    assert asks_back(f"Why?{filler}", "en") and not asks_back(f"Why?{filler}So.", "en")


@pytest.mark.parametrize(
    ("text", "tag", "words"),
    [
        ("השוק נקרא the market of the city", "he", 2),  # market, city: words of four letters or more
        ("Der Markt heißt рынок und 市場", "de", 2),
        ("Der Markt ist with the people of this city", "de", 3),
        ("Der Markt ist groß.", "de", 0),
        ("The market is big.", "en", 0),
    ],
)
def test_foreign_words_are_those_of_other_scripts_and_english(text, tag, words):
    assert answer_features([text], tag)["foreign_words"].tolist() == [np.log2(1 + words)]
