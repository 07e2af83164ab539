"""Texts in letters that look like their language's, and are typed for them on other keyboards."""

import pytest

from polypref.languages.fidelity import check_lines
from polypref.languages.identifier import Check, Identifier
from polypref.languages.typed_letters import in_own_letters, typed_as

IDENTIFIER = Identifier()
#: Letters that each language is typed with.
TYPED = {
    "fa": {"ی": "ي", "ک": "ك"},
    "ur": {"ی": "ي", "ک": "ك", "ہ": "ه"},
    "ar": {"ي": "ی", "ك": "ک"},
    "ro": {"ș": "ş", "ț": "ţ", "Ș": "Ş", "Ț": "Ţ"},
}
#: In the letters of the language; written for this test.
TEXTS = {
    "fa": [
        "این جمله درست است و معنی روشنی دارد، نیازی به تجزیه نیست.",
        "مریم میرزاخانی نخستین زنی بود که مدال فیلدز گرفت.",
        "برای تمیز کردن یخچال می‌توانی از جوش شیرین استفاده کنی.",
    ],
    "ur": [
        "کل ہم بازار گئے اور سبزیاں خریدیں کیونکہ شام کو مہمان آنے والے ہیں۔",
        "ملک کی معیشت کے بارے میں وزیر خزانہ نے کہا کہ مہنگائی کم ہو رہی ہے۔",
        "یہ کتاب بہت اچھی ہے اور اس میں کئی دلچسپ کہانیاں ہیں جو بچوں کو پسند آئیں گی۔",
    ],
    "ar": [
        "ذهبنا أمس إلى السوق واشترينا الخضار والفواكه لأن الضيوف سيصلون في المساء.",
        "يحق لكل إنسان أن يعيش في حرية وأمان دون أي تمييز.",
        "يمكنك تنظيف الثلاجة بالماء الدافئ وقليل من الصابون ثم تجفيفها.",
    ],
    "ro": ["Oamenii aceștia își țin promisiunile și știu că nu-i ușor să înțelegi toți scriitorii."],
}
ARABIC = TEXTS["ar"][0]
PASHTO = "زه غواړم چې په راتلونکي کال کې د خپلې کورنۍ سره کابل ته لاړ شم او هلته خپل ملګري وګورم."
SORANI = "دوێنێ چووینە بازاڕ و سەوزەمان کڕی چونکە ئێوارە میوانمان دێت و دەبێت نان ئامادە بکەین."
CODE = "```python\ndef square(x):\n    return x * x\n\nprint(square(3))\n```"


def typed(tag: str, at: int) -> str:
    return typed_as(TEXTS[tag][at], TYPED[tag])


def half_typed(text: str, tag: str) -> str:
    """Every second word in other letters."""
    words = text.split(" ")
    return " ".join(typed_as(word, TYPED[tag]) if at % 2 else word for at, word in enumerate(words))


@pytest.mark.parametrize(("tag", "at"), [(tag, at) for tag, texts in TEXTS.items() for at in range(len(texts))])
def test_the_letters_that_a_language_is_typed_with_do_not_decide(tag: str, at: int) -> None:
    assert typed(tag, at) != TEXTS[tag][at]
    for text in (TEXTS[tag][at], typed(tag, at), half_typed(TEXTS[tag][at], tag)):
        assert IDENTIFIER.check(text, tag) == Check("ok", tag)


@pytest.mark.parametrize(("tag", "at"), [("fa", 0), ("fa", 1), ("ur", 1), ("ar", 1)])
def test_without_a_second_look_such_letters_decide(tag: str, at: int) -> None:
    text = typed(tag, at)
    assert not IDENTIFIER._pass_in_these_letters([text], [text], [tag])[0]


@pytest.mark.parametrize("tag", ["fa", "ur"])
@pytest.mark.parametrize("text", [*TEXTS["ar"], PASHTO, SORANI, "لماذا تأخرت في البيت", "ما هي فوائد القراءة"])
def test_arabic_pashto_and_kurdish_stay_themselves(tag: str, text: str) -> None:
    assert IDENTIFIER.check(text, tag).status != "ok"
    assert IDENTIFIER.check(typed_as(text, {"ي": "ی", "ك": "ک"}), tag).status != "ok"


@pytest.mark.parametrize("other", ["ar", "ur"])
def test_persian_in_any_letters_is_no_arabic_and_no_urdu(other: str) -> None:
    for at, text in enumerate(TEXTS["fa"]):
        assert IDENTIFIER.check(text, other).status != "ok"
        assert IDENTIFIER.check(typed("fa", at), other).status != "ok"


def test_urdu_in_any_letters_is_no_persian_and_no_arabic() -> None:
    for at, text in enumerate(TEXTS["ur"]):
        for tag in ("fa", "ar"):
            assert IDENTIFIER.check(text, tag).status == "other"
            assert IDENTIFIER.check(typed("ur", at), tag).status != "ok"


def test_turkish_is_no_romanian_with_cedillas() -> None:
    assert IDENTIFIER.check("Şimdi işçilerin çalıştığı eski şehirde yaşıyoruz ve çok mutluyuz.", "ro").status == "other"


def test_a_paragraph_in_other_letters_among_others_counts_as_its_language() -> None:
    both = f"{TEXTS['fa'][0]}\n\n{typed('fa', 1)}\n\n{typed('fa', 2)}"
    assert IDENTIFIER.check(both, "fa") == Check("ok", "fa")


def test_an_arabic_paragraph_counts_as_arabic_in_whatever_letters_the_persian_one_is() -> None:
    arabic = " ".join(TEXTS["ar"])
    for text in (TEXTS["fa"][0], typed("fa", 0)):
        assert IDENTIFIER.check(f"{text}\n\n{arabic}\n\n{arabic}", "fa").status == "other"
    # Half and half, what the letters of the Persian are makes no difference either.
    halves = [IDENTIFIER.check(f"{text}\n\n{arabic}", "fa").status for text in (TEXTS["fa"][0], typed("fa", 0))]
    assert "ok" not in halves


def test_lists_and_texts_with_code_are_read_in_their_own_letters() -> None:
    items = ["تميز كردن يخچال", "خريدن سيب و كره", "نوشتن نامه‌ي كاري", "ديدن فيلمي تازه", "رفتن به كوه"]
    assert IDENTIFIER.check("\n".join(f"- {item}" for item in items), "fa").status != "other"
    assert IDENTIFIER.check(f"{typed('fa', 0)}\n\n{CODE}\n\n{typed('fa', 1)}", "fa") == Check("ok", "fa")
    arabic = ["تنظيف الثلاجة اليوم", "شراء التفاح والزبدة", "كتابة رسالة العمل", "مشاهدة فيلم جديد"]
    assert IDENTIFIER.check("\n".join(f"- {item}" for item in arabic), "fa").status != "ok"


def test_lines_in_other_letters_are_in_their_language() -> None:
    text = f"{typed('fa', 0)}\n{ARABIC}\n{typed('fa', 1)}"
    (lines,) = check_lines([text], ["fa"], IDENTIFIER)
    assert [at for at, _ in lines.wrong] == [1]


def test_a_sentence_of_a_rival_keeps_its_letters() -> None:
    text = f"{ARABIC} {typed('fa', 0)}\n{ARABIC}"
    own = {"ي": "ی", "ك": "ک"}
    assert typed_as(text, own, {ARABIC}) == f"{ARABIC} {TEXTS['fa'][0]}\n{ARABIC}"
    assert typed_as(text, own) == f"{typed_as(ARABIC, own)} {TEXTS['fa'][0]}\n{typed_as(ARABIC, own)}"


def test_only_texts_that_do_not_pass_and_have_other_letters_are_looked_at_again() -> None:
    looked_at: list[str] = []

    def passes(texts: list[str], cleaned: list[str], tags: list[str]) -> list[bool]:
        looked_at.extend(cleaned)
        return [tag == "fa" for tag in tags]

    texts = [typed("fa", 0), typed("fa", 1), "سلام بر همه", "Grüße"]
    assert in_own_letters(texts, texts, ["fa", "fa", "fa", "de"], [False, True, False, False], passes) == [0]
    assert set(looked_at) == {TEXTS["fa"][0], typed("fa", 0)}
