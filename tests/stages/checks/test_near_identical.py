"""Answers that are the same, or nearly."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.stages.checks.near_identical import IdenticalAnswers, NearIdenticalAnswers, may_be_alike, similarity

TEXTS = {
    "ar": (
        "السماء زرقاء لأن ضوء الشمس يتشتت في الهواء، والضوء الأزرق يتشتت "
        "أكثر من الضوء الأحمر، ولهذا نرى السماء زرقاء في النهار."
    ),
    "he": (
        "השמיים כחולים משום שאור השמש מתפזר באוויר, והאור הכחול מתפזר "
        "יותר מן האור האדום, ולכן אנו רואים שמיים כחולים ביום."
    ),
    "fa": (
        "آسمان آبی است زیرا نور خورشید در هوا پراکنده می‌شود و نور آبی "
        "بیش از نور سرخ پراکنده می‌شود و از این رو آسمان آبی است."
    ),
    "hi": (
        "आकाश नीला है क्योंकि सूर्य का प्रकाश हवा में बिखरता है और नीला प्रकाश "
        "लाल प्रकाश से अधिक बिखरता है, इसलिए दिन में आकाश नीला दिखता है।"
    ),
    "zh": (
        "天空是蓝色的，因为太阳光在空气中散射，而蓝光的波长比红光短得多，所以散射得"
        "更强烈，于是我们在白天抬头时看到的天空就是一片蓝色，而傍晚时分则常常是红色。"
    ),
    "ja": (
        "空が青いのは、太陽の光が空気中で散乱し、波長の短い青い光が赤い光よりも強く散乱"
        "されるため、昼間に見上げた空は青く見え、夕方には赤く見えることが多いからです。"
    ),
    "ko": (
        "하늘이 파란 것은 햇빛이 공기 중에서 흩어지는데 파장이 짧은 파란빛이 붉은빛보다 더 "
        "많이 흩어지기 때문이고, 그래서 낮의 하늘은 파랗게, 저녁 하늘은 붉게 보인다."
    ),
    "el": (
        "Ο ουρανός είναι γαλάζιος επειδή το φως του ήλιου σκεδάζεται στον "
        "αέρα και το μπλε σκεδάζεται περισσότερο από το κόκκινο."
    ),
    "uk": (
        "Небо блакитне, бо сонячне світло розсіюється в повітрі, і синє "
        "світло розсіюється сильніше за червоне, тому вдень небо синє."
    ),
}


@pytest.mark.parametrize("tag", sorted(TEXTS))
def test_other_spaces_case_and_marks_make_no_other_answer(pairs, outcomes, tag):
    text = TEXTS[tag]
    batch = pairs(
        {"language": tag, "chosen": text, "rejected": text},
        {"language": tag, "chosen": text, "rejected": f"**{text[:10]}**{text[10:]}\n"},
        {"language": tag, "chosen": text, "rejected": text.upper().rstrip(".。।") + " !"},
        {"language": tag, "chosen": text, "rejected": text[: len(text) // 2]},
    )
    rejected = [row for row, _ in outcomes(IdenticalAnswers(), batch)]
    # Upper case is another text to the short look that comes first, where the script has case.
    assert rejected == ([0, 1] if tag in ("el", "uk") else [0, 1, 2])


@pytest.mark.parametrize("tag", sorted(TEXTS))
def test_what_cannot_be_seen_makes_no_other_answer_wherever_it_stands(pairs, outcomes, tag):
    text = TEXTS[tag]
    marked = "\u200f" + text.replace(" ", " \u200b")[:9] + "\u200b" + text.replace(" ", " \u200b")[9:]
    scattered = "\u200e".join(text)
    parted = unicodedata.normalize("NFD", "é" + text)
    stretched = text[:1] + "\u0640" + text[1:4] + "\u0640\u0640" + text[4:]
    batch = pairs(
        {"language": tag, "chosen": text, "rejected": marked},
        {"language": tag, "chosen": scattered, "rejected": text},
        {"language": tag, "chosen": "é" + text, "rejected": parted},
        {"language": tag, "chosen": "\u200f\u0640" + text, "rejected": stretched},
    )
    assert [row for row, _ in outcomes(IdenticalAnswers(), batch)] == [0, 1, 2, 3]
    edited = marked[:60] + "X" + marked[61:]
    near = pairs(
        {"language": tag, "chosen": scattered, "rejected": edited}, {"language": tag, "chosen": text, "rejected": "X"}
    )
    assert outcomes(NearIdenticalAnswers(), near) == [(0, "near_identical_answers")]


@pytest.mark.parametrize("tag", sorted(TEXTS))
def test_a_word_changed_and_another_answer(pairs, outcomes, tag):
    text = TEXTS[tag]
    edited = text[:50] + "X" + text[51:]
    batch = pairs(
        {"language": tag, "chosen": text, "rejected": edited},
        {"language": tag, "chosen": text, "rejected": text[::-1]},
    )
    assert outcomes(NearIdenticalAnswers(), batch) == [(0, "near_identical_answers")]
    assert outcomes(IdenticalAnswers(), batch) == []


def test_short_answers_may_differ_in_a_sign(pairs, outcomes):
    batch = pairs(
        {"chosen": "42", "rejected": "43"}, {"chosen": "כן", "rejected": "לא"}, {"chosen": "+", "rejected": "-"}
    )
    assert outcomes(NearIdenticalAnswers(), batch) == []
    assert outcomes(IdenticalAnswers(), batch) == []
    years = pairs(
        {"chosen": "The treaty was signed in the year 1648", "rejected": "The treaty was signed in the year 1649"}
    )
    assert outcomes(NearIdenticalAnswers(), years) == []
    assert outcomes(IdenticalAnswers(), pairs({"chosen": "Yes", "rejected": "yes!"})) == [(0, "identical_answers")]


@pytest.mark.parametrize(
    ("chosen", "rejected"),
    [("好的。", "好的"), ("**Ja**.", "ja"), ("- Red\n- Blue", "Red\nBlue"), ("*Oui*", "oui")],
)
def test_of_a_short_answer_its_marks_are_much_and_say_nothing(pairs, outcomes, chosen, rejected):
    batch = pairs({"chosen": chosen, "rejected": rejected}, {"chosen": rejected, "rejected": chosen})
    assert outcomes(IdenticalAnswers(), batch) == [(0, "identical_answers"), (1, "identical_answers")]
    assert outcomes(IdenticalAnswers(), pairs({"chosen": chosen, "rejected": "x" + rejected})) == []


DIFFERENT = [
    ("hi", "दस", "कल", "काल"),
    ("hi", "किस पर बैठें?", "वह नदी पर है।", "वह नंदी पर है।"),
    ("th", "อะไร", "ขาว", "ข่าว"),
    ("he", "מה כתוב?", "סֵפֶר", "סַפָּר"),
    ("ar", "ما الكلمة؟", "عِلم", "عَلم"),
    ("en", "What is y?", "y = -12", "y = 12"),
    ("en", "How do you compare?", "`a !== b`", "`a != b`"),
    ("de", "Wie viel?", "Es sind 2,5 Liter.", "Es sind 25 Liter."),
    ("fr", "Combien ?", "environ 15 %", "environ 15"),
    ("en", "Which mark?", "B+", "B-"),
    ("en", "Area?", "12 m²", "12 m2"),
    ("en", "Print it", "```python\nprint(X)\n```", "```python\nprint(x)\n```"),
]


@pytest.mark.parametrize(("language", "prompt", "chosen", "rejected"), DIFFERENT)
def test_a_mark_an_operator_and_a_sign_make_another_answer(pairs, outcomes, language, prompt, chosen, rejected):
    row = {"language": language, "prompt": prompt, "chosen": chosen, "rejected": rejected}
    assert outcomes(IdenticalAnswers(), pairs(row)) == []


ASKED = [
    ("en", "Add the missing commas: yes sir we can", "Yes sir we can.", "Yes, sir, we can."),
    ("de", "Korrigiere die Großschreibung: der hund bellt", "Der Hund bellt.", "der hund bellt."),
    ("ar", "أضف علامات الترقيم: كيف حالك يا صديقي", "كيف حالك، يا صديقي؟", "كيف حالك يا صديقي"),
    ("he", "הוסיפו סימני פיסוק: שלום מה שלומך", "שלום, מה שלומך?", "שלום מה שלומך"),
    ("zh", "请加标点：你好吗我很好", "你好吗？我很好。", "你好，吗我很好"),
    ("ru", "Расставь запятые: да конечно приду", "Да, конечно, приду.", "Да конечно, приду."),
    ("hi", "English: fix the capital letters in 'i am asha'", "I am Asha.", "i am asha."),
]


@pytest.mark.parametrize(("language", "prompt", "chosen", "rejected"), ASKED)
def test_points_and_capitals_count_where_the_prompt_asks_for_them(pairs, outcomes, language, prompt, chosen, rejected):
    row = {"language": language, "chosen": chosen, "rejected": rejected}
    assert outcomes(IdenticalAnswers(), pairs(row | {"prompt": prompt})) == []
    assert outcomes(IdenticalAnswers(), pairs(row)) == [(0, "identical_answers")]
    same = row | {"prompt": prompt, "rejected": chosen.replace(" ", "  ") + "\n"}
    assert outcomes(IdenticalAnswers(), pairs(same)) == [(0, "identical_answers")]


@pytest.mark.parametrize(
    ("language", "chosen", "rejected"),
    [
        ("ko", "네, 맞습니다.", "네 맞습니다"),
        ("en", "I, too", "I too"),
        ("ja", "は、い。", "はい"),
        ("zh", "是，的", "是的"),
    ],
)
def test_a_point_behind_the_first_letter_makes_no_other_answer(pairs, outcomes, language, chosen, rejected):
    batch = pairs({"language": language, "prompt": "?", "chosen": chosen, "rejected": rejected})
    assert outcomes(IdenticalAnswers(), batch) == [(0, "identical_answers")]


@pytest.mark.parametrize(
    ("language", "chosen", "rejected"), [("he", "שָׁלוֹם", "שלום"), ("ar", "كَتَبَ", "كتب"), ("hi", "दीन", "दिन")]
)
def test_vowel_signs_make_another_answer(pairs, outcomes, language, chosen, rejected):
    batch = pairs({"language": language, "prompt": "?", "chosen": chosen, "rejected": rejected})
    assert outcomes(IdenticalAnswers(), batch) == []


def test_similarity_by_hand():
    # abcdef has the shingles abcde bcdef; abcdeg has abcde bcdeg: one of three in common.
    assert similarity("abcdef", "abcdeg") == pytest.approx(1 / 3)
    assert similarity("天空蓝", "天空红", dense=True) == pytest.approx(1 / 3)
    assert similarity("", "") == 1


@given(st.text(max_size=200))
def test_a_text_is_like_itself(text):
    assert similarity(text, text) == 1
    assert may_be_alike(text, text)


@pytest.mark.parametrize(
    ("chosen", "rejected"),
    [(r"\d+", r"\D+"), ("True", "true"), ("essen", "Essen"), ("MAX_SIZE", "max_size"), ("Der Rest", "der Rest")],
)
def test_capitals_are_all_of_the_difference_between_two_words(pairs, outcomes, chosen, rejected):
    assert outcomes(IdenticalAnswers(), pairs({"chosen": chosen, "rejected": rejected})) == []


def test_of_longer_answers_and_beside_another_point_capitals_are_style(pairs, outcomes):
    batch = pairs(
        {"chosen": "Lima", "rejected": "lima."},
        {"chosen": "The answer to it is Lima", "rejected": "the answer to it is lima"},
        {"chosen": "It is Lima.", "rejected": "it is Lima."},
    )
    assert outcomes(IdenticalAnswers(), batch) == [(row, "identical_answers") for row in range(3)]


@pytest.mark.parametrize("tag", sorted(TEXTS))
def test_what_a_person_corrected_stays_and_small_edits_are_flagged(pairs, outcomes, tag):
    text = TEXTS[tag]
    comma = {"ja": "、", "zh": "，", "ar": "،", "fa": "،"}.get(tag, ",")
    middle = len(text) // 2
    edits = [text[:middle] + comma + text[middle:], text[:middle] + "  " + text[middle:], f"**{text[:9]}**{text[9:]}"]
    edits += [text[:middle] + "X" + text[middle:], text, "\u200f" + text]
    batch = pairs(*({"language": tag, "chosen": one, "rejected": text, "chosen_route": "edited"} for one in edits))
    # A word is no small edit; a text that is the same, or looks so, teaches nothing whoever wrote it.
    assert outcomes(IdenticalAnswers(), batch) == [
        *((row, "small_edit") for row in range(3)),
        *((row, "identical_answers") for row in (4, 5)),
    ]
    others = pairs(*({"language": tag, "chosen": one, "rejected": text} for one in edits[:2]))
    assert "small_edit" not in {what for _, what in outcomes(IdenticalAnswers(), others)}
