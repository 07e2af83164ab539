"""The response log: every answer of every model, kept by the content of its request, written the moment it comes.

Processes that share a log ask each request once: it is claimed before it is asked, and whoever finds it claimed takes
the other's answer (`claims`).

SQLite in WAL mode, append-only: an answer that is there is never changed, so what was paid for is never paid for again,
after a crash, after a change further down, or by another build that shares the log. Failures are kept beside it and can
be asked for again. What was yielded is on the disk: neither a killed process nor a failing machine loses it
(`group_commits`).
"""

import json
import logging
import math
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Literal, Self

from ..errors import UserError
from . import Backend, Failure, Reply, Request, Result, Served, backend_traits
from .backend import checked_backend, kept_beside
from .claims import TABLE, Claims
from .group_commits import AnswerTable, GroupCommits, write_errors, written_groups
from .names import public_name

_LOG = logging.getLogger(__name__)
_TABLES = f"""
CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, reply TEXT NOT NULL, served TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS failures (key TEXT PRIMARY KEY, reason TEXT NOT NULL, detail TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notes_of_models (
  model TEXT, revision TEXT, backend TEXT, note TEXT, PRIMARY KEY (model, revision, backend, note));
{TABLE}
"""
# What every SQLite file begins with.
_MAGIC = b"SQLite format 3\0"
# SQLite takes at most 32,766 variables in one statement.
_PAGE = 10_000
_CLAIMED_AT_ONCE = 1_000
#: Requests of others that are remembered; with more, their answers are waited for before further ones are read.
_MOST_WAITING = 10_000
_POLL, _LONGEST_POLL = 0.02, 0.5
#: Seconds of waiting in which nothing comes until it is said what is waited for.
_QUIET_WAIT = 10.0
#: What a row of another process failed of that another try of ours may mend.
_GIVEN_UP = frozenset({"server_error", "timeout", "rate_limited"})


def check_log(path: Path) -> None:
    """Sees that a file can be a response log, without opening it: a build that asks nobody never does.

    Args:
        path: the file; it need not be there yet.

    Raises:
        UserError: something else is there.
    """
    wrong = "it is a folder" if path.is_dir() else ""
    if path.is_file():
        try:
            with path.open("rb") as file:
                begin = file.read(len(_MAGIC))
        except OSError as error:
            wrong = str(error)
        else:
            wrong = "file is not a database" if begin not in (b"", _MAGIC) else ""
    if wrong:
        raise UserError(f"cannot use {path} as response log ({wrong}); choose another file as log (--log)")


class ResponseLog:
    """The log in one file.

    Attributes:
        path: the file.
        served: model -> the names by which servers said that they serve it, of all answers looked up so far.

    Raises:
        UserError: the file cannot be opened, or is no response log.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.served: dict[str, set[str]] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=60, isolation_level=None)
            self._check_whose()
            self._db.execute("PRAGMA journal_mode=WAL")
            # This connection writes claims, which end with the machine, so it does not wait for the disk; with WAL the
            # file is whole all the same.
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.executescript(_TABLES)
            self._migrate()
        except (OSError, sqlite3.DatabaseError, UnicodeDecodeError) as error:
            raise UserError(
                f"cannot use {path} as response log ({error}); choose another file as log (--log)"
            ) from None
        self._claims = Claims(self._db, path)
        self._answers = AnswerTable(path, self._claims.owner)
        self._commits: list[GroupCommits] = []

    def _check_whose(self) -> None:
        """Another program's database is left as it is."""
        tables = self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        if tables and not {"key", "reply"} <= self._columns():
            raise sqlite3.DatabaseError("it is another program's database")

    def _migrate(self) -> None:
        """Adds what logs of before lack: who answered. It is one step, which a killed process leaves undone."""
        if "served" not in self._columns():
            try:
                self._db.execute("ALTER TABLE replies ADD COLUMN served TEXT")
            except sqlite3.OperationalError:
                if "served" not in self._columns():  # else another process was quicker
                    raise

    def _columns(self) -> set[str]:
        return {str(column[1]) for column in self._db.execute("PRAGMA table_info(replies)")}

    def close(self) -> None:
        """Writes what is on its way and closes the file."""
        for commits in self._commits:
            commits.finish()
        with suppress(sqlite3.ProgrammingError):  # closed before
            self._claims.close()
        self._answers.close()
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> Literal[False]:
        self.close()
        return False

    def put(self, request: Request, result: Result) -> None:
        """Keeps a result; it is on the disk when this returns. A reply that is there already stays as it is.

        Args:
            request: what was asked.
            result: what came of it; a failure takes the place of an earlier one.

        Raises:
            UserError: the file cannot be written.
        """
        self._answers.commit([(request, result)])

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One step for claims: all that is written in it is there, or nothing."""
        with self._answers.turn, write_errors(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise

    def _version(self) -> int:
        """Another number whenever anybody else has written: another process, or this one's own `AnswerTable`."""
        return int(self._db.execute("PRAGMA data_version").fetchone()[0])

    def get(self, request: Request) -> Result | None:
        """What is known of a request.

        Args:
            request: the request.

        Returns:
            Its result; None where there is none yet.
        """
        return self.get_many([request])[0]

    def get_many(self, requests: Iterable[Request]) -> list[Result | None]:
        """What is known of each request.

        Args:
            requests: n requests.

        Returns:
            (n,) the results in their order; None where there is none yet.

        Raises:
            UserError: the file is damaged.
        """
        requests = list(requests)
        keys = [request.key for request in requests]
        known: dict[str, Result] = {}
        try:
            for begin in range(0, len(keys), _PAGE):
                known |= self._page(keys[begin : begin + _PAGE])
        except (sqlite3.DatabaseError, ValueError, TypeError, RecursionError) as error:
            raise UserError(
                f"the response log {self.path} is damaged ({error}); restore it from a copy or with sqlite3's "
                ".recover, or choose another file as log (--log)"
            ) from None
        results = [known.get(key) for key in keys]
        for request, result in zip(requests, results, strict=True):
            if isinstance(result, Reply) and result.served:
                self.served.setdefault(request.model.name, set()).add(result.served)
        return results

    def served_names(self) -> dict[str, list[str]]:
        """`served`, fit to be published.

        Returns:
            Model -> names, both in order; of a folder on a server only its last part.
        """
        return {model: sorted(map(public_name, names)) for model, names in sorted(self.served.items())}

    def note_model(self, served: Served, notes: Sequence[str]) -> None:
        """Keeps what a model's chat template does by itself, so that it is known where its answers are read again.

        A note stays, as the answers do: where a later run sees something else, both are known.

        Args:
            served: the model, and the backend that loaded it: another has another template.
            notes: sentences.
        """
        known = self.model_notes(served)
        if rows := [(*_place_of(served), note) for note in notes if note not in known]:
            with self._writing():
                self._db.executemany("INSERT OR IGNORE INTO notes_of_models VALUES (?, ?, ?, ?)", rows)

    def model_notes(self, served: Served) -> list[str]:
        """What the chat template of a model does by itself, as far as it was loaded by whoever filled this log.

        Args:
            served: the model, and the backend that loads it.

        Returns:
            Sentences without a full stop, in the order in which they were noted; none where nothing is known.
        """
        query = "SELECT note FROM notes_of_models WHERE model = ? AND revision = ? AND backend = ? ORDER BY rowid"
        return [str(note) for (note,) in self._db.execute(query, _place_of(served))]

    def _page(self, keys: list[str]) -> dict[str, Result]:
        marks = ",".join("?" * len(keys))
        known: dict[str, Result] = {}
        for key, reason, detail in self._db.execute(f"SELECT * FROM failures WHERE key IN ({marks})", keys):
            known[key] = Failure(str(reason), str(detail))
        for key, reply, served in self._db.execute(
            f"SELECT key, reply, served FROM replies WHERE key IN ({marks})", keys
        ):
            known[key] = _reply(reply, served)
        return known

    def ask(
        self, backend: Backend, requests: Iterable[Request], again: bool = False, served: Served | None = None
    ) -> Iterator[tuple[Request, Result]]:
        """Asks for what is not known yet and yields it as it comes, on the disk before it is seen.

        What another process is asking for is not asked: its answer is waited for and yielded too. Nothing is claimed
        while that is waited for, so that no two processes wait for each other.

        Args:
            backend: who answers.
            requests: read as they are needed; each distinct one is asked once.
            again: also ask again for what failed.
            served: the model that is asked, of which is kept what the backend sees of it; None to keep nothing.

        Yields:
            (request, result) of what was asked here or by others meanwhile; not of what was known before.

        Raises:
            UserError: the backend cannot go on, or the file cannot be read or written; what was answered is kept.
        """
        source, asking = iter(requests), _Asking(again)
        backend = kept_beside(checked_backend(backend), self.path)
        while True:
            commits = GroupCommits(self._answers.commit)
            self._commits.append(commits)
            try:
                results = self._noting(backend.run(self._unknown(source, asking)), served)
                for answered in written_groups(results, commits):
                    asking.all_ended(answered)
                    yield from answered
            finally:
                asking.all_ended(commits.finish())
                self._commits.remove(commits)
                self._let_go(asking)
            if not asking.others:
                return
            yield from self._waited(asking)

    def _noting(
        self, results: Iterator[tuple[Request, Result]], served: Served | None
    ) -> Iterator[tuple[Request, Result]]:
        """The results, each when what was seen of its model is kept: a kill leaves no answer without its notes."""
        seen = backend_traits(served.backend).model_notes if served else None
        known = 0
        for request, result in results:
            if served and seen and len(notes := seen.notes.get(served.model, [])) > known:
                known = len(notes)
                self.note_model(served, notes)
            yield request, result

    def _unknown(self, source: Iterator[Request], asking: "_Asking") -> Iterator[Request]:
        """Claims and yields what nobody has answered or asks: first what others gave up, then what the source has."""
        while page := asking.free[:_CLAIMED_AT_ONCE]:
            del asking.free[:_CLAIMED_AT_ONCE]
            yield from self._claimed(page, asking, None)
        # A page is looked up when the one before it is on its way, so a request that comes back is known or under way.
        while len(asking.others) < _MOST_WAITING:
            distinct = list({request.key: request for request in islice(source, _CLAIMED_AT_ONCE)}.values())
            if not distinct:
                asking.exhausted = True
                return
            version = self._version()
            known = zip(distinct, self.get_many(distinct), strict=True)
            wanted = [request for request, result in known if asking.wants(request, result)]
            yield from self._claimed(wanted, asking, version)

    def _claimed(self, requests: Sequence[Request], asking: "_Asking", version: int | None) -> Iterator[Request]:
        """Claims requests and yields those that are this process's to ask.

        Args:
            requests: what is not known.
            asking: the call.
            version: of the log when they were looked up; None: they were not.
        """
        if not requests:
            return
        keys = [request.key for request in requests]
        settled: list[str] = []
        with self._writing():
            self._claims.drop(asking.answered)
            claimed = self._claims.take(keys)
            if version != self._version():
                # Between the look and the claim another process may have answered.
                known = zip(keys, self.get_many(requests), strict=True)
                settled = [key for key, result in known if result is not None and asking.is_settled(result)]
                self._claims.drop(settled)
        asking.answered.clear()
        elsewhere = claimed | dict.fromkeys(settled, "")
        asking.others |= {r.key: (r, elsewhere[r.key]) for r in requests if r.key in elsewhere}
        asking.under_way.update(key for key in keys if key not in elsewhere)
        yield from (request for request in requests if request.key not in elsewhere)

    def _let_go(self, asking: "_Asking") -> None:
        """Gives back the claims on what was not answered, so that others need not wait for this process's end."""
        if asking.under_way or asking.answered:
            # The log may be closed by now, or its disk full: then the claims end with the process.
            with suppress(sqlite3.Error, UserError), self._writing():
                self._claims.drop([*asking.under_way, *asking.answered])
            asking.under_way.clear()
            asking.answered.clear()

    def _waited(self, asking: "_Asking") -> Iterator[tuple[Request, Result]]:
        """Yields what others answer, until something is to be asked here: what they gave up, or more of the source."""
        pause, since = _POLL, time.monotonic()
        while asking.others and not asking.free and (asking.exhausted or len(asking.others) > _MOST_WAITING // 2):
            arrived = self._arrived(asking)
            yield from arrived
            if arrived:
                pause, since = _POLL, time.monotonic()
                continue
            if time.monotonic() - since > _QUIET_WAIT:
                processes = ", ".join(sorted({owner.partition("-")[0] for _, owner in asking.others.values() if owner}))
                notice = "waiting for %d answers that another build which uses %s is asking for (process %s)"
                _LOG.warning(notice, len(asking.others), self.path, processes)
                since = math.inf
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_POLL)

    def _arrived(self, asking: "_Asking") -> list[tuple[Request, Result]]:
        """What came of others' requests; what they gave up, or left when they died, becomes free."""
        # Claims first: an answer and the end of its claim are written in one step.
        claimed = self._claims.living(list(asking.others))
        requests = [request for request, _ in asking.others.values()]
        arrived: list[tuple[Request, Result]] = []
        for request, result in zip(requests, self.get_many(requests), strict=True):
            # A failure whose request is claimed is being asked again.
            if isinstance(result, Failure) and request.key in claimed:
                continue
            if result is not None and asking.is_settled(result):
                arrived.append((request, result))
                del asking.others[request.key]
            elif request.key not in claimed:
                asking.free.append(request)
                del asking.others[request.key]
        asking.all_ended(arrived)
        return arrived


@dataclass
class _Asking:
    """One call of `ask`.

    Attributes:
        again: also ask for what failed before.
        under_way: keys of what this process has claimed and not answered.
        answered: keys of what was answered since; their claims are still to be dropped.
        failed: keys of what failed in this call.
        others: key -> what another process asks, and which; "" where it is answered by now.
        free: what another process gave up.
        exhausted: no request is left to be read.
    """

    again: bool
    # Of answers nothing is kept here, so that memory does not grow with them.
    under_way: set[str] = field(default_factory=set)
    answered: list[str] = field(default_factory=list)
    failed: set[str] = field(default_factory=set)
    others: dict[str, tuple[Request, str]] = field(default_factory=dict)
    free: list[Request] = field(default_factory=list)
    exhausted: bool = False

    def wants(self, request: Request, known: Result | None) -> bool:
        """Whether a request of the source is to be asked."""
        failed = self.again and isinstance(known, Failure) and request.key not in self.failed
        return (known is None or failed) and request.key not in self.under_way and request.key not in self.others

    def is_settled(self, result: Result) -> bool:
        """Whether another process's result is as good as one of ours: not where it lost patience with its server."""
        return isinstance(result, Reply) or not (self.again or result.reason in _GIVEN_UP)

    def all_ended(self, answered: Sequence[tuple[Request, Result]]) -> None:
        """Notes that requests have their results, and that these are written."""
        for request, result in answered:
            if request.key in self.under_way:
                self.under_way.discard(request.key)
                self.answered.append(request.key)
            if isinstance(result, Failure):
                self.failed.add(request.key)


def _place_of(served: Served) -> tuple[str, str, str]:
    """What tells a model from others: its name, its revision, and the backend with what that is loaded from."""
    traits = backend_traits(served.backend)
    return served.model.name, served.model.revision, f"{traits.kind} {traits.place}".rstrip()


def _reply(text: str, served: str | None) -> Reply:
    reply = replace(Reply(**json.loads(text)), served=served)
    if not isinstance(reply.text, str) or not isinstance(reply.finish_reason, str):
        raise ValueError("a reply without a text")
    return reply
