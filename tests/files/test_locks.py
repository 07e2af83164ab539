"""Who may write and read a working folder at the same time."""

import errno
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from polypref.errors import UserError
from polypref.files import locks
from polypref.files.locks import reading
from polypref.files.store import Store
from tests.conftest import environment

READER = """
    import sys
    from pathlib import Path
    from polypref.files.locks import reading
    with reading(Path(sys.argv[1]), "release"):
        print("reads", flush=True)
        sys.stdin.readline()
"""


@pytest.fixture
def folder(tmp_path) -> Path:
    out = tmp_path / "out"
    Store(out / ".polypref", "data").close()
    return out


def reader(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(READER), str(folder)],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stdout.readline() == "reads\n"
    return process


def marks(folder: Path) -> list[str]:
    return [path.name.split("-")[0] for path in (folder / ".polypref" / "readers").glob("*")]


def test_readers_are_beside_each_other_and_a_writer_waits_for_the_last(folder):
    with reading(folder, "release"):
        with reading(folder, "inspect"):
            assert sorted(marks(folder)) == ["inspect", "release"]
        with pytest.raises(UserError, match=r"out is in use by another polypref process \(release\); wait for it or"):
            Store(folder / ".polypref", "data")
        with reading(folder, "review"):
            pass
    Store(folder / ".polypref", "data").close()
    assert marks(folder) == []


def test_nobody_reads_what_is_being_written(folder):
    writer = Store(folder / ".polypref", "data")
    with pytest.raises(UserError, match="out is being written by another polypref process"), reading(folder, "x"):
        raise AssertionError
    writer.close()
    with reading(folder, "inspect"):
        pass


@pytest.mark.parametrize("next_one", ["writer", "reader"])
def test_a_killed_reader_holds_nothing_and_leaves_nothing(folder, next_one):
    process = reader(folder)
    with pytest.raises(UserError, match=r"\(release\)"):
        Store(folder / ".polypref", "data")
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert marks(folder) == ["release"]
    if next_one == "writer":
        Store(folder / ".polypref", "data").close()
    else:
        with reading(folder, "inspect"):
            assert marks(folder) == ["inspect"]
    assert marks(folder) == []


def test_what_was_only_downloaded_is_read_and_stays_as_it_is(tmp_path, folder):
    (tmp_path / "snapshot").mkdir()
    (folder / ".polypref" / "lock").unlink()
    for one in (tmp_path / "snapshot", folder):
        before = sorted(one.rglob("*"))
        with reading(one, "inspect"):
            assert sorted(one.rglob("*")) == before


@pytest.mark.parametrize("refused", [os.O_RDWR, os.O_CREAT])
def test_what_may_only_be_read_is_read_unless_it_is_being_written(folder, monkeypatch, refused):
    """As for a user without the right to write: no file can be opened for it, or none can be made."""
    real = os.open

    def read_only(path, flags, *more, **options):
        if flags & refused and ("readers" in str(path) or refused == os.O_RDWR):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path, flags, *more, **options)

    writer = Store(folder / ".polypref", "data")
    monkeypatch.setattr(os, "open", read_only)
    with pytest.raises(UserError, match="is being written"), reading(folder, "inspect"):
        raise AssertionError
    writer.close()
    with reading(folder, "inspect"):
        assert marks(folder) == []


def test_a_file_system_without_locks_can_be_read_and_is_not_built_on(folder, monkeypatch):
    def refuse(descriptor: int, blocking: bool) -> bool:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(locks, "lock_descriptor", refuse)
    with reading(folder, "inspect"):
        pass
    with pytest.raises(
        UserError, match=r"cannot lock .*lock: No locks available; choose a folder \(out= or --out\) on a file system"
    ):
        Store(folder / ".polypref", "data")


# what somebody else put where readers leave their marks


def test_a_file_that_no_reader_left_is_not_deleted(folder):
    readers = folder / ".polypref" / "readers"
    (readers / "notes-2024-of mine").mkdir(parents=True)
    (readers / "my-own-file.txt").write_text("mine")
    (readers / "inspect-1-0123456789").write_text("mine")
    with reading(folder, "inspect"):
        pass
    Store(folder / ".polypref", "data").close()
    assert len(list(readers.iterdir())) == 3


def test_where_the_marks_folder_is_a_link_nothing_behind_it_is_touched(folder, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "inspect-1-01234567").write_text("mine")
    (folder / ".polypref" / "readers").symlink_to(tmp_path / "mine")
    with reading(folder, "inspect"):
        pass
    with pytest.raises(UserError, match="readers is a symbolic link, which polypref did not make; remove it"):
        Store(folder / ".polypref", "data")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["inspect-1-01234567"]


def test_a_killed_reader_of_another_user_holds_nothing(folder, monkeypatch):
    """Its mark may be read, not written."""
    process = reader(folder)
    real = os.open

    def of_another(path, flags, *more, **options):
        if flags & os.O_RDWR and "readers" in str(path):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path, flags, *more, **options)

    monkeypatch.setattr(os, "open", of_another)
    with pytest.raises(UserError, match=r"\(release\)"):
        Store(folder / ".polypref", "data")
    process.send_signal(signal.SIGKILL)
    process.communicate()
    Store(folder / ".polypref", "data").close()
