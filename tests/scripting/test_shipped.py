"""What comes with polypref is found in a clone and in a wheel, and a script by its path or its bare name."""

import json
from pathlib import Path

import pytest

import polypref
from polypref.errors import UserError
from polypref.scripting import shipped
from polypref.scripting.shipped import builder_names, find_script, shipped_folder
from tests.conftest import ROOT


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A folder in the place of the installed package."""
    folder = tmp_path / "site" / "polypref"
    folder.mkdir(parents=True)
    monkeypatch.setattr(shipped, "_PACKAGE", folder)
    return folder


def test_a_clone_has_them_at_its_root():
    for name in ("builders", "dataset_cards", "training"):
        assert shipped_folder(name) == ROOT / name
    assert builder_names() == sorted(path.stem for path in (ROOT / "builders").iterdir() if path.suffix == ".py")


def test_a_wheel_has_copies_and_they_go_before_what_stands_beside(package):
    (package / "_shipped" / "builders").mkdir(parents=True)
    (package / "_shipped" / "builders" / "b.py").touch()
    (package / "_shipped" / "builders" / "a.py").touch()
    (package / "_shipped" / "builders" / "notes.txt").touch()
    (package.parent / "builders").mkdir()
    (package.parent / "pyproject.toml").touch()
    assert shipped_folder("builders") == package / "_shipped" / "builders"
    assert builder_names() == ["a", "b"]
    assert find_script("b") == find_script("b.py") == package / "_shipped" / "builders" / "b.py"


def test_a_folder_of_that_name_beside_an_installed_package_is_somebody_elses(package):
    (package.parent / "training").mkdir()
    with pytest.raises(UserError, match="this installation of polypref lacks its training; install it anew"):
        shipped_folder("training")
    (package.parent / "pyproject.toml").touch()
    assert shipped_folder("training") == package.parent / "training"


def test_a_script_is_found_by_path_by_name_or_not_at_all(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_script("quickstart") == ROOT / "builders" / "quickstart.py"
    # One's own goes before one that comes with polypref, and a folder of the name is none.
    (tmp_path / "quickstart").mkdir()
    assert find_script("quickstart") == ROOT / "builders" / "quickstart.py"
    (tmp_path / "loop.py").write_text("raise ValueError('mine')", "utf-8")
    assert find_script("loop.py") == Path("loop.py")
    with pytest.raises(
        UserError, match=r"no builder script at quickstrat; did you mean quickstart.*: answer_pool, aya_p"
    ):
        find_script("quickstrat")
    with pytest.raises(UserError, match=r"no builder script at builders/quickstart.py; give the path"):
        find_script("builders/quickstart.py")
    with pytest.raises(UserError, match=r"no builder script at quickstart.txt; did you mean|give the path"):
        find_script("quickstart.txt")


def test_a_dataset_folder_says_how_it_is_built_again(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    record = {"parameters": {"source": "my pairs.csv", "first": "اول", "prompt": "", "licence": "unknown", "seed": 3}}
    (tmp_path / "mine" / "provenance.json").write_text(json.dumps(record), "utf-8")
    with pytest.raises(UserError) as raised:
        find_script("mine")
    assert "mine is a dataset, and no builder script: give the script that built it" in str(raised.value)
    assert "with the options of then (--source 'my pairs.csv' --first 'اول') and --out mine;" in str(raised.value)
    record |= {"own_languages": {"qu": {"name": "Quechua", "iso639_3": "que", "scripts": ["Latn"]}}}
    (tmp_path / "mine" / "provenance.json").write_text(json.dumps(record), "utf-8")
    with pytest.raises(UserError, match="--first 'اول' --language-name qu=Quechua\\) and --out mine;"):
        find_script("mine")
    for damaged in ("{", '{"parameters": 3}', '{"parameters": {}, "own_languages": {"qu": 3}}', "[]"):
        (tmp_path / "mine" / "provenance.json").write_text(damaged, "utf-8")
        with pytest.raises(UserError, match="with the options of then and --out mine;"):
            find_script("mine")


def test_build_takes_what_is_found(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loop.py").write_text("raise ValueError('mine')", "utf-8")
    with pytest.raises(UserError, match=r"loop.py, line 1, raises ValueError: mine"):
        polypref.build("loop.py")
    with pytest.raises(UserError, match=r"no builder script at quickstrat; did you mean quickstart"):
        polypref.build("quickstrat")


def test_a_script_beside_its_bare_name_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").touch()
    with pytest.raises(UserError, match=r"no builder script at mine; did you mean mine\.py\? It is here"):
        find_script("mine")
