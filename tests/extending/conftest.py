"""A folder of somebody's own for every test of extending polypref."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from polypref.stages import pool
from tests.extending.builds import Extended
from tests.extending.outside import Folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Folder]:
    """A folder of somebody's own; modules that were loaded from it are forgotten afterwards."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)
    yield Folder(tmp_path / "own")
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.fixture
def extended(tmp_path: Path, polypref: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Extended:
    """A folder with a builder script of somebody's own."""
    # A script is written again within the same second, and its compiled form would be taken for it.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    # A script that is loaded in this process makes buckets smaller.
    monkeypatch.setattr(pool, "BUCKET_BYTES", pool.BUCKET_BYTES)
    return Extended(tmp_path, polypref)


@pytest.fixture(autouse=True)
def bucket_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scripts of these tests that are loaded in this process make buckets small; the size is as before afterwards."""
    monkeypatch.setattr(pool, "BUCKET_BYTES", pool.BUCKET_BYTES)
