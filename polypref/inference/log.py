"""The response log: every answer of every model, kept by the content of its request, written the moment it comes.

SQLite in WAL mode, append-only: an answer that is there is never changed, so what was paid for is never paid for again,
after a crash, after a change further down, or by another build that shares the log. Failures are kept beside it and can
be asked for again.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Literal

from ..errors import UserError
from . import Backend, Failure, Reply, Request, Result

_TABLES = """
CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, reply TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS failures (key TEXT PRIMARY KEY, reason TEXT NOT NULL, detail TEXT NOT NULL) WITHOUT ROWID;
"""
# SQLite takes at most 32,766 variables in one statement.
_PAGE = 10_000


class ResponseLog:
    """The log in one file.

    Raises:
        UserError: the file cannot be opened, or is no response log.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=60, isolation_level=None)
            _refuse_others(self._db)
            self._db.execute("PRAGMA journal_mode=WAL")
            # With WAL, NORMAL loses at most the last answers when the machine itself fails, never the file.
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.executescript(_TABLES)
        except (OSError, sqlite3.DatabaseError, UnicodeDecodeError) as error:
            raise UserError(f"cannot use {path} as response log ({error}); choose another file with --log") from None

    def close(self) -> None:
        """Closes the file."""
        self._db.close()

    def __enter__(self) -> "ResponseLog":
        return self

    def __exit__(self, *_: object) -> Literal[False]:
        self.close()
        return False

    def put(self, request: Request, result: Result) -> None:
        """Keeps a result; a reply that is there already stays as it is."""
        try:
            if isinstance(result, Reply):
                reply = json.dumps({k: v for k, v in asdict(result).items() if v is not None}, ensure_ascii=False)
                self._db.execute("INSERT OR IGNORE INTO replies VALUES (?, ?)", (request.key, reply))
                self._db.execute("DELETE FROM failures WHERE key = ?", (request.key,))
            else:
                # Half characters cannot be written; a server may say anything.
                row = (request.key, result.reason, result.detail[:500].encode("utf-8", "replace").decode())
                self._db.execute("INSERT OR REPLACE INTO failures VALUES (?, ?, ?)", row)
        except sqlite3.DatabaseError as error:
            raise UserError(
                f"cannot write to {self.path} ({error}); free some space, then run the same command"
            ) from None

    def get(self, request: Request) -> Result | None:
        """What is known of a request."""
        return self.get_many([request])[0]

    def get_many(self, requests: Iterable[Request]) -> list[Result | None]:
        """What is known of each request, in order.

        Raises:
            UserError: the file is damaged.
        """
        keys = [request.key for request in requests]
        found: dict[str, Result] = {}
        try:
            for begin in range(0, len(keys), _PAGE):
                found |= self._page(keys[begin : begin + _PAGE])
        except (sqlite3.DatabaseError, ValueError, TypeError, RecursionError) as error:
            raise UserError(
                f"the response log {self.path} is damaged ({error}); restore it from a copy or with sqlite3's "
                ".recover, or choose another file with --log"
            ) from None
        return [found.get(key) for key in keys]

    def _page(self, keys: list[str]) -> dict[str, Result]:
        marks = ",".join("?" * len(keys))
        found: dict[str, Result] = {}
        for key, reason, detail in self._db.execute(f"SELECT * FROM failures WHERE key IN ({marks})", keys):
            found[key] = Failure(str(reason), str(detail))
        for key, reply in self._db.execute(f"SELECT * FROM replies WHERE key IN ({marks})", keys):
            found[key] = _reply(reply)
        return found

    def ask(
        self, backend: Backend, requests: Iterable[Request], again: bool = False
    ) -> Iterator[tuple[Request, Result]]:
        """Asks for what is not known yet and yields it as it comes, written down before it is seen.

        Args:
            backend: who answers.
            requests: read as they are needed; each distinct one is asked once.
            again: also ask again for what failed.
        """
        # Only what is on its way is remembered, and what failed in this call: memory does not grow with the answers.
        under_way: set[str] = set()
        failed: set[str] = set()
        for request, result in backend.run(self._unknown(requests, again, under_way, failed)):
            self.put(request, result)
            under_way.discard(request.key)
            if isinstance(result, Failure):
                failed.add(request.key)
            yield request, result

    def _unknown(
        self, requests: Iterable[Request], again: bool, under_way: set[str], failed: set[str]
    ) -> Iterator[Request]:
        pages = iter(requests)
        # A page is looked up when the one before it is on its way, so a request that comes back is known or under way.
        while page := {request.key: request for request in islice(pages, 1_000)}:
            for request, known in zip(page.values(), self.get_many(page.values()), strict=True):
                wanted = known is None or (again and isinstance(known, Failure) and request.key not in failed)
                if wanted and request.key not in under_way:
                    under_way.add(request.key)
                    yield request


def _refuse_others(db: sqlite3.Connection) -> None:
    """Raises sqlite3.DatabaseError for a database of something else, before anything is written into it."""
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")}
    columns = [name for (name,) in db.execute("SELECT name FROM pragma_table_info('replies')")]
    if tables and columns != ["key", "reply"]:
        raise sqlite3.DatabaseError(f"it is a database with other tables: {', '.join(sorted(tables))[:200]}")


def _reply(text: str) -> Reply:
    reply = Reply(**json.loads(text))
    if not isinstance(reply.text, str) or not isinstance(reply.finish_reason, str):
        raise ValueError("a reply without a text")
    return reply
