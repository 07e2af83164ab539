"""The command that builds a dataset again is printed where its provenance knows it, and builds the same."""

import json
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from polypref.cli.build_again import build_again
from polypref.cli.commands import main
from polypref.release.folder import read_provenance

OPTIONS = "--prompt q --a 'answer a' --b b --winner w --first A --second B --language am"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two verdicts in Amharic, built with a version that the script does not have."""
    place = tmp_path_factory.mktemp("again")
    rows = [
        {
            "q": f"ጥያቄ ቁጥር {n} ምንድን ነው?",
            "answer a": f"ይህ የጥያቄው መልስ ነው {n}።",
            "b": f"ሌላ የተለየ መልስ እዚህ አለ {n}።",
            "w": "AB"[n],
        }
        for n in range(2)
    ]
    (place / "votes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        words = f"build pairs --source votes.jsonl {OPTIONS} --version 0.2.0 --out out --quiet"
        assert main(shlex.split(words)) == 0
    return place


def test_the_printed_command_builds_the_same_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    command = build_again(Path("out"), read_provenance(Path("out")), "--quiet")
    polypref, *words = shlex.split(command)
    asked = set(zip(words[2::2], words[3::2], strict=False))
    assert (polypref, words[:2], words[-3:]) == ("polypref", ["build", "pairs"], ["--out", "out", "--quiet"])
    assert {("--source", "votes.jsonl"), ("--a", "answer a"), ("--version", "0.2.0"), ("--first", "A")} <= asked
    assert len(asked) == 10
    assert main(words) == 0
    assert "nothing to do for out" in capsys.readouterr().out


def test_what_the_provenance_does_not_know_is_left_to_the_reader(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, unknown = read_provenance(folder / "out"), "polypref build ... --review r.json"
    monkeypatch.chdir(tmp_path)  # where no votes.jsonl lies
    assert build_again(folder / "out", record, "--review", "r.json") == unknown
    monkeypatch.chdir(folder)
    assert build_again(folder / "out", record, "--review", "r.json") != unknown
    for other in (
        replace(record, card="mine.md"),
        replace(record, parameters=record.parameters | {"of_mine": 1}),
        replace(record, settings=record.settings | {"builder": {}}),
    ):
        assert build_again(folder / "out", other, "--review", "r.json") == unknown
