"""Romanised texts are named, in five languages; texts in languages of Latin letters are not taken for them."""

import pytest

from polypref import languages
from polypref.languages.identifier import Check, Identifier
from polypref.languages.romanised import _lists, romanised
from tests.languages.romanised_texts import LONG_TEXTS, SENTENCES

TEXTS = {
    "hi-Latn": [
        "Namaste! Aapka sawal bahut accha hai. Subah jaldi uthna sehat ke liye faydemand hota hai, "
        "kyunki taaza hawa milti hai.",
        "Is khel mein gyarah khiladi hote hain aur har team ko ek baar ballebaazi karni hoti hai. "
        "Jo team zyada run banati hai, "
        "wahi jeet jati hai.",
        "Mujhe lagta hai ki yeh kitaab bachchon ke liye bhi achhi hai, lekin unhe kahani samajhne "
        "mein samay lag sakta hai.",
    ],
    "ar-Latn": [
        "Ana mesh 3aref ezay a3mel keda, bas mumkin tes2al hadd tani. Lazem tekoun hadi w mesh "
        "mesta3gel 3ashan tefham.",
        "Wallah el gaw kan 7elw awi ya3ni, w kaman el akl kan tayeb. Enta lazem tegi ma3ana el "
        "marra el gaya insha2allah.",
        "Hadha al-kitab mufid jiddan wa huwa yatahaddath an al-tarikh. Yumkin an taqra'a kull yawm "
        "safha, wa lakin la tansa al-fahm.",
    ],
    "el-Latn": [
        "Kalimera! To taxidi apo tin Athina mexri ti Thessaloniki kratai peripou pente ores, kai "
        "mporeis na pas me to treno.",
        "Den ksero an tha exei kalo kairo avrio, alla prepei na pareis mia ompréla mazi sou gia kathe endexomeno.",
        "To spiti mou einai konta sti thalassa, opote kathe mera kolimpao prin apo ti douleia kai "
        "meta pino ton kafe mou.",
    ],
    "zh-Latn": [
        "Wǒ xǐhuan xuéxí, yīnwèi tā ràng wǒ zhīdào hěn duō shìqing. Měitiān zǎoshang wǒ dōu kàn "
        "shū, xiànzài yǐjīng kànle shí běn.",
        "Ni hao! Zhege wenti hen you yisi. Women keyi xian kan yi kan, ranhou zai jueding zenme "
        "zuo. Ruguo ni bu mingbai, qing wen.",
        "Zhongguo you hen duo hao chi de dongxi. Wo zui xihuan chi jiaozi he miantiao, danshi "
        "jintian meiyou shijian zuo fan.",
    ],
    "ja-Latn": [
        "Watashi wa mainichi asa hayaku okite, koen made arukimasu. Sono ato, asagohan wo tabete "
        "kara shigoto ni ikimasu.",
        "Kono hon wa totemo omoshiroi desu. Demo, kodomo ni wa sukoshi muzukashii kamo shiremasen. "
        "Zehi yonde mite kudasai.",
        "Nihon no natsu wa atsui desu ga, yama no ue wa suzushii desu. Takusan no hito ga soko de "
        "yasumi wo tanoshimimasu.",
    ],
}


@pytest.mark.parametrize("tag", sorted(LONG_TEXTS))
def test_several_sentences_are_named_whatever_was_asked_for(tag: str) -> None:
    texts = [*LONG_TEXTS[tag], SENTENCES[tag]]
    assert len(LONG_TEXTS[tag]) >= 3
    for asked in (tag.split("-")[0], "id", "en", "es"):
        assert Identifier().check_many(texts, [asked] * len(texts)) == [Check("other", tag)] * len(texts), asked


# Made up too: short words that the lists have as well, in languages of Latin letters.
OTHERS = {
    "en": "Do not say hi to me or to him; we are in a hotel to go on a den tour, and so are Tina, Kim and Wo Zhang.",
    "id": "Saya pergi ke pasar untuk membeli ikan, sayur, dan nasi karena ibu ingin memasak makan "
    "malam untuk keluarga besar.",
    "es": "La niña no iba a la escuela porque se sentía mal, y su madre le dio un té con miel para la tos de la noche.",
    "tr": "Bu hafta sonu annem ile birlikte pazara gidip taze meyve ve sebze alacağız, sonra da evde yemek yapacağız.",
    "vi": "Hôm nay trời đẹp nên cả nhà tôi đi dạo trong công viên, rồi ghé vào quán nhỏ bên hồ để ăn kem và uống trà.",
    "it": "Non so se domani verrà il sole, ma se piove restiamo a casa e facciamo una torta di mele con la nonna.",
    "fi": "Minä asun pienessä talossa järven rannalla, ja joka aamu käyn uimassa ennen kuin menen töihin kaupunkiin.",
    "nl": "De kinderen spelen in de tuin, terwijl hun moeder in de keuken een taart bakt voor het feest van vanavond.",
}


@pytest.mark.parametrize("tag", sorted(TEXTS))
def test_an_answer_in_latin_letters_is_named_and_not_taken_for_another_language(tag: str) -> None:
    expected = tag.split("-")[0]
    texts = TEXTS[tag]
    assert Identifier().check_many(texts, [expected] * 3) == [Check("other", tag)] * 3
    for asked in ("id", "en", "es"):
        assert {check.status for check in Identifier().check_many(texts, [asked] * 3)} == {"other"}


@pytest.mark.parametrize("tag", sorted(OTHERS))
def test_languages_of_latin_letters_are_not_named_so(tag: str) -> None:
    assert romanised(OTHERS[tag]) is None
    (check,) = Identifier().check_many([OTHERS[tag]], ["hi"])
    assert check.language not in TEXTS


def test_a_language_that_is_written_so_is_as_it_should_be() -> None:
    languages.register(languages.Language("hi-Latn", "Hindi in Latin letters", "Hinglish", "hin", ("Latn",)))
    assert [romanised(text, "hi-Latn") for text in TEXTS["hi-Latn"]] == [None] * 3
    assert romanised(TEXTS["ja-Latn"][0], "hi-Latn") == "ja-Latn"


def test_few_words_and_few_kinds_of_words_tell_nothing() -> None:
    assert romanised("Kya aap hai nahi") is None
    assert romanised("hai hai hai hai kya kya kya aur aur") is None
    assert romanised("hai kya aur nahi hai") == "hi-Latn"


def test_no_word_of_a_list_holds_what_no_text_does() -> None:
    for tag, one in _lists().items():
        assert tag == f"{one.language}-Latn" and len(one.words) > 50 < len(one.all_words - one.words)
        assert all(word == word.casefold() and word.isascii() and len(word) >= 2 for word in one.all_words), tag
        assert not one.also & one.all_words, tag
        assert one.share_of_form(sorted(one.all_words)) > 0.95 or tag == "el-Latn", tag


def test_digits_that_stand_for_letters_count_beside_words_of_the_list() -> None:
    arabizi = "ana raye7 el madrasa bokra ma3 a5oya el so8ayar 3ashan neshtry kotob"
    assert romanised(arabizi, "ar") == "ar-Latn"
    assert romanised("ana buys mp3 players, a 5g phone, a 4k screen, the 2nd b2b plan and h2o bottles", "en") is None
    assert romanised("ana 2024 was 17 150kg 3ashan 12kg 20 then 400g the rest 35mm more", "ar") is None  # numbers


def test_words_with_digits_count_that_are_no_prose() -> None:
    arabizi = "3ayez a3raf enta ra7 feen w 7aterga3 emta ya a7la sa7by men el sho8l"
    assert Identifier().check(arabizi, "ar") == Check("other", "ar-Latn")


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("hi-Latn", "Kal hum dono bazaar gaye aur wahan ek purani kitab kharidi, phir ghar aa gaye."),
        ("el-Latn", "Xthes to vradi pigame sto sinema kai eidame mia palia tainia, eimaste oloi kourasmenoi simera."),
        ("zh-Latn", "Zuotian women qu xuexiao, ranhou zai laoshi jia chi fan, xiao gou ye lai le."),
    ],
)
def test_a_day_that_is_spoken_of_in_latin_letters(tag: str, text: str) -> None:
    assert romanised(text, tag.split("-")[0]) == tag
