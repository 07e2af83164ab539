"""Answers that stop before their end, in scripts with different full stops."""

import unicodedata

import pytest

from polypref.stages.checks.truncation import NoSentenceEnd, TruncatedAnswers, no_sentence_end, open_fence, open_maths

WHOLE = {
    "ar": "السماء زرقاء لأن الضوء يتشتت. هل تريد أن أشرح لك المزيد عن هذا الموضوع؟",
    "he": "השמיים כחולים משום שהאור מתפזר. אשמח להסביר עוד אם תרצה בכך.",
    "fa": "آسمان آبی است. آیا می‌خواهید بیشتر در این باره توضیح بدهم؟",
    "hi": "आकाश नीला है। क्योंकि प्रकाश हवा में बिखरता है और नीला अधिक बिखरता है।",
    "zh": "天空是蓝色的。因为光在空气中散射，而蓝光散射得最多，所以我们看到蓝色。",
    "ja": "空は青いです。光が空気中で散乱し、青い光が最も強く散乱するからです。",
    "ko": "하늘은 파랗습니다. 빛이 공기 중에서 흩어지고 파란빛이 가장 많이 흩어지기 때문입니다.",
    "el": "Ο ουρανός είναι γαλάζιος. Θέλετε να σας εξηγήσω περισσότερα για το φως;",
    "uk": "Небо блакитне. Світло розсіюється в повітрі, а синє розсіюється найбільше!",
}


@pytest.mark.parametrize("tag", sorted(WHOLE))
def test_whole_answers_end_and_cut_ones_do_not(tag):
    assert not no_sentence_end(WHOLE[tag], tag)
    assert not no_sentence_end(WHOLE[tag] + "\n", tag)
    assert no_sentence_end(WHOLE[tag][:-4], tag)
    assert no_sentence_end(WHOLE[tag][:-4] + ",", tag)


@pytest.mark.parametrize("last", ["café", "đã", "дзеркалі й", "파"])
def test_a_letter_with_its_accent_beside_it_is_a_letter(last):
    for form in ("NFC", "NFD"):
        assert no_sentence_end(unicodedata.normalize(form, f"{WHOLE['uk']} І ще трохи про те саме {last}"), "uk")


@pytest.mark.parametrize("end", ["**", "”", "»", ")", " 😀", "」", "*"])
def test_marks_after_a_full_stop_end_it_too(end):
    assert not no_sentence_end(WHOLE["uk"] + end, "uk")


@pytest.mark.parametrize(
    "text",
    [
        "Paris",
        "Here are the parts. You need:\n- a wheel\n- a long piece of wood, sanded on both of its sides",
        "Dear Ms. Lee. Thank you for the letter.\n\nYours sincerely,\nAnna Schmidt",
        "The result is right. We get x = 42",
        "See the code. It prints all:\n```\nprint(1)\n```",
        "It is done. It was not hard.\n\n**A heading of some length that announces something:**",
        "# A heading of some length that is the only line of it",
        "roses are red and violets are very blue indeed my dear",
        "How many legs have they all together?\n42",
        "1. One is done.\n2. Two is done.\n\nAnd the number of the house:\n12.",
        "| a | b |\n|---|---|\n| one thing or another thing here | two |",
    ],
)
def test_what_may_end_without_a_full_stop(text):
    assert not no_sentence_end(text, "en")


@pytest.mark.parametrize(
    "text",
    [
        "First this. Then that.\n\n1. Take the pan from the shelf.\n2. Put it on the fire.\n3. Wait for it to get",
        "1. Eins ist getan.\n2. Zwei ist getan.\n3.",
        "1. Eins ist getan.\n2. Zwei ist getan.\n3",
        "- Eins ist getan.\n- Zwei ist getan.\n-",
        "It is done. The next one (see the second par",
        "It is done.\n- **Bold sta",
        "It is done. Call the function `foo",
        "It is done. And this is what you will need for it, all of it:",
    ],
)
def test_what_is_cut_in_a_list_or_inside_marks(text):
    assert no_sentence_end(text, "de")


def test_scripts_without_a_full_stop_of_their_own_say_nothing():
    assert not no_sentence_end("ท้องฟ้าเป็นสีฟ้าเพราะแสงกระเจิงในอากาศ. ท้องฟ้าเป็นสีฟ้าเพราะแสงกระเจิงในอากาศ", "th")


def test_open_code_and_open_formulas():
    assert open_fence("Kode:\n```py\nx = 1")
    assert open_fence("~~~\nx")
    assert not open_fence("```py\nx = 1\n```\nSelesai.")
    assert not open_fence("inline ```x``` code")
    assert open_maths("Wir rechnen: \\[ x = 1")
    assert open_maths("$$ x = 1")
    assert open_maths("\\begin{aligned} x")
    assert not open_maths("\\[ x = 1 \\] und $$ y $$, \\begin{a} b \\end{a}")
    assert not open_maths("\\begin{matrix} a \\\\[2pt] b \\end{matrix}")
    assert not open_maths("Regel `\\[` und Preis 5$ bis 7$")


def test_filters(pairs, outcomes):
    batch = pairs(
        {"language": "he", "chosen": WHOLE["he"], "chosen_finish_reason": "length"},
        {"language": "ja", "chosen": "```\nx"},
        {"language": "zh", "chosen": WHOLE["zh"][:-4]},
        {
            "language": "ar",
            "chosen": WHOLE["ar"],
            "chosen_finish_reason": "stop",
            "rejected_finish_reason": "max_tokens",
        },
        {"language": "ko", "chosen": "$$ x"},
    )
    assert outcomes(TruncatedAnswers(), batch) == [
        (0, "chosen_cut"),
        (1, "chosen_open_fence"),
        (4, "chosen_open_maths"),
        (3, "rejected_cut"),
    ]
    assert outcomes(TruncatedAnswers(roles=("rejected",), action="flag"), batch) == [(3, "rejected_cut")]
    assert outcomes(NoSentenceEnd(), batch) == [(2, "chosen_no_sentence_end")]


CODE = "Rufen Sie die Funktion auf:\n{}\nprint(f(2))\n{}"
BEHIND = [
    "この関数は、与えられた二つの数の和を計算し、その結果を返します。",
    "Diese Funktion gibt die Summe der beiden Zahlen zurück.",
    "הפונקציה מחזירה את הסכום של שני המספרים האלה.",
]


@pytest.mark.parametrize("behind", BEHIND)
@pytest.mark.parametrize("fence", ["```", "~~~"])
def test_a_fence_behind_which_sentences_stand_to_the_end_lacks_its_beginning_and_no_end(behind, fence):
    assert not open_fence(CODE.format("", f"{fence}\n{behind}"))
    assert not open_fence(CODE.format("", f"{fence} {behind}\n"))
    # What names a language begins a block; what stops in a comment, a call or a word stands in one.
    assert open_fence(CODE.format("", f"{fence}python\n{behind}"))
    assert open_fence(CODE.format(fence, f"# {behind}"))
    assert open_fence(CODE.format(fence, f'print("{behind}")'))
    assert open_fence(CODE.format("", f"{fence}\n{behind[:-6]}"))
