"""Groups of answers: a lone one is written at once, a flood in few commits, and nobody sees what is not written."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading

import pytest

from polypref.errors import UserError
from polypref.inference import Failure, Reply, group_commits
from polypref.inference.group_commits import AnswerTable, GroupCommits, written_groups
from polypref.inference.log import ResponseLog

from .loopback import ask


def answered(text: str):
    return ask(text), Reply(f"{text}!")


class Disk:
    """Commits of which the first waits until it is let go; what they wrote, in order."""

    def __init__(self, calls=None, fails=False):
        self.groups, self.calls, self.fails = [], [] if calls is None else calls, fails
        self.begun, self.go = threading.Event(), threading.Event()

    def commit(self, group):
        self.begun.set()
        assert self.go.wait(60)
        if self.fails:
            raise UserError("the disk is full")
        self.groups.append([request.messages[0][1] for request, _ in group])
        self.calls += [f"committed {text}" for text in self.groups[-1]]


def free(**more) -> Disk:
    disk = Disk(**more)
    disk.go.set()
    return disk


def test_a_lone_one_is_committed_at_once_and_what_comes_meanwhile_in_one_group():
    disk = Disk()
    commits = GroupCommits(disk.commit)
    commits.add(answered("first"))
    assert disk.begun.wait(60), "its commit begins with no second answer there"
    flood = [str(n) for n in range(100)]
    for text in flood:
        commits.add(answered(text))
    assert commits.written() == []
    disk.go.set()
    assert [request.messages[0][1] for request, _ in commits.written(wait=True)] == ["first", *flood]
    assert disk.groups == [["first"], flood]
    assert commits.finish() == []


def test_few_answers_wait_for_a_slow_disk():
    disk = Disk()
    commits = GroupCommits(disk.commit)
    for n in range(255):
        commits.add(answered(str(n)))
    assert not commits.is_full
    commits.add(answered("255"))
    assert commits.is_full
    disk.go.set()
    assert len(commits.finish()) == 256


def test_every_answer_is_committed_before_it_is_shown():
    calls = []
    disk = free(calls=calls)
    commits = GroupCommits(disk.commit)
    for group in written_groups(map(answered, map(str, range(1_000))), commits):
        calls += [f"shown {request.messages[0][1]}" for request, _ in group]
    at = {call: number for number, call in enumerate(calls)}
    assert len(at) == len(calls) == 2_000
    assert all(at[f"committed {n}"] < at[f"shown {n}"] for n in range(1_000))
    assert [call for call in calls if "shown" in call] == [f"shown {n}" for n in range(1_000)]
    commits.finish()


def test_what_came_before_a_backend_stopped_is_written_and_shown_first(monkeypatch):
    monkeypatch.setattr(group_commits, "_DISK_SHARE", 0)

    def results():
        yield from map(answered, "abc")
        raise UserError("no server is of use")

    shown, disk = [], free()
    with pytest.raises(UserError, match="no server is of use"):
        for group in written_groups(results(), GroupCommits(disk.commit)):
            shown += [request.messages[0][1] for request, _ in group]
    assert shown == ["a", "b", "c"]


def test_what_cannot_be_written_is_not_shown():
    disk = free(fails=True)
    commits = GroupCommits(disk.commit)
    with pytest.raises(UserError, match="the disk is full"):
        assert list(written_groups(map(answered, "abc"), commits)) == []
    assert commits.finish() == []


def test_what_comes_after_the_end_is_written_at_once_and_waited_for_by_nobody():
    disk = free()
    commits = GroupCommits(disk.commit)
    commits.add(answered("a"))
    assert commits.finish() == [answered("a")]
    commits.add(answered("b"))
    assert commits.written() == [answered("b")] and not commits.is_full
    assert commits.written(wait=True) == [] and disk.groups == [["a"], ["b"]]


class Flood:
    """A backend that gives its answers at once, then waits until it is let go."""

    def __init__(self, count):
        self.count, self.given = count, []
        self.out, self.go = threading.Event(), threading.Event()

    def run(self, requests):
        for request in requests:
            self.given.append(request)
            if len(self.given) == self.count:
                self.out.set()
            yield request, Reply(f"{request.messages[0][1]}!")
            if len(self.given) == self.count:
                assert self.go.wait(60)


def test_a_lone_answer_is_in_the_file_while_the_next_is_waited_for(tmp_path):
    backend = Flood(1)

    def run():
        with ResponseLog(tmp_path / "log.sqlite") as log:
            list(log.ask(backend, map(ask, "ab")))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert backend.out.wait(60)
    with ResponseLog(tmp_path / "log.sqlite") as other:
        for _ in range(6_000):
            if other.get(ask("a")) is not None:
                break
            threading.Event().wait(0.01)
        assert other.get_many(map(ask, "ab")) == [Reply("a!"), None] and not backend.go.is_set()
    backend.go.set()
    thread.join(60)
    assert not thread.is_alive()


def test_a_flood_goes_in_few_commits(tmp_path, monkeypatch):
    monkeypatch.setattr(group_commits, "_DISK_SHARE", 0)
    backend, commits = Flood(200), []
    commit = AnswerTable.commit

    def counted(table, group):
        if not commits:
            assert backend.out.wait(60), "the disk is slow, and the flood comes"
        commits.append(len(group))
        commit(table, group)

    monkeypatch.setattr(AnswerTable, "commit", counted)
    backend.go.set()
    with ResponseLog(tmp_path / "log.sqlite") as log:
        shown = list(log.ask(backend, [ask(str(n)) for n in range(200)]))
        assert len(shown) == 200 and sum(commits) == 200 and len(commits) <= 3
        assert None not in log.get_many([ask(str(n)) for n in range(200)])


def test_a_log_that_is_closed_under_way_keeps_what_came(tmp_path, monkeypatch):
    monkeypatch.setattr(group_commits, "_DISK_SHARE", 0)
    backend = Flood(10**9)
    with ResponseLog(tmp_path / "log.sqlite") as log:
        results = log.ask(backend, [ask(str(n)) for n in range(400)])
        next(results)
    with ResponseLog(tmp_path / "log.sqlite") as log:
        assert backend.given and None not in log.get_many(backend.given)
    with pytest.raises(UserError, match="cannot write to"):
        list(results)


def test_each_commit_waits_for_the_disk_and_claims_do_not(tmp_path):
    with ResponseLog(tmp_path / "log.sqlite") as log:
        log.put(*answered("a"))
        full, normal = (2,), (1,)
        assert log._answers._connection().execute("PRAGMA synchronous").fetchone() == full
        assert log._db.execute("PRAGMA synchronous").fetchone() == normal


def test_a_group_holds_failures_and_replies_and_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "log.sqlite"
    with ResponseLog(path) as log:
        log._answers.commit([(ask("a"), Failure("timeout", "x")), answered("b"), (ask("c"), Failure("timeout"))])
        assert log.get_many(map(ask, "abc")) == [Failure("timeout", "x"), Reply("b!"), Failure("timeout")]
        with sqlite3.connect(path) as db:
            db.execute("CREATE TRIGGER no BEFORE DELETE ON failures BEGIN SELECT RAISE(ABORT, 'no'); END")
        with pytest.raises(UserError, match=r"cannot write to .*\(no\); free some space"):
            log._answers.commit([answered("a"), answered("d")])
        assert log.get_many(map(ask, "ad")) == [Failure("timeout", "x"), None]


ASKER = """
import sys
from pathlib import Path
from polypref.inference import Model, Reply, Request
from polypref.inference.log import ResponseLog
class Backend:
    def run(self, requests):
        for request in requests:
            yield request, Reply(request.messages[0][1] + " " + "Ж" * 2_000)
requests = (Request(Model("tiny", "r1", "apache-2.0"), (("user", str(n)),)) for n in range(10**9))
with ResponseLog(Path(sys.argv[1])) as log:
    for request, _ in log.ask(Backend(), requests):
        print(request.messages[0][1], flush=True)
"""


def test_what_a_killed_process_was_shown_is_in_the_file(tmp_path, root):
    path = tmp_path / "log.sqlite"
    words = [sys.executable, "-c", ASKER, str(path)]
    environment = os.environ | {"PYTHONPATH": str(root)}
    child = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True)
    assert child.stdout
    shown = [child.stdout.readline().strip() for _ in range(1_500)]
    os.kill(child.pid, signal.SIGKILL)
    shown += child.stdout.read().split("\n")[:-1]
    child.wait()
    with ResponseLog(path) as log:
        for number, reply in zip(shown, log.get_many(map(ask, shown)), strict=True):
            assert isinstance(reply, Reply) and reply.text.startswith(f"{number} ")
