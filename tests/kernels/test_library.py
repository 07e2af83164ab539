"""The library is used where it fits the sources, and nothing misses it where it does not."""

import ctypes
import shutil
import sys

import pytest

from polypref.kernels import build, library
from tests.kernels.switch import without_library


@pytest.fixture
def sources(tmp_path, monkeypatch):
    """A copy of the sources, in which a library may be compiled."""
    for path in (*build.FOLDER.glob("*.c"), *build.FOLDER.glob("*.h")):
        shutil.copy(path, tmp_path)
    monkeypatch.setattr(build, "FOLDER", tmp_path)
    library.library.cache_clear()
    yield tmp_path
    library.library.cache_clear()


def test_here_the_library_is_compiled_of_these_sources():
    if shutil.which("cc") is None:
        pytest.skip("no compiler")
    with_library = library.in_words()
    assert with_library == "native", "run: python polypref/kernels/build.py"
    with without_library():
        assert library.library() is None and library.function("polypref_sources", []) is None
        assert library.in_words() == "Python (POLYPREF_KERNELS=off)"
    assert library.library() is not None


def test_a_library_that_is_missing_damaged_or_of_other_sources_is_not_used(sources):
    assert library.in_words() == "Python (not compiled)"
    (sources / build.NAME).write_bytes(b"no library")
    assert library.in_words() == "Python (native.library does not load)" and library.library() is None
    if build.compile_library(sources / build.NAME):
        pytest.skip("no compiler")
    assert library.in_words() == "native"
    with (sources / "kernels.h").open("a") as file:
        file.write("/* another */\n")
    assert library.in_words() == "Python (native.library is of other sources)"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only files of ELF say how long they are")
@pytest.mark.parametrize("part", [0.2, 0.5, 0.75])
def test_a_library_that_was_copied_in_part_is_not_loaded(sources, part):
    if build.compile_library(sources / build.NAME):
        pytest.skip("no compiler")
    whole = (sources / build.NAME).read_bytes()
    (sources / build.NAME).write_bytes(whole[: int(part * len(whole))])
    # Loading it would end this process.
    assert library.in_words() == "Python (native.library is cut off)" and library.library() is None


def test_texts_lie_behind_each_other():
    together, offsets = library.joined(["é".encode(), b"", b"abc"])
    assert (together, offsets.tolist()) == (b"\xc3\xa9abc", [0, 2, 2, 5])
    assert library.joined([])[1].tolist() == [0] and offsets.dtype == ctypes.c_int64
