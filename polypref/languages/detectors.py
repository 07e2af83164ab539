"""The language detectors behind language_id: py3langid's scores in batches, and the others' answers.

Only py3langid and langdetect are always installed; the rest are asked for by name and imported then.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as package_version
from typing import TYPE_CHECKING, Literal, Protocol

from ..errors import UserError, missing_extra

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from langdetect.detector_factory import DetectorFactory
    from lingua import Language, LanguageDetector
    from py3langid.langid import LanguageIdentifier

Detector = Literal["py3langid", "langdetect", "lingua", "glotlid"]

# Bytes that the model's automaton reads at once, in so many texts at least and at most: what is noted of each byte then
# stays where the processor has it at hand.
_BYTES_AT_ONCE, _FEWEST_TEXTS, _MOST_TEXTS = 128 << 10, 64, 2048
# So few texts are sooner read one by one.
_FEW_TEXTS = 16
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


@functools.cache
def py3langid_labels() -> tuple[str, ...]:
    """Lists py3langid's labels.

    Returns:
        the labels, each once, in the order of the columns of py3langid_scores.
    """
    return tuple(_py3langid().labels)


def py3langid_scores(texts: Sequence[bytes]) -> "npt.NDArray[np.float32]":
    """Asks py3langid about many texts at once.

    The same numbers as `LanguageIdentifier.rank` without normalisation, several times as fast.

    Args:
        texts: texts in UTF-8, in NFC.

    Returns:
        log-likelihoods, shape (texts, labels); zeros for a text without any feature of the model.
    """
    import numpy as np

    table, prior = _likelihoods()
    scores = np.zeros((len(texts), len(prior)), dtype=np.float32)
    longest_first = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
    end = 0
    while end < len(texts):
        number = _BYTES_AT_ONCE // max(1, len(texts[longest_first[end]]))
        places = longest_first[end : end + min(max(number, _FEWEST_TEXTS), _MOST_TEXTS)]
        end += len(places)
        owner, feature, count = _features([texts[i] for i in places])
        weight = np.log1p(count).astype(np.float32)
        bounds = np.searchsorted(owner, np.arange(len(places) + 1)).tolist()
        # One place for the rows of every text: new memory each time costs more than the sums.
        rows = np.empty((max(np.diff(bounds)), len(prior)), dtype=np.float32)
        for place, low, high in zip(places, bounds[:-1], bounds[1:], strict=True):
            if low < high:
                table.take(feature[low:high], axis=0, out=rows[: high - low], mode="clip")
                np.matmul(weight[low:high], rows[: high - low], out=scores[place])
                scores[place] += prior
    return _merge_aliases(scores)


def _features(
    texts: Sequence[bytes],
) -> "tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int64]]":
    """Returns the model's features in texts, longest first: place of the text, feature, how often; sorted by text."""
    import numpy as np

    key = _hits_one_by_one(texts) if len(texts) <= _FEW_TEXTS else _hits(texts)
    key.sort()
    is_first = np.ones(len(key) + 1, dtype=np.bool_)
    np.not_equal(key[1:], key[:-1], out=is_first[1:-1])
    first = np.flatnonzero(is_first)
    key = key[first[:-1]]
    number = np.int32(len(_py3langid().nb_ptc))
    owner = key // number
    return owner, key - owner * number, np.diff(first)


def _hits(texts: Sequence[bytes]) -> "npt.NDArray[np.int32]":
    """Returns a number for each feature that ends somewhere in texts: place of the text * number of features + feature.

    The model's automaton reads a byte of all texts at a time, longest text first.
    """
    import numpy as np

    following, rows, output = _automaton()
    lengths = np.array([len(text) for text in texts])
    width = int(lengths[0])
    padded = b"".join(text.ljust(width, b"\0") for text in texts)
    letters = np.ascontiguousarray(np.frombuffer(padded, dtype=np.uint8).reshape(len(texts), width).T)
    reading = np.searchsorted(-lengths, -np.arange(width), side="left").tolist()
    states = np.zeros((width, len(texts)), dtype=np.int32)
    state = np.zeros(len(texts), dtype=np.int32)
    edges = np.empty(len(texts), dtype=np.int64)
    for at, active in enumerate(reading):
        edge = rows.take(state[:active], out=edges[:active], mode="clip")
        edge += letters[at, :active]
        state = following.take(edge, out=states[at, :active], mode="clip")
    features = output.take(states, mode="clip").ravel()
    # Never in the state that a text begins in, which the places after its end are left in.
    hits = np.flatnonzero(features >= 0)
    key = (hits % len(texts)).astype(np.int32)
    key *= np.int32(len(_py3langid().nb_ptc))
    key += features[hits]
    return key


def _hits_one_by_one(texts: Sequence[bytes]) -> "npt.NDArray[np.int32]":
    """Returns the same as _hits, as py3langid reads a text."""
    import numpy as np

    model, rows = _py3langid(), _rows()
    following, output, number = model.tk_nextmove, model.tk_output, len(model.nb_ptc)
    keys = []
    for place, text in enumerate(texts):
        state = 0
        for letter in text:
            state = following[rows[state] + letter]
            if output[state] >= 0:
                keys.append(place * number + output[state])
    return np.array(keys, dtype=np.int32)


@functools.cache
def _automaton() -> "tuple[npt.NDArray[np.int32], npt.NDArray[np.int64], npt.NDArray[np.int32]]":
    """Returns the model's transitions, where the row of each state begins in them, and the feature each state ends."""
    import numpy as np

    model = _py3langid()
    rows = np.array(_rows(), dtype=np.int64)
    return np.asarray(model.tk_nextmove).astype(np.int32), rows, np.asarray(model.tk_output, dtype=np.int32)


@functools.cache
def _rows() -> list[int]:
    """Returns where the row of each state begins in the model's transitions."""
    return [row << 8 for row in _py3langid().tk_row]


@functools.cache
def _likelihoods() -> "tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]":
    """Returns the model's log-likelihoods of features, shape (features, columns), and of the columns alone.

    The model keeps them in half precision; turning the few that a text needs into floats each time costs more than
    looking them up, and all of them are 57 MB.
    """
    model = _py3langid()
    return model.nb_ptc.astype("float32"), model.nb_pc.astype("float32")


def _merge_aliases(scores: "npt.NDArray[np.float32]") -> "npt.NDArray[np.float32]":
    """Returns one column a label, its best: some labels have a column for each script."""
    import numpy as np

    first, repeated = _columns()
    merged = scores[:, first]
    for label, column in repeated:
        np.maximum(merged[:, label], scores[:, column], out=merged[:, label])
    return merged


@functools.cache
def _columns() -> tuple[list[int], list[tuple[int, int]]]:
    """Returns the first column of each label, and (label, column) for all further ones."""
    classes, labels = list(_py3langid().nb_classes), list(py3langid_labels())
    first = [classes.index(label) for label in labels]
    return first, [(labels.index(name), i) for i, name in enumerate(classes) if i != classes.index(name)]


@functools.cache
def _py3langid() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE)


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
