"""What is known of batches: which requests went where, kept on the disk before and after each step with a server.

A killed process leaves a batch in one of a few states, and each says what to do next: one that may have been submitted
is looked for at the server before it is submitted again, so that nothing is asked twice.
"""

import sqlite3
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from ..errors import UserError
from ..files.atomic import disk_errors
from .group_commits import write_errors

#: prepared: its requests are written down, nothing was sent. sending: the server may have it. open: the server has it.
#: ended: its answers are here. given_up: the user deleted its file of requests, or nothing of it was written.
State = Literal["prepared", "sending", "open", "ended", "given_up"]
#: How a request of a batch came out. reply: it has an answer. final: it failed for good. again: it is to be asked
#: again, which counts as a try. later: the same, and it is not to blame. stopped: a user must mend something first.
Outcome = Literal["reply", "final", "again", "later", "stopped"]

_TABLES = """
CREATE TABLE IF NOT EXISTS batches (
  number INTEGER PRIMARY KEY, token TEXT NOT NULL UNIQUE, place TEXT NOT NULL, sent TEXT NOT NULL,
  requests INTEGER NOT NULL, state TEXT NOT NULL, file_id TEXT, batch_id TEXT, created REAL NOT NULL);
CREATE TABLE IF NOT EXISTS lines (
  batch INTEGER NOT NULL, key TEXT NOT NULL, line INTEGER NOT NULL, outcome TEXT, PRIMARY KEY (batch, key))
  WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS lines_by_key ON lines (key);
"""
_BATCH = "number, token, place, sent, requests, state, file_id, batch_id, created"
# SQLite takes at most 32,766 variables in one statement.
_PAGE = 10_000


@dataclass(frozen=True)
class Batch:
    """One batch of requests.

    Attributes:
        number: by which its files are called.
        token: what it is marked with at the server, so that it is known there again.
        place: where it was or will be submitted.
        sent: how its requests are written, as the backend reads it.
        requests: how many it has.
        state: see `State`.
        file_id, batch_id: by which the server knows its file and itself; None before it has them.
        created: when it was written down, seconds since the epoch.
    """

    number: int
    token: str
    place: str
    sent: str
    requests: int
    state: State
    file_id: str | None
    batch_id: str | None
    created: float


class Line(NamedTuple):
    """A request's last batch.

    Attributes:
        batch: the number of the batch; 0 where it was in none.
        outcome: how it came out; None where that was not read yet.
        tries: how often it failed since it last came out for good.
    """

    batch: int
    outcome: Outcome | None
    tries: int


class BatchStore:
    """The batches of one folder.

    Args:
        folder: where their files are; made where it is not there.

    Raises:
        UserError: it cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "batches.sqlite"
        try:
            with disk_errors(folder):
                folder.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(self.path, timeout=60, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            # Each step is on the disk before the next one is taken with the server.
            for pragma in ("synchronous=FULL", "fullfsync=ON"):
                self._db.execute(f"PRAGMA {pragma}")
            self._db.executescript(_TABLES)
        except sqlite3.DatabaseError as error:
            raise UserError(
                f"cannot use {self.path} ({error}), in which the batches are written down; restore it from a copy: "
                "without it batches that were submitted would be asked, and paid for, again"
            ) from None

    def close(self) -> None:
        """Closes the file."""
        self._db.close()

    def next_number(self) -> int:
        """The number that the next batch gets, where nobody else adds one.

        Returns:
            One more than the highest.
        """
        return int(self._db.execute("SELECT coalesce(max(number), 0) + 1 FROM batches").fetchone()[0])

    def add(self, token: str, place: str, sent: str, keys: Sequence[str]) -> Batch:
        """Writes a batch down, before its file is written.

        Args:
            token, place, sent: as in `Batch`.
            keys: of its requests, in the order of their lines.

        Returns:
            The batch.
        """
        with write_errors(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                row = (token, place, sent, len(keys), "prepared", time.time())
                self._db.execute(
                    "INSERT INTO batches (token, place, sent, requests, state, created) VALUES (?, ?, ?, ?, ?, ?)", row
                )
                (number,) = self._db.execute("SELECT number FROM batches WHERE token = ?", (token,)).fetchone()
                rows = ((number, key, line) for line, key in enumerate(keys, 1))
                self._db.executemany("INSERT INTO lines (batch, key, line) VALUES (?, ?, ?)", rows)
                self._db.execute("COMMIT")
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
        return self.batch(number)

    def batch(self, number: int) -> Batch:
        """A batch as it is now.

        Args:
            number: of the batch, which is there.

        Returns:
            The batch.
        """
        row = self._db.execute(f"SELECT {_BATCH} FROM batches WHERE number = ?", (number,)).fetchone()
        return Batch(*row)

    def note(self, number: int, state: State, file_id: str | None = None, batch_id: str | None = None) -> Batch:
        """Writes down how far a batch is.

        Args:
            number: of the batch.
            state: how far.
            file_id, batch_id: what is known of them newly.

        Returns:
            The batch as it is now.
        """
        with write_errors(self.path):
            self._db.execute(
                "UPDATE batches SET state = ?, file_id = coalesce(?, file_id), batch_id = coalesce(?, batch_id) "
                "WHERE number = ?",
                (state, file_id, batch_id, number),
            )
        return self.batch(number)

    def note_outcomes(self, number: int, outcomes: Iterable[tuple[str, Outcome]]) -> None:
        """Writes down how requests of a batch came out.

        Args:
            number: of the batch.
            outcomes: key and outcome of each.
        """
        with write_errors(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            rows = ((outcome, number, key) for key, outcome in outcomes)
            self._db.executemany("UPDATE lines SET outcome = ? WHERE batch = ? AND key = ?", rows)
            self._db.execute("COMMIT")

    def lines(self, place: str, keys: Sequence[str]) -> dict[str, Line]:
        """The last batch of each request at a place.

        Args:
            place: the server; what was sent elsewhere counts for nothing.
            keys: of requests.

        Returns:
            Key -> its last line; without those that were in no batch.
        """
        last: dict[str, Line] = {}
        for begin in range(0, len(keys), _PAGE):
            page = keys[begin : begin + _PAGE]
            rows = self._db.execute(
                f"""SELECT key, batch, outcome FROM lines JOIN batches ON number = batch
                    WHERE place = ? AND state <> 'given_up' AND key IN ({",".join("?" * len(page))}) ORDER BY batch""",
                (place, *page),
            )
            for key, batch, outcome in rows:
                before = last[key].tries if key in last else 0
                ended = outcome in ("reply", "final")
                last[key] = Line(batch, outcome, 0 if ended else before + (outcome == "again"))
        return last

    def line_numbers(self, number: int) -> dict[int, str]:
        """The requests of a batch, by their place in its file.

        Args:
            number: of the batch.

        Returns:
            Line, from 1 -> key.
        """
        rows = self._db.execute("SELECT line, key FROM lines WHERE batch = ?", (number,))
        return {int(line): str(key) for line, key in rows}

    def ways_sent(self, place: str) -> list[tuple[str, bool]]:
        """The ways in which batches at a place were written: a later process need not learn them again.

        Args:
            place: the server.

        Returns:
            `sent` of batches, each once and that of the newest batch first, and whether a request of such a batch was
            answered.
        """
        rows = self._db.execute(
            """SELECT sent, max(EXISTS (SELECT 1 FROM lines WHERE lines.batch = batches.number AND outcome = 'reply'))
               FROM batches WHERE place = ? GROUP BY sent ORDER BY max(number) DESC""",
            (place,),
        )
        return [(str(sent), bool(answered)) for sent, answered in rows]
