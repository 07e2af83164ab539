"""The detectors: py3langid's scores in batches, and the two answers of the others."""

import pytest

from polypref import languages
from polypref.errors import UserError
from polypref.languages import detectors
from polypref.languages.detectors import Answer, answers, identity, py3langid_labels, py3langid_scores
from polypref.languages.identifier import Identifier
from tests.languages.test_identifier import SENTENCES


def test_glotlid_without_its_model_says_what_to_do():
    with pytest.raises(UserError, match=r"needs its fastText model file: set Identifier\(model=PATH\)"):
        Identifier(detector="glotlid").check(SENTENCES["de"], "de")


def test_scores_are_those_of_py3langid():
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    texts = [*SENTENCES.values(), "Ово је српски.", "42"]
    scores = py3langid_scores([text.encode() for text in texts])
    peer = LanguageIdentifier.from_model_file(MODEL_FILE)
    for row, text in zip(scores[:-1], texts, strict=False):
        theirs = dict(peer.rank(text))
        assert row.tolist() == pytest.approx([theirs[label] for label in py3langid_labels()], abs=0.05)
    assert not scores[-1].any()


def test_py3langid_knows_the_labels():
    from polypref.languages.detectors import py3langid_labels

    known = set(py3langid_labels())
    assert {label for tag in languages.AYA_23 for label in languages.get(tag).codes.py3langid} <= known


def test_langdetect_answers_among_the_allowed_and_among_all():
    danish = "I går gik vi på markedet for at købe grøntsager, fordi der kommer gæster i aften."
    (answer,) = answers("langdetect", [danish], ["de", "nl"], None)
    assert answer.restricted in ("de", "nl") and answer.opened == "da" and answer.share < 0.1
    (answer,) = answers("langdetect", ["12345"], ["de"], None)
    assert answer == Answer("", "", 0.0)


def test_glotlid_is_asked_of_its_own_labels(monkeypatch):
    class Model:
        def get_labels(self):
            return ["__label__glg_Latn", "__label__por_Latn"]

        def predict(self, text, k):
            assert "\n" not in text  # fastText reads one line
            return ("__label__por_Latn", "__label__glg_Latn"), (0.7, 0.3)

    monkeypatch.setattr(detectors, "_glotlid_model", lambda path: Model())
    assert answers("glotlid", ["a\nb"], ["glg_Latn"], "own.bin") == [Answer("glg_Latn", "por_Latn", 0.3)]


def test_a_detector_goes_by_its_version():
    assert identity("py3langid").startswith("py3langid ") and identity("glotlid").startswith("glotlid ")


def test_lingua_restricted_knows_no_other_language():
    pytest.importorskip("lingua")
    text = "This sentence is English, and it is in none of the languages that are allowed here."
    detector = detectors._lingua_detector(("de", "nl"))
    assert detectors._iso(detector.detect_language_of(text)) in ("de", "nl")
    assert detectors._lingua_detector(("de", "nl")) is detector
    assert detectors._iso(detectors._lingua_detector(("de", "en", "nl")).detect_language_of(text)) == "en"


def test_a_detector_knows_the_languages_whose_labels_it_has():
    assert detectors.knows("py3langid", ("de",)) and not detectors.knows("py3langid", ("wo",))
    assert detectors.knows("lingua", ("german",)) and not detectors.knows("lingua", ())
