"""What of a text is running text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.languages.identifier import Identifier
from polypref.text.prose import prose
from polypref.text.running import code_lines, has_running_text, running_text, uncoded


def running(text: str) -> str:
    return running_text(text, prose(text))


@pytest.mark.parametrize(
    "text",
    [
        "1. Harmony\n2. Melody\n3. Rhythm",
        "Lissabon, Porto, Braga, Faro",
        "Fruit | Qty | Price\n--- | --- | ---\nFig | 5 | 500",
        "Day 1: Agadir\nDay 2: Tangier",
        "Name: [Name]\nStreet: [Street]\nPhone Number: [Phone Number]",
        "12 × 3 = (10 + 2) × 3 = 36",
        "寿司、刺身、天ぷら、うどん",
        "김치, 비빔밥, 불고기",
        "كسكس، طاجين، حريرة",
        "борщ, вареники, голубцы",
        "🙂 🙂 🙂",
        '{"name": "Ada", "age": 36}',
        "x = 1\nfor y in range(3):\n    # add the next one to what we have\n    x += y\n",
        "A B C D E F G",
    ],
)
def test_lists_tables_forms_sums_and_code_hold_no_sentence(text):
    assert running(text).strip() == ""


@pytest.mark.parametrize(
    "text",
    [
        "Wir gehen heute nicht in die Schule.",
        "今日は雨が降っているので家にいます。",
        "오늘은 비가 와서 집에 있습니다.",
        "اليوم نبقى في البيت لأن المطر غزير.",
        "היום אנחנו נשארים בבית בגלל הגשם.",
        "आज बारिश हो रही है इसलिए हम घर पर हैं।",
        "Сегодня мы останемся дома из-за дождя.",
        "Today We Stay At Home Because It Rains A Lot",
    ],
)
def test_a_sentence_is_running_text_in_every_script(text):
    assert running(text) == text
    assert running(f"1. Rom\n2. Oslo\n\n{text}") == text


def test_a_sentence_among_short_items_is_left_alone():
    assert running("Bach, Haydn, Mozart, Schubert, Brahms, Mahler: they all wrote for the voice, Liszt, Chopin") == (
        "they all wrote for the voice"
    )


def test_comments_belong_to_the_code_around_them_and_prose_beside_it_does_not():
    text = (
        "So it works:\n\ndef f(x):\n    # twice of what was given to us\n    return x * 2\n\nCall it with any number."
    )
    lines = text.split("\n")
    assert code_lines(lines, prose(text).split("\n")) == [False, False, True, True, True, False, False]
    assert uncoded(text, prose(text)) == "So it works:\n\n\nCall it with any number."
    assert running(text) == "Call it with any number."


UNSPACED = {
    "th": "กรุงเทพมหานครเป็นเมืองหลวงของประเทศไทย",
    "km": "ភ្នំពេញគឺជារាជធានីនៃប្រទេសកម្ពុជា",
    "my": "ရန်ကုန်သည်မြန်မာနိုင်ငံ၏အကြီးဆုံးမြို့ဖြစ်သည်",
    "lo": "ວຽງຈັນແມ່ນນະຄອນຫຼວງຂອງປະເທດລາວ",
}


@pytest.mark.parametrize("tag", UNSPACED)
def test_sentences_without_spaces_are_running_text_in_letters_too(tag):
    assert running(UNSPACED[tag]) == UNSPACED[tag]
    assert running(UNSPACED[tag][:6]) == ""
    assert Identifier().check(UNSPACED[tag], "es").status == "other"


@given(st.text(), st.text())
def test_any_texts_can_be_read(text, left):
    assert has_running_text(text, left) == bool(running_text(text, left))
    assert running_text(text, text).count("\n") <= text.count("\n")
