"""The console that results are printed on: lines are whole in a file, and data are shown as they stand."""

import pytest
from rich.table import Table

from polypref.console.terminal import console, print_whole, safe, safe_text


def test_in_a_file_lines_are_140_wide_and_in_a_terminal_as_wide_as_it_is(monkeypatch, capsys):
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.delenv("TTY_COMPATIBLE", raising=False)
    monkeypatch.setenv("COLUMNS", "60")
    console().print("x" * 150)
    assert [len(line) for line in capsys.readouterr().out.splitlines()] == [140, 10]
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert console().is_terminal and console().width == 60


def test_names_of_pictures_stay_words(capsys):
    console().print("a :smile: in the data")
    assert capsys.readouterr().out == "a :smile: in the data\n"


@pytest.mark.parametrize(
    ("text", "shown", "whole"),
    [
        ("[bold]x[/bold] [/nothing]", "[bold]x[/bold] [/nothing]", "[bold]x[/bold] [/nothing]"),
        ("one\ntwo\tthree", "one two three", "one\ntwo three"),
        ("\x1b[2J\u202e", "\ufffd[2JU+202E", "\ufffd[2JU+202E"),
        ("3", "3", "3"),
    ],
)
def test_texts_from_data_are_printed_as_they_are(text, shown, whole, capsys):
    for expected, value in ((shown, safe(text)), (whole, safe(text, whole=True))):
        console().print(value)
        assert capsys.readouterr().out == expected + "\n"


def test_a_text_beside_others_is_isolated_and_cut(capsys):
    console().print(safe_text("[b]טוב", 4) + "|" + safe_text("[b]x"))
    assert capsys.readouterr().out == "\u2068[b]ט\u2026\u2069|[b]x\n"


def test_a_table_is_as_wide_as_its_headings(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "20")
    table = Table()
    for name in ("prevalence", "not my\nlanguage", "reviewers" * 20):
        table.add_column(name, no_wrap=True)
    table.add_row("0.50", "1", "2")
    print_whole(table)
    printed = capsys.readouterr().out
    assert "prevalence" in printed and "reviewers" * 20 in printed and "…" not in printed
