"""py3langid's log-likelihoods by the compiled library: the same as polypref/languages/likelihoods.py, in less time."""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .library import function, joined

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_POINTER, _NUMBER = ctypes.c_void_p, ctypes.c_int64
_ARGUMENTS = (
    *(ctypes.c_char_p, _POINTER, _NUMBER),  # texts
    *(_POINTER,) * 3,  # automaton
    *(_POINTER, _POINTER, _NUMBER, _POINTER, _POINTER, _NUMBER, _NUMBER, ctypes.c_double),
    _POINTER,  # scores
)
#: Columns of a row of costs: the model's, and zeros behind them.
WIDTH = 144


@dataclass(frozen=True)
class Tables:
    """A model as it lies in memory; all arrays in C order.

    Attributes:
        following: the automaton's next states, 256 a row.
        rows: where the row of each state begins in them.
        output: the feature that each state ends, -1 for none.
        costs: log-likelihoods without their sign, shape (features, WIDTH).
        weights: of counts from 0 on; the last one is of all higher counts as well.
        priors: of columns, in the unit of a weight times a cost.
        label_of: the label of each column.
        unit: the scores' unit.
    """

    following: "npt.NDArray[np.int32]"
    rows: "npt.NDArray[np.int32]"
    output: "npt.NDArray[np.int32]"
    costs: "npt.NDArray[np.uint16]"
    weights: "npt.NDArray[np.int32]"
    priors: "npt.NDArray[np.int64]"
    label_of: "npt.NDArray[np.int32]"
    unit: float


def scores(texts: Sequence[bytes], tables: Tables) -> "npt.NDArray[np.float32] | None":
    """Asks the library.

    Args:
        texts: texts in UTF-8.
        tables: the model.

    Returns:
        scores, shape (texts, labels); None where there is no library.

    Raises:
        MemoryError: there is not enough memory for the longest text.
    """
    import numpy as np

    native = function("detector_scores", _ARGUMENTS)
    if native is None:
        return None
    data, offsets = joined(texts)
    labels = int(tables.label_of.max()) + 1
    result = np.empty((len(texts), labels), dtype=np.float32)
    status = native(
        *(data, offsets.ctypes.data, len(texts)),
        *(one.ctypes.data for one in (tables.following, tables.rows, tables.output, tables.costs, tables.weights)),
        *(len(tables.weights) - 1, tables.priors.ctypes.data, tables.label_of.ctypes.data),
        *(len(tables.label_of), labels, tables.unit, result.ctypes.data),
    )
    if status:
        raise MemoryError(f"no memory for a text of {np.diff(offsets).max()} bytes")
    return result
