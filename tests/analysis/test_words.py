"""Words, openings and sentences in several scripts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref.analysis.words import opening, sentences, units


@pytest.mark.parametrize(
    ("text", "spaced", "begins"),
    [
        ("**Sure!** Here is the list:", True, "sure here is"),
        ("# 1. Natürlich, sehr gerne", True, "1 natürlich sehr"),
        ("दिन में क्या करें?", True, "दिन में क्या"),  # vowel signs belong to their words
        ("בְּשִׂמְחָה רבה, הנה", True, "בְּשִׂמְחָה רבה הנה"),
        ("もちろんです。以下に", False, "もちろんです"),
        ("OK、東京は日本の首都です。", False, "ok東京は日本"),  # a word in Latin letters is one letter's place
        ("o.kowalska@poczta.pl writes to us", True, "email writes to"),
        ("81.2.69.142 is the address", True, "ip is the"),
        ("**", True, ""),
    ],
)
def test_an_opening_is_of_words_or_of_letters(text, spaced, begins):
    assert opening(text, spaced) == begins


@settings(max_examples=50)
@given(
    st.lists(st.sampled_from(["Gut", "das", "समझ", "אז", "x1"]), min_size=3, max_size=8),
    st.sampled_from(["**", "- ", " \n# "]),
)
def test_what_stands_before_the_words_is_no_part_of_an_opening(words, mark):
    assert opening(mark + " ".join(words), True) == opening(" ".join(words), True) == " ".join(words[:3]).casefold()


def test_a_decomposed_letter_is_its_composed_one():
    assert units("e\u0301te\u0301", True) == units("été", True) == ["été"]


def test_sentences_are_known_again_with_other_numbers_and_signs():
    one = sentences("Hier sind 3 gute Gründe dafür: ja!\nNein.", True)
    other = sentences("**Hier sind 12 gute Gründe dafür, ja.**", True)
    assert list(one) == list(other) == ["hier sind 0 gute gründe dafür ja"]
    assert list(one.values()) == ["Hier sind 3 gute Gründe dafür: ja!"]
    assert sentences("お役に立てれば幸いです。はい。", False) == {}  # eleven letters
    assert len(sentences("お役に立てれば、とても幸いです。はい。", False)) == 1
