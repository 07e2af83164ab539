"""The response log: what is there stays, whatever is killed, and is never asked for again."""

import math
import os
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.inference import Failure, Model, Reply, Request, Sampling, Served
from polypref.inference.backend import ModelNotes
from polypref.inference.log import ResponseLog, check_log
from polypref.inference.openai import OpenAI
from polypref.inference.transformers import Transformers
from polypref.inference.vllm import VLLM

SCALAR = st.text(st.characters(codec="utf-8"))
COUNT = st.none() | st.integers(0, 2**53 - 1)
REPLIES = st.builds(Reply, SCALAR, SCALAR, COUNT, COUNT, st.none() | st.floats(allow_nan=False, allow_infinity=False))
FAILURES = st.builds(Failure, SCALAR, SCALAR.map(lambda text: text[:500]))
REQUESTS = st.builds(
    Request,
    st.builds(Model, SCALAR, SCALAR),
    st.lists(st.tuples(st.sampled_from(["system", "user", "assistant"]), st.text()), max_size=3).map(tuple),
    st.builds(Sampling, st.floats(0, 2), st.floats(0, 1), st.integers(1, 10**6), st.integers(0, 2**63)),
    st.none() | SCALAR,
    st.sampled_from(["chat", "score"]),
)


class Echo:
    """A backend that answers at once and fails where told to; `ahead` requests are read before any reply."""

    def __init__(self, fails: tuple[str, ...] = (), ahead: int = 1) -> None:
        self.asked: Counter[str] = Counter()
        self.fails, self.ahead = fails, ahead

    def run(self, requests):
        waiting = []
        for request in requests:
            self.asked[request.messages[0][1]] += 1
            waiting.append(request)
            if len(waiting) == self.ahead:
                yield from ((one, self.result(one)) for one in waiting)
                waiting = []
        yield from ((one, self.result(one)) for one in waiting)

    def result(self, request):
        text = request.messages[0][1]
        return Failure("timeout", text) if text in self.fails else Reply(f"{text}!")


def ask(text: str) -> Request:
    return Request(Model("m"), (("user", text),))


@pytest.mark.slow
@given(st.lists(st.tuples(REQUESTS, REPLIES | FAILURES), max_size=8))
def test_what_is_put_is_got(tmp_path_factory, pairs):
    with ResponseLog(tmp_path_factory.mktemp("log") / "log.sqlite") as log:
        known = {}
        for request, result in pairs:
            log.put(request, result)
            old = known.get(request.key)
            known[request.key] = old if isinstance(old, Reply) else result
        assert [log.get(request) for request, _ in pairs] == [known[request.key] for request, _ in pairs]
        assert log.get(ask("never put, ever")) is None


def test_an_answer_is_never_changed_and_outlives_failures(tmp_path):
    with ResponseLog(tmp_path / "log.sqlite") as log:
        log.put(ask("a"), Failure("timeout"))
        assert log.get(ask("a")) == Failure("timeout")
        for result in (Reply("first"), Reply("second"), Failure("timeout")):
            log.put(ask("a"), result)
            assert log.get(ask("a")) == Reply("first")


def test_half_characters_in_what_a_server_says_can_be_written(tmp_path):
    with ResponseLog(tmp_path / "log.sqlite") as log:
        log.put(ask("a"), Failure("bad_request", "x\ud83dy"))
        assert log.get(ask("a")) == Failure("bad_request", "x?y")
        log.put(ask("x\ud83d"), Failure("lone_surrogate"))
        assert log.get(ask("x\ud83d")) == Failure("lone_surrogate")


@pytest.mark.slow
@pytest.mark.parametrize("ahead", [1, 7, 5_000])
def test_nothing_known_is_asked_for_and_nothing_twice(tmp_path, ahead):
    texts = [f"текст {i % 2_100}" for i in range(4_200)]
    with ResponseLog(tmp_path / "log.sqlite") as log:
        for text in texts[:50]:
            log.put(ask(text), Reply("old"))
        echo = Echo(fails=tuple(texts[60:65]), ahead=ahead)
        got = list(log.ask(echo, map(ask, texts)))
        assert len(got) == len(echo.asked) == 2_050 and set(echo.asked.values()) == {1}
        assert [log.get(ask(text)) for text in texts[:50]] == [Reply("old")] * 50
        assert [r.text if isinstance(r, Reply) else r.reason for r in log.get_many(map(ask, texts[59:61]))] == [
            f"{texts[59]}!",
            "timeout",
        ]
        assert list(log.ask(Echo(), map(ask, texts))) == []
        again = Echo(fails=(texts[60],), ahead=ahead)
        assert len(list(log.ask(again, map(ask, texts), again=True))) == 5
        assert set(again.asked) == set(texts[60:65]) and set(again.asked.values()) == {1}


def test_an_answer_is_written_before_it_is_seen(tmp_path):
    with ResponseLog(tmp_path / "log.sqlite") as log, ResponseLog(tmp_path / "log.sqlite") as other:
        for request, result in log.ask(Echo(), map(ask, "abc")):
            assert other.get(request) == result


WRITER = """
import sys
from pathlib import Path
from polypref.inference import Model, Reply, Request
from polypref.inference.log import ResponseLog
name, count = sys.argv[2], int(sys.argv[3])
with ResponseLog(Path(sys.argv[1])) as log:
    for i in range(count):
        log.put(Request(Model("m"), (("user", str(i)),)), Reply(f"{name} {i} " + "Ж" * 2_000))
        print(i, flush=True)
"""


def writer(root: Path, path: Path, name: str, count: int) -> subprocess.Popen:
    words = [sys.executable, "-c", WRITER, str(path), name, str(count)]
    environment = os.environ | {"PYTHONPATH": str(root)}
    return subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_killed_writer_loses_nothing_that_it_wrote(tmp_path, root):
    child = writer(root, tmp_path / "log.sqlite", "a", 10**9)
    assert child.stdout
    for _ in range(300):
        child.stdout.readline()
    os.kill(child.pid, signal.SIGKILL)
    written = 300 + len(child.stdout.read().split("\n")[:-1])
    child.wait()
    with ResponseLog(tmp_path / "log.sqlite") as log:
        got = log.get_many(ask(str(i)) for i in range(written))
        assert all(isinstance(one, Reply) and one.text.startswith(f"a {i} ") for i, one in enumerate(got))
        log.put(ask("after"), Reply("fine"))
        assert log.get(ask("after")) == Reply("fine")


def test_two_processes_write_into_one_log(tmp_path, root):
    children = [writer(root, tmp_path / "log.sqlite", name, 400) for name in "ab"]
    for child in children:
        _, errors = child.communicate(timeout=60)
        assert child.returncode == 0, errors
    with ResponseLog(tmp_path / "log.sqlite") as log:
        texts = [one.text for one in log.get_many(ask(str(i)) for i in range(400)) if isinstance(one, Reply)]
        assert [text.split()[1] for text in texts] == [str(i) for i in range(400)]


def test_a_file_that_is_no_log_is_said_and_unharmed(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("my notes " * 200)
    with pytest.raises(UserError, match=r"cannot use .*notes\.txt as response log"):
        ResponseLog(path)
    with pytest.raises(UserError, match=r"cannot use .*notes\.txt as response log \(file is not a database\); choose"):
        check_log(path)
    assert path.read_text() == "my notes " * 200


def test_what_can_be_a_log_is_seen_without_opening_it(tmp_path):
    check_log(tmp_path / "none.sqlite")
    (tmp_path / "empty.sqlite").touch()
    check_log(tmp_path / "empty.sqlite")
    ResponseLog(tmp_path / "log.sqlite").close()
    check_log(tmp_path / "log.sqlite")
    with pytest.raises(UserError, match=r"as response log \(it is a folder\)"):
        check_log(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty.sqlite", "log.sqlite"]


def test_a_score_keeps_every_bit(tmp_path):
    with ResponseLog(tmp_path / "log.sqlite") as log:
        log.put(ask("a"), Reply(score=math.pi * 1e-300))
        assert log.get(ask("a")).score == math.pi * 1e-300


def test_what_a_template_does_by_itself_stays_beside_the_answers(tmp_path):
    served = Served(Model("lab/m", "r1"), Transformers(folder="a"))
    others = [
        replace(served, model=Model("lab/m", "r2")),
        replace(served, backend=Transformers(folder="b")),
        replace(served, backend=Transformers(folder="a", gguf_file="q4.gguf")),
        replace(served, backend=Transformers()),
        replace(served, backend=VLLM()),
        replace(served, backend=OpenAI(("http://a/v1",))),
    ]
    with ResponseLog(tmp_path / "log.sqlite") as log:
        log.note_model(served, [])
        assert log.model_notes(served) == []
        log.note_model(served, ["it writes 'Grüße' first"])
    with ResponseLog(tmp_path / "log.sqlite") as log:
        assert log.model_notes(served) == ["it writes 'Grüße' first"]
        assert log.model_notes(replace(served, backend=Transformers(folder="a", batch=2))) == log.model_notes(served)
        assert [log.model_notes(one) for one in others] == [[]] * len(others)
        # What another version of a library sees is known besides: answers of both may be in the log.
        log.note_model(served, ["another", "it writes 'Grüße' first"])
        log.note_model(others[1], ["a third"])
        assert log.model_notes(served) == ["it writes 'Grüße' first", "another"]
        assert log.model_notes(others[1]) == ["a third"]


class Noting:
    """Loads its model with the first request; what it saw is told then, and again when a second one is loaded."""

    def __init__(self) -> None:
        self.model_notes = ModelNotes()

    def run(self, requests):
        for number, request in enumerate(requests):
            if number == 2:
                raise KeyboardInterrupt
            self.model_notes.add(request.model, [f"note {number}"])
            yield request, Reply("a")


def test_what_was_seen_of_a_model_is_kept_before_its_first_answer(tmp_path, monkeypatch):
    path, served = tmp_path / "log.sqlite", Served(ask("a").model, Noting())
    with pytest.raises(KeyboardInterrupt), ResponseLog(path) as log:
        list(log.ask(served.backend, [ask("a"), ask("b"), ask("c")], served=served))
    with ResponseLog(path) as log:
        assert log.model_notes(served) == ["note 0", "note 1"]

    def full(*_: object) -> None:
        raise UserError("disk full")

    monkeypatch.setattr("polypref.inference.group_commits.AnswerTable.commit", full)
    with ResponseLog(tmp_path / "other.sqlite") as log:
        with pytest.raises(UserError, match="disk full"):
            list(log.ask(served.backend, [ask("a")], served=served))
        assert log.model_notes(served) == ["note 0", "note 1"] and log.get(ask("a")) is None


def test_a_model_without_a_revision_keeps_what_was_noted_of_it_before(tmp_path):
    """It may be another one the next time, and answers of both are in the log."""
    served = Served(Model("lab/m"), Transformers())
    with ResponseLog(tmp_path / "log.sqlite") as log:
        for notes in (["loaded at a", "no system prompt"], ["loaded at b", "no system prompt"], ["no system prompt"]):
            log.note_model(served, notes)
        assert log.model_notes(served) == ["loaded at a", "no system prompt", "loaded at b"]


def test_a_thought_is_kept_beside_its_answer(tmp_path):
    with ResponseLog(tmp_path / "log.sqlite") as log:
        log.put(ask("a"), Reply("Nine.", thinking="7, or 9?"))
        assert log.get(ask("a")).thinking == "7, or 9?" and log.get(ask("a")) == Reply("Nine.")
