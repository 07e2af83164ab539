"""Locks on a working folder: one process writes, or several read; the system frees a lock when its process ends.

A writer holds `lock`. A reader takes `lock` for a moment, leaves a locked file of its own in `readers/`, and gives
`lock` back; so readers are beside each other, and a writer sees them.
"""

import errno
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import lock_descriptor

from ..errors import UserError

#: How often a lock is tried that somebody may hold for a moment only, and the seconds in between.
_TRIES, _PAUSE = 10, 0.05
_READERS = "readers"
_MARK = re.compile(r"[a-z]+-[0-9]+-[0-9a-f]{8}")


def hold_lock(root: Path) -> int:
    """Takes a working folder for writing.

    Args:
        root: the folder, `.polypref` of what is written.

    Returns:
        the descriptor to close when done.

    Raises:
        UserError: another process writes or reads it, or the file system has no locks.
        OSError: the lock's file cannot be written.
    """
    gate = os.open(root / "lock", os.O_RDWR | os.O_CREAT, 0o666)
    try:
        if not _locked(gate):
            raise UserError(_in_use(root))
        if readers := _living(root):
            raise UserError(_in_use(root, readers[0]))
    except OSError as error:
        os.close(gate)
        reason = error.strerror or str(error)
        raise UserError(
            f"cannot lock {root / 'lock'}: {reason}; choose a folder (out= or --out) on a file system that can lock "
            "files"
        ) from None
    except UserError:
        os.close(gate)
        raise
    return gate


@contextmanager
def reading(folder: Path, command: str) -> Iterator[None]:
    """Keeps builds away from a folder while it is read.

    A folder without `.polypref/lock`, as a downloaded one, needs no lock and gets none. Where this user may not write
    or the file system cannot lock, a build under way is seen if it can be, and nothing keeps one from beginning.

    Args:
        folder: what is read.
        command: who reads, for the message of a build that comes meanwhile.

    Yields:
        Nothing; while it is open no build of this machine begins to write there.

    Raises:
        UserError: a build is writing it.
    """
    mark = _enter_lock(folder / ".polypref", command)
    try:
        yield
    finally:
        if mark is not None:
            path, descriptor = mark
            # Windows deletes no file that is open.
            os.close(descriptor)
            with suppress(OSError):
                path.unlink()


def is_written(folder: Path) -> bool:
    """Whether a process of this machine writes a folder now; nothing keeps one from beginning a moment later.

    Args:
        folder: what may be written.

    Returns:
        Whether; false where it cannot be seen, as where the file system has no locks.
    """
    gate = _open_gate(folder / ".polypref" / "lock")
    if gate is None:
        return False
    try:
        return not _locked(gate)
    except OSError:
        return False
    finally:
        os.close(gate)


def _enter_lock(root: Path, command: str) -> tuple[Path, int] | None:
    gate = _open_gate(root / "lock")
    if gate is None:
        return None
    try:
        try:
            free = _locked(gate)
        except OSError:
            return None
        if not free:
            raise UserError(
                f"{root.parent} is being written by another polypref process; wait for it, then run the same command "
                "again"
            )
        try:
            return _mark_owner(root, command)
        except OSError:
            return None
    finally:
        os.close(gate)


def _open_gate(path: Path) -> int | None:
    for flags in (os.O_RDWR, os.O_RDONLY):
        with suppress(OSError):
            return os.open(path, flags)
    return None


def _mark_owner(root: Path, command: str) -> tuple[Path, int]:
    folder = root / _READERS
    if folder.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(folder))
    folder.mkdir(exist_ok=True)
    _living(root)  # clears away what killed readers left
    path = folder / f"{command}-{os.getpid()}-{secrets.token_hex(4)}"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        lock_descriptor(descriptor, blocking=False)
    except OSError:
        os.close(descriptor)
        path.unlink(missing_ok=True)
        raise
    return path, descriptor


def _living(root: Path) -> list[str]:
    """The commands that read the folder now; marks of processes that are gone are deleted, and no other file.

    Raises:
        UserError: `readers` is a link, which no reader makes: what it leads to is somebody else's.
    """
    commands, folder = [], root / _READERS
    if folder.is_symlink():
        raise UserError(
            f"{folder} is a symbolic link, which polypref did not make; remove it and run the command again"
        )
    for path in sorted(folder.glob("*-*-*")):
        if not _MARK.fullmatch(path.name) or path.is_symlink() or not path.is_file():
            continue
        descriptor = _open_gate(path)
        if descriptor is None:
            if path.exists():  # of another user, who may be reading
                commands.append(path.name.split("-")[0])
            continue
        try:
            alive = not lock_descriptor(descriptor, blocking=False)
        except OSError:
            # Some file systems lock only what may be written.
            alive = not os.access(path, os.W_OK)
            if not alive:
                raise
        finally:
            os.close(descriptor)
        if alive:
            commands.append(path.name.split("-")[0])
        else:
            with suppress(OSError):
                path.unlink()
    return commands


def _locked(descriptor: int) -> bool:
    """Tries for a moment: a reader that comes or goes holds the lock no longer."""
    for tried in range(_TRIES):
        if tried:
            time.sleep(_PAUSE)
        if lock_descriptor(descriptor, blocking=False):
            return True
    return False


def _in_use(root: Path, command: str = "") -> str:
    by = f" ({command})" if command else ""
    return (
        f"{root.parent} is in use by another polypref process{by}; wait for it or choose another folder (out= or --out)"
    )
