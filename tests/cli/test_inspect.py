"""`polypref inspect`, `checks` and `languages`: what is asked of a dataset, and what lists are printed."""

from collections import Counter
from types import SimpleNamespace

import pytest

from polypref.api import datasets
from polypref.cli import main
from polypref.languages import mistakes, phrases
from polypref.stages.checks.defaults import default_chain


@pytest.fixture
def calls(monkeypatch) -> list[tuple[object, ...]]:
    """What a dataset is asked for, in place of its work; a page of it holds 3 of 1,005 rows."""
    calls: list[tuple[object, ...]] = []

    def write_page(*words):
        calls.append(("page", *words))
        return SimpleNamespace(held=Counter(kept=2, rejected=1), totals=Counter(kept=1000, rejected=5))

    def find_dataset(where):
        calls.append(("find", where))
        return SimpleNamespace(inspect=lambda *words: calls.append(("inspect", *words)), write_page=write_page)

    monkeypatch.setattr(datasets, "find_dataset", find_dataset)
    return calls


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ([], (None, 1)),
        (["--pairs", "0"], (None, 0)),
        (["--pairs", "4", "--languages", " he, Greek,"], (["he", "Greek"], 4)),
        (["--languages", ""], (None, 1)),
    ],
)
def test_pairs_are_shown_in_the_terminal(words, asked, calls, capsys):
    assert main(["inspect", "org/name@v1", *words]) == 0
    assert calls == [("find", "org/name@v1"), ("inspect", *asked)]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("words", "asked"), [([], (None, None)), (["--pairs", "7", "--languages", "he"], (["he"], 7))])
def test_a_page_says_how_many_rows_it_holds(words, asked, calls, capsys):
    assert main(["inspect", "folder", "--html", "page.html", *words]) == 0
    assert calls == [("find", "folder"), ("page", "page.html", *asked)]
    assert capsys.readouterr().out == "wrote page.html: 3 of 1,005 rows to read\n"


def test_a_dataset_must_be_named_and_pairs_be_a_number(calls, capsys):
    assert main(["inspect"]) == 2
    assert "the following arguments are required: dataset" in capsys.readouterr().err
    assert main(["inspect", "x", "--pairs", "-1"]) == 2
    assert "--pairs: -1 is not a number of at least 0" in capsys.readouterr().err
    assert calls == []


def rows(printed: str) -> list[list[str]]:
    """The cells of a printed table, line by line."""
    lines = [line.strip("│┃") for line in printed.splitlines() if line[:1] in ("│", "┃")]
    return [[cell.strip() for cell in line.replace("┃", "│").split("│")] for line in lines]


def test_the_checks_of_the_default_chain_stand_in_its_order(capsys):
    assert main(["checks"]) == 0
    names = [row[0] for row in rows(capsys.readouterr().out)[1:] if row[0]]
    assert names == [one.name for one in default_chain()] and names[0] == "exact_duplicates"


def test_the_old_name_of_checks_works(capsys):
    assert main(["filters"]) == 0
    text = capsys.readouterr().out
    assert main(["checks"]) == 0 and capsys.readouterr().out == text


def test_the_languages_that_are_known(capsys):
    assert main(["languages"]) == 0
    table = {row[0]: row[1:] for row in rows(capsys.readouterr().out)}
    assert table["he"] == ["Hebrew", "עברית", "heb", "heb_Hebr", "Hebr", "rtl", "yes", "3", "yes"]
    assert table["ja"][6] == "no"  # words are not separated by spaces


def test_what_is_known_of_one_language(capsys):
    assert main(["languages", "--check", "German"]) == 0
    table = {row[0]: row[1] for row in rows(capsys.readouterr().out)}
    assert (table["native name"], table["flores"], table["thresholds measured"]) == ("Deutsch", "deu_Latn", "yes")
    assert main(["languages", "--check", "Grman"]) == 2
    begin = "polypref: --check: Unknown language 'Grman': the nearest known are de (German)"
    assert capsys.readouterr().err.startswith(begin)


def test_mistakes_in_the_file_of_a_language_are_told_in_place_of_the_table(monkeypatch, capsys):
    monkeypatch.setattr(mistakes, "mistakes", lambda language: [f"{language.tag} has no script"])
    monkeypatch.setattr(phrases, "malformed_phrases", lambda language: ["a phrase cannot be looked for"])
    assert main(["languages", "--check", "de"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.endswith("de.toml: de has no script; a phrase cannot be looked for\n")
