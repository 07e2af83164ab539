"""Texts of two keyboards: one key for each language's letters, and none where letters tell words apart."""

import re
import unicodedata

import pytest

from polypref.files import sql
from polypref.languages import typed_alike
from polypref.languages.typed_alike import differences, rare_signs, swaps, tags_with_letters, typed_key

ALIKE = (
    ("fa", "مي\u200cكنم ٣", "میکنم ۳"),
    ("fa-IR", "كتاب", "کتاب"),
    ("prs", "كتاب علي", "کتاب علی"),
    ("ur", "يہ كتاب هے", "یہ کتاب ہے"),
    ("ar", "کتاب ۳", "كتاب ٣"),
    ("ro", "Şi ţara", "Și țara"),
    ("he", "צ׳ק־ליסט ״כן״", 'צ\'ק-ליסט "כן"'),
    ("uk", "п’ять", "п'ять"),
    ("fr", "e\u0301te\u0301", "été"),
    ("hi", "क्\u200dष", "क्ष"),
)
APART = (("ar", "على", "علي"), ("ps", "ښځي", "ښځی"), ("fa", "کار", "گار"), ("de", "It’s", "It's"), ("ro", "sa", "șa"))


@pytest.mark.parametrize(("tag", "one", "other"), ALIKE)
def test_texts_of_two_keyboards_have_one_key(tag: str, one: str, other: str) -> None:
    assert one != other and typed_key(one, tag) == typed_key(other, tag)
    # One of the two holds what has anybody look.
    assert re.search(f"[{rare_signs()}]", one + other)
    assert differences(one, other, tag)


@pytest.mark.parametrize(("tag", "one", "other"), APART)
def test_letters_that_tell_words_apart_stay_two(tag: str, one: str, other: str) -> None:
    assert typed_key(one, tag) != typed_key(other, tag)


@pytest.mark.parametrize(("tag", "one", "other"), ALIKE)
def test_databases_make_the_same_key(tag: str, one: str, other: str) -> None:
    signs, own = swaps(tag)
    with sql.in_memory() as con:
        for text in (one, other):
            made = con.execute("SELECT translate(nfc_normalize(?), ?, ?)", [text, signs, own]).fetchall()
            assert made == [(typed_key(text, tag),)]
            assert con.execute("SELECT regexp_matches(?, ?)", [text, f"[{rare_signs()}]"]).fetchall() == [
                (bool(re.search(f"[{rare_signs()}]", text)),)
            ]


def test_texts_in_plain_letters_are_never_looked_at() -> None:
    plain = 'What\'s in a name? "Ünïcödé" – naïve café, 3 × 4; Что это? 漢字かな'
    assert not re.search(f"[{rare_signs()}]", unicodedata.normalize("NFC", plain))


def test_what_differs_is_named_with_the_own_letter_last() -> None:
    assert differences("کتاب", "كتاب", "fa") == ["ك (U+0643) for ک (U+06A9)"]
    assert differences("٣", "۳", "fa") == ["٣ (U+0663) or ۳ (U+06F3)"]
    assert differences("می\u200cکنم", "میکنم", "fa") == ["U+200C (zero width non-joiner) or nothing"]
    assert differences("e\u0301", "é", "fr") == ["letters with their marks as one sign or as several"]


def test_every_other_letter_stands_for_one_letter() -> None:
    for tag in tags_with_letters():
        own = typed_alike.own_letters(tag)
        assert own and all(len(one) == len(other) == 1 for one, other in own.items()), tag
