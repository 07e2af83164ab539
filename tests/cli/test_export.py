"""`polypref export`: what is printed, where files go, and one sentence for what cannot be done."""

import argparse
from pathlib import Path

import pytest

from polypref.cli import main
from polypref.exports import NAMES

TURNS = Path(__file__).parents[1] / "fixtures" / "turns-0.3.0"
RELEASE = Path(__file__).parents[1] / "fixtures" / "releases" / "v1.0.0"


def test_rows_are_printed_by_language(tmp_path, capsys):
    assert main(["export", str(TURNS), "--to", "llama_factory", "--out", str(tmp_path / "x")]) == 0
    assert capsys.readouterr().out == (
        f"wrote {tmp_path / 'x'} for LLaMA-Factory: train.jsonl 2 rows; beside them dataset_info.json, "
        "llama_factory.yaml\nde: train 2; left out 1 (thoughts)\n"
    )


def test_config_and_split_are_chosen_and_the_folder_is_named_after_them(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["export", str(RELEASE), "--to", "jsonl", "--config", "all-he", "--split", "test"]) == 0
    out = "exports/stored-answers-all-he-jsonl"
    assert capsys.readouterr().out == f"wrote {out} for any reader: test.jsonl 1 row\nhe: test 1\n"
    assert (tmp_path / out / "test.jsonl").is_file()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--to", "axolotle"], "did you mean axolotl?"),
        ([], "the following arguments are required: --to"),
        (["--to", "jsonl", "--config", "al-he"], "has no config 'al-he'; did you mean all-he?"),
        (["--to", "jsonl", "--split", "dev"], "has no split 'dev'; it has train, test"),
        (["--to", "jsonl", "--out", str(RELEASE / "exports")], "is in the dataset's own folder"),
        (["--to", "jsonl", "--out", ""], "out (--out) is empty; name a folder"),
    ],
)
def test_bad_input_is_one_sentence(words, sentence, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["export", str(RELEASE), *words]) == 2
    error = capsys.readouterr().err
    assert sentence in error and error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_the_help_names_every_form():
    from polypref.cli import commands

    (subparsers,) = (one for one in commands.command_parser()._actions if isinstance(one, argparse._SubParsersAction))
    assert ", ".join(NAMES) in " ".join(subparsers.choices["export"].format_help().replace("-\n", "-").split())
