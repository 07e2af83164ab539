"""What of many texts is prose: by prose.c where it is compiled, as `polypref.text.prose.prose` has it in any case."""

import functools
import html
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from ..text.prose import FORMULA_SIGNS, IN_NAMES, JOINTS, LATIN, MARKUP, OTHER, QUOTATION_MARKS, prose, without_formulas
from .library import function

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

# As C reads it, without a mark in front: utf-32-le, or utf-32-be.
_ENCODING = f"utf-32-{sys.byteorder[0]}e"
# So many characters are laid out at once, if no text is longer.
_AT_ONCE = 1 << 16
# The table has no rarer characters than these, as it takes time to make: a text with one is left to Python.
_CHARACTERS = 0x20000
# The classes in prose.c, in its order, behind those that are asked of Python.
_CLASSES = (LATIN, IN_NAMES, OTHER, MARKUP, JOINTS, "`~", "`", FORMULA_SIGNS, QUOTATION_MARKS)
# What prose.c knows of a text.
_FORMULAS, _UNKNOWN = 1, 2


def prose_of_each(texts: Sequence[str]) -> list[str]:
    """Leaves of each of many texts what counts as its language; see polypref.text.prose.prose.

    Args:
        texts: any texts. Time is linear in their length.

    Returns:
        what `prose` gives for each, in order.
    """
    from ctypes import c_char_p, c_int64, c_void_p

    texts_and_table = (c_char_p, c_void_p, c_int64, c_void_p, c_int64)
    native = function("polypref_prose", (*texts_and_table, c_int64, c_void_p, c_void_p, c_void_p))
    if native is None:
        return list(map(prose, texts))
    return [left for part in _parts(texts) for left in _proses(native, part)]


def _parts(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    begin = length = 0
    for end, text in enumerate(texts, 1):
        length += len(text)
        if length >= _AT_ONCE or end == len(texts):
            yield texts[begin:end]
            begin, length = end, 0


def _proses(native: Callable[..., int], texts: Sequence[str]) -> list[str]:
    lefts, states = _left(native, [html.unescape(text) if "&" in text else text for text in texts], code=True)
    if any(states):
        formulas = [i for i, state in enumerate(states) if state == _FORMULAS]
        rests, _ = _left(native, [without_formulas(lefts[i]) for i in formulas], code=False)
        for i, rest in zip(formulas, rests, strict=True):
            lefts[i] = rest
    return [prose(text) if state == _UNKNOWN else left for text, left, state in zip(texts, lefts, states, strict=True)]


def _left(native: Callable[..., int], texts: Sequence[str], code: bool) -> tuple[list[str], bytes]:
    """Returns what is left of texts, and for each what is known of it."""
    import numpy as np

    encoded = "".join(texts).encode(_ENCODING, "surrogatepass")
    offsets = np.fromiter(accumulate(map(len, texts), initial=0), np.int64, len(texts) + 1)
    left = np.empty(len(encoded) // 4 + max(map(len, texts), default=0), np.uint32)
    lengths, states, table = np.empty(len(texts), np.int64), np.empty(len(texts), np.uint8), _table()
    results = (one.ctypes.data for one in (left, lengths, states))
    native(encoded, offsets.ctypes.data, len(texts), table.ctypes.data, len(table), code, *results)
    memory, begins = left.view(np.uint8).data, 4 * offsets[:-1]
    places = zip(begins.tolist(), (begins + 4 * lengths).tolist(), strict=True)
    return [str(memory[begin:end], _ENCODING, "surrogatepass") for begin, end in places], states.tobytes()


@functools.cache
def _table() -> "npt.NDArray[np.uint16]":
    """Returns which classes each character is in, a bit for each, as prose.c names them."""
    import numpy as np

    every = np.arange(_CHARACTERS, dtype=np.uint32)
    alone, text = every.view("U1"), every.tobytes().decode(_ENCODING, "surrogatepass")
    upper = np.strings.isupper(alone)
    lower = np.strings.islower(alone) | np.strings.istitle(alone) & ~upper
    table = np.zeros(_CHARACTERS, np.uint16)
    classes = (np.strings.isalnum(alone) | (every == ord("_")), np.strings.isspace(alone), upper, lower)
    for bit, one in enumerate(classes):
        table[one] |= 1 << bit
    for bit, signs in enumerate(_CLASSES, len(classes)):
        for run in re.finditer(f"[{signs}]+", text):
            table[run.start() : run.end()] |= 1 << bit
    return table
