"""py3langid's log-likelihoods of texts, summed in whole numbers: the same bits on every machine, compiled or not.

The model keeps log-likelihoods of features in half precision, as multiples of 1/512 from -16 to -2; they are looked up
as whole numbers, without the sign. The weight of a feature, log1p of how often it is there, is rounded to 1/65,536.
Sums of such products are exact in whatever order they are taken; sums of floats are not.
"""

import functools
import hashlib
from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING

from ..files.array_cache import kept_arrays
from ..kernels import detector
from ..kernels.detector import WIDTH, Tables

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from ..files.array_cache import Arrays

#: Parts of one in which costs and weights are counted.
_OF_A_COST, _OF_A_WEIGHT = 1 << 9, 1 << 16
# 2^13: the library adds up eight costs in 16 bits.
_HIGHEST_COST = 8191
# A feature that is there more often counts as if it were there so often.
_HIGHEST_COUNT = (1 << 16) - 1
# Of what _unpacked gives: part of the arrays' name in the cache.
_FORM = 1
# Bytes that the model's automaton reads at once, in so many texts at least and at most: what is noted of each byte then
# stays where the processor has it at hand.
_BYTES_AT_ONCE, _FEWEST_TEXTS, _MOST_TEXTS = 128 << 10, 64, 2048
# So few texts are sooner read one by one.
_FEW_TEXTS = 16


def scores(texts: Sequence[bytes]) -> "npt.NDArray[np.float32]":
    """Computes the log-likelihoods of texts.

    Args:
        texts: texts in UTF-8, in NFC.

    Returns:
        log-likelihoods, shape (texts, labels); zeros for a text without any feature of the model.

    Raises:
        MemoryError: there is not enough memory for the longest text.
    """
    native = detector.scores(texts, tables())
    return _scores(texts) if native is None else native


@functools.cache
def labels() -> tuple[str, ...]:
    """Lists the model's labels.

    Returns:
        the labels, each once, in the order of the columns of scores.
    """
    return tuple(dict.fromkeys(_model()["classes"].tolist()))


@functools.cache
def tables() -> Tables:
    """Returns the model.

    Returns:
        its arrays.
    """
    import numpy as np

    model = _model()
    of_label = {label: i for i, label in enumerate(labels())}
    return Tables(
        following=np.asarray(model["following"], dtype=np.int32),
        rows=np.asarray(model["rows"], dtype=np.int32),
        output=np.asarray(model["output"], dtype=np.int32),
        costs=np.asarray(model["costs"], dtype=np.uint16),
        weights=np.rint(np.log1p(np.arange(_HIGHEST_COUNT + 1)) * _OF_A_WEIGHT).astype(np.int32),
        priors=np.asarray(model["priors"], dtype=np.int64),
        label_of=np.array([of_label[label] for label in model["classes"].tolist()], dtype=np.int32),
        unit=1 / (_OF_A_COST * _OF_A_WEIGHT),
    )


@functools.cache
def _model() -> "Arrays":
    """Returns the model's arrays; unpacking them takes most of a second, so they are kept."""
    from py3langid.langid import MODEL_DIR, MODEL_FILE

    digest = hashlib.sha256((MODEL_DIR / MODEL_FILE).read_bytes()).hexdigest()[:16]
    return kept_arrays(f"py3langid-{version('py3langid')}-{digest}-{_FORM}", _unpacked)


def _unpacked() -> "Arrays":
    """Returns the model's arrays out of the package's file."""
    import numpy as np
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    model = LanguageIdentifier.from_model_file(MODEL_FILE)
    costs = np.zeros((len(model.nb_ptc), WIDTH), dtype=np.uint16)
    exact = model.nb_ptc.astype(np.float32) * -_OF_A_COST
    costs[:, : len(model.nb_pc)] = np.rint(exact).clip(0, _HIGHEST_COST)
    return {
        "following": np.asarray(model.tk_nextmove).astype(np.int32),
        "rows": np.asarray(model.tk_row).astype(np.int32) << 8,
        "output": np.asarray(model.tk_output, dtype=np.int32),
        "costs": costs,
        "priors": np.rint(np.asarray(model.nb_pc, dtype=np.float64) * _OF_A_COST * _OF_A_WEIGHT).astype(np.int64),
        "classes": np.array(model.nb_classes),
    }


def _scores(texts: Sequence[bytes]) -> "npt.NDArray[np.float32]":
    """Returns the same as scores, without the library."""
    import numpy as np

    model = tables()
    totals = np.zeros((len(texts), WIDTH))
    is_known = np.zeros(len(texts), dtype=np.bool_)
    longest_first = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
    end = 0
    while end < len(texts):
        number = _BYTES_AT_ONCE // max(1, len(texts[longest_first[end]]))
        places = longest_first[end : end + min(max(number, _FEWEST_TEXTS), _MOST_TEXTS)]
        end += len(places)
        owner, feature, count = _features([texts[i] for i in places])
        # Whole numbers as float64, which has no error below 2^53: multiplied by the routines that are fast.
        weight = model.weights[np.minimum(count, _HIGHEST_COUNT)].astype(np.float64)
        bounds = np.searchsorted(owner, np.arange(len(places) + 1)).tolist()
        # One place for the rows of every text: new memory each time costs more than the sums.
        rows = np.empty((max(np.diff(bounds)), WIDTH))
        for place, low, high in zip(places, bounds[:-1], bounds[1:], strict=True):
            if low < high:
                rows[: high - low] = model.costs.take(feature[low:high], axis=0, mode="clip")
                np.matmul(weight[low:high], rows[: high - low], out=totals[place])
                is_known[place] = True
    columns = len(model.priors)
    of_columns = ((model.priors - totals[:, :columns]) * model.unit).astype(np.float32)
    of_columns[~is_known] = 0
    return _best_of_labels(of_columns, model.label_of.tolist())


def _best_of_labels(scores: "npt.NDArray[np.float32]", label_of: Sequence[int]) -> "npt.NDArray[np.float32]":
    """Returns one column a label, its best: some labels have a column for each script."""
    import numpy as np

    first = {label: column for column, label in reversed(list(enumerate(label_of)))}
    best = scores[:, [first[label] for label in range(len(first))]]
    for column, label in enumerate(label_of):
        if column != first[label]:
            np.maximum(best[:, label], scores[:, column], out=best[:, label])
    return best


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
    number = np.int32(len(tables().costs))
    owner = key // number
    return owner, key - owner * number, np.diff(first)


def _hits(texts: Sequence[bytes]) -> "npt.NDArray[np.int32]":
    """Returns a number for each feature that ends somewhere in texts: place of the text * number of features + feature.

    The model's automaton reads a byte of all texts at a time, longest text first.
    """
    import numpy as np

    model, rows = tables(), _rows_as_places()
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
        state = model.following.take(edge, out=states[at, :active], mode="clip")
    features = model.output.take(states, mode="clip").ravel()
    # Never in the state that a text begins in, which the places after its end are left in.
    hits = np.flatnonzero(features >= 0)
    key = (hits % len(texts)).astype(np.int32)
    key *= np.int32(len(model.costs))
    key += features[hits]
    return key


@functools.cache
def _rows_as_places() -> "npt.NDArray[np.int64]":
    """Returns the rows in the type that NumPy looks places up by."""
    import numpy as np

    return tables().rows.astype(np.int64)


def _hits_one_by_one(texts: Sequence[bytes]) -> "npt.NDArray[np.int32]":
    """Returns the same as _hits, as py3langid reads a text."""
    import numpy as np

    model = tables()
    following, rows, output = model.following.data, model.rows.data, model.output.data
    number = len(model.costs)
    keys = []
    for place, text in enumerate(texts):
        state = 0
        for letter in text:
            state = following[rows[state] + letter]
            if output[state] >= 0:
                keys.append(place * number + output[state])
    return np.array(keys, dtype=np.int32)
