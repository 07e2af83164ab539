"""Words of `polypref review turns` and `polypref review marks`; tests/builders/test_wild_feedback.py runs both."""

import argparse
from pathlib import Path

import pytest

from polypref.cli import main
from polypref.cli.review_turns import separator_of, share_of


def test_shares_and_separators_are_read_or_refused() -> None:
    assert (share_of("0.25"), share_of("1"), separator_of("\\t"), separator_of(";")) == (0.25, 1.0, "\t", ";")
    for wrong in ("2", "-1", "x", "nan"):
        with pytest.raises(argparse.ArgumentTypeError, match="is not a share from 0 to 1"):
            share_of(wrong)
    with pytest.raises(argparse.ArgumentTypeError, match="separates no columns"):
        separator_of("|")


@pytest.mark.parametrize("step", [["turns"], ["marks"]])
def test_a_folder_that_is_no_dataset_is_one_sentence(
    step: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheets = ["sheet.csv"] if step == ["marks"] else []
    assert main(["review", *step, str(tmp_path / "none"), *sheets]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("command", [["marks", "d", "s.csv"], ["doubt", "d"]])
@pytest.mark.parametrize("words", ["moshe.cohen@gmail.com", "x hf_" + "qRzVtLbNcWkXjHsDmFgPyQaTeUoKiZxBvL"])
def test_words_for_the_card_hold_no_personal_data(
    command: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["review", *command, "--by", words]) == 2
    error = capsys.readouterr().err
    assert "what goes into the card holds what must not be published" in error and words not in error


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("two\n## Licence", "U+000A"),
        ("two \u202epeople", "U+202E"),
        ("x" * 301, "has 301 characters"),
        (" ", "is empty"),
    ],
)
def test_words_for_the_card_are_a_few_on_one_line(words: str, problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", "marks", "d", "s.csv", "--by", words]) == 2
    error = capsys.readouterr().err
    assert problem in error and "\u202e" not in error
