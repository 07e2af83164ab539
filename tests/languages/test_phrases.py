"""Looking for many phrases in many texts at once: normal forms, phrases made ready, and the index."""

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref import languages
from polypref.languages.facts import Phrase
from polypref.languages.phrases import Index, Texts, compiled, elements, malformed_phrases, normal

WORDS = [
    "sorry",
    "kann",
    "nicht",
    "helfen",
    "ich",
    "Ich",
    "leider",
    "sehr",
    ".",
    ",",
    " ",
    "\n",
    "KI",
    "straße",
    "é",
    "e\u0301",
    "😀",
]
PHRASES = ["ich kann…nicht", "(leider |)sehr helfen", "Leid*", "(sorry|nicht), ich", "nicht helf*", "straße"]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join), min_size=1, max_size=5))
def test_the_index_finds_what_each_expression_finds(texts):
    patterns = [compiled(phrase, "words", None) for phrase in PHRASES]
    hits = set(Index(patterns).find(Texts.of(texts)))
    assert hits == {
        (i, j) for i, text in enumerate(texts) for j, one in enumerate(patterns) if one.expression.search(normal(text))
    }
    for i, text in enumerate(map(normal, texts)):
        assert [one.stands_in(text) for one in patterns] == [(i, j) in hits for j in range(len(patterns))]


def test_no_character_beyond_those_looked_at_is_composed_or_joins_one():
    far = [chr(code) for code in range(0x30000, 0x110000)]
    assert not any(unicodedata.decomposition(sign) or unicodedata.combining(sign) for sign in far)


@settings(deadline=None)
@given(st.lists(st.text(max_size=20), min_size=1, max_size=5))
def test_texts_come_apart_as_they_went_in(texts):
    together = Texts.of(texts)
    assert [together[i] for i in range(len(texts))] == [normal(text) for text in texts]


def letters(*names: str) -> st.SearchStrategy[str]:
    """Texts of letters of these scripts with their marks."""
    signs = [chr(code) for code in range(0x20000) if unicodedata.name(chr(code), "").startswith(names)]
    return st.lists(st.sampled_from(signs), max_size=8).map("".join)


@settings(max_examples=500, deadline=None)
@given(
    letters("LATIN", "COMBINING", "SPACE")
    | letters("GREEK", "COMBINING")
    | letters("CYRILLIC", "COMBINING")
    | letters("HANGUL SYLLABLE", "HANGUL JONGSEONG", "HANGUL JUNGSEONG")
    | letters("HIRAGANA", "KATAKANA", "COMBINING KATAKANA")
    | letters("ARABIC")
    | letters("HEBREW")
    | letters("DEVANAGARI")
    | letters("BENGALI", "TAMIL", "MALAYALAM")
    | letters("THAI", "MYANMAR", "CHAKMA", "CJK COMPATIBILITY")
)
def test_composed_and_decomposed_texts_have_one_normal_form(text):
    composed, decomposed = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    assert normal(composed) == normal(decomposed) == normal(text)


@pytest.mark.parametrize("phrase", ["ne mogu tú…podáť", "죄송하지만 없습니다", "お答えできませんが", "không thể giúp"])
def test_a_phrase_is_the_same_pattern_composed_and_decomposed(phrase):
    composed, decomposed = (unicodedata.normalize(form, phrase) for form in ("NFC", "NFD"))
    assert composed != decomposed
    assert compiled(composed, "words", None) == compiled(decomposed, "words", None)


def test_normal_form():
    assert normal("  ‘Ist’\tDAS \n\n gut?  ") == "'ist' das gut?"
    assert normal("أَنَا آسِف إلى") == normal("انا اسف الي")
    assert normal("می‌توانم کرد") == "ميتوانم كرد"
    assert normal("माफ़ हूँ") == normal("माफ हूं")
    assert normal("İSTANBUL ışık") == "istanbul işik"
    assert normal("ȘI Țară") == normal("şi ţară")
    assert normal("ΟΔΟΣ οδός") == "οδοσ οδόσ"


@pytest.mark.parametrize(
    ("phrase", "parts"),
    [
        ("ich kann", [["ich kann"]]),
        ("(i|we) can(not|)", [["i", "we"], [" can"], ["not", ""]]),
        ("a (b|(c|d) e) f", [["a "], ["b", "c e", "d e"], [" f"]]),
        ("nicht … helfen", [["nicht…helfen"]]),
    ],
)
def test_a_phrase_is_cut_into_its_alternatives(phrase, parts):
    assert elements(phrase) == parts


@pytest.mark.parametrize("phrase", ["a (b", "a) b", "a | b", "(a|b", "a (b|c) | d"])
def test_brackets_that_do_not_pair_up_are_refused(phrase):
    with pytest.raises(ValueError, match="do not pair up"):
        elements(phrase)


@pytest.mark.parametrize(
    ("bounds", "text", "holds"),
    [
        ("words", "dass ich kann", True),
        ("words", "dass ich kannte", False),
        ("words", "dass dich kann", False),
        ("beginnings", "dass ich kannte", True),
        ("beginnings", "dass dich kann", False),
        ("none", "dass dich kannte", True),
    ],
)
def test_where_a_phrase_may_begin_and_end(bounds, text, holds):
    assert bool(compiled("ich kann", bounds, None).expression.search(normal(text))) == holds


def test_a_phrase_may_hold_signs_beyond_the_first_plane():
    pattern = compiled("Nein 😀 danke", "words", None)
    texts = Texts.of(["Oh nein 😀 danke!", "Oh nein danke!", "Nein 😁 danke"])
    assert list(Index([pattern]).find(texts)) == [(0, 0)]


def test_a_gap_stays_within_the_sentence():
    pattern = compiled("kann…helfen", "words", None)
    texts = ["Ich kann dir leider nicht helfen.", "Ich kann. Andere helfen.", "Ich kann " + "x" * 81 + " helfen"]
    assert [number for number, _ in Index([pattern]).find(Texts.of(texts))] == [0]


def test_a_phrase_of_a_few_letters_is_refused():
    with pytest.raises(ValueError, match="no 4 letters on end"):
        compiled("I*", "words", None)
    assert compiled("抱歉", "none", None).width == 2


def test_malformed_phrases_of_a_language_are_named_by_their_kind():
    ill = (
        Phrase("refusal", "Ich kann nicht (helfen", "by hand"),
        Phrase("refusal", "Ich kann nicht helfen", "by hand"),
        Phrase("boilerplate", "KI", "by hand"),
    )
    assert malformed_phrases(replace(languages.get("de"), refusals=ill)) == [
        "refusals: refusal: ( ) do not pair up, or a | stands outside them, in 'ich kann nicht (helfen'",
        "refusals: boilerplate: 'KI' has no 4 letters on end that stand fast",
    ]
    assert malformed_phrases(languages.get("de")) == []
