"""The compiled library, where there is one that fits the sources; polypref works without, slower."""

import functools
import os
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from . import build

if TYPE_CHECKING:
    import ctypes

    import numpy as np
    import numpy.typing as npt

#: Environment variable that, set to `off`, has everything done in Python, and wheels built without the library.
SWITCH = "POLYPREF_KERNELS"


@functools.cache
def library() -> "ctypes.CDLL | None":
    """Loads the library once; a call of its functions lets go of the interpreter's lock.

    Returns:
        the library; None where it is switched off, was not compiled, does not load, or is of other sources.
    """
    return _loaded()[0]


def function(name: str, arguments: "Sequence[type[ctypes._CDataType]]") -> Callable[..., int] | None:
    """Returns one of the library's functions, which gives an int64.

    Args:
        name: of a function that is marked EXPORT.
        arguments: the ctypes of its arguments; `c_void_p` takes an array's `.ctypes.data`, `c_char_p` takes bytes.

    Returns:
        the function; None where there is no library, and the caller's Python code does the same.
    """
    import ctypes

    native = library()
    if native is None:
        return None
    one = native[name]
    one.argtypes, one.restype = list(arguments), ctypes.c_int64
    return one


def joined(parts: Sequence[bytes]) -> "tuple[bytes, npt.NDArray[np.int64]]":
    """Lays texts into one piece of memory, as the library takes them.

    Args:
        parts: texts in UTF-8.

    Returns:
        all of them, and where each begins, with the end of the last.
    """
    import numpy as np

    offsets = np.zeros(len(parts) + 1, dtype=np.int64)
    np.cumsum([len(part) for part in parts], out=offsets[1:])
    return b"".join(parts), offsets


def in_words() -> str:
    """Says which code runs.

    Returns:
        `native`, or `Python` with the reason in brackets.
    """
    native, reason = _loaded()
    return "native" if native else f"Python ({reason})"


def _loaded() -> "tuple[ctypes.CDLL | None, str]":
    """Returns the library, or None and why."""
    import ctypes

    path = build.FOLDER / build.NAME
    if os.environ.get(SWITCH) == "off":
        return None, f"{SWITCH}=off"
    if not path.exists():
        return None, "not compiled"
    if _is_cut_off(path):
        return None, f"{build.NAME} is cut off"
    try:
        native = ctypes.CDLL(str(path))
        native.polypref_sources.restype = ctypes.c_char_p
        digest = native.polypref_sources()
    except (OSError, AttributeError):
        return None, f"{build.NAME} does not load"
    if digest != build.sources_digest().encode():
        return None, f"{build.NAME} is of other sources"
    return native, ""


def _is_cut_off(path: Path) -> bool:
    """Whether a file of ELF ends before its table of sections, which comes last: loading it may end the process."""
    with path.open("rb") as file:
        head = file.read(64)
    if len(head) < 64 or not head.startswith(b"\x7fELF\x02"):  # 64 bits
        return False
    order = "<" if head[5] == 1 else ">"
    (begin,) = struct.unpack_from(f"{order}Q", head, 40)
    size, number = struct.unpack_from(f"{order}HH", head, 58)
    return path.stat().st_size < int(begin) + int(size) * int(number)
