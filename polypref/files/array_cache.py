"""Arrays that take long to make, kept in the user's cache folder and mapped from there, shared by all processes.

Nothing depends on it: where the folder cannot be used, or what lies in it is damaged, they are computed as if there
were none. The folder is `$XDG_CACHE_HOME/polypref`, else `~/.cache/polypref`; it is used only if it is the user's own
and nobody else may write into it.
"""

import contextlib
import json
import os
import shutil
import stat
import tempfile
import threading
import time
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Arrays = Mapping[str, npt.NDArray[np.generic]]

# Its sums are of all the others.
_SUMS = "sums.json"
_NEW = ".new-"
# What a process that was stopped left behind goes after so many seconds.
_ABANDONED = 3600
# What is raised where arrays or their sums are damaged.
_DAMAGED: tuple[type[Exception], ...] = (
    *(OSError, ValueError, TypeError, AttributeError, EOFError),
    # numpy lets pass what others say: Python's own parser of a header, zipfile of what looks like an archive.
    *(SyntaxError, tokenize.TokenError, zipfile.BadZipFile),
    # A size beyond all measure, and brackets without end.
    *(OverflowError, RecursionError),
    # Python's parser beside another thread's, which is not in our hands: see _PARSING.
    SystemError,
)
# numpy reads a header with Python's own parser, whose threads of before 3.13 count their depth in one place: now and
# then one of several fails for no fault of the file (https://github.com/python/cpython/issues/106905).
_PARSING = threading.Lock()


def kept_arrays(name: str, compute: "Callable[[], Arrays]") -> "Arrays":
    """Returns arrays from the cache, or computes and keeps them.

    Args:
        name: of these very arrays, with all that they depend on.
        compute: gives them where they are not there.

    Returns:
        the arrays; those from the cache are mapped and cannot be written to.
    """
    root = _root()
    kept = None if root is None else _read_arrays(root / name)
    if kept is not None:
        return kept
    arrays = compute()
    if root is None:
        return arrays
    with contextlib.suppress(OSError):  # a full disk, a folder that only may be read: so they are not kept
        _write_arrays(root, name, arrays)
    return _read_arrays(root / name) or arrays


def _root() -> Path | None:
    """Returns the cache folder, made where it was not there; None where it is not to be used."""
    home = Path(os.environ.get("XDG_CACHE_HOME", ""))
    try:
        root = (home if home.is_absolute() else Path.home() / ".cache") / "polypref"
        root.parent.mkdir(exist_ok=True)
        root.mkdir(mode=0o700, exist_ok=True)
        state = root.lstat()
    except (OSError, RuntimeError):  # RuntimeError: nobody's home is known
        return None
    is_private = stat.S_ISDIR(state.st_mode) and not state.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    # Systems without numbers of users keep others out of a user's folder by themselves.
    own = os.geteuid() if hasattr(os, "geteuid") else state.st_uid
    return root if is_private and state.st_uid == own else None


def _read_arrays(folder: Path) -> "Arrays | None":
    """Returns the arrays of a folder; None where one is missing or is not as it was written."""
    import numpy as np

    try:
        sums = json.loads((folder / _SUMS).read_text("utf-8"))
        with _PARSING:
            arrays = {one: np.load(folder / f"{one}.npy", mmap_mode="r", allow_pickle=False) for one in sums}
        sound = all(_sum(array) == sums[one] for one, array in arrays.items())
    except _DAMAGED:
        return None
    return arrays if arrays and sound else None


def _sum(array: "npt.NDArray[np.generic]") -> list[object]:
    """Returns what tells an array from a damaged one; against ill will there is the folder's owner."""
    import numpy as np

    return [array.dtype.str, list(array.shape), zlib.crc32(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)]


def _write_arrays(root: Path, name: str, arrays: "Arrays") -> None:
    """Keeps arrays, whole or not at all, in the place of damaged ones."""
    import numpy as np

    for left in root.glob(f"{_NEW}*"):
        if time.time() - left.lstat().st_mtime > _ABANDONED:
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_NEW, dir=root, ignore_cleanup_errors=True) as folder:
        new = Path(folder, "new")
        new.mkdir()
        for one, array in arrays.items():
            np.save(new / f"{one}.npy", array, allow_pickle=False)
        (new / _SUMS).write_text(json.dumps({one: _sum(array) for one, array in arrays.items()}), "utf-8")
        if (root / name).exists() and _read_arrays(root / name) is None:
            (root / name).rename(Path(folder, "damaged"))
        with contextlib.suppress(OSError):  # another process was sooner
            new.rename(root / name)
