"""`polypref` alone: what can be done next in a folder."""

from pathlib import Path

import pytest

from polypref.cli import next_steps as module
from polypref.cli.commands import main
from polypref.cli.next_steps import next_steps
from polypref.pipeline import last_run


def commands(folder: Path) -> list[str]:
    return [command for command, _ in next_steps(folder)]


def write(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def test_an_empty_folder_says_how_to_begin(tmp_path: Path) -> None:
    assert commands(tmp_path) == [
        "polypref build quickstart --out build/quickstart", "polypref new mine", "polypref layouts",
    ]  # fmt: skip
    assert commands(tmp_path / "nowhere") == commands(tmp_path)


def test_each_kind_has_its_commands(tmp_path: Path) -> None:
    write(tmp_path / "build/mine/provenance.json", "{}")
    write(tmp_path / "build/half/.polypref/run.json", "{}")
    write(tmp_path / "build/eval/battles.parquet")
    write(tmp_path / "builders/mine.py", "from polypref import Builder\n\n\ndef build(params):\n    ...\n")
    write(tmp_path / "builders/helper.py", "def builder(): ...\n")
    write(tmp_path / "votes of all.CSV.gz")
    write(tmp_path / "notes.txt")
    assert commands(tmp_path) == [
        "polypref inspect build/mine --html page.html",
        "polypref release build/mine --repo ORG/NAME --dry-run",
        "polypref inspect build/half",
        "polypref report build/eval",
        "polypref build builders/mine.py --out build/mine",
        "polypref look 'votes of all.CSV.gz'",
    ]
    assert commands(tmp_path / "build/mine")[0] == "polypref inspect . --html page.html"


def test_records_of_a_review_are_no_files_of_rows(tmp_path: Path) -> None:
    write(tmp_path / "noa.json", '{\n "format": "polypref-page-review/1",\n "decisions": []\n}')
    write(
        tmp_path / "review.json", '{"decisions": "' + "x" * 200_000 + '", "format": "polypref-review/2", "seal": "1"}'
    )
    write(tmp_path / "routes.json", '{"format": "polypref-routes/1"}')
    write(tmp_path / "rows.json", '[{"format": "polypref"}]')
    assert commands(tmp_path) == [
        "polypref build ... --review noa.json",
        "polypref build ... --review review.json",
        "polypref look rows.json",
    ]


def test_of_many_files_four_are_shown_and_the_others_counted(tmp_path: Path) -> None:
    for number in range(4):
        write(tmp_path / f"{number}.csv")
    assert commands(tmp_path) == [f"polypref look {number}.csv" for number in range(4)]
    for number in range(4, 9):
        write(tmp_path / f"{number}.csv")
    *listed, more = next_steps(tmp_path)
    assert len(listed) == 4 and more == ("...", "and 5 more files of rows here")


def test_the_command_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "\x1b[31mred.csv")
    monkeypatch.chdir(tmp_path)
    assert main([]) == 0
    printed = capsys.readouterr()
    assert printed.err == "" and "\x1b" not in printed.out
    assert "polypref look" in printed.out and printed.out.endswith("All commands: polypref --help\n")


def test_an_evaluation_or_a_check_is_no_unfinished_build(tmp_path: Path) -> None:
    write(tmp_path / "build/eval/battles.parquet")
    for name in ("eval", "judge-check"):
        write(tmp_path / f"build/{name}/.polypref/written.json", "{}")
    assert commands(tmp_path) == ["polypref report build/eval"]
    assert f".polypref/{last_run.FILE}" == module._LAST_RUN


def test_a_folder_that_nobody_may_look_into_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "closed/provenance.json", "{}")
    write(tmp_path / "rows.csv")
    is_file = Path.is_file

    def refused(path: Path) -> bool:
        if path.parent.name == "closed" or "closed/.polypref" in path.as_posix():
            raise PermissionError(13, "Permission denied", str(path))
        return is_file(path)

    monkeypatch.setattr(Path, "is_file", refused)
    assert commands(tmp_path) == ["polypref look rows.csv"]
