"""Translations against their source: numbers in every digit, addresses, words left over, Markdown, length."""

import pytest

from polypref.stages.checks.translation import (
    TranslationArtefacts,
    leftover,
    length_change,
    lost_markdown,
    missing_urls,
    torn_markdown,
)
from polypref.text.placeholders import missing_numbers, numbers

SOURCE = "The bridge was built in 1937, is 2,737 metres long and cost 35 million dollars."


@pytest.mark.parametrize(
    "translation",
    [
        "بُني الجسر عام ١٩٣٧، وطوله ٢٬٧٣٧ مترا، وكلف ٣٥ مليون دولار.",
        "این پل در ۱۹۳۷ ساخته شد و ۲٬۷۳۷ متر طول و ۳۵ میلیون دلار هزینه داشت.",
        "यह पुल १९३७ में बना, २,७३७ मीटर लंबा है और ३५ मिलियन डॉलर लगे।",
        "הגשר נבנה ב-1937, אורכו 2,737 מטר ועלותו 35 מיליון דולר.",
        "这座桥建于1937年，全长２７３７米，耗资3500万美元。",
        "橋は1937年に建設され、長さ2737メートル、費用は3,500万ドル。",
        "다리는 1937년에 건설되었고 길이 2737미터, 비용은 3500만 달러였다.",
        "Η γέφυρα χτίστηκε το 1937, έχει μήκος 2.737 μέτρα και κόστισε 35 εκατομμύρια.",
        "Міст збудовано 1937 року, довжина 2 737 метрів, вартість 35 мільйонів.",
    ],
)
def test_numbers_in_other_digits_and_groups_are_the_same(translation):
    assert missing_numbers(SOURCE, translation) == ([], 3)


def test_numbers_by_hand():
    assert dict(numbers("3.5 and 1,000,000 and 12 and 2024")) == {"35": 1, "1": 1, "2024": 1}
    assert missing_numbers("From 1914 to 1918", "Von 1914 bis 1919") == (["1918"], 2)
    assert missing_numbers("twelve", "12") == ([], 0)
    assert missing_numbers("Take 5 of 12 eggs", "קחו חמש") == ([], 0)  # small numbers are often written as words


def test_addresses():
    source = "See https://example.org/a?b=1. Or mail to info@example.org!"
    assert missing_urls(source, "ראו https://example.org/a?b=1 או info@example.org") == []
    assert missing_urls(source, "ראו https://example.org/a?b=1") == ["info@example.org"]
    assert missing_urls(source, "דוגמה") == ["https://example.org/a?b=1", "info@example.org"]
    assert missing_urls("no address", "x") == []


def test_words_left_over():
    source = "Explain how the quick brown fox jumps over the lazy dog in the Lord of the Rings."
    assert leftover(source, "اشرح how the quick brown fox jumps فوق الكلب") == "how the quick brown fox"
    assert leftover(source, "הסבר איך השועל קופץ ב-the Lord of the Rings") is None
    assert leftover(source, "解释 “how the quick brown fox jumps over” 这句话") is None
    assert leftover(source, "Поясніть `how the quick brown fox jumps`") is None
    assert leftover(source, "すばやい狐が犬を飛び越える理由を説明してください。") is None
    german = "Ich möchte gerne wissen wie man das am besten machen kann"
    assert leftover(german, "I want: gerne wissen wie man das am besten machen", "de") is not None
    assert leftover(german, "gerne wissen wie man das", "de") is None


@pytest.mark.parametrize(
    "text",
    [
        "זה ** חשוב ** מאוד",
        "查看 [链接] (https://example.org)",
        "［リンク］（https://example.org）を",
        "# # Заголовок",
        "! [그림](a.png) 보기 ](",
    ],
)
def test_torn_markdown(text):
    assert torn_markdown(text)


@pytest.mark.parametrize(
    "text",
    [
        "**חשוב** ו**דחוף** מאוד",
        "**a** | **b** | **c**",
        "[链接](https://example.org)",
        "2 ** 3 ** 4",
        "x ** y ** z ** w",
        "`** x **`",
        "## Überschrift",
        "a * b ** c",
    ],
)
def test_sound_markdown(text):
    assert torn_markdown(text) is None


def test_lost_markdown():
    source = "# One\n# Two\n- a\n- b\n- c\n```\nx\n```\n[l](u)"
    assert lost_markdown(source, source) is None
    assert lost_markdown(source, source.replace("```", "")) == "code fences"
    assert lost_markdown(source, source.replace("[l](u)", "l")) == "links"
    assert lost_markdown(source, source.replace("\n- ", " ")) == "list items"
    assert lost_markdown(source, source.replace("# ", "")) == "headings"


def test_length_change():
    assert length_change("a" * 100, "en", "א" * 71, "he") == pytest.approx(1, abs=0.01)
    assert length_change("a" * 100, "en", "字" * 32, "zh") == pytest.approx(1, abs=0.01)
    assert length_change("a" * 100, "en", "字" * 100, "zh") > 2


def test_filter(pairs, outcomes):
    half = "The first sentence is here and says something. " * 4
    batch = pairs(
        {"language": "uk", "origin": "translated", "prompt": "Міст 1938 року.", "prompt_source": "The bridge of 1937."},
        {"language": "uk", "origin": "native", "prompt": "Міст 1938 року.", "prompt_source": "The bridge of 1937."},
        {"language": "ko", "origin": "translated", "prompt": "** 중요 ** 합니다"},
        {"language": "ja", "chosen_route": "translated", "chosen": "短い。", "chosen_source": half},
        {"language": "he", "origin": "translated", "prompt": "שלום", "prompt_source": None},
        {
            "language": "de",
            "origin": "translated",
            "prompt": "Brücke 1",
            "prompt_source": "Brücke 1937",
            "source_language": "de",
        },
    )
    assert outcomes(TranslationArtefacts(), batch) == [
        (0, "prompt_numbers"),
        (2, "prompt_markdown"),
        (3, "chosen_translation_length"),
    ]


def test_a_prompt_is_measured_in_its_own_language_and_an_answer_in_the_one_asked_for(pairs, outcomes):
    """A hundred English letters are about a hundred in German, and 32 signs in Chinese."""
    sound = {"language": "de", "response_language": "zh", "origin": "translated", "chosen_route": "translated"}
    texts = {"prompt": "a" * 110, "prompt_source": "a" * 100, "chosen": "字" * 32, "chosen_source": "a" * 100}
    batch = pairs(sound | texts, sound | texts | {"prompt": "字" * 32}, sound | texts | {"chosen": "字" * 100})
    assert outcomes(TranslationArtefacts(), batch) == [
        (1, "prompt_translation_length"),
        (2, "chosen_translation_length"),
    ]


def test_without_a_source_only_torn_markdown_is_seen(pairs, outcomes):
    batch = pairs(
        {"language": "el", "origin": "translated", "prompt": "1938"},
        {"language": "el", "origin": "translated", "prompt": "** α **"},
    )
    assert outcomes(TranslationArtefacts(), batch) == [(1, "prompt_markdown")]
