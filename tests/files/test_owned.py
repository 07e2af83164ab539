"""Results, and files that a user names: only what polypref wrote, as it wrote it, is written over."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polypref.errors import UserError
from polypref.files.atomic import write_json
from polypref.files.owned import (
    RECORD,
    Folder,
    check_new,
    is_occupied,
    is_ours,
    is_sealed,
    is_there,
    read_record,
    recorded,
    sealed,
    write_new,
    writing,
)


def test_results_are_written_over_while_they_are_as_they_were_written(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.write_bytes("report.md", b"one")
    folder.write_json("results.json", {"a": 1})
    Folder(tmp_path).write_bytes("report.md", b"two")
    (tmp_path / "results.json").write_text('{"a": 2}')
    with pytest.raises(UserError, match=r"results.json was changed after polypref wrote it, and would be written over"):
        Folder(tmp_path).write_json("results.json", {"a": 3})
    (tmp_path / "battles.parquet").write_text("mine")
    with pytest.raises(UserError, match=r"battles.parquet is no file that polypref wrote"):
        Folder(tmp_path).check("report.md", "battles.parquet")
    assert (tmp_path / "report.md").read_bytes() == b"two" and "2" in (tmp_path / "results.json").read_text()
    assert not list(tmp_path.glob(".*.tmp"))


def test_a_file_that_a_user_names_is_written_over_only_where_it_shows_that_it_is_polyprefs(tmp_path: Path) -> None:
    form, path = "<!-- {} -->", tmp_path / "page.html"

    def ours(data: bytes) -> bool:
        return is_sealed(data, form)

    write_new(path, sealed("one\udcff", form), ours)
    write_new(path, sealed("two", form), ours)
    assert path.read_bytes() == sealed("two", form)
    for change in (b"two", sealed("two", form).replace(b"two", b"2wo"), b"", sealed("two", form) + b"\n"):
        path.write_bytes(change)
        with pytest.raises(UserError, match=r"page.html is there already and is not as polypref wrote it; move it"):
            write_new(path, sealed("three", form), ours)
        assert path.read_bytes() == change
    write_new(path, sealed("two", form) + b"\n")  # the very same is no harm
    with pytest.raises(UserError, match="cannot write"):
        write_new(tmp_path, b"x")


@pytest.mark.parametrize(
    "record", ["{", "[]", '{"format": "polypref-written/1", "files": 3}', '{"README.md": [1, 2, 3]}']
)
def test_a_record_of_another_form_makes_nothing_polyprefs(tmp_path: Path, record: str) -> None:
    (tmp_path / ".polypref").mkdir()
    (tmp_path / RECORD).write_text(record)
    assert recorded(tmp_path) == {}


def test_of_a_record_only_texts_count(tmp_path: Path) -> None:
    files = {"a": ["0" * 64, 3, None], "b": "0" * 64}
    write_json(tmp_path / RECORD, {"format": "polypref-written/1", "files": files})
    assert recorded(tmp_path) == {"a": {"0" * 64}}
    assert read_record(tmp_path)["files"] == files and read_record(tmp_path / "none") == {}


def test_a_link_is_there_and_never_polyprefs(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    digest = hashlib.sha256(b"abc").hexdigest()
    (tmp_path / "link").symlink_to(tmp_path / "file")
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    assert is_ours(tmp_path / "file", [digest]) and not is_ours(tmp_path / "link", [digest])
    assert is_there(tmp_path / "nowhere") and not is_there(tmp_path / "gone")


def test_a_table_is_recorded_as_it_was_written(tmp_path: Path) -> None:
    table = pa.table({"n": [1, 2]})
    Folder(tmp_path / "new").write_table("rows.parquet", table)
    assert pq.read_table(tmp_path / "new" / "rows.parquet").equals(table)
    (digest,) = recorded(tmp_path / "new")["rows.parquet"]
    assert digest == hashlib.sha256((tmp_path / "new" / "rows.parquet").read_bytes()).hexdigest()


def test_what_no_record_was_kept_of_is_copied_before_it_is_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "report.md").write_text("edited")
    (tmp_path / "report-before.md").write_text("mine")
    folder = Folder(tmp_path, ("report.md", "results.json"))
    folder.write_bytes("report.md", b"new")
    folder.write_bytes("report.md", b"newer")
    texts = {path.name: path.read_text() for path in tmp_path.glob("*.md")}
    assert texts == {"report.md": "newer", "report-before.md": "mine", "report-before-2.md": "edited"}
    assert capsys.readouterr().err.count("\n") == 1


def test_a_name_of_a_folder_is_no_place_for_a_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"cannot write {tmp_path}: it is a folder; give the name of a file"):
        write_new(tmp_path, b"x")


def test_a_name_that_is_taken_is_refused_before_any_work(tmp_path: Path) -> None:
    check_new(tmp_path / "new.json")
    (tmp_path / "old.json").write_text("mine")
    (tmp_path / "link.json").symlink_to(tmp_path / "nowhere")
    for name in ("old.json", "link.json"):
        with pytest.raises(UserError, match=f"{name} is there already, and nothing was done"):
            check_new(tmp_path / name)
    with pytest.raises(UserError, match="it is a folder; give the name of a file"):
        check_new(tmp_path)


def test_a_folder_is_occupied_by_what_polypref_did_not_write(tmp_path: Path) -> None:
    assert not is_occupied(tmp_path / "nothing")
    assert not is_occupied(tmp_path)
    (tmp_path / "note.txt").write_text("mine")
    assert is_occupied(tmp_path)
    assert is_occupied(tmp_path / "note.txt")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    assert is_occupied(tmp_path / "link")
    (tmp_path / ".polypref").mkdir()
    assert not is_occupied(tmp_path)


@pytest.mark.parametrize("second", range(6))
@pytest.mark.parametrize("first", range(6))
def test_a_folder_that_another_build_makes_meanwhile_is_not_occupied(
    first: int, second: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other build makes the folder after `first` looks at the disk, and `.polypref` in it after `second`."""
    folder, looks = tmp_path / "out", iter(range(100))
    stat, listed, mkdir = Path.stat, Path.iterdir, Path.mkdir

    def moved_on() -> None:
        look = next(looks)
        if look == first and second >= first:
            mkdir(folder)
        if look == second and second >= first:
            mkdir(folder / ".polypref")

    def slow_stat(self: Path, **options: bool) -> os.stat_result:
        moved_on()
        return stat(self, **options)

    def slow_list(self: Path) -> Iterator[Path]:
        moved_on()
        return listed(self)

    monkeypatch.setattr(Path, "stat", slow_stat)
    monkeypatch.setattr(Path, "iterdir", slow_list)
    assert not is_occupied(folder)


def test_one_process_writes_a_folder_at_a_time(tmp_path: Path) -> None:
    in_use = f"{tmp_path / 'out'} is in use by another polypref process"
    with writing(tmp_path / "out"), pytest.raises(UserError, match=in_use), writing(tmp_path / "out"):
        pass
    with writing(tmp_path / "out"):
        assert not is_occupied(tmp_path / "out")


def test_a_folder_that_cannot_be_made_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(UserError, match=f"cannot write {tmp_path / 'out'}"), writing(tmp_path / "out"):
        pass
