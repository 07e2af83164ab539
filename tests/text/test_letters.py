"""Letters, marks and joiners of all scripts."""

import sys
import unicodedata

from hypothesis import given
from hypothesis import strategies as some

from polypref.text.letters import JOINERS, is_letter, word_pattern


def test_words_of_many_scripts_are_whole():
    words = ["दीन", "கொடு", "สวัสดี", "မြန်မာ", "ភាសាខ្មែរ", "བོད་", "שָׁלוֹם", "عِلْم", "می\u200cروم", "e\u0301te\u0301", "ලංකා"]
    words = [word.rstrip("་") for word in words]
    assert word_pattern().findall(" / ".join(words)) == words
    assert all(map(is_letter, "".join(words)))


def test_every_mark_of_unicode_belongs_to_a_word():
    marks = [chr(code) for code in range(sys.maxunicode) if unicodedata.category(chr(code))[0] == "M"]
    # Variation selectors of ideographs and such lie above what is read.
    outside = [mark for mark in marks if not word_pattern().fullmatch(f"a{mark}")]
    assert {ord(mark) >> 16 for mark in outside} <= {0xE}


@given(some.characters())
def test_a_letter_is_part_of_a_word_and_a_sign_is_none(character):
    if is_letter(character) and ord(character) < 0xE0000:
        assert word_pattern().fullmatch(character)
    if unicodedata.category(character)[0] in "PSZC" and character not in (*JOINERS, "_"):
        assert not is_letter(character)
        assert not word_pattern().search(character)
