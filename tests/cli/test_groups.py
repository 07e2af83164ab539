"""`polypref groups`: one sentence where a dataset has none; docs/people.md shows the tables."""

from pathlib import Path

import pytest

from polypref import load
from polypref.cli.commands import main
from polypref.errors import UserError
from tests.release.test_group_people import builder, votes, write


@pytest.mark.slow
def test_a_dataset_without_groups_is_told_how_to_have_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "out", builder(tmp_path / "rows.jsonl", votes(names=5), annotator_groups=None))
    assert main(["groups", str(tmp_path / "out")]) == 0
    assert "sources do with Fields(annotator_groups=...)" in capsys.readouterr().out
    assert main(["groups", str(tmp_path / "out"), "--permutations", "0"]) == 2
    assert "permutations=0: give a whole number of at least 1" in capsys.readouterr().err
    with pytest.raises(UserError, match=r"seed=-1: give a whole number of at least 0"):
        load(tmp_path / "out").groups(seed=-1)
    assert main(["groups", str(tmp_path / "out"), "--seed", "-1"]) == 2
    assert "argument --seed: -1 is not a number of at least 0" in capsys.readouterr().err
