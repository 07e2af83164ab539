"""Answers written into the response log in groups: all that have come when the disk is free are one commit.

A commit that outlives a failing machine waits for the disk, some milliseconds. A thread of its own waits there, so an
answer is on its way to the disk the moment it comes, whether another one follows or not: a lone one is a commit by
itself, a flood goes in groups, and no timer says when. Nobody is shown an answer before its commit has ended.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path

from ..errors import UserError
from .requests import Failure, Reply, Request, Result

Answered = tuple[Request, Result]
"""A request and what came of it."""
#: Answers that may wait for the disk; with more, the next one is not taken before these are written.
_MOST_WAITING = 256
#: What a process leaves the file to others between two commits: SQLite has no queue, whoever waits looks now and then.
_FREE_FOR_OTHERS = 0.001
#: The part of the models' time that waiting for single answers may take, and the most that is saved up of it, seconds.
_DISK_SHARE, _MOST_SAVED = 0.1, 0.5


@contextmanager
def write_errors(path: Path) -> Iterator[None]:
    """What keeps a log from being written, in one sentence.

    Args:
        path: the log's file.

    Yields:
        Nothing: what writes stands within.

    Raises:
        UserError: the file cannot be written.
    """
    try:
        yield
    except (sqlite3.DatabaseError, OSError) as error:
        raise UserError(f"cannot write to {path} ({error}); free some space, then run the same command") from None


class AnswerTable:
    """Where answers are written: a connection of its own, each of whose commits is on the disk when it ends.

    Args:
        path: the log's file, whose tables are there.
        owner: whose claims end with a failure.
    """

    def __init__(self, path: Path, owner: str) -> None:
        self._path, self._owner = path, owner
        self._db: sqlite3.Connection | None = None
        self._closed = False
        #: Held by whoever writes into the log in this process, by whichever connection.
        self.turn = threading.Lock()

    def commit(self, answered: Sequence[Answered]) -> None:
        """Writes results, all in one commit; a reply that is there already stays as it is.

        Args:
            answered: requests with what came of them; a failure takes the place of an earlier one.

        Raises:
            UserError: the file cannot be written; then none of them is.
        """
        with self.turn, write_errors(self._path):
            db = self._connection()
            db.execute("BEGIN IMMEDIATE")
            try:
                self._write(db, answered)
                db.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    db.execute("ROLLBACK")
                raise

    def _write(self, db: sqlite3.Connection, answered: Sequence[Answered]) -> None:
        """Writes results, in statements of many rows: after each statement a thread must get its turn in Python."""
        failures = [(request.key, result) for request, result in answered if isinstance(result, Failure)]
        replies = [(request.key, result) for request, result in answered if isinstance(result, Reply)]
        if failures:
            # Half characters cannot be written; a server may say anything.
            rows = [(key, one.reason, one.detail[:500].encode("utf-8", "replace").decode()) for key, one in failures]
            db.execute(f"INSERT OR REPLACE INTO failures VALUES {_marks(rows)}", list(chain(*rows)))
            # In one step with the end of its claim: whoever waits for it must not ask again what failed just now.
            keys = [key for key, _ in failures]
            db.execute(f"DELETE FROM claims WHERE owner = ? AND key IN {_marks([keys])}", [self._owner, *keys])
        if replies:
            # A reply ends whatever waits for it, its claim or not: those are dropped many at a time.
            kept = [(key, _reply_json(one), one.served) for key, one in replies]
            db.execute(f"INSERT OR IGNORE INTO replies (key, reply, served) VALUES {_marks(kept)}", list(chain(*kept)))
            keys = [key for key, _ in replies]
            db.execute(f"DELETE FROM failures WHERE key IN {_marks([keys])}", keys)

    def _connection(self) -> sqlite3.Connection:
        if self._closed:
            raise sqlite3.ProgrammingError("it was closed")
        if self._db is None:
            # `turn` sees that one thread has it at a time.
            self._db = sqlite3.connect(self._path, timeout=60, isolation_level=None, check_same_thread=False)
            # A machine that fails loses nothing that was committed. On macOS that takes another call than fsync, which
            # leaves things in the disk's own memory; elsewhere the last two change nothing.
            for pragma in ("synchronous=FULL", "fullfsync=ON", "checkpoint_fullfsync=ON"):
                self._db.execute(f"PRAGMA {pragma}")
        return self._db

    def close(self) -> None:
        """Closes the connection; what is written afterwards is refused."""
        with self.turn:
            self._closed = True
            if self._db is not None:
                self._db.close()


def _marks(rows: Sequence[Sequence[object]]) -> str:
    """The question marks of rows."""
    row = ", ".join("?" for _ in rows[0])
    return ", ".join(f"({row})" for _ in rows)


def _reply_json(reply: Reply) -> str:
    """A reply's row, without what is None and without who served it, which has a column of its own."""
    content: dict[str, object] = {"text": reply.text, "finish_reason": reply.finish_reason}
    counted = {
        "prompt_tokens": reply.prompt_tokens,
        "completion_tokens": reply.completion_tokens,
        "score": reply.score,
    }
    content |= {name: value for name, value in counted.items() if value is not None}
    content |= {"thinking": reply.thinking} if reply.thinking else {}
    return json.dumps(content, ensure_ascii=False)


class GroupCommits:
    """Answers on their way to the disk.

    Args:
        commit: writes a group; it is called from a thread of its own.
    """

    def __init__(self, commit: Callable[[list[Answered]], None]) -> None:
        self._commit = commit
        self._changed = threading.Condition()
        self._waiting: list[Answered] = []
        self._written: list[Answered] = []
        self._unwritten = 0
        self._ends = False
        self._error: Exception | None = None
        self._thread: threading.Thread | None = None

    def add(self, answered: Answered) -> None:
        """Has an answer written as soon as the disk is free.

        Args:
            answered: a request and what came of it.

        Raises:
            UserError: the log was closed meanwhile, and the file cannot be written any more.
        """
        if self._ends:
            # Nobody is there any more who would write it later.
            self._commit([answered])
            self._written.append(answered)
            return
        with self._changed:
            self._waiting.append(answered)
            self._unwritten += 1
            self._changed.notify_all()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="polypref-log", daemon=True)
                self._thread.start()

    @property
    def is_full(self) -> bool:
        """Whether so many answers wait that no further one is to be taken."""
        return self._unwritten >= _MOST_WAITING

    def written(self, wait: bool = False) -> list[Answered]:
        """What was written since this was asked last.

        Args:
            wait: until all is written.

        Returns:
            The answers, in the order in which they came.

        Raises:
            UserError: the file cannot be written.
        """
        with self._changed:
            if wait:
                self._changed.wait_for(lambda: not self._unwritten or self._error)
            if self._error is not None:
                raise self._error
            written, self._written = self._written, []
            return written

    def finish(self) -> list[Answered]:
        """Writes what is left and ends; nothing is added afterwards.

        Returns:
            As `written`. What cannot be written is not among them.
        """
        with self._changed:
            self._ends = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
        written, self._written = self._written, []
        return written

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._ends)
                group, self._waiting = self._waiting, []
            if not group:
                return
            try:
                self._commit(group)
            except Exception as error:
                with self._changed:
                    self._error = error
                    self._changed.notify_all()
                return
            with self._changed:
                self._written += group
                self._unwritten -= len(group)
                self._changed.notify_all()
            time.sleep(_FREE_FOR_OTHERS)


def written_groups(results: Iterator[Answered], commits: GroupCommits) -> Iterator[list[Answered]]:
    """Takes answers as they come, has them written, and yields them when they are.

    Whether a next answer is ready cannot be seen, only asked for; so an answer is yielded at once while waiting for the
    disk is a small part of the time that the models take, and otherwise with the next one or as soon as many wait. It
    is written at once either way.

    Args:
        results: the answers.
        commits: where they are written.

    Yields:
        Answers that were written, in the order in which they came.

    Raises:
        UserError: the file cannot be written; or what `results` raises, after what came before it was yielded.
    """
    patience = 0.0
    while True:
        asked = time.perf_counter()
        try:
            answered = next(results, None)
        except Exception:
            yield commits.written(wait=True)
            raise
        if answered is None:
            yield commits.written(wait=True)
            return
        commits.add(answered)
        came = time.perf_counter()
        patience = min(patience + _DISK_SHARE * (came - asked), _MOST_SAVED)
        if patience > 0:
            written = commits.written(wait=True)
            patience -= time.perf_counter() - came
        else:
            written = commits.written(wait=commits.is_full)
        if written:
            yield written
