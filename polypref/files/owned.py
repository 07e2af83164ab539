"""What polypref wrote into a folder, by digest: nothing else there is ever written over or deleted.

The record lies in the folder's `.polypref`. It names a file, with the digest of what is there and of what comes in its
place, before that file is touched: whenever a process is killed, the record covers all that it wrote.
"""

import hashlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from ..console.escaping import lines
from ..console.redaction import redact_text
from ..errors import UserError
from .atomic import Setting, disk_errors, file_digest, plain, read_json, temporary, write_bytes, write_json, write_table
from .json_types import JsonObject
from .locks import hold_lock

RECORD = ".polypref/written.json"
FORMAT = "polypref-written/1"
Known = Mapping[str, Iterable[str]]
"""Path in the folder -> digests (SHA-256) of what polypref wrote there."""


def read_record(folder: Path) -> JsonObject:
    """The record as it is in its file; empty where there is none, or none that can be read.

    Args:
        folder: the folder; the record is in its `.polypref`.

    Returns:
        The record, of whatever version: 0.1.0 wrote another form.
    """
    try:
        return read_json(folder / RECORD) or {}
    except UserError:
        # Without a record nothing counts as ours, so what is there is safe.
        return {}


def recorded(folder: Path) -> dict[str, set[str]]:
    """Path -> digests, as recorded.

    Args:
        folder: the folder.

    Returns:
        SHA-256 digests by the path below the folder; nothing where the record is of another form or anything but texts.
    """
    record = read_record(folder)
    files = record.get("files")
    if record.get("format") != FORMAT or not isinstance(files, dict):
        return {}
    lists = {name: digests for name, digests in files.items() if isinstance(digests, list)}
    return {name: {one for one in digests if isinstance(one, str)} for name, digests in lists.items()}


def write_record(
    folder: Path, known: Known, writing: bool = False, stamps: Mapping[str, Sequence[int]] | None = None
) -> None:
    """Writes the record.

    Args:
        folder: the folder.
        known: what is there, and what comes in its place.
        writing: whether files are being put in place, and the folder is not whole until they are.
        stamps: size, time and number of the files, by which they are known without being read.
    """
    files = {name: sorted(digests) for name, digests in known.items()}
    more = ({"writing": True} if writing else {}) | ({} if stamps is None else {"stamps": stamps})
    write_json(folder / RECORD, {"format": FORMAT, "files": files, **more})


def is_ours(path: Path, digests: Iterable[str]) -> bool:
    """Whether a file is as polypref wrote it; a link is not, whatever it points to.

    Args:
        path: the file.
        digests: SHA-256 of what polypref wrote there.

    Returns:
        Whether it is there, is a file of its own, and has one of the digests.
    """
    return not path.is_symlink() and path.is_file() and file_digest(path) in digests


def is_there(path: Path) -> bool:
    """Whether there is anything, be it a link that points nowhere.

    Args:
        path: the path.

    Returns:
        False only where a file of that name can be made without replacing anything.
    """
    return path.is_symlink() or path.exists()


def is_occupied(folder: Path) -> bool:
    """Whether something is there that no polypref command made, looked at while others may be making the folder.

    Args:
        folder: where something is to be written.

    Returns:
        False where nothing is, where the folder is empty, and where it holds `.polypref`, which is what a command makes
        first and all that is left of one killed at its very start.
    """
    # In this order: the folder and `.polypref` may both come in between, and then are no one else's.
    other = any(folder.iterdir()) if folder.is_dir() else is_there(folder) and not folder.is_dir()
    return other and not (folder / ".polypref").is_dir()


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Keeps other processes from a folder of results while it is written.

    Args:
        folder: made where it is not there, with `.polypref` in it, which holds the lock.

    Yields:
        Nothing; while it is open no other process writes there.

    Raises:
        UserError: another process writes or reads it, or it cannot be written.
    """
    root = folder / ".polypref"
    with disk_errors(root):
        root.mkdir(parents=True, exist_ok=True)
        lock = hold_lock(root)
    try:
        yield
    finally:
        os.close(lock)


def check_new(path: Path) -> None:
    """Sees that nothing has the name of a file that is to be written after long or paid work.

    Args:
        path: the file, as the user named it.

    Raises:
        UserError: something is there.
    """
    if path.is_dir():
        raise UserError(f"cannot write {path}: it is a folder; give the name of a file")
    if is_there(path):
        raise UserError(f"{path} is there already, and nothing was done; move it away or give another name")


def write_new(path: Path, data: bytes, ours: Callable[[bytes], bool] | None = None) -> None:
    """Writes a file that the user named, over nothing that is not polypref's.

    Args:
        path: the file.
        data: its content.
        ours: whether the content of a file that is there shows that polypref wrote it and nobody changed it.

    Raises:
        UserError: another file is there, or the disk refuses.
    """
    if is_there(path):
        if path.is_dir():
            raise UserError(f"cannot write {path}: it is a folder; give the name of a file")
        try:
            before = path.read_bytes()
        except OSError as error:
            raise UserError(f"cannot write {path}: {error.strerror or error}; give another name") from None
        if before == data:
            return
        if path.is_symlink() or ours is None or not ours(before):
            why = "is not as polypref wrote it" if ours else "holds something else"
            raise UserError(f"{path} is there already and {why}; move it away or give another name")
    write_bytes(path, data)


def sealed(text: str, form: str) -> bytes:
    """A text with a last line that holds its digest, by which `is_sealed` knows it again.

    Args:
        text: the text.
        form: of that line, with `{}` for the digest: a comment in the text's language.

    Returns:
        UTF-8, half characters as question marks.

    Example:
        >>> is_sealed(sealed("a page", "<!-- {} -->"), "<!-- {} -->")
        True
    """
    data = text.encode("utf-8", "replace")
    return data + (form.format(hashlib.sha256(data).hexdigest()) + "\n").encode()


def is_sealed(data: bytes, form: str) -> bool:
    """Whether bytes are as `sealed` made them.

    Args:
        data: a file's content.
        form: as in `sealed`.

    Returns:
        False where a byte was changed, or the last line is none of that form.
    """
    start = len(form.format("0" * 64)) + 1
    body = data[:-start]
    return len(data) > start and sealed(body.decode("utf-8", "replace"), form) == data


class Folder:
    """A folder of results (an evaluation, a benchmark), of which only what is polypref's own is written over.

    Args:
        path: the folder.
        before: names that count as polypref's where there is no record, because an earlier version kept none. Whether
            somebody changed such a file cannot be known, so a copy of it is kept beside it.
    """

    def __init__(self, path: Path, before: Iterable[str] = ()) -> None:
        self.path = path
        self.known = recorded(path)
        self._unrecorded: set[str] = set()
        if not read_record(path):
            files = ((name, path / name) for name in before)
            self.known = {name: {file_digest(file)} for name, file in files if file.is_file() and not file.is_symlink()}
            self._unrecorded = set(self.known)

    def check(self, *names: str) -> None:
        """Sees that files may be written.

        Raises:
            UserError: one is there and is not as polypref wrote it.
        """
        for name in names:
            path = self.path / name
            if is_there(path) and not is_ours(path, self.known.get(name, ())):
                how = "was changed after polypref wrote it" if name in self.known else "is no file that polypref wrote"
                raise UserError(
                    f"{path} {how}, and would be written over; move it away or choose another folder (out= or --out)"
                )

    def write_bytes(self, name: str, data: bytes) -> None:
        """Writes a file.

        Args:
            name: the file's name in the folder.
            data: its content.

        Raises:
            UserError: as in `check`, or the disk refuses.
        """
        self._announce(name, hashlib.sha256(data).hexdigest())
        write_bytes(self.path / name, data)

    def write_json(self, name: str, value: Setting) -> None:
        """Writes a JSON file, as `atomic.write_json`.

        Args:
            name: the file's name in the folder.
            value: what it says.

        Raises:
            UserError: as in `check`, or the disk refuses.
        """
        part = temporary(self.path / name)
        with disk_errors(part):
            self.path.mkdir(parents=True, exist_ok=True)
        write_json(part, plain(value))
        self.place(name, part)

    def write_table(self, name: str, table: pa.Table) -> None:
        """Writes a Parquet file, as `atomic.write_table`.

        Args:
            name: the file's name in the folder.
            table: its rows.

        Raises:
            UserError: as in `check`, or the disk refuses.
        """
        part = temporary(self.path / name)
        with disk_errors(part):
            self.path.mkdir(parents=True, exist_ok=True)
        write_table(part, table)
        self.place(name, part)

    def place(self, name: str, part: Path) -> None:
        """Gives a finished file its name.

        Args:
            name: the file's name in the folder.
            part: the file under its temporary name, which it loses.

        Raises:
            UserError: as in `check`, or the disk refuses.
        """
        try:
            self._announce(name, file_digest(part))
            with disk_errors(self.path / name):
                part.replace(self.path / name)
        finally:
            part.unlink(missing_ok=True)

    def _announce(self, name: str, digest: str) -> None:
        self.check(name)
        path = self.path / name
        if name in self._unrecorded:
            self._unrecorded.remove(name)
            if path.is_file() and file_digest(path) != digest:
                _keep_copy(path)
        self.known[name] = {digest, *([file_digest(path)] if path.is_file() else [])}
        write_record(self.path, self.known)


def _keep_copy(path: Path) -> None:
    """Copies a file that may hold changes of the user's to a name of its own beside it, and says so."""
    copy, number = path.with_stem(f"{path.stem}-before"), 1
    while is_there(copy):
        number += 1
        copy = path.with_stem(f"{path.stem}-before-{number}")
    write_bytes(copy, path.read_bytes())
    sentence = (
        f"{path} is of a version that kept no record of what it wrote: before it is replaced it is copied to {copy}"
    )
    print(lines(redact_text(sentence)), file=sys.stderr)
