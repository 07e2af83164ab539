"""Processes and threads that share a log: each request is asked once, whoever is killed, fails or leaves."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from polypref.errors import UserError
from polypref.inference import Failure, Reply
from polypref.inference import log as logs
from polypref.inference.log import ResponseLog

from .loopback import ask


class Held:
    """A backend that takes all requests, then waits until it is let go; `results` says what comes of them."""

    def __init__(self, result=None):
        self.result = result or (lambda request: Reply(request.messages[0][1] + "!"))
        self.asked, self.taken, self.go = [], threading.Event(), threading.Event()

    def run(self, requests):
        taken = list(requests)
        self.asked += [request.messages[0][1] for request in taken]
        self.taken.set()
        assert self.go.wait(60)
        for request in taken:
            result = self.result(request)
            if isinstance(result, Exception):
                raise result
            yield request, result


class Asker:
    """A thread with a log of its own, as another process would have it."""

    def __init__(self, path, backend, texts, again=False):
        self.path, self.backend, self.texts, self.again = path, backend, texts, again
        self.got, self.error = {}, None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        try:
            with ResponseLog(self.path) as log:
                for request, result in log.ask(self.backend, map(ask, self.texts), self.again):
                    self.got[request.messages[0][1]] = result
        except Exception as error:
            self.error = error

    def done(self):
        self.thread.join(60)
        assert not self.thread.is_alive()
        return self.got


def free() -> Held:
    backend = Held()
    backend.go.set()
    return backend


def test_what_another_asks_is_waited_for_and_taken(tmp_path):
    path = tmp_path / "log.sqlite"
    first, second = Held(), free()
    one = Asker(path, first, "abc")
    assert first.taken.wait(60)
    two = Asker(path, second, "cbxa")
    assert second.taken.wait(60) and second.asked == ["x"]
    first.go.set()
    assert one.done() == {text: Reply(f"{text}!") for text in "abc"}
    assert two.done() == {text: Reply(f"{text}!") for text in "abcx"}
    assert second.asked == ["x"]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["log.sqlite"]


def test_two_that_wait_for_each_other_both_end(tmp_path):
    path = tmp_path / "log.sqlite"
    first, second = Held(), Held()
    one = Asker(path, first, "abcd")
    assert first.taken.wait(60)
    two = Asker(path, second, "wxyzabcd")
    assert second.taken.wait(60) and second.asked == list("wxyz")
    third = free()
    three = Asker(path, third, "zyxwdcba")
    assert third.taken.wait(60) and third.asked == []
    first.go.set()
    second.go.set()
    for asker in (one, two, three):
        assert set(asker.done().values()) <= {Reply(f"{text}!") for text in "abcdwxyz"}
    assert len(three.got) == len(two.got) == 8


@pytest.mark.parametrize("reason", ["timeout", "server_error", "rate_limited"])
def test_what_another_gives_up_is_asked_here(tmp_path, reason):
    first, second = Held(lambda request: Failure(reason)), free()
    one = Asker(tmp_path / "log.sqlite", first, "ab")
    assert first.taken.wait(60)
    two = Asker(tmp_path / "log.sqlite", second, "ab")
    assert second.taken.wait(60) and second.asked == []
    first.go.set()
    assert one.done() == dict.fromkeys("ab", Failure(reason))
    assert two.done() == {"a": Reply("a!"), "b": Reply("b!")} and sorted(second.asked) == ["a", "b"]


def test_what_failed_of_its_own_fault_is_not_asked_twice(tmp_path):
    first, second = Held(lambda request: Failure("content_filter")), free()
    one = Asker(tmp_path / "log.sqlite", first, "ab")
    assert first.taken.wait(60)
    two = Asker(tmp_path / "log.sqlite", second, "ab")
    assert second.taken.wait(60) and second.asked == []
    first.go.set()
    assert one.done() == two.done() == dict.fromkeys("ab", Failure("content_filter"))
    assert second.asked == []


def test_what_another_claimed_when_its_server_stopped_it_is_asked_here(tmp_path):
    first, second = Held(lambda request: UserError("no server is of use")), free()
    one = Asker(tmp_path / "log.sqlite", first, "ab")
    assert first.taken.wait(60)
    two = Asker(tmp_path / "log.sqlite", second, "ab")
    assert second.taken.wait(60) and second.asked == []
    first.go.set()
    assert one.done() == {} and "no server" in str(one.error)
    assert two.done() == {"a": Reply("a!"), "b": Reply("b!")}


def test_failures_are_asked_again_by_one_of_two(tmp_path):
    path = tmp_path / "log.sqlite"
    with ResponseLog(path) as log:
        log.put(ask("a"), Failure("content_filter"))
    first, second = Held(), free()
    one = Asker(path, first, "a", again=True)
    assert first.taken.wait(60)
    two = Asker(path, second, "a", again=True)
    assert second.taken.wait(60) and second.asked == []
    first.go.set()
    assert one.done() == two.done() == {"a": Reply("a!")} and second.asked == []


def test_whoever_leaves_in_the_middle_gives_back_what_it_claimed(tmp_path):
    path = tmp_path / "log.sqlite"
    with ResponseLog(path) as log, ResponseLog(path) as other:
        results = log.ask(free(), map(ask, "abc"))
        assert next(results)[1] == Reply("a!")
        results.close()
        second = free()
        assert len(list(other.ask(second, map(ask, "abc")))) == 2 and second.asked == ["b", "c"]


def test_few_requests_of_others_are_remembered(tmp_path, monkeypatch):
    monkeypatch.setattr(logs, "_MOST_WAITING", 20)
    monkeypatch.setattr(logs, "_CLAIMED_AT_ONCE", 10)
    texts = [str(n) for n in range(100)]
    first, second = Held(), free()
    one = Asker(tmp_path / "log.sqlite", first, texts)
    assert first.taken.wait(60)
    two = Asker(tmp_path / "log.sqlite", second, [*texts, "more"])
    assert second.taken.wait(60) and second.asked == []
    first.go.set()
    assert len(one.done()) == 100 and len(two.done()) in range(1, 102)
    assert second.asked == ["more"]


def test_a_claim_of_a_process_that_is_gone_counts_no_more_whoever_has_its_number(tmp_path):
    path = tmp_path / "log.sqlite"
    dead = f"{os.getpid()}-0123456789abcdef"
    (tmp_path / f"log.sqlite.asking-{dead}").touch()
    with ResponseLog(path) as log:
        log._db.execute("INSERT INTO claims VALUES (?, ?), (?, 'no-file')", (ask("a").key, dead, ask("b").key))
        assert len(list(log.ask(free(), map(ask, "abc")))) == 3
        assert log._db.execute("SELECT count(*) FROM claims").fetchone() == (0,)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["log.sqlite"]


def test_what_killed_processes_left_goes_when_the_next_one_begins_and_what_others_hold_stays(tmp_path):
    path = tmp_path / "log.sqlite"
    with ResponseLog(path) as other:
        other._db.execute("INSERT INTO claims VALUES ('a', 'dead-1'), ('b', 'no-file')")
        (tmp_path / "log.sqlite.asking-dead-1").touch()
        (tmp_path / "log.sqlite.asking-dead-2").touch()
        backend = Held()
        asker = Asker(path, backend, ["c"])
        assert backend.taken.wait(60)
        with ResponseLog(path) as log:
            list(log.ask(free(), [ask("d")]))
            assert log._db.execute("SELECT key FROM claims").fetchall() == [(ask("c").key,)]
        assert not [file for file in tmp_path.iterdir() if "dead" in file.name]
        backend.go.set()
        assert len(asker.done()) == 1


CHILD = """
import sys, time
from pathlib import Path
from polypref.inference import Model, Reply, Request, Sampling
from polypref.inference.log import ResponseLog
path, name, count, pause = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
class Backend:
    def run(self, requests):
        for request in requests:
            with open(path.with_name("asked"), "a") as file:
                file.write(f"{request.messages[0][1]}\\n")
            if pause == "for ever":
                print("asked", flush=True)
                time.sleep(600)
            time.sleep(float(pause))
            yield request, Reply(request.messages[0][1])
numbers = range(count) if name == "up" else reversed(range(count))
requests = (Request(Model("tiny", "r1", "apache-2.0"), (("user", str(n)),), Sampling()) for n in numbers)
with ResponseLog(path) as log:
    print(len(list(log.ask(Backend(), requests))), flush=True)
"""


def child(root: Path, path: Path, name: str, count: int, pause: str) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", CHILD, str(path), name, str(count), pause]
    environment = os.environ | {"PYTHONPATH": str(root)}
    return subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def asked(folder: Path) -> Counter[str]:
    return Counter((folder / "asked").read_text().split())


def test_processes_ask_each_request_once_from_either_end(tmp_path, root):
    children = [child(root, tmp_path / "log.sqlite", name, 3_000, "0.0001") for name in ("up", "down", "up")]
    for one in children:
        _, errors = one.communicate(timeout=300)
        assert one.returncode == 0, errors
    assert len(asked(tmp_path)) == 3_000 and set(asked(tmp_path).values()) == {1}
    assert not [file.name for file in tmp_path.iterdir() if "asking" in file.name]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_process_that_waits_goes_on_where_one_that_was_killed_stopped(tmp_path, root, how):
    path = tmp_path / "log.sqlite"
    first = child(root, path, "up", 40, "for ever")
    assert first.stdout and first.stdout.readline() == "asked\n"
    backend = free()
    waiting = Asker(path, backend, [str(n) for n in range(40)])
    # It waits for what is claimed, for as long as the other lives.
    assert backend.taken.wait(60) and backend.asked == []
    os.kill(first.pid, how)
    first.communicate(timeout=60)
    assert len(waiting.done()) == 40 and sorted(map(int, backend.asked)) == list(range(40))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["asked", "log.sqlite"]


def old_log(path: Path) -> None:
    """As version 0.1.0 wrote it."""
    with sqlite3.connect(path) as db:
        db.executescript(
            "CREATE TABLE replies (key TEXT PRIMARY KEY, reply TEXT NOT NULL) WITHOUT ROWID;"
            "CREATE TABLE failures (key TEXT PRIMARY KEY, reason TEXT NOT NULL, detail TEXT NOT NULL) WITHOUT ROWID;"
        )
        reply = '{"text": "да", "finish_reason": "stop", "prompt_tokens": 3}'
        db.execute("INSERT INTO replies VALUES (?, ?)", (ask("old").key, reply))
        db.execute("INSERT INTO failures VALUES (?, 'timeout', 'no answer')", (ask("bad").key,))


def test_a_log_of_before_is_read_and_goes_on(tmp_path):
    path = tmp_path / "log.sqlite"
    old_log(path)
    with ResponseLog(path) as log, ResponseLog(path) as other:
        for one in (log, other):
            assert one.get_many(map(ask, ["old", "bad", "new"])) == [
                Reply("да", "stop", 3), Failure("timeout", "no answer"), None,
            ]  # fmt: skip
        assert log.served == {}
        log.put(ask("new"), Reply("x", served="tiny-2024-08-06"))
        assert other.get(ask("new")).served == "tiny-2024-08-06"
        assert other.served == {"tiny": {"tiny-2024-08-06"}}


def test_several_processes_bring_a_log_of_before_up_to_date(tmp_path, root):
    old_log(tmp_path / "log.sqlite")
    children = [child(root, tmp_path / "log.sqlite", "up", 5, "0") for _ in range(4)]
    assert [one.communicate(timeout=120)[1] for one in children] == [""] * 4
    assert set(asked(tmp_path).values()) == {1}


def test_another_programs_database_is_refused_and_unharmed(tmp_path):
    path = tmp_path / "mine.sqlite"
    for table in ("notes (text)", "replies (x)"):
        path.unlink(missing_ok=True)
        with sqlite3.connect(path) as db:
            db.execute(f"CREATE TABLE {table}")
        db.close()
        before = path.read_bytes()
        with pytest.raises(UserError, match="another program's database"):
            ResponseLog(path)
        with sqlite3.connect(path) as db:
            assert db.execute("SELECT name FROM sqlite_master").fetchall() == [(table.split()[0],)]
        assert len(path.read_bytes()) == len(before)
