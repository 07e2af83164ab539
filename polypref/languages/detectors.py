"""The language detectors behind language_id: py3langid's scores in batches, and the others' answers.

Only py3langid and langdetect are always installed; the rest are asked for by name and imported then.
"""

import functools
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as package_version
from typing import TYPE_CHECKING, Literal, Protocol

from ..errors import UserError, missing_extra
from . import likelihoods

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from langdetect.detector_factory import DetectorFactory
    from lingua import Language, LanguageDetector

Detector = Literal["py3langid", "langdetect", "lingua", "glotlid"]

#: Detector -> the package that it is in, as pip calls it.
PACKAGES: dict[Detector, str] = {
    "py3langid": "py3langid",
    "langdetect": "langdetect",
    "lingua": "lingua-language-detector",
    "glotlid": "fasttext",
}


class _FastText(Protocol):
    """A model of the package fasttext, as far as it is asked."""

    def get_labels(self) -> list[str]: ...

    def predict(self, text: str, k: int) -> tuple[Sequence[str], Sequence[float]]: ...


@dataclass(frozen=True)
class Answer:
    """What a detector says of one text.

    Attributes:
        restricted: its best label among those allowed; empty where none has any probability.
        opened: its best label among all it knows; empty where it gives none.
        share: the probability, open to all, of the best allowed label.
    """

    restricted: str
    opened: str
    share: float


def identity(detector: Detector) -> str:
    """Names a detector with the version of its package, as another version may answer otherwise.

    Args:
        detector: which one.

    Returns:
        as in `py3langid 0.4.0`; `unknown` for the version of one that is not installed.
    """
    try:
        return f"{detector} {package_version(PACKAGES[detector])}"
    except PackageNotFoundError:
        return f"{detector} unknown"


def py3langid_labels() -> tuple[str, ...]:
    """Lists py3langid's labels.

    Returns:
        the labels, each once, in the order of the columns of py3langid_scores.
    """
    return likelihoods.labels()


def py3langid_scores(texts: Sequence[bytes]) -> "npt.NDArray[np.float32]":
    """Asks py3langid about many texts at once.

    The numbers of `LanguageIdentifier.rank` without normalisation, but for the order of sums: these here are exact.

    Args:
        texts: texts in UTF-8, in NFC.

    Returns:
        log-likelihoods, shape (texts, labels); zeros for a text without any feature of the model.
    """
    return likelihoods.scores(texts)


def answers(detector: Detector, texts: Sequence[str], allowed: Sequence[str], model: str | None) -> list[Answer]:
    """Asks a detector twice about each text: restricted to the allowed labels, and open to all it knows.

    Args:
        detector: langdetect, lingua or glotlid.
        texts: texts with at least one letter.
        allowed: the detector's own labels.
        model: path of the GlotLID model file.

    Returns:
        both answers to each text, in order.

    Raises:
        UserError: the detector, or its model, is not there.
    """
    if detector == "langdetect":
        return [_langdetect(text, tuple(allowed)) for text in texts]
    if detector == "lingua":
        return [_lingua(text, tuple(allowed)) for text in texts]
    return [_glotlid(text, tuple(allowed), model) for text in texts]


def _answer_of(restricted: str, shares: dict[str, float]) -> Answer:
    opened = max(shares, key=lambda label: shares[label]) if shares else ""
    return Answer(restricted, opened, shares.get(restricted, 0.0))


def _langdetect(text: str, allowed: tuple[str, ...]) -> Answer:
    from langdetect.lang_detect_exception import LangDetectException

    def probabilities(prior: dict[str, float] | None) -> dict[str, float]:
        detector = _langdetect_factory().create()
        if prior:
            detector.set_prior_map(prior)
        detector.append(text)
        try:
            return {guess.lang: guess.prob for guess in detector.get_probabilities()}
        except LangDetectException:  # no n-gram that it knows
            return {}

    restricted = probabilities(dict.fromkeys(allowed, 1.0))
    return _answer_of(max(restricted, key=lambda label: restricted[label], default=""), probabilities(None))


@functools.cache
def _langdetect_factory() -> "DetectorFactory":
    from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

    factory = DetectorFactory()
    factory.seed = 0  # its answers are drawn at random without
    factory.load_profile(PROFILES_DIRECTORY)
    return factory


def _lingua(text: str, allowed: tuple[str, ...]) -> Answer:
    restricted = _lingua_detector(allowed).detect_language_of(text)
    shares = {
        _iso(guess.language): guess.value for guess in _lingua_detector(()).compute_language_confidence_values(text)
    }
    return _answer_of(_iso(restricted) if restricted else "", shares if any(shares.values()) else {})


@functools.cache
def _lingua_detector(allowed: tuple[str, ...]) -> "LanguageDetector":
    try:
        from lingua import Language, LanguageDetectorBuilder
    except ImportError:
        raise missing_extra("the detector lingua is not installed", "lingua") from None
    if not allowed:
        return LanguageDetectorBuilder.from_all_languages().build()
    return LanguageDetectorBuilder.from_languages(*(x for x in Language.all() if _iso(x) in allowed)).build()


def _iso(language: "Language") -> str:
    return str(language.iso_code_639_1.name).lower()


def _glotlid(text: str, allowed: tuple[str, ...], path: str | None) -> Answer:
    labels, probabilities = _glotlid_model(path).predict(text.replace("\n", " "), k=50)
    shares = {label.removeprefix("__label__"): float(p) for label, p in zip(labels, probabilities, strict=True)}
    among = {label: share for label, share in shares.items() if label in allowed}
    return _answer_of(max(among, key=lambda label: among[label], default=""), shares)


@functools.cache
def glotlid_labels(path: str | None) -> frozenset[str]:
    """Lists the labels that a GlotLID model has; they differ from one version to the next.

    Args:
        path: path of the model file.

    Returns:
        the labels, as in glg_Latn.

    Raises:
        UserError: the model, or the package that reads it, is not there.
    """
    return frozenset(label.removeprefix("__label__") for label in _glotlid_model(path).get_labels())


@functools.cache
def _glotlid_model(path: str | None) -> _FastText:
    if path is None:
        raise UserError("The detector glotlid needs its fastText model file: set Identifier(model=PATH).")
    try:
        import fasttext
    except ImportError:
        raise UserError(
            "The detector glotlid needs the package fasttext, which is not installed: pip install fasttext."
        ) from None
    try:
        model: _FastText = fasttext.load_model(path)
    except ValueError:
        raise UserError(f"Cannot read the fastText model {path!r}: give the path of a GlotLID model.bin.") from None
    return model


def knows(detector: Detector, labels: Collection[str], model: str | None = None) -> bool:
    """Whether a detector knows a language; of one that it does not know, nearly all text is undetermined.

    Args:
        detector: its name.
        labels: what the detector calls the language, as the language's description has it.
        model: path of GlotLID's model file, whose labels differ from one version to the next.

    Returns:
        false where no label of the language is one of the detector's.

    Raises:
        UserError: GlotLID's model, or the package that reads it, is not there.
    """
    if not labels or detector in ("langdetect", "lingua"):
        return bool(labels)
    return not set(py3langid_labels() if detector == "py3langid" else glotlid_labels(model)).isdisjoint(labels)
