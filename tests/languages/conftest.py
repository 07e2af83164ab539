"""Tests of languages know the files of the 23 and the table of further ones, whatever is added to the package later."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from polypref import languages
from polypref.languages import close_languages, files, registry


@pytest.fixture(scope="session")
def files_of_the_23(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("languages")
    for tag in languages.AYA_23:
        shutil.copy(Path(files.FOLDER, f"{tag}.toml"), folder)
    return folder


@pytest.fixture(scope="module", autouse=True)
def nothing_computed_of_others() -> Iterator[None]:
    """What tests elsewhere had computed of all the files is not taken for what is known here, and the reverse."""
    forget()
    yield
    forget()


@pytest.fixture(autouse=True)
def only_the_23(
    files_of_the_23: Path, nothing_computed_of_others: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Only those have a file, and what a test registers is known to no other."""
    monkeypatch.setattr(files, "FOLDER", str(files_of_the_23))
    before, adopted = dict(registry._registered), set(registry._adopted)
    # What scripts of other tests registered in this process is not known here.
    registry._registered.clear()
    registry._adopted.clear()
    yield
    # Else the 23 files are still what all that was computed comes from; to read them again takes a while.
    if registry._registered or str(files_of_the_23) != files.FOLDER:
        forget()
    registry._registered.clear()
    registry._registered.update(before)
    registry._adopted.clear()
    registry._adopted.update(adopted)


def forget() -> None:
    """Forgets what was computed of languages that are known no more."""
    for cached in (registry._all, registry._by_name, registry._bundled, close_languages._counter):
        cached.cache_clear()
    close_languages._relations.cache_clear()
