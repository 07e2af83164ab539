"""py3langid's log-likelihoods in whole numbers: by hand, alone or among others, and beside py3langid's own."""

import math
import subprocess
import sys
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from polypref.languages import likelihoods
from tests.conftest import environment
from tests.kernels.switch import without_library
from tests.languages.test_identifier import SENTENCES

PEER = LanguageIdentifier.from_model_file(MODEL_FILE)
TEXTS = [text.encode() for text in (*SENTENCES.values(), "Ово је српски.", SENTENCES["de"] * 20, "a", "", "42")]


@pytest.fixture(params=["compiled where it can be", "Python"], autouse=True)
def _both(request):
    if request.param == "Python":
        with without_library():
            yield
    else:
        yield


def by_hand(text: bytes) -> list[float]:
    """The scores of a text's labels, in fractions."""
    state, counts = 0, Counter()
    for letter in text:
        state = PEER.tk_nextmove[(PEER.tk_row[state] << 8) + letter]
        if PEER.tk_output[state] >= 0:
            counts[PEER.tk_output[state]] += 1
    scores: dict[str, Fraction] = {}
    for column, label in enumerate(PEER.nb_classes):
        score = Fraction(round(float(PEER.nb_pc[column]) * 2**25), 2**25)
        for feature, count in counts.items():
            score += Fraction(round(math.log1p(count) * 65536), 65536) * Fraction(float(PEER.nb_ptc[feature, column]))
        scores[label] = max(score, scores.get(label, score)) if counts else Fraction(0)
    return [float(np.float32(float(score))) for score in scores.values()]


@pytest.mark.parametrize("text", [TEXTS[2], TEXTS[8], TEXTS[-5], TEXTS[-4][:300], b"a", b"", b"\xff\x00\xc3"])
def test_scores_are_the_sums_by_hand(text):
    assert likelihoods.scores([text])[0].tolist() == by_hand(text)


def test_each_text_has_the_same_bits_alone_and_among_others():
    texts = [text + str(i).encode() for i in range(90) for text in TEXTS]
    assert len(texts) > likelihoods._MOST_TEXTS and sum(map(len, texts)) > 2 * likelihoods._BYTES_AT_ONCE
    together = likelihoods.scores(texts)
    assert together.shape == (len(texts), len(likelihoods.labels())) and together.dtype == np.float32
    for place in (0, 1, len(TEXTS), len(texts) // 2, len(texts) - 1):
        assert together[place].tolist() == likelihoods.scores([texts[place]])[0].tolist()
    assert together[: len(TEXTS) - 3].any(axis=1).all()
    assert likelihoods.scores([]).shape == (0, len(likelihoods.labels()))


def test_scores_are_nearly_those_that_py3langid_sums_in_floats():
    scores = likelihoods.scores(TEXTS[:-3])
    for row, text in zip(scores, TEXTS[:-3], strict=True):
        theirs = dict(PEER.rank(text.decode()))
        assert row.tolist() == pytest.approx([theirs[label] for label in likelihoods.labels()], abs=0.01)
    assert not likelihoods.scores([b"42"]).any()


def test_a_feature_counts_no_more_than_65535_times():
    # Features that reach over two of them are there once less.
    scores = likelihoods.scores([b"von " * n for n in (65_534, 65_536, 65_537, 100_000)])
    first, second, third, last = scores.tolist()
    assert first != second and second == third == last


def test_no_cost_is_cut_off_and_none_is_rounded():
    costs = likelihoods.tables().costs[:, : len(PEER.nb_classes)]
    assert (costs / -512 == PEER.nb_ptc.astype(np.float64)).all()
    # Eight of them in 16 bits, all of them at the highest weight in a float64.
    assert 8 * int(costs.max()) < 1 << 16
    assert len(costs) * int(costs.max()) * int(likelihoods.tables().weights[-1]) < 1 << 53


def test_weights_are_far_from_halves_so_every_machine_rounds_them_alike():
    exact = np.log1p(np.arange(1, 1 << 16)) * 65536
    assert np.abs(exact - np.floor(exact) - 0.5).min() > 1e-6


@pytest.mark.slow
def test_a_kept_model_is_the_unpacked_one(tmp_path):
    code = (
        "from polypref.languages import likelihoods\n"
        "print(likelihoods.scores(['Ово је српски.'.encode()]).tobytes().hex())"
    )
    outputs = []
    for caches in (tmp_path, tmp_path, "/dev/null/none"):
        own = environment(XDG_CACHE_HOME=str(caches))
        done = subprocess.run([sys.executable, "-c", code], env=own, capture_output=True, text=True, check=True)
        outputs.append(done.stdout)
    assert outputs[0] and outputs == outputs[:1] * 3
    (kept,) = (tmp_path / "polypref").iterdir()
    assert kept.name.startswith("py3langid-0.4.0-") and kept.name.endswith("-1")
