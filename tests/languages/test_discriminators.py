"""Tables against close languages: how they are packed, what sums they give, and what passes no more."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref import languages
from polypref.files.packaged import packaged
from polypref.languages import discriminators as tables
from polypref.languages import identifier
from polypref.languages.discriminators import Rival, Table, key_of
from polypref.languages.identifier import Identifier

KEYS = st.lists(st.lists(st.integers(0, 2**tables.KEY_BITS - 1), unique=True, max_size=20).map(sorted), min_size=1)
# Made-up sentences: a language that no table was trained on, and one of the 23 that it looks like.
CLOSE = {
    "ms": ("id", "Bahagian sukan universiti itu akan mengadakan mesyuarat kerana akaun kelab perlu diperiksa semula."),
    "gsw": ("de", "Geschter hät mini Tante gseit, dass si am Samschtig nöd cha cho, will s Auto immer no kaputt isch."),
    "lij": ("it", "O figgio do pescòu o l'à visto a barca che a tornava da-o mâ con tante reie pin-e de pesci."),
    "smo": ("it", "O le tamaititi laʻititi na alu i le fale oloa e faʻatau mai ai ni falaoa ma ni suka mo lona tina."),
    "bho": ("hi", "काल्ह हमार भाई बजार गइल रहलन आ लइकन खातिर मिठाई लेके आइल बाड़न, बाकिर केहू खाइल ना चाहत रहे।"),
    "mag": ("hi", "ओकर बाबूजी खेत में काम करऽ हलथिन आउ सभे लड़कन के अपन घर बनावे के तरीका बतावऽ हलथिन।"),
    "lad": (
        "es",
        "Kada semana mi ermana va al charshi kon sus amigas para merkar kezo, uvas i un poko de vino blanko.",
    ),
    "gag": ("tr", "Bän bu yıl kendi evimizdä oturêrım, çünkü uşaklar büük oldu da onnara er lääzım."),
    "sco": (
        "en",
        "The auld wife gaed doun tae the kirk wi her dochter, but naebody wis there and the yett wis shut.",
    ),
    "pap": ("es", "Ayera mi ruman a bai playa ku su amigunan i nan a keda te ora ku solo a baha."),
}
OWN = {
    "id": "Kemarin kakak saya pergi ke pasar untuk membeli sayur, tetapi uangnya tertinggal di rumah.",
    "de": "Gestern hat meine Tante gesagt, dass sie am Samstag nicht kommen kann, weil das Auto kaputt ist.",
    "it": "Il figlio del pescatore ha visto la barca che tornava dal mare con le reti piene di pesci.",
    "es": "Ayer mi hermano fue a la playa con sus amigos y se quedaron hasta que se puso el sol.",
    "hi": "कल मेरा भाई बाज़ार गया था और बच्चों के लिए मिठाई लेकर आया, लेकिन किसी ने कुछ नहीं खाया।",
    "tr": "Bu yıl kendi evimizde oturuyoruz, çünkü çocuklar büyüdü ve onlara yer gerekiyor.",
    "en": "Write a shader that blurs a texture, a cron job that rotates the logs of nginx, and a yaml schema for both.",
    "pl": "Wczoraj dziadek powiedział, że na zimę trzeba będzie kupić więcej węgla, bo w domu jest zimno.",
}


@given(KEYS)
def test_keys_are_what_was_packed(parts):
    assert tables.unpacked_keys(tables.packed_keys(parts), [len(part) for part in parts]) == [
        key for part in parts for key in part
    ]


def test_words_are_in_lower_case_as_their_language_has_it():
    assert [tables.lowered(word, "tr") for word in ("Iğdır", "İzmir")] == ["ığdır", "izmir"]
    assert [(word, capital) for word, _, capital in tables.spread_words("Die Straße, 3 mal", "de")] == [
        ("die", True), ("strasse", True), ("3", False), ("mal", False),
    ]  # fmt: skip


def test_long_texts_give_words_from_all_over():
    words = [word for word, *_ in tables.spread_words(" ".join(f"wort{n}" for n in range(1000)), "de")]
    numbers = [int(word.removeprefix("wort")) for word in words]
    assert len(numbers) == len(set(numbers)) and set(numbers) <= set(range(1000))
    assert {number // 100 for number in numbers} == {0, 4, 5, 9}


def table_of(weights, rivals=(), bias=-1.0):
    steps = {key_of(word): round(weight / tables.WORD_STEP) for word, weight in weights.items()}
    return Table(steps, [0] * (1 << tables.GRAM_BITS), bias, 0.5, tuple(rivals))


def test_support_is_the_sum_of_words_and_of_what_unknown_ones_lack():
    table = table_of({"haus": 2.0, "huus": -3.0, "der": 0.5})
    words = tables.spread_words("der haus huus gschaut Huus Gschaut 12", "de")
    # A capital may begin a name, which speaks neither way unless the language has it; a number is no word.
    assert tables.word_support(words, table) == (0.5 + 2.0 - 3.0 - 1.0, 4)


def test_an_unknown_word_counts_once_and_a_term_not_at_all(monkeypatch):
    monkeypatch.setattr(tables, "term_keys", lambda: {key_of("shader")})
    table = table_of({"haus": 2.0, "huus": -3.0})
    words = tables.spread_words("haus haus huus huus gschaut gschaut shader", "de")
    assert tables.word_support(words, table) == (2.0 + 2.0 - 3.0 - 3.0 - 1.0, 5)


def test_terms_are_english_and_programmings_and_no_words_of_another_language():
    terms = tables.term_keys()
    assert {key_of(word) for word in ("neural", "shader", "println", "spreadsheet")} <= terms
    assert not {key_of(word) for word in ("casa", "haus", "jalan", "dzień", "nicht")} & terms


def test_a_text_needs_more_support_the_longer_it_is(monkeypatch):
    monkeypatch.setattr(tables, "read_table", {"de": table_of({"ja": 0.25, "nee": -1.0})}.get)
    assert tables.speaks_against("ja " * 10, "de") is None  # 2.5 where 1.5 is asked
    assert tables.speaks_against("ja " * 20, "de") == "und"  # 5.0 of 6.5
    assert tables.speaks_against("ja " * 4 + "nee " * 4, "de") == "und"  # -3.0 of 0.5
    assert tables.speaks_against("nee", "de") is None  # -1.0 of -2.0
    assert tables.speaks_against("nee " * 9, "fr") is None  # no table
    assert tables.speaks_against("", "de") is None


def test_a_close_language_with_a_table_of_its_own_is_named_first(monkeypatch):
    rival = Rival("gsw", -1.0, {key_of("isch"): -8, key_of("ist"): 8})
    monkeypatch.setattr(tables, "read_table", {"de": table_of({"isch": 1.0, "ist": 1.0}, [rival])}.get)
    assert tables.speaks_against("isch", "de") == "gsw"  # -2.0
    assert tables.speaks_against("isch ist", "de") is None
    assert tables.least_support(2, 0.5) == -2.0
    # A capital may begin a name: it speaks for the language only.
    assert tables.speaks_against("Isch", "de") is None


def test_capitals_others_and_a_doubt_are_what_a_close_language_says_they_are(monkeypatch):
    rival = Rival("lad", -1.9, {key_of("kada"): -8, key_of("ke"): -8}, capitals=0.5, others=0.05, doubt=-0.8)
    support = [
        tables.rival_support(tables.spread_words(text, "es"), rival) for text in ("uno dos", "Kada uno", "ke uno 2")
    ]
    assert support == pytest.approx([0.0, -0.95, -1.95])
    monkeypatch.setattr(tables, "read_table", {"es": table_of({"uno": 1.0, "dos": 1.0}, [rival])}.get)
    assert tables.speaks_against("ke uno", "es") == "lad"
    assert tables.speaks_against("Kada uno", "es") == "und"  # -0.95: neither surely
    assert tables.speaks_against("Kada uno dos dos dos dos", "es") is None  # -0.75


@pytest.mark.parametrize("tag", CLOSE)
def test_a_close_language_does_not_pass(tag, monkeypatch):
    expected, text = CLOSE[tag]
    assert Identifier().check(text, expected).status != "ok"
    assert tag == "lij" or tables.speaks_against(text, expected)


@pytest.mark.parametrize("tag", OWN)
def test_a_language_passes_as_itself(tag):
    assert tables.speaks_against(OWN[tag], tag) is None
    assert Identifier().check(OWN[tag], tag) == identifier.Check("ok", tag)


def test_the_identifier_asks_the_tables_and_without_them_a_close_language_passes(monkeypatch):
    text = "De Bundesrat hat hüt beschlosse, dass die Schuele nach de Ferie wieder ufmached."
    assert Identifier().check(text, "de").status != "ok"
    monkeypatch.setattr(identifier, "speaks_against", lambda text, tag: None)
    assert Identifier().check(text, "de").status == "ok"


def test_every_language_with_an_alphabet_has_a_small_sound_table():
    with_table = [tag for tag in languages.AYA_23 if tables.read_table(tag)]
    assert sorted(set(languages.AYA_23) - set(with_table)) == ["ja", "ko", "zh"]
    sizes = [len(packaged(tables.FOLDER, f"{tag}.npz").read_bytes()) for tag in with_table]
    assert sum(sizes) < 1_000_000
    for tag in with_table:
        table = tables.read_table(tag)
        assert table and len(table.grams) == 1 << tables.GRAM_BITS and math.isfinite(table.bias)
        assert 0.35 <= round(table.slope, 3) <= 1.0
        for rival in table.rivals:
            assert -5 <= rival.least <= rival.doubt <= -1.0
            assert len(rival.weights) > (150 if rival.tag in ("bho", "sco") else 1000)


def test_a_language_without_a_table_is_let_be():
    assert tables.read_table("ja") is None and tables.speaks_against("これは本です", "ja") is None
