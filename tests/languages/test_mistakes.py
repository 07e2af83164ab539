"""What --check says of a language whose file can be read."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from polypref import languages
from polypref.languages import Language, files
from polypref.languages.mistakes import mistakes
from tests.conftest import ROOT
from tests.languages.conftest import forget

GALICIAN = Language("gl", "Galician", "galego", "glg", ("Latn",), "glg_Latn")


def test_the_languages_of_the_package_have_none():
    assert {language.tag: wrong for language in languages.known() if (wrong := mistakes(language))} == {}


def test_names_of_others_are_named_with_their_key():
    assert mistakes(replace(GALICIAN, aliases=("gallego", "German"))) == ["aliases: 'german' already means German (de)"]
    assert mistakes(replace(GALICIAN, name="Spanish")) == ["name: 'spanish' already means Spanish (es)"]
    assert mistakes(replace(GALICIAN, iso639_3="por")) == ["iso639_3: 'por' already means Portuguese (pt)"]


FILE = """
name = "{name}"
native_name = "{native_name}"
iso639_3 = "{code}"
flores = "{flores}"
aliases = {aliases}
scripts = ["Latn"]
"""


def add_file(tag: str, name: str, native_name: str, code: str, flores: str, *aliases: str) -> None:
    text = FILE.format(name=name, native_name=native_name, code=code, flores=flores, aliases=list(aliases))
    Path(files.FOLDER, f"{tag}.toml").write_text(text, "utf-8")
    forget()
    files.tags.cache_clear()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    shutil.copytree(files.FOLDER, tmp_path / "languages")
    monkeypatch.setattr(files, "FOLDER", str(tmp_path / "languages"))
    yield
    files.tags.cache_clear()


def blamed() -> dict[str, list[str]]:
    return {one.tag: wrong for one in languages.known() if (wrong := mistakes(one))}


@pytest.mark.slow
def test_a_file_that_takes_names_is_blamed_whatever_its_tag(folder):
    for tag in ("aaa", "gl", "zzz"):
        add_file(tag, "Portuguese", "português", "por", "por_Latn", "pt-BR", "Mandarin", "cmn")
        assert {other: " ".join(wrong).count("already means") for other, wrong in blamed().items()} == {tag: 7}
        assert mistakes(languages.get(tag))[:4] == [
            "iso639_3: 'por' already means Portuguese (pt)",
            "flores: 'por-latn' already means Portuguese (pt)",
            "name: 'portuguese' already means Portuguese (pt)",
            "native_name: 'português' already means Portuguese (pt)",
        ]
        assert "aliases: 'pt-br' already means Portuguese (pt)" in mistakes(languages.get(tag))
        Path(files.FOLDER, f"{tag}.toml").unlink()


@pytest.mark.slow
def test_a_second_file_of_a_language_is_blamed_and_not_the_first(folder):
    add_file("gl", "Galician", "galego", "glg", "glg_Latn")
    assert blamed() == {}
    add_file("glg", "Galician", "galego", "glg", "glg_Latn")
    assert list(blamed()) == ["glg"] and len(blamed()["glg"]) == 4
    # Two that nobody knew before: neither has the better claim.
    Path(files.FOLDER, "glg.toml").unlink()
    add_file("qaa", "Aish", "aaish", "qaa", "")
    add_file("qab", "Aish", "abish", "qab", "")
    assert blamed() == {
        "qaa": ["name: 'aish' already means Aish (qab)"],
        "qab": ["name: 'aish' already means Aish (qaa)"],
    }


def test_a_tag_that_is_a_code_of_another_language_is_blamed(folder):
    add_file("por", "Aish", "aish", "qaa", "")
    assert blamed() == {"por": ["tag: 'por' already means Portuguese (pt)"]}


def test_a_file_of_a_form_shares_its_codes(folder):
    add_file("pt-BR", "Brazilian Portuguese", "português", "por", "por_Latn")
    assert blamed() == {}


def test_the_example_of_contributing_has_none(folder):
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    example = text.split("## Add a language")[1].split("```toml\n")[1].split("```")[0]
    Path(files.FOLDER, "gl.toml").write_text(example, "utf-8")
    forget()
    files.tags.cache_clear()
    assert languages.get("gl").refusals and blamed() == {}
