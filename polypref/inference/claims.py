"""Who asks what: processes that share a response log claim a request before they ask it, so that each is asked once.

A claim is a row of the log that names its process; the process holds an operating system's lock on a file beside the
log for as long as it lives. Whoever gets that lock knows that the other is gone, however it ended, and whatever has
its number now: then its claims count no more.
"""

import os
import secrets
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

TABLE = "CREATE TABLE IF NOT EXISTS claims (key TEXT PRIMARY KEY, owner TEXT NOT NULL) WITHOUT ROWID;"
#: SQLite takes at most 32,766 variables in one statement.
_PAGE = 10_000


class Claims:
    """The claims of one open response log.

    Args:
        db: the log's connection.
        path: the log's file.

    Attributes:
        owner: the name of this process in its claims.
    """

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self._db, self._path = db, path
        self.owner = f"{os.getpid()}-{secrets.token_hex(8)}"
        self._lock: FileLock | None = None

    def take(self, keys: Sequence[str]) -> dict[str, str]:
        """Claims what nobody else has claimed who lives, all in one step.

        Must be called within a transaction that writes; what others answered before it is for the caller to look up.

        Args:
            keys: of requests.

        Returns:
            Key -> owner of what others have claimed.
        """
        if self._lock is None:
            self._lock = self._locked()
            self._sweep()
        claimed = self._of_others(keys)
        gone = {owner for owner in set(claimed.values()) if not self._lives(owner)}
        for owner in gone:
            self._forget(owner)
        others = {key: owner for key, owner in claimed.items() if owner not in gone}
        mine = [(key, self.owner) for key in keys if key not in others]
        self._db.executemany("INSERT OR IGNORE INTO claims VALUES (?, ?)", mine)
        return others

    def living(self, keys: Sequence[str]) -> set[str]:
        """Which of the keys are claimed by others who live.

        Args:
            keys: of requests.

        Returns:
            Those among them.
        """
        claimed = self._of_others(keys)
        lives = {owner: self._lives(owner) for owner in set(claimed.values())}
        return {key for key, owner in claimed.items() if lives[owner]}

    def _of_others(self, keys: Sequence[str]) -> dict[str, str]:
        """Key -> who has claimed it, dead or alive, but for this process."""
        claimed: dict[str, str] = {}
        for begin in range(0, len(keys), _PAGE):
            page = keys[begin : begin + _PAGE]
            marks = ",".join("?" * len(page))
            claimed |= dict(self._db.execute(f"SELECT key, owner FROM claims WHERE key IN ({marks})", page))
        return {key: owner for key, owner in claimed.items() if owner != self.owner}

    def drop(self, keys: Iterable[str]) -> None:
        """Gives claims back; others' stay.

        Args:
            keys: of requests.
        """
        self._db.executemany("DELETE FROM claims WHERE key = ? AND owner = ?", ((key, self.owner) for key in keys))

    def close(self) -> None:
        """Gives back all that is left; the log is open still."""
        if self._lock is not None:
            # A full disk, say: whoever comes next sees that this process is gone.
            with suppress(sqlite3.Error):
                self._db.execute("DELETE FROM claims WHERE owner = ?", (self.owner,))
            self._release(self._lock)
            self._lock = None

    def _file(self, owner: str) -> Path:
        return self._path.with_name(f"{self._path.name}.asking-{owner}")

    def _locked(self) -> FileLock:
        lock = FileLock(self._file(self.owner), thread_local=False)
        lock.acquire(timeout=0)
        return lock

    def _lives(self, owner: str) -> bool:
        if not self._file(owner).exists():
            return False
        lock = FileLock(self._file(owner), thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return True
        self._release(lock)
        return False

    def _release(self, lock: FileLock) -> None:
        # The file goes before the lock, so that nobody locks what is about to vanish. Windows deletes no open file:
        # there it goes after.
        with suppress(OSError):
            Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()
        with suppress(OSError):
            Path(lock.lock_file).unlink(missing_ok=True)

    def _forget(self, owner: str) -> None:
        self._db.execute("DELETE FROM claims WHERE owner = ?", (owner,))

    def _sweep(self) -> None:
        """Removes what killed processes left; nobody can begin meanwhile, as that takes the log's own lock."""
        for (owner,) in self._db.execute("SELECT DISTINCT owner FROM claims").fetchall():
            if owner != self.owner and not self._lives(owner):
                self._forget(owner)
        prefix = f"{self._path.name}.asking-"
        for file in self._path.parent.iterdir():
            owner = file.name.removeprefix(prefix)
            if file.name.startswith(prefix) and owner != self.owner:
                self._lives(owner)
