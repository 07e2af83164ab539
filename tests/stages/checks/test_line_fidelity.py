"""Chosen answers that slip into another language for some of their lines."""

import pytest

from polypref.stages.checks.line_fidelity import LineFidelity

ENGLISH = "This whole sentence was written in English and not in the language that was asked for."
OWN = {
    "ar": "تتحرك الأرض حول الشمس مرة كل سنة، ويستغرق ذلك ثلاثمائة وخمسة وستين يوما تقريبا.",
    "de": "Die Erde bewegt sich einmal im Jahr um die Sonne, und das dauert ungefähr dreihundertfünfundsechzig Tage.",
    "el": "Η Γη κινείται γύρω από τον Ήλιο και μια πλήρης περιφορά διαρκεί περίπου ένα έτος.",
    "he": "כדור הארץ מקיף את השמש פעם בשנה, והסיבוב נמשך שלוש מאות שישים וחמישה ימים בערך.",
    "ja": "地球は一年に一度、太陽の周りを回り、それにはおよそ三百六十五日かかります。",
    "uk": "Земля щороку один раз обертається навколо Сонця, і це триває приблизно триста шістдесят п'ять днів.",
}


@pytest.mark.parametrize("tag", OWN)
def test_what_follows_from_lines_in_english(tag, pairs, outcomes):
    own = OWN[tag]
    answers = [
        "\n".join([own] * 5),
        "\n".join([own] * 6 + [ENGLISH]),  # one of seven: a mark
        "\n".join([own] + [ENGLISH] * 2),  # most lines
        "\n".join([own] * 4 + [f"{ENGLISH} {ENGLISH} {ENGLISH}"]),  # one of five, but nearly half of the words
    ]
    judged = outcomes(LineFidelity(), pairs(*({"language": tag, "chosen": answer} for answer in answers)))
    assert [one for one in judged if one[1] != "english_words"] == [
        (1, "line_in_another_language"),
        (2, "chosen_lines_in_another_language"),
        (3, "chosen_lines_in_another_language"),
    ]


def test_only_the_chosen_answer_is_read(pairs, outcomes):
    row = {
        "language": "he",
        "prompt": f"{ENGLISH}\n{ENGLISH}",
        "chosen": OWN["he"],
        "rejected": f"{ENGLISH}\n{ENGLISH}",
    }
    assert outcomes(LineFidelity(), pairs(row)) == []


def test_english_words_among_other_letters_are_a_mark(pairs, outcomes):
    few = f"{OWN['he']} אפשר להשתמש בפונקציה merge או sort כאן."
    many = f"{OWN['he']} זה actually really quite simple because everything works."
    assert outcomes(LineFidelity(), pairs(*({"language": "he", "chosen": text} for text in (few, many)))) == [
        (1, "english_words")
    ]


def test_english_words_that_a_prompt_asks_for_are_none(pairs, outcomes):
    many = f"{OWN['he']} זה actually really quite simple because everything works."
    asked = "תרגם לאנגלית: " + OWN["he"]
    rows = ({"language": "he", "chosen": many, "prompt": prompt} for prompt in (asked, "תרגם לערבית: שלום", "מה זה?"))
    assert outcomes(LineFidelity(), pairs(*rows)) == [(1, "english_words"), (2, "english_words")]


@pytest.mark.parametrize("tag", OWN)
def test_lines_of_a_source_beside_its_translation_are_no_fault(tag, pairs, outcomes):
    into = {
        "ar": "ترجم إلى العربية:",
        "de": "Übersetze ins Deutsche:",
        "el": "Μετάφρασε στα ελληνικά:",
        "he": "תרגם לעברית:",
        "ja": "日本語に訳して：",
        "uk": "Переклади українською:",
    }
    prompt = f"{into[tag]} {ENGLISH}"
    other = OWN["ja" if tag == "de" else "de"]
    rows = ({"language": tag, "prompt": prompt, "chosen": f"{ENGLISH}\n\n{one}"} for one in (OWN[tag], other))
    judged = [one for one in outcomes(LineFidelity(), pairs(*rows)) if one[1] != "english_words"]
    assert judged == [(0, "cross_lingual_task"), (1, "chosen_lines_in_another_language")]


def test_thresholds_are_settings(pairs, outcomes):
    row = {"language": "el", "chosen": "\n".join([OWN["el"]] * 6 + [ENGLISH])}
    assert outcomes(LineFidelity(most_wrong=0.1), pairs(row))[0] == (0, "chosen_lines_in_another_language")
    row = {"language": "el", "chosen": "\n".join([OWN["el"]] + [ENGLISH] * 2)}
    assert outcomes(LineFidelity(least_right=0.1, most_wrong=0.9), pairs(row))[0] == (0, "line_in_another_language")


def test_lines_that_are_as_asked_for_are_none_in_another_language(pairs, outcomes):
    romanised, again = "Mera naam Asha hai aur main Pune mein rehti hoon.", " ".join(["ping"] * 40)
    batch = pairs(
        {"language": "hi", "prompt": "रोमन लिपि में लिखो: मेरा नाम आशा है।", "chosen": romanised},
        {"language": "hi", "prompt": "तुम्हारा नाम क्या है?", "chosen": romanised},
        {"prompt": "Print the word 'ping' 40 times.", "chosen": again},
        {"prompt": "Say something.", "chosen": again},
    )
    judged = [one for one in outcomes(LineFidelity(), batch) if one[1] != "english_words"]
    assert judged == [(1, "chosen_lines_in_another_language"), (3, "chosen_lines_in_another_language")]
