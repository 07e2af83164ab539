"""`polypref new`: what it writes, and over what it does not."""

import json

import pytest

from polypref.cli import main
from polypref.errors import UserError
from polypref.release.card import read_prose
from polypref.scripting.beginning import write_beginning


def test_the_script_the_card_and_the_rows_fit_each_other(tmp_path, capsys):
    script, card, rows = write_beginning(tmp_path / "folder" / "my_pairs.py")
    assert [path.name for path in (script, card, rows)] == ["my_pairs.py", "my_pairs.md", "my_pairs.jsonl"]
    read_prose(card)
    text = script.read_text("utf-8")
    assert '"my-pairs"' in text and not {"STEM", "DATASET", "NAME", "FILE"} & set(text.replace('"', " ").split())
    given = [json.loads(line) for line in rows.read_text("utf-8").splitlines()]
    assert len(given) == 3 * 12 * 2 and {row["language"] for row in given} == {"de", "en", "he"}
    # The script and its rows in another folder make the same dataset.
    assert main(["build", str(script), "--out", str(tmp_path / "out"), "--per_language=3", "--quiet"]) == 0
    assert "wrote" in capsys.readouterr().out
    record = json.loads((tmp_path / "out" / "provenance.json").read_text("utf-8"))
    assert (record["name"], record["parameters"]) == ("my-pairs", {"per_language": 3, "seed": 0})
    assert sum(row["given"] for row in record["mixtures"]["small"].values()) == 9


@pytest.mark.parametrize("there", ["mine.py", "mine.md", "mine.jsonl"])
def test_nothing_is_written_over(tmp_path, there):
    (tmp_path / there).write_text("mine", "utf-8")
    with pytest.raises(UserError, match=f"{there} is there already"):
        write_beginning(tmp_path / "mine")
    assert [path.name for path in tmp_path.iterdir()] == [there] and (tmp_path / there).read_text("utf-8") == "mine"


@pytest.mark.parametrize("name", ["Mine", "my-pairs", "", "1st", "a b", "x" * 80])
def test_a_name_that_cannot_be_one(tmp_path, name):
    with pytest.raises(UserError, match="cannot be the name of a builder script"):
        write_beginning(tmp_path / f"{name}.py")


def test_the_rule_of_names_is_told_in_full(tmp_path):
    with pytest.raises(UserError, match=r"'3x' cannot be .*small letters, digits and '_', a letter first"):
        write_beginning(tmp_path / "3x")


def test_a_file_that_another_command_makes_meanwhile_is_there_already(tmp_path, monkeypatch):
    (tmp_path / "mine.md").write_text("another's", "utf-8")
    monkeypatch.setattr(type(tmp_path), "exists", lambda _: False)
    with pytest.raises(UserError, match=r"mine\.md is there already; give another name"):
        write_beginning(tmp_path / "mine")
    assert (tmp_path / "mine.md").read_text("utf-8") == "another's"
