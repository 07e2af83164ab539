"""Words natively: of every text the library and the Python code that defines it give the same."""

import random
import re
import unicodedata
import weakref
import zlib
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref import languages
from polypref.kernels import library, words
from polypref.languages import close_languages, discriminators
from polypref.languages.phrases import Index, Texts, bounds_of, compiled
from polypref.stages.checks.translation import leftover
from polypref.text.letters import word_pattern
from tests.kernels.switch import without_library
from tests.kernels.word_texts import SIGNS, texts_of_words

pytestmark = pytest.mark.skipif(library.library() is None, reason=f"words.c does not run: {library.in_words()}")

#: Letters, marks and signs that rules react to, between any others.
TEXTS = st.lists(st.sampled_from(SIGNS) | st.text(max_size=8), max_size=12).map("".join)
TAGS = st.sampled_from(languages.AYA_23)
Row = tuple[str, str, str]


def evidence_of(row: Row) -> object:
    return close_languages.evidence(row[1], row[0])


def word_that_speaks_against(row: Row) -> object:
    return discriminators.speaks_against(row[1], row[0])


def words_left_over(row: Row) -> object:
    return leftover(row[2], row[1]), leftover(row[2], row[1], "de")


RULES = (evidence_of, word_that_speaks_against, words_left_over)


def differing(rule: Callable[[Row], object], rows: Sequence[Row]) -> list[tuple[Row, object, object]]:
    """The rows of which a rule gives another result without the library: result with it, and without."""
    natively = list(map(rule, rows))
    with without_library():
        in_python = list(map(rule, rows))
    return [one for one in zip(rows, natively, in_python, strict=True) if one[1] != one[2]]


@pytest.fixture(scope="module")
def indexes() -> dict[str, Index]:
    """The refusals and boilerplate of each language, phrases of two widths among them."""
    return {
        tag: Index(
            [
                compiled(phrase.text, bounds_of(languages.get(one)), None)
                for one in (tag, "ja", "en")
                for phrase in languages.get(one).refusals
            ]
        )
        for tag in languages.AYA_23
    }


def of_phrases(texts: Sequence[str], index: Index) -> tuple[object, ...]:
    """The normal forms of texts, and the phrases in them, before and after a close look."""
    normal = Texts.of(texts)
    suspects = {width: set(index._suspects(normal, width)) for width in index._grams}
    return normal.units.tolist(), normal.ends.tolist(), suspects, list(index.find(normal))


def phrases_differ(texts: Sequence[str], index: Index) -> bool:
    natively = of_phrases(texts, index)
    with without_library():
        return natively != of_phrases(texts, index)


@pytest.mark.slow
def test_the_tables_of_characters_are_pythons_own():
    known = words.characters()
    classes, small, folded, longer = known.values[:4]
    spaceless = re.compile(r"\w"), re.compile(r"[^\W\d_]")
    for code, given_classes in enumerate(classes.tolist()):
        sign = chr(code)
        cased = unicodedata.category(sign) in ("Lu", "Ll", "Lt")
        bits = (
            *(bool(word_pattern().match(sign)), bool(spaceless[0].match(sign)), sign.isupper()),
            *(sign.islower() or (sign.istitle() and not sign.isupper()), bool(spaceless[1].match(sign))),
            *(sign.isalpha(), sign.isdigit(), cased),
        )
        assert given_classes == sum(bit << place for place, bit in enumerate(bits)), hex(code)
        for table, whole in ((small, sign.lower()), (folded, sign.casefold())):
            one = int(table[code]) if code < known.mapped else code
            parts = [one] if one < 1 << 31 else [part for part in longer[one - (1 << 31)].tolist() if part]
            assert parts == [*map(ord, whole)], hex(code)


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
def test_edited_texts_in_23_languages_give_the_same(rule):
    assert differing(rule, list(texts_of_words(3_000, 1))) == []


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("seed", range(2, 22))
def test_many_edited_texts_in_23_languages_give_the_same(rule, seed):
    assert differing(rule, list(texts_of_words(3_000, seed))) == []


def test_of_edited_texts_most_are_read_natively():
    rows = list(texts_of_words(1_000, 3))
    counters = [(close_languages._counter(tag), text) for tag, text, _ in rows]
    counted = [one.args[0].counts(text) for one, text in counters if one and one.func is close_languages._counted]
    tables = [(discriminators.read_table(tag), tag, text) for tag, text, _ in rows]
    summed = [discriminators._sums(text, tag, table) for table, tag, text in tables if table]
    for natively in (counted, summed):
        assert len(natively) > 700 and sum(one is None for one in natively) < 0.15 * len(natively)


@pytest.mark.parametrize("seed", [4, pytest.param(5, marks=pytest.mark.slow)])
def test_phrases_of_edited_texts_are_the_same(indexes, seed):
    rows = list(texts_of_words(3_000 if seed == 4 else 60_000, seed))
    dice = random.Random(seed)
    hits = 0
    while rows:
        batch = [rows.pop() for _ in range(min(len(rows), dice.choice((1, 2, 40))))]
        index, texts = indexes[batch[0][0]], [text for _, text, _ in batch]
        assert not phrases_differ(texts, index), texts
        hits += len(list(index.find(Texts.of(texts))))
    assert hits > 300


@settings(max_examples=300, deadline=None)
@given(tag=TAGS, text=TEXTS, source=TEXTS)
def test_any_text_gives_the_same(tag, text, source):
    for rule in RULES:
        assert differing(rule, [(tag, text, source + text)]) == []


@settings(max_examples=300, deadline=None)
@given(st.lists(TEXTS, max_size=4), TAGS)
def test_phrases_of_any_texts_are_the_same(indexes, texts, tag):
    assert not phrases_differ(texts, indexes[tag])


@pytest.mark.slow
def test_long_texts_give_the_same(indexes):
    rows = [
        (tag, text, text[10_000:])
        for tag in ("de", "id", "el", "tr", "ru", "hi")
        for text in (
            "".join(text for _, text, _ in texts_of_words(400, 7)),
            "Σ" * 50_000 + "α",
            "ABCD" * 10_000,
            "und " * 20_000,
            "a'" * 50_000,
            "\u0301" * 50_000,
        )
    ]
    assert differing(evidence_of, rows) == [] and differing(word_that_speaks_against, rows) == []
    # The regular expression of words takes the square of the time over a long word.
    assert differing(words_left_over, [row for row in rows if row[1][0] not in "ΣA\u0301"]) == []
    assert not phrases_differ([text for _, text, _ in rows], indexes["de"])


@pytest.mark.parametrize(
    ("tag", "text", "own", "other", "nearest"),
    [
        # Worked out by hand from de.toml, cs.toml, id.toml and ru.toml.
        ("de", "und nicht", 2, 0, ""),
        ("de", "UND NICHT", 2, 0, ""),
        ("de", "UND nicht", 1, 0, ""),  # capitals alone are an abbreviation
        ("de", "Und dat", 1, 1, "nds"),
        ("cs", "ř", 0.3, 0, ""),
        ("cs", "Řř", 0.6, 0, ""),
        ("tr", "İ", 0, 0, ""),
        ("ru", "ы і", 0.3, 0.3, ""),
    ],
)
def test_words_and_letters_are_counted(tag, text, own, other, nearest):
    counts = close_languages._counter(tag).args[0].counts(text)
    assert counts is not None
    natively = close_languages.evidence(text, tag)
    with without_library():
        assert natively == close_languages.evidence(text, tag)
    assert (natively.own, natively.other) == pytest.approx((own, other)) and natively.nearest == nearest


def test_a_sigma_that_may_end_a_word_is_left_to_python():
    vocabulary = close_languages._counter("el").args[0]
    assert vocabulary.counts("Σε ΟΔΟΣΑ") is not None
    assert vocabulary.counts("ΟΔΟΣ") is None and vocabulary.counts("ΟΔΟΣ\u0301Α") is None


def test_letters_given_as_a_pattern_or_far_ones_are_left_to_python():
    for letters in ("a-z", "\U00010400", "\\w"):
        assert words.Vocabulary({}, (), {}, [], letters, "").counts("abc") is None
    assert words.Vocabulary({}, (), {}, [{"a": 1.0}] * 65, "", "").counts("abc") is None
    assert words.Vocabulary({}, (), {}, [{"a": 1.0}] * 64, "", "").counts("abc") is not None


def test_of_relations_for_which_as_many_words_speak_the_first_is_the_nearest():
    relations = [{"one": 1.0}, {"two": 1.0, "both": 1.0}, {"three": 0.5, "both": 1.0}]
    other = {"one": 1.0, "two": 1.0, "three": 0.5, "both": 1.0}
    vocabulary = words.Vocabulary({"two": 0.5}, ("ing",), other, relations, "ř", "ß")
    assert vocabulary.counts("two one") == [1, 4, 0, 0, 0, 2]
    assert vocabulary.counts("one, two") == [1, 4, 0, 0, 0, 1]
    assert vocabulary.counts("three both") == [0, 3, 0, 0, 0, 3]
    assert vocabulary.counts("both") == [0, 2, 0, 0, 0, 2]


def test_endings_letters_and_abbreviations_of_a_vocabulary():
    vocabulary = words.Vocabulary({"x\u0301": 1.0}, ("ing",), {}, [], "řw", "ß")
    assert vocabulary.counts("nothings, nothing ßř, ings") == [0, 0, 1, 1, 1, 0]
    # From seven letters on.
    assert vocabulary.counts("spring evening") == [0, 0, 1, 0, 0, 0]
    # Letters of a text in ASCII say nothing.
    assert vocabulary.counts("w")[3] == 0 and vocabulary.counts("w é")[3] == 1
    # A space stands where an abbreviation was.
    assert vocabulary.counts("x\u0301UN\u0301 x\u0301")[0] == 4


def test_sums_of_tables_are_those_of_their_words():
    def key(word: str) -> int:
        return zlib.crc32(word.encode("utf-8", "surrogatepass")) >> 8

    own = {key("haus"): 4, key("strasse"): -3, key("null"): 0}
    rival = {key("huus"): -2, key("haus"): 5, key("null"): 0}
    tables = words.WordTables([own, rival], frozenset({key("code")}))
    # haus counts; Strasse has a capital and does not; huus is unknown, twice the same; code is a term, x too short.
    assert tables.sums("haus Straße huus huus code x a1", 800, True, False) == [4, 1, 1, -4, 0, 5, 4, 1]
    assert tables.sums("haus straße Huus", 800, False, False)[:3] == [4, 1, 1]
    assert tables.sums("null 4 \ud800", 800, False, False) == [0, 0, 0, 0, 0, 0, 0, 0]
    # Of pieces the first and the last word are left out.
    assert tables.sums("haus haus haus haus haus haus ", 15, False, False)[:2] == [8, 2]
    assert tables.sums("haus", 2, False, False)[:2] == [0, 0]
    assert tables.sums("a" * 1_025, 2_000, False, False) is None


def test_turkish_capitals_have_small_letters_of_their_own():
    weights = {discriminators.key_of(word): weight for word, weight in {"ışık": 4, "iğne": 2, "işik": 1}.items()}
    tables = words.WordTables([weights], frozenset())
    assert tables.sums("IŞIK İĞNE", 800, True, True) == [6, 2, 0]
    assert tables.sums("IŞIK", 800, False, False) == [1, 1, 0]


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("a b c d e", "x A B, C D E y", True),
        ("a b c d e", "a b c d", False),
        ("a b c d e", "a b  c d e", False),
        ("a b c d e", "a b c d 1 e", False),
        ("a'b c d e f", "a'b c d e f", True),
        ("a'b c d e", "a'b c d e", False),  # four words
        ("Straße b c d e", "STRASSE b c d e", True),
        ("", "", False),
    ],
)
def test_five_words_on_end_are_seen_in_two_texts(one, other, shared):
    assert words.share_run(one, other, 5) is shared


@pytest.mark.parametrize("length", [-1, 0, 9, 1 << 40])
def test_runs_of_another_number_of_words_are_left_to_python(length):
    assert words.share_run("a b c", "d e f", length) is True


def test_more_suspects_than_there_is_room_for_are_all_given():
    index = Index([compiled("hello", "words", None)])
    texts = Texts.of(["hello " * 2_000, "none", "hello"])
    assert len(index._native[4].places(texts.units, texts.ends)) == 2_001
    assert list(index.find(texts)) == [(0, 0), (2, 0)]


def test_tables_outlive_a_call_during_which_another_thread_puts_its_own_in_their_place(monkeypatch):
    units, end = np.zeros(1, np.uint16), np.array([1])
    vocabulary, weighed, grams = (
        words.Vocabulary({}, (), {}, [], "", ""),
        words.WordTables([{}], frozenset()),
        words.Grams({}, 4),
    )
    asked: list[tuple[object, Callable[[], object]]] = [
        (vocabulary, lambda: vocabulary.counts("a")),
        (weighed, lambda: weighed.sums("a", 1, False, False)),
        (grams, lambda: grams.places(units, end)),
    ]
    for one, ask in asked:
        record, alive = weakref.ref(one._record), []

        def call(*arguments: object, one=one, record=record, alive=alive) -> int:
            del vars(one)["_record"]
            alive.append(record() is not None)
            return 0

        monkeypatch.setattr(words, "_function", lambda name, call=call: call)
        ask()
        assert alive == [True]
    known, alive = weakref.ref(words.characters()), []
    monkeypatch.setattr(
        words, "_function", lambda name: lambda *_: words.characters.cache_clear() or alive.append(known() is not None)
    )
    words.share_run("a", "a", 5)
    assert alive == [True]


def test_without_the_library_python_does_it():
    with without_library():
        assert words.share_run("a", "a", 5) is None
        assert close_languages._counter("de").args[0].counts("und") is None
        units = np.zeros(1, np.uint16)
        assert words.normal_units(units, units, None, np.array([1])) is None
        assert words.Grams({}, 4).places(units, np.array([1])) is None
        assert words.WordTables([{}], frozenset()).sums("", 1, False, False) is None
        assert close_languages.evidence("und nicht", "de").own == 2
