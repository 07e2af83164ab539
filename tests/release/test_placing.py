"""A build replaces what polypref wrote, as it wrote it, and nothing else."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest

from polypref.errors import UserError
from polypref.files.atomic import write_json
from polypref.files.owned import RECORD, read_record
from polypref.files.store import Store
from polypref.release import placing
from tests import strangers

PARQUET = "data/he/train-00000000-00000003.parquet"


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def staged(out: Path, text: str = "new", files: tuple[str, ...] = (PARQUET,)) -> dict[str, str]:
    """A finished dataset that waits for its place: small files stand for Parquet."""
    written = {}
    for name in (*files, "README.md", "provenance.json"):
        path = out / placing.STAGING / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text} {name}")
        written[name] = digest(path.read_bytes())
    return written


@pytest.fixture
def out(tmp_path) -> Path:
    """A folder with one dataset, placed by polypref."""
    folder = tmp_path / "out"
    placing.place_files(folder, staged(folder, "old"))
    return folder


def seen(folder: Path) -> dict[str, str]:
    """All that is in a folder beside the store: content, or where a link leads."""
    content = {}
    for path in sorted(folder.rglob("*")):
        if ".polypref" not in path.parts:
            text = f"-> {path.readlink()}" if path.is_symlink() else "/"
            content[str(path.relative_to(folder))] = path.read_text() if path.is_file() and text == "/" else text
    return content


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def link(path: Path, target: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


def move_and_link(path: Path) -> None:
    away = path.parents[len(path.parts) - path.parts.index("out") - 1] / f"moved-{path.name}"
    path.rename(away)
    path.symlink_to(away)


#: What a user may have done to a folder: how, and what the sentence says of it.
CHANGES = {
    "a note in data": (lambda out: put(out / "data/notes.txt", "x"), "data/notes.txt is no file that polypref wrote"),
    "a source in a language": (lambda out: put(out / "data/he/pool.jsonl", "{}"), "pool.jsonl is no file that"),
    "a hidden file": (lambda out: put(out / "data/he/.keep", ""), ".keep is no file that polypref wrote"),
    "an empty folder": (lambda out: (out / "data/mine").mkdir(), "data/mine is no folder that polypref wrote"),
    "a language of the user's": (lambda out: put(out / "data/uk/a.parquet", "x"), "data/uk is no folder that"),
    "a card by hand": (lambda out: put(out / "README.md", "# Mine"), "dataset_cards/; take it there, delete this"),
    "a provenance by hand": (lambda out: put(out / "provenance.json", "{}"), "provenance.json was changed after"),
    "rows by hand": (lambda out: put(out / PARQUET, "x"), f"{PARQUET} was changed after polypref wrote it"),
    "a link in data": (lambda out: link(out / "data/he/x", out / "README.md"), "data/he/x is a symbolic link"),
    "a link to nowhere": (lambda out: link(out / "data/gone", out / "nothing"), "data/gone is a symbolic link"),
    "data as a link": (lambda out: move_and_link(out / "data"), "data is a symbolic link, and a build replaces data/"),
    "a language as a link": (lambda out: move_and_link(out / "data/he"), "data/he is a symbolic link"),
    "a file as a link": (lambda out: move_and_link(out / PARQUET), f"{PARQUET} is a symbolic link"),
    "the card as a link": (lambda out: move_and_link(out / "README.md"), "README.md is a symbolic link"),
    "a folder for a file": (lambda out: ((out / PARQUET).unlink(), (out / PARQUET).mkdir()), f"{PARQUET} was changed"),
    "a pipe": (lambda out: os.mkfifo(out / "data/he/pipe"), "pipe is no file that polypref wrote"),
    "a file for data": (lambda out: (shutil.rmtree(out / "data"), put(out / "data", "x")), "data is no folder"),
    "no record": (lambda out: (out / RECORD).unlink(), "README.md is no file that polypref wrote"),
    "a spoilt record": (lambda out: put(out / RECORD, "{"), "README.md is no file that polypref wrote"),
    "the staging as a link": (lambda out: link(out / placing.STAGING, out.parent), "folder is a symbolic link"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_not_polyprefs_stops_the_build_and_stays(out, name):
    change, sentence = CHANGES[name]
    change(out)
    before = seen(out.parent)
    with pytest.raises(UserError) as early:
        placing.check_place(out)
    if not (out / placing.STAGING).is_symlink():
        new = staged(out)
        with pytest.raises(UserError) as late:
            placing.place_files(out, new)
        assert str(late.value) == str(early.value)
    assert sentence in str(early.value) and "\n" not in str(early.value)
    assert seen(out.parent) == before


#: What is in the way, and what the sentence says to do about it.
TODO = {
    "a note in data": "the build would delete it; move it out of data/, or choose another folder (out= or --out)",
    "a file as a link": "the build would delete it; move it out of data/, or choose another folder (out= or --out)",
    "rows by hand": "the build would delete it; move it out of the folder if you want to keep it, else delete it, and "
    "build again",
    "a provenance by hand": "the build would write over it; move it out of the folder if you want to keep it, else "
    "delete it, and build again",
    "a card by hand": "the build would write over it; text of your own belongs into the card's file in dataset_cards/; "
    "take it there, delete this README.md, and build again",
    "no record": "the build would write over it; move it away, or choose another folder (out= or --out)",
}


@pytest.mark.parametrize("name", TODO)
def test_what_is_in_the_way_comes_with_what_to_do_about_it(out, name):
    CHANGES[name][0](out)
    with pytest.raises(UserError) as refused:
        placing.check_place(out)
    assert str(refused.value).endswith(f", and {TODO[name]}")


def test_what_a_user_keeps_beside_the_dataset_stays(out):
    put(out / "CHANGELOG.md", "mine")
    put(out / "notes" / "a.txt", "mine")
    placing.place_files(out, staged(out, "new", ("data/uk/test-00000000-00000001.parquet",)))
    assert seen(out) == {
        **{"CHANGELOG.md": "mine", "notes": "/", "notes/a.txt": "mine", "data": "/", "data/uk": "/"},
        "data/uk/test-00000000-00000001.parquet": "new data/uk/test-00000000-00000001.parquet",
        **{name: f"new {name}" for name in ("README.md", "provenance.json")},
    }
    assert set(read_record(out)["files"]) == {
        *("README.md", "provenance.json", "data/uk/test-00000000-00000001.parquet")
    }


def test_a_change_that_keeps_size_and_time_is_seen_before_anything_is_replaced(out):
    path = out / "README.md"
    stat = path.stat()
    with path.open("r+") as file:
        file.write("OLD")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    placing.check_place(out)
    new = staged(out)
    with pytest.raises(UserError, match=r"README.md was changed after"):
        placing.place_files(out, new)


def test_a_file_that_comes_while_the_folder_is_looked_at_is_kept_and_the_old_dataset_with_it(out, monkeypatch):
    before, new = seen(out), staged(out)

    def late(*_: object) -> set[str]:
        put(out / "data/he/late.txt", "mine")
        return write_record(*_)

    write_record = placing.write_record
    monkeypatch.setattr(placing, "write_record", lambda *a, **k: late(*a) if k.get("writing") else write_record(*a))
    with pytest.raises(UserError, match=r"late.txt is no file that polypref wrote"):
        placing.place_files(out, new)
    assert seen(out) == {**before, "data/he/late.txt": "mine"}


def test_a_folder_that_is_a_link_itself_is_built_into(out, tmp_path):
    (tmp_path / "link").symlink_to(out, target_is_directory=True)
    placing.place_files(tmp_path / "link", staged(out, "new"))
    assert (tmp_path / "link").is_symlink() and seen(out)[PARQUET] == f"new {PARQUET}"


def test_a_store_on_another_disk_is_refused_before_anything_is_removed(out, tmp_path):
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("needs a second file system at /dev/shm")
    away = other / f"polypref-{os.getpid()}"
    shutil.move(out / ".polypref", away)
    try:
        (out / ".polypref").symlink_to(away, target_is_directory=True)
        before = seen(out)
        with pytest.raises(UserError, match="is on another disk than"):
            placing.check_place(out)
        assert seen(out) == before
    finally:
        shutil.rmtree(away)


class Stopped(BaseException):
    """As the end of a process."""


@pytest.mark.parametrize("step", range(12))
def test_stopped_at_any_step_the_next_build_goes_on(out, monkeypatch, step):
    """Every rename, and every writing of the record, as the last thing that a process does, or does not do any more."""
    count, real = iter(range(100)), Path.replace

    def stopping(path: Path, target: Path) -> Path:
        number = next(count)
        # A process that has ended does not clean up either.
        if number > step // 2 or (number == step // 2 and step % 2 == 0):
            raise Stopped
        done = real(path, target)
        if number == step // 2:
            raise Stopped
        return done

    new = staged(out)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", stopping)
        with pytest.raises(Stopped):
            placing.place_files(out, new)
    for path in (name for name in new if (out / name).exists()):
        assert (out / path).read_text() in (f"old {path}", f"new {path}")
    placing.check_place(out, thorough=True)
    placing.place_files(out, staged(out, "newer"))
    assert seen(out)[PARQUET] == f"newer {PARQUET}" and placing.is_whole(out)
    assert not list(out.rglob("replaced"))


def top_replaced(out: Path) -> None:
    """As an analysis has card and provenance written anew, and then a build comes."""
    staged(out, "analysed", ())
    placing.replace_top(out)
    assert seen(out)["README.md"] == "analysed README.md" and placing.is_whole(out)
    names = {name for name in seen(out) if (out / name).is_file()}
    known = {name: digest((out / name).read_bytes()) for name in names}
    assert read_record(out)["files"] == {name: [one] for name, one in known.items()}
    placing.place_files(out, staged(out, "newer"))


def test_the_top_is_replaced_where_a_build_was_stopped_before_its_record_was_settled(out, monkeypatch):
    def stop(*_: object) -> None:
        raise Stopped

    with monkeypatch.context() as patch, pytest.raises(Stopped):
        patch.setattr(placing, "settle_record", stop)
        placing.place_files(out, staged(out, files=(PARQUET.replace("he", "fa"),)))
    assert len(read_record(out)["files"]["README.md"]) == 2 and not (out / PARQUET).exists()
    top_replaced(out)


def test_the_top_is_replaced_where_the_disk_had_refused_a_dataset(out, monkeypatch):
    new, real = staged(out, files=(PARQUET, PARQUET.replace("he", "fa"))), Path.replace

    def refuse(path: Path, target: Path) -> Path:
        if path.name == "data" and placing.STAGING in str(path):
            raise OSError("no space left")
        return real(path, target)

    with monkeypatch.context() as patch, pytest.raises(OSError, match="no space left"):
        patch.setattr(Path, "replace", refuse)
        placing.place_files(out, new)
    assert len(read_record(out)["files"][PARQUET]) == 2 and placing.is_whole(out)
    shutil.rmtree(out / placing.STAGING)
    top_replaced(out)


# folders of version 0.1.0


def of_0_1_0(out: Path) -> dict[str, str]:
    """A dataset as version 0.1.0 left it: sizes and times in its record, digests in the provenance."""
    put(out / PARQUET, "rows")
    put(out / "README.md", "card")
    files = {PARQUET: {"sha256": digest(b"rows"), "bytes": 4, "rows": 1}}
    strangers.sealed(out, strangers.minimal(files=files, readme=digest(b"card"), fingerprints={"ranked": "abc"}))
    write_json(out / RECORD, {name: placing.stamp(out / name) for name in ("provenance.json", "README.md", PARQUET)})
    return seen(out)


@pytest.mark.parametrize("how", ["as it is", "copied", "stopped before its record", "stopped in between"])
def test_an_untouched_folder_of_version_0_1_0_is_replaced(tmp_path, how):
    out = tmp_path / "out"
    of_0_1_0(out)
    if how == "copied":
        shutil.copytree(out, tmp_path / "copy")  # new times and numbers
        out = tmp_path / "copy"
    if how == "stopped before its record":
        (out / RECORD).unlink()
        put(out / ".polypref" / "balance-abc" / "done.json", "{}")
    if how == "stopped in between":
        (out / "provenance.json").unlink()
    placing.place_files(out, staged(out))
    assert seen(out)[PARQUET] == f"new {PARQUET}"


@pytest.mark.parametrize("name", ["README.md", "provenance.json", PARQUET])
def test_a_changed_file_in_a_folder_of_version_0_1_0_is_not(tmp_path, name):
    out = tmp_path / "out"
    of_0_1_0(out)
    put(out / name, "changed")
    before = seen(out)
    with pytest.raises(UserError, match=f"{name} was changed after polypref wrote it"):
        placing.check_place(out)
    assert seen(out) == before


def test_a_card_of_version_0_1_0_whose_change_keeps_size_and_time_is_not(tmp_path):
    out = tmp_path / "out"
    of_0_1_0(out)
    stat = (out / "README.md").stat()
    with (out / "README.md").open("r+") as file:
        file.write("mine")
    os.utime(out / "README.md", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    with pytest.raises(UserError, match=r"README.md was changed after polypref wrote it"):
        placing.check_place(out)


def test_another_dataset_that_was_copied_there_is_not(tmp_path):
    out = tmp_path / "out"
    of_0_1_0(out)
    (out / RECORD).unlink()
    with pytest.raises(UserError, match=r"README.md is no file that polypref wrote"):
        placing.check_place(out)


# inputs


@pytest.mark.parametrize("way", ["plain", "relative", "file link", "folder link", "by the folder's link"])
def test_an_input_that_the_build_would_replace_is_refused(out, tmp_path, monkeypatch, way):
    paths = {"plain": out / PARQUET, "relative": Path("out", "data", "..", PARQUET), "file link": tmp_path / "x"}
    paths |= {"folder link": tmp_path / "he" / Path(PARQUET).name, "by the folder's link": tmp_path / "l" / PARQUET}
    (tmp_path / "x").symlink_to(out / PARQUET)
    (tmp_path / "he").symlink_to(out / "data" / "he")
    (tmp_path / "l").symlink_to(out)
    monkeypatch.chdir(tmp_path)
    for folder in (out, tmp_path / "l"):
        with (
            Store(folder / ".polypref", "b") as store,
            pytest.raises(UserError, match=rf"the build reads .*writes over .*\(--out {folder}-2, or out= in Python"),
        ):
            store.digest(paths[way])


def test_an_input_beside_the_dataset_is_read(out):
    put(out / "pool" / "de.jsonl", "{}")
    put(out / "review.json", "{}")
    with Store(out / ".polypref", "b") as store:
        assert store.digest(out / "pool" / "de.jsonl") == store.digest(out / "review.json") == digest(b"{}")


def test_the_records_are_json_that_says_what_it_is(out):
    assert json.loads((out / RECORD).read_text("utf-8"))["format"] == "polypref-written/1"


# where a dataset waits for its place


def test_what_no_build_left_where_a_dataset_is_made_is_not_cleared_away(tmp_path):
    out = tmp_path / "out"
    work = out / placing.STAGING
    put(work / "README.md", "mine")
    with pytest.raises(UserError, match=r"folder/README.md is no file that polypref wrote, and the build would delete"):
        placing.check_staging(out)
    put(out / ".polypref" / "balance-0" / "done.json", "{}")
    for left in (
        "12.arrow",
        "data/he/.train-00000000-00000003.parquet.17-0a1b2c3d.tmp",
        "scratch/a.tmp",
        "provenance.json",
    ):
        put(work / left, "")
    staged(out)
    placing.check_staging(out)
    for mine in ("notes.txt", "data/he/notes.parquet", "data/README", "12.arrow.bak"):
        put(work / mine, "mine")
        with pytest.raises(UserError, match=rf"{mine} is no file that polypref wrote"):
            placing.check_staging(out)
        (work / mine).unlink()
    link(work / "data" / "de", tmp_path)
    with pytest.raises(UserError, match="data/de is no file that polypref wrote"):
        placing.check_staging(out)


@pytest.mark.parametrize(
    "record",
    [
        {"format": "polypref-written/1", "files": {"README.md": [{}, 1, None]}},
        {"a\0b": [1, 2, 3]},
        {"data": 1},
    ],
)
def test_a_record_that_somebody_made_up_makes_nothing_polyprefs(tmp_path, record):
    put(tmp_path / "README.md", "mine")
    write_json(tmp_path / RECORD, record)
    strangers.sealed(tmp_path, strangers.minimal(readme=digest(b"mine"), fingerprints=["x"]))
    with pytest.raises(UserError, match=r"README.md (is no file that|was changed after) polypref wrote"):
        placing.check_place(tmp_path)
