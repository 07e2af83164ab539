"""The compiled library switched off and on again."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from polypref.kernels import library


@contextmanager
def without_library() -> Iterator[None]:
    """Has everything inside done in Python, as where there is no compiler."""
    before = os.environ.get(library.SWITCH)
    os.environ[library.SWITCH] = "off"
    library.library.cache_clear()
    try:
        yield
    finally:
        if before is None:
            del os.environ[library.SWITCH]
        else:
            os.environ[library.SWITCH] = before
        library.library.cache_clear()
