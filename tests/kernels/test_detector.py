"""The library's scores are those of the Python code, bit for bit, whatever a text holds."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.kernels import detector, library
from polypref.languages import likelihoods
from tests.languages.test_identifier import SENTENCES

pytestmark = pytest.mark.skipif(library.library() is None, reason="needs the library: python polypref/kernels/build.py")


def assert_same(texts: list[bytes]) -> None:
    native, python = detector.scores(texts, likelihoods.tables()), likelihoods._scores(texts)
    assert native is not None and native.shape == python.shape
    assert native.tobytes() == python.tobytes()


@given(st.lists(st.text(), max_size=20))
def test_texts(texts):
    assert_same([text.encode("utf-8", "surrogatepass") for text in texts])


@given(st.lists(st.binary(), max_size=40))
def test_bytes(texts):
    assert_same(texts)


def mutated(number: int, seed: int) -> list[bytes]:
    """Sentences of all languages, joined, repeated, and with some of their bytes changed, taken out or doubled."""
    draw = random.Random(seed)
    sentences = [text.encode() for text in SENTENCES.values()]
    texts = []
    for _ in range(number):
        text = bytearray(b" ".join(draw.choices(sentences, k=draw.choice((1, 1, 2, 3, 12)))))
        for _ in range(draw.choice((0, 1, 5, 30))):
            at = draw.randrange(len(text))
            text[at : at + draw.choice((0, 1, 3))] = draw.choice((b"", draw.randbytes(2), text[at : at + 9] * 3))
            text = text or bytearray(b" ")
        texts.append(bytes(text * draw.choice((1, 1, 1, 40))))
    return texts


def test_mutated_texts():
    assert_same(mutated(2_000, seed=20))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(30))
def test_more_mutated_texts(seed):
    assert_same(mutated(2_000, seed=100 + seed))


def test_a_text_as_long_as_all_others_and_counts_beyond_the_last_weight():
    assert_same([b"", b"a" * 70_000, b"ab " * 3, random.Random(1).randbytes(200_000), b"b" * 65_535])


def test_texts_that_are_too_long_to_be_read_together():
    # Of 65,536 bytes at once: two, one that fills them, one with others behind it, one longer.
    draw = random.Random(2)
    assert_same([draw.randbytes(size) for size in (40_000, 25_536, 65_536, 40_000, 25_537, 3, 0, 65_537, 1)])


def test_too_little_memory_is_no_result(monkeypatch):
    monkeypatch.setattr(detector, "function", lambda name, arguments: lambda *_: -1)
    with pytest.raises(MemoryError, match="no memory for a text of 3 bytes"):
        detector.scores([b"a", b"abc"], likelihoods.tables())


def test_without_the_library_there_is_none(monkeypatch):
    monkeypatch.setattr(detector, "function", lambda name, arguments: None)
    assert detector.scores([b"a"], likelihoods.tables()) is None
    assert likelihoods.scores([b"von der"]).any()
