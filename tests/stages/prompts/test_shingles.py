"""The normal form in which prompts are compared, and hashed n-grams of it."""

import subprocess
import sys
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.stages.prompts import shingles
from polypref.stages.prompts.shingles import Rows, normal_codes, words

TEXT = st.text(alphabet=st.sampled_from("aB çİıß.,!?- \n\t١۲३あア漢字ㅎ한글אָבِي\u200c\u0301é"), max_size=30)
LISTS = st.lists(st.lists(st.integers(0, 5), max_size=8), max_size=6)


def normal_form(text: str) -> str:
    """The normal form of one text as a string."""
    return "".join(map(chr, normal_codes([text]).values.tolist()))


def as_rows(lists: list[list[int]]) -> Rows:
    ends = np.cumsum([0, *map(len, lists)])
    return Rows(np.array([value for one in lists for value in one], np.uint64), ends.astype(np.int64))


def as_lists(rows: Rows) -> list[list[int]]:
    return [rows.row(i).tolist() for i in range(len(rows))]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("  Hallo,\n\tWELT!  ", "hallo welt"),
        ("STRASSE Straße", "strasse strasse"),
        ("İstanbul ISTANBUL ıstanbul", "istanbul istanbul istanbul"),
        ("١٢٣ ۱۲۳ १२३ 123", "123 123 123 123"),
        ("ｱﾆﾒ", "アニメ"),
        ("כְּתוֹב", "כתוב"),
        ("قصيدةً كــتاب", "قصيدة كتاب"),
        ("کی", "كي"),
        ("Ștefan ţară", "ştefan ţară"),
        ("a\u200cb\u00adc", "abc"),
        ("?!…", ""),
        ("", ""),
    ],
)
def test_normal_forms_by_hand(text, form):
    assert normal_form(text) == form


@given(st.lists(TEXT, max_size=8))
def test_normal_form_of_a_batch_is_that_of_each(texts):
    rows = normal_codes(texts)
    assert ["".join(map(chr, rows.row(i).tolist())) for i in range(len(texts))] == [normal_form(t) for t in texts]


@given(TEXT)
def test_normal_form_is_stable_and_has_single_inner_spaces(text):
    form = normal_form(text)
    # An invisible character that kept a mark from its letter is gone in the normal form.
    assert "\u200c" in text or normal_form(form) == form
    assert form == " ".join(form.split(" ")).strip() and "  " not in form


@given(st.lists(TEXT, max_size=8))
def test_words_are_the_parts_between_spaces(texts):
    tokens = words(normal_codes(texts))
    assert np.diff(tokens.offsets).tolist() == [len(normal_form(text).split()) for text in texts]
    expected = [word for text in texts for word in normal_form(text).split()]
    by_hash = dict(zip(tokens.values.tolist(), expected, strict=True))
    assert [by_hash[value] for value in tokens.values.tolist()] == expected


@given(LISTS, st.integers(1, 4))
def test_n_grams_stay_within_their_row_and_are_equal_where_their_parts_are(lists, size):
    expected = [tuple(one[i : i + size]) for one in lists for i in range(len(one) - size + 1)]
    grams = shingles.character_grams(as_rows(lists), size)
    assert np.diff(grams.offsets).tolist() == [max(0, len(one) - size + 1) for one in lists]
    hashes = grams.values.tolist()
    assert dict(zip(hashes, expected, strict=True)) == {h: gram for gram, h in zip(expected, hashes, strict=True)}
    assert len(set(hashes)) == len(set(expected))
    assert shingles.word_grams(as_rows(lists), size).values.tolist() == hashes


@given(LISTS)
def test_rows_hash_alike_where_their_values_are_alike_and_empty_ones_to_zero(lists):
    hashes = shingles.whole(as_rows(lists)).tolist()
    assert [h == 0 for h in hashes] == [not one for one in lists]
    assert len(set(hashes)) == len(set(map(tuple, lists)))


@given(LISTS)
def test_distinct_rows_are_sorted_sets(lists):
    assert as_lists(shingles.distinct(as_rows(lists))) == [sorted(set(one)) for one in lists]


@given(st.lists(st.tuples(st.booleans(), st.lists(st.integers(0, 9)), st.lists(st.integers(0, 9))), max_size=6))
def test_each_row_is_of_the_one_or_of_the_other(cases):
    first = np.array([mine for mine, _, _ in cases], bool)
    rows = as_rows([a for _, a, _ in cases])
    other = as_rows([b for mine, _, b in cases if not mine])
    seen = []
    chosen = shingles.by_kind(first, rows, lambda some: some, lambda some: seen.append(as_lists(some)) or other)
    assert as_lists(chosen) == [a if mine else b for mine, a, b in cases]
    assert seen == [[a for mine, a, _ in cases if not mine]]


def test_what_each_character_becomes_is_as_its_kind_says():
    table = shingles._table()
    kinds = [unicodedata.category(chr(code)) for code in range(sys.maxunicode + 1)]
    others = [code for code, kind in enumerate(kinds) if kind[0] in "PZ" or kind in ("Cc", "Sk", "Nd", "Cf", "Cs")]
    unchanged = np.ones(len(table), bool)
    unchanged[[*others, *shingles._OPTIONAL_MARKS, *shingles._SAME_LETTER]] = False
    assert len(table) == len(kinds) and (table == np.arange(len(table)))[unchanged].all()
    # Beyond ASCII, whose space and digits stay what they are, each becomes something else.
    assert not (table == np.arange(len(table)))[[code for code in others if code > 0x7F]].any()


def test_units_are_words_or_characters_as_the_language_has_spaces():
    codes = normal_codes(["one two three", "一二三四", "one two three"])
    grams, units = shingles.unit_grams(codes, ["en", "zh", "xx"], 2, 3)
    assert units.tolist() == [3, 4, 3]
    assert np.diff(grams.offsets).tolist() == [2, 2, 2]
    assert grams.row(0).tolist() == grams.row(2).tolist()


@pytest.mark.parametrize(
    ("tag", "unspaced", "syllabic"),
    [("en", False, False), ("zh", True, True), ("ja", True, True), ("ko", False, True), ("xx", False, False)],
)
def test_what_is_known_of_a_language(tag, unspaced, syllabic):
    assert (shingles.unspaced(tag), shingles.syllabic(tag)) == (unspaced, syllabic)


def test_hashes_are_the_same_in_another_process():
    code = (
        "from polypref.stages.prompts.shingles import normal_codes, whole, words;"
        "print(whole(words(normal_codes(['Γεια σου κόσμε', 'Привіт'])))).tolist()"
    ).replace("))).tolist()", ")).tolist())")
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == str(shingles.whole(words(normal_codes(["Γεια σου κόσμε", "Привіт"]))).tolist())
